# Made by exercises/_source/build.py from 03_soft_attention.py: edit that file instead.
from otter.test_files import test_case
import math

import torch

from course_lib.grading.checks import Wrong, call, check, seeds, unchanged, unpack


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def ragged(lengths, n):
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


OK_FORMAT = False
name = "q1"
points = 2


@test_case(
    name="every query meets every key",
    points=1,
    hidden=False,
    failure_message="One of the three weights, the sum or the tanh is not where the equation has it.",
)
def test_every_query_meets_every_key(additive_score):
    for seed in seeds():
        sizes = (2, 3, 5), (2, 7, 11), (13, 5), (13, 11), (13,)
        q, k, W_a, U_a, v_a = normal(seed, *sizes)
        want = torch.zeros(2, 3, 7)
        for b in range(2):
            for t in range(3):
                for i in range(7):
                    want[b, t, i] = v_a @ torch.tanh(W_a @ q[b, t] + U_a @ k[b, i])
        query = (q @ W_a.T)[:, :, None].expand(2, 3, 7, 13)
        key = (k @ U_a.T)[:, None].expand(2, 3, 7, 13)
        tanh, x = torch.tanh, query + key
        mistakes = {
            "The tanh is missing; without it the score is linear.": x @ v_a,
            "The tanh belongs around the sum, before v_a.": tanh(x @ v_a),
            "Add first, then bend: tanh(a) + tanh(b) is not tanh(a + b).": (
                (tanh(query) + tanh(key)) @ v_a
            ),
            "The projections are added, not multiplied.": tanh(query * key) @ v_a,
            "The query is missing from the sum.": tanh(key) @ v_a,
            "The key is missing from the sum.": tanh(query) @ v_a,
            "The key is added, not subtracted.": tanh(query - key) @ v_a,
            "The query is added, not subtracted.": tanh(key - query) @ v_a,
            "v_a is missing: it weighs the hidden layer.": tanh(x).sum(-1),
            "The bend is tanh, not the logistic function.": torch.sigmoid(x) @ v_a,
            "The bend is tanh, not ReLU.": torch.relu(x) @ v_a,
            "This score is not divided by a root of its width.": want / math.sqrt(13),
            "These are weights already; the softmax comes later.": want.softmax(-1),
            "The axes are exchanged: [b, n, m], expected [b, m, n].": want.mT,
        }
        check(call(additive_score, q, k, W_a, U_a, v_a), want, mistakes, what="e")


@test_case(
    name="inputs stay and double precision stays double",
    points=0.5,
    hidden=False,
    failure_message="The result needs the inputs' dtype, and the inputs must stay as they are.",
)
def test_inputs_stay_and_double_precision_stays_double(additive_score):
    sizes = (3, 2, 7), (3, 5, 11), (13, 7), (13, 11), (13,)
    inputs = normal(seeds()[0], *sizes, dtype=torch.float64)
    q, k, W_a, U_a, v_a = inputs
    want = torch.zeros(3, 2, 5, dtype=torch.float64)
    for b in range(3):
        for i in range(5):
            want[b, :, i] = torch.tanh(q[b] @ W_a.T + U_a @ k[b, i]) @ v_a
    check(call(additive_score, *inputs), want, what="e")
    unchanged(additive_score, *inputs)
