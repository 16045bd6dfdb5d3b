"""The curve explorer: a slider over frames that were computed beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from . import page

# Each series has a colour, a dash and a mark of its own: told apart in grey as well.
DASHES = ("", "7 4", "2 4", "9 3 2 3", "4 2", "1 3")
MARKS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
    "M-3.5-3.5h7v7h-7z",
    "M0-4.6L4.4 3.4H-4.4z",
    "M0-5L5 0 0 5-5 0z",
    "M0 4.6L4.4-3.4H-4.4z",
    "M-1.4-5h2.8v3.6h3.6v2.8h-3.6v3.6h-2.8v-3.6h-3.6v-2.8h3.6z",
)
FRAMES, POINTS = 60, 200  # the most that a page should carry
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Values = tuple[float, ...]


@dataclass(frozen=True, repr=False)
class Sweep:
    """What `sweep` returns: shown by a notebook, described in words by `describe`."""

    settings: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[tuple[Values, ...], ...]  # of each setting, of each series
    x: tuple[float, ...] | tuple[str, ...]
    knob: str
    xlabel: str
    ylabel: str
    ylim: tuple[float, float]
    log: bool
    kind: Literal["lines", "bars"]
    title: str | None
    start: int

    def describe(self) -> str:
        """The figure in words: the axes, and for each setting where a series goes."""
        parts = [f"{self.title}."] if self.title else []
        chart = "Bar chart" if self.kind == "bars" else "Line chart"
        parts.append(
            f"{chart} of {self.ylabel} against {self.xlabel}, for {len(self.settings)} "
            f"settings of {self.knob} from {self.settings[0]} to {self.settings[-1]}."
        )
        shown = sorted({0, self.start, len(self.settings) - 1})
        for k in shown:
            told = ", ".join(
                f"{name} {_trend(values, self.x, self.kind == 'bars')}"
                for name, values in zip(self.names, self.values[k], strict=True)
            )
            parts.append(f"{self.knob} {self.settings[k]}: {told}.")
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"Sweep. {self.describe()}"

    def _repr_html_(self) -> str:
        legend = "".join(
            f'<span class="viz-key" style="--c:var(--s{k + 1})"><svg width="30" '
            f'height="14" viewBox="-15 -7 30 14" aria-hidden="true">{self._sample(k)}'
            f"</svg>{escape(name)} <b></b></span>"
            for k, name in enumerate(self.names)
        )
        full = 'width="100%" height="100%" aria-hidden="true"'
        first, knob = self.settings[self.start], escape(self.knob)
        return page.frame(
            "sweep",
            f'<div class="viz-row viz-legend">{legend}</div>'
            f'<p class="viz-axis viz-foot">{escape(self.ylabel)}</p>'
            f'<div class="viz-plot" role="slider" tabindex="0" aria-label="Chart: read '
            f'along {escape(self.xlabel)}" aria-valuemin="0" aria-valuemax='
            f'"{len(self.x) - 1}" aria-valuenow="0">'
            f"<svg {full}>{self._axes()}</svg>"
            f'<svg {full} class="viz-clip" viewBox="0 0 1000 1000" '
            f'preserveAspectRatio="none">{self._series()}</svg>'
            f'<svg {full}><g class="viz-points"></g><line class="viz-hair" y1="0" '
            f'y2="100%"/></svg>'
            f'</div><p class="viz-axis viz-foot viz-x">{escape(self.xlabel)}</p>'
            f'<div class="viz-row viz-controls" hidden><label class="viz-knob">{knob} '
            f'<b>{escape(first)}</b></label><input type="range" min="0" step="1" '
            f'max="{len(self.settings) - 1}" value="{self.start}" aria-label="{knob}">'
            f"</div>",
            label=self.title or f"{self.ylabel} against {self.xlabel}",
            data={
                "x": [page.brief(x) if isinstance(x, float) else x for x in self.x],
                "at": [round(1000 * a) for a in self._across()],
                "names": self.names,
                "settings": self.settings,
                "knob": self.knob,
                "xlabel": self.xlabel,
                "values": [
                    [[page.brief(y) for y in series] for series in frame]
                    for frame in self.values
                ],
                "ylim": [page.brief(y) for y in self.ylim],
                "log": self.log,
                "bars": self.kind == "bars",
                "marks": [MARKS[k] for k in range(len(self.names))],
                "start": self.start,
            },
            words=self.describe(),
            numbers=self._table(),
            title=self.title,
        )

    def _across(self) -> list[float]:
        """Where each x stands, from 0 at the left to 1 at the right."""
        if self.kind == "bars":
            return [(k + 0.5) / len(self.x) for k in range(len(self.x))]
        x = np.array(self.x, dtype=float)
        return ((x - x[0]) / (x[-1] - x[0])).tolist()

    def _up(self, y: float) -> float:
        """Where y stands, from 0 at the top to 1 at the bottom; outside, beyond."""
        low, high = self.ylim
        if self.log:
            low, high, y = np.log10(low), np.log10(high), np.log10(max(y, 1e-300))
        return min(max(1 - (y - low) / (high - low), -9), 9)

    def _sample(self, k: int) -> str:
        if self.kind == "bars":
            return '<rect x="-7" y="-6" width="14" height="12" rx="2"/>'
        dash = f' stroke-dasharray="{DASHES[k]}"' if DASHES[k] else ""
        return f'<path class="viz-line" d="M-15 0H15"{dash}/><path d="{MARKS[k]}"/>'

    def _axes(self) -> str:
        parts = []
        for value, text in _ticks(self.ylim, self.log):
            y = f"{100 * self._up(value):.4g}%"
            parts.append(
                f'<line class="viz-rule" x1="0" x2="100%" y1="{y}" y2="{y}"/><text '
                f'class="viz-tick" x="-7" y="{y}" dy=".35em" text-anchor="end">'
                f"{text}</text>"
            )
        if self.kind == "bars":
            marks = list(zip(self._across(), map(str, self.x), strict=True))
        else:
            x = np.array(self.x, dtype=float)
            marks = [
                ((value - x[0]) / (x[-1] - x[0]), text)
                for value, text in _ticks((x[0], x[-1]), False)
            ]
        parts += [
            f'<text class="viz-tick" x="{100 * a:.4g}%" y="100%" dy="17" '
            f'text-anchor="middle">{page.token(text)}</text>'
            for a, text in marks
        ]
        return "".join(parts)

    def _series(self) -> str:
        """The frame that is chosen at first, and behind it a trace of all others."""
        if self.kind == "bars":
            return '<g class="viz-bars"></g>'
        dashes = [f' stroke-dasharray="{dash}"' if dash else "" for dash in DASHES]
        traces = "".join(
            f'<path class="viz-trace" style="--c:var(--s{k + 1})" d="'
            f'{"".join(dict.fromkeys(self._path(f[k]) for f in self.values))}"/>'
            for k in range(len(self.names))
        )
        return traces + "".join(
            f'<path class="viz-line" style="--c:var(--s{k + 1})"{dashes[k]} '
            f'd="{self._path(self.values[self.start][k])}"/>'
            for k in range(len(self.names))
        )

    def _path(self, values: Values) -> str:
        path, pen = "", "M"
        for a, y in zip(self._across(), values, strict=True):
            if np.isfinite(y):
                path += f"{pen}{1000 * a:.0f} {1000 * self._up(y):.0f}"
                pen = "L"
            else:
                pen = "M"
        return path

    def _table(self) -> str:
        columns = [
            f"{name}, {what}" for name in self.names for what in ("first", "last")
        ]
        cells = [
            [f"{y:.3g}" for series in frame for y in (series[0], series[-1])]
            for frame in self.values
        ]
        return page.table(
            f"{self.ylabel} at the first and the last {self.xlabel}, for each "
            f"{self.knob}",
            columns,
            self.settings,
            cells,
        )


def sweep(
    frames: Mapping[float | int | str, Mapping[str, ArrayLike]],
    x: Sequence[str] | ArrayLike,
    *,
    knob: str,
    xlabel: str,
    ylabel: str,
    kind: Literal["lines", "bars"] = "lines",
    ylim: tuple[float | int, float | int] | None = None,
    log: bool = False,
    title: str | None = None,
    start: float | int | str | None = None,
) -> Sweep:
    """y = f(x; θ) with a slider for θ: the curves of every θ, computed beforehand.

    The axes stay where they are while θ moves, and a faint trace shows all settings.
    Point at the chart, or use the arrow keys, to read values. Works in a saved page.

    Args:
        frames: setting of θ -> name of a series -> its values, one for each x; nan
            leaves a gap. The same names in every frame.
        x: the shared abscissa, rising; for bars also words.
        knob: what θ is, with its unit: "temperature τ".
        xlabel: what x is, with its unit.
        ylabel: what y is, with its unit.
        kind: "lines", or "bars" for a few places side by side.
        ylim: the range of y; None fits all frames.
        log: y on a logarithmic axis.
        title: a line above.
        start: the setting that is shown at first; None is the first one.

    Raises:
        ValueError: if there is no frame or there are too many, if two frames name
            different series or a series has another length than x, if x does not
            rise, if a logarithmic axis would show 0, or if ``start`` is no setting.
    """
    if not 1 <= len(frames) <= FRAMES:
        raise ValueError(f"{len(frames)} frames: give 1 to {FRAMES}")
    across: tuple[float, ...] | tuple[str, ...]
    if kind == "bars" and all(isinstance(value, str) for value in list(x)):  # type: ignore[arg-type]
        across = tuple(map(str, x))  # type: ignore[arg-type]
    else:
        across = tuple(page.array(x).tolist())
    if len(across) > POINTS or (kind == "lines" and len(across) < 2):
        raise ValueError(f"x has {len(across)} places: give 2 to {POINTS}")
    if kind == "lines" and not np.all(np.diff(np.array(across, dtype=float)) > 0):
        raise ValueError("x must rise from place to place: sort it")
    names = tuple(next(iter(frames.values())))
    if not 1 <= len(names) <= len(MARKS):
        raise ValueError(
            f"draw 1 to {len(MARKS)} series, not {len(names)}: more cannot be told "
            "apart"
        )
    values = []
    for setting, series in frames.items():
        if tuple(series) != names:
            raise ValueError(
                f"the frame {setting!r} has {list(series)}, the first has {list(names)}"
            )
        drawn = [page.array(series[name]) for name in names]
        for name, numbers in zip(names, drawn, strict=True):
            if numbers.shape != (len(across),):
                raise ValueError(
                    f"{name!r} of frame {setting!r} has shape {numbers.shape}, but x "
                    f"has {len(across)} places: give one value for each"
                )
        values.append(tuple(tuple(numbers.tolist()) for numbers in drawn))
    settings = list(frames)
    if start is not None and start not in settings:
        raise ValueError(f"start is {start!r}, but the settings are {settings}")
    return Sweep(
        tuple(s if isinstance(s, str) else f"{s:g}" for s in settings),
        names,
        tuple(values),
        across,
        knob,
        xlabel,
        ylabel,
        _limits(np.array(values, dtype=float), ylim, log, kind),
        log,
        kind,
        title,
        0 if start is None else settings.index(start),
    )


def _limits(
    values: np.ndarray,
    ylim: tuple[float | int, float | int] | None,
    log: bool,
    kind: str,
) -> tuple[float, float]:
    """The range of y over all frames, with a little room."""
    seen = values[np.isfinite(values)]
    low, high = ylim if ylim else (float(seen.min()), float(seen.max()))
    if log:
        if low <= 0:
            raise ValueError(
                "a logarithmic axis has no 0: give ylim=(low, high) with low above 0"
            )
        return (low, high) if ylim else (10 ** np.floor(np.log10(low)), high)
    if ylim is None:
        room = 0.05 * (high - low or 1)
        low, high = (0 if low >= 0 or kind == "bars" else low - room), high + room
    return float(low), float(high)


def _ticks(limits: tuple[float, float], log: bool) -> list[tuple[float, str]]:
    """Round values on an axis, with their text."""
    low, high = limits
    if log:
        first, last = int(np.ceil(np.log10(low))), int(np.floor(np.log10(high)))
        step = max(1, -(-(last - first) // 5))
        powers = range(last, first - 1, -step)
        return [
            (10.0**p, "1" if p == 0 else f"10{str(p).translate(RAISED)}")
            for p in powers
        ]
    values = MaxNLocator(nbins=5, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [
        (float(v), f"{v:.6g}".replace("-", "−"))
        for v in values
        if low - 1e-9 <= v <= high + 1e-9
    ]


def _trend(values: Values, x: Sequence[float | str], bars: bool) -> str:
    """Where a series goes, or what its highest bar is."""
    places = [place if isinstance(place, str) else f"{place:g}" for place in x]
    if bars:
        best = int(np.nanargmax(values))
        return f"is highest at {places[best]} ({values[best]:.3g})"
    return (
        f"goes from {values[0]:.3g} at {places[0]} to {values[-1]:.3g} at {places[-1]}"
    )
