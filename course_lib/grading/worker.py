"""The learner's process: runs the cells of a notebook, answers a grader's questions.

It runs inside the sandbox and may be taken over by what it runs: the grader believes
only that a value came back.  Each question's functions run in a fork, so that one that
hangs, crashes or leaves something behind spoils no other question.

    python -m course_lib.grading.worker FD MEGABYTES
"""

import builtins
import contextlib
import gc
import os
import re
import resource
import signal
import socket
import sys
import time
import types
from os import _exit, fork, kill, killpg, setpgid, waitpid  # whatever they become
from pathlib import Path
from typing import Any

import torch
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course_lib import grading

from . import checks
from .wire import Late, Packed, Unreadable, pack, read, unpack, write

PROCESSES = 128  # and threads
SPARE = 128 << 20  # bytes of memory that a cell must leave to others
INSTALL = re.compile(r"^([ \t]*)[%!]\s*(?:uv\s+)?(?:pip|conda|mamba)\b.*$", re.M)


class Quiet:
    """Stands in for the learner's own grader, whose checks need not run here."""

    def check(self, question: str) -> grading.Report:
        """A report of nothing."""
        return grading.Report(question, ())


def reserved() -> int:
    """Bytes of memory that this process has asked for."""
    pages = Path("/proc/self/statm").read_text().split()[0]
    return int(pages) * resource.getpagesize()


def limit(megabytes: int) -> None:
    """Memory, file size, processes: no process below can raise them again."""
    limits = {
        # beyond what PyTorch has reserved, which is a lot where it was built for CUDA
        resource.RLIMIT_AS: reserved() + (megabytes << 20),
        resource.RLIMIT_FSIZE: 64 << 20,
        resource.RLIMIT_NPROC: PROCESSES,
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    with contextlib.suppress(OSError):
        # if the whole machine runs out of memory, the grader is not the one to go
        Path("/proc/self/oom_score_adj").write_text("1000")


class Twin:
    """A copy of the worker in which a question's functions are called.

    It lives until it is late or dead, or the next question begins: what functions leave
    behind, or do to the process, is gone then.
    """

    def __init__(self, channel: socket.socket, variables: dict[str, Any]):
        self.channel, theirs = socket.socketpair()
        self.child = fork()
        if self.child == 0:
            try:
                setpgid(0, 0)
                gc.freeze()  # looking for garbage in it would copy its memory
                self.channel.close()
                channel.close()
                serve(theirs, variables)
            finally:
                _exit(0)
        theirs.close()

    def ask(self, number: int, packed: Packed, seconds: float) -> Packed:
        """Hand on a request.

        Raises:
            Unreadable: if it is dead.
            Late: if it is late.
        """
        until, answered = time.monotonic() + seconds, -1
        write(self.channel, packed, number, seconds)
        while answered != number:
            answered, found = read(self.channel, until - time.monotonic())
        return found

    def end(self) -> None:
        """Kill it, and what it started."""
        self.channel.close()
        for kills in (kill, killpg):  # the notebook may have collected it already
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kills(self.child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            waitpid(self.child, 0)


def serve(channel: socket.socket, variables: dict[str, Any]) -> None:
    """Answer requests in a twin, for ever."""
    twin = os.getpid()
    while True:
        number, packed = read(channel)
        try:
            request = unpack(packed)
            value = variables.get(request["name"])
            if request["do"] == "call":
                found = answer(value, request["arguments"], request["to"])
            elif request["name"] not in variables:
                found = pack(None)
            elif callable(value):
                found = pack({"function": True, "blank": grading.blank(value)})
            else:
                found = pack({"value": value})
        except Exception as error:  # too large, too deep, or it lies about itself
            found = pack({"error": "unreadable", "message": type(error).__name__})
        if os.getpid() != twin:
            return  # a fork that the function made: it must not answer as well
        write(channel, found, number)


def answer(function: Any, arguments: list[Any], to: Any) -> Packed:
    """Call one of the notebook's functions, or take its gradients to some arguments."""
    before = pack(arguments)
    try:
        if to is None:
            out = function(*arguments)
        else:
            out = checks.gradients(function, arguments, to)
    except BaseException as error:
        kind, line = type(error).__name__, checks.stopped_at(error)
        return pack({"error": kind, "message": str(error)[:500], "line": line})
    # what a caller in one process would see of changes to its arguments
    changed = pack(arguments) != before
    return pack({"out": out, "arguments": arguments if changed else None})


def ending(error: BaseException | None) -> str | None:
    """How a cell ended: the name of its exception; MemoryError if it left none."""
    if reserved() + SPARE > resource.getrlimit(resource.RLIMIT_AS)[0]:
        return MemoryError.__name__
    return None if error is None else type(error).__name__


def learners_shell() -> InteractiveShell:
    """A notebook's IPython, with a namespace that is the module `__main__`."""
    shell = InteractiveShell.instance(
        colors="NoColor", config=Config(HistoryManager={"enabled": False})
    )
    vars(shell)["ask_exit"] = lambda: None  # quit() must not cost other questions
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    shell.user_module, shell.user_ns = module, vars(module)
    shell.init_user_ns()
    shell.user_ns["grader"] = Quiet()
    return shell


def main() -> None:
    """Serve one grader until it hangs up."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    limit(int(sys.argv[2]))
    torch.set_num_threads(1)
    vars(torch)["set_num_threads"] = lambda threads: None  # a fork has one anyway
    torch.manual_seed(0)
    vars(grading).update(
        notebook=lambda *names: Quiet(),
        score=lambda grader: grading.Score("", ()),
    )
    vars(builtins)["input"] = lambda prompt="": ""  # nobody is there to answer
    shell = learners_shell()
    variables = shell.user_ns
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # whatever the notebook prints
        os.dup2(nowhere, stream)
    write(channel, pack("ready"))
    worker = os.getpid()
    twin: Twin | None = None
    while True:
        try:
            number, packed = read(channel)
        except Unreadable:
            _exit(0)
        request = unpack(packed)
        if request["do"] in ("cell", "fresh") and twin is not None:
            twin.end()
            twin = None
        if request["do"] == "cell":
            found = shell.run_cell(INSTALL.sub(r"\1pass", request["source"]))
            reply = pack(ending(found.error_before_exec or found.error_in_exec))
            if os.getpid() != worker:
                _exit(0)  # a fork that the cell made: it must not answer as well
            signal.alarm(0)
        elif request["do"] == "fresh":
            reply = pack(None)
        else:
            twin = twin or Twin(channel, variables)
            try:
                reply = twin.ask(number, packed, request["seconds"])
            except Unreadable as error:
                reply = pack({"error": "late" if isinstance(error, Late) else "died"})
                twin.end()
                twin = None
        write(channel, reply, number)


if __name__ == "__main__":
    main()
