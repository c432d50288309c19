"""Right, partly right and wrong answers to each question of hw1-2, and what each must get."""

from dataclasses import dataclass

STUB = "# Not answered yet: write your answer in place of this line."


@dataclass(frozen=True)
class Question:
    """A question's points; answers worth all of them; others, with points and words they get."""

    points: int
    right: tuple
    wrong: dict  # {the cell's source: (points, words that its message must hold)}


KERAS = """
def build_model(config):
    layers = [keras.Input((784,)), {scale}]
    for size in config["hidden"]:
        layers += [dense(size, config), {activation}]
        if config["dropout"] > 0:
            layers.append(keras.layers.Dropout({rate}))
    return {model}([*layers, {last}])


def dense(size, config):
    return keras.layers.Dense(size{penalty})


def activation(config):
    if config["activation"] == "leaky_relu":
        return {leaky}
    return keras.layers.Activation(config["activation"])
"""


def keras(**change):
    """Return a Keras answer, right but for the changes."""
    parts = {
        "scale": "keras.layers.Rescaling(1 / 255)",
        "activation": "activation(config)",
        "leaky": "keras.layers.LeakyReLU(negative_slope=0.3)",
        "rate": 'config["dropout"]',
        "model": "keras.Sequential",
        "last": "dense(10, config)",
        "penalty": ', kernel_regularizer=keras.regularizers.L2(config["l2"])',
    }
    return KERAS.format(**parts | change)


FORWARD = """
def forward(weights, biases, X):
    a = [X]
    for k in range(len(weights)):
        z = {z}
        a.append({hidden} if k < len(weights) - 1 else {last})
    return {result}
"""


def forward(**change):
    """Return a forward pass, right but for the changes."""
    parts = {
        "z": "a[-1] @ weights[k].T + biases[k]",
        "hidden": "np.maximum(0, z)",
        "last": "z",
        "result": "a",
    }
    return FORWARD.format(**parts | change)


BACKWARD = """
def backward(weights, activations, y):
    scores = activations[-1]
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    d = e / e.sum(axis=1, keepdims=True)
    d[np.arange(len(y)), y] -= 1
    d = {first}
    dweights, dbiases = [None] * len(weights), [None] * len(weights)
    for k in range(len(weights) - 1, -1, -1):
        dweights[k], dbiases[k] = {dW}, {db}
        d = {back}
    return {result}
"""


def backward(**change):
    """Return a backward pass, right but for the changes."""
    parts = {
        "first": "d / len(y)",
        "dW": "d.T @ activations[k]",
        "db": "d.sum(axis=0)",
        "back": "(d @ weights[k]) * (activations[k] > 0)",
        "result": "dweights, dbiases",
    }
    return BACKWARD.format(**parts | change)


def update(body):
    return f"def update(parameters, gradients, lr):\n    {body}\n"


def name(letter, text):
    return f'run_{letter} = """\n{text}\n"""'


def config(**settings):
    start = {"hidden": [64], "activation": "relu", "optimizer": "adam", "lr": 0.002}
    return f"config = {start | {'batch_size': 256, 'epochs': 3} | settings!r}"


NOT_YET = "gave nothing back. Is it answered yet?"
RUN_A, RUN_B, RUN_C = "step by step", "the gap between", "the shape of the loss"

QUESTIONS = {
    "build-model": Question(
        2,
        (keras(), keras(scale="keras.layers.Lambda(lambda x: x / 255.0)")),
        {
            f'def build_model(config):\n    """A model."""\n    {STUB}\n': (0, NOT_YET),
            keras(activation="*[]"): (0, "scores differ from nnlib's"),
            keras(last='dense(10, config), keras.layers.Activation("softmax")'): (
                0,
                "gives scores, without softmax",
            ),
            keras(scale="*[]"): (0, "divided by 255 first"),
            keras(rate='1 - config["dropout"]'): (0, "Your model drops with"),
            keras(penalty=""): (0, "kernel_regularizer"),
            keras(last="dense(9, config)"): (0, "they should be [12, 10]"),
            keras(model="list"): (0, NOT_YET),
            keras(leaky='keras.layers.Activation("leaky_relu")'): (
                0,
                "LeakyReLU has negative_slope=0.3",
            ),
        },
    ),
    "forward": Question(
        2,
        (
            forward(),
            forward(hidden="z * (z > 0)"),
            forward(z="(weights[k] @ a[-1].T).T + biases[k]"),
        ),
        {
            f'def forward(weights, biases, X):\n    """Activations."""\n    {STUB}\n': (0, NOT_YET),
            forward(hidden="z"): (0, "ReLU in hidden layers"),
            forward(last="np.maximum(0, z)"): (0, "nothing after the last"),
            forward(z="a[-1] @ weights[k].T"): (0, "a[1] is not right yet"),
            forward(z="a[-1] @ weights[k] + biases[k]"): (0, "stopped with an error"),
            forward(result="a[1:]"): (0, "should return a list of 3 arrays"),
            forward(result="a[-1]"): (0, "it returned one array of shape (7, 3)"),
            forward(hidden="1 / (1 + np.exp(-z))"): (0, "ReLU in hidden layers"),
        },
    ),
    "backward": Question(
        3,
        (backward(), backward(back="np.where(activations[k] > 0, d @ weights[k], 0)")),
        {
            f'def backward(weights, activations, y):\n    """All."""\n    {STUB}\n': (0, NOT_YET),
            backward(first="d"): (0, "each has a share of 1/N"),
            backward(first="-d / len(y)"): (0, "the sign is not"),
            backward(back="d @ weights[k]"): (0, "where ReLU let the signal"),
            backward(db="d.mean(axis=0)"): (0, "the sum of its errors over the examples"),
            backward(dW="activations[k].T @ d"): (0, "should be an array of shape"),
            backward(result="dweights"): (0, "dbiases"),
            backward(result="dweights, dbiases, d"): (0, "two lists: dweights, dbiases"),
        },
    ),
    "update": Question(
        1,
        (
            update("return [p - lr * g for p, g in zip(parameters, gradients)]"),
            update("return [p + -lr * g for p, g in zip(parameters, gradients)]"),
        ),
        {
            update(f'"""The parameters."""\n    {STUB}'): (0, NOT_YET),
            update("return [p + lr * g for p, g in zip(parameters, gradients)]"): (0, "against"),
            update("return [p - g for p, g in zip(parameters, gradients)]"): (
                0,
                "lr times the gradient's",
            ),
            update("for p, g in zip(parameters, gradients): p -= lr * g\n    return parameters"): (
                0,
                "changed the array",
            ),
            update("return parameters - lr * gradients"): (0, "stopped with an error"),
            # The visible numbers, written down.
            update(
                "return [np.array([[8.2, 1.8, -0.6], [-5.6, -4, -9.4]]), np.array([-9.8, -9.8])]"
            ): (0, "it should hold 2"),
        },
    ),
    "run-a": Question(
        1,
        (
            name("a", "batch too small"),
            name("a", "# I see it jump\nbatch too small"),
            name("a", "'Batch too small.'"),
        ),
        {
            name("a", STUB): (0, "has no name yet"),
            name("a", "low capacity"): (0, RUN_A),
            name("a", "learning rate too high"): (0, RUN_A),
            name("a", "healthy"): (0, RUN_A),
            name("a", "small batch"): (0, "not among the names"),
            "run_a = 2": (0, "has no name yet"),
        },
    ),
    "run-b": Question(
        1,
        (name("b", "low capacity"),),
        {
            name("b", STUB): (0, "has no name yet"),
            name("b", "overfitting"): (0, RUN_B),
            name("b", "learning rate too low"): (0, RUN_B),
            name("b", "healthy"): (0, RUN_B),
            name("b", "too small"): (0, "not among the names"),
        },
    ),
    "run-c": Question(
        1,
        (name("c", "learning rate too low"),),
        {
            name("c", STUB): (0, "has no name yet"),
            name("c", "low capacity"): (0, RUN_C),
            name("c", "learning rate too high"): (0, RUN_C),
            name("c", "diverged"): (0, RUN_C),
            name("c", "too slow"): (0, "not among the names"),
        },
    ),
    "config": Question(
        4,
        (config(hidden=[400], lr=0.003, batch_size=512, epochs=10, dropout=0.2),),
        {
            config(hidden=[256], epochs=6, dropout=0.1): (3, "Mean test accuracy"),
            config(hidden=[128], epochs=5): (2, "Mean test accuracy"),
            config(hidden=[64], lr=0.003): (1, "Mean test accuracy"),
            config(hidden=[8], lr=0.0001, epochs=1): (0, "The first point is at 95%"),
            config(optimizer="sgd", lr=10.0, l2=1.0, epochs=1): (0, "0.00%"),
            config(epochs=10**9): (0, "epochs must be"),
            config(lr=float("-1")): (0, "lr must be"),
            config(hidden=[10**6]): (0, "hidden holds a layer"),
            config(hidden=[1024, 1024], epochs=100): (0, "the budget is 4 trillion"),
            config(magic=True): (0, "'magic' is no setting"),
            "config = 'the best one'": (0, "must be a dict"),
            STUB: (0, "still the one to start with"),
            "config = start | {'seed': 1}": (0, "'seed' is no setting"),
        },
    ),
}

# Two configs of the table are graded by nbgrader itself, in the notebooks of two students.
HANDED_IN = {
    QUESTIONS["config"].right[0]: 4,
    next(text for text, (points, _) in QUESTIONS["config"].wrong.items() if points == 2): 2,
}

# For a person: the points that reasons and report can get.
BY_HAND = {"reasons": 2, "report": 3}
BONUS = {"bonus": 1}
POINTS = sum(question.points for question in QUESTIONS.values())


def students(solution):
    """Return what each student hands in: answers in place of the stubs."""
    best, second = HANDED_IN
    full = {**solution, "reasons": "A jumps from step to step.", "report": "More neurons helped."}
    wrong = {name: list(question.wrong)[1] for name, question in QUESTIONS.items()}
    # Nothing of such a cell is run.
    wrong["build-model"] = "def build_model(config:\n    return None\n"
    partly = full | {name: wrong[name] for name in WRONG_OF_PARTLY}
    return {
        "full": {"answers": full | {"config": best}},
        "untouched": {"answers": {}},
        "partly": {"answers": partly | {"config": second}},
    }


# Between right answers, and beside a config that is worth 2 points.
WRONG_OF_PARTLY = ("build-model", "backward", "run-b")
