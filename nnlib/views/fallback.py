"""A widget, and what stands in for it where it is gone: in a notebook opened without its kernel."""

from IPython.display import display

# JupyterLab always chooses the widget of an output, and says 'model not found' where its kernel
# is gone. So the stand-in is an output of its own, the one after the widget's, and this style
# shows one of the two. A widget's output is the only one that JupyterLab makes a panel; it marks
# a panel that misses its widget with 'jupyter-widgets'.
WIDGET = "> .lm-Panel.jp-OutputArea-output"
OUTPUT = ".jp-OutputArea-child"
STYLE = (
    "<style>"
    f"{OUTPUT}:has({WIDGET}:not(.jupyter-widgets)) + {OUTPUT}:has(.nnb-still),"
    f"{OUTPUT}:has({WIDGET}.jupyter-widgets):has(+ {OUTPUT} .nnb-still)"
    "{display: none}"
    "</style>"
)


def show(widget, still, metadata=None):
    """Show a widget, and after it what to show in its place.

    Parameters
    ----------
    widget : ipywidgets.Widget
    still : dict
        The stand-in by MIME type; "text/html" must be among them.
    metadata : dict or None
        By MIME type, too.
    """
    bundle = widget._repr_mimebundle_() | {"text/plain": ""}
    display(bundle, raw=True)
    inside = f'{STYLE}<div class="nnb-still">{still["text/html"]}</div>'
    display(still | {"text/html": inside}, metadata=metadata, raw=True)
