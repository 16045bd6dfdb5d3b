"""A chatbot on public small talk: what it answers to questions never seen."""

from collections.abc import Sequence
from typing import Any

import torch

from ..data import chat
from ..data.batching import ByLength, Pair, Task
from ..decoders import ChoDecoder
from ..encoders import RNNEncoder
from ..luong import LuongDecoder
from ..metrics import bleu, exact_match
from ..models import Seq2Seq
from ..search import sample, translate
from . import Metrics, Place, Recipe, keep, train

SIZE: dict[str, Any] = {
    "d_e": 128,
    "d_s": 192,
    "dropout": 0.3,
    "batch": 64,
    "epochs": 25,
    "lr": 2e-3,
    "beam": 5,
    "nucleus": 0.9,
    "queries": "without the signs at their end",
    "feeding": "general with input feeding",
}
LONGEST = 40  # tokens in an answer, at most
VARIANTS = ("without attention", "general", "nearest query")


def nearest(
    queries: list[tuple[str, ...]], known: tuple[Pair, ...]
) -> list[tuple[str, ...]]:
    """y = the answer of argmax_k |q ∩ k| / √(|q| |k|), over the sets of words.

    A query that shares no word with any gets the first answer, as do ties.
    """
    words = [frozenset(pair.src) for pair in known]
    found = []
    for query in queries:
        own = frozenset(query)
        likeness = [len(own & k) / (len(own) * len(k)) ** 0.5 for k in words]
        found.append(known[likeness.index(max(likeness))].tgt)
    return found


def distinct(answers: Sequence[Sequence[str]], n: int) -> float:
    """Different n-grams over all n-grams, of all answers together; 0 if none."""
    grams = [tuple(a[i : i + n]) for a in answers for i in range(len(a) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def build(variant: str, n_src: int, n_tgt: int) -> Seq2Seq:
    """The model of a variant."""
    d_e, d_s, dropout = SIZE["d_e"], SIZE["d_s"], SIZE["dropout"]
    if variant == "without attention":
        encoder = RNNEncoder(n_src, d_e, d_s, dropout=dropout)
        return Seq2Seq(encoder, ChoDecoder(n_tgt, d_e, d_s, encoder.d_s0))
    encoder = RNNEncoder(n_src, d_e, d_s, bidirectional=True, dropout=dropout)
    widths = (n_tgt, d_e, d_s, encoder.d_h, encoder.d_s0)
    return Seq2Seq(encoder, LuongDecoder(*widths, feed_input=True, dropout=dropout))


def answers(model: Seq2Seq, task: Task, how: str) -> list[list[str]]:
    """The answer to each test query, by "greedy", "beam" or "sampled"."""
    vocabs = task.src_vocab, task.tgt_vocab
    if how == "sampled":
        return _sampled(model, task)
    width = SIZE["beam"] if how == "beam" else 1
    outputs = translate(model, task.test, *vocabs, max_len=LONGEST, width=width)
    return [out.tokens for out in outputs]


@torch.no_grad()
def _sampled(model: Seq2Seq, task: Task) -> list[list[str]]:
    """One draw from the nucleus a query, each query alone: it depends on no batch."""
    device = next(model.parameters()).device
    generator = torch.Generator(device).manual_seed(0)
    found = []
    for pair in task.test:
        src = torch.tensor([task.src_vocab.encode(pair.src)], device=device)
        out = sample(
            model.decoder,
            model.encoder(src),
            max_len=LONGEST,
            top_p=SIZE["nucleus"],
            generator=generator,
        )
        found.append(task.tgt_vocab.decode(out.tokens[0].tolist()))
    return found


def run(variant: str, seed: int, place: Place) -> Metrics:
    """Train one model; accuracy, BLEU and distinct-n on queries never seen."""
    task = chat.chitchat()
    if variant == "nearest query":  # nothing to train: the same for every seed
        said = nearest([pair.src for pair in task.test], task.train)
        return scores(said, [[pair.tgt] for pair in task.test]) | {"parameters": 0}
    torch.manual_seed(seed)
    vocabs = task.src_vocab, task.tgt_vocab
    model = build(variant, len(vocabs[0]), len(vocabs[1]))
    batches = ByLength(task.train, *vocabs, SIZE["batch"], seed=seed)
    train(model, batches, SIZE, seed, place)
    numbers = keep(model, place)
    return evaluate(model, task) | {"parameters": numbers}


def evaluate(model: Seq2Seq, task: Task) -> Metrics:
    """`scores` on the test queries: greedy, then with a beam, then sampled."""
    refs = [[pair.tgt] for pair in task.test]
    found = scores(answers(model, task, "greedy"), refs)
    for how in ("beam", "sampled"):
        other = scores(answers(model, task, how), refs)
        found |= {f"{name}, {how}": value for name, value in other.items()}
    return found


def scores(said: Sequence[Sequence[str]], refs: list[list[tuple[str, ...]]]) -> Metrics:
    """Accuracy, BLEU of lower-case tokens, distinct-1 and distinct-2."""
    lines = [[" ".join(ref) for ref in options] for options in refs]
    return {
        "accuracy": exact_match(said, refs),
        "BLEU": bleu([" ".join(a) for a in said], lines, tokenize="none").score,
        "distinct-1": distinct(said, 1),
        "distinct-2": distinct(said, 2),
    }


RECIPES = (
    Recipe(
        "chat",
        "Small talk: answers to queries never seen, beside the nearest known query.",
        VARIANTS,
        (chat.KEY,),
        SIZE,
        (3, None),
        run,
        constant=("nearest query",),
    ),
)
