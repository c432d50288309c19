"""V13 in a real browser: trained, paused, pinned, with the numbers of nnlib.tune."""

from lab_page import open_view, press_on_slider
from playwright.sync_api import expect

from nnlib import tune
from nnlib.views.tuning_runs import Settings, digits

SOURCE = """from nnlib.views import TuningBoardView
view = TuningBoardView(neurons=16, n_train=2000, epochs=3)
view"""


def test_it_trains_pauses_and_compares(page, lab):
    view = open_view(page, lab, "tuning_board", SOURCE)
    progress = view.locator(".nnb-v13-progress-text")
    expect(progress).to_have_text("Press Train.")

    press_on_slider(view, "neurons", "ArrowLeft", times=1)  # 8
    view.get_by_role("button", name="Train").press("Enter")
    expect(progress).to_have_text("Run 1 is finished after 3 epochs.")

    chosen = Settings(neurons=8, n_train=2000, epochs=3)
    trial = tune.run(chosen.config, *digits(2000)[0], digits(2000)[1])
    row = view.locator(".nnb-v13-table tr[data-run='1']")
    expect(row.locator("td.nnb-v13-validation")).to_have_text(f"{trial.score:.1%}")
    expect(row.locator("td.nnb-v13-train")).to_have_text(f"{trial.history['accuracy'][-1]:.1%}")
    expect(view.locator(".nnb-v13-finding")).to_have_text(trial.diagnosis.name)
    expect(view.locator(".nnb-v13-reason")).to_have_text(trial.diagnosis.reason)

    view.get_by_role("checkbox", name="Pin run 1").press("Space")
    press_on_slider(view, "epochs", "ArrowRight", times=9)  # 50
    view.locator(".nnb-control-n_train select").select_option(label="20,000 digits")
    view.get_by_role("button", name="Train").click()
    expect(progress).to_contain_text("of 50")
    view.get_by_role("button", name="Pause").click()
    expect(progress).to_contain_text("paused")
    expect(view.get_by_role("button", name="Go on")).to_be_visible()
    stood = progress.inner_text()
    page.wait_for_timeout(300)
    assert progress.inner_text() == stood
    expect(view.locator(".nnb-v13-legend")).to_contain_text("run 1")
    view.get_by_role("button", name="Stop").click()
    expect(progress).to_contain_text("Run 2 was stopped")

    view.get_by_role("button", name="Show run 1").press("Enter")
    view.get_by_role("button", name="Use these in my homework").click()
    expect(view.locator(".nnb-v13-config")).to_contain_text('"hidden": (8,),')
    view.get_by_role("button", name="Save as config.json").click()
    expect(view.get_by_role("status").last).to_contain_text("Written to config.json")
    assert (lab.folder / "config.json").exists()

    curves = view.locator(".nnb-v13-accuracy canvas")
    curves.focus()
    curves.press("ArrowLeft")
    said = f"Epoch 3: training {trial.history['accuracy'][2]:.1%}".replace("%", " %")
    expect(view.locator(".nnb-v13-accuracy .nnb-v13-readout")).to_contain_text(said)
