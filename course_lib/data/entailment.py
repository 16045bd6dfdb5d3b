"""Generated pairs of sentences: does the first say that the second is so?"""

import random

from .documents import Corpus, Document, distinct
from .vocab import Vocab

_NAMES = "anna ben carla david emma felix greta hugo ida jonas"
NAMES = tuple(_NAMES.split())
PLACES = (
    *(("at", place) for place in ("home", "school", "sea", "work")),
    *(("in", place) for place in ("bed", "church", "court", "town")),
)
LABELS = ("entailment", "neutral", "contradiction")


def load(
    *, clauses: int = 2, sizes: tuple[int, int, int] = (4_000, 500, 500), seed: int = 0
) -> Corpus:
    """Premise: anna is at sea and ben is in bed.  Hypothesis: ben is not at sea.

    Everybody is at one place.  Every name and place of the hypothesis occurs in the
    premise, but for the name of a neutral pair, and "not" is as frequent for each
    label: words alone do not tell entailment from contradiction, only who is where.
    The evidence is the last word of the clause that decides (none if neutral).

    Raises:
        ValueError: fewer than 2 clauses, or more than there are places.
    """
    if not 2 <= clauses <= len(PLACES):
        raise ValueError(f"clauses is {clauses}, it must lie in 2..{len(PLACES)}")
    rng = random.Random(seed)

    def draw() -> Document:
        label, negated = rng.randrange(3), rng.random() < 0.5
        *names, stranger = rng.sample(NAMES, clauses + 1)
        places = rng.sample(PLACES, clauses)
        premise: tuple[str, ...] = ()
        for name, place in zip(names, places, strict=True):
            premise += (*(("and",) if premise else ()), name, "is", *place)
        i, j = rng.sample(range(clauses), 2)
        true = (label == 0) != negated  # is the place of the hypothesis i's own?
        name, evidence = (stranger, None) if label == 1 else (names[i], (0, 5 * i + 3))
        place = places[i if true else j]
        hypothesis = (name, "is", *(("not",) if negated else ()), *place)
        return Document((premise, hypothesis), label, evidence)

    about = f"Generated pairs, premises of {clauses} clauses, seed {seed}."
    vocab = Vocab.build([NAMES, *PLACES, ("and", "is", "not")])
    train, val, test = distinct(draw, sizes)
    return Corpus("entailment", train, val, test, vocab, LABELS, about)
