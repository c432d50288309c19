"""V10 in JupyterLab: steps, a weight, an input and a line of the derivation, by keyboard."""

import re

from lab_page import errors_shown, open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import ErrorDistributionView
from nnlib.views.formula import number


def test_the_error_walks_back_as_the_library_says(page, lab):
    source = "from nnlib import views\nviews.ErrorDistributionView()"
    view = open_view(page, lab, "error_distribution", source)
    here = ErrorDistributionView()
    share = view.locator(".nnb-v10-value").nth(6)
    expect(share).to_have_text("…")

    for _ in range(6):
        view.get_by_role("button", name="Step").press("Enter")
    expect(share).to_have_text(number(here.model.snapshot().share))

    press_on_slider(view, "x₄", "ArrowLeft", times=3)
    here.change("x4", 1.7)
    expect(share).to_have_text(number(here.model.snapshot().share))

    edge = view.locator('[data-edge="1-2-1"]')
    edge.focus()
    edge.press("Enter")
    here.change("weight", (1, 2, 1))
    expect(share).to_have_text(number(here.model.snapshot().share))

    line = view.locator(".nnb-v10-line").nth(2)
    line.focus()
    lit = view.locator('[data-edge="2-1-2"]')
    expect(lit).to_have_class(re.compile("nnb-v10-lit"))

    step = view.locator(".nnb-v10-step").nth(2)
    step.focus()
    step.press("Enter")
    expect(step).to_have_attribute("aria-current", "step")
    expect(share).to_have_text("…")
    assert errors_shown(page).count() == 0
