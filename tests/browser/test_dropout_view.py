"""V12 in JupyterLab: masks drawn one by one, p moved by keyboard, and the mean at work."""

from lab_page import errors_shown, open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import DropoutView


def texts(view):
    return view.canvas.frame["texts"]


def test_masks_are_drawn_and_the_mean_is_the_librarys(page, lab):
    view = open_view(page, lab, "dropout", "from nnlib import views\nviews.DropoutView()")
    here = DropoutView()
    score, mean = view.locator(".nnb-v12-output"), view.locator(".nnb-v12-mean")
    expect(score).to_have_text(texts(here)["output"])
    crossed = view.locator(".nnb-v12-dropped")
    expect(crossed).to_have_count(here.canvas.frame["kept"][0].count(False))

    for _ in range(4):
        view.get_by_role("button", name="New mask").press("Enter")
        here.step()
    expect(score).to_have_text(texts(here)["output"])
    expect(mean).to_have_text(texts(here)["mean"])
    expect(crossed).to_have_count(here.canvas.frame["kept"][0].count(False))

    press_on_slider(view, "drop with p", "ArrowRight", times=4)
    here.change("p", 0.7)
    expect(mean).to_have_text(texts(here)["mean"])
    expect(view.locator(".nnb-v12-drops")).to_have_text("179/256 = 0.699")

    view.get_by_role("button", name="Run").press("Enter")
    here.change("n", 1000)
    expect(mean).to_have_text(texts(here)["mean"], timeout=20_000)
    assert errors_shown(page).count() == 0
