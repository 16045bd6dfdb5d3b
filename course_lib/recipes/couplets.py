"""Couplets of the Tang: does the lower line keep the rules, and whose words are they?

The tones of all but a few rare characters ship with the course. Parts of speech are
known for the course's own lexicon only, and are judged where both characters are in it.
"""

import functools
from collections.abc import Sequence
from typing import Any

import torch

from .. import couplets as form
from ..data import couplets
from ..data.batching import ByLength, Pair, Task
from ..decoders import ChoDecoder
from ..encoders import RNNEncoder
from ..local import LocalM
from ..luong import LuongDecoder
from ..metrics import error_rate
from ..models import Seq2Seq
from ..search import translate
from . import Metrics, Place, Recipe, keep, train

# These sizes keep the weights below four megabytes in half precision.
SIZE: dict[str, Any] = {
    "min_count": 5,
    "d_e": 96,
    "d_s": 160,
    "dropout": 0.2,
    "batch": 128,
    "epochs": 15,
    "lr": 2e-3,
    "D": 1,
}
VARIANTS = ("none", "general", "local-m")


@functools.lru_cache(maxsize=1)
def task() -> Task:
    """The couplets, read once for all runs."""
    return couplets.tang(SIZE["min_count"])


def build(variant: str, n_vocab: int) -> Seq2Seq:
    """The model of a variant.

    Raises:
        ValueError: for an unknown one.
    """
    if variant not in VARIANTS:
        raise ValueError(f"no variant {variant!r}; there are {VARIANTS}")
    d_e, d_s, dropout = SIZE["d_e"], SIZE["d_s"], SIZE["dropout"]
    both = variant != "none"
    encoder = RNNEncoder(n_vocab, d_e, d_s, bidirectional=both, dropout=dropout)
    if variant == "none":
        return Seq2Seq(encoder, ChoDecoder(n_vocab, d_e, d_s, encoder.d_s0))
    decoder = LuongDecoder(
        *(n_vocab, d_e, d_s, encoder.d_h, encoder.d_s0),
        window=LocalM(SIZE["D"]) if variant == "local-m" else None,
        dropout=dropout,
    )
    return Seq2Seq(encoder, decoder)


def run(variant: str, seed: int, place: Place) -> Metrics:
    """Train on the couplets; each rule kept, with and without a beam that is bound."""
    verses = task()
    vocab = verses.src_vocab
    torch.manual_seed(seed)
    model = build(variant, len(vocab))
    batches = ByLength(verses.train, vocab, vocab, SIZE["batch"], seed=seed)
    train(model, batches, SIZE, seed, place)
    found = evaluate(model, verses, verses.test)
    return found | {"parameters": keep(model, place)}


def evaluate(model: Seq2Seq, verses: Task, pairs: Sequence[Pair]) -> Metrics:
    """Shares of lines that keep each rule, and of characters that are the poet's.

    Under the rules some upper lines have no answer: those that end level, since the
    lower one may not. Their share is "no answer"; all else "under the rules" is of the
    lines that were answered, and "beam 5, CER of the same" is the free beam's on these.
    """
    uppers, refs = [p.src for p in pairs], [p.tgt for p in pairs]
    free, bound = (write(model, verses, pairs, rules) for rules in ((), form.RULES))
    every, answered = range(len(pairs)), [k for k, line in enumerate(bound) if line]

    def cer(lines: Sequence[Sequence[str]], of: Sequence[int]) -> float:
        return error_rate([lines[k] for k in of], [[refs[k]] for k in of])

    found: Metrics = {}
    for name, lines, of in (
        ("poet", refs, every),
        ("beam 5", free, every),
        ("beam 5 under the rules", bound, answered),
    ):
        shares = form.measure([uppers[k] for k in of], [lines[k] for k in of])
        found |= {f"{name}, {rule}": share for rule, share in shares.items()}
        if lines is not refs:
            found[f"{name}, CER"] = cer(lines, of)
    found["beam 5 under the rules, no answer"] = 1 - len(answered) / len(pairs)
    found["beam 5, CER of the same"] = cer(free, answered)
    return found


def write(
    model: Seq2Seq,
    verses: Task,
    pairs: Sequence[Pair],
    rules: Sequence[str] = form.RULES,
) -> list[list[str]]:
    """The best of a beam of 5 for each pair; [] where the rules allow nothing."""
    vocab = verses.src_vocab

    def constrain(together: Sequence[Pair]) -> form.Constraint:
        return form.constraint([pair.src for pair in together], vocab, rules)

    outputs = translate(
        model,
        pairs,
        vocab,
        vocab,
        max_len=max(len(pair.src) for pair in pairs) + 3,
        width=5,
        constrain=constrain if rules else None,
    )
    return [out.tokens for out in outputs]


RECIPES = (
    Recipe(
        "couplets",
        "Lower lines for Tang couplets, with and without attention and rules.",
        VARIANTS,
        (couplets.KEY,),
        SIZE,
        (7, None),
        run,
        score="beam 5 under the rules, CER",
    ),
)
