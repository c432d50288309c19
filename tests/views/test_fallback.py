"""A widget is shown with what stands in for it where its kernel is gone."""

import base64

import pytest

from nnlib import views
from nnlib.views import fallback

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def shown(monkeypatch):
    """What a cell would show: (data, metadata) of each output."""
    outputs = []

    def display(data, *, raw, metadata=None):
        assert raw
        outputs.append((data, metadata))

    monkeypatch.setattr(fallback, "display", display)
    return outputs


def test_a_view_is_followed_by_its_still_picture(shown):
    view = views.SoftmaxView(preset="a tie")
    view._ipython_display_()
    (widget, _), (still, metadata) = shown
    assert widget[WIDGET]["model_id"] == view.widget.model_id
    assert "text/html" not in widget  # else JupyterLab might choose it
    assert base64.b64decode(still["image/png"]).startswith(b"\x89PNG")
    assert f'alt="{still["text/plain"]}"' in still["text/html"]
    assert metadata["image/png"]["alt"] == still["text/plain"]


def test_a_question_is_followed_by_a_list_to_read(shown):
    question = views.Question("1 + 1 = ?", right=("2", "Count it."), wrong={"3": "One less."})
    question._ipython_display_()
    (widget, _), (still, _) = shown
    assert widget[WIDGET]["model_id"] == question.model_id
    assert "1 + 1 = ?" in still["text/html"]
    assert "<li>2</li>" in still["text/html"]
    assert "- 2" in still["text/plain"].splitlines()
    choices, answer = still["text/html"].split("<details>")
    assert "Count it." not in choices
    assert "✓ <b>2</b><br>Count it." in answer
    assert "✗ <b>3</b><br>One less." in answer


def test_each_stand_in_carries_the_style_that_hides_it(shown):
    views.SoftmaxView()._ipython_display_()
    html = shown[1][0]["text/html"]
    assert html.startswith("<style>")
    assert '<div class="nnb-still"><img ' in html


def test_a_running_view_is_shown_while_its_worker_stands_still(shown):
    view = views.LinearClassifierView()
    view.run()
    still, ran_meanwhile = view.still, []

    def watched():
        ran_meanwhile.append(view.runner.running)
        return still()

    view.still = watched
    view._ipython_display_()
    assert ran_meanwhile == [False]
    assert view.runner.running
    view.close()
