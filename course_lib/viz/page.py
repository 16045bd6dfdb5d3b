"""What the figures share: the frame of HTML, the colours, identifiers and checks.

A figure is a `<figure class="viz">` that needs nothing else: a style block, a drawing,
the same in words and numbers, and a script. Style and script come with every figure;
on a page with several they repeat each other and do no harm. Nothing is fetched, and
nothing that a token says can become markup or code.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

# A weight is drawn with the opacity α^0.7: small ones must be seen on black too.
GAMMA = 0.7

# Blue is a weight, orange is what the reader points at; green and purple are numbers
# above and below zero. Told apart with any colour vision, on white and on black.
LIGHT = (
    "color-scheme:light;--paper:#fff;--ink:#1c2630;--soft:#52606d;--line:#c9d1d9;"
    "--tile:#eef2f5;--blue:#0b5fa5;--warm:#c2410c;--plus:#3f9b5a;--minus:#9463b8;"
    "--s1:#0072b2;--s2:#c24e00;--s3:#00795a;--s4:#a8457f;--s5:#8a6100;--s6:#3a3f46"
)
DARK = (
    "color-scheme:dark;--paper:#121212;--ink:#e8edf2;--soft:#a9b5c1;--line:#46515c;"
    "--tile:#242a31;--blue:#63b8ff;--warm:#ff9f5f;--plus:#4fa06a;--minus:#a678cc;"
    "--s1:#56b4e9;--s2:#ff8c3a;--s3:#2fc79b;--s4:#e79ac5;--s5:#f0c04a;--s6:#d5dbe1"
)
# Where a page says which theme it shows: the book, JupyterLab, Colab, VS Code.
SAID = (
    "[data-theme={0}] .viz,html[theme={0}] .viz,.vscode-{0} .viz,"
    "[data-jp-theme-light={1}] .viz"
)
THEMES = (
    f".viz{{{LIGHT}}}"
    f"@media (prefers-color-scheme:dark){{.viz{{{DARK}}}}}"
    f"{SAID.format('light', 'true')}{{{LIGHT}}}"
    f"{SAID.format('dark', 'false')}{{{DARK}}}"
    f"@media print{{.viz.viz.viz{{{LIGHT}}}}}"
)

# Front ends that do not trust a notebook take scripts and drawings away, but leave the
# loose words of a drawing behind. So the drawing travels in a script element of a type
# that nobody runs, and the script puts it in place. Where no script may run, this and
# the description with its tables are what is left.
STILL = (
    "A figure that answers to pointer and keys stands here where scripts may run; in a "
    "notebook, run its cell. This is the figure in words and numbers:"
)


def frame(
    kind: str,
    body: str,
    *,
    label: str,
    data: dict[str, Any],
    words: str,
    numbers: str = "",
    title: str | None = None,
    sheet: str | None = None,
) -> str:
    """The HTML of one figure: style, drawing, the same in words, script.

    Args:
        kind: the figure's script and class: ``page.js`` and then ``kind.js`` are run.
        body: the drawing, as HTML; ``&id;`` in it becomes the figure's identifier.
        label: the name of the figure for a screen reader.
        data: what the script reads, as JSON in an attribute.
        words: the description, as plain text.
        numbers: tables, as HTML.
        title: a line above.
        sheet: a style sheet of its own, behind the common one.
    """
    said = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    name = identifier(kind, said, body, words, title or "")
    # in single quotes: JSON is full of double ones
    quoted = escape(said, quote=False).replace("'", "&#39;")
    head = f'<p class="viz-title">{escape(title)}</p>' if title else ""
    return (
        f'<figure class="viz viz-{kind}" id="{name}" aria-label="{escape(label)}" '
        f"data-viz='{quoted}'>"
        f"<style>{THEMES}{_source('page.css')}{_source(sheet) if sheet else ''}"
        "</style>"
        f'{head}<p class="viz-still">{STILL}</p>'
        f'<script type="text/html">{body.replace("&id;", name)}</script>'
        '<details class="viz-words" open><summary>In words and numbers</summary>'
        f"<p>{escape(words)}</p>{numbers}</details>"
        f'<script>(()=>{{"use strict";{_source("page.js")}{_source(f"{kind}.js")}'
        f'begin("{kind}",start)}})()</script></figure>'
    )


def identifier(*parts: str) -> str:
    """A name made from the content: the same figure has the same name every time."""
    return "viz-" + hashlib.sha256("\x1e".join(parts).encode()).hexdigest()[:10]


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[str],
    cells: Iterable[Iterable[str]],
) -> str:
    """A table in a box of its own that scrolls sideways where it is too wide."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in row)
        + "</tr>"
        for name, row in zip(rows, cells, strict=True)
    )
    return (
        f'<div class="viz-scroll"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def token(text: str) -> str:
    """A word as HTML; Chinese says that it is, for fonts and for screen readers."""
    shown = escape(text) if text.strip() else "␣"
    return f'<tspan lang="zh">{shown}</tspan>' if chinese(text) else shown


def chinese(text: str) -> bool:
    """Whether a text holds Chinese characters."""
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def width(text: str, size: float) -> float:
    """About how wide a text will be drawn, in pixels; on the safe side."""
    return size * sum(map(_ems, text))


def maths(text: str) -> str:
    """A small formula as HTML: ``e_{t,i} = score(s_{t-1}, h_i)`` with real indices."""
    shown = escape(text).replace("-", "−")
    return re.sub(r"_(?:\{([^}]*)\}|(\w))", r"<sub>\1\2</sub>", shown)


def brief(value: float) -> float | int | None:
    """A number with three digits, as JSON writes it best; nan is None."""
    if not np.isfinite(value):
        return None
    short = float(f"{value:.3g}")
    return int(short) if short == int(short) else short


def array(values: Any) -> np.ndarray:
    """Tensor (on any device, with or without gradient) or numbers → float array."""
    if isinstance(values, Tensor):
        values = values.detach().to("cpu").double().numpy()
    return np.asarray(values, dtype=float)


def weights(alpha: Tensor | ArrayLike, m: int, n: int) -> np.ndarray:
    """α as an array [m, n], checked.

    Raises:
        ValueError: if alpha is not [m, n], or a weight is not finite or not in [0, 1].
    """
    checked = array(alpha)
    if checked.shape != (m, n) or m == 0 or n == 0:
        raise ValueError(
            f"alpha is {checked.shape}, but there are {m} target and {n} source "
            "tokens: give one row for each target and one column for each source token"
        )
    if not np.isfinite(checked).all() or checked.min() < 0 or checked.max() > 1 + 1e-4:
        raise ValueError(
            "alpha must be weights in [0, 1]: scores e go through softmax first"
        )
    return checked


def links(gold: Iterable[tuple[int, int]], m: int, n: int) -> list[tuple[int, int]]:
    """Gold links (t, i), counted from 0, checked.

    Raises:
        ValueError: if a link is outside the map.
    """
    checked = [(int(t), int(i)) for t, i in gold]
    for t, i in checked:
        if not (0 <= t < m and 0 <= i < n):
            raise ValueError(
                f"gold link ({t}, {i}) is outside the map {(m, n)}; links are (t, i), "
                "counted from 0"
            )
    return checked


def peaks(
    alpha: np.ndarray,
    src: Sequence[str],
    tgt: Sequence[str],
    gold: Sequence[tuple[int, int]] = (),
) -> str:
    """What each row of a map reads most, and how often that is gold, in words."""
    best = alpha.argmax(axis=1)
    told = [
        f"{word} reads {src[i]} ({alpha[t, i]:.2f})"
        for t, (word, i) in enumerate(zip(tgt, best, strict=True))
    ]
    more = len(told) - 12
    ending = f", and {more} more rows." if more > 0 else "."
    text = "Largest weight of each row: " + ", ".join(told[:12]) + ending
    if gold:
        hits = sum(int(best[t] == i) for t, i in gold)
        text += (
            f" {hits} of {len(gold)} gold links have the largest weight of their row."
        )
    return text


def _ems(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in "iljtfrI.,:;'|!()[] ":
        return 0.36
    if letter in "mwMW@%—":
        return 0.92
    return 0.7 if letter.isupper() else 0.6


@cache
def _source(name: str) -> str:
    """A style sheet or script of this folder without its comments and indents."""
    text = (Path(__file__).parent / name).read_text(encoding="utf8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    lines = (line.strip() for line in text.splitlines())
    kept = [line for line in lines if line and not line.startswith("//")]
    if name.endswith(".css"):
        return re.sub(r" ?([{};,]) ?|(:) ", r"\1\2", "".join(kept))
    return "\n".join(kept) + "\n"
