"""A student's kernel in its box: runs cells, calls functions, and never waits for ever."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from queue import Empty
from signal import SIGKILL
from subprocess import DEVNULL, TimeoutExpired

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from autograder import wire
from autograder.box import CONNECTION, SOCKETS, NoBoxError
from autograder.groups import Group
from autograder.limits import MB
from autograder.text import printable

START_SECONDS = 60
END_SECONDS = 5  # for a kernel that hung up; a loaded computer takes long to clear a box away
TRIES = 2  # to start; a busy computer may be too slow for the first
# Of one message. Whatever is larger ends the connection before it is in the grader's memory.
LARGEST_REPLY = 6 * MB
LARGEST_PRINTED = 2 * MB
MOST_WAITING = 10  # messages
SIGNALS = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}
KILLED, PROCESSOR_TIME = 9, 24


class KernelLostError(BaseException):
    """The kernel is gone, or had to be ended; the words go on "Your answer ...".

    No Exception: a check that catches what a student's function raises must not catch this.
    """


class BoxFailedError(RuntimeError):
    """The box or its kernel did not start: the grader's fault, not the student's."""


@dataclass
class Ran:
    """What became of a cell: its error in words, or "", and how much it printed."""

    error: str = ""
    printed: int = 0


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
        self.is_boxed = provisioner == "autograder-box"
        self.end = time.monotonic() + limits.total_seconds
        self.manager = self.client = self.folder = self.group = None
        self.monitors = []

    # Start and end

    def start(self):
        """Start the kernel.

        Raises
        ------
        BoxFailedError
            If it does not answer.
        """
        for tries_left in reversed(range(TRIES)):
            try:
                self._launch()
                self._wait_until_ready()
                return self
            except (Exception, KernelLostError) as error:
                self.close()
                if not tries_left or isinstance(error, NoBoxError):
                    raise BoxFailedError(f"The kernel did not start: {error}") from error
        return None

    def _launch(self):
        # Short: without a box the sockets are here, and their paths have at most about 100 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="nnb"))
        self.group = Group(self.limits) if self.is_boxed else None
        self.manager = KernelManager(
            transport="ipc",
            ip=f"{SOCKETS}/k" if self.is_boxed else str(self.folder / "k"),
            connection_file=str(self.folder / "kernel.json"),
        )
        self.manager._kernel_spec = self._specification()
        self.manager.start_kernel(stdout=DEVNULL, stderr=DEVNULL)  # a box has its own stdout

    def _wait_until_ready(self):
        end = time.monotonic() + START_SECONDS
        self.client = self.manager.blocking_client()
        self.client.ip = self._sockets(end)
        self._connect()
        # The first request waits for the kernel; what is printed is heard a moment later.
        self._send(_inside(), end)
        heard = False
        while not heard:
            self._send("", end)
            with contextlib.suppress(Empty):
                heard = self._receive(self.client.get_iopub_msg, timeout=0.02)

    def _sockets(self, end):
        """Return the sockets' path, as it is seen from here, once they are there."""
        if not self.is_boxed:
            return self.manager.ip
        ports = (self.manager.shell_port, self.manager.iopub_port)
        bwrap = self.manager.provisioner.pid
        children = Path(f"/proc/{bwrap}/task/{bwrap}/children")
        while True:
            self._check(end)
            with contextlib.suppress(OSError):
                for child in children.read_text().split():
                    path = f"/proc/{child}/root{self.manager.ip}"
                    if all(Path(f"{path}-{port}").exists() for port in ports):
                        return path
            time.sleep(0.005)

    def _connect(self):
        """Connect, so that few and small messages wait in the grader's memory."""
        self.client.context.RCVHWM = MOST_WAITING
        self.monitors = []
        for name, largest in (("iopub", LARGEST_PRINTED), ("shell", LARGEST_REPLY)):
            self.client.context.MAXMSGSIZE = largest
            channel = getattr(self.client, f"{name}_channel")
            channel.start()
            self.monitors.append(channel.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED))

    def _specification(self):
        connection = CONNECTION if self.is_boxed else "{connection_file}"
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", connection],
            display_name="student",
            language="python",
            interrupt_mode="message",
            metadata={
                "kernel_provisioner": {"provisioner_name": self.provisioner},
                "box": {"limits": asdict(self.limits), **self.box},
                "groups": self.group.folders if self.group else [],
            },
        )

    def close(self):
        """End the kernel, and everything it started."""
        if self.client is not None:
            for monitor in self.monitors:
                monitor.close(linger=0)
            self.client.context.destroy(linger=0)
            self.client, self.monitors = None, []
        if self.manager is not None and self.manager.has_kernel:
            # The manager's own way asks ten times a second whether it has ended.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.manager.provisioner.pgid, SIGKILL)
            self.manager.provisioner.process.wait()
            self.manager.context.destroy(linger=0)
        self.manager = None
        if self.group is not None:
            self.group.close()
            self.group = None
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
        content = self._send("", self._until(self.limits.call_seconds), {"answer": expression})
        try:
            answer = wire.loads(content["user_expressions"]["answer"]["data"]["text/plain"])
        except (KeyError, TypeError, wire.WireError):
            answer = None
        return answer if isinstance(answer, dict) else {"unplain": "its answer could not be read"}

    def _execute(self, source, seconds):
        ran = Ran()
        content = self._send(source, self._until(seconds), {}, ran)
        if "ask_exit" in str(content.get("payload")):  # exit() and quit(): it ends a moment later
            self._give_up("ended its own kernel (exit)")
        if content.get("status") == "error":
            kind, text = (str(content.get(name, "")) for name in ("ename", "evalue"))
            ran.error = printable(f"{kind[:200]}: {text[:1000]}")
        return ran

    def _until(self, seconds):
        return min(time.monotonic() + seconds, self.end)

    def _send(self, source, end, expressions=None, ran=None):
        """Send a request, wait for its reply, and return the reply's content."""
        ran = ran or Ran()
        request = self.client.execute(
            source,
            store_history=bool(source),
            allow_stdin=False,
            user_expressions=expressions,
            stop_on_error=False,  # else a kernel may drop what is sent a moment after an error
        )
        reply = None
        while reply is None:
            self._check(end)
            self._count_printed(ran)
            with contextlib.suppress(Empty):
                parent, content = self._receive(self.client.get_shell_msg, timeout=0.02)
                reply = content if parent.get("msg_id") == request else None
        self._count_printed(ran)
        return reply

    def _receive(self, get, timeout):
        """Return what a message answers, and its content; a student's kernel may send anything."""
        try:
            message = get(timeout=timeout)
            return dict(message["parent_header"]), dict(message["content"])
        except Empty:
            raise
        except Exception:
            self._give_up("sent messages that a kernel does not send")

    def _count_printed(self, ran):
        """Take what has been printed, and count it."""
        while ran.printed <= self.limits.output_bytes:
            try:
                _, content = self._receive(self.client.get_iopub_msg, timeout=0)
            except Empty:
                return
            ran.printed += len(json.dumps(content))
        self._give_up(f"printed more than {self.limits.output_bytes:,} characters (output limit)")

    def _check(self, end):
        """Raise when the kernel is gone, a limit is reached, or the time is over."""
        hung_up = any(monitor.poll(0) for monitor in self.monitors)
        status = self._exit_status(hung_up)
        limit = self.group.reached() if self.group else ""
        if limit == "memory":
            self._give_up(f"used more than {self.limits.memory_mb} MB of memory (memory limit)")
        if limit == "processes":
            self._give_up(f"started more than {self.limits.processes} processes (process limit)")
        if status is not None:
            self._give_up(_why_it_ended(status))
        if hung_up:
            self._give_up("sent a message that is too large (output limit)")
        if time.monotonic() > end:
            which = "for all of it together" if end == self.end else "at a time"
            self._give_up(f"took longer than is allowed {which} (time limit)")

    def _exit_status(self, hung_up):
        """Return the kernel's exit status, or None while it runs."""
        process = self.manager.provisioner.process
        if hung_up:
            # It may be about to end.
            with contextlib.suppress(TimeoutExpired):
                process.wait(END_SECONDS)
        return process.poll()

    def _give_up(self, words):
        self.close()
        raise KernelLostError(words)


def _why_it_ended(status):
    """Say why a kernel is gone, from the exit status that bubblewrap gives on."""
    signal = status - 128
    if signal == PROCESSOR_TIME:
        return "used up its processor time (processor time limit)"
    if signal == KILLED:
        return "was ended by the system, for its memory or its processor time (a limit)"
    if signal > 0:
        return f"crashed its own kernel (signal {SIGNALS.get(signal, signal)})"
    return f"ended its own kernel (exit status {status})"


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
