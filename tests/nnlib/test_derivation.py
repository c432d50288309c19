"""The steps of hw1-1: what is read, what is right in any form, what wrong steps are told."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib.derivation import STEPS, NotationError, judge, read, to_latex
from nnlib.derivation.algebra import is_equal
from nnlib.derivation.evaluating import evaluate
from nnlib.derivation.judging import decide_by_algebra

CE_BY_YHAT = r"\frac{\partial CE}{\partial \hat{y}_i}"
YHAT_BY_THETA = r"\frac{\partial \hat{y}_{i}}{\partial \theta_{j}}"
RIGHT = {
    1: [
        "yhat_i*(1 - yhat_i)",
        "yhat_i - yhat_i^2",
        "yhat_i - yhat_i**2",
        "yhat_i(1-yhat_i)",
        "-yhat_i*(yhat_i - 1)",
        "yhat_i*sum(k != i, yhat_k)",
        r"\hat{y}_i (1 - \hat{y}_i)",
        r"\hat y_i - \hat{y}_{i}^2",
        "ŷ_i·(1 − ŷ_i)",
        "ŷ_i•(1 – ŷ_i)",
        "exp(theta_i)/sum(k, exp(theta_k)) - exp(theta_i)^2/sum(k, exp(theta_k))^2",
        r"\frac{e^{\theta_i} \sum_k e^{\theta_k} - (e^{\theta_i})^2}{(\sum_k e^{\theta_k})^2}",
        "yhat_i*(delta_ii - yhat_i)",
        "sum(k, yhat_k)*yhat_i - yhat_i*yhat_i",
    ],
    2: [
        "-yhat_i*yhat_j",
        "-yhat_j*yhat_i",
        "yhat_i*(-yhat_j)",
        "yhat_i*(0 - yhat_j)",
        "yhat_i*(delta_ij - yhat_j)",
        "yhat_j(delta_{ij} - yhat_i)",
        r"-\hat{y}_i \hat{y}_j",
        r"-\hat{y}_i \cdot \hat{y}_{j}",
        "−ŷ_i ŷ_j",
        "-exp(theta_i)*exp(theta_j)/sum(k, exp(theta_k))^2",
        r"\frac{0 - e^{\theta_i} e^{\theta_j}}{\left(\sum_{k} e^{\theta_k}\right)^2}",
        "-exp(theta_i + theta_j)/sum(k, exp(theta_k))^2",
        "yhat_i*(sum(k != j, yhat_k) - 1)",
    ],
    3: [
        "-y_i/yhat_i",
        "-(y_i/yhat_i)",
        "-y_i*yhat_i^-1",
        "y_i*(-1/yhat_i)",
        "-1/yhat_i*y_i",
        r"-\frac{y_i}{\hat{y}_i}",
        r"-\dfrac{y_{i}}{\hat{y}_{i}}",
        r"\frac{-y_i}{\hat y_i}",
        "−y_i/ŷ_i",
        "-y_i sum(k, yhat_k)/yhat_i",
        "-y_i/(1 - sum(k != i, yhat_k))",
        "-y_i*sum(k, exp(theta_k))/exp(theta_i)",
    ],
    4: [
        "sum(i, dCE/dyhat_i * dyhat_i/dtheta_j)",
        "sum(k, dCE/dyhat_k * dyhat_k/dtheta_j)",
        "sum(i, dyhat_i/dtheta_j * dCE/dyhat_i)",
        "sum(i, dCE/dyhat_i dyhat_i/dtheta_j)",
        rf"\sum_i {CE_BY_YHAT} {YHAT_BY_THETA}",
        rf"\sum_{{i}} {CE_BY_YHAT} \cdot {YHAT_BY_THETA}",
        rf"\sum_{{i=1}}^{{K}} {YHAT_BY_THETA} {CE_BY_YHAT}",
        rf"\sum_{{i=0}}^{{K-1}} {CE_BY_YHAT} {YHAT_BY_THETA}",
        r"\sum_i \frac{dCE}{d\hat{y}_i} \frac{d\hat{y}_i}{d\theta_j}",
        "sum(k, dCE/dy_hat_k * dy_hat_k/dtheta_j)",
        "Σ_i ∂CE/∂ŷ_i · ∂ŷ_i/∂θ_j",
        "dCE/dyhat_j*dyhat_j/dtheta_j + sum(i != j, dCE/dyhat_i*dyhat_i/dtheta_j)",
        "sum(i != j, dCE/dyhat_i*dyhat_i/dtheta_j) + dyhat_j/dtheta_j*dCE/dyhat_j",
        "sum(i, sum(k, delta_ik * dCE/dyhat_i * dyhat_k/dtheta_j))",
        "-sum(i, -dCE/dyhat_i * dyhat_i/dtheta_j)",
    ],
    5: [
        "yhat_j - y_j",
        "-y_j + yhat_j",
        "-(y_j - yhat_j)",
        r"\hat{y}_j - y_j",
        r"\hat y_{j} - y_{j}",
        "ŷ_j − y_j",
        "yhat_j*(y_j + 1 - y_j) - y_j",
        "-y_j*(1 - yhat_j) + yhat_j*(1 - y_j)",
        "yhat_j + (-1)*y_j",
        "(yhat_j^2 - y_j^2)/(yhat_j + y_j)",
        "2*yhat_j - yhat_j - y_j",
        "1 - y_j - (1 - yhat_j)",
    ],
    6: [
        "yhat - y",
        "-y + yhat",
        "-(y - yhat)",
        r"\hat{y} - y",
        r"\hat y - y",
        "ŷ − y",
        r"\mathbf{\hat{y}} - \mathbf{y}",
        r"\hat{\mathbf{y}} - \vec{y}",
        "y_hat - y",
        "(yhat - y)*1",
        "2*(yhat - y)/2",
        "-1*(y - yhat)",
        "yhat + (-y)",
        "(yhat^2 - y^2)/(yhat + y)",
    ],
}

# What each wrong step must be told, in a few of its words.
WRONG = {
    1: {
        "-yhat_i*(1 - yhat_i)": "the sign is not",
        "yhat_i*(yhat_i - 1)": "the sign is not",
        "yhat_i": "above the fraction line and below it",
        "-yhat_i": "above the fraction line and below it",
        "-yhat_i^2": "the case of another index",
        "yhat_i^2": "the case of another index",
        "1 - yhat_i": "quotient rule",
        "yhat_i*(1 + yhat_i)": "quotient rule",
        "1": "quotient rule",
        "yhat_i*(1 - y_i)": "quotient rule",
        "exp(theta_i)": "quotient rule",
        "exp(theta_i)/sum(k, exp(theta_k))^2": "quotient rule",
        "yhat_i - yhat_i^2/2": "quotient rule",
        "dyhat_i/dtheta_i": "Not worked out yet: dyhat/dtheta",
        "sum(k, delta_ki*dyhat_k/dtheta_i)": "a formula without derivatives",
    },
    2: {
        "yhat_i*yhat_j": "the sign is not",
        "yhat_i*(1 - yhat_i)": "the case i = j",
        "-yhat_i*(1 - yhat_i)": "the case i = j",
        "0": "look at the sum below",
        "-yhat_i^2": "which one is squared",
        "yhat_i*(1 - yhat_j)": "is a constant",
        "-yhat_j": "is a constant",
        "-yhat_i": "is a constant",
        "-yhat_j^2": "is a constant",
        "yhat_i - yhat_j": "is a constant",
        "-exp(theta_i)*exp(theta_j)/sum(k, exp(theta_k))": "is a constant",
        "-exp(theta_j)/sum(k, exp(theta_k))^2": "is a constant",
        "dyhat_i/dtheta_j": "Not worked out yet: dyhat/dtheta",
    },
    3: {
        "y_i/yhat_i": "the sign is not",
        "-1/yhat_i": "where did y_i go",
        "1/yhat_i": "where did y_i go",
        "-y_i*log(yhat_i)": "take its derivative",
        "-log(yhat_i)": "the one by ŷ_i",
        "log(yhat_i)": "the one by ŷ_i",
        "-sum(k, y_k/yhat_k)": "only one term",
        "-y_i": "only one term",
        "-yhat_i/y_i": "only one term",
        "-y_i/yhat_i^2": "only one term",
        "yhat_i - y_i": "only one term",
        "(1 - y_i)/(1 - yhat_i) - y_i/yhat_i": "only one term",
        "dCE/dyhat_i": "Not worked out yet: dCE/dyhat",
    },
    4: {
        "-sum(i, dCE/dyhat_i * dyhat_i/dtheta_j)": "the sign is not",
        "dCE/dyhat_j * dyhat_j/dtheta_j": "all of them reach the loss",
        "sum(i, dCE/dyhat_i * dyhat_j/dtheta_i)": "which of the two stays the same",
        "sum(i, dyhat_i/dtheta_j)": "That factor is missing",
        "sum(i, dCE/dyhat_i)": "for each i",
        "sum(i, dCE/dyhat_i * dyhat_i/dtheta_i)": "for each i",
        "sum(i != j, dCE/dyhat_i * dyhat_i/dtheta_j)": "for each i",
        "sum(i, dCE/dyhat_j * dyhat_i/dtheta_j)": "for each i",
        "sum(i, dCE/dyhat_i + dyhat_i/dtheta_j)": "for each i",
        "sum(i, dCE/dyhat_i) * sum(i, dyhat_i/dtheta_j)": "for each i",
        "yhat_j - y_j": "holds for every prediction",
        "sum(i, -y_i/yhat_i * yhat_i*(delta_ij - yhat_j))": "holds for every prediction",
        "dCE/dtheta_j": "is what this step asks for",
        "sum(k, delta_kj*dCE/dtheta_k)": "is what this step asks for",
    },
    5: {
        "y_j - yhat_j": "the sign is not",
        "-y_j*(1 - yhat_j)": "the term i = j alone",
        "yhat_j*(1 - y_j)": "the terms with i ≠ j alone",
        "yhat_j - 1": "only where y_j = 1",
        "yhat_j": "where did y_j go",
        "-y_j + yhat_j*y_j": "the term i = j alone",
        "yhat_j*y_j": "put steps 1 to 3",
        "-y_j/yhat_j": "put steps 1 to 3",
        "yhat_j + y_j": "put steps 1 to 3",
        "sum(i, y_i*yhat_j) - y_j": "not as simple as it can be",
        "-y_j*(1 - yhat_j) + sum(i != j, y_i*yhat_j)": "not as simple as it can be",
        "exp(theta_j)/sum(k, exp(theta_k)) - y_j": "not as simple as it can be",
        "yhat_j - y_j + 0.00000001": "algebra finds a small difference",
        "dCE/dtheta_j": "Not worked out yet: dCE/dtheta",
        "sum(i, dCE/dyhat_i*dyhat_i/dtheta_j)": "Not worked out yet: dCE/dyhat, dyhat/dtheta",
    },
    6: {
        "y - yhat": "the sign is not",
        "yhat": "Only ŷ is left",
        "yhat - 1": "only where y = 1",
        "-y": "below each other",
        "y": "below each other",
        "yhat + y": "below each other",
        "yhat*y": "below each other",
        "-y/yhat": "below each other",
        "0": "below each other",
        "yhat*(1 - y)": "below each other",
        "sum(k, yhat_k - y_k)": "below each other",
        "exp(theta)/sum(k, exp(theta_k)) - y": "not as simple as it can be",
    },
}


def pairs(table):
    return [(step, text) for step, texts in table.items() for text in texts]


def test_there_are_a_dozen_of_each():
    for table in (RIGHT, WRONG):
        assert all(len(table[step]) >= 12 for step in STEPS)


@pytest.mark.parametrize(("step", "text"), pairs(RIGHT))
def test_a_right_step_is_right_whatever_its_form(step, text, monkeypatch):
    # The process that runs the algebra is tested below; here its answer, without the wait.
    monkeypatch.setattr(
        "nnlib.derivation.judging.decide_by_algebra", lambda step, text: is_equal(step, read(text))
    )
    verdict = judge(step, text)
    assert verdict.right, verdict.words
    assert verdict.by == "numbers and algebra"


@pytest.mark.parametrize(("step", "text"), pairs(WRONG))
def test_a_wrong_step_is_told_where_it_departs(step, text):
    verdict = judge(step, text)
    assert not verdict.right
    assert WRONG[step][text] in verdict.words
    if "Not right yet" in verdict.words:
        assert "your step gives" in verdict.words
        assert "the finite difference is" in verdict.words


@pytest.mark.parametrize("step", STEPS)
def test_another_seed_gives_the_same_verdict(step):
    right, wrong = RIGHT[step][0], next(iter(WRONG[step]))
    assert judge(step, right, seed=7).right
    assert not judge(step, wrong, seed=7).right


def test_the_counterexample_is_what_the_step_gives_there():
    words = judge(3, "y_i/yhat_i").words
    assert "y = [" in words
    mine, measured = (
        float(line.split()[-1]) for line in words.splitlines() if line.startswith("  ")
    )
    assert mine == -measured


class TestAlgebra:
    @pytest.mark.slow
    def test_it_decides_in_a_process_of_its_own(self):
        assert decide_by_algebra(5, "yhat_j - y_j") is True
        assert decide_by_algebra(5, "yhat_j - y_j + 0.000000001") is False

    @pytest.mark.slow
    def test_a_question_that_takes_too_long_is_ended_and_the_next_is_answered(self):
        decide_by_algebra.cache_clear()
        assert decide_by_algebra(5, "yhat_j - y_j", seconds=0) is None
        assert decide_by_algebra(4, "yhat_j - y_j") is False
        many = " + ".join(f"(yhat_j + {n})^{n} * exp(yhat_j)" for n in range(2, 40))
        begin = time.monotonic()
        assert decide_by_algebra(5, many, seconds=0.2) is None
        assert time.monotonic() - begin < 5
        assert decide_by_algebra(6, "yhat - y") is True

    @pytest.mark.slow
    def test_its_process_ends_with_its_parent_however_that_ends(self):
        parent = (
            "import os\n"
            "from nnlib.derivation import algebra_process, judging\n"
            "assert judging.decide_by_algebra(6, 'yhat - y')\n"
            "print(algebra_process._process.pid, flush=True)\n"
            "os.kill(os.getpid(), 9)"
        )
        ended = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True)
        assert ended.returncode == -9
        child = int(ended.stdout)
        end = time.monotonic() + 10
        while (stat := Path(f"/proc/{child}/stat")).exists() and ") Z " not in stat.read_text():
            assert time.monotonic() < end
            time.sleep(0.02)

    def test_what_is_not_decided_is_left_to_the_numbers(self, monkeypatch):
        monkeypatch.setattr("nnlib.derivation.judging.decide_by_algebra", lambda *_: None)
        verdict = judge(5, "yhat_j - y_j")
        assert verdict.right
        assert verdict.by == "numbers"


READ_AS = {
    "yhat_i*(1 - yhat_i)": r"\hat{y}_{i} \, \left( 1 - \hat{y}_{i} \right)",
    "-y_i/yhat_i": r"-\frac{y_{i}}{\hat{y}_{i}}",
    "1/yhat_i yhat_j": r"\frac{1}{\hat{y}_{i}} \, \hat{y}_{j}",
    "sum(k != i, y_k) - 1": r"\sum_{k \ne i} y_{k} - 1",
    "sum(k, y_k - 1)": r"\sum_{k} \left( y_{k} - 1 \right)",
    "dCE/dyhat_i": r"\frac{\partial CE}{\partial \hat{y}_{i}}",
    "exp(theta_i)^2": r"\left( e^{\theta_{i}} \right)^{2}",
    "log(yhat_i)^2": r"\left( \log \left( \hat{y}_{i} \right) \right)^{2}",
    "y_i - (yhat_i - 1)": r"y_{i} - \left( \hat{y}_{i} - 1 \right)",
    "2 3 y_i": r"2 \cdot 3 \, y_{i}",
    "0.5*delta_ij": r"\frac{1}{2} \, \delta_{ij}",
}


@pytest.mark.parametrize("text", READ_AS)
def test_it_is_written_back_as_it_was_read(text):
    assert to_latex(read(text)) == READ_AS[text]


def test_lines_and_comments_do_not_count():
    text = "\n# my answer\nyhat_j   # the prediction\n  - y_j\n"
    assert read(text) == read("yhat_j - y_j")
    assert judge(5, text).right


UNREADABLE = {
    "": (0, "nothing is written here yet"),
    "# Not answered yet": (0, "nothing is written here yet"),
    "yhati": (0, "did you mean yhat_i?"),
    "deltaij": (0, "did you mean delta_ij?"),
    "dCE/dyhati": (4, "did you mean dyhat_i?"),
    "yhat[i]": (5, "it stands after a _, as in yhat_i"),
    "ŷi": (1, "it stands after a _, as in yhat_i"),
    "ŷᵢ": (1, "write _i instead"),
    "y_i²": (3, "write ^2 instead"),
    "y^_i": (1, "ŷ_i is written yhat_i"),
    "\frac{1}{2}": (0, "put an r before the quotes"),
    "'y_i'": (0, "without quotes of its own"),
    "yhat_iyhat_j": (5, "write a * between i and yhat"),
    "sum(exp(theta_k))": (4, "with its index first"),
    "sum(y_k)": (4, "with its index first"),
    r"\sum_{i=0}^{K-2} y_i": (14, "or write K-1"),
    "y_i +": (5, "something is missing at the end"),
    "(y_i": (4, "a ')' is missing here"),
    "y_i)": (3, "there is a ')' too many"),
    "__import__('os')": (11, "has no meaning"),
    "_i": (0, "cannot stand here"),
    "y_i.__class__": (3, "'.' has no meaning"),
    "lambda: 1": (6, "':' has no meaning"),
    "lambda y_i": (0, "'lambda' is not known here"),
    "dCE = yhat_j": (4, "a derivative is written dCE/dyhat_i"),
    "yhat_i = 3": (7, "to the right of the = sign"),
    "yhat_i^yhat_j": (6, "whole number up to 9"),
    "yhat_i^99": (6, "whole number up to 9"),
    "y_a": (2, "an index must be one of the letters"),
    "y_ij": (0, "y needs one index"),
    "delta_i": (0, "delta needs two indices"),
    "sum(k y_k)": (6, "a ',' is missing after the sum's index"),
    r"\sqrt{2}": (0, r"the command \sqrt is not known"),
    r"\frac{1}": (8, r"\frac needs two pairs of braces"),
    r"\hat{x}_i": (0, "only y wears a hat"),
    "dCE/dtheta": (4, "dtheta needs one index"),
    r"\sum_{i=5} y_i": (8, "leave its start out"),
    r"\sum_{i}^{7} y_i": (10, "a sum goes over all classes"),
    "1234567890123456": (0, "at most 15 digits"),
    "(" * 60: (40, "nested too deeply"),
    "y_i*" * 150 + "1": (0, "at most 500 are read"),
    "1+" * 150 + "1": (0, "more than 200 parts"),
}


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_told_with_its_place(text):
    place, reason = UNREADABLE[text]
    with pytest.raises(NotationError) as caught:
        read(text)
    assert reason in caught.value.reason
    assert caught.value.place == place
    shown, pointer = str(caught.value).splitlines()
    assert len(shown) <= 70
    asked = caught.value.text[place:][: len(shown)].replace("\f", " ")
    assert shown[pointer.index("^") :] == asked or place > 40


NOT_IN_THIS_STEP = [
    (1, "yhat_j", "j is not known here: this step speaks of i"),
    (2, "yhat_k", "this step speaks of i and j"),
    (5, "sum(j, y_j)", "j has a meaning already"),
    (5, "sum(i != k, y_i)", "k is not known here"),
    (5, "yhat - y", "yhat needs an index here"),
    (6, "yhat_j - y_j", "this step needs no index"),
    (4, "sum(i, sum(i, y_i))", "i has a meaning already"),
    (4, "dCE/dyhat_k", "k is not known here"),
]


@pytest.mark.parametrize(("step", "text", "words"), NOT_IN_THIS_STEP)
def test_an_index_without_meaning_is_told(step, text, words):
    with pytest.raises(NotationError, match=words):
        judge(step, text)


def test_misuse_is_explained():
    with pytest.raises(ValueError, match="step must be one of 1, 2, 3, 4, 5, 6; it is 7"):
        judge(7, "1")
    with pytest.raises(TypeError, match="a step must be text"):
        read(3)


@given(st.text(alphabet=r"yhatdelt_ijk*+-/^(){}\frac \sumCE0123456789.,=!θŷ∂", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_told_its_place(text):
    try:
        read(text)
    except NotationError as error:
        place = error.place
    else:
        assert to_latex(read(text))
        return
    assert 0 <= place <= len(text)


@given(
    st.recursive(
        st.sampled_from(["y_i", "yhat_i", "2", "0.5", "delta_ii", "exp(theta_i)"]),
        lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        max_leaves=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_what_is_written_back_is_read_as_the_same(text):
    first = read(text)
    again = read(to_latex(first))
    assert to_latex(again) == to_latex(first)
    values = {"y": np.array([0.3]), "yhat": np.array([0.7]), "theta": np.array([0.2])}
    values = [evaluate(tree, values, {"i": 0}) for tree in (first, again)]
    np.testing.assert_allclose(*values, rtol=1e-9)
