"""The page that translates λ and momentum: its code runs, agrees, and notices wrong numbers."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/lambda-and-momentum.md"
# Each block with the page's numbers, then with one of them 10 % off: there the page's own
# comparison has to fail. In a process of its own: Keras has one backend for life.
RUN = """
import json, sys

blocks, off = json.load(sys.stdin)
names, silent = {}, []
for number, block in enumerate(blocks):
    exec(block, names)
    for name in off[number]:
        try:
            exec(block, names | {name: 1.1 * names[name]})
        except AssertionError:
            continue
        silent.append([number, name])
print(json.dumps(silent))
"""
OFF = [[], ["lam", "mu"], ["lam", "mu"], ["lam", "mu"], ["lam", "mu"], ["lam"], []]


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def blocks(page):
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


@pytest.mark.slow
def test_every_translation_gives_the_same_weights_and_a_wrong_one_does_not(blocks):
    pytest.importorskip("sklearn")
    assert len(blocks) == len(OFF)
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps([blocks, OFF]),
        capture_output=True,
        text=True,
        env=os.environ | {"KERAS_BACKEND": "torch"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_what_the_table_says_to_write_stands_in_the_code(page, blocks):
    table = page.split("## Momentum")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
    told = [text for row in rows for text in re.findall(r"`([^`]*lam[^`]*)`", row[3])]
    assert len(told) == 7
    assert [text for text in told if text not in "".join(blocks)] == []
