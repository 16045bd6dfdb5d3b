"""Letters to phones: which attention reads English spelling best?

Stress is dropped; a word is right if the output is one of its pronunciations.  One
variant is no network: joint n-grams, by Phonetisaurus, on the same pairs.
"""

import functools
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from ..data import g2p
from ..data.batching import ByLength, Pair
from ..decoders import BahdanauDecoder, ChoDecoder
from ..encoders import RNNEncoder
from ..local import LocalM, LocalP, Window
from ..losses import teacher_forcing
from ..luong import LuongDecoder
from ..metrics import by_length, error_rate, exact_match
from ..models import Seq2Seq
from ..scores import dot
from ..search import translate
from ..transformer import TransformerDecoder, TransformerEncoder
from . import Metrics, Place, Recipe, keep, own, train

MAX_LEN = 40  # phones in an output, at most
D = 4  # how far a local window reaches
DEEP = "additive, two layers"
LONG = "additive, two layers, longer"

SMALL = {
    "split": "published",
    "d_e": 64,
    "d_s": 128,
    "dropout": 0.0,
    "batch": 128,
    "epochs": 10,
    "lr": 3e-3,
    "label_smoothing": 0.0,
    "luong_rnn": "gru",
    "D": D,
    "dot": "each direction of the encoder has d_s / 2, as the keys must fit",
    "Transformer": "2 + 2 layers, d_model 128, 4 heads, d_ff 512",
    "own": {"transformer": {"lr": 1.5e-3, "dropout": 0.1}},
}
LARGE: dict[str, Any] = SMALL | {
    "d_s": 256,
    "dropout": 0.2,
    "batch": 64,
    "epochs": 30,
    "lr": 2e-3,
    "label_smoothing": 0.1,
    "mixed_precision": "bf16",
    "luong_rnn": "lstm",  # as in his paper; Cho's and Bahdanau's cell is the GRU
    "Transformer": "4 + 4 layers, d_model 256, 4 heads, d_ff 1024",
    "own": {
        "transformer": {"lr": 1e-3},
        # they go step by step: batches that are larger and fewer save time
        "additive": {"batch": 128},
        DEEP: {"batch": 128, "layers": 2},  # of the encoder
        LONG: {"batch": 128, "layers": 2, "restart": {"epochs": 20, "lr": 1e-3}},
        "general, input feeding": {"batch": 128},
    },
}
STABLE = LARGE | {"split": "stable"}
VARIANTS = (
    "none",
    "additive",
    "general",
    "dot",
    "general, input feeding",
    "local-m",
    "local-p",
    "transformer",
)
NGRAMS = "joint 8-grams"  # the default order of Phonetisaurus
# the n-grams first: a package that is missing is missed at once
LARGER = (NGRAMS, *VARIANTS, DEEP, LONG)
TRAINING = "WER, training words"


@functools.lru_cache(maxsize=1)
def task(split: str) -> g2p.G2P:
    """The words, read once for all runs."""
    return g2p.load(split)


def build(variant: str, size: dict[str, Any], n_src: int, n_tgt: int) -> Seq2Seq:
    """The model of a variant.

    Raises:
        ValueError: for an unknown one.
    """
    d_e, d_s, dropout = size["d_e"], size["d_s"], size["dropout"]
    rnn = "gru" if variant in ("none", "additive", DEEP, LONG) else size["luong_rnn"]
    if variant == "transformer":
        d, layers = (256, 4) if size["d_s"] > 128 else (128, 2)
        sizes = (d, 4, 4 * d, layers)
        encoder: Any = TransformerEncoder(n_src, *sizes, dropout=dropout)
        return Seq2Seq(encoder, TransformerDecoder(n_tgt, *sizes, dropout=dropout))
    if variant == "dot":  # query and key must be of one width: d_s / 2 a direction
        encoder = RNNEncoder(n_src, d_e, d_s // 2, rnn=rnn, dropout=dropout)
    else:
        encoder = RNNEncoder(
            n_src,
            d_e,
            d_s,
            bidirectional=variant != "none",
            rnn=rnn,
            dropout=dropout,
            layers=own(size, variant).get("layers", 1),
        )
    if variant == "none":
        decoder: Any = ChoDecoder(n_tgt, d_e, d_s, encoder.d_s0)
        return Seq2Seq(encoder, decoder)
    widths = (n_tgt, d_e, d_s, encoder.d_h, encoder.d_s0)
    if variant in ("additive", DEEP, LONG):
        return Seq2Seq(encoder, BahdanauDecoder(*widths, dropout=dropout))
    windows: dict[str, Window] = {
        "local-m": LocalM(D),
        "local-p": LocalP(d_s, d_s, D),
    }
    if variant not in VARIANTS:
        raise ValueError(f"no variant {variant!r}; there are {VARIANTS}")
    decoder = LuongDecoder(
        *widths,
        score=dot if variant == "dot" else None,
        window=windows.get(variant),
        feed_input=variant == "general, input feeding",
        rnn=rnn,
        dropout=dropout,
    )
    return Seq2Seq(encoder, decoder)


def run(size: dict[str, Any], variant: str, seed: int, place: Place) -> Metrics:
    """Train one model, keep its weights in half precision, score it on the test words.

    `NGRAMS` are counted, not trained: they keep no weights, and no seed matters.

    Metrics are fractions: PER and WER of greedy search, WER of a beam of 5, WER by the
    length of the word and on words of the training, and the number of parameters.
    """
    words, size = task(size["split"]), own(size, variant)
    if variant == NGRAMS:
        return joint_ngrams(words)
    torch.manual_seed(seed)
    model = build(variant, size, len(words.src_vocab), len(words.tgt_vocab))
    batches = ByLength(
        words.train, words.src_vocab, words.tgt_vocab, size["batch"], seed=seed
    )
    train(
        model,
        batches,
        size,
        seed,
        place,
        loss=functools.partial(
            teacher_forcing, label_smoothing=size["label_smoothing"]
        ),
    )
    some = some_of(words.train)
    return {
        **evaluate(model, words, words.test),
        TRAINING: wrong(written(model, words, some), words.references_of(some)),
        "parameters": keep(model, place),
    }


def joint_ngrams(words: g2p.G2P) -> Metrics:
    """Phonetisaurus: p(x, y) by n-grams of letters joined with their phones.

    Raises:
        ImportError: if the package is not installed.
        RuntimeError: if it writes nothing at all.

    Reference:
        Novak, Minematsu & Hirose 2016.
    """
    try:
        import phonetisaurus
    except ImportError as error:
        raise ImportError(
            f"{NGRAMS} are made by Phonetisaurus: pip install phonetisaurus (Linux), "
            "or choose other variants with --variants"
        ) from error
    lexicon = defaultdict(list)
    for pair in words.train:
        lexicon["".join(pair.src)].append(list(pair.tgt))
    some = some_of(words.train)
    asked = ["".join(pair.src) for pair in (*words.test, *some)]
    with TemporaryDirectory() as folder:  # its programs fail where a path has a space
        path = Path(folder) / "ngrams.fst"
        phonetisaurus.train(lexicon, path)
        found = dict(phonetisaurus.predict(asked, path))
    if not found:
        raise RuntimeError("Phonetisaurus wrote nothing: see its messages above")

    # a word for which nothing was written is wrong
    hyps = [found.get(word, []) for word in asked]
    n = len(words.test)
    return {
        **scores(hyps[:n], words, words.test),
        TRAINING: wrong(hyps[n:], words.references_of(some)),
    }


def scores(hyps: list[list[str]], words: g2p.G2P, pairs: Sequence[Pair]) -> Metrics:
    """PER and WER; WER by the length of the word, and with and without `relatives`."""
    refs = words.references_of(pairs)
    lengths = [len(pair.src) for pair in pairs]
    by_letters = by_length(wrong, hyps, refs, lengths, width=4)
    found = {
        "PER": error_rate(hyps, refs),
        "WER": wrong(hyps, refs),
        **{f"WER, {n - 3} to {n} letters": rate for n, rate in by_letters.items()},
    }
    known = relatives(pairs, words.train)
    for name, group in (("relative known", True), ("no relative known", False)):
        own = [i for i, has in enumerate(known) if has == group]
        if own:
            some = [hyps[i] for i in own], [refs[i] for i in own]
            found[f"WER, {name}"] = wrong(*some)
    return found


def relatives(pairs: Sequence[Pair], train: Sequence[Pair]) -> list[bool]:
    """Whether a training word is this word with one to three last letters more or less.

    They share four letters at least: decide and decided are relatives, car and care
    are not.
    """
    known = {pair.src for pair in train}
    stems = {word[:-k] for word in known for k in (1, 2, 3)}
    return [
        (len(x) >= 4 and x in stems)
        or any(x[:-k] in known for k in (1, 2, 3) if len(x) - k >= 4)
        for x in (pair.src for pair in pairs)
    ]


def evaluate(model: Seq2Seq, words: g2p.G2P, pairs: tuple[Pair, ...]) -> Metrics:
    """Greedy and beam search on some words."""
    beam = wrong(written(model, words, pairs, width=5), words.references_of(pairs))
    return {**scores(written(model, words, pairs), words, pairs), "WER, beam 5": beam}


def written(
    model: Seq2Seq, words: g2p.G2P, pairs: tuple[Pair, ...], width: int = 1
) -> list[list[str]]:
    """Phones of each word, by greedy search or a beam."""
    vocabs = words.src_vocab, words.tgt_vocab
    found = translate(model, pairs, *vocabs, max_len=MAX_LEN, width=width)
    return [out.tokens for out in found]


def some_of(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """About 3,000 of them, evenly picked."""
    return pairs[:: max(1, len(pairs) // 3000)]


def wrong(hyps: Any, refs: Any) -> float:
    """WER: the share of words that are none of their pronunciations."""
    return 1 - exact_match(hyps, refs)


PAPERS = (
    {
        "model": "LSTM, no attention, 2 x 512",
        "WER": 0.286,
        "source": "Yao & Zweig 2015",
        "checked": False,
    },
    {
        "model": "global attention",
        "PER": 0.0504,
        "WER": 0.2169,
        "source": "Toshniwal & Livescu 2016",
        "checked": False,
    },
    {
        "model": "local-m",
        "PER": 0.0511,
        "WER": 0.2185,
        "source": "Toshniwal & Livescu 2016",
        "checked": False,
    },
    {
        "model": "local-p",
        "PER": 0.0539,
        "WER": 0.2283,
        "source": "Toshniwal & Livescu 2016",
        "checked": False,
    },
    {
        "model": "Transformer, 4 + 4 layers",
        "PER": 0.0523,
        "WER": 0.221,
        "source": "Yolchuyeva et al. 2019",
        "checked": False,
    },
    {
        "model": "Transformer, 2 layers of 256",
        "WER": 0.202,
        "source": "README of g2p-seq2seq",
        "checked": True,
    },
    {
        "model": "joint n-grams, Phonetisaurus",
        "WER": 0.244,
        "source": "README of g2p-seq2seq",
        "checked": True,
    },
)
ABOUT = "Which attention reads English spelling best?"
DATA = ("g2p/train_words", "g2p/test_words")
RECIPES = (
    Recipe(
        "g2p",
        ABOUT + " Small models, ten epochs.",
        VARIANTS,
        DATA,
        SMALL,
        (18, None),
        functools.partial(run, SMALL),
        PAPERS,
        score="WER",
    ),
    Recipe(
        "g2p_large",
        ABOUT + " Larger models, 30 epochs or more, dropout and label smoothing.",
        LARGER,
        DATA,
        LARGE,
        (90, None),
        functools.partial(run, LARGE),
        PAPERS,
        score="WER",
        constant=(NGRAMS,),
    ),
    Recipe(
        "g2p_stable",
        ABOUT + " The larger models, on the split that needs no download.",
        LARGER,
        (),
        STABLE,
        (90, None),
        functools.partial(run, STABLE),
        score="WER",
        constant=(NGRAMS,),
    ),
)
