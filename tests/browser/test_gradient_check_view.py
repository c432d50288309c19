"""V5 in a real browser: a moved step changes both numbers as gradcheck says.

The kernel and the test are two processes, so their last bits may differ: numbers are compared
to eight decimals, and an error of rounding by its size.
"""

import re

from lab_page import errors_shown, open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import GradientCheckView
from nnlib.views.gradient_check import GradientCheckModel

ROUNDING = re.compile(r"^(0|(.*·)?10⁻¹\S)$")  # equal, or different by less than 10⁻⁹


def test_the_step_moves_by_slider_and_by_the_marker(page, lab):
    source = 'from nnlib import views\nviews.GradientCheckView("hinge, a kink is crossed")'
    view = open_view(page, lab, "gradient_check", source)
    here = GradientCheckView("hinge, a kink is crossed")
    numerical, verdict = view.locator(".nnb-v5-numerical"), view.locator(".nnb-v5-verdict")
    expect(numerical).to_have_text(eight_decimals(here.model.snapshot().numerical))
    expect(verdict).to_contain_text("kink crossed, the hinge's margin of example 0, unit 2")

    press_on_slider(view, "step h", "ArrowLeft", times=3)  # 0.01, 0.005, 0.002, 0.001

    here.change("h", 1e-3)
    expect(view.locator(".nnb-v5-error")).to_have_text(ROUNDING)
    expect(numerical).to_have_text(eight_decimals(here.model.snapshot().numerical))
    expect(verdict).to_contain_text(re.compile("agree|equal"))

    marker = view.locator(".nnb-v5-panel-errors .nnb-v5-handle")
    expect(marker).to_have_attribute("aria-valuenow", re.compile(r"^-3(\.0*)?$"))  # 10⁻³ arrived
    marker.focus()
    for _ in range(4):
        marker.press("ArrowRight")
    here.change("h", 0.02)
    expect(numerical).to_have_text(eight_decimals(here.model.snapshot().numerical))

    point = view.locator(".nnb-v5-panel-loss .nnb-v5-handle")
    point.focus()
    point.press("Shift+ArrowLeft")
    s = GradientCheckModel(function="hinge", w=-0.053, h=0.02).snapshot()
    assert s.error < 1e-9
    expect(view.locator(".nnb-v5-error")).to_have_text(ROUNDING)
    expect(numerical).to_have_text(eight_decimals(s.numerical))
    expect(verdict).to_contain_text(re.compile("agree|equal"))
    assert errors_shown(page).count() == 0


def eight_decimals(value):
    """Return a pattern of the number's text, its first eight decimals."""
    return re.compile("^" + re.escape(f"{value:.9f}"[:-1].replace("-", "−")))
