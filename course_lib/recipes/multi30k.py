"""Captions from German to English: each architecture's own step up in BLEU."""

import functools
from typing import Any

import torch

from ..data import multi30k
from ..data.batching import ByLength, Task
from ..decoders import BahdanauDecoder, ChoDecoder
from ..encoders import RNNEncoder
from ..local import LocalP
from ..losses import teacher_forcing
from ..luong import LuongDecoder
from ..metrics import bleu, by_length
from ..models import Seq2Seq
from ..search import translate
from ..transformer import TransformerDecoder, TransformerEncoder
from . import Metrics, Place, Recipe, keep, own, train

MAX_LEN = 60  # tokens in an output, at most
SIZE: dict[str, Any] = {
    "d_e": 256,
    "d_s": 256,
    "dropout": 0.4,
    "batch": 64,
    "epochs": 12,
    "lr": 1e-3,
    "label_smoothing": 0.1,
    "mixed_precision": "bf16",
    "D": 5,
    "Transformer": "3 + 3 layers, d_model 256, 8 heads, d_ff 512",
    "own": {"Transformer": {"dropout": 0.2}},
    "BLEU": "sacreBLEU, 13a, test 2016 (flickr), both sides in lower case",
    "BLEU, cased": "captions as they are against outputs with a first capital",
    "weights": "of the best of ten looks at the validation captions",
}
VARIANTS = (
    "fixed context",
    "Bahdanau",
    "Luong general, feeding",
    "local-p",
    "Transformer",
)


@functools.lru_cache(maxsize=1)
def task() -> Task:
    """The captions, read once for all runs."""
    return multi30k.load()


def build(variant: str, n_src: int, n_tgt: int) -> Seq2Seq:
    """The model of a variant."""
    size = own(SIZE, variant)
    d_e, d_s, dropout = size["d_e"], size["d_s"], size["dropout"]
    if variant == "Transformer":
        sizes = (256, 8, 512, 3)
        return Seq2Seq(
            TransformerEncoder(n_src, *sizes, dropout=dropout),
            TransformerDecoder(n_tgt, *sizes, dropout=dropout),
        )
    fixed = variant == "fixed context"
    encoder = RNNEncoder(n_src, d_e, d_s, bidirectional=not fixed, dropout=dropout)
    if fixed:
        return Seq2Seq(encoder, ChoDecoder(n_tgt, d_e, d_s, encoder.d_s0))
    widths = (n_tgt, d_e, d_s, encoder.d_h, encoder.d_s0)
    if variant == "Bahdanau":
        return Seq2Seq(encoder, BahdanauDecoder(*widths, dropout=dropout))
    window = LocalP(d_s, d_s, SIZE["D"]) if variant == "local-p" else None
    decoder = LuongDecoder(*widths, window=window, feed_input=True, dropout=dropout)
    return Seq2Seq(encoder, decoder)


def run(variant: str, seed: int, place: Place) -> Metrics:
    """Train one model, then score its captions of test 2016.

    Metrics are BLEU of a beam of 5 (in lower case, cased, and by the number of source
    words), BLEU of greedy search, and the number of parameters.
    """
    captions = task()
    torch.manual_seed(seed)
    vocabs = captions.src_vocab, captions.tgt_vocab
    model = build(variant, len(vocabs[0]), len(vocabs[1]))
    batches = ByLength(captions.train, *vocabs, SIZE["batch"], seed=seed)
    unseen = list(ByLength(captions.val, *vocabs, SIZE["batch"], seed=seed))

    def validate(model: Any) -> float:
        losses = [
            teacher_forcing(model, x.to(next(model.parameters()).device))
            for x in unseen
        ]
        return float(torch.stack(losses).mean())

    train(
        model,
        batches,
        SIZE,
        seed,
        place,
        loss=functools.partial(
            teacher_forcing, label_smoothing=SIZE["label_smoothing"]
        ),
        validate=validate,
    )
    return evaluate(model, captions) | {"parameters": keep(model, place)}


def evaluate(model: Seq2Seq, captions: Task) -> Metrics:
    """BLEU on the test captions as their writers left them, not as tokens."""
    sides = zip(
        *(multi30k.captions("test", side) for side in ("de", "en")), strict=True
    )
    written = [y for x, y in sides if multi30k.tokens(x) and multi30k.tokens(y)]
    refs = [[caption.lower()] for caption in written]

    def write(**search: Any) -> list[str]:
        vocabs = captions.src_vocab, captions.tgt_vocab
        outputs = translate(model, captions.test, *vocabs, max_len=MAX_LEN, **search)
        return [multi30k.text(out.tokens) for out in outputs]

    hyps = write(width=5, length_penalty=1.0)
    cased = [hyp[:1].upper() + hyp[1:] for hyp in hyps]
    lengths = [len(pair.src) for pair in captions.test]
    long = by_length(_bleu, hyps, refs, lengths, width=8)
    return {
        "BLEU": _bleu(hyps, refs),
        "BLEU, greedy": _bleu(write(), refs),
        "BLEU, cased": _bleu(cased, [[caption] for caption in written]),
        **{f"BLEU, {n - 7} to {n} words": score for n, score in long.items()},
    }


def _bleu(hyps: Any, refs: Any) -> float:
    return bleu(hyps, refs).score


RECIPES = (
    Recipe(
        "multi30k",
        "German captions to English: what each architecture adds.",
        VARIANTS,
        tuple(
            f"multi30k/{part}.{language}.gz"
            for part in multi30k.PARTS.values()
            for language in ("de", "en")
        ),
        SIZE,
        (66, None),
        run,
        tuple(
            {"model": model, "BLEU, greedy": score, "source": source, "checked": False}
            for model, score, source in (
                ("fixed context, Sutskever", 13.8, "bentrevett's notebooks"),
                ("fixed context, Cho", 20.6, "bentrevett's notebooks"),
                ("Bahdanau", 28.3, "bentrevett's notebooks"),
                ("Transformer", 36.5, "bentrevett's notebooks"),
            )
        ),
    ),
)
