"""V9 in JupyterLab: the nudge, the weight and the step, all by keyboard."""

from lab_page import errors_shown, open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import PathsView
from nnlib.views.formula import number, signed


def test_the_paths_answer_as_the_library_says(page, lab):
    view = open_view(page, lab, "paths", "from nnlib import views\nviews.PathsView()")
    here = PathsView()
    measured = view.locator(".nnb-v9-shrink .nnb-v9-measured").first
    expect(measured).to_have_text(signed(here.model.snapshot().nudge.dC))

    press_on_slider(view, "size of Δw", "ArrowRight", times=2)
    here.change("size", 1.0)
    expect(measured).to_have_text(signed(here.model.snapshot().nudge.dC))

    for _ in range(5):
        view.get_by_role("button", name="Step").press("Enter")
    expect(view.locator(".nnb-v9-factors b")).to_have_text(
        number(here.model.snapshot().paths[0].product)
    )

    edge = view.locator('[data-edge="2-1-3"]')
    edge.focus()
    edge.press("Enter")
    here.change("weight", (3, 1, 3))
    gradient = number(here.model.snapshot().gradient, 6)
    expect(view.locator(".nnb-v9-check b").nth(1)).to_have_text(gradient)

    row = view.locator(".nnb-v9-row[tabindex]").nth(1)
    row.focus()
    row.press("Enter")
    expect(row).to_have_class("nnb-v9-row nnb-net-pickable nnb-v9-current nnb-v9-seen")
    assert errors_shown(page).count() == 0
