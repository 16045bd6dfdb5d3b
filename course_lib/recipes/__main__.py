"""The command line of the recipes: ``python -m course_lib.recipes --help``."""

import argparse
import sys
from pathlib import Path

import torch

from .. import weights
from ..data.download import DataUnavailable
from . import (
    Recipe,
    Refused,
    chat,
    classify,
    couplets,
    g2p,
    multi30k,
    phrases,
    recorded,
    scenes,
    study,
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for room in (g2p, phrases, multi30k, scenes, classify, couplets, chat)
    for recipe in room.RECIPES
}
# what the book prints: beside the package in a clone, nowhere in an installation
RECORDED = Path(__file__).parents[2] / "book/results"


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    top = argparse.ArgumentParser(
        prog="python -m course_lib.recipes",
        description="Train what the book's recorded results were measured with.",
    )
    top.add_argument("name", nargs="?", choices=sorted(RECIPES), help="which recipe")
    top.add_argument("--list", action="store_true", help="say what there is, and end")
    top.add_argument("--variants", nargs="+", default=[], help="some of its models")
    top.add_argument(
        "--seeds",
        nargs="+",
        type=int,
        default=[0, 1, 2],
        help="one run of each model with each (0 1 2 unless told)",
    )
    top.add_argument("--device", choices=["cpu", "cuda"], help="default: a GPU if any")
    top.add_argument(
        "--budget", type=seconds, help="at most so many seconds of training a run"
    )
    top.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="keep finished runs and go on from checkpoints (the default)",
    )
    top.add_argument(
        "--work",
        type=Path,
        default=Path("build/recipes"),
        help="for checkpoints, weights and what each run found (build/recipes unless "
        "told)",
    )
    top.add_argument(
        "--ship", action="store_true", help="NAME's models into course_lib/weights"
    )
    top.add_argument(
        "--out",
        type=Path,
        help="for the result file: beside the checkpoints unless told; book/results "
        "records it",
    )
    return top


def seconds(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def main(arguments: list[str] | None = None) -> int:
    """Run one recipe, or list all."""
    asked = parser().parse_args(arguments)
    if asked.device == "cuda" and not torch.cuda.is_available():
        parser().error("PyTorch sees no GPU here: leave out --device, or say cpu")
    if asked.ship and not asked.name:
        parser().error("whose models? NAME --ship")
    try:
        return run(asked)
    except (Refused, DataUnavailable, ImportError) as error:
        parser().error(str(error))


def run(asked: argparse.Namespace) -> int:
    """What was asked for."""
    if asked.list or not asked.name:
        for recipe in RECIPES.values():
            cpu, gpu = (
                "not measured" if m is None else f"{m:g} min" for m in recipe.minutes
            )
            print(f"{recipe.name}: {recipe.about}")
            print(f"  variants  {'; '.join(recipe.variants)}")
            print(f"  data      {', '.join(recipe.data) or 'comes with the packages'}")
            print(f"  a run     {cpu} (slowest model) on one core, {gpu} on a GPU")
            print(f"  recorded  {of_the_book(recipe, asked.out)}")
        return 0
    if asked.ship:
        ours = [k for k, one in weights.ORIGINS.items() if one.recipe == asked.name]
        if not ours:
            there = sorted({one.recipe for one in weights.ORIGINS.values()})
            print(f"no model of {asked.name} ships; there are models of {there}")
            return 1
        for name in ours:
            print(weights.ship(name, asked.work, RECIPES[asked.name]))
        return 0
    recipe, out = RECIPES[asked.name], asked.out or asked.work
    book = of_the_book(recipe)  # read before --out may replace it
    path = study(
        recipe,
        variants=asked.variants,
        seeds=asked.seeds,
        work=asked.work,
        out=out,
        device=asked.device,
        budget=asked.budget,
        resume=asked.resume,
    )
    print(path)
    print(f"here      {recorded(recipe, out)}")
    print(f"the book  {book}")
    return 0


def of_the_book(recipe: Recipe, out: Path | None = None) -> str:
    """What the book prints, or another folder holds."""
    if out is None and not RECORDED.exists():
        return "see the page of recorded results: only a clone has the files"
    return recorded(recipe, out or RECORDED)


if __name__ == "__main__":
    sys.exit(main())
