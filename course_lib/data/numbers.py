"""Number words to digits: real language, unlimited, with a known gold alignment."""

import random
import re
from functools import lru_cache

from num2words import num2words

from .batching import Pair, Task, split_of
from .vocab import Vocab

LARGEST = 999_999

# part -> value; the joining words have none
_PARTS: dict[str, dict[str, int | None]] = {
    "de": {
        **{"null": 0, "ein": 1, "eins": 1, "zwei": 2, "drei": 3, "vier": 4},
        **{"fünf": 5, "sechs": 6, "sech": 6, "sieben": 7, "sieb": 7, "acht": 8},
        **{"neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "zwanzig": 20},
        **{"dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60},
        **{"siebzig": 70, "achtzig": 80, "neunzig": 90},
        **{"hundert": 100, "tausend": 1000, "und": None},
    },
    "fr": {
        **{"zéro": 0, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5},
        **{"six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11},
        **{"douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16},
        **{"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40},
        **{"cinquante": 50, "soixante": 60},
        **{"cent": 100, "cents": 100, "mille": 1000, "et": None},
    },
    "en": {
        **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5},
        **{"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11},
        **{"twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15},
        **{"sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19},
        **{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60},
        **{"seventy": 70, "eighty": 80, "ninety": 90},
        **{"hundred": 100, "thousand": 1000, "and": None},
    },
}


def load(
    lang: str = "de",
    *,
    low: int = 0,
    high: int = 999,
    unit: str = "part",
    size: int | None = None,
    seed: int = 0,
    swapped: bool = False,
) -> Task:
    """x = the words for n, y = the digits of n: dreiundfünfzig -> 5 3.

    German says the units before the tens, so its alignment crosses. A link (t, i) says
    that part i fixes digit t:

    - drei und fünfzig -> 5 3: the 5 is linked to fünfzig, the 3 to drei.
    - A zero has no word (sieben hundert -> 7 0 0) and so no link; only 0 itself has.
    - und, hundert, tausend say where a digit goes, not which one it is: no link. French
      cent and mille without a number in front are the 1 themselves: linked.
    - elf, douze, thirteen fix two digits at once: both are linked to the one part.
      German drei zehn and French dix sept are two parts, one digit each.
    - French 70 to 99 builds one digit from several parts, all of them linked:
      quatre vingt dix sept -> 9 7: the 9 to quatre, vingt and dix, the 7 to sept.

    A number's part of the split depends on the number alone (`split_of`). The
    vocabularies are those of the language, the same for every range.

    Args:
        lang: "de", "fr" or "en".
        low: smallest number, at least 0.
        high: largest number, at most 999,999.
        unit: source tokens. "part": words, and for German, which writes them
            together, their parts. "letter": letters, with _ for a space; a digit is
            linked to every letter of its parts.
        size: draw so many different numbers from the range; None takes them all
            (about 60 microseconds each).
        seed: seed of that draw.
        swapped: digits to words instead.

    Raises:
        ValueError: unknown language or unit, or a bad range or size.
    """
    if unit not in ("part", "letter"):
        raise ValueError(f"unit is {unit!r}, not 'part' or 'letter'")
    _check(lang, low, high)
    numbers = list(range(low, high + 1))
    if size is not None:
        if not 1 <= size <= len(numbers):
            raise ValueError(
                f"size is {size}; the range {low}..{high} has {len(numbers)} numbers"
            )
        numbers = sorted(random.Random(seed).sample(numbers, size))

    split: dict[str, list[Pair]] = {"train": [], "val": [], "test": []}
    for n in numbers:
        split[split_of(str(n))].append(pair(n, lang, unit=unit, swapped=swapped))
    words = Vocab(sorted(_PARTS[lang] if unit == "part" else _letters(lang)))
    digits = Vocab("0123456789")
    return Task(
        name=f"numbers-{lang}",
        train=tuple(split["train"]),
        val=tuple(split["val"]),
        test=tuple(split["test"]),
        src_vocab=digits if swapped else words,
        tgt_vocab=words if swapped else digits,
        about=(
            f"Number words ({lang}) for {len(numbers):,} numbers from {low:,} to "
            f"{high:,}, made by the num2words package; "
            + ", ".join(f"{len(pairs):,} {name}" for name, pairs in split.items())
            + ", split by crc32 of the number."
        ),
    )


def pair(
    n: int,
    lang: str = "de",
    *,
    unit: str = "part",
    swapped: bool = False,
) -> Pair:
    """One number as a pair with its gold links; see `load`."""
    _check(lang, n, n)
    text = num2words(n, lang=lang)
    spans = [match.span() for match in _pattern(lang).finditer(text)]
    parts = tuple(text[a:b] for a, b in spans)
    value, fixed_by = _read([_PARTS[lang].get(part) for part in parts])
    # the parts must spell the whole text and read as the number, or the links are wrong
    spelled = "".join(parts) == re.sub(r"[ ,-]", "", text)
    if value != n or not spelled:
        raise RuntimeError(
            f"cannot read {text!r} as {n}: this num2words writes number words that the "
            "course does not know; install num2words 0.5.14"
        )
    digits = tuple(str(n))
    if unit == "part":
        src = parts
        tokens_of = [range(i, i + 1) for i in range(len(parts))]
    else:
        src = tuple(text.replace(" ", "_"))
        tokens_of = [range(a, b) for a, b in spans]
    links = sorted(
        (len(digits) - 1 - place, i)
        for place, owners in fixed_by.items()
        for part in owners
        for i in tokens_of[part]
    )
    if swapped:
        return Pair(digits, src, tuple(sorted((i, t) for t, i in links)))
    return Pair(src, digits, tuple(links))


def _read(values: list[int | None]) -> tuple[int, dict[int, list[int]]]:
    """The number that the parts say; for each power of ten, the parts that fix it."""
    total = group = 0
    fixed_by: dict[int, list[int]] = {}
    waiting: list[int] = []  # parts below 100 whose place is not settled yet

    def settle() -> int:
        below_100 = 0
        for i in waiting:
            v = values[i] or 0
            # quatre directly before vingt multiplies; German vier und zwanzig adds
            multiplies = v == 4 and i + 1 in waiting and values[i + 1] == 20
            below_100 += 60 if multiplies else v  # 4 · 20 = 60 + 20
            if multiplies or v >= 10:
                fixed_by.setdefault(1, []).append(i)
            if not multiplies and (v % 10 or values == [0]):
                fixed_by.setdefault(0, []).append(i)
        waiting.clear()
        return below_100

    for i, v in enumerate(values):
        if v is None:
            continue
        if v == 100:
            fixed_by[2] = list(waiting) or [i]
            group = 100 * (sum(values[j] or 0 for j in waiting) or 1)
            waiting.clear()
        elif v == 1000:
            if not waiting and not group:  # mille
                fixed_by[0] = [i]
                group = 1
            group += settle()
            fixed_by = {place + 3: owners for place, owners in fixed_by.items()}
            total, group = 1000 * group, 0
        else:
            waiting.append(i)
    group += settle()
    return total + group, fixed_by


def _check(lang: str, low: int, high: int) -> None:
    if lang not in _PARTS:
        raise ValueError(f"lang is {lang!r}, not one of {', '.join(_PARTS)}")
    if not 0 <= low <= high <= LARGEST:
        raise ValueError(f"numbers {low}..{high} do not lie in 0..{LARGEST:,}")


@lru_cache
def _pattern(lang: str) -> re.Pattern[str]:
    """German parts stick together: the longest that fits is taken, from the left."""
    if lang == "de":
        return re.compile("|".join(sorted(_PARTS["de"], key=len, reverse=True)))
    return re.compile(r"[^\W\d_]+")


def _letters(lang: str) -> set[str]:
    return set("".join(_PARTS[lang])) | set("_-,")
