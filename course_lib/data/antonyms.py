"""Words and their counterparts, letter by letter: the smallest sequence task."""

from .batching import Pair, Task
from .vocab import Vocab

TRAIN = ("man woman", "black white", "king queen", "girl boy", "up down", "high low")
TEST = ("hot cold", "big small", "day night", "left right", "old young", "fast slow")


def load() -> Task:
    """x = letters of a word, y = letters of its counterpart, in both directions.

    `train` holds the six pairs of the lecture (the counterpart of "man" is "woman";
    the lecture's program prints "women"). `test` holds six pairs of our own that
    training never shows: a model that has learnt its six pairs by heart fails on all
    of them, which is the point. There is no `val`.
    """
    letters = Vocab("abcdefghijklmnopqrstuvwxyz")
    about = (
        "Six word pairs in both directions to train on, six others to test on; "
        "written for this course."
    )
    train, test = _both_ways(TRAIN), _both_ways(TEST)
    return Task("antonyms", train, (), test, letters, letters, about)


def _both_ways(words: tuple[str, ...]) -> tuple[Pair, ...]:
    pairs = []
    for two in words:
        a, b = map(tuple, two.split())
        pairs += [Pair(a, b), Pair(b, a)]
    return tuple(pairs)
