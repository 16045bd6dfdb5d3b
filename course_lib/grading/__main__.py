"""The command line: a learner's progress, an instructor's marks.

python -m course_lib.grading score exercises/
python -m course_lib.grading grade SUBMISSIONS --exercise NN_name --out reports/
python -m course_lib.grading merge reports/ PARTS...
python -m course_lib.grading gradescope build/gradescope/
"""

import argparse
import os
import signal
import sys
from pathlib import Path

PAGE = "the page for instructors in the book (book/instructors.md)"


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    top = argparse.ArgumentParser(
        prog="python -m course_lib.grading",
        description="A learner's progress, and an instructor's marks.",
    )
    commands = top.add_subparsers(dest="command", required=True)

    score = commands.add_parser(
        "score",
        help="your own points in all exercises, by the visible tests",
        description="Run your own notebooks and show how far you are. They run as any "
        "program of yours does; the tests that are held back are not run.",
    )
    score.add_argument("folder", type=Path, help="a folder of exercises, or one")

    grade = commands.add_parser(
        "grade",
        help="grade a folder of submissions, each in a sandbox",
        description="Grade all notebooks in a folder and below it. Started again with "
        f"the same --out, it goes on where it stopped. More is on {PAGE}.",
    )
    grade.add_argument("submissions", type=Path, help="a folder of notebooks")
    grade.add_argument("--exercise", required=True, help="e.g. 03_soft_attention")
    grade.add_argument("--out", type=Path, required=True, help="a folder for reports")
    grade.add_argument("--tests", type=Path, help="another folder of q1.py, q2.py, ...")
    grade.add_argument("--solution", type=Path, help="another solved notebook")
    grade.add_argument("--untouched", type=Path, help="another unsolved notebook")
    grade.add_argument(
        "--jobs",
        type=count,
        default=len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1,
        help="judges at a time (default: the number of cores, here %(default)s)",
    )
    grade.add_argument(
        "--seed", type=int, help="for the tests' inputs (default: drawn, and recorded)"
    )
    grade.add_argument(
        "--shard", default="", metavar="K/N", help="grade the K-th of N parts only"
    )
    grade.add_argument(
        "--limit",
        type=seconds,
        metavar="SECONDS",
        help="for a submission (default: 240)",
    )
    grade.add_argument(
        "--retry", action="store_true", help='grade again what is "grade by hand"'
    )

    merge = commands.add_parser(
        "merge", help="join the reports of the parts (--shard) of a class"
    )
    merge.add_argument("out", type=Path, help="a new folder")
    merge.add_argument("parts", type=Path, nargs="+", help="folders of reports")

    for command in (grade, merge):
        command.add_argument(
            "--column",
            default="",
            metavar="NAME",
            help='of the assignment in Canvas, e.g. "Exercise 3 (98765)"',
        )

    scope = commands.add_parser(
        "gradescope", help="make Gradescope's autograder archives of all exercises"
    )
    scope.add_argument("out", type=Path, help="a folder for the archives")
    scope.add_argument(
        "--index",
        default="",
        metavar="URL",
        help="where setup.sh finds a CPU build of PyTorch (pip's --extra-index-url)",
    )
    return top


def count(text: str) -> int:
    """An argument that is a whole number above 0."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return int(text)


def seconds(text: str) -> float:
    """An argument that is a time above 0."""
    if not float(text) > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return float(text)


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; 0 if it was done, 1 if not, 130 if it was interrupted."""
    asked = parser().parse_args(arguments)
    if asked.command == "score":
        from .progress import table

        return table(asked.folder)
    if sys.platform != "linux" and asked.command != "gradescope":
        print(
            "Grading needs Linux: its sandbox is built of what only Linux has. On "
            f"macOS and Windows, use a container, as {PAGE} shows.",
            file=sys.stderr,
        )
        return 1
    from .sandbox import GraderError

    signal.signal(signal.SIGTERM, interrupt)
    try:
        run(asked)
    except (GraderError, OSError) as error:  # a full disk, a folder of someone else's
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def run(asked: argparse.Namespace) -> None:
    """Grade, merge or pack."""
    if asked.command == "gradescope":
        from . import gradescope

        for path in gradescope.pack(asked.out, asked.index):
            print(path)
        return
    from . import canary, classroom, parts

    if asked.command == "merge":
        parts.merge(asked.out, asked.parts, asked.column)
        return
    exercise = canary.exercise(
        asked.exercise, asked.tests, asked.solution, asked.untouched
    )
    options = classroom.Options(
        asked.jobs,
        asked.seed,
        asked.shard,
        asked.limit or classroom.Limits().whole,
        asked.retry,
        asked.column,
    )
    classroom.grade(asked.submissions, exercise, asked.out, options)


def interrupt(signal: int, frame: object) -> None:
    """End as Ctrl-C does, with the judges gone."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
