"""The glossary has every word that the lectures explain, and its card every name of a trace."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from nnlib.trace import Trace

FOLDER = Path(__file__).parents[2] / "lectures"
GLOSSARY = (FOLDER / "glossary.md").read_text(encoding="utf-8")
LECTURES = sorted(FOLDER.glob("0[1-9]*.md"))
ENTRY = re.compile(r"^\| \*\*(.+?)\*\* \| (.+) \| (.+) \|$", re.MULTILINE)
ENTRIES = {word: (meaning, lectures) for word, meaning, lectures in ENTRY.findall(GLOSSARY)}
# Other names of a thing stand boldly in its sentence.
EXPLAINED = {word.lower() for word in re.findall(r"\*\*(.+?)\*\*", GLOSSARY)}
# Written boldly to be heard, or a part of a picture or a name in it: not words to look up.
EMPHASIS = """
across adds all arrives arrow curves divide every each exponentiate factors grows keeping dropping
line map mean measured more multiplied not nothing one over paths product rate row scales starts
sum sums true number for neuron homework 1-1
"""


def bold_words(path):
    """The words that a lecture writes boldly to explain them: in small letters, and few."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"^\*\*.*?\*\*", "", text, flags=re.MULTILINE)  # a heading within the text
    return {word for word in re.findall(r"\*\*([a-z][\w -]*)\*\*", text) if len(word.split()) < 4}


def known(word):
    """Whether the glossary has the word, also in another form: overfits, overfitting."""
    if any(entry in word for entry in EXPLAINED):
        return True
    return any(part.startswith(word[:5]) for entry in EXPLAINED for part in entry.split())


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_every_bold_word_of_a_lecture_is_explained(path):
    missing = {word for word in bold_words(path) if not known(word)}
    assert {word for word in missing if not set(word.split()) <= set(EMPHASIS.split())} == set()


def test_every_entry_is_a_sentence_and_the_words_are_in_order():
    assert len(ENTRIES) > 80
    for meaning, _ in ENTRIES.values():
        assert meaning.endswith("."), meaning
        assert len(meaning) > 20
    assert list(ENTRIES) == sorted(ENTRIES, key=str.lower)


@pytest.mark.parametrize("word", ENTRIES)
def test_each_lecture_that_an_entry_names_uses_the_word(word):
    stem = re.sub(r"(ed|ing|e|s)$", "", word.split()[0].lower())
    lectures = re.findall(r"\[(\d\d)\]\((\d\d_\w+)\.ipynb\)", ENTRIES[word][1])
    assert lectures
    for number, name in lectures:
        assert name.startswith(number)
        assert stem in (FOLDER / f"{name}.md").read_text(encoding="utf-8").lower(), name


def test_the_card_has_every_name_of_a_trace():
    names = {field.name for field in fields(Trace)} - {"mask", "db"}
    for name in names:
        assert f"`trace.{name}" in GLOSSARY, name


@pytest.mark.parametrize("path", sorted(FOLDER.glob("0*.md")), ids=lambda path: path.stem)
def test_every_lecture_links_to_the_glossary(path):
    assert "(glossary.ipynb)" in path.read_text(encoding="utf-8")
