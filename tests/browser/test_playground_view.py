"""V7 in a real browser: it trains, and weights, points and sliders answer as nnlib says."""

from lab_page import open_view, press_on_slider
from playwright.sync_api import expect

from nnlib.views import PlaygroundView

SOURCE = "from nnlib.views import PlaygroundView\nPlaygroundView(hidden=[3, 2])"


def expect_as_here(view, here):
    """The numbers and words beside the network are those of the same view made here."""
    frame = here.canvas.frame
    for name, text in frame["readout"].items():
        expect(view.locator(f".nnb-v7-{name.replace('_', '-')}")).to_have_text(text)
    expect(view.locator(".nnb-v7-words")).to_have_text(frame["selected_words"])
    below = view.locator(".nnb-v7-below")
    expect(below.nth(1)).to_have_text(frame["space"]["words"])
    if here.model.probe:
        expect(below.nth(0)).to_have_text(frame["probe_words"])


def test_it_trains_and_answers_to_keys_and_mouse(lab, page):
    view = open_view(page, lab, "playground", SOURCE)
    here = PlaygroundView(hidden=[3, 2])
    expect_as_here(view, here)

    # It runs, and as many steps here lead to the same numbers.
    view.get_by_role("button", name="Run").click()
    steps = view.locator(".nnb-v7-steps")
    expect(steps).not_to_have_text("0")
    page.wait_for_timeout(500)
    view.get_by_role("button", name="Pause").click()
    expect(view.get_by_role("button", name="Run")).to_be_visible()
    here = PlaygroundView(hidden=[3, 2], trained=int(steps.inner_text()))
    expect_as_here(view, here)
    for _ in range(2):
        view.get_by_role("button", name="Step").click()
        here.step()
    expect_as_here(view, here)

    # A weight is chosen and changed by keys.
    chip = view.get_by_role("slider", name="Weights")
    chip.focus()
    here.change("selected", "W1_0_0")
    expect_as_here(view, here)
    chip = view.get_by_role("slider", name="W⁽¹⁾")
    chip.press("PageDown")
    here.change("selected", "W1_0_1")
    expect_as_here(view, here)
    before = here.model.net.state_dict()["W1"][0, 1]
    for _ in range(3):
        chip.press("ArrowUp")
    wanted = before
    for _ in range(3):
        wanted = round(float(wanted) + 0.1, 2)
    here.change("W1_0_1", wanted)
    expect(chip).to_have_attribute("aria-valuenow", f"{wanted:.2f}")
    expect_as_here(view, here)

    # Dragged up by 40 pixels, it grows by 1.
    box = chip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 40, steps=4)
    page.mouse.up()
    here.change("W1_0_1", round(wanted + 1, 2))
    expect_as_here(view, here)

    # A point is followed; keys move it, and the neuron's sum is written out.
    plane = view.locator(".nnb-v7-square").first
    box = plane.bounding_box()
    plane.click(position={"x": 0.9 * box["width"], "y": 0.03 * box["height"]})
    probe = view.locator(".nnb-v7-probe")
    expect(view.locator(".nnb-control-probe input")).to_be_checked()
    for _ in range(60):
        probe.press("ArrowRight")
        probe.press("ArrowUp")
    here.change("probe", [1.2, 1.2])
    expect_as_here(view, here)
    view.get_by_role("button", name="Neurons").focus()
    here.change("selected", "a2_0")
    expect_as_here(view, here)
    view.locator(".nnb-v7-neuron").press("ArrowDown")
    here.change("selected", "a2_1")
    expect_as_here(view, here)
    assert "z = " in here.canvas.frame["selected_words"]

    # A slider moved: other points, the same weights.
    press_on_slider(view, "noise", "ArrowRight", times=2)
    here.change("noise", 0.3)
    expect_as_here(view, here)
