"""In a real kernel, ipykernel 6 and 7: a view runs, and leaves no thread when it is gone."""

import json
import os
import time
from pathlib import Path

import pytest
from jupyter_client import KernelManager

ROOT = Path(__file__).parents[2]
OLD_IPYKERNEL = ROOT / ".venv/ipykernel6"  # `make setup` puts it there
TIMEOUT = 60

SET_UP = """
import json, threading
import ipykernel
from nnlib import views
from nnlib.views.base import View

def workers():
    return sum(thread.name == "nnlib-view" for thread in threading.enumerate())

def those_that_run():
    known = [getattr(views, name) for name in views.__all__]
    known = [view for view in known if issubclass(view, View)]
    return [view.__name__ for view in known if "run" in view().controls]
"""
OPEN_AND_RUN = "view = views.{}()\nview.run()\nview"


class Kernel:
    """A kernel, and cells to run in it as JupyterLab does: each with the id of its cell."""

    def __init__(self, client):
        self.client = client

    def run(self, source, cell="cell-0"):
        """Run a cell to its end; an error in it fails the test."""
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
        self._send("execute_request", content | {"user_expressions": {}}, {"cellId": cell})

    def value(self, expression):
        """Return what an expression is worth in the kernel."""
        shown = []
        source = f"print(json.dumps({expression}))"
        content = {"code": source, "silent": False, "store_history": False, "allow_stdin": False}
        self._send("execute_request", content | {"user_expressions": {}}, {}, shown)
        return json.loads("".join(shown))

    def set_trait(self, model_id, **state):
        """Give a widget new values, as the browser does."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        self._send("comm_msg", {"comm_id": model_id, "data": data}, {})

    def wait_until(self, expression):
        """Ask again and again until an expression is true."""
        deadline = time.monotonic() + TIMEOUT
        while not self.value(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"

    def _send(self, kind, content, metadata, shown=None):
        message = self.client.session.msg(kind, content, metadata=metadata)
        self.client.shell_channel.send(message)
        while True:
            answer = self.client.get_iopub_msg(timeout=TIMEOUT)
            if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            content = answer["content"]
            assert answer["msg_type"] != "error", "\n".join(content["traceback"])
            if answer["msg_type"] == "stream" and shown is not None:
                shown.append(content["text"])
            if content.get("execution_state") == "idle":
                return


@pytest.fixture(scope="module", params=["6", "7"])
def kernel(request):
    environment = dict(os.environ)
    if request.param == "6":
        if not OLD_IPYKERNEL.exists():
            pytest.skip("ipykernel 6 is not in .venv/ipykernel6: make setup puts it there")
        environment["PYTHONPATH"] = str(OLD_IPYKERNEL)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=environment, cwd=ROOT)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT)
        kernel = Kernel(client)
        kernel.run(SET_UP)
        assert kernel.value("ipykernel.__version__").split(".")[0] == request.param
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_running_a_cell_again_leaves_one_worker_and_another_source_none(kernel):
    names = kernel.value("those_that_run()")
    assert "LinearClassifierView" in names
    for name in names:
        for _ in range(3):
            kernel.run(OPEN_AND_RUN.format(name), cell="cell-1")
            assert kernel.value("workers()") == 1, name
        kernel.run("None", cell="cell-1")
        assert kernel.value("workers()") == 0, name


def test_closing_a_view_ends_its_worker(kernel):
    for name in kernel.value("those_that_run()"):
        kernel.run(OPEN_AND_RUN.format(name), cell="cell-2")
        assert kernel.value("workers()") == 1, name
        kernel.run("view.close()", cell="cell-3")
        assert kernel.value("workers()") == 0, name


def test_pictures_come_and_the_sliders_answer_while_it_runs(kernel):
    kernel.run(OPEN_AND_RUN.format("LinearClassifierView"), cell="cell-4")
    kernel.wait_until("view.canvas.frame['step'] > 3")
    slider = kernel.value("view.controls['lr'].model_id")
    before = kernel.value("view.model.lr")
    kernel.set_trait(slider, index=kernel.value("view.controls['lr'].index") + 1)
    kernel.wait_until(f"view.model.lr > {before}")
    assert kernel.value("view.runner.running")
    kernel.run("view.pause()", cell="cell-5")
    step = kernel.value("view.canvas.frame['step']")
    assert kernel.value("view.model.steps") == step
    kernel.run("None", cell="cell-4")
