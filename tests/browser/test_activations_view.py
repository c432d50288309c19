"""V11 in a real browser: controls, the point on the curve and the layers answer as nnlib says."""

from lab_page import open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import ActivationsView

SOURCE = "from nnlib.views import ActivationsView\nActivationsView('dead ReLUs')"


def layer_texts(view, name):
    return view.locator(f".nnb-v11-layer-row .nnb-v11-{name}")


def expect_as_here(view, here):
    """Every number of every layer, and the sentence, are those of the same view made here."""
    rows = here.canvas.frame["layers"]
    for name in ("spread", "saturated", "dead", "gradient"):
        expect(layer_texts(view, name)).to_have_text([row["texts"][name] for row in rows])
    expect(view.locator(".nnb-v11-summary")).to_have_text(here.canvas.frame["summary"])
    expect(view.locator(".nnb-v11-loss")).to_have_text(here.canvas.frame["loss"])


def test_numbers_follow_the_controls_the_point_and_the_chosen_layer(lab, page):
    view = open_view(page, lab, "activations", SOURCE)
    here = ActivationsView("dead ReLUs")
    expect_as_here(view, here)
    assert here.model.layers[0].gradient == 0

    view.get_by_role("button", name="leaky ReLU").click()
    press_on_slider(view, "steps", "ArrowRight", times=5)
    press_on_slider(view, "weights ×", "ArrowRight", times=1)
    for name, value in (("kind", "leaky_relu"), ("steps", 5), ("scale", 1.5)):
        here.change(name, value)
    expect_as_here(view, here)
    assert here.model.layers[0].gradient > 0

    point = view.get_by_role("slider", name="Point on the curve")
    expect(view.locator(".nnb-v11-probe-text")).to_have_text(here.canvas.frame["probe_text"])
    point.focus()
    for _ in range(10):
        point.press("Shift+ArrowLeft")
    z = here.model.z - 10 * 5 * here.model.limit / 50
    here.canvas.gesture = {"kind": "probe", "z": z}
    assert here.canvas.frame["probe"]["slope"] == 0.3
    expect(view.locator(".nnb-v11-probe-text")).to_have_text(here.canvas.frame["probe_text"])

    rows = view.locator(".nnb-v11-layer-row")
    expect(rows.nth(0)).to_have_attribute("aria-pressed", "true")
    rows.nth(0).focus()
    rows.nth(0).press("ArrowDown")
    expect(rows.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(rows.nth(1)).to_be_focused()
