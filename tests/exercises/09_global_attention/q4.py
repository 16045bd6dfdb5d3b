# Made by exercises/_source/build.py from 09_global_attention.py: edit that file instead.
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


def ragged(lengths, n):
    """True where a word is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def nothing(alpha, mask):
    """No weight at all on hidden words: not a small one, 0."""
    if (alpha * ~mask).any():
        raise Wrong(
            "a hidden word has a weight that is small, but not 0. "
            "Likely mistake: A finite number stands where minus infinity belongs."
        )


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="general",
    points=0.5,
    hidden=False,
    failure_message="W_a has a row for each entry of s_t and a column for each of h_i.",
)
def test_general(n_general):
    mistakes = {
        "The widths are multiplied, not added.": 1300,
        "W_a stands between a state and a word: 500 times 800.": 500 * 500,
        "W_a stands between a state and a word, not two words.": 800 * 800,
        "The embedding takes no part in the score.": 300 * 800,
        "The embedding takes no part in the score, the state does.": 300 * 500,
        "There are no biases here.": 500 * 800 + 500,
        "There are no biases, on neither side.": 500 * 800 + 800,
        "The score does not grow with the source or the target.": 500 * 800 * 20,
        "That is the score dot, which has none.": 0,
    }
    check(n_general, 400_000, mistakes, what="n_general")


@test_case(
    name="concat",
    points=0.5,
    hidden=False,
    failure_message="W_a reads the state and the word together, and v_a has weights too.",
)
def test_concat(n_concat):
    mistakes = {
        "v_a has weights too.": 200 * 1300,
        "v_a is as wide as the hidden layer, 200.": 200 * 1300 + 1300,
        "The two widths are added: W_a reads [s; h].": 200 * 500 * 800 + 200,
        "W_a reads the state as well.": 200 * 800 + 200,
        "W_a reads the word as well.": 200 * 500 + 200,
        "There are no biases here.": 200 * 1300 + 400,
        "The embedding is not read.": 200 * 1600 + 200,
        "That is the score general.": 400_000,
    }
    check(n_concat, 260_200, mistakes, what="n_concat")


@test_case(
    name="feeding",
    points=0.5,
    hidden=True,
    failure_message="The input gets wider by the width of s~, for each row of the three blocks.",
)
def test_feeding(n_feeding):
    mistakes = {
        "A GRU has three blocks of rows.": 500 * 500,
        "A GRU has three blocks of rows, an LSTM four.": 4 * 500 * 500,
        "What is fed is s~, as wide as a state, not the context.": 3 * 500 * 800,
        "Asked is what feeding adds; the embedding was there before.": 3 * 500 * 800,
        "The embedding was there before.": 3 * 500 * 300,
        "W_c is there without feeding, too.": 3 * 500 * 500 + 500 * 1300,
        "Both biases are left out here.": 3 * 500 * 500 + 3 * 500,
        "The matrix on the old state is no part of it.": 2 * 3 * 500 * 500,
    }
    check(n_feeding, 750_000, mistakes, what="n_feeding")


@test_case(
    name="products",
    points=0.5,
    hidden=True,
    failure_message="Twenty projections of 500 times 800, once, and 600 dot products of width 500.",
)
def test_products(n_products):
    keys, scores = 20 * 500 * 800, 20 * 30 * 500
    mistakes = {
        "The words are projected once for the sentence, not at every step.": (
            30 * keys + scores
        ),
        "The scores themselves are missing.": keys,
        "The projection of the words is missing.": scores,
        "One word is projected; there are 20.": keys // 20 + scores,
        "After the projection the keys are as wide as the states, 500.": (
            keys + 20 * 30 * 800
        ),
        "Each of the 30 steps meets each of the 20 words.": keys + 50 * 500,
        "The words are projected, not the states.": 30 * 500 * 800 + scores,
        "There are 30 steps.": keys + 20 * 500,
        "There are 20 words.": keys + 30 * 500,
    }
    check(n_products, keys + scores, mistakes, what="n_products")
