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
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .recipe import Metrics, Place, Recipe, Refused, keep, own, train
from .records import (
    budgets,
    collect,
    cpu_seconds,
    machine,
    plain,
    plan,
    read,
    recorded,
    runs_of,
    same,
)

__all__ = [
    "Metrics",
    "Place",
    "Recipe",
    "Refused",
    "budgets",
    "collect",
    "keep",
    "own",
    "recorded",
    "same",
    "study",
    "train",
]


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
    runs_of(recipe, work, () if resume else planned)  # what is kept must fit
    plans = {}
    for folder, (variant, seed) in planned.items():
        plans[folder] = plain(own(recipe.settings, variant) | {"budget": budget})
        begun = (folder / "checkpoint").exists()
        ended = (folder / "result.json").exists()
        if resume and begun and not ended and plan(folder) != plans[folder]:
            raise Refused(
                f"{recipe.name}: {variant}, seed {seed}, was interrupted under other "
                "settings or another budget than today's: --no-resume starts it "
                "afresh, --work takes another folder"
            )
    for folder, (variant, seed) in planned.items():
        found = folder / "result.json"
        what = f"{recipe.name}: {variant}, seed {seed}"
        if resume and found.exists():
            kept = read(found)
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
        wall, cpu = time.perf_counter(), cpu_seconds()
        metrics = recipe.run(variant, seed, Place(folder, device, budget, resume))
        record = {
            "variant": variant,
            "seed": seed,
            "metrics": metrics,
            # of a run that was interrupted, nobody knows the whole
            "wall_seconds": _unless(goes_on, time.perf_counter() - wall),
            "cpu_seconds": _unless(goes_on, cpu_seconds() - cpu),
            "budget": budget,
            "settings": own(recipe.settings, variant),
            **made,
        }
        draft = folder / "result.json.partial"
        draft.write_text(json.dumps(record, indent=1), encoding="utf-8")
        draft.replace(found)
        say("  " + ", ".join(f"{k} {v:.4g}" for k, v in metrics.items()))
    return collect(recipe, work, out)


def _unless(unknown: bool, seconds: float) -> float | None:
    return None if unknown else round(seconds, 1)
