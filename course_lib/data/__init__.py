"""The course's data: one file a task, each with a function that returns a `Task`.

`antonyms`, `copying`, `g2p`, `numbers` and `sentences` need no internet. `download`
fetches the larger public sets and verifies them; nothing else imports it at start.
"""

from .batching import Batch, ByLength, Pair, Task, collate, split_of
from .vocab import BOS, EOS, PAD, SPECIALS, UNK, Vocab

__all__ = [
    "BOS",
    "EOS",
    "PAD",
    "SPECIALS",
    "UNK",
    "Batch",
    "ByLength",
    "Pair",
    "Task",
    "Vocab",
    "collate",
    "split_of",
]
