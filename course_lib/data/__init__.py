"""The course's data: one file a task, each with a function that returns a `Task`.

`antonyms`, `copying`, `couplets`, `digits`, `documents`, `entailment`, `g2p`,
`numbers`, `scenes` and `sentences` need no internet. `reviews` and `sick` fetch public
sets through `download`, which verifies them; nothing else imports it at start.
"""

from .batching import Batch, ByLength, Pair, Task, collate, split_of
from .vocab import BOS, EOS, PAD, SPECIALS, UNK, Vocab

__all__ = ["Batch", "ByLength", "Pair", "Task", "collate", "split_of"]
__all__ += ["BOS", "EOS", "PAD", "SPECIALS", "UNK", "Vocab"]
