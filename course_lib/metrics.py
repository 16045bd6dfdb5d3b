"""How good is it? Thin wrappers over rapidfuzz and sacreBLEU, and gold alignments.

Every rate here is a fraction from 0 (an error rate above 1 is possible: a hypothesis
may be longer than its reference); only BLEU keeps its customary 0 to 100.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

import torch
from jaxtyping import Float
from rapidfuzz.distance import Levenshtein
from sacrebleu.metrics import BLEU
from torch import Tensor

from .data.pictures import Box

Tokens = Sequence[Hashable]
Link = tuple[int, int]


class Bleu(NamedTuple):
    """A BLEU score, 0 to 100, and sacreBLEU's signature of how it was computed."""

    score: float
    signature: str


def edit_distance(hyp: Tokens, ref: Tokens) -> int:
    """d(hyp, ref) = the fewest insertions, deletions and substitutions (Levenshtein).

    The unit is one item of the sequence: a phone, a word, or a character if both
    sides are strings.

    Raises:
        TypeError: if one side is a string and the other is not.
    """
    if isinstance(hyp, str) != isinstance(ref, str):
        raise TypeError(
            "compare two strings (by character) or two token sequences, "
            f"not {type(hyp).__name__} with {type(ref).__name__}"
        )
    return int(Levenshtein.distance(hyp, ref))


def error_rate(hyps: Sequence[Tokens], refs: Sequence[Sequence[Tokens]]) -> float:
    """Σ_k d(hyp_k, ref_k) / Σ_k |ref_k|, with ref_k the best reference of item k.

    The best reference is the one at the smallest edit distance and, among several,
    the longest: the choice that is kindest to the hypothesis. On words this is WER,
    on phones PER, on characters CER. A fraction: 0 is perfect, above 1 is possible.

    Args:
        hyps: one token sequence for each item.
        refs: for each item a list of accepted references.

    Raises:
        ValueError: if there is no item, if the counts differ, if an item has no
            reference, or if all the chosen references are empty.
        TypeError: if an item's references are not a list of token sequences.
    """
    edits = length = 0
    for hyp, options in _items(hyps, refs):
        distance, minus = min((edit_distance(hyp, ref), -len(ref)) for ref in options)
        edits, length = edits + distance, length - minus
    if length == 0:
        raise ValueError("all chosen references are empty: an error rate is undefined")
    return edits / length


def exact_match(hyps: Sequence[Tokens], refs: Sequence[Sequence[Tokens]]) -> float:
    """(1/K) Σ_k [hyp_k is one of its references], a fraction in [0, 1].

    For whole words, such as grapheme-to-phoneme, 1 − exact_match is the word error
    rate. Arguments and errors are those of `error_rate`.
    """
    hits = [list(hyp) in map(list, options) for hyp, options in _items(hyps, refs)]
    return sum(hits) / len(hits)


def by_length(
    metric: Callable[[list[Tokens], list[Sequence[Tokens]]], float],
    hyps: Sequence[Tokens],
    refs: Sequence[Sequence[Tokens]],
    lengths: Sequence[int],
    *,
    width: int = 5,
) -> dict[int, float]:
    """{b: metric of the items with b − width < length ≤ b}, b = width, 2 width, ...

    Args:
        metric: such as `error_rate` or `exact_match`.
        hyps: one token sequence for each item.
        refs: for each item a list of accepted references.
        lengths: what each item is grouped by: mostly the length of its source.
        width: how many lengths make one group.

    Returns:
        Groups in order of length; those without an item are left out.

    Raises:
        ValueError: as the metric, and if the counts differ or width is below 1.
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, not {width}")
    if len(lengths) != len(hyps):
        raise ValueError(f"{len(hyps)} hypotheses but {len(lengths)} lengths")
    groups: dict[int, tuple[list[Tokens], list[Sequence[Tokens]]]] = {}
    for (hyp, options), length in zip(_items(hyps, refs), lengths, strict=True):
        last = -(-length // width) * width  # rounded up
        group = groups.setdefault(last, ([], []))
        group[0].append(hyp)
        group[1].append(options)
    return {last: metric(*groups[last]) for last in sorted(groups)}


def bleu(
    hyps: Sequence[str], refs: Sequence[Sequence[str]], *, tokenize: str = "13a"
) -> Bleu:
    """BP · exp(¼ Σ_{n≤4} log p_n) · 100 over the corpus, as sacreBLEU computes it.

    Args:
        hyps: whole sentences as plain text, not tokens: sacreBLEU tokenises itself.
        refs: for each item a list of reference sentences.
        tokenize: sacreBLEU's tokeniser: ``13a`` for European languages, ``zh`` for
            Chinese, ``none`` for text that is already split by spaces.

    Raises:
        ValueError: if there is no item, if the counts differ, or if an item has no
            reference.
        TypeError: if a hypothesis or a reference is not a string.

    Reference:
        Papineni et al. 2002; Post 2018 for the signature.
    """
    _items(hyps, refs)
    if not all(isinstance(text, str) for text in hyps):
        raise TypeError("BLEU is computed on text: join the tokens into one string")
    # sacreBLEU wants one list a reference, None where an item has fewer
    streams = [list(stream) for stream in zip_longest(*refs)]
    # text that is split already ends in " .": no reason for sacreBLEU to warn
    metric = BLEU(tokenize=tokenize, force=tokenize == "none")
    score = metric.corpus_score(hyps, streams).score
    return Bleu(float(score), str(metric.get_signature()))


def alignment_error_rate(
    alphas: Iterable[Float[Tensor, "_m _n"]],
    links: Sequence[Sequence[Link]],
    possible: Sequence[Sequence[Link]] | None = None,
) -> float:
    """AER = 1 − (|A ∩ S| + |A ∩ P|) / (|A| + |S|), a fraction: 0 is perfect.

    A holds one link for each target row t: its largest weight, argmax_i α_{t,i} (the
    first of equals; a row of zeros links to nothing). S are the sure gold links and
    P the possible ones, S among them. Counts are summed over all items. *Every* row
    of α counts, so cut off the row of the end-of-sentence token if the gold links do
    not speak of it: ``alpha[:-1]``.

    Where a target token covers several source tokens, one link a row can never reach
    0 on sure links; give such links as ``possible``.

    Args:
        alphas: one matrix for each item.
        links: the sure links (t, i) of each item, counted from 0.
        possible: more links that are not wrong; the sure ones need not be repeated.

    Raises:
        ValueError: if the counts differ or are zero, if a link is outside its matrix,
            if a weight is not finite, or if there is no link on either side.

    Reference:
        Och and Ney 2003, alignment error rate.
    """
    hits = total = 0
    for alpha, sure, maybe in _matrices(alphas, links, possible):
        found = _pointed(alpha)
        hits += len(found & sure) + len(found & (sure | maybe))
        total += len(found) + len(sure)
    if total == 0:
        raise ValueError("neither alpha nor the gold has a link: AER is undefined")
    return 1 - hits / total


def attention_mass(
    alphas: Iterable[Float[Tensor, "_m _n"]], links: Sequence[Sequence[Link]]
) -> float:
    """(1/|R|) Σ_{t ∈ R} Σ_{i: (t,i) gold} α_{t,i}, a fraction in [0, 1].

    R holds the target rows that have a gold link, over all items: how much of its
    attention does such a token spend where it should? Arguments and errors are those
    of `alignment_error_rate`; rows without gold are left out.
    """
    mass, rows = 0.0, 0
    for alpha, gold, _ in _matrices(alphas, links):
        mass += sum(float(alpha[t, i]) for t, i in gold)
        rows += len({t for t, _ in gold})
    if rows == 0:
        raise ValueError("there is no gold link: attention mass is undefined")
    return mass / rows


def box_links(
    boxes: Sequence[Box | None], *, grid: tuple[int, int], size: tuple[int, int]
) -> list[Link]:
    """(t, i) for every cell i of the grid whose centre lies in the box of token t.

    Cell i = r · columns + c covers its even share of the image, so its centre is
    ((r + ½) · height / rows, (c + ½) · width / columns). With these links,
    `attention_mass` says how much attention falls into the boxes.

    Args:
        boxes: for each token its box in pixels, None where it names nothing.
        grid: rows and columns of the encoder's grid.
        size: height and width of the image.

    Raises:
        ValueError: if a box holds no cell's centre: nobody could point into it.
    """
    (rows, columns), (height, width) = grid, size
    links: list[Link] = []
    for t, box in enumerate(boxes):
        if box is None:
            continue
        top, left, bottom, right = box
        inside = [
            (t, r * columns + c)
            for r in range(rows)
            for c in range(columns)
            if top <= (r + 0.5) * height / rows < bottom
            and left <= (c + 0.5) * width / columns < right
        ]
        if not inside:
            raise ValueError(
                f"the box {box} of token {t} holds no cell centre of the {rows} by "
                f"{columns} grid over {height} by {width} pixels; boxes are (top, "
                "left, bottom, right), and must not be smaller than a cell"
            )
        links += inside
    return links


def pointing_game(
    alphas: Iterable[Float[Tensor, "_m _n"]],
    boxes: Sequence[Sequence[Box | None]],
    *,
    grid: tuple[int, int],
    size: tuple[int, int],
) -> float:
    """(1/|R|) Σ_{t ∈ R} [argmax_i α_{t,i} lies in the box of t], a fraction in [0, 1].

    R holds the tokens that have a box, over all items. A row of zeros points nowhere
    and misses; of equal weights the first one counts. Rows of α behind the last
    token, such as that of </s>, are not looked at.

    Take α from teacher forcing on the gold caption, so that its rows are the tokens
    that the boxes belong to. Arguments as in `box_links`, for each item.

    Raises:
        ValueError: as in `box_links` and `alignment_error_rate`; if there is no box.

    Reference:
        Zhang et al. 2016, section 4.1, without their tolerance of 15 pixels.
    """
    links = [box_links(item, grid=grid, size=size) for item in boxes]
    hits = total = 0
    for alpha, gold, _ in _matrices(alphas, links):
        if alpha.shape[1] != grid[0] * grid[1]:
            raise ValueError(
                f"alpha {tuple(alpha.shape)} does not fit the grid {grid}: it needs "
                f"{grid[0] * grid[1]} columns"
            )
        hits += len(_pointed(alpha) & gold)
        total += len({t for t, _ in gold})
    if total == 0:
        raise ValueError("there is no box: the pointing game is undefined")
    return hits / total


def _items(
    hyps: Sequence[Tokens], refs: Sequence[Sequence[Tokens]]
) -> list[tuple[Tokens, Sequence[Tokens]]]:
    """Each hypothesis with its references, checked."""
    if len(hyps) != len(refs):
        raise ValueError(
            f"{len(hyps)} hypotheses but {len(refs)} lists of references: "
            "give one list for each hypothesis"
        )
    if len(hyps) == 0:
        raise ValueError("there is nothing to score: both lists are empty")
    items = list(zip(hyps, refs, strict=True))
    for k, (hyp, options) in enumerate(items):
        kind = str if isinstance(hyp, str) else (list, tuple)
        if isinstance(options, str) or not all(isinstance(r, kind) for r in options):
            raise TypeError(
                f"refs[{k}] must be a list of references, each of the same kind as "
                f"its hypothesis ({type(hyp).__name__}); for a single reference "
                "write [reference]"
            )
        if len(options) == 0:
            raise ValueError(f"item {k} has no reference: leave it out or give one")
    return items


def _pointed(alpha: Tensor) -> set[Link]:
    """(t, argmax_i α_{t,i}) for every row that is not all zeros."""
    rows = enumerate(alpha.tolist())
    return {(t, row.index(max(row))) for t, row in rows if max(row, default=0) > 0}


def _matrices(
    alphas: Iterable[Tensor],
    links: Sequence[Sequence[Link]],
    possible: Sequence[Sequence[Link]] | None = None,
) -> list[tuple[Tensor, set[Link], set[Link]]]:
    """Alpha, sure links and possible links of each item, checked."""
    matrices = [torch.as_tensor(alpha).detach().cpu() for alpha in alphas]
    extra = [()] * len(links) if possible is None else possible
    if not len(matrices) == len(links) == len(extra):
        raise ValueError(
            f"{len(matrices)} matrices alpha, {len(links)} lists of links and "
            f"{len(extra)} of possible links: give one of each for every item "
            "(a single item goes in a list)"
        )
    if not matrices:
        raise ValueError("there is no alignment to score: the list is empty")
    items = list(zip(matrices, links, extra, strict=True))
    for k, (alpha, sure, maybe) in enumerate(items):
        if alpha.dim() != 2 or any(isinstance(x, int) for x in (*sure, *maybe)):
            raise ValueError(
                f"item {k} must be a matrix alpha [m, n], not {list(alpha.shape)}, and "
                "a list of links (t, i) (a single item goes in a list)"
            )
        if not alpha.isfinite().all():
            raise ValueError(f"alpha of item {k} has a weight that is not finite")
        for t, i in (*sure, *maybe):
            if not (0 <= t < alpha.shape[0] and 0 <= i < alpha.shape[1]):
                raise ValueError(
                    f"link ({t}, {i}) of item {k} is outside its alpha "
                    f"{tuple(alpha.shape)}; links are (t, i), counted from 0"
                )
    return [(alpha, set(sure), set(maybe)) for alpha, sure, maybe in items]
