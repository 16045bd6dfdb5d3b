"""Trained models that come with the package, and load without a connection.

Each is one run of a recipe (`course_lib.recipes`), rounded to half precision; the
texts that it learnt from do not ship. Its card says what it was trained with and how
good it is on held-out data. Nobody should build on these models: they are made to be
looked at.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from ..data import chat as small_talk
from ..data import sick
from ..data.batching import Task
from ..data.documents import Corpus
from ..data.pictures import PictureTask
from ..data.vocab import SPECIALS, Vocab
from ..recipes import (
    Recipe,
    Refused,
    chat,
    classify,
    couplets,
    g2p,
    phrases,
    same,
    scenes,
)

FOLDER = Path(__file__).parent
SIDES = ("source", "target")  # vocabularies in a file


class Trained(NamedTuple):
    """A model in evaluation mode, its vocabularies, and what its card says.

    Attributes:
        model: a `Seq2Seq`, a `Captioner` or a classifier.
        src_vocab: of what it reads; None if that is a picture.
        tgt_vocab: of what it writes; None for a classifier.
        labels: the names of a classifier's classes, else empty.
        card: where it comes from, and how good it is.
    """

    model: Any
    src_vocab: Any
    tgt_vocab: Any
    labels: tuple[str, ...]
    card: dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """Which run of which recipe a model is, and how it is built and judged."""

    about: str
    recipe: str
    variant: str
    seed: int
    build: Callable[[str, int, int], nn.Module]  # variant, sizes of the vocabularies
    task: Callable[[], Any]
    evaluate: Callable[[Any, Any], dict[str, float]]
    data: str


def _speller(decoder: str, variant: str) -> Origin:
    """One of the larger models that read words aloud."""
    return Origin(
        f"English spelling to phones (CMUdict without stress); {decoder}",
        "g2p_large",
        variant,
        0,
        lambda variant, n, m: g2p.build(variant, g2p.LARGE, n, m),
        partial(g2p.task, g2p.LARGE["split"]),
        lambda model, task: g2p.evaluate(model, task, task.test),
        "CMU Pronouncing Dictionary, the split of Yao and Zweig; BSD licence",
    )


ORIGINS = {
    "letters": _speller("Bahdanau's decoder", "additive"),
    "letters_general": _speller("Luong's general score", "general"),
    "phrases": Origin(
        "phrases of up to 25 letters to phones; additive attention",
        "phrases",
        "additive",
        0,
        phrases.build,
        phrases.task,
        phrases.evaluate,
        "CMU Pronouncing Dictionary, phrases of random words; BSD licence",
    ),
    "couplets": Origin(
        "the lower line of a couplet from its upper line; local-m attention",
        "couplets",
        "local-m",
        0,
        lambda variant, n, _: couplets.build(variant, n),
        couplets.task,
        lambda model, task: couplets.evaluate(model, task, task.test),
        "couplets of Tang poets (public domain)",
    ),
    "chitchat": Origin(
        "an assistant's small talk, about ninety answers; Luong's general score",
        "chat",
        "general",
        0,
        chat.build,
        small_talk.chitchat,
        chat.evaluate,
        "Microsoft PersonalityChat, professional; MIT licence",
    ),
    "scenes": Origin(
        "captions of one to three drawn shapes; soft attention over a grid of 15 x 15",
        "scenes",
        "soft",
        0,
        lambda variant, _, n: scenes.build(variant, n),
        scenes.task,
        lambda model, task: scenes.evaluate(model, task, task.test),
        "scenes that the course draws",
    ),
    "reviews": Origin(
        "good and bad film reviews; attention over words and over sentences",
        "movie_reviews",
        "attention",
        0,
        lambda variant, n, _: classify.build_review(variant, n),
        classify.films,
        partial(classify.evaluate, pairs=False),
        "movie reviews of Pang and Lee, polarity 2.0; CC BY 4.0",
    ),
    "pairs": Origin(
        "does one sentence entail another, contradict it, or neither; ABCNN-1",
        "sick",
        "ABCNN-1",
        0,
        lambda variant, n, _: classify.build_pair(variant, n),
        sick.load,
        partial(classify.evaluate, pairs=True),
        "SICK, sentences involving compositional knowledge; CC BY-NC-SA 3.0 (not "
        "verified), so keep the model to study",
    ),
}


def load(name: str) -> Trained:
    """The trained model of that name, on the CPU, in single precision.

    Raises:
        ValueError: if none has that name.
    """
    with safe_open(_path(name), "pt") as file:
        about = file.metadata()
    src, tgt = (
        Vocab(json.loads(about[side])) if side in about else None for side in SIDES
    )
    model = _build(name, src, tgt)
    model.load_state_dict(load_file(_path(name)))  # copied, so in single precision
    card = json.loads(about["card"])
    return Trained(model.eval(), src, tgt, tuple(card.get("labels", ())), card)


def ship(name: str, work: Path, recipe: Recipe) -> Path:
    """Put the run of a recipe among the models that ship, judged as it ships.

    Args:
        name: one of `ORIGINS`.
        work: the folder in which the recipe kept its runs.
        recipe: the recipe of that name, as it is today.

    Returns:
        The file. Its card is inside, and beside it as text.

    Raises:
        ValueError: if no model has that name.
        Refused: if the run has not been made, was cut short by a budget, or was made
            with other settings.
    """
    origin = _origin(name)
    folder = work / origin.recipe / f"{origin.variant}-{origin.seed}"
    command = (
        f"python -m course_lib.recipes {origin.recipe} "
        f'--variants "{origin.variant}" --seeds {origin.seed}'
    )
    if not (folder / "result.json").exists():
        raise Refused(f"{name} is not there yet: {command} --work {work}")
    run = same(recipe, folder / "result.json")
    if run["budget"] is not None:
        raise Refused(f"{name} was cut short by a budget: {command} --no-resume")
    task = origin.task()
    vocabs = _vocabs(task)
    weights = load_file(folder / "weights.safetensors")
    model = _build(name, *vocabs)
    model.load_state_dict(weights)
    found = origin.evaluate(model.eval(), task)
    card = {
        "about": origin.about,
        "recipe": command,
        "results": f"book/results/{origin.recipe}.json",
        "data": origin.data,
        "hardware": run["hardware"],
        "versions": run["versions"],
        "commit": run["commit"],
        "parameters": sum(p.numel() for p in model.parameters()),
        "held-out data, as shipped": {k: round(v, 5) for k, v in found.items()},
    }
    if isinstance(task, Corpus):
        card["labels"] = list(task.labels)
    about = {"card": json.dumps(card)}
    for side, vocab in zip(SIDES, vocabs, strict=True):
        if vocab is not None:
            about[side] = json.dumps(vocab.tokens[len(SPECIALS) :], ensure_ascii=False)
    save_file(weights, _path(name), about)
    _path(name).with_suffix(".md").write_text(_text(name, card), encoding="utf-8")
    return _path(name)


def _origin(name: str) -> Origin:
    if name not in ORIGINS:
        raise ValueError(f"no model {name!r} ships; there are {sorted(ORIGINS)}")
    return ORIGINS[name]


def _vocabs(task: Task | PictureTask | Corpus) -> tuple[Vocab | None, Vocab | None]:
    """Of what is read, and of what is written."""
    if isinstance(task, PictureTask):
        return None, task.vocab
    if isinstance(task, Corpus):
        return task.vocab, None
    return task.src_vocab, task.tgt_vocab


def _build(name: str, *vocabs: Vocab | None) -> nn.Module:
    """The model before its training."""
    n, m = (0 if vocab is None else len(vocab) for vocab in vocabs)
    origin = _origin(name)
    return origin.build(origin.variant, n, m)


def _path(name: str) -> Path:
    _origin(name)
    return FOLDER / f"{name}.safetensors"


def _text(name: str, card: dict[str, Any]) -> str:
    """The card as a page."""
    rows = [
        f"| {key} | {value:g} |"
        for key, value in card["held-out data, as shipped"].items()
    ]
    return "\n".join(
        [
            f"# {name}",
            "",
            f"{card['about'][0].upper()}{card['about'][1:]}. "
            f"{card['parameters']:,} parameters in half precision.",
            "",
            f"- Repeat it: `{card['recipe']}`, at commit {card['commit']}, "
            f"torch {card['versions']['torch']}, {card['hardware']}.",
            f"- Learnt from: {card['data']}. The texts do not ship.",
            f"- All runs of the recipe: `{card['results']}`.",
            "- For the course only: a small model that makes mistakes, and knows "
            "nothing but its data.",
            "",
            "| on held-out data, as shipped | |",
            "|---|---:|",
            *rows,
            "",
        ]
    )
