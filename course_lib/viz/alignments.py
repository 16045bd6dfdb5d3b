"""The alignment explorer: point at a word and see what it reads, or who reads it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from torch import Tensor

from . import page

WORDS, MAPS = 64, 16  # the most tokens on a side and the most maps that can be read
LEVELS = 25  # shades of blue
TOGETHER = 3  # so many maps stand side by side; more are chosen by buttons
PHONE = 280  # pixels that a phone has across, without the margins of the page
SIZE = 13  # of the letters, in pixels
HIDDEN = ' display="none"'
LANE_X, LANE_Y = 34, 17  # room for the percents between a word and the map

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, repr=False)
class Explorer:
    """What `explore` returns: shown by a notebook, described in words by `describe`."""

    maps: tuple[tuple[str, Rows], ...]
    src: tuple[str, ...]
    tgt: tuple[str, ...]
    gold: tuple[tuple[int, int], ...]
    title: str | None
    start: int

    def describe(self) -> str:
        """The figure in words: its size, what each row reads most, hits on gold."""
        parts = [f"{self.title}."] if self.title else []
        parts.append(
            f"Alignment of {len(self.tgt)} target words by {len(self.src)} source "
            "words."
        )
        for name, rows in self.maps:
            told = page.peaks(np.array(rows), self.src, self.tgt, self.gold)
            parts.append(f"{name}: {told}" if name else told)
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"Explorer. {self.describe()}"

    def _repr_html_(self) -> str:
        names = [name for name, _ in self.maps]
        aside = len(self.maps) <= TOGETHER
        groups = [[m] for m in self.maps] if aside else [list(self.maps)]
        panels = "".join(self._panel(group, k) for k, group in enumerate(groups))
        gold = (
            '<button type="button" class="viz-toggle" aria-pressed="true" hidden>'
            "Gold alignment</button>"
            if self.gold
            else ""
        )
        left, top, cell, *_ = self._layout()
        return page.frame(
            "explore",
            f"{'' if aside else self._thumbs()}"
            f'<div class="viz-panels">{panels}</div>'
            f'<div class="viz-row viz-foot"><span>weight α: 0<span class="viz-ramp">'
            f"</span>1</span>{gold}<span>Point at a word, tap it, or use Tab and the "
            "arrow keys.</span></div>",
            label=self.title or "Alignment explorer",
            data={
                "src": self.src,
                "tgt": self.tgt,
                "maps": [_thousandths(rows) for _, rows in self.maps],
                "names": names,
                "gold": self.gold,
                "start": self.start,
                "at": [left, top, cell],
            },
            words=self.describe(),
            numbers="".join(
                page.table(
                    f"{name or 'Weights'}, in percent",
                    self.src,
                    self.tgt,
                    ([f"{100 * a:.3g}" for a in row] for row in rows),
                )
                for name, rows in self.maps
            ),
            title=self.title,
        )

    def _layout(self) -> tuple[float, float, int, float, float, bool]:
        """Left, top, cell, width, height of a map in pixels; are the words turned?"""
        n, m = len(self.src), len(self.tgt)
        longest = max(page.width(word, SIZE) for word in self.src)
        left = max(page.width(word, SIZE) for word in self.tgt) + 22 + LANE_X
        cell = max(16, min(40, int((PHONE - left) / n), int(460 / m)))
        turned = longest + 2 > cell
        lean = 0.64 * (page.width(self.src[-1], SIZE) + 10) + 14
        if turned:
            cell = max(18, min(cell, int((PHONE - left - lean) / (n - 0.5))))
        top = LANE_Y + (0.77 * longest + 22 if turned else 26)
        # a turned word leans out over the right edge
        reach = [
            (i + 0.5 - n) * cell + 0.64 * (page.width(word, SIZE) + 10) + 14
            for i, word in enumerate(self.src)
        ]
        right = max(4, *reach) if turned else 4
        return (
            round(left),
            round(top),
            cell,
            round(left + n * cell + right),
            round(top + m * cell + 4),
            turned,
        )

    def _panel(self, maps: list[tuple[str, Rows]], number: int) -> str:
        left, top, cell, width, height, turned = self._layout()
        n, m = len(self.src), len(self.tgt)
        name = maps[0][0] if len(maps) == 1 else ""
        place = f'transform="translate({left} {top}) scale({cell})"'
        drawn = "".join(
            # the outer group is hidden, so that a small copy can show the inner one
            f'<g class="viz-map"{HIDDEN if k else ""}><g id="&id;-{number + k}" '
            f"{place}>{shades(rows)}</g></g>"
            for k, (_, rows) in enumerate(maps)
        )
        lines = "".join(f"M{i} 0v{m}" for i in range(1, n))
        lines += "".join(f"M0 {t}h{n}" for t in range(1, m))
        squares = "".join(f"M{i + 0.1} {t + 0.1}h.8v.8h-.8z" for t, i in self.gold)
        gold = (
            f'<g class="viz-gold" {place}><path d="{squares}" stroke="var(--paper)" '
            f'stroke-width="{4 / cell:.3f}"/><path d="{squares}" '
            f'stroke="var(--ink)" stroke-width="{1.7 / cell:.3f}"/></g>'
            if self.gold
            else ""
        )
        named = f" of {escape(name)}" if name else ""
        heading = f'<p class="viz-name">{escape(name)}</p>' if name else ""
        return (
            f'<div class="viz-panel" style="--w:{width}px">{heading}'
            f'<div class="viz-scroll"><svg viewBox="0 0 {width} {height}" '
            f'role="group" aria-label="Alignment map{named}">'
            f'<rect class="viz-tile" x="{left}" y="{top}" width="{n * cell}" '
            f'height="{m * cell}"/>{drawn}'
            f'<path class="viz-grid" {place} stroke-width="{1.4 / cell:.3f}" '
            f'd="{lines}"/>{gold}<g class="viz-flow"></g><g class="viz-lane"></g>'
            f'<g role="listbox" aria-label="Target words{named}" '
            f'aria-orientation="vertical">{self._targets(left, top, cell)}</g>'
            f'<g role="listbox" aria-label="Source words{named}" '
            f'aria-orientation="horizontal">{self._sources(left, top, cell, turned)}'
            '</g></svg></div><p class="viz-say" aria-live="polite"></p></div>'
        )

    def _targets(self, left: float, top: float, cell: int) -> str:
        end, high = left - LANE_X, min(cell - 2, 24)
        words = []
        for t, word in enumerate(self.tgt):
            y = top + (t + 0.5) * cell
            wide = max(page.width(word, SIZE) + 15, 22)
            words.append(
                _word(word, end - wide, y - high / 2, wide, high)
                + f'<text x="{end - 7}" y="{y:g}" dy=".35em" text-anchor="end" '
                f'font-size="{SIZE}">{page.token(word)}</text></g>'
            )
        return "".join(words)

    def _sources(self, left: float, top: float, cell: int, turned: bool) -> str:
        words = []
        for i, word in enumerate(self.src):
            wide = max(
                page.width(word, SIZE) + (10 if turned else 4), min(20, cell - 1)
            )
            middle, bottom = left + (i + 0.5) * cell, top - LANE_Y
            shown = page.token(word)
            if turned:  # written upwards to the right, at 50 degrees
                high = min(20, cell * 0.74)
                turn = f' transform="translate({middle:g} {bottom - 5:g}) rotate(-50)"'
                words.append(
                    _word(word, 0, -high / 2, wide, high, turn)
                    + f'<text x="5" dy=".35em" font-size="{SIZE}">{shown}</text></g>'
                )
            else:
                words.append(
                    _word(word, middle - wide / 2, bottom - 24, wide, 22)
                    + f'<text x="{middle:g}" y="{bottom - 13:g}" dy=".35em" '
                    f'text-anchor="middle" font-size="{SIZE}">{shown}</text></g>'
                )
        return "".join(words)

    def _thumbs(self) -> str:
        """One small map for each name: buttons that choose the large one."""
        n, m = len(self.src), len(self.tgt)
        left, top, cell, *_ = self._layout()
        scale = min(56 / n, 56 / m, 6)
        size = f'width="{scale * n:.0f}" height="{scale * m:.0f}"'
        buttons = "".join(
            f'<button type="button" role="radio" aria-checked="{str(not k).lower()}">'
            f'<svg viewBox="0 0 {n} {m}" {size} aria-hidden="true">'
            f'<use href="#&id;-{k}" transform="scale({1 / cell:.5f}) '
            f'translate({-left} {-top})"/></svg>{escape(name)}</button>'
            for k, (name, _) in enumerate(self.maps)
        )
        return (
            f'<div class="viz-thumbs" role="radiogroup" aria-label="Which map" hidden>'
            f"{buttons}</div>"
        )


def explore(
    alpha: Float[Tensor, "m n"]
    | Float[Tensor, "heads m n"]
    | ArrayLike
    | Mapping[str, Float[Tensor, "m n"] | ArrayLike],
    src: Sequence[str],
    tgt: Sequence[str],
    *,
    gold: Iterable[tuple[int, int]] = (),
    title: str | None = None,
    start: int = 0,
) -> Explorer:
    """α_{t,i} under the reader's finger: what target t reads, who reads source i.

    Source tokens stand above, target tokens to the left. Point at a target token, tap
    it or move to it with the arrow keys: its weight of 1 flows out along the row and
    up to the tokens that it reads, with percents. Point at a source token to see which
    targets read it. Works in a saved page; no kernel, no network.

    Args:
        alpha: the weights of one model, [m, n]; of several heads, [heads, m, n]; or
            name -> weights [m, n]. Up to three maps stand side by side with one
            cursor, more are chosen by small copies of themselves.
        src: n source tokens, in any script.
        tgt: m target tokens.
        gold: links (t, i), counted from 0, drawn as open squares.
        title: a line above.
        start: the target token that is chosen at first.

    Raises:
        ValueError: if a map is not [len(tgt), len(src)], if a weight is outside [0, 1]
            or a row sums to more than 1, if a gold link or ``start`` is outside the
            map, or if there are more tokens or maps than can be read.
    """
    m, n = len(tgt), len(src)
    if max(m, n) > WORDS:
        raise ValueError(
            f"{m} target and {n} source tokens: at most {WORDS} can be read; show a "
            "part of the sentence, or use alignment_map"
        )
    named = dict(alpha) if isinstance(alpha, Mapping) else _named(alpha)
    if not 1 <= len(named) <= MAPS:
        raise ValueError(f"give 1 to {MAPS} maps, not {len(named)}")
    maps = {name: page.weights(a, m, n) for name, a in named.items()}
    for name, checked in maps.items():
        if checked.sum(axis=1).max() > 1 + 1e-3:
            raise ValueError(
                f"a row of alpha{f' of {name}' if name else ''} sums to "
                f"{checked.sum(axis=1).max():.3g}: a row shares out 1, so normalise it"
            )
    if not 0 <= start < m:
        raise ValueError(f"start is {start}, but the targets are 0 to {m - 1}")
    return Explorer(
        tuple(
            (name, tuple(tuple(row) for row in checked.round(3).tolist()))
            for name, checked in maps.items()
        ),
        tuple(src),
        tuple(tgt),
        tuple(page.links(gold, m, n)),
        title,
        start,
    )


def shades(rows: Rows) -> str:
    """Cells of one unit each, those of one shade in one path: small on the page."""
    places: dict[int, list[str]] = {}
    for t, row in enumerate(rows):
        for i, a in enumerate(row):
            shade = round(LEVELS * min(a, 1) ** page.GAMMA)
            if shade:
                places.setdefault(shade, []).append(f"M{i} {t}h1v1h-1")
    return "".join(
        f'<path fill-opacity="{shade / LEVELS:g}" d="{"".join(cells)}"/>'
        for shade, cells in sorted(places.items())
    )


def _named(alpha: Tensor | ArrayLike) -> dict[str, Tensor | ArrayLike]:
    values = page.array(alpha)
    if values.ndim == 3:
        return {f"head {k}": head for k, head in enumerate(values, start=1)}
    return {"": values}


def _thousandths(rows: Rows) -> list[list[int]]:
    return [[round(1000 * a) for a in row] for row in rows]


def _word(
    word: str, x: float, y: float, wide: float, high: float, turn: str = ""
) -> str:
    return (
        f'<g class="viz-word"{turn} role="option" aria-label="{escape(word)}" '
        f'aria-selected="false"><rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" '
        f'height="{high:.0f}" rx="4"/>'
    )
