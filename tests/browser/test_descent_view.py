"""V6 in a real browser: steps, settings and pins do what the library says."""

from lab_page import errors_shown, open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import DescentView


def test_steps_settings_and_pins(page, lab):
    view = open_view(page, lab, "descent", "from nnlib import views\nviews.DescentView()")
    here = DescentView()
    loss, steps = view.locator(".nnb-v6-loss"), view.locator(".nnb-v6-steps")
    for _ in range(3):
        view.locator(".nnb-control-step").click()
        here.step()
    expect(steps).to_have_text("3")
    expect(loss).to_have_text(here.canvas.frame["loss_text"])

    press_on_slider(view, "learning rate", "ArrowRight", times=2)  # 0.5, 1, 2
    view.locator(".nnb-control-step").click()
    here.change("lr", 2.0)
    here.step()
    expect(loss).to_have_text(here.canvas.frame["loss_text"])

    view.locator(".nnb-control-pin").click()
    rows = view.locator(".nnb-v6-run .nnb-v6-run-name")
    expect(rows).to_have_count(3)  # the head, the new run, the pinned one
    expect(rows.nth(2)).to_have_text(here.canvas.frame["runs"][0]["name"])
    expect(steps).to_have_text("0")

    start = view.locator(".nnb-v6-handle")
    start.focus()
    start.press("ArrowDown")
    here.reset()
    here.on_gesture({"kind": "start", "place": [-3.0, 3.5 - 10 / 50]})
    expect(loss).to_have_text(here.canvas.frame["loss_text"])

    view.locator(".nnb-control-run").click()
    expect(steps).not_to_have_text("0")
    view.locator(".nnb-control-run").click()
    expect(view.locator(".nnb-control-run")).to_have_text("Run")
    stood = steps.inner_text()
    page.wait_for_timeout(300)
    expect(steps).to_have_text(stood)

    view.get_by_role("button", name="Unpin").click()
    expect(rows).to_have_count(2)
    assert errors_shown(page).count() == 0
