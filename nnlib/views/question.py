"""A self-check question: pick an answer, and read at once why it is right or wrong."""

import random
from html import escape

import anywidget
import ipywidgets as widgets

from nnlib.views import fallback
from nnlib.views.canvas import module


class Keys(anywidget.AnyWidget):
    """Keeps the notebook's shortcuts away from the answers, and shows nothing."""

    _esm = module("question")


class Question(widgets.VBox):
    """A question with one right answer, and an explanation for every answer.

    Parameters
    ----------
    prompt : str
        The question. HTML and ``$…$`` formulas are shown as such.
    right : tuple of (str, str)
        The right answer, in plain text, and why it is right.
    wrong : dict of str to str
        Each wrong answer, and what its choice overlooks.

    Raises
    ------
    ValueError
        If there is no wrong answer, or the right answer is among the wrong ones.

    Notes
    -----
    Answers are mixed once, in an order that depends on the prompt alone: every
    reader sees the same question, and the right answer has no usual place.

    Examples
    --------
    >>> question = Question("What is 1 + 1?", right=("2", "Count it."), wrong={"3": "One less."})
    >>> question.choose("2")
    >>> question.is_right
    True
    """

    def __init__(self, prompt, *, right, wrong):
        self.right_answer, why_right = right
        if not wrong:
            raise ValueError("wrong is empty: a question needs at least one wrong answer.")
        if self.right_answer in wrong:
            raise ValueError(f"{self.right_answer!r} is both the right and a wrong answer.")
        self.prompt = prompt
        self.explanations = {self.right_answer: why_right, **wrong}
        answers = list(self.explanations)
        random.Random(prompt).shuffle(answers)
        self._choices = widgets.RadioButtons(
            options=answers, value=None, layout=widgets.Layout(width="auto")
        )
        self._feedback = widgets.HTMLMath(layout=widgets.Layout(min_height="2.6em"))
        self._choices.observe(self._explain, names="value")
        # A line at the side, in the theme's own colour, marks a question.
        frame = widgets.Layout(
            border_left="4px solid var(--jp-brand-color1, #1976d2)",
            padding="4px 0 4px 14px",
            margin="8px 0",
        )
        parts = [widgets.HTMLMath(f"<b>{prompt}</b>"), self._choices, self._feedback, Keys()]
        super().__init__(parts, layout=frame)
        self.add_class("nnb-question")

    @property
    def answers(self):
        """The answers (list of str), in the order shown."""
        return list(self._choices.options)

    @property
    def feedback(self):
        """The explanation on show (str), as HTML; empty before a choice."""
        return self._feedback.value

    @property
    def is_right(self):
        """Whether the chosen answer is right (bool); None before a choice."""
        chosen = self._choices.value
        return None if chosen is None else chosen == self.right_answer

    def choose(self, answer):
        """Choose an answer, as a click on it does.

        Parameters
        ----------
        answer : str
            One of `answers`.

        Raises
        ------
        ValueError
            If there is no such answer.
        """
        if answer not in self.explanations:
            raise ValueError(f"answer must be one of {self.answers}; got {answer!r}.")
        self._choices.value = answer

    def _explain(self, change):
        verdict = "✓ Right." if self.is_right else "✗ Not yet."
        self._feedback.value = (
            f'<div role="status"><b>{verdict}</b> {self.explanations[change["new"]]}</div>'
        )

    def _ipython_display_(self):
        """Show the widget; where no kernel runs, the question as a list, its answer folded."""
        answers = "".join(f"<li>{escape(answer)}</li>" for answer in self.answers)
        reasons = "".join(
            f"<li>{'✓' if answer == self.right_answer else '✗'} <b>{escape(answer)}</b><br>"
            f"{self.explanations[answer]}</li>"
            for answer in self.answers
        )
        as_list = (
            f"<p><b>{self.prompt}</b></p><ul>{answers}</ul>"
            f"<details><summary>Answer</summary><ul>{reasons}</ul></details>"
        )
        words = "\n".join([self.prompt, *(f"- {answer}" for answer in self.answers)])
        fallback.show(self, {"text/html": as_list, "text/plain": words})
