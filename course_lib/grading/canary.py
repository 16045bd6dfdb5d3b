"""What an exercise is graded with, and the proof that it can be graded here.

A grader that cannot find Python in its sandbox, or has the wrong tests, would give
everybody 0 points.  So the solution and the untouched exercise are judged first.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .jury import Jury
from .sandbox import COURSE, GraderError

ROOT = COURSE.parent  # of the repository, if the package is not installed without it


@dataclass(frozen=True)
class Exercise:
    """What an exercise is graded with.

    Attributes:
        name: its stem, e.g. "03_soft_attention".
        tests: a folder of otter test files, hidden cases included.
        solution: a notebook that must earn all points.
        untouched: the notebook that learners get, which must earn none.
    """

    name: str
    tests: Path
    solution: Path
    untouched: Path

    def digest(self) -> str:
        """A hash of the tests."""
        whole = hashlib.sha256()
        for file in sorted(self.tests.glob("q*.py")):
            whole.update(f"{file.name}\n{file.read_text(encoding='utf-8')}".encode())
        return whole.hexdigest()[:16]


def exercise(
    name: str,
    tests: Path | None = None,
    solution: Path | None = None,
    untouched: Path | None = None,
) -> Exercise:
    """The exercise of this name, from the repository where nothing else is said.

    Raises:
        GraderError: if something is missing; the message says what to do.
    """
    folder = tests or ROOT / "tests" / "exercises" / name
    if tests and not any(tests.glob("q*.py")):
        folder = tests / name
    made = Exercise(
        name,
        folder.resolve(),
        (solution or ROOT / "solutions" / f"{name}.ipynb").resolve(),
        (untouched or ROOT / "exercises" / f"{name}.ipynb").resolve(),
    )
    if not any(made.tests.glob("q*.py")):
        known = sorted(p.name for p in (ROOT / "tests" / "exercises").glob("[0-9]*_*"))
        if tests or known:
            there = f"; there are {', '.join(known)}" if known and not tests else ""
            raise GraderError(f"no test files q1.py, q2.py, ... in {folder}{there}")
        raise GraderError(
            "course_lib is installed without the repository around it, and the tests "
            "that are held back lie there. Work in a clone of the repository, or say "
            "where things are: --tests DIR --solution NOTEBOOK --untouched NOTEBOOK"
        )
    for option, path in (("solution", made.solution), ("untouched", made.untouched)):
        if not path.is_file():
            raise GraderError(
                f"no notebook {path}; say where it is with --{option} NOTEBOOK"
            )
    return made


def canary(exercise: Exercise, jury: Jury) -> float:
    """The points of an exercise, once its solution earned them and its blank none.

    Raises:
        GraderError: if either does not.
    """
    notebooks = [("solution", exercise.solution), ("untouched", exercise.untouched)]
    found = dict(jury.judge(notebooks))
    for what, path in notebooks:
        record = found[what]
        points, possible = record["points"], record["possible"]
        right = possible if what == "solution" else 0
        if points is None or not possible or points != right:
            mark = "no mark" if points is None else f"{points:g} of {possible:g}"
            lines = [
                f"nothing was graded: the {what} notebook {path} earns {mark} "
                f"instead of {'all points' if what == 'solution' else '0'}. "
                "Something is wrong with the tests, the notebook or this machine.",
                *filter(None, [record["note"], record.get("trace", "")]),
            ]
            if what == "solution":
                lines += [
                    f"{part['question']}, {case['name']}: {case['message']}"
                    for part in record["questions"]
                    for case in part["cases"]
                    if not case["passed"]
                ]
            raise GraderError("\n".join(lines))
    return float(possible)
