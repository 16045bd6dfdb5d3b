"""One notebook's marks: its cells run in a sandbox, the tests run here on what returns.

Marks depend on values that crossed as JSON and safetensors, and on nothing else that
the notebook did.  A question is judged where the notebook asks for its check, as the
learner saw it, and once more at the end where points are missing: the better counts.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from . import Report, run_tests, wanted
from .sandbox import Limits, Stopped, Worker

MOST = 20 << 20  # bytes of a notebook
# The set-up cells and the checks of an exercise, which the judge replaces.
OURS = re.compile(r"^\s*(%pip|!pip|import otter|grader\s*=|grading\.)", re.M)
CHECK = re.compile(r"""^\s*grader\s*\.\s*check\(\s*["'](\w+)["']\s*\)""", re.M)


@dataclass(frozen=True)
class Marks:
    """What a notebook earns.

    Attributes:
        status: "graded", "unreadable" (no notebook: no points), "stopped" (cells were
            left out, the rest is graded) or "grade by hand" (the grader failed).
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
    """The code cells of a notebook.

    Raises:
        ValueError: if it is too large, or no notebook.
    """
    if path.stat().st_size > MOST:
        raise ValueError(f"larger than {MOST >> 20} MB")
    try:
        notebook: Any = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        cells = [str(c.source) for c in notebook.cells if c.cell_type == "code"]
    except Exception as error:
        raise ValueError(f"no notebook: {type(error).__name__}") from None
    return cells


class Session:
    """The worker of one notebook, started again without the cells that stop it."""

    def __init__(
        self, cells: list[str], files: dict[str, Path], limits: Limits, sandboxed: bool
    ):
        self.cells, self.files, self.limits = cells, files, limits
        self.sandboxed = sandboxed
        self.best: dict[str, Report] = {}
        self.bad: set[int] = set()  # cells that stopped the process, from 1
        self.fatal: set[str] = set()  # questions whose calls stopped it
        self.note = ""

    def run(self) -> None:
        """Play the notebook until it comes to its end, or was started too often."""
        for _ in range(self.limits.starts):
            with Worker(self.limits, self.sandboxed) as worker:
                try:
                    self.play(worker)
                except Stopped:
                    continue
                break
        else:
            self.note = f"the notebook stopped its process {self.limits.starts} times"
        for name, file in self.files.items():
            self.best.setdefault(name, run_tests(file, {}))

    def play(self, worker: Worker) -> None:
        """Run the cells in their order; judge a question where its check stands."""
        for number, source in enumerate(self.cells, 1):
            if number in self.bad:
                continue
            if not OURS.search(source):
                try:
                    worker.run(CHECK.sub("", source))
                except Stopped:
                    self.bad.add(number)
                    raise
            for name in CHECK.findall(source):
                if name in self.files:
                    self.ask(name, worker)
        for name in self.files:
            self.ask(name, worker)

    def ask(self, name: str, worker: Worker) -> None:
        """Judge one question as things stand, unless nothing is left to gain."""
        before = self.best.get(name)
        if name in self.fatal or (before and before.points == before.possible):
            return
        file = self.files[name]
        report = run_tests(file, Variables(worker, wanted(file)))
        if before is None or report.points > before.points or before.missing:
            self.best[name] = report
        if worker.gone:
            self.fatal.add(name)
            raise Stopped


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
    try:
        cells = read(path)
    except ValueError as error:
        nothing = tuple(run_tests(file, {}) for file in files.values())
        return Marks("unreadable", nothing, str(error))
    session = Session(cells, files, limits or Limits(), sandboxed)
    session.run()
    reports = tuple(session.best[name] for name in files)
    bad = tuple(sorted(session.bad))
    stopped = f"cells {', '.join(map(str, bad))} were left out" if bad else ""
    return Marks(
        "stopped" if bad else "graded",
        reports,
        session.note or stopped,
        bad,
        round(time.monotonic() - began, 1),
    )
