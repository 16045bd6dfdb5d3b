"""Accuracy against length at full size: Figure 2 of Bahdanau et al. (2015)."""

import functools
from typing import Any

import torch

from ..data import g2p
from ..data.batching import ByLength, Task
from ..decoders import BahdanauDecoder, ChoDecoder
from ..encoders import RNNEncoder
from ..local import LocalM
from ..luong import LuongDecoder
from ..metrics import by_length, error_rate
from ..models import Seq2Seq
from ..search import translate
from . import Metrics, Place, Recipe, keep, train

SIZE: dict[str, Any] = {
    "d_e": 64,
    "d_s": 128,
    "batch": 64,
    "steps": 6000,
    "lr": 2e-3,
    "D": 4,
    "trained to": 25,
    "tested to": 45,
}
VARIANTS = ("without attention", "additive", "general", "local-m")


@functools.lru_cache(maxsize=1)
def task() -> Task:
    """The phrases, drawn once for all runs."""
    return g2p.phrases(
        max_letters=SIZE["trained to"],
        test_letters=SIZE["tested to"],
        sizes=(40_000, 500, 1_800),
    )


def build(variant: str, n_src: int, n_tgt: int) -> Seq2Seq:
    """The model of a variant."""
    d_e, d_s = SIZE["d_e"], SIZE["d_s"]
    fixed = variant == "without attention"
    encoder = RNNEncoder(n_src, d_e, d_s, bidirectional=not fixed)
    widths = (n_tgt, d_e, d_s, encoder.d_h, encoder.d_s0)
    if fixed:
        decoder: Any = ChoDecoder(n_tgt, d_e, d_s, encoder.d_s0)
    elif variant == "additive":
        decoder = BahdanauDecoder(*widths)
    else:
        window = LocalM(SIZE["D"]) if variant == "local-m" else None
        decoder = LuongDecoder(*widths, window=window)
    return Seq2Seq(encoder, decoder)


def run(variant: str, seed: int, place: Place) -> Metrics:
    """Train on phrases of up to 25 letters; PER by length up to 45."""
    drawn = task()
    torch.manual_seed(seed)
    vocabs = drawn.src_vocab, drawn.tgt_vocab
    model = build(variant, len(vocabs[0]), len(vocabs[1]))
    batches = ByLength(drawn.train, *vocabs, SIZE["batch"], seed=seed)
    train(model, batches, SIZE, seed, place)
    return evaluate(model, drawn) | {"parameters": keep(model, place)}


def evaluate(model: Seq2Seq, drawn: Task) -> Metrics:
    """PER of greedy search on the test phrases, in all and by length."""
    vocabs = drawn.src_vocab, drawn.tgt_vocab
    outputs = translate(model, drawn.test, *vocabs, max_len=100)
    hyps = [out.tokens for out in outputs]
    refs = [[pair.tgt] for pair in drawn.test]
    lengths = [len(pair.src) for pair in drawn.test]
    rates = by_length(error_rate, hyps, refs, lengths)
    found = {f"PER, {n - 4} to {n} letters": rate for n, rate in rates.items()}
    return {"PER": error_rate(hyps, refs), **found}


RECIPES = (
    Recipe(
        "phrases",
        "Phone errors by the length of a phrase, with and without attention.",
        VARIANTS,
        (),
        SIZE,
        (10, None),
        run,
    ),
)
