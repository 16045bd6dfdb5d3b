"""Real handwritten digits on a canvas, read from left to right, with gold boxes."""

import numpy as np
import torch

from .batching import counts
from .pictures import Picture, PictureTask
from .vocab import Vocab

SIDE = 8  # pixels of a digit, each way
CUTS = {"train": (0, 1400), "val": (1400, 1600), "test": (1600, 1797)}


def load(
    *,
    n_digits: int = 4,
    size: tuple[int, int] = (16, 56),
    sizes: tuple[int, int, int] = (10_000, 300, 600),
    noise: float | int = 0.05,
    seed: int = 0,
) -> PictureTask:
    """y_t = the t-th digit from the left; its box is the 8 by 8 pixels of its image.

    Digits do not overlap; gaps and heights are random. The images are the 1,797 of
    scikit-learn's `load_digits`, in its order, which is by writer: the first 1,400
    make canvases for training, 200 for val and 197 for test, so that nobody is tested
    on a digit seen in training. Each part is drawn on its own.

    Args:
        n_digits: digits on a canvas.
        size: height and width of the canvas.
        sizes: number of canvases in train, val and test.
        noise: standard deviation of the noise on each pixel; ink is 0 to 1.
        seed: seed of the draw.

    Raises:
        ImportError: if scikit-learn is not installed.
        ValueError: if the digits do not fit on the canvas.
    """
    if n_digits < 1 or size[0] < SIDE or size[1] < SIDE * n_digits:
        raise ValueError(
            f"{n_digits} digits of {SIDE} by {SIDE} pixels do not fit on a canvas of "
            f"{size[0]} by {size[1]}; give at least one digit and a larger size"
        )
    images, labels = _digits()
    height, width = size
    parts = {}
    for n, (name, (first, end)) in zip(sizes, CUTS.items(), strict=True):
        rng = np.random.default_rng((seed, first))
        which = rng.integers(first, end, (n, n_digits))
        free = rng.integers(0, width - SIDE * n_digits + 1, (n, n_digits))
        left = np.sort(free, axis=1) + SIDE * np.arange(n_digits)
        top = rng.integers(0, height - SIDE + 1, (n, n_digits))
        canvas = rng.normal(0, noise, (n, 1, height, width)).astype(np.float32)
        pictures = []
        for k in range(n):
            boxes = []
            for t, digit in enumerate(which[k]):
                y, x = int(top[k, t]), int(left[k, t])
                canvas[k, 0, y : y + SIDE, x : x + SIDE] += images[digit]
                boxes.append((y, x, y + SIDE, x + SIDE))
            words = tuple(map(str, labels[which[k]]))
            pictures.append(Picture(torch.from_numpy(canvas[k]), words, tuple(boxes)))
        parts[name] = tuple(pictures)
    about = (
        f"{n_digits} handwritten digits on {height} by {width} pixels, seed {seed}; "
        f"{counts(**parts)}; digits: Optical Recognition of Handwritten Digits "
        "(Alpaydin & Kaynak 1998, UCI, CC BY 4.0), the copy in scikit-learn."
    )
    vocab = Vocab("0123456789")
    return PictureTask("digits", **parts, vocab=vocab, about=about)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 images [8, 8] of ink from 0 to 1, and their labels."""
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError(
            "digits need scikit-learn: pip install scikit-learn"
        ) from error
    found = load_digits()
    return (found.images / 16).astype(np.float32), found.target
