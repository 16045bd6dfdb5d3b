"""Judges as processes of their own: one that fails, hangs or dies spoils nobody's mark.

Each judge grades one notebook after another.  One that takes too long is killed with
everything below it, and another takes its place; the notebook that it was at is left
to be graded by hand.  Requests and answers are JSON: nothing is unpickled.

    python -m course_lib.grading.jury FD
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

from .judge import judge
from .reports import BY_HAND, outcome
from .sandbox import COURSE, GraderError, Limits

START = 180.0  # seconds in which a judge must have started
GRACE = 60.0  # seconds by which a judge may exceed the limit that it keeps itself
DIE_WITH_PARENT, ADOPT_ORPHANS = 1, 36  # options of prctl(2)


@dataclass(frozen=True)
class Rules:
    """What all notebooks of a run are judged by.

    Attributes:
        tests: a folder of otter test files, q1.py, q2.py, ...
        seed: of the tests' inputs; they read it as GRADE_SEED.
        limit: seconds for a notebook; a judge that keeps on after them is killed.
        sandboxed: False runs notebooks unprotected.
    """

    tests: Path
    seed: int
    limit: float
    sandboxed: bool


class Judge:
    """One judge's process.

    Attributes:
        ready: whether it has started.
        task: the name of what it is at, if it is at something.
        until: when it must have started, or be done, on the monotonic clock.
    """

    def __init__(self, rules: Rules, folder: str) -> None:
        self.rules = rules
        self.ready = False
        self.task: str | None = None
        self.until = time.monotonic() + START
        self.channel, theirs = Pipe()
        self.said = tempfile.TemporaryFile()  # noqa: SIM115, close() closes it
        paths = [str(COURSE.parent), *os.environ.get("PYTHONPATH", "").split(":")]
        threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        # -P: what lies in the folder is not to be imported
        command = [sys.executable, "-P", "-m", "course_lib.grading.jury"]
        self.process = subprocess.Popen(
            [*command, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.said,
            cwd=folder,
            env={
                **os.environ,
                **threads,
                "GRADE_SEED": str(rules.seed),
                "PYTHONPATH": ":".join(filter(None, paths)),
            },
            start_new_session=True,  # Ctrl-C is for the one who started us
        )
        theirs.close()

    def begin(self, task: str, notebook: Path) -> None:
        """Hand over a notebook.

        Raises:
            OSError: if the judge is dead.
        """
        self.task, self.until = task, time.monotonic() + self.rules.limit + GRACE
        request = {
            "notebook": str(notebook),
            "tests": str(self.rules.tests),
            "seconds": self.rules.limit,
            "sandboxed": self.rules.sandboxed,
        }
        say(self.channel, request)

    def last_words(self) -> str:
        """How it ended, and the last line that it wrote."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        code = self.process.poll()
        self.said.seek(0)
        lines = self.said.read()[-2000:].decode(errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        ended = f"the judge ended with status {code}"
        return f"{ended}: {last.strip()}" if last else ended

    def close(self) -> None:
        """Kill it and everything below it."""
        self.channel.close()
        if self.process.poll() is None:
            kill(self.process.pid)
        self.process.wait()
        self.said.close()


class Jury:
    """Some judges that share the work; a context manager.

    Args:
        count: how many.
        rules: what they judge by.

    Raises:
        GraderError: if a judge does not start.
    """

    def __init__(self, count: int, rules: Rules) -> None:
        self.count, self.rules = count, rules
        # a judge works in an empty folder, where an unprotected notebook would write
        self.folder = tempfile.TemporaryDirectory(prefix="grading")
        self.judges: list[Judge] = []

    def judge(
        self, notebooks: Iterable[tuple[str, Path]]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The outcome of each named notebook, in the order in which they are done."""
        waiting = iter(notebooks)
        upcoming = next(waiting, None)
        while upcoming or any(one.task for one in self.judges):
            for one in self.judges:
                if upcoming and one.ready and one.task is None:
                    with contextlib.suppress(OSError):  # it is dead: see listen
                        one.begin(*upcoming)
                    upcoming = next(waiting, None)
            if upcoming and len(self.judges) < self.count:
                self.judges.append(Judge(self.rules, self.folder.name))
            else:
                yield from self.listen()

    def listen(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Wait until one of the judges has something to say, or is late."""
        awaited = [one for one in self.judges if one.task or not one.ready]
        rest = max(0.0, min(one.until for one in awaited) - time.monotonic())
        ready = wait([one.channel for one in awaited], rest)
        speaking = [one for one in awaited if one.channel in ready]
        for one in speaking or [o for o in awaited if o.until <= time.monotonic()]:
            task, one.task = one.task, None
            try:
                if not speaking:
                    raise TimeoutError(f"no answer after {one.rules.limit:g} seconds")
                answer = hear(one.channel)
                one.ready = True
            except (OSError, EOFError) as error:
                answer = by_hand(one.last_words() if speaking else str(error))
                self.judges.remove(one)
                one.close()
                if task is None:
                    raise GraderError(f"no judge starts: {answer['note']}") from None
            if task is not None:
                yield task, answer

    def __enter__(self) -> "Jury":
        return self

    def __exit__(self, *exception: object) -> None:
        for one in self.judges:
            one.close()
        self.judges = []
        self.folder.cleanup()


def by_hand(note: str) -> dict[str, Any]:
    """The outcome where the grader failed: no mark, which is not the mark 0."""
    return {
        "status": BY_HAND,
        "points": None,
        "possible": None,
        "note": note,
        "seconds": 0.0,
        "questions": [],
    }


def say(channel: Connection, value: Any) -> None:
    """Send a message: JSON, not what Connection.send would pickle."""
    channel.send_bytes(json.dumps(value).encode())


def hear(channel: Connection) -> Any:
    """Wait for a message.

    Raises:
        EOFError: if the other side has gone.
    """
    return json.loads(channel.recv_bytes())


# Processes


def below(pid: int) -> list[int]:
    """All living processes below one, as /proc shows them."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            # "17 (any name) S 4 ...": number, name, state, parent
            text = stat.read_text(errors="replace").rpartition(")")[2]
            state, parent = text.split()[:2]
            if state not in "ZX":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, rest = [], [pid]
    while rest:
        more = children.get(rest.pop(), [])
        found += more
        rest += more
    return found


def kill(pid: int, itself: bool = True) -> None:
    """Kill all processes below one, those that they start meanwhile, and itself.

    A judge adopts what its descendants leave behind, so nothing below it gets away.
    """
    with contextlib.suppress(ProcessLookupError):
        if itself:
            os.kill(pid, signal.SIGSTOP)
        for _ in range(500):
            found = below(pid)
            if not found:
                break
            for child in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.01)
        if itself:
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Judge what is asked for, until nobody asks any more."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    channel = Connection(int(sys.argv[1]))
    say(channel, "ready")
    while True:
        try:
            request = hear(channel)
        except EOFError:
            return
        limits = Limits(whole=request["seconds"])
        began = time.monotonic()
        try:
            marks = judge(
                Path(request["notebook"]),
                Path(request["tests"]),
                limits,
                request["sandboxed"],
            )
            answer = outcome(marks)
        except Exception as error:
            answer = by_hand(f"{type(error).__name__}: {error}")
            answer["trace"] = traceback.format_exc()[-4000:]
            answer["seconds"] = round(time.monotonic() - began, 1)
        kill(os.getpid(), itself=False)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        say(channel, answer)


if __name__ == "__main__":
    main()
