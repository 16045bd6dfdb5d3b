# Made by exercises/_source/build.py from 05_query_key_value.py: edit that file instead.
from otter.test_files import test_case
import math

import torch

from course_lib.grading.checks import (
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
points = 2.5


@test_case(
    name="estimate",
    points=0.5,
    hidden=False,
    failure_message="G(0) is 1 and G(1) is one third; divide by the sum of both.",
)
def test_estimate(estimate):
    G = torch.tensor([1.0, 1 / 3], dtype=torch.float64)
    v = torch.tensor([10.0, 20.0], dtype=torch.float64)
    mistakes = {
        "Not normalised: divide by the sum of the weights.": (G @ v).item(),
        "That is the plain mean.": 15.0,
        "That is the measurement at the place itself; its neighbour counts too.": 10.0,
        "The weights are 1 and 1/3 before they are normalised, not 2/3 and 1/3.": 40
        / 3,
        "The weights belong to the other places.": 17.5,
        "G went through another exponential.": (G.softmax(0) @ v).item(),
    }
    want = (G @ v / G.sum()).item()
    check(estimate, want, mistakes, what="estimate", within=6e-4)


@test_case(
    name="weight of row",
    points=0.5,
    hidden=False,
    failure_message="The scores are beta times the cosines; take the exponentials.",
)
def test_weight_of_row(weight_of_row):
    cos = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    mistakes = {
        "beta is left out.": cos.softmax(0)[0].item(),
        "exp(0) is 1, not 0: the others get something.": 1.0,
        "There are two other rows.": 4 / 5,
        "There are two other rows, not three.": 4 / 7,
        "beta divides here; it multiplies.": (cos / math.log(4)).softmax(0)[0].item(),
        "The scores are divided by their sum, without the exponential.":
            math.log(4) / (math.log(4) + 2),
        "Equal weights would be those of equal scores.": 1 / 3,
        "That is the weight of the others together.": 2 / 6,
    }  # fmt: skip
    want = (cos * math.log(4)).softmax(0)[0].item()
    check(weight_of_row, want, mistakes, what="weight_of_row", within=6e-4)


@test_case(
    name="sharpened",
    points=0.5,
    hidden=True,
    failure_message="Square each weight, then divide by the sum of the squares.",
)
def test_sharpened(sharpened):
    w = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
    mistakes = {
        "Not normalised: divide by the sum of the squares.": [0.36, 0.09, 0.01],
        "gamma is an exponent, not a factor.": [1.2, 0.6, 0.2],
        "A factor would change nothing.": w.tolist(),
        "gamma is an exponent on the weights, not a factor in a softmax.":
            (2 * w).softmax(0).tolist(),
        "That is the root, gamma 1/2: blurred, not sharpened.":
            (w.sqrt() / w.sqrt().sum()).tolist(),
        "All weight on the first is gamma without bound.": [1, 0, 0],
        "Two decimals are too few.": [0.78, 0.20, 0.02],
    }  # fmt: skip
    want = (w**2 / (w**2).sum()).tolist()
    check(sharpened, want, mistakes, what="sharpened", within=6e-4)


@test_case(
    name="shifted",
    points=0.5,
    hidden=False,
    failure_message="Ask of each row what it gets from the row before and from the row after it, on the circle.",
)
def test_shifted(shifted):
    w = torch.tensor([0.5, 0.5, 0.0, 0.0], dtype=torch.float64)
    mistakes = {
        "It moves the wrong way.": (0.8 * w.roll(-1) + 0.2 * w.roll(1)).tolist(),
        "The end is open: in front of row 1 comes row 4.": [0.1, 0.4, 0.4, 0],
        "Nothing moves back here; 0.2 does.": w.roll(1).tolist(),
        "0.2 moves back, it does not stay.": (0.8 * w.roll(1) + 0.2 * w).tolist(),
        "0.8 moves on, it does not stay.": (0.8 * w + 0.2 * w.roll(-1)).tolist(),
        "What would move off the end stays at the end.": [0.2, 0.4, 0.4, 0],
    }
    want = (0.8 * w.roll(1) + 0.2 * w.roll(-1)).tolist()
    check(shifted, want, mistakes, what="shifted", within=6e-4)


@test_case(
    name="bandwidth",
    points=0.5,
    hidden=True,
    failure_message="Multiply out the square; the product term is q k over sigma squared.",
)
def test_bandwidth(bandwidth):
    d = 256
    mistakes = {
        "That is the squared bandwidth.": math.sqrt(d),
        "The square has the product term twice, which takes the 2 away.":
            math.sqrt(math.sqrt(d) / 2),
        "The square has the product term twice, so there is no other 2.":
            math.sqrt(2 * math.sqrt(d)),
        "That is d itself.": float(d),
        "The root of d stands for the squared bandwidth, once more the root.": 8.0,
        "One root too many.": 2.0,
        "The inverse is asked for.": 1 / 4,
    }  # fmt: skip
    want = math.sqrt(math.sqrt(d))
    check(bandwidth, want, mistakes, what="bandwidth", within=6e-4)
