"""Number words to digits: real language, unlimited, with a known gold alignment."""

import random
import re

from num2words import num2words

from .batching import Pair, Task, counts, split_of
from .vocab import Vocab

LARGEST = 999_999


def _values(from_zero: str, tens: str, others: dict[str, int]) -> dict[str, int]:
    values = {part: n for n, part in enumerate(from_zero.split())}
    return values | {part: 20 + 10 * n for n, part in enumerate(tens.split())} | others


# what each part adds or multiplies by; a joining word adds nothing
_PARTS = {
    "de": _values(
        "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
        {"eins": 1, "sech": 6, "sieb": 7, "hundert": 100, "tausend": 1000, "und": 0},
    ),
    "fr": _values(
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize "
        "quatorze quinze seize",
        "vingt trente quarante cinquante soixante",
        {"vingts": 20, "cent": 100, "cents": 100, "mille": 1000, "et": 0},
    ),
    "en": _values(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen "
        "fourteen fifteen sixteen seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
        {"hundred": 100, "thousand": 1000, "and": 0},
    ),
}
# German parts stick together: the longest that fits is taken, from the left
_GERMAN_PART = re.compile("|".join(sorted(_PARTS["de"], key=len, reverse=True)))
_WORD = re.compile(r"[^\W\d_]+")


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
    letters = {*"".join(_PARTS[lang]), *"_-,"}
    words = Vocab(sorted(_PARTS[lang] if unit == "part" else letters))
    digits = Vocab("0123456789")
    vocabs = (digits, words) if swapped else (words, digits)
    about = (
        f"Number words ({lang}) for {len(numbers):,} numbers from {low:,} to {high:,}, "
        f"made by the num2words package; {counts(**split)}, split by crc32 of the "
        "number."
    )
    train, val, test = (tuple(pairs) for pairs in split.values())
    return Task(f"numbers-{lang}", train, val, test, *vocabs, about)


def pair(
    n: int, lang: str = "de", *, unit: str = "part", swapped: bool = False
) -> Pair:
    """One number as a pair with its gold links; see `load`."""
    _check(lang, n, n)
    text = num2words(n, lang=lang)
    pattern = _GERMAN_PART if lang == "de" else _WORD
    spans = [match.span() for match in pattern.finditer(text)]
    parts = tuple(text[a:b] for a, b in spans)
    value, fixed_by = _read([_PARTS[lang].get(part, 0) for part in parts])
    # the parts must spell the whole text and read as the number, or the links are wrong
    spelled = "".join(parts) == re.sub(r"[ ,-]", "", text)
    if value != n or not spelled:
        raise RuntimeError(
            f"cannot read {text!r} as {n}: this num2words writes number words that the "
            "course does not know; install num2words 0.5.14"
        )
    digits = tuple(str(n))
    if unit == "part":
        src, tokens_of = parts, [range(i, i + 1) for i in range(len(parts))]
    else:
        src, tokens_of = tuple(text.replace(" ", "_")), [range(*span) for span in spans]
    links = sorted(
        (len(digits) - 1 - place, i)
        for place, owners in enumerate(fixed_by)
        for part in owners
        for i in tokens_of[part]
    )
    if swapped:
        return Pair(digits, src, tuple(sorted((i, t) for t, i in links)))
    return Pair(src, digits, tuple(links))


def _read(values: list[int]) -> tuple[int, list[list[int]]]:
    """The number that the parts say; for each power of ten, the parts that fix it."""
    k = values.index(1000) if 1000 in values else -1
    rest, fixed_by = _below_1000(values, k + 1, len(values))
    if k < 0:
        return rest, fixed_by
    # mille alone is the 1 itself
    thousands, fixed_higher = _below_1000(values, 0, k) if k else (1, [[0], [], []])
    return 1000 * thousands + rest, fixed_by + fixed_higher


def _below_1000(values: list[int], start: int, end: int) -> tuple[int, list[list[int]]]:
    """The same for the parts from start to end, which are less than a thousand."""
    number = 0
    fixed_by: list[list[int]] = [[], [], []]  # the ones, the tens, the hundreds
    if 100 in values[start:end]:
        k = values.index(100, start)
        number = 100 * (sum(values[start:k]) or 1)
        fixed_by[2] = list(range(start, k)) or [k]  # cent alone is the 1 itself
        start = k + 1
    for i in range(start, end):
        v = values[i]
        # quatre directly before vingt multiplies; German vier und zwanzig adds
        multiplies = v == 4 and values[i + 1 : i + 2] == [20]
        number += 60 if multiplies else v  # 4 · 20 = 60 + 20
        if multiplies or v >= 10:
            fixed_by[1].append(i)
        if not multiplies and (v % 10 or values == [0]):
            fixed_by[0].append(i)
    return number, fixed_by


def _check(lang: str, low: int, high: int) -> None:
    if lang not in _PARTS:
        raise ValueError(f"lang is {lang!r}, not one of {', '.join(_PARTS)}")
    if not 0 <= low <= high <= LARGEST:
        raise ValueError(f"numbers {low}..{high} do not lie in 0..{LARGEST:,}")
