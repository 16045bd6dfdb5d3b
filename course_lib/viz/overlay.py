"""The image overlay: word by word over a picture, where the model looked."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib.image
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from torch import Tensor

from . import page

WORDS, CELLS = 40, 400  # the most words, and cells of the grid, that can be shown
PIXELS = 512 * 512  # a larger picture makes a page heavy
TELL = 64  # cells; on a finer grid the percents would not fit
CHINESE = ' lang="zh"'

Box = tuple[int, int, int, int]  # top, left, bottom, right; the last two lie outside


@dataclass(frozen=True, repr=False)
class Overlay:
    """What `look` returns: shown by a notebook, described in words by `describe`."""

    png: bytes
    size: tuple[int, int]
    grid: tuple[int, int]
    alpha: tuple[tuple[float, ...], ...]
    words: tuple[str, ...]
    boxes: tuple[Box | None, ...]
    alt: str
    title: str | None
    start: int

    def describe(self) -> str:
        """The figure in words: the picture, and where each word looks most."""
        parts = [f"{self.title}."] if self.title else []
        rows, columns = self.grid
        parts.append(
            f"Picture: {self.alt.rstrip('.')}. Attention on a grid of {rows} rows and "
            f"{columns} columns."
        )
        for t, word in enumerate(self.words):
            place, weight = self._place(t)
            text = f"{word} looks most at {place} ({weight:.2f})"
            if self.boxes[t] is not None:
                text += f", {self._inside(t):.2f} of the weight in its box"
            parts.append(f"{text}.")
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"Overlay. {self.describe()}"

    def _repr_html_(self) -> str:
        height, width = self.size
        options = "".join(
            f'<span role="option" class="viz-chip" aria-selected="false"'
            f"{CHINESE if page.chinese(word) else ''}>{escape(word)}</span>"
            for word in self.words
        )
        smooth = "auto" if min(self.size) > 128 else "pixelated"
        uri = base64.b64encode(self.png).decode()
        return page.frame(
            "look",
            f'<div class="viz-chips" role="listbox" aria-label="Words" '
            f'aria-orientation="horizontal">{options}</div><div class="viz-look">'
            f'<svg viewBox="0 0 {width} {height}" role="img" aria-label='
            f'"{escape(self.alt)}"><image href="data:image/png;base64,{uri}" '
            f'width="{width}" height="{height}" style="image-rendering:{smooth}"/>'
            f'<g class="viz-fog">{self._fog()}</g><g class="viz-mark"></g></svg>'
            f'<div><p class="viz-say" aria-live="polite"></p><p class="viz-foot">'
            "Clear where the word looks, in fog where it does not."
            f"{' Dashed: where its thing is.' if any(self.boxes) else ''} "
            "Point at a word, tap it, or use Tab and the arrow keys.</p></div></div>",
            label=self.title or "Attention over a picture",
            data={
                "alpha": [[round(1000 * a) for a in row] for row in self.alpha],
                "words": self.words,
                "boxes": self.boxes,
                "inside": [
                    None if box is None else round(self._inside(t), 3)
                    for t, box in enumerate(self.boxes)
                ],
                "grid": self.grid,
                "size": self.size,
                "start": self.start,
                "tell": self.grid[0] * self.grid[1] <= TELL,
            },
            words=self.describe(),
            numbers=self._table(),
            title=self.title,
        )

    def _fog(self) -> str:
        """One cell of fog each, thick where the first word does not look."""
        rows, columns = self.grid
        high, wide = self.size[0] / rows, self.size[1] / columns
        row = self.alpha[self.start]
        most = max(row) or 1
        return "".join(
            f'<path d="M{i % columns * wide:g} {i // columns * high:g}h{wide:g}'
            f'v{high:g}h-{wide:g}" fill-opacity="{0.72 * (1 - a / most):.2f}"/>'
            for i, a in enumerate(row)
        )

    def _place(self, t: int) -> tuple[str, float]:
        i = int(np.argmax(self.alpha[t]))
        row, column = divmod(i, self.grid[1])
        return f"row {row + 1}, column {column + 1}", self.alpha[t][i]

    def _inside(self, t: int) -> float:
        """The weight of the cells whose centre lies in the box of word t."""
        box, (rows, columns) = self.boxes[t], self.grid
        assert box is not None
        top, left, bottom, right = box
        high, wide = self.size[0] / rows, self.size[1] / columns
        return sum(
            a
            for i, a in enumerate(self.alpha[t])
            if top <= (i // columns + 0.5) * high < bottom
            and left <= (i % columns + 0.5) * wide < right
        )

    def _table(self) -> str:
        cells = []
        for t, box in enumerate(self.boxes):
            place, weight = self._place(t)
            inside = "" if box is None else f"{100 * self._inside(t):.3g}"
            cells.append([place, f"{100 * weight:.3g}", inside])
        columns = ["strongest cell", "its weight, percent", "in the box, percent"]
        return page.table("Where each word looks", columns, self.words, cells)


def look(
    image: Float[Tensor, "..."] | ArrayLike,
    alpha: Float[Tensor, "..."] | ArrayLike,
    words: Sequence[str],
    *,
    alt: str,
    grid: tuple[int, int] | None = None,
    boxes: Sequence[Box | None] | None = None,
    title: str | None = None,
    start: int = 0,
) -> Overlay:
    """α_{t,i} over the picture, word by word: clear where word t looks, else in fog.

    The fog is as thick as 1 − α_{t,i} / max_j α_{t,j}. It is grey, so that it shows on
    dark and on light pictures and for every eye. Works in a saved page.

    Args:
        image: [3, H, W], [1, H, W], [H, W] or [H, W, 3]; floats in [0, 1] or bytes.
        alpha: [m, rows, columns], or [m, rows · columns] with ``grid``.
        words: the m words.
        alt: the picture in a sentence, for those who do not see it.
        grid: (rows, columns), where alpha is flat.
        boxes: for each word the box of its thing in pixels, (top, left, bottom,
            right), the last two outside; None where it has none.
        title: a line above.
        start: the word that is chosen at first.

    Raises:
        ValueError: if the picture has another shape, other values or too many pixels,
            if the weights do not fit words and grid or are not in [0, 1], if a box is
            not inside the picture, or if ``alt`` is empty.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the picture shows")
    pixels = _pixels(image)
    height, width = pixels.shape[:2]
    values = page.array(alpha)
    if values.ndim == 3:
        grid = (values.shape[1], values.shape[2])
        values = values.reshape(len(values), -1)
    if grid is None:
        raise ValueError("alpha is flat: say grid=(rows, columns)")
    checked = page.weights(values, len(words), grid[0] * grid[1])
    if len(words) > WORDS or checked.shape[1] > CELLS:
        raise ValueError(
            f"{len(words)} words on {checked.shape[1]} cells: at most {WORDS} words "
            f"and {CELLS} cells can be shown"
        )
    if not 0 <= start < len(words):
        raise ValueError(f"start is {start}, but the words are 0 to {len(words) - 1}")
    boxes = [None] * len(words) if boxes is None else list(boxes)
    if len(boxes) != len(words):
        raise ValueError(
            f"{len(boxes)} boxes for {len(words)} words: one each, or None"
        )
    for box in boxes:
        if box is not None and not (
            0 <= box[0] < box[2] <= height and 0 <= box[1] < box[3] <= width
        ):
            raise ValueError(
                f"box {box} is not inside the picture of {height} by {width} pixels; "
                "boxes are (top, left, bottom, right)"
            )
    stream = io.BytesIO()
    # without the name of the software: the same bytes from every version
    unsigned: dict[str, Any] = {"Software": None}
    matplotlib.image.imsave(stream, pixels, format="png", metadata=unsigned)
    return Overlay(
        stream.getvalue(),
        (height, width),
        (int(grid[0]), int(grid[1])),
        tuple(tuple(row) for row in checked.round(3).tolist()),
        tuple(words),
        tuple(None if b is None else (b[0], b[1], b[2], b[3]) for b in boxes),
        alt,
        title,
        start,
    )


def _pixels(image: Tensor | ArrayLike) -> np.ndarray:
    """A picture as bytes [height, width, 3]."""
    values = page.array(image)
    if values.ndim == 3 and values.shape[0] in (1, 3):
        values = np.moveaxis(values, 0, -1)
    if values.ndim == 2:
        values = values[:, :, None]
    if values.ndim != 3 or values.shape[2] not in (1, 3) or not values.size:
        raise ValueError(
            f"the picture is {values.shape}: give [3, H, W], [1, H, W], [H, W] or "
            "[H, W, 3]"
        )
    if values.shape[0] * values.shape[1] > PIXELS:
        raise ValueError(
            f"the picture has {values.shape[0]} by {values.shape[1]} pixels: make it "
            "smaller, at most 512 by 512"
        )
    kind = getattr(image, "dtype", None)
    whole = str(kind).endswith("uint8")
    top = 255 if whole else 1
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > top:
        raise ValueError(
            "the picture must be floats in [0, 1] or bytes: undo its normalisation"
        )
    return (
        np.repeat(values * (255 / top), 3 // values.shape[2], axis=2)
        .round()
        .astype(np.uint8)
    )
