"""A folder of submissions, graded: what is there, what is done, and what is left to do.

Reports are written one submission at a time, each whole or not at all, so that a run
may be stopped in any way and started again: what is done stays done.  A file that has
changed since is graded anew.  One run may grade a part of the folder; parts are joined.
"""

import contextlib
import fcntl
import importlib.metadata
import json
import os
import platform
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from . import reports, summary
from .canary import Exercise, canary
from .jury import Jury, Rules, by_hand
from .reports import BY_HAND, plain
from .sandbox import UNPROTECTED, GraderError, Limits, protected
from .submissions import Submission, find, share

RUN = "run.json"


@dataclass(frozen=True)
class Options:
    """How a folder is graded.

    Attributes:
        jobs: how many judges work at a time.
        seed: of the tests' inputs; drawn afresh if None.
        shard: "K/N" for the K-th of N parts, "" for all.
        limit: seconds for a submission.
        retry: grade again what was left to be graded by hand.
        column: how the assignment's column is called in Canvas; the exercise if "".
    """

    jobs: int = 1
    seed: int | None = None
    shard: str = ""
    limit: float = Limits().whole
    retry: bool = False
    column: str = ""


def grade(folder: Path, exercise: Exercise, out: Path, options: Options) -> None:
    """Grade what is in a folder and not graded yet, and write all reports.

    Raises:
        GraderError: if nothing can be graded, or the reports are another run's.
    """
    sandboxed = protected()
    if not sandboxed:
        print(
            f"{UNPROTECTED}=1: the notebooks run without a sandbox, with the rights "
            "of this process.",
            file=sys.stderr,
        )
    submissions, others = find(folder, out)
    total = len(submissions)
    if options.shard:
        submissions = share(submissions, options.shard)
    out.mkdir(parents=True, exist_ok=True)
    with locked(out):
        run = begin(out, exercise, options)
        run |= {"submissions": total, "left_out": others, "finished": None}
        run["sandboxed"] = sandboxed
        records = finished(out, submissions, options.retry)
        ungraded = [one for one in submissions if one.report not in records]
        print(
            f"{exercise.name}: {len(ungraded)} of {len(submissions)} submissions "
            f"to grade, seed {run['seed']}"
        )
        if ungraded:
            rules = Rules(exercise.tests, run["seed"], options.limit, sandboxed)
            with Jury(min(options.jobs, len(ungraded) + 1), rules) as jury:
                possible = canary(exercise, jury)
                _save_run(out, run)
                for name in summary.FILES:  # nobody should take these for all
                    (out / name).unlink(missing_ok=True)
                for one, record in judged(ungraded, jury, len(submissions)):
                    record |= {
                        "submission": plain(one.name),
                        "key": one.key,
                        "digest": one.digest,
                        "exercise": exercise.name,
                        "seed": run["seed"],
                    }
                    record["possible"] = record["possible"] or possible
                    reports.save(out, one.report, record)
                    records[one.report] = record
        records = {one.report: records[one.report] for one in submissions}
        run["finished"] = _now()
        conclude(out, run, records, options.column)


def begin(out: Path, exercise: Exercise, options: Options) -> dict[str, Any]:
    """What is known of the run: a new one, or the one whose reports are in the folder.

    Raises:
        GraderError: if that one was another exercise's, part's or seed's, or if the
            tests are no longer the same.
    """
    now = {
        "exercise": exercise.name,
        "tests": exercise.digest(),
        "shard": options.shard,
    }
    path = out / RUN
    if not path.exists():
        seed = secrets.randbelow(2**31) if options.seed is None else options.seed
        packages = ("course-lib", "otter-grader", "torch")
        return {
            **now,
            "seed": seed,
            "began": _now(),
            "python": platform.python_version(),
            "versions": {name: _version(name) for name in packages},
        }
    run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    another = "Choose another folder with --out"
    for what, value in now.items():
        if run[what] != value:
            if what == "tests":
                raise GraderError(
                    f"the tests have changed since {out} was begun, and marks of two "
                    f"versions must not be mixed. {another}"
                )
            held = run[what] or "the whole class"
            raise GraderError(
                f"{out} holds reports of {held}, not of {value or 'the whole class'}. "
                f"{another}"
            )
    if options.seed not in (None, run["seed"]):
        raise GraderError(f"{out} was begun with --seed {run['seed']}. {another}")
    return run


def finished(
    out: Path, submissions: list[Submission], retry: bool
) -> dict[str, dict[str, Any]]:
    """The records that still hold, by the name of the report.

    Reports of files that are no longer there move to the folder withdrawn.
    """
    known = {one.key: one for one in submissions}
    records = {}
    for path in sorted(out.glob("*.json")):
        record = reports.read(path)
        if record is None:
            continue
        one = known.get(record["key"])
        if one is None:
            (out / "withdrawn").mkdir(exist_ok=True)
            for file in reports.paths(out, path.stem):
                with contextlib.suppress(FileNotFoundError):
                    tag = "gradescope_" if file.parent != out else ""
                    file.replace(out / "withdrawn" / f"{tag}{file.name}")
            print(f"no longer there: {plain(record['submission'])}", file=sys.stderr)
            continue
        one.read()
        same = one.digest == record["digest"]
        one.content = None  # 200 notebooks at once may be 4 GB
        if path.stem != one.report:  # a new neighbour has the same name
            for file in reports.paths(out, path.stem):
                file.unlink(missing_ok=True)
            if same:
                reports.save(out, one.report, record)
        if same and not (retry and record["status"] == BY_HAND):
            records[one.report] = record
    return records


def judged(
    ungraded: list[Submission], jury: Jury, total: int
) -> Iterator[tuple[Submission, dict[str, Any]]]:
    """Each submission with its outcome, with a progress bar."""
    by_report = {one.report: one for one in ungraded}
    hidden = os.environ.get("COURSE_PROGRESS") == "0" or not sys.stderr.isatty()
    bar = tqdm(
        desc="graded",
        total=total,
        initial=total - len(ungraded),
        disable=hidden,
        unit="notebook",
    )
    with tempfile.TemporaryDirectory(prefix="grading") as place, bar:
        unread: list[Submission] = []
        for report, record in jury.judge(_copies(ungraded, Path(place), unread)):
            Path(place, f"{report}.ipynb").unlink()
            bar.update()
            yield by_report[report], record
        for one in unread:
            bar.update()
            yield one, by_hand(one.problem)


def _copies(
    ungraded: Iterable[Submission], place: Path, unread: list[Submission]
) -> Iterator[tuple[str, Path]]:
    """A copy of each notebook, made when it is needed: what is hashed is judged."""
    for one in ungraded:
        one.read()
        if one.content is None:
            unread.append(one)
            continue
        copy = place / f"{one.report}.ipynb"
        copy.write_bytes(one.content)
        one.content = None
        yield one.report, copy


def conclude(
    out: Path, run: dict[str, Any], records: summary.Records, column: str
) -> None:
    """Write what is about the whole class, and say how it went."""
    warnings = summary.publish(out, run, records, column or run["exercise"])
    _save_run(out, run)
    count = Counter(record["status"] for record in records.values())
    states = ", ".join(f"{number} {status}" for status, number in count.most_common())
    print(f"{len(records)} submissions: {states or 'none'}")
    for name in run["left_out"][:10]:
        print(f"not read: {name}")
    if len(run["left_out"]) > 10:
        print(f"not read: {len(run['left_out']) - 10} more, see {RUN}")
    for warning in warnings:
        print(warning)
    if count[BY_HAND]:
        print("Those to be graded by hand have no mark. --retry grades them again.")
    print(f"The summary: {out / 'index.html'}")


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """Keep a second run out of the folder.

    Raises:
        GraderError: if there is one.
    """
    with open(out / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GraderError(f"another run is writing to {out}") from None
        except OSError:
            pass  # a disk without locks
        yield


def _save_run(out: Path, run: dict[str, Any]) -> None:
    reports.write(out / RUN, json.dumps(run, indent=1) + "\n")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
