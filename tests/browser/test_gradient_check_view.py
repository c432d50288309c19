"""V5 in a real browser: a moved step changes both numbers as gradcheck says."""

from lab_page import errors_shown, open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import GradientCheckView
from nnlib.views.gradient_check import GradientCheckModel, scientific


def test_the_step_moves_by_slider_and_by_the_marker(page, lab):
    source = 'from nnlib import views\nviews.GradientCheckView("hinge, a kink is crossed")'
    view = open_view(page, lab, "gradient_check", source)
    here = GradientCheckView("hinge, a kink is crossed")
    numerical, verdict = view.locator(".nnb-v5-numerical"), view.locator(".nnb-v5-verdict")
    expect(numerical).to_have_text(here.canvas.frame["numerical_text"])
    expect(verdict).to_contain_text("kink crossed, the hinge's margin of example 0, unit 2")

    press_on_slider(view, "step h", "ArrowLeft", times=3)  # 0.01, 0.005, 0.002, 0.001

    here.change("h", 1e-3)
    s = here.model.snapshot()
    expect(view.locator(".nnb-v5-error")).to_have_text(scientific(s.error))
    expect(numerical).to_have_text(f"{s.numerical:.12f}".replace("-", "−"))
    expect(verdict).to_contain_text("The two agree")

    marker = view.locator(".nnb-v5-panel-errors .nnb-v5-handle")
    marker.focus()
    for _ in range(4):
        marker.press("ArrowRight")
    here.change("h", 0.02)
    expect(numerical).to_have_text(here.canvas.frame["numerical_text"])

    point = view.locator(".nnb-v5-panel-loss .nnb-v5-handle")
    point.focus()
    point.press("Shift+ArrowLeft")
    s = GradientCheckModel(function="hinge", w=-0.053, h=0.02).snapshot()
    expect(view.locator(".nnb-v5-error")).to_have_text(scientific(s.error))
    expect(verdict).to_contain_text("agree" if s.error else "equal")
    assert errors_shown(page).count() == 0
