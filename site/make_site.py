"""Makes the lectures into web pages: runs them, takes their pictures out, and calls Sphinx.

A lecture that was run before with the same text and the same library is not run again::

python site/make_site.py [--repository OWNER/NAME] [--to FOLDER]
"""

import argparse
import base64
import hashlib
import re
import shutil
import struct
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbclient import NotebookClient
from sphinx.cmd.build import main as sphinx
from tqdm import tqdm

HERE = Path(__file__).parent
ROOT = HERE.parent
NOTEBOOKS = sorted(ROOT.glob("lectures/*.ipynb"))
MATHJAX = ROOT / ".venv/site_math/mathjax/static/mathjax/es5/tex-svg.js"
QUIET = ["--log-level=ERROR"]  # a kernel warns of TCP; these hear only this computer
PICTURE = re.compile(r'<img src="data:image/png;base64,([^"]+)"')
# What the theme leaves unsaid to a screen reader.
NAMES = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="This page">',
}
EMPTY_HEAD = re.compile(r'<th class="head[^"]*">(?:<p></p>)?</th>')
FORMULA_HEAD = re.compile(
    r'(<th class="head[^"]*"><p>)<span class="math ([^"]*)">(\\\((.*?)\\\))</span>(</p>\s*</th>)'
)
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
WIDGET = "application/vnd.jupyter.widget-view+json"
INDEX = """# Neural Networks Basics

An interactive course, from a linear classifier to a tuned network on handwritten digits. These
pages show the lectures as they look after running: to read on a phone, to print, and to search.
{live}

```{{toctree}}
:maxdepth: 1
:caption: Lectures

{lectures}
```

```{{toctree}}
:maxdepth: 1
:caption: To look things up

{others}
```
"""


def anchor(heading):
    """Return the place of a heading as JupyterLab names it: a link that works there works here."""
    return re.sub(r"\s", "-", heading.strip())


def run(path, kept):
    """Run a notebook, or take it as it was run before.

    Parameters
    ----------
    path : Path
    kept : Path
        The folder of notebooks that were run.

    Returns
    -------
    Path
        Of the notebook with its outputs.
    """
    digest = hashlib.sha256(path.read_bytes())
    for source in sorted(ROOT.glob("nnlib/**/*.py")):
        digest.update(source.read_bytes())
    target = kept / digest.hexdigest()[:16] / path.name
    if not target.exists():
        notebook = nbformat.read(path, as_version=4)
        options = {"timeout": 300, "store_widget_state": False, "extra_arguments": QUIET}
        resources = {"metadata": {"path": path.parent}}
        NotebookClient(notebook, resources=resources, **options).execute()
        for old in kept.glob(f"*/{path.name}"):
            old.unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
    return target


def live(name, repository):
    """Return where a notebook can be opened live, as HTML."""
    local = f"in JupyterLab on your computer: <code>lectures/{name}</code>"
    if not repository:
        return local
    place = quote(f"lectures/{name}", safe="")
    address = f"https://mybinder.org/v2/gh/{repository}/HEAD?labpath={place}"
    return f'<a href="{address}">in the browser</a>, or {local}'


def size(png):
    """Return the width and height of a PNG."""
    return struct.unpack(">II", png[16:24])


def as_page(path, folder, repository=None):
    """Write a notebook with outputs as Sphinx will read it, and its pictures beside it.

    Parameters
    ----------
    path : Path
    folder : Path
    repository : str or None
        "owner/name" on GitHub, for the links to Binder.
    """
    notebook = nbformat.read(path, as_version=4)
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)

    def file_of(match):
        png = base64.b64decode(match[1])
        name = f"{path.stem}-{hashlib.sha256(png).hexdigest()[:10]}.png"
        (pictures / name).write_bytes(png)
        width, height = size(png)
        return f'<img src="pictures/{name}" width="{width}" height="{height}" loading="lazy"'

    where = live(path.name, repository)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata.setdefault("tags", []).append("remove-input")
        cell.outputs = [o for o in cell.outputs if WIDGET not in o.get("data", {})]
        for output in cell.outputs:
            html = output.get("data", {}).get("text/html")
            if html:
                output.data = {"text/html": PICTURE.sub(file_of, _still(html, where))}
    first = notebook.cells[0]
    first.source = re.sub(r"^(# .*)$", rf"\1\n\n{_note(where)}", first.source, count=1, flags=re.M)
    nbformat.write(notebook, folder / path.name)


def _note(where):
    return (
        '<p class="live">This page shows the notebook after running. To move the views and change '
        f"the code, open it {where}.</p>"
    )


def _still(html, where):
    """What stands in for a widget, as a figure with the way to the live one."""
    html = STYLE.sub("", html)
    if "nnb-still" not in html:
        return html
    html = html.replace('class="nnb-still"', 'class="nnb-still mathjax_process"', 1)
    if "<img " not in html:
        return html
    caption = f"<figcaption>A still picture. The view itself moves: try it {where}.</figcaption>"
    return f'<figure class="view">{html}{caption}</figure>'


def build(notebooks, site, repository=None):
    """Make pages from notebooks with outputs.

    Parameters
    ----------
    notebooks : list of Path
        They have been run.
    site : Path
        The folder to write.
    repository : str or None

    Raises
    ------
    SystemExit
        If Sphinx finds anything wrong, such as a link that leads nowhere.
    """
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder)
        for path in notebooks:
            as_page(path, pages, repository)
        (pages / "index.md").write_text(_index(notebooks, repository), encoding="utf-8")
        options = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE)]
        folders = ["-d", str(pages / "_build"), str(pages), str(site)]
        if sphinx([*options, *folders]):
            raise SystemExit("Sphinx found something wrong; its lines above say what.")
        shutil.copytree(pages / "pictures", site / "pictures", dirs_exist_ok=True)
    for page in site.glob("*.html"):
        page.write_text(_complete(page.read_text(encoding="utf-8")), encoding="utf-8")
    (site / "_static/mathjax").mkdir(exist_ok=True)
    shutil.copy(MATHJAX, site / "_static/mathjax")


def _complete(html):
    """Return a page with names for its parts, and with words in every head of a table."""
    for said, complete in NAMES.items():
        html = html.replace(said, complete)
    html = EMPTY_HEAD.sub("<td></td>", html)
    return FORMULA_HEAD.sub(_named_formula, html)


def _named_formula(match):
    before, classes, formula, tex, after = match.groups()
    name = re.sub(r"[\\{}]", "", tex)
    named = f'<span class="math {classes}" role="math" aria-label="{name}">{formula}</span>'
    return before + named + after


def _index(notebooks, repository):
    names = sorted(path.stem for path in notebooks)
    titles = {
        path.stem: nbformat.read(path, 4).cells[0].source.splitlines()[0] for path in notebooks
    }
    lectures = [f"{n[:2]} {titles[n].lstrip('# ')} <{n}>" for n in names if n[0].isdigit()]
    others = [name for name in names if not name[0].isdigit()]
    return INDEX.format(
        live=f"To work with them, open the course {live('00_start_here.ipynb', repository)}.",
        lectures="\n".join(lectures),
        others="\n".join(others),
    )


def main():
    """Make the site."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repository", metavar="OWNER/NAME", help="on GitHub, for Binder's links")
    parser.add_argument("--to", type=Path, default=HERE / "html", metavar="FOLDER")
    parser.add_argument("--notebooks", type=Path, metavar="FOLDER", help="take these, as they are")
    options = parser.parse_args()
    if options.notebooks:
        notebooks = sorted(options.notebooks.glob("*.ipynb"))
    else:
        with ThreadPoolExecutor(2) as pool:
            runs = pool.map(lambda path: run(path, HERE / "executed"), NOTEBOOKS)
            notebooks = list(tqdm(runs, total=len(NOTEBOOKS), desc="Running the lectures"))
    build(notebooks, options.to, options.repository)
    print(f"The site is in {options.to}: open index.html in a browser.")


if __name__ == "__main__":
    main()
