"""V8 in JupyterLab: a weight moved, and the input moved in the picture, by keyboard."""

from lab_page import errors_shown, open_view, press_on_slider
from playwright.sync_api import expect

from nnlib import functional


def test_the_neuron_answers_as_the_library_says(page, lab):
    view = open_view(page, lab, "neuron", "from nnlib import views\nviews.NeuronView()")
    output = view.locator(".nnb-v8-output")
    expect(output).to_have_text(f"{functional.neuron([2.0], [1.0], 0.0):.3f}")

    press_on_slider(view, "weight w", "ArrowRight", times=5)
    expect(output).to_have_text(f"{functional.neuron([2.0], [1.5], 0.0):.3f}")
    slope = functional.neuron_grad([2.0], [1.5], 0.0)[2][0]
    expect(view.locator(".nnb-v8-slope")).to_have_text(f"{slope:.3f}")
    expect(view.locator(".nnb-v8-steep")).to_have_text("w/4 = 0.38")

    point = view.get_by_role("slider", name="Input x")
    point.focus()
    for _ in range(3):
        point.press("ArrowLeft")
    expect(output).to_have_text(f"{functional.neuron([1.7], [1.5], 0.0):.3f}")

    press_on_slider(view, "bias b", "ArrowRight", times=3)
    expect(view.locator(".nnb-v8-where")).to_have_text("x = −b/w = −0.20")
    assert errors_shown(page).count() == 0
