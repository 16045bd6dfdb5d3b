"""The rules of a Chinese couplet: as measures of what was written, and as a bound.

The rule of tones counts as kept only where both tones are known; a place where a part
of speech is not known is not judged by the rule of parts.
"""

from collections.abc import Callable, Iterable, Sequence

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from .data.couplets import glosses, lexicon, readings
from .data.vocab import EOS, SPECIALS, Vocab

Line = Sequence[str]  # one character a place
RULES = ("length", "tones", "parts", "distinct")


def level(character: str) -> bool | None:
    """tone(c): True for a level tone (平; 1, 2), False for an oblique one (仄; 3, 4).

    From the table `course_lib.data.couplets.readings`, which ships: the characters of
    the lexicon and of the Tang couplets. None for others: not known.
    """
    pinyin = readings().get(character)
    return int(pinyin[-1]) < 3 if pinyin else None


def part(character: str) -> str | None:
    """The part of speech in the course's lexicon, None for other characters."""
    entry = lexicon().get(character)
    return entry.part if entry else None


def gloss(line: Line) -> str:
    """The line word by word in English; a word that is not known stays in pinyin.

    See `glosses` and `readings` of `course_lib.data.couplets`; what is in neither stays
    as it is.
    """
    words, sounds = glosses(), readings()
    return " ".join(words.get(c) or sounds.get(c, c) for c in line)


def typed(text: str, vocab: Vocab, most: int = 7) -> list[str]:
    """The characters of an upper line that somebody typed, if it can be answered.

    Spaces and punctuation are left out.

    Args:
        text: what was typed.
        vocab: of the model that is to answer.
        most: the longest line that it should be asked.

    Raises:
        ValueError: nothing is left, or too much; a character that the vocabulary does
            not have; a last one that is not oblique, to which no level one is opposed.
            The message says what to do.
    """
    line = [c for c in text if c.isalnum()]
    if not 0 < len(line) <= most:
        raise ValueError(
            f"{len(line)} characters: type an upper line of 1 to {most}, such as 春雨"
        )
    if unknown := [c for c in dict.fromkeys(line) if c not in vocab]:
        raise ValueError(
            f"the model does not know {' '.join(unknown)}: type simplified characters "
            "that it has seen, such as 风 (wind) or 月 (moon)"
        )
    if level(line[-1]) is not False:
        word = lexicon().get(line[-1], lexicon()["风"])
        ends = [w for w in lexicon().values() if w.field == word.field and w.tone > 2]
        ends.sort(key=lambda w: w.character != word.partner)  # the partner first
        tone = "level" if level(line[-1]) else "of unknown tone"
        raise ValueError(
            f"{line[-1]} ({gloss(line[-1])}) is {tone}; the lower line ends level, so "
            "the upper one must end oblique, for example on "
            + ", ".join(f"{w.character} ({w.gloss})" for w in ends[:3])
        )
    return line


def strict(n: int) -> list[int]:
    """The places, from 0, at which tones must oppose: 2, 4, 6, … of n, and the last.

    The others are free, as the old rhyme for pupils says of the first, third and fifth.
    """
    return sorted({*range(1, n, 2), n - 1})


def same_length(upper: Line, lower: Line) -> bool:
    """|y| = |x|."""
    return len(lower) == len(upper)


def opposed(upper: Line, lower: Line) -> list[bool]:
    """tone(y_t) ≠ tone(x_t) at each place of `strict`, then tone(y_n) = level, n = |x|.

    A place breaks the rule also where the lower line does not have it, and where one of
    the two tones is not known.
    """
    kept = []
    for t in strict(len(upper)):
        x, y = level(upper[t]), level(lower[t]) if t < len(lower) else None
        kept.append(x is not None and y is not None and x is not y)
    return [*kept, len(lower) >= len(upper) and level(lower[len(upper) - 1]) is True]


def parallel(upper: Line, lower: Line) -> list[bool]:
    """part(y_t) = part(x_t) at each place of the upper line; a gap breaks it."""
    kept = []
    for t, x in enumerate(upper):
        if t >= len(lower):
            kept.append(False)
        elif part(x) is not None and part(lower[t]) is not None:
            kept.append(part(lower[t]) == part(x))
    return kept


def first(line: Line) -> list[int]:
    """min{j : x_j = x_i} for each place i, from 0: i itself where nothing repeats."""
    return [line.index(c) for c in line]


def distinct(upper: Line, lower: Line) -> bool:
    """y_i = y_j exactly where x_i = x_j, and no y_t is in x.

    So the lower line repeats what the upper one repeats (处处 wants two alike), and
    nothing else.
    """
    n, m = len(upper), len(lower)
    expected = [*first(upper), *range(n, m)][:m]
    return first(lower) == expected and not set(lower) & set(upper)


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
    end excepted: without the rule of length, anywhere behind the first character. Where
    the upper line ends level, or has a binding place of unknown tone, the rule of tones
    has no answer: nothing may stand there.  Where it repeats a character, "distinct"
    asks for the repeat below, so the tone of one place binds all of them.

    Args:
        uppers: the upper lines, in the order of the memory that is searched.
        vocab: of the lower lines.
        rules: those of `RULES` that are to be kept.

    Raises:
        ValueError: for a rule that does not exist.
    """
    if unknown := set(rules) - set(RULES):
        raise ValueError(f"no rule {sorted(unknown)}; there are {RULES}")
    tones = torch.tensor([-1 if (up := level(w)) is None else int(up) for w in vocab])
    names = sorted({name for w in vocab if (name := part(w)) is not None})
    index = {name: k for k, name in enumerate(names)}
    parts = torch.tensor([index.get(part(w) or "", -1) for w in vocab])
    ordinary = torch.arange(len(vocab)) >= len(SPECIALS)
    firsts = [first(upper) for upper in uppers]
    same = {name: (parts == k) | (parts == -1) for name, k in index.items()}

    def at(upper: Line, t: int) -> Tensor:
        """What may stand at place t, whatever stands before it."""
        n = len(upper)
        may = ordinary.clone()
        if t >= n and "length" in rules:
            return torch.zeros_like(may)
        alike = {t}
        if "distinct" in rules and t < n:
            alike = {i for i, c in enumerate(upper) if c == upper[t]}
        if "tones" in rules and alike & set(strict(n)):
            tone = level(upper[t])
            if tone is None or (tone and n - 1 in alike):
                return torch.zeros_like(may)  # nothing opposes it and is level
            may &= tones == int(not tone)
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
            may, fits, before = may.clone(), may, prefix.cpu()
            may.scatter_(1, before, False)
            for row, k in enumerate(rows.tolist()):
                i = firsts[k][t] if t < len(uppers[k]) else t
                if i < t:  # the upper line repeats its place i, so the lower one must
                    y = before[row, i]
                    may[row] = False
                    may[row, y] = fits[row, y]
        ends = torch.tensor([len(uppers[k]) == t for k in rows.tolist()])
        may[:, EOS] = ends if "length" in rules else t > 0
        return may.to(prefix.device)

    return allowed
