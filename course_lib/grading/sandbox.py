"""A process for one learner's notebook, with nothing to break, reach or read.

`bubblewrap` gives it a file system of its own (the system, Python and the course,
read-only, and a small /tmp), no network, no other processes to see; the worker itself
takes limits on memory, file size and processes; the grader keeps the time.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checks import Wrong
from .wire import Unreadable, receive, send

COURSE = Path(__file__).parent.parent
START = 60.0  # seconds in which Python, PyTorch and IPython must have started
UNPROTECTED = "GRADE_WITHOUT_SANDBOX"
HANGS = 2  # calls of one function that are waited for in vain


class Stopped(Exception):
    """The learner's process is gone: it hung, died, or sent what is no message."""


class GraderError(Exception):
    """The grader cannot do its work; nobody's mark."""


@dataclass(frozen=True)
class Limits:
    """What a notebook may use.

    Attributes:
        cell: seconds for each cell.
        call: seconds for each call of a function.
        starts: how often the process may be started; each cell that stops it costs one.
        whole: seconds for everything; the grader then gives up.
        megabytes: of memory.
    """

    cell: float = 20.0
    call: float = 10.0
    starts: int = 4
    whole: float = 240.0
    megabytes: int = 4096


def protected() -> bool:
    """Whether notebooks run in a sandbox here.

    Raises:
        GraderError: if there is none, and nobody said in so many words that this is
            all right.
    """
    if os.environ.get(UNPROTECTED) == "1":
        return False
    if shutil.which("bwrap") is None:
        raise GraderError(
            "bubblewrap (bwrap) is not installed, so a notebook could read, change and "
            "send away whatever you can. Install it (Debian, Ubuntu: apt-get install "
            "bubblewrap), or grade inside a container as the book's page for "
            f"instructors shows, with {UNPROTECTED}=1 set in there"
        )
    tried = subprocess.run(
        [*_bwrap(), sys.executable, "-c", ""], capture_output=True, text=True
    )
    if tried.returncode != 0:
        raise GraderError(
            f"bubblewrap does not work here: {tried.stderr.strip()[:300]} (in a "
            "container, it needs the right to make user namespaces; the page for "
            "instructors shows the other way)"
        )
    return True


def _bwrap() -> list[str]:
    """The command in front of the worker's."""
    bound = {
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sysconfig.get_path("purelib")),
    }
    bound |= {COURSE, Path("/etc/alternatives"), Path("/etc/ld.so.cache")}
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session"]
    command += ["--clearenv", "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--size", str(256 << 20), "--tmpfs", "/tmp"]
    for folder in ("/usr", "/lib", "/lib64", "/bin"):
        path = Path(folder)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), folder]
        elif path.exists():
            command += ["--ro-bind", folder, folder]
    for path in sorted(map(Path, bound)):
        if path.exists() and not path.is_relative_to("/usr"):
            command += ["--ro-bind", str(path), str(path)]
    # the course alone, not the folder it is in: hidden tests and solutions stay out
    command += ["--ro-bind", str(COURSE), "/course/course_lib", "--chdir", "/tmp"]
    for name, value in ENVIRONMENT.items():
        command += ["--setenv", name, value]
    return command


ENVIRONMENT = {
    "HOME": "/tmp",
    "PATH": "/usr/bin",
    "PYTHONPATH": "/course",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "COURSE_PROGRESS": "0",
    "LANG": "C.UTF-8",
}


class Function:
    """A function of the learner's, called in the learner's process.

    Arguments are changed here as the function changes them there, so that a test sees
    what it would see in one process.
    """

    def __init__(self, worker: "Worker", name: str, blank: bool):
        self.worker, self.name, self.blank = worker, name, blank
        self.hung = 0

    def __call__(self, *arguments: Any) -> Any:
        """Call it.

        Raises:
            NotImplementedError: if the learner's function does.
            Wrong: if it fails in any other way.
        """
        if self.hung == HANGS:
            raise Wrong("the function did not return in time, more than once")
        seconds = self.worker.limits.call
        request = {"do": "call", "name": self.name, "seconds": seconds}
        request["arguments"] = list(arguments)
        try:
            found = self.worker.ask(request, seconds + 5)
        except Stopped:
            raise Wrong("the function ended the whole notebook's process") from None
        if not isinstance(found, dict):
            raise Wrong("what the function gives back cannot be read")
        kind = found.get("error")
        if kind == "NotImplementedError":
            raise NotImplementedError
        if kind == "timeout":
            self.hung += 1
            raise Wrong(f"the function did not return within {seconds:g} seconds")
        if kind == "died":
            raise Wrong("the function ended the whole process")
        if kind is not None:
            raise Remote(str(kind), str(found.get("message", "")))
        for given, now in zip(arguments, found.get("arguments") or (), strict=False):
            _take_over(given, now)
        return found.get("out")


class Remote(Exception):
    """An exception of the learner's function, with its own name."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


def _take_over(given: Any, now: Any) -> None:
    """Make an argument what it has become on the other side."""
    if hasattr(given, "set_") and hasattr(now, "set_"):
        given.data = now
    elif isinstance(given, list) and isinstance(now, list):
        given[:] = now
    elif isinstance(given, dict) and isinstance(now, dict):
        given.clear()
        given.update(now)
    elif isinstance(given, tuple) and isinstance(now, tuple):
        for a, b in zip(given, now, strict=False):
            _take_over(a, b)


class Worker:
    """The process of one notebook; a context manager.

    Raises:
        GraderError: if it cannot be started.
    """

    def __init__(self, limits: Limits, sandboxed: bool = True):
        self.limits, self.gone = limits, False
        ours, theirs = socket.socketpair()
        command = [*_bwrap()] if sandboxed else []
        command += [sys.executable, "-m", "course_lib.grading.worker"]
        command += [str(theirs.fileno()), str(limits.megabytes)]
        env = None if sandboxed else {**os.environ, **ENVIRONMENT}
        if env is not None:
            env["PYTHONPATH"] = str(COURSE.parent)
        self.process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=env,
            start_new_session=True,
        )
        theirs.close()
        self.channel = ours
        try:
            receive(ours, START)
        except Unreadable:
            self.close()
            assert self.process.stderr is not None
            said = self.process.stderr.read().decode(errors="replace")[-500:]
            raise GraderError(f"a worker does not start: {said}") from None

    def ask(self, request: dict[str, Any], seconds: float) -> Any:
        """One question, one answer.

        Raises:
            Stopped: if there is none in time; the worker is gone then.
        """
        try:
            send(self.channel, request)
            return receive(self.channel, seconds)
        except Unreadable as error:
            self.close()
            raise Stopped(str(error)) from None

    def run(self, source: str) -> str | None:
        """Run a cell; the name of the exception that stopped it, if one did."""
        found = self.ask({"do": "cell", "source": source}, self.limits.cell)
        return None if found is None else str(found)[:60]

    def look(self, names: Sequence[str]) -> dict[str, Any]:
        """The variables of these names: values, `Opaque` or `Function`."""
        found = self.ask({"do": "look", "names": list(names)}, self.limits.call)
        if not isinstance(found, dict):
            return {}
        return {
            name: Function(self, name, bool(x.get("blank")))
            if x.get("function")
            else x.get("value")
            for name, x in found.items()
            if name in names and isinstance(x, dict)
        }

    def close(self) -> None:
        """End the process and all that it started."""
        self.gone = True
        self.channel.close()
        with contextlib.suppress(ProcessLookupError):
            # bwrap goes, and with it its namespace: nothing in there survives
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
