"""One notebook's marks: its cells run in a sandbox, the tests run here on what returns.

Marks depend on values that crossed as JSON and safetensors, and on nothing else that
the notebook did.  A question is judged where the notebook asks for its check, as the
learner saw it, and once more at the end where points are missing: the better counts.
"""

import json
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import Report, run_tests, wanted
from .remote import Stopped, Worker
from .sandbox import GraderError, Limits, visible

MOST = 64 << 20  # bytes of a notebook
PARTS = 2_000_000  # brackets and braces in it: each takes a hundred bytes of memory
CODE = 2 << 20  # characters of its code
# The set-up cells and the checks of an exercise.
OURS = re.compile(r"^[ \t]*(%pip|!pip|import otter|grader\s*=|grading\.)", re.M)
CHECK = re.compile(r"""^[ \t]*grader\s*\.\s*check\(\s*["'](\w+)["']\s*\)""", re.M)


@dataclass(frozen=True)
class Marks:
    """What a notebook earns.

    Attributes:
        status: "graded", "unreadable" (no notebook: no points), "stopped" (cells were
            left out, or the time was up; the rest is graded) or "grade by hand" (the
            grader failed).
        reports: one a question.
        note: what the status is about, in a sentence.
        cells: numbers of the cells that stopped the process, and were left out.
        seconds: that it took.
    """

    status: str
    reports: tuple[Report, ...] = ()
    note: str = ""
    cells: tuple[int, ...] = ()
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """Points of the cases that passed."""
        return sum((report.points for report in self.reports), 0.0)

    @property
    def possible(self) -> float:
        """Points of all cases."""
        return sum((report.possible for report in self.reports), 0.0)


class Variables(Mapping[str, Any]):
    """A notebook's variables, looked up in its worker when a test asks for them."""

    def __init__(self, worker: Worker, names: Sequence[str]):
        self.found = worker.look(names)

    def __getitem__(self, name: str) -> Any:
        return self.found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def read(path: Path) -> list[str]:
    """The code cells of a notebook, of any version and language.

    Raises:
        ValueError: if it is no notebook, too large, or a link to another file.
        OSError: if it cannot be opened.
    """
    if path.is_symlink():
        raise ValueError("a link, not a file")
    # a pipe would make us wait for its other end
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise ValueError("not a file")
        with open(number, "rb", closefd=False) as file:
            content = file.read(MOST + 1)
    finally:
        os.close(number)
    if len(content) > MOST:
        raise ValueError(f"larger than {MOST >> 20} MB: clear the outputs")
    if content.count(b"[") + content.count(b"{") > PARTS:
        raise ValueError("too many parts for a notebook: clear the outputs")
    try:
        text = content.decode(json.detect_encoding(content), errors="replace")
        notebook = json.loads(text)
        # before version 4 cells were on sheets, and their source was called input
        sheets = notebook.get("worksheets") or [notebook]
        cells = [
            "".join(cell.get("source", cell.get("input", "")))
            for sheet in sheets
            for cell in sheet["cells"]
            if cell.get("cell_type") == "code"
        ]
    except Exception as error:
        raise ValueError(f"no notebook: {type(error).__name__}") from None
    if sum(map(len, cells)) > CODE:
        raise ValueError(f"more than {CODE >> 20} MB of code")
    return cells


class Session:
    """The worker of one notebook, started again without the cells that stop it.

    Attributes:
        best: the best report of each question so far.
        left: seconds that each question may still take.
        out: numbers of cells, and names of questions, that stopped the process.
        suspects: those that left a process or thread behind, which may strike later.
        held: suspects left out for now, all at once, to be tried again one by one.
        tried: the one of them that is tried.
    """

    def __init__(
        self, cells: list[str], files: dict[str, Path], limits: Limits, sandboxed: bool
    ):
        self.cells, self.files, self.limits = cells, files, limits
        self.sandboxed = sandboxed
        self.until = time.monotonic() + limits.whole
        self.best: dict[str, Report] = {}
        self.left = dict.fromkeys(files, limits.question)
        self.out: dict[int | str, str] = {}
        self.suspects: list[int | str] = []
        self.held: list[int | str] = []
        self.tried: int | str | None = None
        self.note = ""

    def run(self) -> None:
        """Play the notebook until it comes to its end, or was started too often."""
        for start in range(self.limits.starts + 1):
            if time.monotonic() >= self.until:
                self.note = f"it took more than {self.limits.whole:g} seconds"
                break
            if start == self.limits.starts:
                self.note = f"its process was started {start} times"
                break
            self.suspects = []
            with Worker(self.limits, self.sandboxed, self.until) as worker:
                try:
                    self.play(worker)
                except Stopped:
                    if self.tried is None:
                        continue
            if not self.held:
                break
            self.tried = self.held.pop(0)
            del self.out[self.tried]
        for name, file in self.files.items():
            if name not in self.best:
                self.best[name] = run_tests(file, {})

    def play(self, worker: Worker) -> None:
        """Run the cells in their order; judge a question where its check stands."""
        for number, source in enumerate(self.cells, 1):
            if number not in self.out and source.strip():
                self.attempt(number, worker, self.cell, source, worker)
            for name in CHECK.findall(source):
                if name in self.files:
                    self.attempt(name, worker, self.ask, name, worker)
        for name in self.files:
            self.attempt(name, worker, self.ask, name, worker)

    def attempt(
        self,
        place: int | str,
        worker: Worker,
        work: Callable[..., object],
        *arguments: Any,
    ) -> None:
        """Do something that may stop the process, and find out who did if it does.

        Raises:
            Stopped: if it does.
        """
        try:
            before = worker.tasks()
            work(*arguments)
            if worker.tasks() - before:
                self.suspects.append(place)
        except Stopped as stopped:
            if time.monotonic() < self.until:
                self.blame(place, str(stopped))
            raise

    def blame(self, place: int | str, why: str) -> None:
        """Leave out what stopped the process: what left something behind, or this.

        All suspects are held first; `run` then tries them again, one after the other.
        """
        if self.tried is not None:
            culprits = [self.tried]
        elif self.suspects:
            culprits = self.suspects
            self.held += culprits
        else:
            culprits = [place]
        self.out.update(dict.fromkeys(culprits, why))

    def cell(self, source: str, worker: Worker) -> None:
        """Run one cell.

        Raises:
            Stopped: if it stops the process, or leaves no memory for the others.
        """
        if worker.run(source) == "MemoryError":
            raise Stopped("it ran out of memory")

    def ask(self, name: str, worker: Worker) -> None:
        """Judge one question as things stand, unless nothing is left to gain.

        Raises:
            Stopped: if its answer stops the process.
            GraderError: if the grader itself fails.
        """
        before, file = self.best.get(name), self.files[name]
        if name in self.out or self.left[name] <= 0:
            return
        if before is not None and before.points == before.possible:
            return
        began = time.monotonic()
        worker.left = self.left[name]
        report = run_tests(file, Variables(worker, wanted(file)))
        self.left[name] -= time.monotonic() - began
        if worker.fault is not None:
            raise worker.fault
        if before is None or report.points > before.points or before.missing:
            self.best[name] = report
        if worker.gone:
            raise Stopped("a function ended it")


def judge(
    path: Path, tests: Path, limits: Limits | None = None, sandboxed: bool = True
) -> Marks:
    """Grade one notebook by all tests of a folder, hidden ones too.

    Args:
        path: the notebook.
        tests: a folder of otter test files, q1.py, q2.py, ...
        limits: what the notebook may use.
        sandboxed: False runs it unprotected, with your rights.

    Raises:
        GraderError: if the grader itself fails: then nothing is known of the notebook.
    """
    began = time.monotonic()
    files = {file.stem: file for file in sorted(tests.glob("q*.py"))}
    if sandboxed and visible(tests):
        raise GraderError(f"a notebook could read the tests in {tests}: move them")
    try:
        cells = read(path)
    except OSError as error:
        raise GraderError(f"{path.name}: {error.strerror}") from None
    except ValueError as error:
        nothing = tuple(run_tests(file, {}) for file in files.values())
        return Marks("unreadable", nothing, str(error))
    session = Session(cells, files, limits or Limits(), sandboxed)
    session.run()
    reports = tuple(session.best[name] for name in files)
    bad = tuple(sorted(place for place in session.out if isinstance(place, int)))
    notes = [f"cell {place} was left out: {session.out[place]}" for place in bad]
    notes += [session.note] if session.note else []
    seconds = round(time.monotonic() - began, 1)
    return Marks(
        "stopped" if notes else "graded", reports, "; ".join(notes), bad, seconds
    )
