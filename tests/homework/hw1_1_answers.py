"""Right and wrong answers to each question of hw1-1: the table its checks must decide."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A question's points, the first line of its function, and answers for the body.

    `wrong` maps each wrong body to words that its message must hold.
    """

    points: int
    head: str
    right: tuple
    wrong: dict

    def cell(self, body):
        lines = "\n".join(f"    {line}" for line in body.split("\n"))
        return f"{self.head}\n{lines}\n"


AGAIN = "Try next"

QUESTIONS = {
    "step-1": Question(
        1,
        "def dyhat_i_dtheta_i(yhat_i):",
        (
            "return yhat_i * (1 - yhat_i)",
            "return yhat_i - yhat_i**2",
            "return np.float32(yhat_i) * (1 - np.float32(yhat_i))",
            "return 1 / (1 / yhat_i + 1 / (1 - yhat_i))",
            "import warnings\nwarnings.warn('slow')\nreturn yhat_i * (1 - yhat_i)",
        ),
        {
            "return -yhat_i * (1 - yhat_i)": "the sign is not",
            "return yhat_i": "stands twice",
            "return yhat_i * (1 + yhat_i)": "quotient rule",
            "return 1 - yhat_i": "quotient rule",
            "return float('nan')": "nan",
            "return None": "gave nothing back",
            "return 'yhat_i * (1 - yhat_i)'": "should return numbers",
            "return [yhat_i * (1 - yhat_i)]": "should return one number",
            "return yhat_i / 0": "ZeroDivisionError",
            "return yhat_j": "name 'yhat_j' is not defined",
            "return yhat_i(1 - yhat_i)": "not callable",
            "return yhat_i + 1j": "should return numbers",
        },
    ),
    "step-2": Question(
        1,
        "def dyhat_i_dtheta_j(yhat_i, yhat_j):",
        (
            "return -yhat_i * yhat_j",
            "return 0 - yhat_j * yhat_i",
            "product = yhat_i * yhat_j\nreturn -product",
        ),
        {
            "return yhat_i * yhat_j": "the sign is not",
            "return 0": "θ_j is part of ŷ_i too",
            "return -yhat_j": AGAIN,
            "return -yhat_i * (1 - yhat_j)": AGAIN,
            "return yhat_i * (1 - yhat_i)": AGAIN,
        },
    ),
    "step-3": Question(
        1,
        "def dce_dyhat_i(y_i, yhat_i):",
        (
            "return -y_i / yhat_i",
            "return -1 / yhat_i if y_i == 1 else -y_i * yhat_i**-1",
        ),
        {
            "return y_i / yhat_i": "the sign is not",
            "return -1 / yhat_i": "where did y_i go?",
            "return -np.log(yhat_i)": AGAIN,
            "return -y_i * yhat_i": AGAIN,
            # As with logarithms to the base 2.
            "return -y_i / (yhat_i * np.log(2))": AGAIN,
        },
    ),
    "step-4": Question(
        2,
        "def chain_rule(dce_dyhat, dyhat_dtheta, j):",
        (
            "return np.sum(dce_dyhat * dyhat_dtheta[:, j])",
            "return dce_dyhat @ dyhat_dtheta[:, j]",
            "return (dyhat_dtheta.T @ dce_dyhat)[j]",
            "total = 0\nfor i in range(len(dce_dyhat)):\n"
            "    total += dce_dyhat[i] * dyhat_dtheta[i][j]\nreturn total",
        ),
        {
            # Right for the softmax only, whose table is symmetric.
            "return dce_dyhat @ dyhat_dtheta[j]": "which index stays fixed",
            "return dce_dyhat[j] * dyhat_dtheta[j, j]": "changes every ŷ_i",
            "return -dce_dyhat @ dyhat_dtheta[:, j]": "the sign is not",
            "return dce_dyhat * dyhat_dtheta[:, j]": "should return one number",
            "return np.mean(dce_dyhat * dyhat_dtheta[:, j])": AGAIN,
        },
    ),
    "step-5": Question(
        2,
        "def dce_dtheta_j(y_j, yhat_j):",
        ("return yhat_j - y_j", "return -y_j * (1 - yhat_j) + yhat_j * (1 - y_j)"),
        {
            "return y_j - yhat_j": "the sign is not",
            "return -y_j * (1 - yhat_j)": "the term i = j alone",
            "return yhat_j - 1": AGAIN,
            "return yhat_j * (yhat_j - y_j)": AGAIN,
            # Right where y is one-hot, not for every distribution.
            "return yhat_j - 1 if y_j > 0 else yhat_j": AGAIN,
        },
    ),
    "step-6": Question(
        1,
        "def dce_dtheta(y, yhat):",
        ("return yhat - y", "return np.array([p - t for p, t in zip(yhat, y)])"),
        {
            "return y - yhat": "the sign is not",
            "return np.sum(yhat - y)": "should return an array of shape (3,)",
            "return yhat - 1": AGAIN,
            "return (yhat - y) / len(y)": AGAIN,
            "return -y / yhat": AGAIN,
            "yhat -= y\nreturn yhat": "changed the array it was given",
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
            "scores -= np.max(scores, axis=-1, keepdims=True)\ne = np.exp(scores)\n"
            "return e / e.sum(axis=-1, keepdims=True)": "changed the array",
            # Clipped instead of shifted.
            "e = np.exp(np.clip(scores, -700, 700))\n"
            "return e / e.sum(axis=-1, keepdims=True)": "the same number",
            # The visible examples alone.
            "return np.array({'[0. 0.]': [0.5, 0.5], '[10000.     0.]': [1, 0]}.get(\n"
            "    str(scores), [[0.5, 0.5], [0.25, 0.75]]))": "should return an array",
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
            "return sum(np.logaddexp.reduce(s) - s[k] for s, k in zip(scores, y)) / len(y)",
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
