"""Checks for the exercises: what a learner calls, and what the tests are written with.

A learner's notebook starts with ``grader = grading.notebook("03_soft_attention")``,
asks ``grader.check("q1")`` after each question and ``grading.score(grader)`` at the
end. The visible tests ship inside the package, so a notebook that was opened alone (on
Colab, say) is enough.  Nothing is written to the learner's folder.

The test files are otter-grader's; what they are written with is in `checks`.  This
check is the learner's own and can be fooled.  A grade of record comes from `judge`,
which runs the learner's notebook in a sandbox.
"""

import importlib
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .checks import LIKELY, UNANSWERED, Wrong, short

# The one form of installation that leaves Colab's own ipywidgets and wrapt alone.
OTTER = (
    "otter-grader==7.0.0 fica==0.4.1 ipylab==1.1.0 "
    "python-frontmatter==1.3.0 python-on-whales==0.81.0"
)
TESTS = Path(__file__).parent.parent / "exercises"


# What the learner calls


@dataclass(frozen=True)
class Case:
    """What one test case found: its name, its points, and one or two sentences.

    Hidden ones are held back from learners.
    """

    name: str
    points: float
    passed: bool
    message: str = ""
    hidden: bool = False


@dataclass(frozen=True, repr=False)
class Report:
    """What the visible tests of one question found; prints as a few lines.

    Attributes:
        question: its name, q1, q2, ...
        cases: one entry a test case.
        held_back: points of the cases that only a grader runs.
        missing: names that the tests ask for and the notebook does not define.
    """

    question: str
    cases: tuple[Case, ...]
    held_back: float = 0.0
    missing: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """Points of the cases that passed."""
        return sum((case.points for case in self.cases if case.passed), 0.0)

    @property
    def possible(self) -> float:
        """Points of all visible cases."""
        return sum((case.points for case in self.cases), 0.0)

    @property
    def unanswered(self) -> bool:
        """Whether the answer still is what the exercise came with."""
        return all(UNANSWERED in case.message for case in self.cases)

    def __repr__(self) -> str:
        head = f"{self.question}: {self.points:g} of {_points(self.possible)}"
        if self.held_back:
            head += f" ({self.held_back:g} more for tests held back for grading)"
        if self.missing:
            names = ", ".join(f"`{name}`" for name in self.missing)
            return (
                f"{head}. {names} is not defined: run the cell that defines it, and "
                "keep the name as the exercise gives it."
            )
        if self.unanswered:
            return f"{head}, {UNANSWERED}. Replace the `...` and run this cell again."
        lines = [head]
        for case in self.cases:
            sign = "passed" if case.passed else "FAILED"
            lines.append(f"  {sign}  {case.name} ({_points(case.points)})")
            lines += [f"          {line}" for line in case.message.splitlines()]
        return "\n".join(lines)


@dataclass(frozen=True, repr=False)
class Score:
    """The reports of all questions of an exercise; prints as a table."""

    exercise: str
    reports: tuple[Report, ...]

    @property
    def points(self) -> float:
        """Points of the visible cases that passed."""
        return sum((report.points for report in self.reports), 0.0)

    @property
    def possible(self) -> float:
        """Points of all visible cases."""
        return sum((report.possible for report in self.reports), 0.0)

    def __repr__(self) -> str:
        held_back = sum((report.held_back for report in self.reports), 0.0)
        lines = [f"{self.exercise}"]
        for r in self.reports:
            note = "  not defined" if r.missing else ""
            note = note or (f"  {UNANSWERED}" if r.unanswered else "")
            lines.append(f"  {r.question:4} {r.points:4g} of {r.possible:g}{note}")
        lines.append(f"  sum  {self.points:4g} of {self.possible:g}")
        if held_back:
            whole = self.possible + held_back
            lines.append(
                f"  {_points(held_back)} of the exercise's {whole:g} hang on tests "
                "held back for grading."
            )
        return "\n".join(lines)


class Grader:
    """The visible tests of one exercise, run on a notebook's variables.

    Args:
        exercise: the notebook's stem, e.g. "03_soft_attention".
        namespace: where the learner's functions are looked up.

    Raises:
        ValueError: if there is no such exercise; the message lists those there are.
        ModuleNotFoundError: if otter-grader is missing; the message says how to get it.
    """

    def __init__(self, exercise: str, namespace: Mapping[str, Any]) -> None:
        self.exercise = exercise
        self.namespace = namespace
        files = sorted((TESTS / exercise).glob("q*.py"))
        if not files:
            known = sorted(p.name for p in TESTS.glob("[0-9][0-9]_*"))
            raise ValueError(f"no exercise {exercise!r}; there are {known}")
        self.files = {path.stem: path for path in files}
        _otter()

    def check(self, question: str) -> Report:
        """Run the visible tests of one question.

        Raises:
            ValueError: if the exercise has no such question.
        """
        if question not in self.files:
            raise ValueError(
                f"no question {question!r} in {self.exercise}; "
                f"there are {sorted(self.files)}"
            )
        return run_tests(self.files[question], self.namespace)


def notebook(exercise: str, namespace: Mapping[str, Any] | None = None) -> Grader:
    """The grader of an exercise, for the notebook or program that is running.

    Args:
        exercise: the notebook's stem, e.g. "03_soft_attention".
        namespace: where the answers are looked up; the notebook's variables if None.
    """
    if namespace is None:
        namespace = vars(sys.modules["__main__"])
    return Grader(exercise, namespace)


def score(grader: Grader) -> Score:
    """Check every question again and add up the points of the visible tests."""
    reports = tuple(grader.check(question) for question in grader.files)
    return Score(grader.exercise, reports)


def run_tests(path: Path, namespace: Mapping[str, Any]) -> Report:
    """Run one of otter's test files on a namespace."""
    file = _otter()(str(path))
    file.run(namespace)
    names = _names(file)
    cases = tuple(
        Case(
            name=result.test_case.name,
            points=float(result.test_case.points),
            passed=bool(result.passed),
            message="" if result.passed else _sentence(result),
            hidden=bool(result.test_case.hidden),
        )
        for result in file.test_case_results
    )
    whole = re.search(r"^points = ([\d.]+)$", path.read_text(encoding="utf-8"), re.M)
    total = float(whole[1]) if whole else file.possible
    answers = [namespace.get(name, ...) for name in names]
    if all(map(blank, answers)):
        cases = tuple(replace(case, passed=False, message=UNANSWERED) for case in cases)
    return Report(
        question=file.name,
        cases=cases,
        held_back=max(0.0, float(total - file.possible)),
        missing=tuple(name for name in names if name not in namespace),
    )


def wanted(path: Path) -> list[str]:
    """The names that a test file asks the notebook for."""
    return _names(_otter()(str(path)))


def _names(file: Any) -> list[str]:
    names = {name for case in file.test_cases for name in case.body._get_func_params()}
    return sorted(names)


def blank(answer: Any) -> bool:
    """Whether an answer still is the `...` that the exercise came with."""
    if answer is None or answer is ...:
        return True
    if isinstance(said := getattr(answer, "blank", None), bool):
        return said  # a function in a sandbox
    code = getattr(answer, "__code__", None)
    if code is None:
        return False

    def text_only() -> None:
        """A docstring and nothing else."""

    def text() -> None:
        """A docstring and the dots."""
        ...

    def dots() -> None: ...

    return code.co_code in {f.__code__.co_code for f in (text_only, text, dots)}


def _otter() -> Any:
    """otter's reader of test files, or words that say how to get it."""
    importlib.invalidate_caches()  # the set-up cell may just have installed it
    try:
        with warnings.catch_warnings():  # its dependencies warn as they are imported
            warnings.simplefilter("ignore")
            from otter.test_files.exception_test import ExceptionTestFile
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the checks need otter-grader 7, and its part {error.name!r} is not "
            "installed: run the notebook's first cells again, or type "
            "`pip install otter-grader==7.0.0`"
        ) from error
    return ExceptionTestFile.from_file


def _sentence(result: Any) -> str:
    """The last line of otter's message, and the likely mistake if it names none."""
    kind, _, text = result.message.strip().splitlines()[-1].partition(": ")
    if kind == AssertionError.__name__:
        text = short(text or "something expected does not hold")
    elif kind != Wrong.__name__:
        text = f"the answer, or what it returns, stops with {kind}: {short(text)}"
    if UNANSWERED in text or LIKELY in text:
        return text.replace(f" {LIKELY}", f"\n{LIKELY}")
    return f"{text}\n{LIKELY}{result.test_case.failure_message}"


def _points(points: float) -> str:
    return f"{points:g} point{'' if points == 1 else 's'}"
