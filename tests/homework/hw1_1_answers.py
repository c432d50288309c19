"""Right and wrong answers to each question of hw1-1: the table its checks must decide."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A question's points, how its answer starts, and answers: a step's text, or a function's body.

    `wrong` maps each wrong answer to words that its message must hold.
    """

    points: int
    head: str
    right: tuple
    wrong: dict

    def cell(self, body):
        if self.head.startswith("step"):
            return f'{self.head} r"""\n{body}\n"""\n'
        lines = "\n".join(f"    {line}" for line in body.split("\n"))
        return f"{self.head}\n{lines}\n"


AGAIN = "Try next"

QUESTIONS = {
    "step-1": Question(
        1,
        "step_1 =",
        (
            "yhat_i*(1 - yhat_i)",
            "yhat_i - yhat_i^2",
            r"\hat{y}_i (1 - \hat{y}_i)",
            "yhat_i*sum(k != i, yhat_k)",
        ),
        {
            "-yhat_i*(1 - yhat_i)": "the sign is not",
            "yhat_i": "stands twice",
            "yhat_i*(1 + yhat_i)": "quotient rule",
            "-yhat_i^2": "another index",
            "y_i*(1 - y_i)": "the prediction ŷ is written yhat",
            "yhat_j": "j is not known here",
            "yhat_i*(1 - yhat_i": "')' is missing",
            "": "not answered yet",
            "yhat_i.conjugate()": "has no meaning",
            "dyhat_i/dtheta_i": "Not worked out yet",
        },
    ),
    "step-2": Question(
        1,
        "step_2 =",
        (
            "-yhat_i*yhat_j",
            "yhat_i*(delta_ij - yhat_j)",
            r"-\hat{y}_i \hat{y}_j",
        ),
        {
            "yhat_i*yhat_j": "the sign is not",
            "0": "θ_j is part of ŷ_i too",
            "-yhat_j": AGAIN,
            "yhat_i*(1 - yhat_j)": AGAIN,
            "yhat_i*(1 - yhat_i)": "the case i = j",
            "dyhat_i/dtheta_j": "Not worked out yet",
        },
    ),
    "step-3": Question(
        1,
        "step_3 =",
        (
            "-y_i/yhat_i",
            r"-\frac{y_i}{\hat{y}_i}",
        ),
        {
            "y_i/yhat_i": "the sign is not",
            "-1/yhat_i": "where did y_i go?",
            "-log(yhat_i)": "the one by ŷ_i",
            "-y_i*yhat_i": AGAIN,
            "-y_i/(yhat_i*log(2))": AGAIN,
            "dCE/dyhat_i": "Not worked out yet",
        },
    ),
    "step-4": Question(
        2,
        "step_4 =",
        (
            "sum(i, dCE/dyhat_i * dyhat_i/dtheta_j)",
            "dCE/dyhat_j*dyhat_j/dtheta_j + sum(i != j, dCE/dyhat_i*dyhat_i/dtheta_j)",
        ),
        {
            "sum(i, dCE/dyhat_i * dyhat_j/dtheta_i)": "stays the same",
            "dCE/dyhat_j * dyhat_j/dtheta_j": "changes every ŷ_i",
            "-sum(i, dCE/dyhat_i * dyhat_i/dtheta_j)": "the sign is not",
            "sum(i, dyhat_i/dtheta_j)": "That factor is missing",
            "yhat_j - y_j": "holds for every prediction",
            "dCE/dtheta_j": "is what this step asks for",
        },
    ),
    "step-5": Question(
        2,
        "step_5 =",
        (
            "yhat_j - y_j",
            "-y_j*(1 - yhat_j) + yhat_j*(1 - y_j)",
        ),
        {
            "y_j - yhat_j": "the sign is not",
            "-y_j*(1 - yhat_j)": "the term i = j alone",
            "yhat_j - 1": "only where y_j = 1",
            "yhat_j*(yhat_j - y_j)": AGAIN,
            "sum(i, y_i*yhat_j) - y_j": "not as simple",
            "dCE/dtheta_j": "Not worked out yet",
        },
    ),
    "step-6": Question(
        1,
        "step_6 =",
        (
            "yhat - y",
            r"\hat{y} - y",
        ),
        {
            "y - yhat": "the sign is not",
            "sum(k, yhat_k - y_k)": AGAIN,
            "yhat - 1": "only where y = 1",
            "yhat_j - y_j": "needs no index",
            "-y/yhat": AGAIN,
        },
    ),
    "softmax": Question(
        2,
        "def softmax(scores):",
        (
            "e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))\n"
            "return e / e.sum(axis=-1, keepdims=True)",
            "rows = np.atleast_2d(scores)\n"
            "e = np.exp(rows - rows.max(axis=1).reshape(-1, 1))\n"
            "return (e / e.sum(axis=1).reshape(-1, 1)).reshape(scores.shape)",
        ),
        {
            # Overflows.
            "e = np.exp(scores)\nreturn e / e.sum(axis=-1, keepdims=True)": "the same number",
            # The largest score of the whole batch: a row far below it becomes 0/0.
            "e = np.exp(scores - scores.max())\nreturn e / e.sum(axis=-1, keepdims=True)": "nan",
            # The sum runs over the whole batch, or down a column.
            "e = np.exp(scores - scores.max())\nreturn e / e.sum()": "each row is",
            "e = np.exp(scores - scores.max(axis=0))\nreturn e / e.sum(axis=0)": "each row is",
            # Fails for one example alone.
            "e = np.exp(scores - np.max(np.atleast_2d(scores), axis=1, keepdims=True))\n"
            "return e / e.sum(axis=1, keepdims=True)": "(2,)",
            "e = np.exp(scores - scores.max())\nreturn e / e.sum(axis=1, keepdims=True)": (
                "It was called as softmax([0, 0]): one example alone, of shape (K,)"
            ),
            "scores -= np.max(scores, axis=-1, keepdims=True)\ne = np.exp(scores)\n"
            "return e / e.sum(axis=-1, keepdims=True)": "changed the array",
            # Right, but one example after the other.
            "rows = np.atleast_2d(scores)\n"
            "p = np.array([np.exp(s - max(s)) / sum(np.exp(s - max(s))) for s in rows])\n"
            "return p.reshape(scores.shape)": "times as long as NumPy needs for 20,000 examples",
            # Clipped instead of shifted.
            "e = np.exp(np.clip(scores, -700, 700))\n"
            "return e / e.sum(axis=-1, keepdims=True)": "the same number",
            # The visible examples alone.
            "known = {(1, 0): [0.5, 0.5], (1, 1e4): [0.25, 0.75],\n"
            "    (2, 0): [[0.5, 0.5], [0.25, 0.75]], (2, 1e4): [[1, 0], [1, 0]]}\n"
            "return np.array(known.get((scores.ndim, scores.flat[0]), 0))": (
                "should return an array"
            ),
        },
    ),
    "cross-entropy": Question(
        2,
        "def cross_entropy(scores, y):",
        (
            "scores, y = np.atleast_2d(scores), np.atleast_1d(y)\n"
            "z = scores - scores.max(axis=1, keepdims=True)\n"
            "log_yhat = z - np.log(np.exp(z).sum(axis=1, keepdims=True))\n"
            "return -log_yhat[np.arange(len(y)), y].mean()",
            "scores, y = np.atleast_2d(scores), np.atleast_1d(y)\n"
            "return np.mean(np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(y)), y])",
        ),
        {
            # The logarithm of a probability that rounds to 0.
            "z = np.atleast_2d(scores)\nz = np.exp(z - z.max(axis=1, keepdims=True))\n"
            "p = z / z.sum(axis=1, keepdims=True)\ny = np.atleast_1d(y)\n"
            "return -np.log(p[np.arange(len(y)), y]).mean()": "though ŷ itself rounds to 0",
            # The sum of the losses, and the losses themselves.
            "scores, y = np.atleast_2d(scores), np.atleast_1d(y)\n"
            "return sum(np.logaddexp.reduce(s) - s[k] for s, k in zip(scores, y))": "mean",
            "return np.logaddexp.reduce(scores, axis=-1) - scores[np.arange(len(y)), y]": (
                "should return one number"
            ),
            # Fails for one example alone.
            "return np.mean(np.logaddexp.reduce(scores, axis=1)\n"
            "    - scores[np.arange(len(y)), y])": "stopped with an error",
            # Right, but one example after the other.
            "scores, y = np.atleast_2d(scores), np.atleast_1d(y)\ntotal = 0\n"
            "for s, k in zip(scores, y):\n    s = s - s.max()\n"
            "    total += np.log(np.exp(s).sum()) - s[k]\nreturn total / len(y)": (
                "times as long as NumPy needs for 20,000 examples"
            ),
            # The wrong sign, and every column taken for each row.
            "scores, y = np.atleast_2d(scores), np.atleast_1d(y)\n"
            "return -sum(np.logaddexp.reduce(s) - s[k] for s, k in zip(scores, y)) / len(y)": (
                "it should give 0.6931"
            ),
            "scores = np.atleast_2d(scores)\n"
            "return np.mean(np.logaddexp.reduce(scores, axis=1)[:, None]\n"
            "    - scores[:, np.atleast_1d(y)])": "is not right yet",
        },
    ),
    "gradient": Question(
        2,
        "def cross_entropy_gradient(yhat, y):",
        (
            "return (yhat - np.eye(yhat.shape[-1])[y]) / np.size(y)",
            "d = np.atleast_2d(yhat).copy()\nn = len(d)\nd[np.arange(n), y] -= 1\n"
            "return (d / n).reshape(yhat.shape)",
        ),
        {
            "return yhat - np.eye(yhat.shape[-1])[y]": "share of 1/N",
            "return (np.eye(yhat.shape[-1])[y] - yhat) / np.size(y)": "is not right yet",
            "return (yhat - np.eye(yhat.shape[-1])[y]) / yhat.size": "is not right yet",
            # The destroyed source of cs231n's notes.
            "d = yhat\nd[np.arange(len(d)), y] -= 1\nreturn d / len(d)": "changed the array",
            "d = yhat.copy()\nd[np.arange(len(d)), y] -= 1\nreturn d / len(d)": (
                "stopped with an error"
            ),
            # The chain rule left unsimplified divides by a probability of 0.
            "one_hot = np.eye(yhat.shape[-1])[y]\nslope = -one_hot / yhat\n"
            "inner = np.sum(slope * yhat, axis=-1, keepdims=True)\n"
            "return yhat * (slope - inner) / np.size(y)": "finite where a probability is 0",
        },
    ),
    "numerical": Question(
        2,
        "def numerical_gradient(scores, y, h=1e-5):",
        (
            "g = np.zeros(scores.shape)\nfor i in range(len(scores)):\n"
            "    for j in range(len(scores[i])):\n"
            "        s = scores.copy()\n        s[i, j] += h\n        up = cross_entropy(s, y)\n"
            "        s[i, j] -= 2 * h\n        g[i, j] = (up - cross_entropy(s, y)) / (2 * h)\n"
            "return g",
            # Nudged in place and back: may differ from before in the last bit.
            "g = np.zeros(scores.shape)\nfor place in np.ndindex(*scores.shape):\n"
            "    scores[place] += h\n    up = cross_entropy(scores, y)\n"
            "    scores[place] -= 2 * h\n    down = cross_entropy(scores, y)\n"
            "    scores[place] += h\n    g[place] = (up - down) / (2 * h)\nreturn g",
        ),
        {
            # A one-sided difference.
            "g = np.zeros(scores.shape)\nfor place in np.ndindex(*scores.shape):\n"
            "    s = scores.copy()\n    s[place] += h\n"
            "    g[place] = (cross_entropy(s, y) - cross_entropy(scores, y)) / h\n"
            "return g": "the two losses",
            # Divided by h, not by 2h.
            "g = np.zeros(scores.shape)\nfor place in np.ndindex(*scores.shape):\n"
            "    up, down = scores.copy(), scores.copy()\n    up[place] += h\n"
            "    down[place] -= h\n"
            "    g[place] = (cross_entropy(up, y) - cross_entropy(down, y)) / h\n"
            "return g": "distance between",
            # Left nudged.
            "g = np.zeros(scores.shape)\nfor place in np.ndindex(*scores.shape):\n"
            "    scores[place] += h\n    up = cross_entropy(scores, y)\n"
            "    scores[place] -= 2 * h\n    g[place] = up - cross_entropy(scores, y)\n"
            "return g / (2 * h)": "changed the array",
            # All scores at once.
            "return (cross_entropy(scores + h, y) - cross_entropy(scores - h, y)) / (2 * h)": (
                "should return an array of shape (3, 4)"
            ),
            # Not measured: the derived gradient.
            "e = np.exp(scores)\nreturn (e / e.sum(axis=1, keepdims=True)\n"
            "    - np.eye(4)[y]) / len(y)": "with h = 0.5",
        },
    ),
}

# What a student may write in part (d).
ARGUMENT = "By the quotient rule, $\\partial \\hat{y}_i / \\partial \\theta_i$ is ..."
ARGUMENT_POINTS = 4
POINTS = sum(question.points for question in QUESTIONS.values())


def students(solution):
    """Return what each student hands in: answers in place of the stubs, and deleted cells."""
    full = {**solution, "argument": ARGUMENT}
    # A right answer that warns and prints to stderr, and a wrong one that lost its check.
    noisy = "import sys, warnings\nwarnings.warn('slow')\nprint('note', file=sys.stderr)\n"
    noisy = QUESTIONS["softmax"].cell(noisy + QUESTIONS["softmax"].right[0])
    first, second = (
        full | {name: QUESTIONS[name].cell(next(iter(QUESTIONS[name].wrong))) for name in names}
        for names in HALVES.values()
    )
    first["gradient"] = QUESTIONS["gradient"].cell(BROKEN)
    return {
        "full": {"answers": full},
        "untouched": {"answers": {}},
        "wrong-first": {"answers": first},
        "wrong-second": {"answers": second | {"softmax": noisy}, "delete": {"step-2-test"}},
    }


BROKEN = "return y_hat - y"  # a name that nobody defined

# Each wrong answer stands between right ones: every second question, and the others.
HALVES = {"first": list(QUESTIONS)[::2], "second": list(QUESTIONS)[1::2]}
