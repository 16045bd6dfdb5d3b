"""Figures: pictures of matplotlib here, and figures that live in a page beside it.

`alignment_map` and `curves` take and return ``ax``, and `describe` puts it in words.
`explore`, `play`, `look`, `sweep` and `atlas` return a figure that answers to pointer,
keyboard and touch in any page, with no kernel and no network; its ``describe()`` is its
text.
"""

import functools
import inspect
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from torch import Tensor

from . import page
from .alignments import explore
from .frames import sweep
from .lanes import atlas
from .overlay import look
from .player import play

__all__ = [
    "alignment_map",
    "atlas",
    "curves",
    "describe",
    "explore",
    "look",
    "play",
    "show",
    "sweep",
]

# Okabe and Ito's colours without their yellow, each with a marker and a dash of its
# own: the series are told apart in grey as well.
LOOKS = (
    ("#0072B2", "o", "-"),
    ("#D55E00", "s", "--"),
    ("#009E73", "^", "-."),
    ("#CC79A7", "D", ":"),
    ("#E69F00", "v", "-"),
    ("#56B4E9", "P", "--"),
    ("#000000", "X", "-."),
)

# Families with Chinese, the likeliest first: Linux, macOS, Windows.
CJK = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "Heiti TC",
    "STHeiti",
    "Arial Unicode MS",
    "Microsoft YaHei",
    "SimHei",
    "SimSun",
    "Noto Sans CJK JP",
    "Noto Serif CJK SC",
)

# What an alignment map says, for `describe`: the ticks may show numbers instead.
_tokens: WeakKeyDictionary[Axes, tuple[list[str], list[str]]] = WeakKeyDictionary()


def alignment_map(
    alpha: Float[Tensor, "m n"] | ArrayLike,
    src: Sequence[str],
    tgt: Sequence[str],
    *,
    gold: Iterable[tuple[int, int]] = (),
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """A picture of α_{t,i}: target rows t downwards, source columns i from the left.

    Colours run from 0 (dark) to 1 (bright) on every map, so maps can be compared.
    Gold links are small open squares. Labels that no installed font can draw, such
    as Chinese without a Chinese font, become position numbers, and what they stand
    for is printed: never empty boxes.

    Args:
        alpha: the weights, one row for each target token.
        src: source tokens, one a column.
        tgt: target tokens, one a row.
        gold: links (t, i), counted from 0.
        ax: where to draw; None makes a figure of fitting size with a colour bar.
        title: a line above.

    Raises:
        ValueError: if alpha is not [len(tgt), len(src)], if a weight is outside
            [0, 1] or not finite, or if a gold link is outside the map.
    """
    m, n = len(tgt), len(src)
    weights = page.weights(alpha, m, n)
    links = page.links(gold, m, n)
    own = ax is None
    if ax is None:
        size = (min(7, 2.8 + 0.42 * n), min(7, 1.6 + 0.42 * m))
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    figure: Any = ax.figure
    image = ax.imshow(weights, cmap="viridis", vmin=0, vmax=1, aspect="auto")
    if links:
        rows, columns = zip(*links, strict=True)
        marks = ax.scatter(
            columns,
            rows,
            s=81,
            marker="s",
            facecolors="none",
            edgecolors="white",
            linewidths=1.6,
            label="gold",
        )
        # white on a dark rim shows on dark and on bright cells alike
        marks.set_path_effects([withStroke(linewidth=3.6, foreground="black")])
    _tokens[ax] = (list(src), list(tgt))
    width, height = figure.get_size_inches() * ax.get_position().size
    labels = _labels("source", src)
    size = min(14.0, max(7.0, 60 * width / n))
    letters = max(len(label) for label in labels[0])
    turn = 0.65 * size * letters > 65 * width / n
    ax.set_xticks(
        range(n),
        labels[0],
        fontfamily=labels[1],
        fontsize=size,
        rotation=90 if turn else 0,
    )
    labels = _labels("target", tgt)
    size = min(14.0, max(7.0, 60 * height / m))
    ax.set_yticks(range(m), labels[0], fontfamily=labels[1], fontsize=size)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("source")
    ax.set_ylabel("target")
    if title is not None:
        _title(ax, title)
    if own:
        figure.colorbar(image, ax=ax, label="weight α", ticks=[0, 0.5, 1])
    return ax


def curves(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    band: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    ax: Axes | None = None,
    ylim: tuple[float | int, float | int] | None = None,
) -> Axes:
    """y = f(x) for each named series: own colour, marker and dash, told apart in grey.

    Args:
        x: the shared abscissa.
        series: name -> values, one for each x; nan leaves a gap.
        xlabel: what x is, with its unit.
        ylabel: what y is, with its unit.
        band: name -> (lower, upper), shaded: a spread over seeds, say.
        ax: where to draw; None makes a figure.
        ylim: the range of y; None fits the data.

    Raises:
        ValueError: if there is no series or more than seven, if a length differs from
            that of x, or if a band names no series.
    """
    across = page.array(x)
    if not 1 <= len(series) <= len(LOOKS):
        raise ValueError(
            f"draw 1 to {len(LOOKS)} series, not {len(series)}: more cannot be told "
            "apart, so split the figure"
        )
    bands = dict(band or {})
    if unknown := sorted(set(bands) - set(series)):
        raise ValueError(f"band has {unknown}, which are not among the series")
    drawn = {name: page.array(values) for name, values in series.items()}
    edges = {name: tuple(page.array(v) for v in pair) for name, pair in bands.items()}
    for name, values in [
        *drawn.items(),
        *((k, e) for k, p in edges.items() for e in p),
    ]:
        if across.ndim != 1 or values.shape != across.shape:
            raise ValueError(
                f"{name!r} has shape {values.shape}, but x has {across.shape}: give "
                "one value for each x"
            )
    if ax is None:
        ax = plt.subplots(layout="constrained")[1]
    names, family = _labels("series", list(drawn))
    for (name, values), shown, (colour, marker, dash) in zip(
        drawn.items(), names, LOOKS, strict=False
    ):
        every = max(1, len(across) // 12)
        ax.plot(
            across,
            values,
            color=colour,
            linestyle=dash,
            marker=marker,
            markevery=every,
            label=shown,
            gid=name,
        )
        if name in edges:
            low, high = edges[name]
            ax.fill_between(across, low, high, color=colour, alpha=0.2, linewidth=0)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    if len(across) <= 12:
        ax.set_xticks(across)
    elif np.equal(across, across.round()).all():
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if ylim is not None:
        ax.set_ylim(ylim)
    if len(drawn) > 1:
        ax.legend(prop={"family": family, "size": plt.rcParams["legend.fontsize"]})
    return ax


def describe(ax: Axes) -> str:
    """Alternative text for a figure of this module, written from its data.

    Raises:
        ValueError: if ``ax`` holds neither an alignment map nor curves.
    """
    if ax in _tokens:
        return _describe_map(ax)
    lines = [line for line in ax.get_lines() if line.get_gid() is not None]
    if not lines:
        raise ValueError("describe knows alignment_map and curves: this ax holds none")
    head = f"Line chart of {ax.get_ylabel()} against {ax.get_xlabel()}."
    title = ax.get_title()
    return " ".join([f"{title}." if title else "", head, *map(_trend, lines)]).strip()


def show(obj: Any) -> None:
    """Print the source of a function, class or module of the library.

    Raises:
        TypeError: if ``obj`` has no Python source, as a tensor or a built-in has not.
    """
    while isinstance(obj, functools.partial):
        obj = obj.func
    try:
        source = inspect.getsource(obj)
    except (TypeError, OSError) as error:
        raise TypeError(
            f"{obj!r} has no Python source to show: give a function, class or module"
        ) from error
    print(textwrap.dedent(source).rstrip())


def _describe_map(ax: Axes) -> str:
    src, tgt = _tokens[ax]
    weights = np.asarray(ax.images[0].get_array())
    title = ax.get_title()
    parts = [f"{title}."] if title else []
    parts.append(
        f"Alignment map of {len(tgt)} target rows by {len(src)} source columns."
    )
    gold = [
        (t, i)
        for marks in ax.collections
        if marks.get_label() == "gold"
        for i, t in np.asarray(marks.get_offsets()).round().astype(int).tolist()
    ]
    parts.append(page.peaks(weights, src, tgt, gold))
    return " ".join(parts)


def _trend(line: Line2D) -> str:
    x, y = (np.asarray(data, dtype=float) for data in line.get_data())
    seen = np.isfinite(y)
    if not seen.any():
        return f"{line.get_gid()}: no data."
    x, y = x[seen], y[seen]
    low, high = y.argmin(), y.argmax()
    return (
        f"{line.get_gid()}: from {y[0]:.3g} at {x[0]:g} to {y[-1]:.3g} at {x[-1]:g}, "
        f"lowest {y[low]:.3g} at {x[low]:g}, highest {y[high]:.3g} at {x[high]:g}."
    )


def _labels(what: str, texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Labels and font families that can draw them: numbers where none can."""
    # $ opens mathematics in matplotlib; a token means the sign itself
    shown = [text.replace("$", r"\$") for text in texts]
    families = _families("".join(texts))
    if families is not None:
        return shown, families
    numbers = [str(k) for k, _ in enumerate(texts, start=1)]
    legend = ", ".join(f"{k} {text}" for k, text in zip(numbers, texts, strict=True))
    print(f"{what}: {legend}")
    return numbers, _default()


def _title(ax: Axes, title: str) -> None:
    families = _families(title)
    if families is None:
        print(f"title: {title}")
    else:
        ax.set_title(title.replace("$", r"\$"), fontfamily=families)


def _families(text: str) -> list[str] | None:
    """Families that together have every letter: ours, then a CJK one; None if none."""
    missing = {ord(letter) for letter in text if not letter.isspace()}
    missing -= _letters(tuple(_default()))
    if not missing:
        return _default()
    _add_packaged_font()
    installed = {font.name for font in font_manager.fontManager.ttflist}
    for family in CJK:
        if family in installed and missing <= _letters((family,)):
            return [*_default(), family]
    return None


def _default() -> list[str]:
    font = font_manager.FontProperties()  # rcParams, by way of its own rules
    return [font_manager.get_font(font_manager.findfont(font)).family_name]


@functools.lru_cache(maxsize=64)
def _letters(families: tuple[str, ...]) -> frozenset[int]:
    path = font_manager.findfont(font_manager.FontProperties(family=list(families)))
    return frozenset(font_manager.get_font(path).get_charmap())


@functools.cache
def _add_packaged_font() -> None:
    """Make the font of the optional package zhplot known, without importing it."""
    spec = find_spec("zhplot")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        path = Path(folder) / "fonts" / "NotoSansSC-Regular.ttf"
        if path.exists():
            font_manager.fontManager.addfont(path)
