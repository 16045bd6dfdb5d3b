"""What runs left behind: from their folders to the result file, and back."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Collection, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from ..data import download
from .recipe import Recipe, Refused, own


def collect(recipe: Recipe, work: Path, out: Path) -> Path:
    """Write the result file from all runs that there are.

    Raises:
        Refused: if there is none, or one was made with other settings.
    """
    runs = runs_of(recipe, work)
    if not runs:
        raise Refused(f"no run of {recipe.name} in {work}")
    table = {}
    for variant in recipe.variants:
        mine = sorted((r for r in runs if r["variant"] == variant), key=_seed)
        if mine:
            table[variant] = {
                "seeds": [r["seed"] for r in mine],
                **{name: _spread(mine, name) for name in mine[0]["metrics"]},
                "wall_seconds": _mean([r["wall_seconds"] for r in mine]),
                "cpu_seconds": _mean([r["cpu_seconds"] for r in mine]),
            }
    entries = download.registry()
    record = {
        "recipe": f"python -m course_lib.recipes {recipe.name}",
        "about": recipe.about,
        "settings": dict(recipe.settings),
        "data": {key: entries[key].sha256 for key in recipe.data},
        "hardware": sorted({r["hardware"] for r in runs}),
        "versions": runs[-1]["versions"],
        "commits": sorted({r["commit"] for r in runs}),
        "budgets": sorted({r["budget"] for r in runs}, key=str),
        "constant": list(recipe.constant),
        "results": table,
        "papers": list(recipe.papers),
    }
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{recipe.name}.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path


def recorded(recipe: Recipe, out: Path) -> str:
    """One line from the result file: the score of each variant, mean of its seeds."""
    path = out / f"{recipe.name}.json"
    if not path.exists():
        return f"nothing in {out}"
    record = read(path)
    results = record["results"]
    first = next(name for name in next(iter(results.values())) if name != "seeds")
    score = recipe.score or first
    values = "; ".join(
        f"{variant} {row[score]['mean']:.4g} ({len(row['seeds'])})"
        for variant, row in results.items()
    )
    return f"{score} (seeds): {values}{budgets(record)}"


def budgets(record: Mapping[str, Any]) -> str:
    """What a budget did to the runs of a result file, in words; empty if nothing."""
    cut = [f"{x:g} s" if x is not None else "no limit" for x in record["budgets"]]
    return "" if cut == ["no limit"] else f"; training ended after {' or '.join(cut)}"


def machine(device: str | None) -> dict[str, Any]:
    """What a run was made with: hardware, versions, commit."""
    if torch.cuda.is_available() and device != "cpu":
        hardware = torch.cuda.get_device_name()
    else:
        threads = torch.get_num_threads()
        hardware = f"{_processor()}, {threads} thread{'s' * (threads > 1)}"
    packages = ("torch", "course-lib")
    versions = {name: metadata.version(name) for name in packages}
    return {"hardware": hardware, "versions": versions, "commit": _commit()}


def same(recipe: Recipe, path: Path) -> dict[str, Any]:
    """The run whose result that is, if the recipe would make it so today.

    Raises:
        Refused: if it would not; it names what differs.
    """
    run = read(path)
    now, then = plain(own(recipe.settings, run["variant"])), run["settings"]
    differ = [name for name in now | then if now.get(name) != then.get(name)]
    if differ:
        raise Refused(
            f"{recipe.name}: {run['variant']}, seed {run['seed']}, was made with other "
            f"settings than those of today: {', '.join(differ)}. Choose another folder "
            f"with --work, or delete {path.parent}, or make it anew: --variants "
            f'"{run["variant"]}" --seeds {run["seed"]} --no-resume'
        )
    return run


def runs_of(
    recipe: Recipe, work: Path, without: Collection[Path] = ()
) -> list[dict[str, Any]]:
    """All runs that there are but those in some folders."""
    paths = sorted((work / recipe.name).glob("*/result.json"))
    return [same(recipe, path) for path in paths if path.parent not in without]


def plan(folder: Path) -> Any:
    """Under which settings a run began; None if nothing tells."""
    path = folder / "settings.json"
    return read(path) if path.exists() else None


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def plain(settings: Mapping[str, Any]) -> Any:
    """As they come back from a file: tuples are lists."""
    return json.loads(json.dumps(settings))


def _processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        names = [x.partition(": ")[2] for x in text.splitlines() if "model name" in x]
        return names[0]
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def _commit() -> str:
    """The commit of the course, "" where it is not in a clone.

    "-dirty" says that the package was not as in that commit: changed, or with new
    files, which may be the very code that ran.
    """
    package = Path(__file__).parent.parent
    commands = (
        ["git", "ls-files", "--", "recipes/records.py"],
        ["git", "rev-parse", "--short", "HEAD"],
        ["git", "status", "--porcelain", "--", "."],
    )
    try:
        ours, commit, changed = (
            subprocess.run(c, cwd=package, capture_output=True, text=True).stdout
            for c in commands
        )
    except OSError:
        return ""
    if not ours:  # installed, within somebody else's repository
        return ""
    return commit.strip() + "-dirty" * bool(changed)


def _seed(run: dict[str, Any]) -> int:
    return int(run["seed"])


def cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def _mean(values: Sequence[float | None]) -> float | None:
    """None if one is unknown: it may be the longest."""
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 1) if known == list(values) else None


def _spread(runs: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """Mean, standard deviation over the seeds (None for one), and each value."""
    values = [round(float(run["metrics"][name]), 5) for run in runs]
    spread = statistics.stdev(values) if len(values) > 1 else None
    return {
        "mean": round(statistics.fmean(values), 5),
        "spread": None if spread is None else round(spread, 5),
        "values": values,
    }
