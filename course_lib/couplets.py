"""The rules of a Chinese couplet: as measures of what was written, and as a bound.

A rule that cannot be judged at a place, because a tone or a part of speech is not
known there, is not judged there.
"""

import importlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from .data.couplets import lexicon
from .data.vocab import EOS, SPECIALS, Vocab

Line = Sequence[str]  # one character a place
RULES = ("length", "tones", "parts", "distinct")


@cache
def level(character: str) -> bool | None:
    """τ(c): True for a level tone (平; 1, 2), False for an oblique one (仄; 3, 4).

    From the course's lexicon; for other characters from pypinyin, the first reading,
    where that is installed. None: not known.
    """
    if character in lexicon():
        return lexicon()[character].tone < 3
    try:
        pypinyin = importlib.import_module("pypinyin")
    except ImportError:
        return None
    ((reading,),) = pypinyin.pinyin(
        character, style=pypinyin.Style.TONE3, errors=lambda x: ["?"]
    )
    return int(reading[-1]) < 3 if reading[-1] in "1234" else None


def part(character: str) -> str | None:
    """The part of speech in the course's lexicon, None for other characters."""
    entry = lexicon().get(character)
    return entry.part if entry else None


def gloss(line: Line) -> str:
    """The line word by word in English; a character that is not known stays itself."""
    words = lexicon()
    return " ".join(words[c].gloss if c in words else c for c in line)


def strict(n: int) -> list[int]:
    """The places, from 0, at which tones must oppose: 2, 4, 6, … of n, and the last.

    The others are free, as the old rhyme for pupils says of the first, third and fifth.
    """
    return sorted({*range(1, n, 2), n - 1})


def same_length(upper: Line, lower: Line) -> bool:
    """|y| = |x|."""
    return len(lower) == len(upper)


def opposed(upper: Line, lower: Line) -> list[bool]:
    """τ(y_t) ≠ τ(x_t) at each place of `strict`, then τ(y_n) = level at the last.

    A place that the lower line does not have breaks the rule.
    """
    kept = []
    for t in strict(len(upper)):
        if t >= len(lower):
            kept.append(False)
        elif level(upper[t]) is not None and level(lower[t]) is not None:
            kept.append(level(lower[t]) is not level(upper[t]))
    ends = level(lower[-1]) if lower else False
    return kept if ends is None else [*kept, ends]


def parallel(upper: Line, lower: Line) -> list[bool]:
    """part(y_t) = part(x_t) at each place of the upper line; a gap breaks it."""
    kept = []
    for t, x in enumerate(upper):
        if t >= len(lower):
            kept.append(False)
        elif part(x) is not None and part(lower[t]) is not None:
            kept.append(part(lower[t]) == part(x))
    return kept


def distinct(upper: Line, lower: Line) -> bool:
    """y_s ≠ y_t for s ≠ t, and no y_t is in x: the lower line repeats nothing."""
    return len(set(lower)) == len(lower) and not set(lower) & set(upper)


def keeps(upper: Line, lower: Line) -> dict[str, bool]:
    """Each rule of `RULES`: is it kept at all places?"""
    return {
        "length": same_length(upper, lower),
        "tones": all(opposed(upper, lower)),
        "parts": all(parallel(upper, lower)),
        "distinct": distinct(upper, lower),
    }


def measure(uppers: Iterable[Line], lowers: Iterable[Line]) -> dict[str, float]:
    """The share of lower lines that keep each rule, and under "all" that keep all four.

    Raises:
        ValueError: if there is no couplet, or not a lower line for each upper one.
    """
    couplets = [keeps(x, y) for x, y in zip(uppers, lowers, strict=True)]
    if not couplets:
        raise ValueError("no couplet to measure")
    shares = {rule: sum(kept[rule] for kept in couplets) for rule in RULES}
    shares["all"] = sum(all(kept.values()) for kept in couplets)
    return {rule: count / len(couplets) for rule, count in shares.items()}


Constraint = Callable[[Int[Tensor, "r t"], Int[Tensor, " r"]], Bool[Tensor, "r n"]]


def constraint(
    uppers: Sequence[Line], vocab: Vocab, rules: Sequence[str] = RULES
) -> Constraint:
    """allowed(y_1 … y_{t-1}, k)_w: may w follow, as an answer to the k-th upper line?

    For ``search.beam(..., constrain=...)``. The special tokens are never allowed, the
    end excepted: without the rule of length, anywhere behind the first character.

    Args:
        uppers: the upper lines, in the order of the memory that is searched.
        vocab: of the lower lines.
        rules: those of `RULES` that are to be kept.

    Raises:
        ValueError: for a rule that does not exist.
    """
    if unknown := set(rules) - set(RULES):
        raise ValueError(f"no rule {sorted(unknown)}; there are {RULES}")
    tones = torch.tensor([_code(level(w)) for w in vocab])
    names = sorted({name for w in vocab if (name := part(w)) is not None})
    index = {name: k for k, name in enumerate(names)}
    parts = torch.tensor([index.get(part(w) or "", -1) for w in vocab])
    ordinary = torch.arange(len(vocab)) >= len(SPECIALS)
    same = {name: (parts == k) | (parts == -1) for name, k in index.items()}

    def at(upper: Line, t: int) -> Tensor:
        """What may stand at place t, whatever stands before it."""
        n = len(upper)
        may = ordinary.clone()
        if t >= n and "length" in rules:
            return torch.zeros_like(may)
        if "tones" in rules and t in strict(n):
            tone = level(upper[t])
            may &= tones != _code(tone) if tone is not None else may
            may &= tones != _code(False) if t == n - 1 else may
        if "parts" in rules and t < n and part(upper[t]) in same:
            may &= same[part(upper[t]) or ""]
        if "distinct" in rules:
            may[vocab.encode(upper)] = False
        return may

    def allowed(prefix: Tensor, rows: Tensor) -> Tensor:
        t = prefix.shape[1]
        which, place = rows.cpu().unique(return_inverse=True)
        may = torch.stack([at(uppers[k], t) for k in which.tolist()])[place]
        if "distinct" in rules:
            may.scatter_(1, prefix.cpu(), False)
        ends = torch.tensor([len(uppers[k]) == t for k in rows.tolist()])
        may[:, EOS] = ends if "length" in rules else t > 0
        return may.to(prefix.device)

    return allowed


def _code(tone: bool | None) -> int:
    return -1 if tone is None else int(tone)
