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

from ..data import chat as small_talk
from ..data.vocab import SPECIALS, Vocab
from ..models import Seq2Seq
from ..recipes import chat, couplets, g2p

FOLDER = Path(__file__).parent


class Trained(NamedTuple):
    """A model in evaluation mode, its vocabularies, and what its card says."""

    model: Seq2Seq
    src_vocab: Vocab
    tgt_vocab: Vocab
    card: dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """Which run of which recipe a model is, and how it is built and judged."""

    about: str
    recipe: str
    variant: str
    seed: int
    build: Callable[[int, int], Seq2Seq]
    task: Callable[[], Any]
    evaluate: Callable[[Seq2Seq, Any], dict[str, float]]
    data: str


ORIGINS = {
    "letters": Origin(
        "English spelling to phones (CMUdict without stress); additive attention",
        "g2p",
        "additive",
        0,
        partial(g2p.build, "additive", g2p.SMALL),
        partial(g2p.task, g2p.SMALL["split"]),
        lambda model, task: g2p.evaluate(model, task, task.test),
        "CMU Pronouncing Dictionary, the split of Yao and Zweig; BSD licence",
    ),
    "couplets": Origin(
        "the lower line of a couplet from its upper line; local-m attention",
        "couplets",
        "local-m",
        0,
        lambda n, _: couplets.build("local-m", n),
        couplets.task,
        lambda model, task: couplets.evaluate(model, task, task.test),
        "couplets of Tang poets (public domain)",
    ),
    "chitchat": Origin(
        "an assistant's small talk, about ninety answers; Luong's general score",
        "chat",
        "general",
        0,
        partial(chat.build, "general"),
        small_talk.chitchat,
        chat.evaluate,
        "Microsoft PersonalityChat, professional; MIT licence",
    ),
}


def load(name: str) -> Trained:
    """The trained model of that name, on the CPU, in single precision.

    Raises:
        ValueError: if none has that name.
    """
    with safe_open(_path(name), "pt") as file:
        about = file.metadata()
    src, tgt = (Vocab(json.loads(about[side])) for side in ("source", "target"))
    model = _origin(name).build(len(src), len(tgt))
    model.load_state_dict(load_file(_path(name)))  # copied, so in single precision
    return Trained(model.eval(), src, tgt, json.loads(about["card"]))


def ship(name: str, work: Path) -> Path:
    """Put the run of a recipe among the models that ship, judged as it ships.

    Args:
        name: one of `ORIGINS`.
        work: the folder in which the recipe kept its runs.

    Returns:
        The file. Its card is inside, and beside it as text.

    Raises:
        ValueError: if no model has that name.
        FileNotFoundError: if the run has not been made.
    """
    origin = _origin(name)
    folder = work / origin.recipe / f"{origin.variant}-{origin.seed}"
    run = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    task = origin.task()
    vocabs = task.src_vocab, task.tgt_vocab
    weights = load_file(folder / "weights.safetensors")
    model = origin.build(len(vocabs[0]), len(vocabs[1]))
    model.load_state_dict(weights)
    found = origin.evaluate(model.eval(), task)
    card = {
        "about": origin.about,
        "recipe": f"python -m course_lib.recipes {origin.recipe} "
        f'--variants "{origin.variant}" --seeds {origin.seed}',
        "results": f"book/results/{origin.recipe}.json",
        "data": origin.data,
        "hardware": run["hardware"],
        "versions": run["versions"],
        "commit": run["commit"],
        "parameters": sum(p.numel() for p in model.parameters()),
        "held-out data, as shipped": {k: round(v, 5) for k, v in found.items()},
    }
    about = {"card": json.dumps(card)}
    for side, vocab in zip(("source", "target"), vocabs, strict=True):
        about[side] = json.dumps(vocab.tokens[len(SPECIALS) :], ensure_ascii=False)
    save_file(weights, _path(name), about)
    _path(name).with_suffix(".md").write_text(_text(name, card), encoding="utf-8")
    return _path(name)


def _origin(name: str) -> Origin:
    if name not in ORIGINS:
        raise ValueError(f"no model {name!r} ships; there are {sorted(ORIGINS)}")
    return ORIGINS[name]


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
