"""The learner's process: runs the cells of a notebook, answers a grader's questions.

It runs inside the sandbox and may be taken over by what it runs: the grader believes
only that a value came back.  Each call runs in a fork, so that a function that hangs,
crashes or leaves something behind spoils no other answer.

    python -m course_lib.grading.worker FD MEGABYTES
"""

import os
import resource
import select
import signal
import socket
import sys
import types
from typing import Any

import torch
from IPython.core.interactiveshell import InteractiveShell

from course_lib import grading

from .wire import Unreadable, pack, receive, send

PROCESSES = 256


class Quiet:
    """Stands in for the learner's own grader, whose checks need not run here."""

    def check(self, question: str) -> None:
        """Say nothing."""


def limit(megabytes: int) -> None:
    """Memory, file size, processes: no process below can raise them again."""
    limits = {
        resource.RLIMIT_AS: megabytes << 20,
        resource.RLIMIT_FSIZE: 64 << 20,
        resource.RLIMIT_NPROC: PROCESSES,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def describe(value: Any) -> Any:
    """What is sent about a variable: its value, or that it can be called."""
    if callable(value):
        return {"function": True, "blank": grading.blank(value)}
    return {"function": False, "value": value}


def answer(variables: dict[str, Any], request: dict[str, Any]) -> Any:
    """Call one of the notebook's functions."""
    arguments = request["arguments"]
    before = pack(arguments)
    try:
        out = variables[request["name"]](*arguments)
    except BaseException as error:
        kind = type(error).__name__
        return {"error": kind, "message": str(error)[:500]}
    # what a caller in one process would see of changes to its arguments
    changed = pack(arguments) != before
    return {"out": out, "arguments": arguments if changed else None}


def fork_and_answer(
    channel: socket.socket, variables: dict[str, Any], request: dict[str, Any]
) -> None:
    """Answer from a child, or for it: that it died, or took too long."""
    child = os.fork()
    if child == 0:
        try:
            send(channel, answer(variables, request))
        finally:
            os._exit(0)
    done = os.pidfd_open(child)
    ready, _, _ = select.select([done], [], [], request["seconds"])
    os.close(done)
    if not ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not ready:
        send(channel, {"error": "timeout", "message": f"{request['seconds']:g}"})
    elif status != 0:
        send(channel, {"error": "died", "message": ""})


def main() -> None:
    """Serve one grader until it hangs up."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    limit(int(sys.argv[2]))
    torch.set_num_threads(1)
    vars(torch)["set_num_threads"] = lambda threads: None  # a fork has one anyway
    torch.manual_seed(0)
    vars(grading).update(notebook=lambda *names: Quiet(), score=lambda grader: None)
    shell = InteractiveShell.instance(colors="NoColor")
    vars(shell)["ask_exit"] = lambda: None  # quit() must not cost other questions
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    shell.user_module, shell.user_ns = module, vars(module)
    shell.init_user_ns()
    variables = shell.user_ns
    variables["grader"] = Quiet()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # whatever the notebook prints
        os.dup2(nowhere, stream)
    send(channel, "ready")
    while True:
        try:
            request = receive(channel)
        except Unreadable:
            os._exit(0)
        if request["do"] == "cell":
            found = shell.run_cell(request["source"])
            error = found.error_before_exec or found.error_in_exec
            send(channel, None if error is None else type(error).__name__)
        elif request["do"] == "look":
            names = [name for name in request["names"] if name in variables]
            send(channel, {name: describe(variables[name]) for name in names})
        else:
            fork_and_answer(channel, variables, request)


if __name__ == "__main__":
    main()
