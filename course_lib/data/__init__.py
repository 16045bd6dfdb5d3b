"""The course's data: one file a task, each with a function that returns a `Task`.

`antonyms`, `copying`, `couplets`, `digits`, `documents`, `entailment`, `g2p`,
`intents`, `numbers`, `scenes`, `sentences` and `chat.load` need no internet.
`multi30k`, `reviews`, `sick` and `chat.chitchat` fetch public sets through `download`,
which verifies them; nothing else imports it at start.
"""

from .batching import Batch, ByLength, Pair, Task, collate, split_of
from .vocab import BOS, EOS, PAD, SPECIALS, UNK, Vocab

__all__ = ["Batch", "ByLength", "Pair", "Task", "collate", "split_of"]
__all__ += ["BOS", "EOS", "PAD", "SPECIALS", "UNK", "Vocab"]
