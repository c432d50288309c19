"""The sliders, lists and buttons of a view, in one look."""

import ipywidgets as widgets


def set_control(control, value):
    """Set a control; one that does not reach the value is widened first."""
    if control.value == value:
        return
    if isinstance(control, widgets.FloatSlider):
        _reach(control, abs(value))
    elif isinstance(control, widgets.SelectionSlider | widgets.Dropdown):
        known = [item for _, item in control.options]
        if value not in known:
            control.options = sorted([*control.options, (f"{value:g}", value)], key=lambda o: o[1])
    control.value = value


def _reach(slider, size):
    """Double a slider's range until the value fits, starting from its first range."""
    home = slider.home
    high = home[1]
    while high < size:
        high *= 2
    low = home[0] * high / home[1]
    # The wider bound first: a range must never be empty.
    with slider.hold_trait_notifications():
        slider.min, slider.max = low, high


def dropdown(description, options, value):
    """Return a dropdown whose text is as wide as it needs."""
    return widgets.Dropdown(
        options=options,
        value=value,
        description=description,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="auto"),
    )


class Slider(widgets.FloatSlider):
    """A slider that remembers its first range."""

    def __init__(self, **options):
        super().__init__(**options)
        self.home = self.min, self.max


def slider(description, value, low, high, step):
    """Return a slider that sends every value on the way."""
    return Slider(
        value=value,
        min=low,
        max=high,
        step=step,
        description=description,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="240px"),
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
    )


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
