"""V3 in a real browser: a moved score changes losses and gradients as the library says."""

from lab_page import open_view, press_on_slider
from playwright.sync_api import expect

from nnlib import functional


def test_a_moved_score_changes_losses_and_gradients(page, lab):
    source = "from nnlib import views\nviews.TwoLossesView()"
    view = open_view(page, lab, "two_losses", source)

    def shows(scores, y=1, delta=1.0):
        slope = functional.cross_entropy_grad(scores, y)[1]
        expected = {
            "cross-entropy": functional.cross_entropy(scores, y),
            "hinge": functional.hinge(scores, y, delta),
            "cross-entropy-grad": slope,
            "hinge-grad": functional.hinge_grad(scores, y, delta)[1],
        }
        for name, value in expected.items():
            text = f"{value + 0.0:.3f}".replace("-", "−")
            expect(view.locator(f".nnb-v3-{name}.nnb-v3-number")).to_have_text(text)

    shows([0.5, 0.0, 1.0])
    press_on_slider(view, "score s₁", "ArrowRight", times=4)
    shows([0.5, 0.4, 1.0])
    press_on_slider(view, "margin Δ", "ArrowRight", times=5)
    shows([0.5, 0.4, 1.0], delta=1.5)

    # The picture itself: by keys, and by the mouse at the far right, where the hinge is flat.
    handle = view.locator(".nnb-v3-handle")
    handle.focus()
    handle.press("ArrowLeft")
    shows([0.5, 0.3, 1.0], delta=1.5)
    box = handle.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 2, box["y"] + 60)
    shows([0.5, 5.0, 1.0], delta=1.5)
    expect(view.locator(".nnb-v3-here-words")).to_contain_text("the hinge wants nothing of s₁")

    # Every plot stays inside the output: no scroll bar below it.
    assert view.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
