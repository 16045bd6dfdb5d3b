"""Parts of a class that were graded apart, joined."""

import json
from collections import Counter
from pathlib import Path

from . import reports
from .classroom import RUN, conclude, locked
from .reports import plain
from .sandbox import GraderError
from .summary import Records


def merge(out: Path, parts: list[Path], column: str = "") -> None:
    """Join the reports of several runs.

    Raises:
        GraderError: if a part is missing, unfinished, or does not belong to the others.
    """
    runs = {}
    for part in parts:
        path = part / RUN
        if not path.is_file():
            raise GraderError(f"{part} holds no {RUN}: it is no folder of reports")
        if part.resolve() == out.resolve():
            raise GraderError(f"{out} is one of the parts: name a new folder first")
        runs[part] = json.loads(path.read_text(encoding="utf-8"))
        if not runs[part]["finished"]:
            raise GraderError(
                f"{part} is not finished: give its command again, and it goes on"
            )
    first = runs[parts[0]]
    for what in ("exercise", "tests", "submissions"):
        if len({run[what] for run in runs.values()}) > 1:
            said = "; ".join(f"{part}: {run[what]}" for part, run in runs.items())
            raise GraderError(f"the parts differ in their {what}: {said}")
    _complete([runs[part]["shard"] for part in parts])
    records: Records = {}
    keys: dict[str, str] = {}
    for part in parts:
        for path in sorted(part.glob("*.json")):
            record = reports.read(path)
            if record is None:
                continue
            if keys.setdefault(record["key"], path.stem) != path.stem or (
                path.stem in records
            ):
                raise GraderError(f"two parts hold {plain(record['submission'])}")
            records[path.stem] = record
    if len(records) != first["submissions"]:
        raise GraderError(
            f"the folder had {first['submissions']} submissions, the parts hold "
            f"{len(records)}: was it the same folder each time?"
        )
    out.mkdir(parents=True, exist_ok=True)
    with locked(out):
        if any(reports.read(path) for path in out.glob("*.json")):
            raise GraderError(f"{out} holds reports already: name a new folder")
        for name, record in records.items():
            reports.save(out, name, record)
        seeds = sorted({run["seed"] for run in runs.values()})
        run = first | {
            "shard": "",
            "parts": [run["shard"] for run in runs.values()],
            "seed": seeds[0] if len(seeds) == 1 else seeds,
        }
        conclude(out, run, records, column)


def _complete(shards: list[str]) -> None:
    """Check that the parts are all there, and no two are the same one."""
    pieces = [tuple(map(int, shard.split("/"))) for shard in shards if shard]
    counts = {count for _, count in pieces}
    if len(pieces) != len(shards) or len(counts) != 1:
        raise GraderError(
            f"these are no parts of one class: {', '.join(s or 'all' for s in shards)}"
        )
    numbers = Counter(number for number, _ in pieces)
    missing = [n for n in range(1, max(counts) + 1) if n not in numbers]
    if missing:
        raise GraderError(
            f"missing: part {', '.join(map(str, missing))} of {max(counts)}"
        )
    if twice := [n for n, count in numbers.items() if count > 1]:
        raise GraderError(f"given twice: part {', '.join(map(str, twice))}")
