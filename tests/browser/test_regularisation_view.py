"""V4 in a real browser: a moved λ shows the classifier that nnlib trains for it."""

from lab_page import open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import RegularisationView


def test_a_moved_lambda_changes_loss_norm_and_accuracies(page, lab):
    source = "from nnlib import views\nviews.RegularisationView(n_train=100)"
    view = open_view(page, lab, "regularisation", source)
    here = RegularisationView(n_train=100)

    def shows(l2):
        here.change("l2", l2)
        texts = here.canvas.frame["texts"]
        for name in ("total", "norm", "accuracy", "val-accuracy", "data", "penalty", "validation"):
            expect(view.locator(f".nnb-v4-{name}").last).to_have_text(texts[name])

    shows(0.0)
    # The other values of λ are trained in the background, and then the best one is named.
    expect(view.locator(".nnb-v4-words")).to_contain_text("is best on the validation images")
    expect(view.locator(".nnb-v4-plot circle")).to_have_count(17 + 1)

    press_on_slider(view, "penalty λ", "ArrowRight", times=9)
    shows(0.05)
    handle = view.locator(".nnb-v4-handle")
    handle.focus()
    handle.press("ArrowRight")
    shows(0.1)
    box = handle.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 8, box["y"] + 60)
    shows(10.0)

    # The templates are drawn: their first one has blue and orange in it.
    colours = view.locator(".nnb-v4-image").first.evaluate(
        "node => [...node.getContext('2d').getImageData(0, 0, 28, 28).data]"
    )
    pixels = [tuple(colours[i : i + 3]) for i in range(0, len(colours), 4)]
    assert any(blue > red + 50 for red, _, blue in pixels)
    assert any(red > blue + 50 for red, _, blue in pixels)
    assert view.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
