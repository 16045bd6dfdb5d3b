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
    """The words of a caption as one writes them: a man . -> a man."""
    return re.sub(r" ([.,:;!?)])", r"\1", " ".join(words)).replace("( ", "(")


def captions(part: str, language: str) -> list[str]:
    """The captions of a part as their writers left them, empty ones included.

    Args:
        part: "train", "val" or "test", which is "test 2016" (flickr).
        language: "de" or "en".

    Raises:
        ValueError: a part or a language that is not there.
        DataUnavailable: the file can neither be found nor fetched.
    """
    if part not in PARTS:
        raise ValueError(f"a part is one of {list(PARTS)}, not {part!r}")
    if language not in ("de", "en"):
        raise ValueError(f"a language is 'de' or 'en', not {language!r}")
    path = download.fetch(f"multi30k/{PARTS[part]}.{language}.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines]


def load(*, source: str = "de", target: str = "en", min_count: int = 2) -> Task:
    """x = a caption in German, y = the same in English (or the other way round).

    The test part is "test 2016" (flickr). Words seen fewer than `min_count` times in
    train are unknown. A caption without any token is left out, and counted.

    Raises:
        ValueError: a language that is not de or en.
        DataUnavailable: a file can neither be found nor fetched.
    """
    found: dict[str, tuple[Pair, ...]] = {}
    left_out = 0
    for part in PARTS:
        sides = [
            [tokens(caption) for caption in captions(part, language)]
            for language in (source, target)
        ]
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
