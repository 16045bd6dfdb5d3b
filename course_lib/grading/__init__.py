"""Checks for the exercises: what a learner calls, and what the tests are written with.

A learner's notebook starts with ``grader = grading.notebook("03_soft_attention")``,
asks ``grader.check("q1")`` after each question and ``grading.score(grader)`` at the
end. The visible tests ship inside the package, so a notebook that was opened alone (on
Colab, say) is enough.  Nothing is written to the learner's folder.

The test files are otter-grader's; what they are written with is in `checks`.  This
check is the learner's own and can be fooled.  A grade of record comes from `judge`,
which runs the learner's notebook in a sandbox.
"""

import ast
import contextlib
import difflib
import importlib
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from .checks import LIKELY, STOPS, UNANSWERED, Wrong, short

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
        hint: why that may be, or that an older answer was looked at: one sentence.
    """

    question: str
    cases: tuple[Case, ...]
    held_back: float = 0.0
    missing: tuple[str, ...] = ()
    hint: str = ""

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
            why = self.hint or (
                "Run the cell that defines it, and keep the name as the exercise "
                "gives it."
            )
            return f"{head}. {names} is not defined. {why}"
        if self.unanswered:
            why = self.hint or (
                "Replace the `...`, run that cell, and then this one again."
            )
            return f"{head}, {UNANSWERED}. {why}"
        lines = [head] + [f"  {line}" for line in self.hint.splitlines()]
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
            raise ValueError(
                f"no exercise {exercise!r} in the course that is installed; there are "
                f"{known}. If this notebook is newer, install the course again"
            )
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
    with _as_at_the_start():
        file.run(namespace)
    names = _names(file)
    cases = tuple(
        Case(
            name=result.test_case.name,
            points=float(result.test_case.points),
            passed=bool(result.passed),
            message=message,
            hidden=bool(result.test_case.hidden),
        )
        for result, message in zip(
            file.test_case_results, _messages(file.test_case_results), strict=True
        )
    )
    whole = re.search(r"^points = ([\d.]+)$", path.read_text(encoding="utf-8"), re.M)
    total = float(whole[1]) if whole else file.possible
    answers = [namespace.get(name, ...) for name in names]
    missing = tuple(name for name in names if name not in namespace)
    if all(map(blank, answers)):
        cases = tuple(replace(case, passed=False, message=UNANSWERED) for case in cases)
    return Report(
        question=file.name,
        cases=cases,
        held_back=max(0.0, float(total - file.possible)),
        missing=missing,
        hint=_hint(names, missing, namespace),
    )


@contextlib.contextmanager
def _as_at_the_start() -> Iterator[None]:
    """PyTorch's defaults, whatever the notebook made of them; its own come back."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.enable_grad(), torch.device("cpu"), torch.random.fork_rng([]):
            yield
    finally:
        torch.set_default_dtype(dtype)


def wanted(path: Path) -> list[str]:
    """The names that a test file asks the notebook for."""
    return _names(_otter()(str(path)))


def _names(file: Any) -> list[str]:
    names = {name for case in file.test_cases for name in case.body._get_func_params()}
    return sorted(names)


def _hint(
    names: Sequence[str], missing: Sequence[str], namespace: Mapping[str, Any]
) -> str:
    """What went wrong in the notebook itself: an unreadable cell, a changed name."""
    cells = namespace.get("In")  # IPython keeps there what was run, readable or not
    for source in reversed(cells if isinstance(cells, list) else []):
        if not any(re.search(rf"^(def\s+)?{name}\b", source, re.M) for name in names):
            continue
        if re.search(r"^[%!]", source, re.M):
            break  # a magic is no Python, and no error
        try:
            ast.parse(source)
        except SyntaxError as error:
            line = short((error.text or "").strip(), 60)
            older = "." if missing else ": this is about an older version of it."
            return (
                f"Python can not read its cell: {error.msg}, at `{line}` "
                f"(line {error.lineno}). Nothing in that cell was run{older}"
            )
        break
    made = [
        name
        for name, value in namespace.items()
        if getattr(value, "__module__", "") == namespace.get("__name__", "")
    ]
    for name in missing:
        for other in made:
            near = difflib.SequenceMatcher(None, name, other.lower()).ratio() > 0.75
            if near or set(name.split("_")) <= set(other.lower().split("_")):
                return f"There is `{other}`: the check looks for `{name}`."
    return ""


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


def _messages(results: Sequence[Any]) -> list[str]:
    """What each failed case says, "" for one that passed.

    A case that finds no known mistake says the sentence that its author gave it, which
    is a guess: it is left out where another case about the same answer names a mistake.
    """
    said = ["" if result.passed else _sentence(result) for result in results]
    about = [tuple(result.test_case.body._get_func_params()) for result in results]
    told = [LIKELY in text or UNANSWERED in text for text in said]
    texts = []
    for number, (text, result) in enumerate(zip(said, results, strict=True)):
        # what a learner reads must not depend on cases that only a grader runs
        elsewhere = any(
            told[other]
            and about[other] == about[number]
            and (result.test_case.hidden or not results[other].test_case.hidden)
            for other in range(len(results))
        )
        if text and not told[number] and not elsewhere:
            # an error says itself what is wrong: the author's sentence may help
            label = "Hint: " if STOPS in text else LIKELY
            text += f"\n{label}{result.test_case.failure_message}"
        texts.append(text)
    return texts


def _sentence(result: Any) -> str:
    """What the test says went wrong, without otter's three lines before it."""
    kind, _, text = result.message.split("\n", 3)[-1].partition(": ")
    if kind == AssertionError.__name__:
        text = short(text or "something expected does not hold")
    elif kind != Wrong.__name__:
        text = f"the answer, or what it returns, {STOPS} {kind}: {short(text)}"
    return text.replace(f" {LIKELY}", f"\n{LIKELY}")


def _points(points: float) -> str:
    return f"{points:g} point{'' if points == 1 else 's'}"
