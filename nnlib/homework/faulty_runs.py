"""Three trainings of hw1-2 with something wrong: to be shown, read, and named."""

from functools import cache

from nnlib import plots
from nnlib.diagnosis import NAMES, diagnose
from nnlib.homework.checks import CheckError, plain_text
from nnlib.homework.engines import digits, train_history

# What a run can be called: a training that ended has had its time.
CHOICES = tuple(name for name in NAMES if name != "too early to tell")
COMMON = {"hidden": [128], "activation": "relu", "optimizer": "sgd", "lr": 0.1, "batch_size": 64}
RUNS = {
    "A": ({**COMMON, "batch_size": 2, "epochs": 4}, 5_000),
    "B": ({**COMMON, "hidden": [3], "optimizer": "adam", "lr": 0.001, "epochs": 20}, 10_000),
    "C": ({**COMMON, "lr": 0.001, "epochs": 6}, 10_000),
}


@cache
def history_of(letter):
    """Return the History of a run, trained on real digits when it is first asked for."""
    config, n_train = RUNS[_known(letter)]
    training, validation = digits(n_train, 5_000)
    return train_history(config, training, validation)


def show_run(letter):
    """Train a run, "A", "B" or "C", and return its curves.

    Returns
    -------
    plots.Figure
    """
    return plots.curves(history_of(letter), title=f"Run {letter}")


def show_steps():
    """Draw the loss of each run, step by step, on the same scale.

    Returns
    -------
    plots.Figure
    """
    losses = {letter: history_of(letter).batch_losses for letter in RUNS}
    highest = plots.nice_limit(max(map(max, losses.values())))
    fig = plots.figure(1, len(losses), size=(10.0, 2.8))
    for ax, (letter, values) in zip(fig.axes, losses.items(), strict=True):
        ax.plot(values, linewidth=0.5)
        ax.set(title=f"Run {letter}", xlabel="step", ylim=(0, highest))
    fig.axes[0].set_ylabel("loss")
    words = (f"Run {letter}: {len(values)} steps." for letter, values in losses.items())
    fig.alt = f"The loss step by step, from 0 to {highest:g} for each run. {' '.join(words)}"
    return fig


def check_name(letter, answer):
    """Compare the name of what is wrong with a run with what its curves say.

    Raises
    ------
    CheckError
        With what to look at next.
    """
    history = history_of(letter)
    answer = plain_text(answer).strip(" .'\"").lower()
    if not answer:
        raise CheckError(f"Run {letter} has no name yet: choose one of {', '.join(CHOICES)}.")
    if answer not in CHOICES:
        raise CheckError(f"{answer!r:.40} is not among the names: {', '.join(CHOICES)}.")
    found = diagnose(history)
    if answer != found.name:
        raise CheckError(f"Run {letter} is not {answer!r}. {LOOK_AT[found.name]}")
    print(f"Run {letter}: right. {found}")


# Where to look, for whoever gave another name; not the name itself.
LOOK_AT = {
    "batch too small": "Draw its loss step by step, and compare how much it jumps with how much "
    "it falls.",
    "low capacity": "Look at the gap between training and validation accuracy, and at the height "
    "at which both stop.",
    "learning rate too low": "Look at the shape of the loss: where would it be after as many "
    "epochs again?",
}


def _known(letter):
    if letter not in RUNS:
        raise ValueError(f"letter must be one of {', '.join(RUNS)}; it is {letter!r}.")
    return letter
