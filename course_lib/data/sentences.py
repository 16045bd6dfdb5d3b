"""Three sentences to look at by hand, each with its gold alignment."""

from .batching import Pair, Task
from .vocab import Vocab

BEER = Pair(
    ("ich", "möchte", "ein", "Bier"),
    ("i", "want", "a", "beer"),
    ((0, 0), (1, 1), (2, 2), (3, 3)),
)
# two characters make one word: "China" reads both
LOVE_CHINA = Pair(
    ("我", "爱", "中", "国"), ("I", "love", "China"), ((0, 0), (1, 1), (2, 2), (2, 3))
)
WELCOME = Pair(
    ("欢迎", "来", "北京"), ("welcome", "to", "Beijing"), ((0, 0), (1, 1), (2, 2))
)


def load() -> Task:
    """The three sentences as a task: all in `train`, nothing held out.

    A net learns them by heart in seconds. They show shapes and alignment maps, and
    prove nothing about translation.
    """
    train = (BEER, LOVE_CHINA, WELCOME)
    src_vocab = Vocab.build(pair.src for pair in train)
    tgt_vocab = Vocab.build(pair.tgt for pair in train)
    about = "Three example sentences (German, Chinese) with gold alignment."
    return Task("sentences", train, (), (), src_vocab, tgt_vocab, about)
