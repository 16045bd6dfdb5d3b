"""Real handwritten digits on a canvas, read from left to right, with gold boxes."""

import numpy as np
import torch

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
    parts = {
        name: _part(images[a:b], labels[a:b], n, n_digits, size, noise, (seed, a))
        for (name, (a, b)), n in zip(CUTS.items(), sizes, strict=True)
    }
    return PictureTask(
        name="digits",
        **parts,
        vocab=Vocab("0123456789"),
        about=(
            f"{n_digits} handwritten digits on {size[0]} by {size[1]} pixels, seed "
            f"{seed}; "
            + ", ".join(f"{len(p):,} {name}" for name, p in parts.items())
            + "; digits: Optical Recognition of Handwritten Digits (Alpaydin & Kaynak "
            "1998, UCI, CC BY 4.0), the copy in scikit-learn."
        ),
    )


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 images [8, 8] of ink from 0 to 1, and their labels."""
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError(
            "the handwritten digits come with scikit-learn, which is not installed: "
            "pip install scikit-learn"
        ) from error
    found = load_digits()
    return (found.images / 16).astype(np.float32), found.target


def _part(
    images: np.ndarray,
    labels: np.ndarray,
    n: int,
    n_digits: int,
    size: tuple[int, int],
    noise: float | int,
    seed: tuple[int, int],
) -> tuple[Picture, ...]:
    rng = np.random.default_rng(seed)
    height, width = size
    which = rng.integers(0, len(images), (n, n_digits))
    free = rng.integers(0, width - SIDE * n_digits + 1, (n, n_digits))
    left = np.sort(free, axis=1) + SIDE * np.arange(n_digits)
    top = rng.integers(0, height - SIDE + 1, (n, n_digits))
    canvas = rng.normal(0, noise, (n, 1, height, width)).astype(np.float32)
    row = np.arange(n)[:, None, None]
    for t in range(n_digits):
        y = top[:, t, None, None] + np.arange(SIDE)[:, None]
        x = left[:, t, None, None] + np.arange(SIDE)
        canvas[row, 0, y, x] += images[which[:, t]]
    image, pictures = torch.from_numpy(canvas), []
    for k in range(n):
        boxes = tuple(
            (y, x, y + SIDE, x + SIDE)
            for y, x in zip(top[k].tolist(), left[k].tolist(), strict=True)
        )
        pictures.append(Picture(image[k], tuple(map(str, labels[which[k]])), boxes))
    return tuple(pictures)
