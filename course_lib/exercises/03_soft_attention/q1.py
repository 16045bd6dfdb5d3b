# Made by exercises/_source/build.py from 03_soft_attention.py: edit that file instead.
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
    """True where a key is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


def right_score(q, k, W_a, U_a, v_a):
    """One entry after another."""
    rows = []
    for queries, keys in zip(q, k):
        for query in queries:
            x = [torch.tanh(W_a @ query + U_a @ key) for key in keys]
            rows.append(torch.stack(x) @ v_a)
    return torch.stack(rows).view(len(q), q.shape[1], k.shape[1])


def score_mistakes(q, k, W_a, U_a, v_a):
    """What a wrong score is, by a sentence that says what is wrong."""
    (b, m, _), n, d_a = q.shape, k.shape[1], len(v_a)
    query = (q @ W_a.T)[:, :, None].expand(b, m, n, d_a)
    key = (k @ U_a.T)[:, None].expand(b, m, n, d_a)
    tanh, x = torch.tanh, query + key
    want = tanh(x) @ v_a
    return {
        "The tanh is missing; without it the score is linear.": x @ v_a,
        "The tanh belongs around the sum, before v_a.": tanh(x @ v_a),
        "There is a tanh too many: v_a is the last step.": tanh(want),
        "Add first, then bend: tanh(a) + tanh(b) is not tanh(a + b).":
            (tanh(query) + tanh(key)) @ v_a,
        "The tanh bends the query alone; it belongs around the sum.":
            (tanh(query) + key) @ v_a,
        "The tanh bends the key alone; it belongs around the sum.":
            (query + tanh(key)) @ v_a,
        "The projections are added, not multiplied.": tanh(query * key) @ v_a,
        "That is a dot product of the projections.": (query * key).sum(-1),
        "The query is missing from the sum.": tanh(key) @ v_a,
        "The key is missing from the sum.": tanh(query) @ v_a,
        "The key is added, not subtracted.": tanh(query - key) @ v_a,
        "The query is added, not subtracted.": tanh(key - query) @ v_a,
        "v_a is missing: it weighs the hidden layer.": tanh(x).sum(-1),
        "v_a is missing: it weighs the hidden layer, a mean does not.":
            tanh(x).mean(-1),
        "v_a weighs the bent sum; here it weighs the sum before the tanh.":
            tanh(x * v_a).sum(-1),
        "The bend is tanh, not the logistic function.": torch.sigmoid(x) @ v_a,
        "The bend is tanh, not ReLU.": torch.relu(x) @ v_a,
        "The bend is tanh, not the exponential.": x.exp() @ v_a,
        "This score is not divided by a root of its width.": want / math.sqrt(d_a),
        "These are weights already; the softmax comes later.": want.softmax(-1),
        "These are weights already, over the queries; the softmax comes later.":
            want.softmax(1),
        "The axes are exchanged: [b, n, m], expected [b, m, n].": want.mT,
    }  # fmt: skip


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
        inputs = normal(seed, (2, 3, 5), (2, 7, 11), (13, 5), (13, 11), (13,))
        want = right_score(*inputs)
        mistakes = score_mistakes(*inputs)
        check(call(additive_score, *inputs), want, mistakes, what="e")


@test_case(
    name="double precision inputs that stay and gradients",
    points=0.5,
    hidden=False,
    failure_message="Take every size from the inputs, keep their dtype, leave them as they are, and let gradients reach them.",
)
def test_double_precision_inputs_that_stay_and_gradients(additive_score):
    sizes = (3, 2, 7), (3, 5, 11), (13, 7), (13, 11), (13,)
    inputs = normal(seeds()[0], *sizes, dtype=torch.float64)
    want = right_score(*inputs)
    mistakes = score_mistakes(*inputs)
    check(call(additive_score, *inputs), want, mistakes, what="e")
    unchanged(additive_score, *inputs)
    differentiable(additive_score, right_score, inputs, to=(0, 1))
