"""A learner's process as the grader sees it: cells, variables, functions.

Nothing that comes from there is believed to be more than a value.
"""

import contextlib
import math
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from .checks import Wrong, short
from .sandbox import (
    COURSE,
    ENVIRONMENT,
    START,
    GraderError,
    Limits,
    stranger,
    walls,
)
from .wire import Late, Opaque, Unreadable, pack, printable, read, unpack, write

OWN = 400  # MiB of memory that Python and PyTorch take themselves


class Stopped(Exception):
    """The learner's process is gone: it hung, died, or sent what is no message."""


class Function:
    """A function of the learner's, called in the learner's process.

    Arguments are changed here as the function changes them there, so that a test sees
    what it would see in one process.
    """

    def __init__(self, worker: "Worker", name: str, blank: bool):
        self.worker, self.name, self.blank = worker, name, blank

    def __call__(self, *arguments: Any) -> Any:
        """Call it.

        Raises:
            NotImplementedError: if the learner's function does.
            Remote: if it raises another exception.
            Wrong: if it fails in any other way.
        """
        return self._ask(arguments, None)

    def gradients(self, arguments: Sequence[Any], to: Sequence[int]) -> Any:
        """`checks.gradients` of it, computed over there.

        Raises:
            NotImplementedError: if the learner's function does.
            Remote: if it raises another exception.
            Wrong: if it fails in any other way.
        """
        return self._ask(arguments, list(to))

    def _ask(self, arguments: Sequence[Any], to: list[int] | None) -> Any:
        worker = self.worker
        seconds = min(worker.limits.call, worker.left)
        if seconds <= 0:
            raise Wrong("the function is too slow: its time for all tests is used up")
        request = {"do": "call", "name": self.name, "seconds": seconds, "to": to}
        request["arguments"] = list(arguments)
        began = time.monotonic()
        try:
            found = worker.ask(request, seconds + 5)
        except Stopped as stopped:
            raise Wrong(f"the whole notebook's process is gone: {stopped}") from None
        except (ValueError, RecursionError):  # an earlier answer, handed on
            raise Wrong("an argument is too large or too deep to be read") from None
        finally:
            worker.left -= time.monotonic() - began
        if not isinstance(found, dict):
            raise Wrong("what the function gives back cannot be read")
        kind = found.get("error")
        if kind is None:
            changed = found.get("arguments")
            if isinstance(changed, list):
                for given, now in zip(arguments, changed, strict=False):
                    _take_over(given, now)
            return found.get("out")
        message = printable(short(str(found.get("message", ""))), 200)
        if kind == "NotImplementedError":
            raise NotImplementedError
        if kind == "late":
            raise Wrong(f"the function did not return within {seconds:.2g} seconds")
        if kind == "died":
            worker.died()
            raise Wrong("the function ended its process")
        if kind == "unreadable":
            raise Wrong(
                "what the function gives back cannot be read, it is too large or too "
                f"deep ({message})"
            )
        line = printable(short(str(found.get("line", ""))), 80)
        raise Remote(printable(kind, 60), message, line)


class Remote(Exception):
    """An exception of the learner's function: its name, and the line it came from."""

    def __init__(self, kind: str, message: str, line: str):
        super().__init__(message)
        self.kind, self.line = kind, line


def _take_over(given: Any, now: Any) -> None:
    """Make an argument what it has become on the other side."""
    if isinstance(given, Tensor) and isinstance(now, Tensor):
        if given.dtype == now.dtype:
            given.data = now
    elif isinstance(given, list) and isinstance(now, list):
        given[:] = now
    elif isinstance(given, dict) and isinstance(now, dict):
        given.clear()
        given.update(now)
    elif isinstance(given, tuple) and isinstance(now, tuple):
        for a, b in zip(given, now, strict=False):
            _take_over(a, b)


def killed_for_memory() -> int:
    """How many processes this machine has killed since it had no memory left."""
    found = re.search(r"^oom_kill (\d+)", Path("/proc/vmstat").read_text(), re.M)
    return int(found[1]) if found else 0


class Worker:
    """The process of one notebook; a context manager.

    Args:
        limits: what it may use.
        sandboxed: False runs it with your rights.
        until: when all must be over, on the monotonic clock.

    Attributes:
        gone: whether the process has ended.
        left: seconds for further calls of functions.
        fault: what the grader itself could not do.

    Raises:
        GraderError: if it cannot be started.
    """

    def __init__(self, limits: Limits, sandboxed: bool = True, until: float = math.inf):
        if sandboxed:
            walls()  # or GraderError, before anything is open
        self.limits, self.until = limits, until
        self.gone, self.left = False, math.inf
        self.fault: GraderError | None = None
        self.killed = killed_for_memory()
        self.inside: Path | None = None  # what the sandbox sees as /proc
        self.first: int | None = None  # the process with which all others in it end
        self.channel, theirs = socket.socketpair()
        told, info = os.pipe()
        command = [sys.executable, "-P", "-m", "course_lib.grading.worker"]
        command += [str(theirs.fileno()), str(limits.megabytes)]
        environment: dict[str, str] = {}  # bubblewrap's own can be read in there
        user = None
        if sandboxed:
            command = [*walls(info), *command]
        else:
            own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(COURSE.parent)}
            environment, user = {**ENVIRONMENT, **own}, stranger()
        try:
            self.process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno(), info],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=tempfile.gettempdir(),
                env=environment,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        except OSError as error:
            self.channel.close()
            os.close(told)
            raise GraderError(f"a worker does not start: {error.strerror}") from None
        finally:
            theirs.close()
            os.close(info)
        try:
            read(self.channel, START)
            if sandboxed:
                found = re.search(rb'"child-pid": (\d+)', os.read(told, 4096))
                assert found is not None
                with contextlib.suppress(OSError):  # Linux before 5.3 has no such thing
                    self.first = os.pidfd_open(int(found[1]))
                self.inside = Path(f"/proc/{int(found[1])}/root/proc")
        except Unreadable:
            raise GraderError(f"a worker does not start: {self.close()}") from None
        finally:
            os.close(told)

    def ask(self, request: dict[str, Any], seconds: float) -> Any:
        """One question, one answer.

        Raises:
            Stopped: if there is none in time; the worker is gone then.
            GraderError: if the question holds what cannot be handed over.
            ValueError, RecursionError: if the question is too large, or too deep.
        """
        try:
            packed = pack(request, strict=True)
        except TypeError as error:
            raise self.failed(f"of a test's arguments, {error}") from None
        if self.gone:
            raise Stopped("its process ended")
        asked, number = random.getrandbits(32), -1  # which no notebook can foresee
        until = min(time.monotonic() + seconds, self.until)
        try:
            write(self.channel, packed, asked, max(until - time.monotonic(), 1e-3))
            while number != asked:
                number, found = read(self.channel, until - time.monotonic(), self.watch)
        except Unreadable as error:
            self.close()
            self.died()
            why = str(error)
            if time.monotonic() >= self.until:
                why = "the time for the whole notebook is up"
            elif isinstance(error, Late):
                why = f"it did not end within {seconds:g} seconds"
            raise Stopped(why) from None
        try:
            return unpack(found)
        except Unreadable as error:  # a call sent it, and is over
            return {"error": "unreadable", "message": str(error)}

    def failed(self, what: str) -> GraderError:
        """Remember a fault of the grader's: tests run in between, and catch it."""
        self.fault = GraderError(what)
        return self.fault

    def died(self) -> None:
        """Look why a process ended.

        Raises:
            GraderError: if the machine was out of memory, whoever took it.
        """
        if killed_for_memory() > self.killed:
            raise self.failed("the machine ran out of memory")

    def watch(self) -> None:
        """Look at the memory, now and then while waiting.

        Each process has a limit of its own; all together could still take too much.

        Raises:
            Unreadable: if they do.
        """
        used = 0
        for rollup in self.inside.glob("[0-9]*/smaps_rollup") if self.inside else ():
            with contextlib.suppress(OSError):  # a process that has just ended
                shares = re.findall(r"^Pss: +(\d+)", rollup.read_text(), re.M)
                used += sum(map(int, shares))
        if used >> 10 > self.limits.megabytes + OWN:
            raise Unreadable(f"it took more than {self.limits.megabytes} MiB of memory")

    def tasks(self) -> set[str]:
        """The processes and threads in the sandbox, by their places in its /proc.

        Raises:
            Stopped: if the process ends meanwhile.
        """
        self.ask({"do": "fresh"}, self.limits.call)
        places = self.inside.glob("[0-9]*/task/*") if self.inside else ()
        return set(map(str, places))

    def run(self, source: str) -> str | None:
        """Run a cell; the name of the exception that stopped it, if one did.

        Raises:
            Stopped: if it stopped the whole process, or does not end in time.
        """
        found = self.ask({"do": "cell", "source": source}, self.limits.cell)
        return None if found is None else printable(found, 60)

    def look(self, names: Sequence[str]) -> dict[str, Any]:
        """The variables of these names: values, `Opaque` or `Function`.

        What functions left behind that were called before is gone.

        Raises:
            Stopped: if the process ends meanwhile.
        """
        looked = {}
        self.ask({"do": "fresh"}, self.limits.call)
        for name in names:
            seconds = min(self.limits.call, max(self.left, 0.1))
            found = self.ask(
                {"do": "look", "name": name, "seconds": seconds}, seconds + 5
            )
            if not isinstance(found, dict):
                continue  # there is none
            if found.get("function") is True:
                looked[name] = Function(self, name, found.get("blank") is True)
            else:
                looked[name] = found.get("value", Opaque("value that cannot be read"))
        return looked

    def close(self) -> str:
        """End the process and all that it started; what it had to say."""
        if self.gone:
            return ""
        self.gone = True
        self.channel.close()
        if self.first is not None:
            # without its first process nothing in a sandbox survives
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.first, signal.SIGKILL)
            select.select([self.first], [], [], 10)
            os.close(self.first)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stderr is not None
        with self.process.stderr as said:
            os.set_blocking(said.fileno(), False)
            return (said.read() or b"").decode(errors="replace").strip()[-500:]

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
