"""Three trainings with something wrong: each has one name, whatever the seed, and its signs."""

import numpy as np
import pytest

from nnlib.diagnosis import diagnose
from nnlib.homework.checks import CheckError
from nnlib.homework.engines import digits, train_history
from nnlib.homework.faulty_runs import CHOICES, RUNS, check_name, history_of, show_run, show_steps

NAMES = {"A": "batch too small", "B": "low capacity", "C": "learning rate too low"}

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("letter", RUNS)
def test_each_run_has_one_name_among_the_choices(letter, capsys):
    assert NAMES[letter] in CHOICES
    check_name(letter, f"\n{NAMES[letter]}\n")
    said = capsys.readouterr().out
    assert f"Run {letter}: right. {NAMES[letter].capitalize()}." in said
    for other in set(CHOICES) - {NAMES[letter]}:
        with pytest.raises(CheckError, match=f"Run {letter} is not '{other}'") as failed:
            check_name(letter, other)
        # Where to look, and not the name itself.
        assert NAMES[letter] not in str(failed.value)


@pytest.mark.parametrize("letter", RUNS)
def test_another_seed_gives_the_same_name(letter):
    config, n_train = RUNS[letter]
    history = train_history(config, *digits(n_train, 5_000, seed=1), seed=1)
    assert diagnose(history).name == NAMES[letter]


def test_the_curves_show_what_the_rubric_says():
    a, b, c = (history_of(letter) for letter in "ABC")
    # A: from step to step the loss jumps by more than half of where it began.
    late = np.array(a.batch_losses[-1000:])
    assert np.abs(np.diff(late)).max() > a.batch_losses[0] / 2
    # B: both accuracies stop at the same height.
    assert b["accuracy"][-1] < 0.85
    assert abs(b["accuracy"][-1] - b["val_accuracy"][-1]) < 0.03
    # C: the loss falls almost in a straight line, and is still high.
    falls = -np.diff(c["val_loss"])
    assert falls.min() > 0.7 * falls.max()
    assert c["val_loss"][-1] > 1.5


def test_a_run_is_trained_once_and_drawn_with_words():
    assert history_of("B") is history_of("B")
    assert "val accuracy goes from" in show_run("B").alt
    steps = show_steps()
    assert [ax.get_title() for ax in steps.axes] == ["Run A", "Run B", "Run C"]
    assert len({ax.get_ylim() for ax in steps.axes}) == 1
    assert {ax.get_xlabel() for ax in steps.axes} == {"step"}
    assert "Run A" in steps.alt


def test_an_unknown_run_is_told():
    with pytest.raises(ValueError, match="letter must be one of A, B, C; it is 'D'"):
        show_run("D")
