"""A student's kernel in its box: runs cells, calls functions, and never waits for ever."""

import ast
import contextlib
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from queue import Empty
from subprocess import DEVNULL

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from autograder import wire
from autograder.limits import MB

START_SECONDS = 60
LARGEST_MESSAGE = 12 * MB


class KernelLostError(BaseException):
    """The kernel is gone, or had to be ended; `limit` names the limit that it reached, or is "".

    No Exception: a check that catches what a student's function raises must not catch this.
    """

    def __init__(self, words, limit=""):
        super().__init__(words)
        self.limit = limit


class BoxFailedError(RuntimeError):
    """The box or its kernel did not start: the grader's fault, not the student's."""


@dataclass
class Ran:
    """What became of a cell: its error in words, or "", and the text that it printed."""

    error: str = ""
    kind: str = ""
    printed: str = ""


class StudentKernel:
    """A kernel in a box, for one submission.

    Parameters
    ----------
    limits : Limits
    box : dict
        Further arguments of `Box`: readable, placed, masked.
    provisioner : str
        "autograder-box", or "local-provisioner" for a kernel without a box.
    """

    def __init__(self, limits, box=None, provisioner="autograder-box"):
        self.limits, self.box, self.provisioner = limits, box or {}, provisioner
        self.end = time.monotonic() + limits.total_seconds
        self.manager = self.client = self.folder = None

    # Start and end

    def start(self):
        """Start the kernel.

        Raises
        ------
        BoxFailedError
            If it does not answer.
        """
        # Short: the path of a socket has at most about 100 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="nnb"))
        self.manager = KernelManager(
            transport="ipc",
            ip=str(self.folder / "k"),
            connection_file=str(self.folder / "kernel.json"),
        )
        self.manager._kernel_spec = self._specification()
        try:
            self.manager.start_kernel(stdout=DEVNULL, stderr=DEVNULL)
            self.client = self.manager.blocking_client()
            self._limit_messages()
            self.client.start_channels(stdin=False, hb=False)
            self.client.wait_for_ready(timeout=START_SECONDS)
            self._execute(_inside(), START_SECONDS)
        except Exception as error:
            self.close()
            raise BoxFailedError(f"The kernel did not start: {error}") from error
        return self

    def _specification(self):
        python = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(
            argv=python,
            display_name="student",
            language="python",
            interrupt_mode="message",
            metadata={
                "kernel_provisioner": {"provisioner_name": self.provisioner},
                "box": {"limits": asdict(self.limits), **self.box},
            },
        )

    def _limit_messages(self):
        """Let no message be larger than the grader can bear, and few of them wait."""
        self.client.context.MAXMSGSIZE = LARGEST_MESSAGE
        self.client.context.RCVHWM = 20

    def close(self):
        """End the kernel, and everything it started."""
        if self.client is not None:
            self.client.stop_channels()
            self.client.context.destroy(linger=0)
            self.client = None
        if self.manager is not None and self.manager.has_kernel:
            with contextlib.suppress(Exception):
                self.manager.shutdown_kernel(now=True)
        self.manager = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    # Running

    def run(self, source):
        """Run a cell.

        Returns
        -------
        Ran

        Raises
        ------
        KernelLostError
            If the kernel died, or had to be ended because it reached a limit.
        """
        return self._execute(source, self.limits.cell_seconds)

    def look_up(self, name):
        """Return what a name stands for in the student's kernel, as `inside.look_up` says it."""
        return self._ask(f"look_up({name!r})")

    def call(self, name, arguments):
        """Call a function of the student's with plain values; return what `inside.call` says."""
        return self._ask(f"call({name!r}, {wire.dumps(list(arguments))!r})")

    def _ask(self, expression):
        expression = f"__import__('sys').modules['inside'].{expression}"
        reply = self._send("", self.limits.call_seconds, {"answer": expression})
        try:
            answer = reply["content"]["user_expressions"]["answer"]
            text = ast.literal_eval(answer["data"]["text/plain"])
            return wire.loads(text)
        except (KeyError, TypeError, ValueError, SyntaxError, MemoryError, RecursionError):
            return {"unplain": "its answer could not be read"}

    def _execute(self, source, seconds):
        ran = Ran()
        reply = self._send(source, seconds, {}, ran)
        content = reply.get("content", {})
        if content.get("status") == "error":
            ran.kind = str(content.get("ename", ""))[:200]
            ran.error = f"{ran.kind}: {str(content.get('evalue', ''))[:1000]}"
        return ran

    def _send(self, source, seconds, expressions, ran=None):
        """Send a request and wait for its reply, reading what is printed meanwhile."""
        ran = ran or Ran()
        end = min(time.monotonic() + seconds, self.end)
        request = self.client.execute(
            source, store_history=bool(source), allow_stdin=False, user_expressions=expressions
        )
        size, reply = 0, None
        while reply is None:
            self._check(end)
            size += self._read_printed(ran, request)
            if size > self.limits.output_bytes:
                self._give_up("printed more than allowed", "output")
            with contextlib.suppress(Empty):
                message = self.client.get_shell_msg(timeout=0.02)
                if message["parent_header"].get("msg_id") == request:
                    reply = message
        self._read_printed(ran, request)
        return reply

    def _read_printed(self, ran, request):
        """Take what has been printed; returns its size."""
        size = 0
        for _ in range(200):
            try:
                message = self.client.get_iopub_msg(timeout=0)
            except Empty:
                break
            content = message["content"]
            text = content.get("text") or ""
            size += len(text) + len(json.dumps(content.get("data", "")))
            if message["msg_type"] == "stream" and len(ran.printed) < 5000:
                ran.printed += text[:5000]
        return size

    def _check(self, end):
        """Raise when the kernel is gone, the time is over, or too much was written."""
        if time.monotonic() > end:
            which = "all of it together" if time.monotonic() > self.end else "one cell"
            self._give_up(f"took longer than allowed for {which}", "time")
        if not self.manager.is_alive():
            raise KernelLostError("ended the kernel, or used up its memory or processor time")
        files = list(self.folder.iterdir())
        size = sum(file.lstat().st_size for file in files if file.exists())
        if len(files) > 50 or size > self.limits.disk_mb * MB:
            self._give_up("wrote more files than allowed", "disk")

    def _give_up(self, words, limit):
        self.close()
        raise KernelLostError(words, limit)


def _inside():
    """Return the code that puts `wire` and `inside` into the kernel, as modules without files."""
    sources = {
        name: resources.files("autograder").joinpath(f"{name}.py").read_text(encoding="utf-8")
        for name in ("wire", "inside")
    }
    lines = ["import sys as _s, types as _t"]
    for name, source in sources.items():
        lines += [
            f"_s.modules[{name!r}] = _m = _t.ModuleType({name!r})",
            f"exec(compile({source!r}, '<{name}>', 'exec'), _m.__dict__)",
        ]
    return "\n".join([*lines, "del _s, _t, _m"])
