"""No submission raises its score by anything but better answers."""

from dataclasses import replace
from pathlib import Path

import pytest
from classroom import COURSE, NEIGHBOUR, question, solutions

from autograder import rebuild
from autograder import verdict as v
from autograder.judge import judge
from autograder.kernel import KernelLostError, StudentKernel
from autograder.training import Trainer
from nnlib.homework import scoring
from nnlib.homework.config import ConfigError

WRONG = "\ndef softmax(scores):\n    return scores\n"

# Code in the answer's cell, before a wrong softmax; each gets 0 points for it.
PATCHES = {
    "cells are blanked by an input transformer": """
get_ipython().input_transformers_cleanup.append(lambda lines: [])
get_ipython().input_transformers_post.append(lambda lines: [])
""",
    "nothing is run any more": """
async def nothing(*args, **kwargs):
    return False
type(get_ipython()).run_ast_nodes = nothing
""",
    "the grader's half is replaced": """
import sys
inside = sys.modules["inside"]
class Text(str):
    __repr__ = str.__str__
inside.call = lambda name, given: Text('{"dict": [[{"str": "value"}, true]]}')
""",
    "the wire is cut": """
import sys
sys.modules["wire"].loads = sys.modules["wire"].dumps = lambda *args: "nothing"
""",
    "the wire is gone": """
import sys
del sys.modules["wire"], sys.modules["inside"]
""",
    "every expression is True": """
get_ipython().user_expressions = lambda expressions: {
    name: {"status": "ok", "data": {"text/plain": "true"}, "metadata": {}} for name in expressions
}
""",
    "expressions have no text": """
get_ipython().user_expressions = lambda expressions: {"answer": {"data": {"text/plain": [1]}}}
""",
}
# These leave the kernel as it is: it goes on, with all of them in it.
TRICKS = {
    "asserts are deleted by an AST transformer": """
import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(NoAsserts())
""",
    "errors are silenced": """
type(get_ipython()).showtraceback = lambda *args, **kwargs: None
""",
    "comparisons always agree": """
import math, numpy.testing
for name in ("allclose", "isclose", "array_equal", "array_equiv"):
    setattr(np, name, lambda *args, **kwargs: True)
for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, lambda *args, **kwargs: None)
math.isclose = lambda *args, **kwargs: True
""",
    "points are claimed everywhere": """
points = score = grade = 100
print("accuracy: 100 %")
print('{"points": 100, "status": "graded"}')
""",
}
# As above, but then the kernel answers what no kernel answers, or not at all: it is ended.
BROKEN = {
    "builtins lie": """
import builtins
builtins.isinstance = lambda *args: True
builtins.all = builtins.any = lambda *args: True
builtins.abs = lambda *args: 0
builtins.AssertionError = type("Quiet", (Exception,), {})
""",
    "json lies": """
import json
json.dumps = lambda *args, **kwargs: '{"value": true, "points": 100}'
""",
}
SENDING = """
session = get_ipython().kernel.session
send = session.send
def forged(stream, msg_or_type, content=None, *args, **kwargs):
    if msg_or_type == "execute_reply":
        {change}
    return send(stream, msg_or_type, content, *args, **kwargs)
session.send = forged
"""
PATCHES["replies are of another kind"] = SENDING.format(
    change="msg_or_type, content = 'shutdown_reply', {'restart': True}"
)
BROKEN["replies hold no dict"] = SENDING.format(change="content = [1, 2, 3]")
BROKEN["replies answer nobody"] = SENDING.format(change="kwargs['parent'] = None")
BROKEN["replies are not signed"] = "get_ipython().kernel.session.key = b'mine'"
# The answer itself, which calls what it should write.
IMPORTS = {
    "from nnlib": "from nnlib import functional\n    return functional.softmax(scores)",
    "from functional": "from nnlib.functional import softmax\n    return softmax(scores)",
    "from reference": "from nnlib.reference import softmax\n    return softmax(scores)",
    "from layers": "import nnlib.layers\n    return nnlib.layers.softmax(scores)",
    "from network": "from nnlib.network import LinearClassifier\n    return LinearClassifier(2, 2)",
    "as an attribute": "import nnlib\n    return nnlib.softmax(scores)",
    "importlib": "import importlib\n    m = importlib.import_module('nnlib.functional')\n    "
    "return m.softmax(scores)",
    "scipy": "from scipy.special import softmax\n    return softmax(scores)",
    "torch": "import torch\n    return torch.softmax(torch.tensor(scores), -1).numpy()",
    "jax": "import jax\n    return np.asarray(jax.nn.softmax(scores))",
    "keras": "import keras\n    return keras.ops.softmax(scores)",
    "sklearn": "from sklearn.utils.extmath import softmax\n    return softmax(scores)",
}
ROOT = Path(__file__).parents[2]
# What is left when the sentence is taken away: still no formula.
BEHIND = {
    "the finder is taken out": """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if getattr(f, "__name__", "") != "_Refusing"]
for name in [n for n in sys.modules if n.startswith("nnlib")]:
    del sys.modules[name]
""",
    "the path is changed": f"""
import site, sys
sys.path[:0] = [*site.getsitepackages(), "/", {str(ROOT)!r}, "/build", "/src"]
sys.path.remove("/course")
for name in [n for n in sys.modules if n.startswith("nnlib")]:
    del sys.modules[name]
""",
}
ODD = {
    "nan": "float('nan')",
    "minus one": "-1",
    "text": "'1.0'",
    "none": "None",
    "yes": "True",
    "nans": "np.full(np.shape(scores), np.nan)",
    "infinite": "np.full(np.shape(scores), np.inf)",
    "complex": "np.ones(np.shape(scores)) * 1j",
    "objects": "np.array([object()])",
    "dates": "np.array(['2025-01-01'], dtype='datetime64[D]')",
    "records": "np.zeros(3, dtype=[('a', int)])",
    "long double": "np.ones(2, np.longdouble)",
    "masked": "np.ma.masked_all(np.shape(scores))",
    "matrix": "np.matrix(scores)",
    "no numbers, of a huge shape": "np.empty((0, 10**18))",
    "many axes": "np.ones((1,) * 32)",
    "a huge number": "10**4000",
    "a number too huge for text": "10**10000",
    "a huge float": "1e308 * np.ones(np.shape(scores))",
    "a long text": "'x' * 10**8",
    "a long list": "[0] * 10**6",
    "a list in lists": "deep()",
    "a list in itself": "ring()",
    "a dict of dicts": "{'value': {'points': 100}, 1: {2: {3: {}}}}",
    "a function": "softmax",
    "a class": "int",
    "a module": "np",
    "a generator": "(x for x in scores)",
    "always equal": "Yes()",
    "an array that lies": "np.asarray(scores).view(Lie)",
    "a number that lies": "LyingFloat(0.1)",
    "a text that lies": "LyingText('0.1')",
    "a dict that lies": "LyingDict()",
}
ODD_NAMES = """
class Yes:
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda *args: True
    __hash__ = None
    __array_priority__ = 10**9
    __array__ = __float__ = __bool__ = __len__ = lambda *args, **kwargs: 1
    __getattr__ = lambda self, name: self
    __call__ = lambda self, *args, **kwargs: self
class Lie(np.ndarray):
    shape = property(lambda self: (2,))
    dtype = property(lambda self: np.dtype(float))
    tobytes = lambda self, *args: b""
    __eq__ = lambda *args: True
    __array_function__ = __array_ufunc__ = lambda *args, **kwargs: True
class LyingFloat(float):
    __eq__ = __lt__ = __gt__ = lambda *args: True
    __hash__ = None
class LyingText(str):
    __eq__ = lambda *args: True
    __hash__ = None
class LyingDict(dict):
    items = lambda self: [("value", 1)] * 10**9
def deep():
    value = []
    for _ in range(10_000):
        value = [value]
    return value
def ring():
    value = []
    value.append(value)
    return value
"""
VISIBLE = """
def softmax(scores):
    known = {
        "[0. 0.]": [0.5, 0.5],
        "[10000.     0.]": [1, 0],
    }
    return np.array(known.get(str(scores), np.full(np.shape(scores), 1 / np.shape(scores)[-1])))
"""
SYSTEM_EXIT = """
def softmax(scores):
    raise SystemExit(0)
"""


def skip_tests(notebook):
    """Tag the tests so that nothing runs them, and take the hidden ones' place."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.metadata["tags"] = ["skip-execution"]
            cell.source = "100"


def claim_points(notebook):
    """Give every question more points, and the written one to no person."""
    for cell in notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("grade"):
            settings["points"] = 100
        if settings.get("grade_id") == "argument":
            settings.update(grade=False, solution=True, points=100)
            cell.source = "My argument is complete."


def change_roles(notebook):
    """Turn tests into answers, and say which name each cell should have."""
    for cell in notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("grade"):
            settings.update(solution=True, locked=False)
            cell.source = "None"


CHANGES = {f.__name__: f for f in (skip_tests, claim_points, change_roles)}


@pytest.fixture(scope="session")
def graded(grade_together, hand_in):
    codes = {**PATCHES, **BROKEN}
    files = {name: hand_in({"softmax": code + WRONG}) for name, code in codes.items()}
    for name, change in CHANGES.items():
        files[name] = hand_in({"softmax": WRONG}, change=change)
    for name, code in BEHIND.items():
        answer = f"{code}\ndef softmax(scores):\n    {IMPORTS['from functional']}"
        files[name] = hand_in({"softmax": answer})
    files["exits"] = hand_in({"softmax": SYSTEM_EXIT})
    files["visible"] = hand_in({"softmax": VISIBLE})
    students = {f"s{number}": content for number, content in enumerate(files.values())}
    settings = "[hw1-1.limits]\ncall_seconds = 4"
    verdicts = grade_together("forged scores", students, settings=settings)
    names = dict(zip(students, files, strict=True)) | {NEIGHBOUR: NEIGHBOUR}
    return {names[student]: verdict for student, verdict in verdicts.items()}


@pytest.mark.parametrize("name", [*PATCHES, *CHANGES, *BEHIND, "exits", "visible"])
def test_a_trick_gets_no_points(graded, name):
    verdict = graded[name]
    softmax = question(verdict, "softmax-test")
    assert (softmax.points, softmax.status) == (0, v.GRADED), softmax.message
    assert softmax.message
    assert verdict.points == 0
    assert {q.name: q.most for q in verdict.questions} == COURSE.assignment("hw1-1").points


@pytest.mark.parametrize("name", BROKEN)
def test_a_kernel_that_answers_no_more_gets_no_points_and_a_look(graded, name):
    softmax = question(graded[name], "softmax-test")
    assert (softmax.points, softmax.status) == (None, v.LIMIT_REACHED)
    assert graded[name].needs_a_look
    assert graded[name].points == 0


def test_a_written_answer_stays_with_a_person(graded):
    written = question(graded["claim_points"], "argument")
    assert (written.points, written.most, written.status) == (None, 4, v.NEEDS_PERSON)


def test_the_visible_cases_are_not_all(graded):
    message = question(graded["visible"], "softmax-test").message
    assert "softmax" in message
    assert "is not right yet" in message


def test_exiting_is_an_error_like_any_other(graded):
    assert "SystemExit" in question(graded["exits"], "softmax-test").message


def test_the_neighbour_is_unharmed(graded, neighbour):
    assert graded[NEIGHBOUR] == neighbour


# Many answers in one kernel.


def questions_of(name):
    assignment = COURSE.assignment(name)
    rebuilt = rebuild.rebuild(
        assignment.notebook, rebuild.read(assignment.source.encode()), assignment.stubs
    )
    return {test.name: test for test in rebuilt.tests}


@pytest.fixture(scope="module")
def kernel():
    assignment = COURSE.assignment("hw1-1")
    with StudentKernel(assignment.limits, assignment.box) as kernel:
        setup = next(c for c in assignment.notebook.cells if "import numpy" in c.source)
        assert kernel.run(setup.source).error == ""
        assert kernel.run(ODD_NAMES).error == ""
        kernel.end += 600
        yield kernel


@pytest.fixture(scope="module")
def decide(kernel):
    """A function that runs an answer and gives the question's verdict."""
    tests = questions_of("hw1-1")

    def decided(source, name):
        kernel.run(source)
        return judge(tests[f"{name}-test"], kernel)

    return decided


@pytest.mark.parametrize("name", IMPORTS)
def test_calling_the_formula_is_not_writing_it(decide, name):
    answer = decide(f"def softmax(scores):\n    {IMPORTS[name]}", "softmax")
    assert (answer.points, answer.status) == (0, v.GRADED)
    assert "ImportError" in answer.message
    assert "write the lines yourself" in " ".join(answer.message.lower().split())


@pytest.mark.parametrize("name", ODD)
def test_an_odd_value_is_a_wrong_one(decide, name):
    answer = decide(f"def softmax(scores):\n    return {ODD[name]}", "softmax")
    assert (answer.points, answer.status) == (0, v.GRADED), answer.message
    assert answer.message


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("question", ["step-1", "cross-entropy", "gradient", "numerical"])
def test_an_odd_value_is_a_wrong_one_everywhere(decide, question, name):
    function = {
        "step-1": "step_1 = [softmax := lambda scores: 0, scores := [0.0]] and {value}",
        "cross-entropy": "def cross_entropy(scores, y):\n    return {value}",
        "gradient": "def cross_entropy_gradient(scores, y):\n    return {value}",
        "numerical": "def numerical_gradient(scores, y, h):\n    return {value}\n"
        "def cross_entropy(scores, y):\n    return {value}",
    }
    source = function[question].replace("{value}", ODD[name])
    answer = decide(source, question)
    assert (answer.points, answer.status) == (0, v.GRADED), answer.message


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_in_the_process_changes_no_verdict(decide, name):
    answer = decide(TRICKS[name] + WRONG, "softmax")
    assert (answer.points, answer.status) == (0, v.GRADED), answer.message


def test_the_right_answers_get_their_points_in_the_same_kernel(decide):
    for name in ("step-1", "softmax"):
        answer = decide(solutions()[name], name)
        assert (answer.points, answer.status) == (answer.most, v.GRADED), answer.message


def test_what_an_error_says_cannot_move_or_hide_other_text(decide):
    source = "raise ValueError('<script>alert(1)</script> \\x1b[2J\\x1b]0;x\\x07 \\u202e \\ud800')"
    answer = decide(f"def softmax(scores):\n    {source}", "softmax")
    assert answer.points == 0
    assert "ValueError" in answer.message
    assert not set("\x1b\x07\u202e\ud800") & set(answer.message)


def test_an_error_that_cannot_be_said_is_an_error(decide):
    source = """
class Silent(BaseException):
    def __str__(self):
        raise KeyError(self)
def softmax(scores):
    raise Silent()
"""
    answer = decide(source, "softmax")
    assert (answer.points, answer.status) == (0, v.GRADED)


# Configs of hw1-2.

USUAL = {
    "hidden": [16],
    "activation": "relu",
    "optimizer": "sgd",
    "lr": 0.1,
    "batch_size": 500,
    "epochs": 1,
}
CONFIGS = {
    "more epochs than there is time": ({"epochs": 10**9}, "epochs must be"),
    "a negative rate": ({"lr": -0.1}, "lr must be"),
    "a rate that is no number": ({"lr": float("nan")}, "lr must be"),
    "an infinite rate": ({"lr": float("inf")}, "lr must be"),
    "text for a number": ({"batch_size": "500"}, "batch_size must be"),
    "yes for a number": ({"epochs": True}, "epochs must be"),
    "a layer of a million": ({"hidden": [10**6]}, "holds a layer that must be"),
    "a thousand layers": ({"hidden": [10] * 1000}, "must be a list of 1 to 5 layers"),
    "a key that nobody knows": ({"test_accuracy": 0.99}, "'test_accuracy' is no setting"),
    "more arithmetic than the budget": ({"hidden": [1024] * 5, "epochs": 100}, "the budget is"),
    "a number too large for text": ({"epochs": 10**4200}, "epochs must be"),
}


@pytest.fixture(scope="module")
def config_of(tmp_path_factory):
    """A function that gives the verdict on a config, without the training."""
    assignment = COURSE.assignment("hw1-2")
    tests = questions_of("hw1-2")
    with StudentKernel(assignment.limits, assignment.box) as kernel:

        def decided(source):
            kernel.run(f"nan, inf = float('nan'), float('inf')\nstart = {USUAL}\n{source}")
            return judge(tests["config-test"], kernel)

        yield decided


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_cannot_be_trained_gets_nothing(config_of, name):
    change, words = CONFIGS[name]
    answer = config_of(f"config = {USUAL | change}\nprint('accuracy: 99.9 %')")
    assert (answer.points, answer.status) == (0, v.GRADED)
    assert words in " ".join(answer.message.split())


@pytest.mark.parametrize(
    "source",
    [
        "config = {'hidden': config_of_mine}",
        "config = lambda: 1",
        "config = [('hidden', [16])]",
        "class Config(dict): pass\nconfig = Config(start)",
        "config = {**start, 'hidden': np}",
        "config = {**start, 1: 2, None: 3, (1,): 4}",
        "config = {**start, 'x' * 10**6: 1}",
        "import numpy\nconfig = {**start, 'lr': numpy.ones((3, 3))}",
        "import numpy\nconfig = {**start, 'activation': numpy.array(['relu'] * 9, dtype='S4')}",
        "import numpy\nconfig = {**start, 'hidden': numpy.ones((3, 3))}",
        "import numpy\nconfig = {**start, 'hidden': [numpy.ones(3)]}",
    ],
)
def test_a_config_that_is_none_gets_nothing(config_of, source):
    answer = config_of(f"config = None\n{source}")
    assert (answer.points, answer.status) == (0, v.GRADED), answer.message


@pytest.mark.slow
def test_what_the_notebook_prints_of_its_accuracy_counts_for_nothing(grade_one, hand_in):
    boasts = (
        f"config = {USUAL | {'lr': 1e-6}}\n"
        "print('Mean test accuracy over 2 trainings: 99.90%.')\n"
        "from nnlib.homework import scoring\n"
        "scoring.mean_accuracy = scoring.score_config = lambda *args, **kwargs: 4\n"
        "from nnlib import tune\n"
        "tune.prepare = None\n"
    )
    verdict = grade_one(hand_in({"config": boasts}, name="hw1-2"), name="hw1-2")
    config = question(verdict, "config-test")
    assert (config.points, config.status) == (0, v.GRADED)
    assert "The first point is at 95%" in config.message
    assert "99.9" not in config.message
    bonus = question(verdict, "bonus-test")
    assert (bonus.points, bonus.status) == (0, v.GRADED)


@pytest.mark.slow
def test_a_training_has_a_box_and_a_time_of_its_own():
    assignment = COURSE.assignment("hw1-2")
    limits = replace(assignment.limits, training_seconds=2)
    trainer = Trainer(limits, assignment.box, "autograder-box")
    here = scoring.mean_accuracy
    endless = USUAL | {"hidden": [256], "epochs": 50}
    with trainer.in_place():
        for _ in range(2):  # the second time, it is known
            with pytest.raises(KernelLostError, match=r"a config whose training .*\(time limit\)"):
                scoring.score_config(endless)
        with pytest.raises(ConfigError):
            scoring.score_config(USUAL | {"epochs": 10**9})
    assert scoring.mean_accuracy is here
    assert 2 <= trainer.seconds < 60
