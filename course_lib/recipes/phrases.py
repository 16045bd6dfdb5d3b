"""Accuracy against length at full size: Figure 2 of Bahdanau et al. (2015)."""

from typing import Any

import torch

from ..data import g2p
from ..data.batching import ByLength
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


def run(variant: str, seed: int, place: Place) -> Metrics:
    """Train on phrases of up to 25 letters; PER by length up to 45."""
    task = g2p.phrases(
        max_letters=SIZE["trained to"],
        test_letters=SIZE["tested to"],
        sizes=(40_000, 500, 1_800),
    )
    torch.manual_seed(seed)
    n_src, n_tgt = len(task.src_vocab), len(task.tgt_vocab)
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
    model = Seq2Seq(encoder, decoder)
    vocabs = task.src_vocab, task.tgt_vocab
    batches = ByLength(task.train, *vocabs, SIZE["batch"], seed=seed)
    train(model, batches, SIZE, seed, place)
    numbers = keep(model, place)
    outputs = translate(model, task.test, *vocabs, max_len=100)
    hyps = [out.tokens for out in outputs]
    refs = [[pair.tgt] for pair in task.test]
    lengths = [len(pair.src) for pair in task.test]
    rates = by_length(error_rate, hyps, refs, lengths)
    found = {f"PER, {n - 4} to {n} letters": rate for n, rate in rates.items()}
    return {"PER": error_rate(hyps, refs), **found, "parameters": numbers}


RECIPES = (
    Recipe(
        "phrases",
        "Phone errors by the length of a phrase, with and without attention.",
        VARIANTS,
        (),
        SIZE,
        (7, None),
        run,
    ),
)
