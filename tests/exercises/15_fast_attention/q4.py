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


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="sums",
    points=0.5,
    hidden=False,
    failure_message="Z counts in units of the largest score so far; a new maximum shrinks what was there.",
)
def test_sums(Z_after):
    w = torch.tensor([1.0, 4.0, 2.0], dtype=torch.float64)
    want = [(w[: i + 1] / w[: i + 1].max()).sum().item() for i in range(3)]
    mistakes = {
        "Those are sums of plain exponentials: no maximum is taken off.": [1, 5, 7],
        "The old sum is not moved to the new maximum.": [1, 2, 2.5],
        "The third score is no new maximum: nothing moves.": [1, 1.25, 1.625],
        "The factor is exp(0 - ln 4), a quarter.": [1, 5, 5.5],
        "The sum starts with the first key: exp(0 - 0) = 1.": [0, 1, 1.5],
        "Those are the last terms alone; the sums are asked for.": [1, 1, 0.5],
        "exp(ln 2 - ln 4) is a half.": [1, 1.25, 3.25],
    }
    check(Z_after, want, mistakes, what="Z_after", within=6e-3)


@test_case(
    name="context",
    points=0.5,
    hidden=False,
    failure_message="The context is c / Z at the end, and c moves with Z.",
)
def test_context(context):
    e = torch.tensor([1.0, 4.0, 2.0], dtype=torch.float64).log()
    v = torch.tensor([8.0, 4.0, 2.0], dtype=torch.float64)
    mistakes = {
        "c is still to be divided by Z.": 7.0,
        "That is the plain mean of the values.": 14 / 3,
        "The context is not moved to the new maximum: c needs the factor of Z.":
            13 / 1.75,
        "The weights are not normalised.": 28.0,
        "The last key is missing.": 4.8,
    }  # fmt: skip
    want = (e.softmax(0) @ v).item()
    check(context, want, mistakes, what="context", within=6e-3)


@test_case(
    name="intensities",
    points=0.5,
    hidden=True,
    failure_message="Operations over bytes, with 4 bytes a number in the first two and 2 in the third.",
)
def test_intensities(intensities):
    m = n = 1024
    d, M = 64, 128
    work = 4 * m * n * d
    scores, rest = 4 * m * n, 2 * m * d + 2 * n * d
    tiled = 2 * m * d + 2 * n * d * m / M
    want = [work / (4 * (rest + scores)), work / (4 * tiled), 1.0]
    mistakes = {
        "A number has 4 bytes in single precision.":
            [4 * want[0], 4 * want[1], want[2]],
        "The scores are written and read, and so are the weights: 4mn.":
            [work / (4 * (rest + m * n)), *want[1:]],
        "The scores are missing from the bytes.": [work / (4 * rest), *want[1:]],
        "Keys and values are read once for each tile of queries.":
            [want[0], work / (4 * rest), want[2]],
        "16 bits are 2 bytes.": [*want[:2], 0.5],
        "A cache in 16 bits: 2 bytes a number, not 1.": [*want[:2], 2.0],
        "That is bytes an operation.": [1 / x for x in want],
        "The order is written out, in tiles, with a cache.":
            [want[1], want[0], want[2]],
    }  # fmt: skip
    check(intensities, want, mistakes, what="intensities", within=0.06)


@test_case(
    name="cache",
    points=0.5,
    hidden=True,
    failure_message="Two tensors a layer, keys and values, of n times d numbers of 2 bytes.",
)
def test_cache(cache_MiB):
    mib = 2 * 24 * 2048 * 1024 * 2 / 2**20
    mistakes = {
        "Keys and values: two tensors a layer.": [mib / 2, mib / 8],
        "16 bits are 2 bytes, not 4.": [2 * mib, mib / 2],
        "16 bits are 2 bytes, not 1.": [mib / 2, mib / 4],
        "Every layer has its own cache.": [mib / 24, mib / 96],
        "d is the width of all heads together.": [16 * mib, 4 * mib],
        "Groups of four leave a quarter.": [mib, mib / 16],
        "Groups of four share; that saves something.": [mib, mib],
        "The order is all heads for themselves, then groups.": [mib / 4, mib],
        "A MiB has 2^20 bytes, not 10^6.": [201.33, 50.33],
    }
    check(cache_MiB, [mib, mib / 4], mistakes, what="cache_MiB", within=6e-3)
