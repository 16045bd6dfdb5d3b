"""Checks for the exercises: what a learner calls, and what the tests are written with.

A learner's notebook starts with ``grader = grading.notebook("03_soft_attention")``,
asks ``grader.check("q1")`` after each question and ``grading.score(grader)`` at the
end. The visible tests ship inside the package, so a notebook that was opened alone (on
Colab, say) is enough.  Nothing is written to the learner's folder.

The test files are otter-grader's.  They use `seeds`, `call`, `check` and `unchanged`
below, which look only at what a function returns: tensors and plain data.

This check is the learner's own and can be fooled; it is not a grade of record.
"""

import copy
import importlib
import math
import os
import random
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

# The one form of installation that leaves Colab's own ipywidgets and wrapt alone.
OTTER = (
    "otter-grader==7.0.0 fica==0.4.1 ipylab==1.1.0 "
    "python-frontmatter==1.3.0 python-on-whales==0.81.0"
)
TESTS = Path(__file__).parent / "exercises"
UNANSWERED = "not answered yet"
LIKELY = "Likely mistake: "
TOLERANCE = {torch.float16: 1e-2, torch.bfloat16: 4e-2}  # the others: 1e-4


# What the learner calls


@dataclass(frozen=True)
class Case:
    """What one test case found: its name, its points, and one or two sentences."""

    name: str
    points: float
    passed: bool
    message: str = ""


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
    names = {name for case in file.test_cases for name in case.body._get_func_params()}
    cases = tuple(
        Case(
            name=result.test_case.name,
            points=float(result.test_case.points),
            passed=bool(result.passed),
            message="" if result.passed else _sentence(result),
        )
        for result in file.test_case_results
    )
    whole = re.search(r"^points = ([\d.]+)$", path.read_text(encoding="utf-8"), re.M)
    total = float(whole[1]) if whole else file.possible
    answers = [namespace.get(name, ...) for name in names]
    if all(map(_blank, answers)):
        cases = tuple(replace(case, passed=False, message=UNANSWERED) for case in cases)
    return Report(
        question=file.name,
        cases=cases,
        held_back=max(0.0, float(total - file.possible)),
        missing=tuple(sorted(name for name in names if name not in namespace)),
    )


def _blank(answer: Any) -> bool:
    """Whether an answer still is the `...` that the exercise came with."""
    if answer is None or answer is ...:
        return True
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
        text = _short(text or "something expected does not hold")
    elif kind != Wrong.__name__:
        text = f"the answer, or what it returns, stops with {kind}: {_short(text)}"
    if UNANSWERED in text or LIKELY in text:
        return text.replace(f" {LIKELY}", f"\n{LIKELY}")
    return f"{text}\n{LIKELY}{result.test_case.failure_message}"


def _points(points: float) -> str:
    return f"{points:g} point{'' if points == 1 else 's'}"


def _short(text: str, most: int = 160) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= most else line[: most - 3] + "..."


# What the tests are written with


class Wrong(AssertionError):
    """The learner's answer is wrong; the message is one line for the learner."""


def seeds(count: int = 3) -> list[int]:
    """Seeds for a test's inputs, made from the environment's GRADE_SEED.

    A grader sets it afresh for each run, so that no answer can be typed in by heart.
    """
    source = random.Random(f"course {os.environ.get('GRADE_SEED', '2015')}")
    return [source.randrange(2**31) for _ in range(count)]


def call(function: Any, *inputs: Any) -> Any:
    """What the learner's function returns for copies of the inputs.

    Raises:
        Wrong: if it is missing, stops with an error, or returns nothing.
    """
    return _call(function, copy.deepcopy(inputs))


def unchanged(function: Any, *inputs: Any) -> None:
    """Checks that the learner's function leaves its inputs as they are.

    Raises:
        Wrong: if a tensor among the inputs has changed.
    """
    given = copy.deepcopy(inputs)
    _call(function, given)
    if not _equal(given, inputs):
        raise Wrong(
            "the function changes its inputs. "
            f"{LIKELY}An in-place operation (a name ending in _, or +=) on an argument."
        )


def check(
    out: Any,
    want: Any,
    mistakes: Mapping[str, Any] | None = None,
    *,
    what: str = "the result",
) -> None:
    """Checks type, shape, dtype, device and values of what a learner returned.

    Args:
        out: the learner's value.
        want: the right one: a tensor, or plain numbers (then lists, tuples and
            tensors are all accepted, and the dtype does not matter).
        mistakes: for a known mistake, described in one sentence, the value that it
            gives. If the learner's value is that one, the sentence is the message.
        what: how to call the value in messages.

    Raises:
        Wrong: at the first difference, in one line, without printing a tensor.
    """
    if out is None or out is ...:
        raise Wrong(f"{UNANSWERED}: {what} is {out!r}")
    plain = not isinstance(want, Tensor)
    right = _numbers(want)
    value = _numbers(out) if plain else out
    if not isinstance(value, Tensor):
        expected = "numbers" if plain else "a tensor"
        raise Wrong(
            f"{what} is a {type(out).__name__}, expected {expected}. "
            f"{LIKELY}It was turned into something else before it was given back."
        )
    value = value.detach().cpu().double() if plain else value.detach()
    for sentence, other in (mistakes or {}).items():
        other = _numbers(other)
        if _close(value, other) and not _close(right, other):
            raise Wrong(f"{what} is not right. {LIKELY}{sentence}")
    if value.shape != right.shape:
        found, asked = list(value.shape), list(right.shape)
        raise Wrong(f"{what} has the shape {found}, expected {asked}")
    for name in ("device",) if plain else ("dtype", "device"):
        found, asked = getattr(value, name), getattr(right, name)
        if found != asked:
            raise Wrong(
                f"the {name} of {what} is {found}, expected the inputs' {asked}. "
                f"{LIKELY}A conversion, or a new tensor made without `{name}=`."
            )
    if value.is_floating_point() and value.isnan().any() and not right.isnan().any():
        raise Wrong(f"{what} contains NaN")
    if not _close(value, right):
        gap = (value.double() - right.double()).abs().max().item()
        size = "" if math.isinf(gap) else f" (largest difference {gap:.2g})"
        raise Wrong(f"{what} has the right shape and wrong values{size}")


def unpack(out: Any, names: str) -> tuple[Any, ...]:
    """The parts of a returned tuple, e.g. ``s, c = unpack(out, "s, c")``.

    Raises:
        Wrong: if there are not as many as there are names.
    """
    count = names.count(",") + 1
    if not isinstance(out, (tuple, list)):
        raise Wrong(
            f"the function returns one {type(out).__name__}, expected {count} values. "
            f"{LIKELY}The last line does not return {names}."
        )
    if len(out) != count:
        raise Wrong(
            f"the function returns {len(out)} values, expected {count}. "
            f"{LIKELY}The last line does not return {names}."
        )
    return tuple(out)


def _call(function: Any, given: Any) -> Any:
    if function is None or function is ...:
        raise Wrong(f"{UNANSWERED}: the function is not there")
    try:
        out = function(*given)
    except NotImplementedError:
        raise Wrong(f"{UNANSWERED}: the function is not written") from None
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {_short(str(error))}"
        raise Wrong(f"the function stops with {why}") from None
    parts = out if isinstance(out, tuple) else (out,)
    if all(part is None or part is ... for part in parts):
        raise Wrong(f"{UNANSWERED}: the function returns {out!r}")
    return out


def _numbers(value: Any) -> Any:
    """Plain numbers as a float64 tensor; what is neither comes back as it is."""
    if isinstance(value, Tensor):
        return value
    try:
        if isinstance(value, (list, tuple)):
            value = [float(part) for part in value]
        return torch.tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        return value


def _close(a: Any, b: Any) -> bool:
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return False
    if a.shape != b.shape or a.device != b.device:
        return False
    tol = max(TOLERANCE.get(a.dtype, 1e-4), TOLERANCE.get(b.dtype, 1e-4))
    return torch.allclose(a.double(), b.double(), rtol=tol, atol=tol / 10)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        same = a.shape == b.shape and a.dtype == b.dtype
        return same and torch.equal(a.nan_to_num(), b.nan_to_num())
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)
