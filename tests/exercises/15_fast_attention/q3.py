# Made by exercises/_source/build.py from 15_fast_attention.py: edit that file instead.
from otter.test_files import test_case
import math

import torch

from course_lib.grading.checks import (
    Wrong,
    call,
    check,
    differentiable,
    seeds,
    unchanged,
    unpack,
)


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def tile_inputs(seed, b, m, n, d, d_v, dtype=torch.float32, shift=0.0, apart=False):
    """Scores of ordinary size, moved by about `shift`; `apart`: some down, some up."""
    q, k, v = normal(seed, (b, m, d), (b, n, d), (b, n, d_v), dtype=dtype)
    q[..., 0] = 1.0
    if apart:  # every other query
        q[:, 1::2, 0] = -1.0
    k[..., 0] = shift * d**0.5
    return 2 * q if not shift else q, k, v


def right_tiles(q, k, v, tile):
    """Torch's own: no tiles."""
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


def tile_mistakes(q, k, v, tile):
    """What wrong repairs give, by a sentence that says what is wrong."""

    def run(factor=True, z=True, start=None, scale=True, divide=True, carry=True):
        top = torch.full_like(q[..., :1], -1e300 if q.dtype == torch.float64 else -3e38)
        top = top if start is None else torch.full_like(top, start)
        Z, c = torch.zeros_like(top), 0.0
        for k_t, v_t in zip(k.split(tile, 1), v.split(tile, 1)):
            e = q @ k_t.mT / (q.shape[-1] ** 0.5 if scale else 1.0)
            higher = torch.maximum(top, e.amax(-1, keepdim=True))
            higher = higher if carry else e.amax(-1, keepdim=True)
            old = (top - higher).exp() if carry else torch.ones_like(top)
            new = (e - higher).exp()
            Z = (old if z else 1.0) * Z + new.sum(-1, keepdim=True)
            c = (old if factor else 1.0) * c + new @ v_t
            top = higher
        return c / Z if divide else c

    first = k[:, :tile]
    return {
        "Both bugs are still there.": run(factor=False, start=0.0),
        "The context is not moved to the new maximum: c needs the factor of Z.":
            run(factor=False),
        "The maximum starts at 0: scores far below it underflow.": run(start=0.0),
        "Z needs the factor too: it was right.": run(z=False),
        "Neither Z nor c is moved to the new maximum.": run(z=False, factor=False),
        "Each tile has a maximum of its own, and nothing moves the old sums.":
            run(carry=False),
        "The scale is missing.": run(scale=False),
        "c is still to be divided by Z.": run(divide=False),
        "Only the first tile is read.":
            right_tiles(q, first, v[:, :tile], tile),
        "Only the last tile is read.":
            right_tiles(q, k.split(tile, 1)[-1], v.split(tile, 1)[-1], tile),
    }  # fmt: skip


OK_FORMAT = False
name = "q3"
points = 2.5


@test_case(
    name="several tiles",
    points=0.5,
    hidden=False,
    failure_message="When a larger score turns up, all that was summed before moves to the new maximum, the context included.",
)
def test_several_tiles(in_tiles):
    for seed, tile in zip(seeds(), (2, 3, 1)):
        inputs = *tile_inputs(seed, 2, 3, 7, 5, 5), tile
        want = right_tiles(*inputs)
        check(call(in_tiles, *inputs), want, tile_mistakes(*inputs), what="c")


@test_case(
    name="scores far below and above zero",
    points=0.5,
    hidden=False,
    failure_message="A maximum that starts at 0, or is another query's, is too high for scores that are all far below; start lower than any score.",
)
def test_scores_far_below_and_above_zero(in_tiles):
    for shift, apart in ((-900.0, False), (900.0, False), (900.0, True)):
        sizes = 2, 3, 7, 5, 2, torch.float64, shift, apart
        inputs = *tile_inputs(seeds()[0], *sizes), 3
        want = right_tiles(*inputs)
        check(call(in_tiles, *inputs), want, tile_mistakes(*inputs), what="c")
        unchanged(in_tiles, *inputs)
        differentiable(in_tiles, right_tiles, inputs, to=(0, 1, 2))


@test_case(
    name="other tiles and sizes",
    points=1.5,
    hidden=True,
    failure_message="A last tile may be short, a tile may hold all keys, and nothing may overflow.",
)
def test_other_tiles_and_sizes(in_tiles):
    settings = (1, 1, 1, 3, 2, 5), (3, 2, 7, 5, 1, 7), (2, 5, 11, 3, 7, 4)
    for seed in seeds(5)[3:]:
        for b, m, n, d, d_v, tile in settings:
            for shift, apart in ((0.0, 0), (-900.0, 0), (900.0, 0), (900.0, 1)):
                sizes = b, m, n, d, d_v, torch.float64, shift, apart
                inputs = *tile_inputs(seed, *sizes), tile
                want = right_tiles(*inputs)
                check(call(in_tiles, *inputs), want, tile_mistakes(*inputs), what="c")
                unchanged(in_tiles, *inputs)
                differentiable(in_tiles, right_tiles, inputs, to=(0, 1, 2))
