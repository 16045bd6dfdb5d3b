"""Texts and pairs of texts: what does attention add to a classifier?"""

import functools
import itertools
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ..abcnn import ABCNN, AttentivePooling, ConvEncoder
from ..classifiers import HAN, Apart, Classified, PairClassifier, last_state, mean_state
from ..data import reviews, sick
from ..data.documents import Corpus, Document, Documents, collate
from ..data.vocab import PAD
from ..encoders import Memory, RNNEncoder
from . import Metrics, Place, Recipe, keep, train

REVIEWS = {"d_e": 64, "d_s": 32, "batch": 16, "epochs": 6, "lr": 2e-3, "words": 40}
SICK = {"d_e": 100, "d_h": 100, "batch": 32, "epochs": 15, "lr": 1e-3}
LONGEST = 36  # words in a sentence of SICK; ABCNN-1 and -3 have a weight for each place


class Bag(nn.Module):
    """p = softmax(W Σ_i E x_i / n + b): the words of a document, in no order."""

    def __init__(self, n_vocab: int, d_e: int, n_classes: int):
        super().__init__()
        self.E = nn.Embedding(n_vocab, d_e, padding_idx=PAD)
        self.out = nn.Linear(d_e, n_classes)

    def forward(self, words: Tensor, n_words: Tensor, n_sentences: Tensor) -> Any:
        """Classify every document."""
        total = self.E(words).sum((1, 2)) / n_words.sum(1, keepdim=True)
        return Classified(self.out(total), (None,))


class BagEncoder(nn.Module):
    """h_i = E x_i: for `mean_state`, words without order."""

    def __init__(self, n_vocab: int, d_e: int):
        super().__init__()
        self.E, self.d_h = nn.Embedding(n_vocab, d_e), d_e

    def forward(self, x: Tensor, x_len: Tensor) -> Memory:
        """Look up every word."""
        h = self.E(x)
        visible = torch.arange(x.shape[1], device=x.device) < x_len[:, None]
        return Memory(h, visible[:, None], h[:, 0])


@dataclass(frozen=True)
class Loss:
    """−log p(label), for documents or, with ``pairs``, for their two sentences."""

    pairs: bool

    def logits(self, model: Any, batch: Documents) -> Tensor:
        """Scores of the classes."""
        if not self.pairs:
            out = model(batch.words, batch.n_words, batch.n_sentences)
        else:
            (x, y), (n, m) = batch.words.unbind(1), batch.n_words.unbind(1)
            out = model(x[:, : n.max()], y[:, : m.max()], n, m)
        logits: Tensor = out.logits
        return logits

    def __call__(self, model: Any, batch: Documents) -> Tensor:
        """The mean over a batch."""
        return F.cross_entropy(self.logits(model, batch), batch.label)


@torch.no_grad()
def accuracy(
    model: nn.Module, part: tuple[Document, ...], corpus: Corpus, loss: Loss
) -> float:
    """The share of documents that get their label."""
    device = next(model.parameters()).device
    right = 0
    for start in range(0, len(part), 64):
        batch = collate(part[start : start + 64], corpus.vocab).to(device)
        right += int((loss.logits(model, batch).argmax(-1) == batch.label).sum())
    return right / len(part)


def run(
    corpus: Corpus,
    model: nn.Module,
    size: dict[str, Any],
    seed: int,
    place: Place,
    pairs: bool,
) -> Metrics:
    """Train, take the weights that are best on val, look at test once."""
    loss = Loss(pairs)
    documents: Any = corpus.train  # a tuple is all that a DataLoader needs
    batches: Any = DataLoader(
        documents,
        batch_size=size["batch"],
        shuffle=True,
        collate_fn=functools.partial(collate, vocab=corpus.vocab),
    )
    history = train(
        model,
        batches,
        size,
        seed,
        place,
        loss=loss,
        validate=lambda m: 1 - accuracy(m, corpus.val, corpus, loss),
        every=len(batches),
    )
    assert history.best is not None
    return evaluate(model, corpus, pairs) | {
        "accuracy on val": 1 - history.best[1],
        "parameters": keep(model, place),
    }


def evaluate(model: nn.Module, corpus: Corpus, pairs: bool) -> Metrics:
    """Accuracy on test."""
    return {"accuracy": accuracy(model, corpus.test, corpus, Loss(pairs))}


@functools.lru_cache(maxsize=1)
def films() -> Corpus:
    """The reviews, read once for all runs, their sentences cut to REVIEWS["words"]."""
    return _short(reviews.movie_reviews(), REVIEWS["words"])


def build_review(variant: str, n_vocab: int) -> nn.Module:
    """The model of a variant, good or bad."""
    d_e, d_s = int(REVIEWS["d_e"]), int(REVIEWS["d_s"])
    if variant == "words without order":
        return Bag(n_vocab, d_e, 2)
    pools: dict[str, Any] = {"last state": last_state, "mean": mean_state}
    pool = pools.get(variant)  # None: attention at both levels
    return HAN(n_vocab, d_e, d_s, 2, pool_words=pool, pool_sentences=pool)


def review(variant: str, seed: int, place: Place) -> Metrics:
    """Film reviews, good or bad."""
    corpus = films()
    if variant == "words and pairs of words counted":
        return _counted(corpus)
    torch.manual_seed(seed)
    model = build_review(variant, len(corpus.vocab))
    return run(corpus, model, REVIEWS, seed, place, pairs=False)


def _counted(corpus: Corpus) -> Metrics:
    """TF-IDF of words and pairs of words, and logistic regression: no order, no net."""
    # scikit-learn says nothing about its types
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore
    from sklearn.linear_model import LogisticRegression  # type: ignore

    def texts(part: tuple[Document, ...]) -> list[list[str]]:
        return [[word for s in d.sentences for word in s] for d in part]

    count = TfidfVectorizer(analyzer=_words_and_pairs, min_df=2, sublinear_tf=True)
    x = count.fit_transform(texts(corpus.train))
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit(x, [d.label for d in corpus.train])
    found = {}
    for name, part in (("accuracy", corpus.test), ("accuracy on val", corpus.val)):
        right = model.predict(count.transform(texts(part))) == [d.label for d in part]
        found[name] = float(right.mean())
    return found | {"parameters": model.coef_.size + 1}


def _words_and_pairs(words: list[str]) -> list[str]:
    pairs = itertools.pairwise(words)
    return [*words, *(" ".join(pair) for pair in pairs)]


def _short(corpus: Corpus, most: float) -> Corpus:
    """Long sentences in pieces of at most so many words: nothing is lost."""
    n = int(most)

    def cut(part: tuple[Document, ...]) -> tuple[Document, ...]:
        pieces = [
            tuple(s[i : i + n] for s in d.sentences for i in range(0, len(s), n))
            for d in part
        ]
        return tuple(Document(p, d.label) for p, d in zip(pieces, part, strict=True))

    return Corpus(
        corpus.name,
        cut(corpus.train),
        cut(corpus.val),
        cut(corpus.test),
        corpus.vocab,
        corpus.labels,
        corpus.about,
    )


def build_pair(variant: str, n_vocab: int) -> nn.Module:
    """The model of a variant, three labels."""
    d_e, d_h = int(SICK["d_e"]), int(SICK["d_h"])
    if variant == "words without order":
        bag = BagEncoder(n_vocab, d_e)
        return PairClassifier(bag, Apart(mean_state), bag.d_h, 3)
    if variant == "GRU, last state":
        encoder = RNNEncoder(n_vocab, d_e, d_h // 2)
        return PairClassifier(encoder, Apart(last_state), encoder.d_h, 3)
    if variant == "attentive pooling":
        conv = ConvEncoder(n_vocab, d_e, d_h)
        return PairClassifier(conv, AttentivePooling(d_h), d_h, 3)
    number = int(variant[-1]) if variant[-1].isdigit() else 0
    return ABCNN(number, n_vocab, d_e, d_h, 3, max_n=LONGEST)


def entailment(variant: str, seed: int, place: Place) -> Metrics:
    """SICK: does the first sentence entail the second, contradict it, or neither?"""
    corpus = sick.load()
    if variant == "majority":
        labels = [pair.label for pair in corpus.train]
        most = max(set(labels), key=labels.count)
        return {
            "accuracy": _share(corpus.test, most),
            "accuracy on val": _share(corpus.val, most),
            "parameters": 0,
        }
    torch.manual_seed(seed)
    model = build_pair(variant, len(corpus.vocab))
    return run(corpus, model, SICK, seed, place, pairs=True)


def _share(part: tuple[Document, ...], label: int) -> float:
    return sum(pair.label == label for pair in part) / len(part)


RECIPES = (
    Recipe(
        "movie_reviews",
        "Is a film review good or bad? 2,000 reviews, hierarchical attention.",
        (
            "words and pairs of words counted",
            "words without order",
            "last state",
            "mean",
            "attention",
        ),
        ("movie_reviews/movie_reviews.zip",),
        REVIEWS,
        (2, None),
        review,
        constant=("words and pairs of words counted",),
    ),
    Recipe(
        "sick",
        "Does one sentence entail another? The three ABCNNs on SICK.",
        (
            "majority",
            "words without order",
            "GRU, last state",
            "BCNN",
            "ABCNN-1",
            "ABCNN-2",
            "ABCNN-3",
            "attentive pooling",
        ),
        ("sick/SICK.txt",),
        SICK,
        (1, None),
        entailment,
        (
            {
                "model": "ABCNN-3",
                "accuracy": 0.862,
                "source": "Yin et al. 2016, two blocks",
                "checked": False,
            },
        ),
        constant=("majority",),
    ),
)
