"""Words and their counterparts, letter by letter: the smallest sequence task."""

from .batching import Pair, Task
from .vocab import Vocab

TRAIN = (
    ("man", "woman"),
    ("black", "white"),
    ("king", "queen"),
    ("girl", "boy"),
    ("up", "down"),
    ("high", "low"),
)
TEST = (
    ("hot", "cold"),
    ("big", "small"),
    ("day", "night"),
    ("left", "right"),
    ("old", "young"),
    ("fast", "slow"),
)


def load() -> Task:
    """x = letters of a word, y = letters of its counterpart, in both directions.

    `train` holds the six pairs of the lecture (the counterpart of "man" is "woman";
    the lecture's program prints "women"). `test` holds six pairs of our own that
    training never shows: a model that has learnt its six pairs by heart fails on all
    of them, which is the point. There is no `val`.
    """
    letters = Vocab("abcdefghijklmnopqrstuvwxyz")
    return Task(
        name="antonyms",
        train=_both_ways(TRAIN),
        val=(),
        test=_both_ways(TEST),
        src_vocab=letters,
        tgt_vocab=letters,
        about=(
            "Six word pairs in both directions to train on, six others to test on; "
            "written for this course."
        ),
    )


def _both_ways(words: tuple[tuple[str, str], ...]) -> tuple[Pair, ...]:
    return tuple(
        Pair(tuple(src), tuple(tgt)) for a, b in words for src, tgt in ((a, b), (b, a))
    )
