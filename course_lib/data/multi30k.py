"""Multi30k: 31,000 captions in German and English, downloaded."""

import gzip
import re
from collections.abc import Iterable

from . import download
from .batching import Pair, Task, counts
from .vocab import Vocab

PARTS = {"train": "train", "val": "val", "test": "test_2016_flickr"}
# words with the hyphens and apostrophes inside them; any other sign alone
TOKEN = re.compile(r"\w+(?:[-'’]\w+)*|[^\w\s]")


def tokens(sentence: str) -> tuple[str, ...]:
    """Lower-case words and signs: "Ein T-Shirt." -> ein t-shirt ."""
    return tuple(TOKEN.findall(sentence.lower()))


def text(words: Iterable[str]) -> str:
    """Tokens as sacreBLEU reads them: parted by spaces."""
    return " ".join(words)


def load(*, source: str = "de", target: str = "en", min_count: int = 2) -> Task:
    """x = a caption in German, y = the same in English (or the other way round).

    The test part is "test 2016" (flickr). Words seen fewer than `min_count` times in
    train are unknown. A caption without any token is left out, and counted.

    Raises:
        ValueError: a language that is not de or en.
        DataUnavailable: a file can neither be found nor fetched.
    """
    for language in (source, target):
        if language not in ("de", "en"):
            raise ValueError(f"a language is 'de' or 'en', not {language!r}")
    found: dict[str, tuple[Pair, ...]] = {}
    left_out = 0
    for part, name in PARTS.items():
        sides = []
        for language in (source, target):
            path = download.fetch(f"multi30k/{name}.{language}.gz")
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                sides.append([tokens(line) for line in lines])
        if len(sides[0]) != len(sides[1]):
            raise ValueError(f"{part}: {len(sides[0])} and {len(sides[1])} lines")
        pairs = [Pair(x, y) for x, y in zip(*sides, strict=True) if x and y]
        left_out += len(sides[0]) - len(pairs)
        found[part] = tuple(pairs)
    train, val, test = found.values()
    vocabs = (
        Vocab.build((pair.src for pair in train), min_count),
        Vocab.build((pair.tgt for pair in train), min_count),
    )
    licence = download.registry()[f"multi30k/train.{source}.gz"].licence
    about = (
        f"Multi30k, {source} to {target}, lower case: {counts(train, val, test)} "
        f"captions, {left_out} empty ones left out; words seen {min_count} times in "
        f"train; {licence}."
    )
    return Task("multi30k", train, val, test, *vocabs, about)
