"""The sliders, lists and buttons of a view, in one look."""

import math

import ipywidgets as widgets

# Its number cannot be typed, though the browser would let one try: view.css prevents that.
ONLY_MOVED = "nnb-only-moved"


class Slider(widgets.SelectionSlider):
    """A slider over equally spaced numbers; it shows the one nearest to the model's.

    Not a FloatSlider: in the browser that one answers each value with its own rounding of it,
    which would come back as if the reader had moved the slider, and train against the model.
    """

    def __init__(self, value, low, high, step, **options):
        decimals = max(0, -math.floor(math.log10(step)))
        numbers = [round(low + i * step, 10) for i in range(round((high - low) / step) + 1)]
        texts = [f"{number:.{decimals}f}".replace("-", "−") for number in numbers]
        super().__init__(options=list(zip(texts, numbers, strict=True)), **options)
        self.add_class(ONLY_MOVED)
        self.step = step
        self._low, self._last = low, len(numbers) - 1
        self.show(value)

    def show(self, value):
        """Move to the number nearest to value, without going past the ends."""
        self.index = min(max(round((value - self._low) / self.step), 0), self._last)


def set_control(control, value):
    """Set a control; one that does not offer the value gets it as one more choice."""
    if isinstance(control, Slider):
        control.show(value)
    elif control.value != value:
        if isinstance(control, widgets.SelectionSlider | widgets.Dropdown):
            known = [item for _, item in control.options]
            if value not in known:
                more = [*control.options, (f"{value:g}", value)]
                control.options = sorted(more, key=lambda option: option[1])
        control.value = value


def dropdown(description, options, value):
    """Return a list to choose from, as wide as its text needs."""
    return widgets.Dropdown(
        options=options,
        value=value,
        description=description,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="auto"),
    )


def slider(description, value, low, high, step):
    """Return a slider that sends every number on the way."""
    return Slider(
        value,
        low,
        high,
        step,
        description=description,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="280px"),
    )


def choice_slider(description, values, value):
    """Return a slider over chosen numbers, such as 0.1, 0.2, 0.5."""
    options = [(f"{item:g}", item) for item in sorted({*values, value})]
    return widgets.SelectionSlider(
        options=options,
        value=value,
        description=description,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="300px"),
    ).add_class(ONLY_MOVED)


def toggle(options, value):
    """Return a row of buttons of which one is chosen."""
    return widgets.ToggleButtons(
        options=tuple(options), value=value, style={"button_width": "auto"}
    )


def button(description, icon, tooltip):
    """Return a button of fixed width, so that a new caption moves nothing."""
    return widgets.Button(
        description=description, icon=icon, tooltip=tooltip, layout=widgets.Layout(width="92px")
    )
