"""A student's kernel: what one cell does keeps no other one from running."""

from autograder.kernel import StudentKernel
from autograder.limits import Limits

# A Jupyter kernel drops what reaches it in the moment after an error. Here the moment never ends.
A_LONG_MOMENT = """
kernel = get_ipython().kernel
assert kernel._aborting is False
kernel._abort_queues = lambda *_: setattr(kernel, "_aborting", True)
"""


def test_a_cell_runs_however_soon_it_comes_after_one_that_failed():
    with StudentKernel(Limits(), provisioner="local-provisioner") as kernel:
        assert kernel.run(A_LONG_MOMENT).error == ""
        assert "division" in kernel.run("1 / 0").error
        kernel.run("x = 3")
        assert kernel.look_up("x") == {"value": 3}
