"""Every link and picture of the pages beside the code leads to something."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
TARGET = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    text = re.sub(r"`[^`]*`|```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    files = {link.partition("#")[0] for link in TARGET.findall(text) if "://" not in link} - {""}
    assert {file for file in files if not (page.parent / file).exists()} == set()


def test_every_page_of_the_docs_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = TARGET.findall(page.read_text(encoding="utf-8"))
        pages = {(page.parent / link).resolve() for link in links if link.endswith(".md")}
        waiting += [link for link in pages if link.exists() and link not in reached]
    assert {page.name for page in ROOT.glob("docs/*.md")} - {page.name for page in reached} == set()
