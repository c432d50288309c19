"""What views share that are walked through step by step: ◀ ▶, a slider, and a slow run."""

import ipywidgets as widgets

from nnlib.views.base import View
from nnlib.views.controls import ONLY_MOVED, button


class StepSlider(widgets.SelectionSlider):
    """A slider over the steps 0 to n; its caption reads 3 / 7."""

    def __init__(self, at, n):
        super().__init__(
            options=_options(n),
            value=at,
            description="step",
            style={"description_width": "initial"},
            layout=widgets.Layout(width="300px"),
        )
        self.add_class(ONLY_MOVED)

    def show_steps(self, at, n):
        """Offer the steps 0 to n, and show one of them."""
        if len(self.options) != n + 1:
            self.options = _options(n)
        self.value = at


class SteppedView(View):
    """A view whose model has a step `at` of `n_steps`, and goes `step()` and `back()`."""

    def step_controls(self):
        """Return ◀ Back, Step ▶, Run, Reset, and the slider."""
        back = button("Back", "step-backward", "Go one step back")
        back.on_click(self.back)
        slider = StepSlider(self.model.at, self.model.n_steps)
        return {"back": back, **self.run_buttons(), "at": slider}

    def back(self, *_):
        """Go one step back."""
        self.pause()
        with self._reporting():
            self.model.back()
            self.refresh()

    def follow(self):
        """Offer as many steps as there are."""
        self.controls["at"].show_steps(self.model.at, self.model.n_steps)


class Steps:
    """What the models of such views share: `at` is the step on show, of `n_steps`."""

    rate = 0.8  # steps a second

    def go(self, at):
        """Show a step."""
        if at not in range(self.n_steps + 1):
            raise ValueError(f"at must be a step 0..{self.n_steps}; got {at!r}.")
        self.at = at

    def reset(self):
        """Go back to before the first step; the settings stay."""
        self.at = 0

    def step(self):
        """Show the next step; the last one stays."""
        self.at = min(self.at + 1, self.n_steps)

    def back(self):
        """Show the step before; the first one stays."""
        self.at = max(self.at - 1, 0)

    def work(self):
        """Show the next step, after the last one the first; returns whether there are more."""
        self.at = 0 if self.at == self.n_steps else self.at + 1
        return self.at < self.n_steps


def _options(n):
    return [(f"{at} / {n}", at) for at in range(n + 1)]
