"""A recipe, and what its runs share: settings, training, keeping the weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor, nn

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
