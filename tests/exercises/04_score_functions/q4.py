# Made by exercises/_source/build.py from 04_score_functions.py: edit that file instead.
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


def ragged(lengths, n):
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


OK_FORMAT = False
name = "q4"
points = 2.5


@test_case(
    name="size of dot",
    points=0.5,
    hidden=False,
    failure_message="Variances of independent terms add up; the variance of a product of two numbers with mean 0 is the product of their variances.",
)
def test_size_of_dot(size_of_dot):
    mistakes = {
        "That is the variance; its root is asked for.": 16.0,
        "That is for standard deviation 1; here one of them is one half.": 8.0,
        "The deviations of the products do not add up, their variances do.": 32.0,
        "The product of the deviations has to be squared, then summed.": math.sqrt(32),
        "That is the size of one product; 64 of them are summed.": 0.5,
        "The number of entries counts by its root, not by itself.": 64.0,
        "That is what one divides by twice; one root is enough.": 2.0,
    }
    want = math.sqrt(64 * 0.5**2 * 1.0**2)
    check(size_of_dot, want, mistakes, what="size_of_dot", within=6e-4)


@test_case(
    name="weight of match",
    points=0.5,
    hidden=False,
    failure_message="The score of the match is beta, that of the others 0; take the exponentials.",
)
def test_weight_of_match(weight_of_match):
    e = torch.tensor([27.0] + 9 * [1.0], dtype=torch.float64).log()
    cos = torch.tensor([1.0] + 9 * [0.0], dtype=torch.float64)
    mistakes = {
        "beta is left out.": cos.softmax(0)[0].item(),
        "Nine other keys, each with exp(0) = 1.": 27 / 28,
        "There are nine other keys, not ten.": 27 / 37,
        "exp(0) is 1, not 0: the others get something.": 1.0,
        "The scores are divided by their sum, without the exponential.":
            math.log(27) / (math.log(27) + 9),
        "That is the weight of all the others together.": 9 / 36,
        "beta divides here; it multiplies.":
            (cos / math.log(27)).softmax(0)[0].item(),
        "Equal weights would be those of equal scores.": 0.1,
    }  # fmt: skip
    want = e.softmax(0)[0].item()
    check(weight_of_match, want, mistakes, what="weight_of_match", within=6e-4)


@test_case(
    name="exp beta",
    points=0.5,
    hidden=True,
    failure_message="Write the weight of the match as a fraction with exp(beta) in it, set it to 0.9 and solve.",
)
def test_exp_beta(exp_beta):
    weight, others = 0.9, 20
    mistakes = {
        "That is beta; its exponential is asked for.": math.log(180),
        "Twenty other keys, not 21.": 189.0,
        "Twenty other keys, not nineteen.": 171.0,
        "Solve x / (x + 20) = 0.9; the ratio is 9 to 1, not 10 to 1.": 200.0,
        "The ratio is 9 to 1 for all twenty together.": 9.0,
        "Solve for the weight 0.9, not for 0.1.": 20 / 9,
        "Solve x / (x + 20) = 0.9; that is 0.9 of 20.": 18.0,
        "That is for the largest cosine gap of 2; here it is 1.": math.sqrt(180),
    }
    want = others * weight / (1 - weight)
    check(exp_beta, want, mistakes, what="exp_beta", within=6e-3)


@test_case(
    name="numbers of weights",
    points=0.5,
    hidden=False,
    failure_message="Count the entries of every matrix and vector; v_a is one of them.",
)
def test_numbers_of_weights(numbers_of_weights):
    d_q, d_k, rank, d_a = 100, 200, 10, 50
    general, low, additive = d_q * d_k, rank * (d_q + d_k), d_a * (d_q + d_k + 1)
    mistakes = {
        "v_a has weights too.": [general, low, d_a * (d_q + d_k)],
        "The biases are not counted.": [general, low, d_a * (d_q + d_k + 2)],
        "Of the two factors only the one on the query is counted.":
            [general, rank * d_q, additive],
        "Of the two factors only the one on the key is counted.":
            [general, rank * d_k, additive],
        "The factors are two matrices beside each other: add their sizes.":
            [general, rank * d_q * d_k, additive],
        "A square matrix between the factors is not there.":
            [general, low + rank * rank, additive],
        "W is a matrix: its sizes are multiplied, not added.":
            [d_q + d_k, low, additive],
        "The additive score has one matrix for each, not a product of all sizes.":
            [general, low, d_a * d_q * d_k],
        "v_a is one vector; it is counted once.":
            [general, low, d_a * (d_q + d_k) + 1],
        "Three numbers are asked for.": [general, low],
    }  # fmt: skip
    want = [general, low, additive]
    check(numbers_of_weights, want, mistakes, what="numbers_of_weights")


@test_case(
    name="two weights",
    points=0.5,
    hidden=True,
    failure_message="What is added to all scores of a row cancels in the softmax.",
)
def test_two_weights(two_weights):
    e = 100 + torch.tensor([0.0, math.log(3)], dtype=torch.float64)
    mistakes = {
        "Softmax is not the share of the score.": (e / e.sum()).tolist(),
        "exp(0) is 1, not 0.": [0.0, 1.0],
        "Equal weights would be those of equal scores.": [0.5, 0.5],
        "The order is that of the keys.": [3 / 4, 1 / 4],
        "Not normalised: divide by the sum.": [1.0, 3.0],
        "One to three, so the parts are fourths.": [1 / 3, 2 / 3],
        "The share is 1 to 3, and they sum to 1.": [1 / 3, 1.0],
        "Those are per cent; the weights sum to 1.": [25.0, 75.0],
        "The exponential of ln 3 is 3; here ln 3 itself is used.":
            [1 / (1 + math.log(3)), math.log(3) / (1 + math.log(3))],
    }  # fmt: skip
    want = e.softmax(0).tolist()
    check(two_weights, want, mistakes, what="two_weights", within=6e-4)
