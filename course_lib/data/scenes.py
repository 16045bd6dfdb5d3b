"""Drawn shapes on a 3 by 3 grid, captioned by a grammar, with a gold box a word."""

import random

import torch
from torch import Tensor

from .batching import counts, split_of
from .pictures import Box, Picture, PictureTask
from .vocab import Vocab

SHAPES = ("square", "circle", "triangle", "cross")
COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "yellow": (1, 1, 0)}
RELATIONS = ("above", "beside")
CELL, SIZES = 10, (6, 8)  # pixels: a cell of the grid; smallest and largest shape
SIZE = (3 * CELL, 3 * CELL)  # height and width of an image
Thing = tuple[str, str, Box]  # colour, shape, and the box that it fills


def load(
    *,
    n_shapes: tuple[int, int] = (1, 3),
    sizes: tuple[int, int, int] = (6_000, 300, 600),
    seed: int = 0,
) -> PictureTask:
    """Random scenes; caption → thing (relation thing)*, thing → colour shape.

    Things are told as one reads, row by row. The relation is "above" if the next
    thing stands in a lower row of the grid, "beside" if it stands in the same row:
    "red circle beside blue cross above red square". Colour and shape name the thing
    and have its box, relations have none.

    A *caption* belongs to one part (`split_of`), so test asks for captions that
    training has never shown. Each part is drawn on its own: test stays the same
    whatever the size of train.

    Args:
        n_shapes: fewest and most things in a scene, 1 to 9.
        sizes: number of pictures in train, val and test.
        seed: seed of the draw.

    Raises:
        ValueError: a bad number of things, or so few of them that a part has no
            caption at all.
    """
    if not 1 <= n_shapes[0] <= n_shapes[1] <= 9:
        raise ValueError(f"n_shapes is {n_shapes}: need 1 <= fewest <= most <= 9")
    parts = {}
    for name, size in zip(("train", "val", "test"), sizes, strict=True):
        rng = random.Random(f"{seed} {name}")
        pictures: list[Picture] = []
        for _ in range(1_000 + 1_000 * size):
            if len(pictures) == size:
                break
            things, words, boxes = _scene(rng, rng.randint(*n_shapes))
            if split_of(" ".join(words)) == name:
                pictures.append(Picture(draw(things), words, boxes))
        else:
            raise ValueError(
                f"no caption of {n_shapes[0]} to {n_shapes[1]} things belongs to "
                f"{name}: allow more things, or ask for 0 pictures of it"
            )
        parts[name] = tuple(pictures)
    about = (
        f"Drawn scenes of {n_shapes[0]} to {n_shapes[1]} shapes, {SIZE[0]} by "
        f"{SIZE[1]} pixels, seed {seed}; {counts(**parts)}; no caption is in two parts."
    )
    vocab = Vocab((*COLOURS, *SHAPES, *RELATIONS))
    return PictureTask("scenes", **parts, vocab=vocab, about=about)


def draw(things: list[Thing]) -> Tensor:
    """The image [3, height, width] of things on black."""
    image = torch.zeros(3, *SIZE)
    for colour, shape, (top, left, bottom, right) in things:
        paint = torch.tensor(COLOURS[colour], dtype=torch.float)[:, None, None]
        ink = stencil(shape, bottom - top)
        image[:, top:bottom, left:right] += paint * ink
    return image


def stencil(shape: str, width: int) -> Tensor:
    """Which of width by width pixels a shape covers; it touches all four sides.

    Raises:
        ValueError: for another shape.
    """
    y, x = torch.meshgrid(torch.arange(width), torch.arange(width), indexing="ij")
    middle = (width - 1) / 2
    if shape == "square":
        return torch.ones(width, width, dtype=torch.bool)
    if shape == "circle":
        return (y - middle) ** 2 + (x - middle) ** 2 <= (width / 2) ** 2
    if shape == "triangle":
        return (x - middle).abs() <= (y + 1) / 2
    if shape == "cross":
        return torch.minimum((y - middle).abs(), (x - middle).abs()) <= 1
    raise ValueError(f"shape is {shape!r}, not one of {SHAPES}")


def _scene(
    rng: random.Random, n: int
) -> tuple[list[Thing], tuple[str, ...], tuple[Box | None, ...]]:
    things: list[Thing] = []
    words: list[str] = []
    boxes: list[Box | None] = []
    row_before = -1
    for row, column in sorted(divmod(cell, 3) for cell in rng.sample(range(9), n)):
        width = rng.randint(*SIZES)
        top = row * CELL + rng.randint(0, CELL - width)
        left = column * CELL + rng.randint(0, CELL - width)
        box = (top, left, top + width, left + width)
        colour, shape = rng.choice(list(COLOURS)), rng.choice(SHAPES)
        things.append((colour, shape, box))
        if words:
            words.append("beside" if row == row_before else "above")
            boxes.append(None)
        words += [colour, shape]
        boxes += [box, box]
        row_before = row
    return things, tuple(words), tuple(boxes)
