"""Labelled documents, and generated ones whose evidence is known to the word."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from .batching import counts, padded
from .vocab import Vocab


class Document(NamedTuple):
    """Sentences and their label; a sentence pair is a document of two sentences."""

    sentences: tuple[tuple[str, ...], ...]
    label: int
    evidence: tuple[int, int] | None = None  # (sentence, word), from 0; None: unknown


Part = tuple[Document, ...]


class Documents(NamedTuple):
    """A batch, padded on the right with `PAD`; evidence is −1 where it is unknown."""

    words: Int[Tensor, "b s n"]
    n_words: Int[Tensor, "b s"]  # 0 for a sentence that is padding
    n_sentences: Int[Tensor, " b"]
    label: Int[Tensor, " b"]
    evidence: Int[Tensor, "b 2"]

    def to(self, device: torch.device | str) -> "Documents":
        """The same batch on another device."""
        return Documents(*(x.to(device) for x in self))


@dataclass(frozen=True, repr=False)
class Corpus:
    """Three parts, their vocabulary, and the names of the labels 0, 1, …"""

    name: str
    train: Part
    val: Part
    test: Part
    vocab: Vocab
    labels: tuple[str, ...]
    about: str

    def __repr__(self) -> str:
        sizes = counts(self.train, self.val, self.test)
        return f"Corpus({self.name}: {sizes}; {len(self.vocab)} tokens)"


def collate(documents: Sequence[Document], vocab: Vocab) -> Documents:
    """One batch, rows in the order of `documents`; unknown tokens become <unk>.

    `train.fit` takes ``DataLoader(…, collate_fn=partial(collate, vocab=vocab))``.

    Raises:
        ValueError: no documents, or an empty document or sentence (the row is named).
    """
    if not documents:
        raise ValueError("no documents to collate: a batch needs at least one")
    for row, document in enumerate(documents):
        if not document.sentences or not all(document.sentences):
            raise ValueError(f"row {row}: an empty document or sentence; leave it out")
    n_sentences = torch.tensor([len(d.sentences) for d in documents])
    most = int(n_sentences.max())
    rows: list[tuple[str, ...]] = []
    for d in documents:
        rows += [*d.sentences, *[()] * (most - len(d.sentences))]
    words, n_words = (x.unflatten(0, (-1, most)) for x in padded(rows, vocab))
    label = torch.tensor([d.label for d in documents])
    evidence = torch.tensor([d.evidence or (-1, -1) for d in documents])
    return Documents(words, n_words, n_sentences, label, evidence)


def distinct(
    draw: Callable[[], Document], sizes: tuple[int, int, int]
) -> tuple[Part, Part, Part]:
    """train, val and test of the given sizes, nothing twice; test is drawn first.

    Raises:
        ValueError: if ten thousand draws in a row give nothing new.
    """
    seen: dict[Document, None] = {}
    while len(seen) < sum(sizes):
        new = next((d for _ in range(10_000) if (d := draw()) not in seen), None)
        if new is None:
            raise ValueError(f"only {len(seen)} documents differ: ask for fewer")
        seen[new] = None
    drawn, a, b = tuple(seen), sizes[2], sizes[2] + sizes[1]
    return drawn[b:], drawn[a:b], drawn[:a]


_WORDS = (
    "awful boring clumsy dull hollow messy tedious weak",
    "brilliant charming clever funny gripping lovely moving superb",
    "acting camera cast dialogue ending lighting music script",
    "the film was seemed quite very rather",
    "we saw it in a small cinema on monday",
    "the script took two years to make",
    "my brother came along",
    "it is about a sailor and his dog",
    "somebody told us about the music before",
    "the ending is what people talk about",
)
BAD, GOOD, PARTS, _, *FACTS = (tuple(words.split()) for words in _WORDS)


def load(
    *,
    sentences: tuple[int, int] = (4, 8),
    rivals: int = 2,
    sizes: tuple[int, int, int] = (4_000, 500, 500),
    seed: int = 0,
) -> Corpus:
    """A review is bad (0) or good (1) as its one sentence on *the film* says.

    That sentence is the evidence, its adjective the word.  `rivals` others judge a part
    of the film, such as the music, the cast or the script, good or bad at random; the
    rest are facts.  Who counts the adjectives of a review with two rivals is right in
    three of four.  No review occurs twice.

    Raises:
        ValueError: too few sentences to hold the evidence and the rivals, or `sizes`
            larger than the number of different reviews.
    """
    if sentences[0] < rivals + 1:
        raise ValueError(f"{sentences[0]} sentences, but {rivals} rivals and evidence")
    rng = random.Random(seed)

    def judge(part: str, label: int) -> tuple[str, ...]:
        how = rng.choice(((), ("quite",), ("very",), ("rather",)))
        verb = rng.choice(("was", "seemed"))
        return "the", part, verb, *how, rng.choice((BAD, GOOD)[label])

    def draw() -> Document:
        label, n = rng.randrange(2), rng.randint(*sentences)
        rest = [judge(rng.choice(PARTS), rng.randrange(2)) for _ in range(rivals)]
        rest += rng.choices(FACTS, k=n - 1 - rivals)
        rng.shuffle(rest)
        i, gold = rng.randrange(n), judge("film", label)
        return Document((*rest[:i], gold, *rest[i:]), label, (i, len(gold) - 1))

    about = f"Generated reviews, {rivals} rivals of the evidence, seed {seed}."
    vocab = Vocab.build(words.split() for words in _WORDS)
    train, val, test = distinct(draw, sizes)
    return Corpus("documents", train, val, test, vocab, ("bad", "good"), about)
