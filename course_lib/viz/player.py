"""The step player: a decoder at work, one quantity after another, with its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from torch import Tensor

from . import page

WIDE, LONG = 12, 40  # the widest vector and the longest sentence that can be read
LABEL, CELL, HIGH, GAP = 36, 42, 25, 9  # pixels: room for names; a cell; between rows
FLOW = 46  # pixels: between the weights and the context

# Symbol, formula and the formula in words, for the quantities of the book.
SYMBOLS = {"alpha": "α", "y_prime": "y′", "s_tilde": "s̃", "beta": "β"}
EQUATIONS = {
    "e": (
        "e_{t,i} = score(s_{t-1}, h_i)",
        "Score: how well does each source state answer what the decoder's state asks?",
    ),
    "alpha": (
        "α_t = softmax(e_t)",
        "Align: the scores become shares, none below 0, together 1.",
    ),
    "c": (
        "c_t = Σ_i α_{t,i} h_i",
        "Average: take its share of every source state and add up: the context.",
    ),
    "y_prime": (
        "y′_t = [E y_{t-1}; c_t]",
        "Extend: the embedding of the last word, and behind it the context.",
    ),
    "s": (
        "s_t = RNN(y′_t, s_{t-1})",
        "Step: the network reads this and moves to its next state, from which the "
        "output layer writes the word.",
    ),
}
# What a quantity is made from, where that is on the picture.
FROM = {
    "e": ("s_prev", "h"),
    "alpha": ("e",),
    "c": ("alpha", "h"),
    "y_prime": ("c",),
    "s": ("y_prime", "s_prev"),
}

Vector = tuple[float, ...]


@dataclass(frozen=True, repr=False)
class Player:
    """What `play` returns: shown by a notebook, described in words by `describe`."""

    names: tuple[str, ...]
    steps: tuple[tuple[Vector, ...], ...]
    src: tuple[str, ...]
    tgt: tuple[str, ...]
    h: tuple[Vector, ...]
    s0: Vector
    by_source: tuple[str, ...]
    words: tuple[tuple[str, str], ...]
    title: str | None

    def describe(self) -> str:
        """The figure in words: what is computed in each step, and what it reads most.

        The numbers themselves are in the tables of the figure.
        """
        parts = [f"{self.title}."] if self.title else []
        shown = ", ".join(map(symbol, self.names))
        parts.append(
            f"{len(self.tgt)} decoding steps over the source {' '.join(self.src)}, "
            f"each computing {shown}."
        )
        for t, (word, step) in enumerate(zip(self.tgt, self.steps, strict=True), 1):
            text = f"Step {t} writes {word}"
            if "alpha" in self.names:
                alpha = step[self.names.index("alpha")]
                i = int(np.argmax(alpha))
                text += f" and reads {self.src[i]} most ({alpha[i]:.2f})"
            parts.append(f"{text}.")
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"Player. {self.describe()}"

    def _repr_html_(self) -> str:
        drawing, width = self._drawing()
        stages = "".join(
            f'<li role="option" aria-selected="false"><b>{page.maths(formula)}</b> '
            f"<span>{escape(text)}</span></li>"
            for formula, text in self.words
        )
        icon = '<svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">'
        buttons = "".join(
            f'<button type="button" class="viz-{name}" aria-label="{label}">{icon}'
            f'<path d="{path}"/></svg>{text}</button>'
            for name, label, path, text in (
                ("back", "One back", "M9 1v10L2 6z", ""),
                ("run", "Play", "M2 1v10l8-5z", " <span>Play</span>"),
                ("next", "One on", "M3 1v10l7-5z", ""),
            )
        )
        return page.frame(
            "play",
            f'<div class="viz-stage"><div class="viz-scroll" style="--w:{width}px">'
            f"{drawing}</div>"
            f'<div class="viz-side"><p class="viz-out" aria-hidden="true"></p>'
            f'<ol class="viz-stages" role="listbox" aria-label="Quantities of a step">'
            f"{stages}</ol></div></div>"
            '<div class="viz-row viz-controls" role="group" aria-label="Player" hidden>'
            f'{buttons}<input type="range" min="0" step="1" '
            'aria-label="Where in the computation">'
            '<span class="viz-where"></span></div>'
            '<p class="viz-hid" aria-live="polite"></p>',
            label=self.title or "Step player",
            data={
                "names": self.names,
                "symbols": [symbol(name) for name in self.names],
                "steps": [[_short(v) for v in step] for step in self.steps],
                "scale": self._scales(),
                "bySource": self.by_source,
                "src": self.src,
                "tgt": self.tgt,
                "s0": _short(self.s0),
                "from": {name: FROM.get(name, ()) for name in self.names},
            },
            words=self.describe(),
            numbers="".join(self._tables()),
            title=self.title,
        )

    def _scales(self) -> dict[str, float]:
        """The largest number of each quantity: the full colour."""
        scales = {
            name: max(abs(x) for step in self.steps for x in step[k]) or 1.0
            for k, name in enumerate(self.names)
        }
        scales["h"] = max((abs(x) for row in self.h for x in row), default=1.0) or 1.0
        scales["s_prev"] = max([scales.get("s", 0.0), *map(abs, self.s0)]) or 1.0
        return {name: page.brief(x) or 1.0 for name, x in scales.items()}

    def _tables(self) -> list[str]:
        tables = []
        for t, (word, step) in enumerate(zip(self.tgt, self.steps, strict=True), 1):
            longest = max(map(len, step))
            tables.append(
                page.table(
                    f"Step {t}, {word}",
                    [str(k) for k in range(1, longest + 1)],
                    [symbol(name) for name in self.names],
                    ([f"{x:.3g}" for x in vector] for vector in step),
                )
            )
        return tables

    def _drawing(self) -> tuple[str, int]:
        scales, n = self._scales(), len(self.src)
        parts, y = [], 0
        longest = max(page.width(word, 14) for word in self.src)
        size = max(9.5, 14 * min(1, (CELL - 3) / longest))
        for i, word in enumerate(self.src):
            parts.append(
                f'<text x="{LABEL + (i + 0.5) * CELL}" y="15" text-anchor="middle" '
                f'font-size="{size:.3g}">{page.token(word)}</text>'
            )
        y += 24
        if self.h:
            columns = [tuple(row[k] for row in self.h) for k in range(len(self.h[0]))]
            cells = "".join(
                _cells(row, y + k * 20, 20, "h", scales["h"])
                for k, row in enumerate(columns)
            )
            high = 20 * len(columns)
            parts.append(_row("h", "h", "i", y, high, n, cells))
            y += high + GAP
        if self.s0:
            cells = _cells(self.s0, y, HIGH, "s_prev", scales["s_prev"])
            parts.append(_row("s_prev", "s", "0", y, HIGH, len(self.s0), cells))
            y += HIGH + GAP
        for k, name in enumerate(self.names):
            vector = self.steps[0][k]
            if name == "c" and "alpha" in self.names[:k]:
                bottom = y - GAP
                parts.append(
                    f'<g class="viz-flow" data-from="{bottom}" data-to='
                    f'"{bottom + FLOW}" data-x="{LABEL}" data-cell="{CELL}"></g>'
                )
                y = bottom + FLOW
            cells = _cells(vector, y, HIGH, name, scales[name])
            parts.append(_row(name, symbol(name), "1", y, HIGH, len(vector), cells))
            y += HIGH
            if name == "y_prime" and "c" in self.names:
                parts.append(self._brace(y, len(vector)))
                y += 15
            y += GAP
        widest = max([n, len(self.s0), *(len(v) for v in self.steps[0])])
        width, height = LABEL + CELL * widest + 4, y - GAP + 6
        return (
            f'<svg viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="Rows of numbered cells, one row for each quantity">'
            f"{''.join(parts)}</svg>",
            width,
        )

    def _brace(self, y: int, wide: int) -> str:
        """Which part of y′ is the embedding and which the context."""
        cut = wide - len(self.steps[0][self.names.index("c")])
        if cut <= 0:
            return ""
        x, middle, end = LABEL, LABEL + cut * CELL, LABEL + wide * CELL
        line = "".join(
            f"M{a + 3} {y + 2}v3H{b - 3}v-3" for a, b in ((x, middle), (middle, end))
        )
        return (
            f'<path d="{line}" fill="none" stroke="var(--soft)"/>'
            f'<text class="viz-soft viz-in" x="{(x + middle) / 2}" y="{y + 16}" '
            f'font-size="11" text-anchor="middle">{"last word: " if cut > 1 else ""}'
            "</text>"
            f'<text class="viz-soft" x="{(middle + end) / 2}" y="{y + 16}" '
            f'font-size="11" text-anchor="middle">context</text>'
        )


def play(
    steps: Sequence[Mapping[str, Float[Tensor, " d"] | ArrayLike]],
    src: Sequence[str],
    tgt: Sequence[str],
    *,
    h: Float[Tensor, "n d_h"] | ArrayLike | None = None,
    s0: Float[Tensor, " d_s"] | ArrayLike | None = None,
    by_source: Sequence[str] = ("e", "alpha"),
    words: Mapping[str, tuple[str, str]] | None = None,
    title: str | None = None,
) -> Player:
    """e → α → c → y′ → s, one after the other, as coloured cells with their numbers.

    Each decoding step is shown quantity by quantity, with the equation in words beside
    it; buttons play and step, a slider goes anywhere. The weights flow from the source
    words into the context. Works in a saved page; no kernel, no network.

    Args:
        steps: one mapping for each target token, from the name of a quantity to its
            vector, in the order of computing; the same names and widths every time.
        src: n source tokens.
        tgt: the tokens that the steps write.
        h: source states, drawn above as columns.
        s0: the decoder's state before the first step, if ``s`` is among the names.
        by_source: quantities with one entry for each source token.
        words: name -> (formula, the formula in words), for other quantities than
            e, alpha, c, y_prime and s, or instead of what is said about those.
        title: a line above.

    Raises:
        ValueError: if steps and targets differ in number, if the names or widths of
            two steps differ, if a vector is not finite, not a vector or wider than can
            be read, or if a quantity of ``by_source``, ``h`` or ``s0`` does not fit.
    """
    if not 1 <= len(steps) == len(tgt) <= LONG:
        raise ValueError(
            f"{len(steps)} steps for {len(tgt)} target tokens: give one step for each "
            f"token, 1 to {LONG}"
        )
    if not 1 <= len(src) <= WIDE:
        raise ValueError(f"{len(src)} source tokens: 1 to {WIDE} can be shown")
    names = tuple(steps[0])
    vectors = []
    for t, step in enumerate(steps, start=1):
        if tuple(step) != names:
            raise ValueError(
                f"step {t} has {list(step)}, step 1 has {list(names)}: every step "
                "computes the same quantities in the same order"
            )
        vectors.append(tuple(_vector(f"{k} of step {t}", v) for k, v in step.items()))
        for name, vector, first in zip(names, vectors[-1], vectors[0], strict=True):
            if name in by_source and len(vector) != len(src):
                raise ValueError(
                    f"{name} of step {t} has {len(vector)} entries for {len(src)} "
                    "source tokens: one for each, or leave it out of by_source"
                )
            if len(vector) != len(first):
                raise ValueError(
                    f"{name} of step {t} has {len(vector)} entries, in step 1 it has "
                    f"{len(first)}: a quantity keeps its width"
                )
    states = () if h is None else tuple(_vector("h", row) for row in page.array(h))
    if h is not None and len(states) != len(src):
        raise ValueError(f"h has {len(states)} rows for {len(src)} source tokens")
    before = () if s0 is None else _vector("s0", s0)
    widths = dict(zip(names, map(len, vectors[0]), strict=True))
    if before and len(before) != widths.get("s"):
        raise ValueError(
            f"s0 has {len(before)} entries: it is the s before step 1, so the steps "
            "need an s of the same width"
        )
    if taken := {"h", "s_prev"} & set(names):
        raise ValueError(f"{sorted(taken)} are drawn from h= and s0=: rename them")
    said = {**EQUATIONS, **(words or {})}
    return Player(
        names,
        tuple(vectors),
        tuple(src),
        tuple(tgt),
        states,
        before,
        tuple(by_source),
        tuple(said.get(name, (symbol(name), "")) for name in names),
        title,
    )


def symbol(name: str) -> str:
    """How a quantity is written: alpha → α, y_prime → y′."""
    return SYMBOLS.get(name, name)


def _vector(name: str, values: Tensor | ArrayLike) -> Vector:
    checked = page.array(values)
    if checked.ndim != 1 or not len(checked) or not np.isfinite(checked).all():
        raise ValueError(
            f"{name} is {checked.shape}: give one vector of finite numbers"
        )
    if len(checked) > WIDE:
        raise ValueError(
            f"{name} has {len(checked)} entries, and at most {WIDE} can be read: play "
            "a model with small widths, or show the first entries"
        )
    return tuple(float(f"{x:.3g}") for x in checked)


def _short(vector: Vector) -> list[float | int | None]:
    return [page.brief(x) for x in vector]


def _row(
    name: str, shown: str, index: str, y: int, high: int, wide: int, cells: str
) -> str:
    """A named row of cells in a frame that is drawn when it is its turn."""
    return (
        f'<g class="viz-vector" data-name="{escape(name)}">'
        f'<text class="viz-symbol" x="{LABEL - 9}" y="{y + high / 2:g}" dy=".3em" '
        f'text-anchor="end" font-size="17">{escape(shown)}'
        f'<tspan dy="4" font-size="11">{index}</tspan></text>{cells}'
        f'<rect class="viz-ring" x="{LABEL - 3}" y="{y - 3}" width='
        f'"{wide * CELL + 4}" height="{high + 5}" rx="6"/></g>'
    )


def _cells(vector: Vector, y: int, high: int, name: str, scale: float) -> str:
    """One cell for each number; the colour says its sign and its size."""
    cells = []
    for k, x in enumerate(vector):
        kind = "blue" if name == "alpha" else "plus" if x >= 0 else "minus"
        left = LABEL + k * CELL
        cells.append(
            f'<rect x="{left}" y="{y}" width="{CELL - 2}" height="{high - 1}" '
            f'style="fill:var(--{kind})" fill-opacity="{0.6 * abs(x) / scale:.2g}"/>'
            f'<text x="{left + CELL // 2 - 1}" y="{y + high // 2 + 4}">'
            f"{number(x)}</text>"
        )
    return f'<g class="viz-cells">{"".join(cells)}</g>'


def number(x: float) -> str:
    """A number that fits a cell: 3.17, -0.27, 12.4, 153."""
    places = 2 if abs(x) < 9.995 else 1 if abs(x) < 99.95 else 0
    return f"{x:.{places}f}".replace("-", "−")
