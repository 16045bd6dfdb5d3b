"""A learner's points in all exercises of a folder, by the visible tests.

Each notebook runs in a process of its own, unprotected: it is the learner's own, on the
learner's own machine.  The files stay as they are.

    python -m course_lib.grading.progress NOTEBOOK RESULT
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tqdm import tqdm

from . import TESTS, Report, notebook
from .judge import CHECK, OURS, read

SECONDS = 600.0
NAMED = re.compile(r"""grading\s*\.\s*notebook\(\s*["'](\w+)["']""")


def table(folder: Path, seconds: float = SECONDS) -> int:
    """Print the points of all exercises in a folder, or of one notebook.

    Returns:
        0, or 1 where there is none.
    """
    paths = [folder] if folder.is_file() else sorted(folder.glob("[!.]*.ipynb"))
    if not paths:
        what = "no notebook (.ipynb) in" if folder.is_dir() else "no folder or file"
        print(f"{what} {folder}", file=sys.stderr)
        return 1
    rows, notes = [], []
    hidden = os.environ.get("COURSE_PROGRESS") == "0" or not sys.stderr.isatty()
    for path in tqdm(paths, "run", leave=False, disable=hidden, unit="notebook"):
        found = run(path, seconds)
        name = found.get("exercise", path.name)
        notes += [f"{path.name}: {note}" for note in found["notes"]]
        if "reports" in found:
            rows.append((name, found["reports"]))
    if rows:
        _show(rows)
    for note in notes:
        print(note)
    return 0 if rows else 1


def _show(rows: list[tuple[str, list[dict[str, Any]]]]) -> None:
    width = max(len("exercise"), *(len(name) for name, _ in rows))
    print(f"{'exercise':{width}}  points    of  held back  unanswered")
    sums = [0.0, 0.0, 0.0]
    for name, reports in rows:
        parts = ("points", "possible", "held_back")
        values = [sum(report[part] for report in reports) for part in parts]
        sums = [a + b for a, b in zip(sums, values, strict=True)]
        blank = " ".join(r["question"] for r in reports if r["unanswered"])
        print(f"{name:{width}}  {_columns(values)}  {blank}".rstrip())
    if len(rows) > 1:
        print(f"{'sum':{width}}  {_columns(sums)}")


def _columns(values: list[float]) -> str:
    points, possible, held_back = values
    return f"{points:6g}  {possible:4g}  {held_back:9g}"


def run(path: Path, seconds: float = SECONDS) -> dict[str, Any]:
    """What one notebook earns: exercise, reports, and notes on what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        # -P: a learner's random.py is for the notebook, not for this program
        command = [sys.executable, "-P", "-m", "course_lib.grading.progress"]
        command += [str(path.resolve()), str(result)]
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        env = {
            **os.environ,
            "MPLBACKEND": "Agg",
            "COURSE_PROGRESS": "0",
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        try:
            ended = subprocess.run(
                command,
                cwd=path.resolve().parent,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return {"notes": [f"not done after {seconds:g} seconds{_where(result)}"]}
        if ended.returncode:
            last = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
            why = f": {last[0]}" if last else ""
            return {"notes": [f"its process ended{_where(result)}{why}"]}
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return found


def _where(result: Path) -> str:
    at = result.with_suffix(".cell")
    return f" in {at.read_text(encoding='utf-8')}" if at.exists() else ""


def main() -> None:
    """Run a notebook to its end, whatever fails, and write down what it earns."""
    path, result = map(Path, sys.argv[1:])
    found = earn(path, result.with_suffix(".cell"))
    result.write_text(json.dumps(found), encoding="utf-8")


def earn(path: Path, at: Path) -> dict[str, Any]:
    """Run a notebook's cells and the visible tests in this process."""
    try:
        cells = read(path)
    except (ValueError, OSError) as error:
        return {"notes": [f"cannot be read, {error}"]}
    named = NAMED.search("\n".join(cells))
    exercise = named[1] if named else path.stem
    if not (TESTS / exercise).is_dir():
        return {"notes": ["no exercise of the course"]}
    try:
        from IPython.core.interactiveshell import InteractiveShell

        shell = InteractiveShell.instance(colors="NoColor")
        grader = notebook(exercise, shell.user_ns)
    except ModuleNotFoundError as error:
        return {"exercise": exercise, "notes": [_missing(error)]}
    sys.path.insert(0, "")  # as in Jupyter: modules of the learner's own
    vars(shell)["ask_exit"] = lambda: None
    shell.user_ns["grader"] = _Quiet()
    best: dict[str, Report] = {}
    notes = []
    for number, source in enumerate(cells, 1):
        first = next(filter(None, map(str.strip, source.splitlines())), "")
        place = f"code cell {number} ({first[:50]})"
        at.write_text(place, encoding="utf-8")
        if not OURS.search(source):
            ran = shell.run_cell(CHECK.sub("", source))
            wrong = ran.error_before_exec or ran.error_in_exec
            if wrong is not None:
                notes.append(f"{place} stops with {type(wrong).__name__}: {wrong}")
        for name in CHECK.findall(source):
            if name in grader.files:
                best[name] = grader.check(name)
    for name in grader.files:
        last = grader.check(name)
        if name not in best or last.points > best[name].points:
            best[name] = last
    reports = [best[name] for name in grader.files]
    for report in reports:
        if report.missing:
            names = ", ".join(f"`{name}`" for name in report.missing)
            why = (
                getattr(report, "hint", "") or "Keep the name as the exercise gives it."
            )
            notes.append(f"{report.question}: {names} is not defined. {why}")
    return {
        "exercise": exercise,
        "reports": [_plain(report) for report in reports],
        "notes": notes,
    }


def _plain(report: Report) -> dict[str, Any]:
    blank = report.unanswered and not report.missing
    return {
        "question": report.question,
        "points": report.points,
        "possible": report.possible,
        "held_back": report.held_back,
        "unanswered": blank,
    }


def _missing(error: ModuleNotFoundError) -> str:
    if error.name and error.name.startswith("IPython"):
        return "IPython is not installed: type `pip install ipykernel`"
    return str(error)


class _Quiet:
    """Stands in for the learner's grader: the checks are run beside it."""

    def check(self, question: str) -> None:
        """Say nothing."""


if __name__ == "__main__":
    main()
