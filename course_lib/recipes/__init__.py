"""Recipes: every recorded number of the book, repeated by one command.

    python -m course_lib.recipes --list
    python -m course_lib.recipes g2p --seeds 0 1 2

A recipe trains each of its variants with each seed and says how good it became. What
one run found is kept at once, so that a study may be stopped and started again; when
nothing is left to run, all of it becomes one file, `build/recipes/NAME.json`, and its
scores are printed beside those of the book. ``--out book/results`` puts the file where
the book reads it.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ..data import download
from ..losses import teacher_forcing
from ..train import History, fit

Metrics = dict[str, float]


class Refused(ValueError):
    """What was asked of a recipe cannot be done; the message says what can."""


@dataclass(frozen=True)
class Place:
    """Where and how long one run of a recipe may work.

    Attributes:
        folder: for its checkpoints and weights.
        device: "cpu", "cuda", or None for a GPU where there is one.
        budget: seconds of training at most; None trains to the end.
        resume: go on from the checkpoint, if there is one.
    """

    folder: Path
    device: str | None = None
    budget: float | None = None
    resume: bool = True


@dataclass(frozen=True)
class Recipe:
    """One study: what is trained, on what, and what others reported.

    Attributes:
        name: of the command, and of the result file.
        about: what is asked, in a sentence.
        variants: names of the models.
        data: keys of the files that it needs; empty where a package brings the data.
        settings: sizes and budgets, as they go into the result file; under "own", what
            a variant has of its own.
        minutes: what a run of the slowest model takes on one core, and on a GPU; None
            where nobody has measured it.
        run: ``run(variant, seed, place)`` trains one model and returns its metrics.
        papers: numbers of others, each with its source and whether it was checked.
        score: the metric that stands for all in a list; the first one if empty.
        constant: variants that no seed changes: one run is enough.
    """

    name: str
    about: str
    variants: Sequence[str]
    data: Sequence[str]
    settings: Mapping[str, Any]
    minutes: tuple[float | None, float | None]
    run: Callable[[str, int, Place], Metrics]
    papers: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    score: str = ""
    constant: Sequence[str] = ()


def study(
    recipe: Recipe,
    *,
    variants: Sequence[str] = (),
    seeds: Sequence[int] = (0, 1, 2),
    work: Path,
    out: Path,
    device: str | None = None,
    budget: float | None = None,
    resume: bool = True,
    say: Callable[[str], None] = print,
) -> Path:
    """Run what has not been run yet, and write the result file.

    Args:
        recipe: the study.
        variants: some of its variants; all if empty.
        seeds: one run of each variant with each.
        work: a folder that keeps runs, checkpoints and weights.
        out: the folder of the result file.
        device: see `Place`.
        budget: seconds of training for each run.
        resume: keep what runs have found, and go on from checkpoints.
        say: where to report progress.

    Raises:
        Refused: for a variant that the recipe does not have, or for a run or checkpoint
            of other settings; before anything is trained.
    """
    unknown = set(variants) - set(recipe.variants)
    if unknown:
        raise Refused(
            f"{recipe.name} has no variant {sorted(unknown)}; "
            f"there are {list(recipe.variants)}"
        )
    planned = {
        work / recipe.name / f"{variant}-{seed}": (variant, seed)
        for seed in seeds
        for variant in variants or recipe.variants
        if seed == seeds[0] or variant not in recipe.constant
    }
    _runs(recipe, work, () if resume else planned)  # what is kept must fit
    plans = {}
    for folder, (variant, seed) in planned.items():
        plans[folder] = _plain(own(recipe.settings, variant) | {"budget": budget})
        begun = (folder / "checkpoint").exists()
        ended = (folder / "result.json").exists()
        if resume and begun and not ended and _plan(folder) != plans[folder]:
            raise Refused(
                f"{recipe.name}: {variant}, seed {seed}, was interrupted under other "
                "settings or another budget than today's: --no-resume starts it "
                "afresh, --work takes another folder"
            )
    for folder, (variant, seed) in planned.items():
        found = folder / "result.json"
        what = f"{recipe.name}: {variant}, seed {seed}"
        if resume and found.exists():
            kept = _read(found)
            if kept["budget"] != budget:
                say(
                    f"{what}: kept as it is, though its budget was "
                    f"{kept['budget']} and not {budget}; --no-resume runs it again"
                )
            continue
        folder.mkdir(parents=True, exist_ok=True)
        # if this run breaks off, no older one stands for it, nor is gone on with
        found.unlink(missing_ok=True)
        if not resume:
            shutil.rmtree(folder / "checkpoint", ignore_errors=True)
        (folder / "settings.json").write_text(json.dumps(plans[folder]), "utf-8")
        say(what)
        goes_on = resume and (folder / "checkpoint").exists()
        made = machine(device)  # the code that runs, whatever is committed meanwhile
        wall, cpu = time.perf_counter(), _cpu_seconds()
        metrics = recipe.run(variant, seed, Place(folder, device, budget, resume))
        record = {
            "variant": variant,
            "seed": seed,
            "metrics": metrics,
            # of a run that was interrupted, nobody knows the whole
            "wall_seconds": _unless(goes_on, time.perf_counter() - wall),
            "cpu_seconds": _unless(goes_on, _cpu_seconds() - cpu),
            "budget": budget,
            "settings": own(recipe.settings, variant),
            **made,
        }
        draft = folder / "result.json.partial"
        draft.write_text(json.dumps(record, indent=1), encoding="utf-8")
        draft.replace(found)
        say("  " + ", ".join(f"{k} {v:.4g}" for k, v in metrics.items()))
    return collect(recipe, work, out)


def collect(recipe: Recipe, work: Path, out: Path) -> Path:
    """Write the result file from all runs that there are.

    Raises:
        Refused: if there is none, or one was made with other settings.
    """
    runs = _runs(recipe, work)
    if not runs:
        raise Refused(f"no run of {recipe.name} in {work}")
    table = {}
    for variant in recipe.variants:
        own = sorted((r for r in runs if r["variant"] == variant), key=_seed)
        if own:
            table[variant] = {
                "seeds": [r["seed"] for r in own],
                **{name: _spread(own, name) for name in own[0]["metrics"]},
                "wall_seconds": _mean([r["wall_seconds"] for r in own]),
                "cpu_seconds": _mean([r["cpu_seconds"] for r in own]),
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
    record = _read(path)
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


def own(settings: Mapping[str, Any], variant: str) -> dict[str, Any]:
    """The settings of one variant."""
    common = {name: value for name, value in settings.items() if name != "own"}
    return common | settings.get("own", {}).get(variant, {})


def train(
    model: nn.Module,
    batches: Any,
    size: Mapping[str, Any],
    seed: int,
    place: Place,
    *,
    loss: Callable[[Any, Any], Tensor] = teacher_forcing,
    **options: Any,
) -> History:
    """`course_lib.train.fit`, as the settings of a recipe and its place ask.

    With a "restart" in the settings the schedule runs twice: the second time from the
    weights of the first, with what "restart" changes ("lr", "steps" or "epochs").

    Args:
        model: trained in place.
        batches: one epoch.
        size: settings: "lr", "steps" or "epochs", and "mixed_precision" or "restart"
            if any.
        seed: of this run.
        place: where and how long it may work; its folder gets the checkpoints. Of a
            budget each schedule has its share.
        loss: what to minimise.
        options: anything else that `fit` takes.

    Returns:
        The history of the last schedule.

    Reference:
        Loshchilov and Hutter 2017 for restarts.
    """

    def fitted(size: Mapping[str, Any], seed: int, folder: Path) -> History:
        return fit(
            model,
            batches,
            loss=loss,
            steps=_steps(size, batches),
            seconds=place.budget and place.budget * _steps(size, batches) / total,
            lr=size["lr"],
            mixed_precision=size.get("mixed_precision", "no"),
            seed=seed,
            device=place.device,
            checkpoint=folder,
            resume=place.resume,
            **options,
        )

    again = {**size, **size["restart"]} if "restart" in size else None
    total = _steps(size, batches) + (_steps(again, batches) if again else 0)
    folder = place.folder / "checkpoint"
    history = fitted(size, seed, folder)
    if again:  # other dropout, or the first epochs would come back as they were
        history = fitted(again, seed + 1000, folder / "restart")
    return history


def _steps(size: Mapping[str, Any], batches: Any) -> int:
    return int(size["steps"] if "steps" in size else size["epochs"] * len(batches))


def keep(model: nn.Module, place: Place) -> int:
    """Save the weights in half precision; return how many numbers they are."""
    half = {name: x.half().cpu().contiguous() for name, x in model.state_dict().items()}
    save_file(half, place.folder / "weights.safetensors")
    return sum(p.numel() for p in model.parameters())


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
    run = _read(path)
    now, then = _plain(own(recipe.settings, run["variant"])), run["settings"]
    differ = [name for name in now | then if now.get(name) != then.get(name)]
    if differ:
        raise Refused(
            f"{recipe.name}: {run['variant']}, seed {run['seed']}, was made with other "
            f"settings than those of today: {', '.join(differ)}. Choose another folder "
            f"with --work, or delete {path.parent}, or make it anew: --variants "
            f'"{run["variant"]}" --seeds {run["seed"]} --no-resume'
        )
    return run


def _runs(
    recipe: Recipe, work: Path, without: Collection[Path] = ()
) -> list[dict[str, Any]]:
    """All runs that there are but those in some folders."""
    paths = sorted((work / recipe.name).glob("*/result.json"))
    return [same(recipe, path) for path in paths if path.parent not in without]


def _plan(folder: Path) -> Any:
    """Under which settings a run began; None if nothing tells."""
    path = folder / "settings.json"
    return _read(path) if path.exists() else None


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _plain(settings: Mapping[str, Any]) -> Any:
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
        ["git", "ls-files", "--", "recipes/__init__.py"],
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


def _cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def _unless(unknown: bool, seconds: float) -> float | None:
    return None if unknown else round(seconds, 1)


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
