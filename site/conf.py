"""How Sphinx makes the lectures into web pages; `make site` calls it through make_site.py."""

from pathlib import Path

from docutils import nodes

HERE = Path(__file__).parent

project = "Neural Networks Basics"
html_title = project
copyright = "the authors, text and pictures under CC BY 4.0"
language = "en"
extensions = ["myst_nb"]
exclude_patterns = ["_build"]

nb_execution_mode = "off"  # make_site.py has run them
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "make_site.anchor"

html_theme = "furo"
html_static_path = [str(HERE / "static")]
templates_path = [str(HERE / "templates")]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    # Okabe and Ito's blue, dark enough to read; both pass WCAG's AA.
    "light_css_variables": {
        "color-brand-primary": "#00527f",
        "color-brand-content": "#00527f",
        "color-brand-visited": "#6a3d7c",
        "color-foreground-muted": "#595959",
        "color-foreground-border": "#6b6b6b",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7cc4f0",
        "color-brand-content": "#7cc4f0",
        "color-brand-visited": "#d3a6e3",
        "color-foreground-muted": "#b5b5b5",
        "color-foreground-border": "#a0a0a0",
    },
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# MathJax lies beside the pages. Its menu would make every formula a stop of the Tab key.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {
    "tex": {"inlineMath": [["\\(", "\\)"], ["$", "$"]]},
    "svg": {"mtextInheritFont": True},
    "options": {"enableMenu": False},
}


def as_it_stands(app, doctree):
    r"""Hand displayed formulas to MathJax as they are: Sphinx would split them at each \\."""
    for formula in doctree.findall(nodes.math_block):
        formula["nowrap"] = formula["no-wrap"] = True
        formula.children = [nodes.Text(rf"\[{formula.astext()}\]")]


def setup(app):
    """Called by Sphinx."""
    app.connect("doctree-read", as_it_stands)
