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


def right_cosine(q, k, beta):
    """One entry after another."""
    rows = []
    for queries, keys in zip(q, k, strict=True):
        for x in queries:
            for y in keys:
                length = (x @ x).sqrt() * (y @ y).sqrt()
                rows.append(beta * (x @ y) / length if length > 0 else 0 * (x @ y))
    return torch.stack(rows).view(len(q), q.shape[1], k.shape[1])


def cosine_mistakes(q, k, beta):
    """What a wrong score is, by a sentence that says what is wrong."""
    long_q, long_k = q.norm(dim=-1, keepdim=True), k.norm(dim=-1, keepdim=True)
    unit_q, unit_k = q / long_q.clamp(min=1e-12), k / long_k.clamp(min=1e-12)
    cos, dot, d = unit_q @ unit_k.mT, q @ k.mT, q.shape[-1]
    by_axis = (q / q.norm(dim=1, keepdim=True)) @ (k / k.norm(dim=1, keepdim=True)).mT
    by_sum = (q / q.abs().sum(-1, True)) @ (k / k.abs().sum(-1, True)).mT
    return {
        "beta is missing: it multiplies the cosine.": cos,
        "beta divides here; it is an inverse temperature and multiplies.": cos / beta,
        "beta is added; it multiplies.": cos + beta,
        "beta is an exponent here; it multiplies.": cos**beta,
        "That is a dot product; nothing is divided by the lengths.": beta * dot,
        "That is a plain dot product: no lengths, no beta.": dot,
        "The length of the query is missing.": beta * q @ unit_k.mT,
        "The length of the key is missing.": beta * unit_q @ k.mT,
        "Divide by the lengths, not by their squares.":
            beta * dot / (long_q**2 * long_k.mT**2),
        "Divide by the product of the lengths, not by their sum.":
            beta * dot / (long_q + long_k.mT),
        "Divide by the product of the lengths, not by its root.":
            beta * dot / (long_q * long_k.mT).sqrt(),
        "The length runs over the words (axis 1), not over the entries (the last).":
            beta * by_axis,
        "The length is the root of the sum of squares, not a sum of absolute values.":
            beta * by_sum,
        "A cosine is not divided by the root of d as well.": beta * cos / math.sqrt(d),
        "These are weights already; the softmax comes later.":
            (beta * cos).softmax(-1),
        "That is a distance (1 - cos), not a similarity.": beta * (1 - cos),
        "The length of the whole batch is taken, not of each vector.":
            beta * dot / (q.norm() * k.norm()),
        "The negative cosines are cut off.": beta * cos.relu(),
        "The absolute value is taken: opposite is not the same.": beta * cos.abs(),
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 2.5


@test_case(
    name="every query with every key",
    points=1,
    hidden=False,
    failure_message="Divide each dot product by the lengths of both vectors, then multiply by beta.",
)
def test_every_query_with_every_key(cosine_score):
    for seed, beta in zip(seeds(), (3.0, 0.5, 7.0), strict=True):
        inputs = *normal(seed, (2, 3, 5), (2, 7, 5)), beta
        want = right_cosine(*inputs)
        mistakes = cosine_mistakes(*inputs)
        check(call(cosine_score, *inputs), want, mistakes, what="e")


@test_case(
    name="double precision inputs that stay and gradients",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype of the inputs, leave them as they are, and let gradients reach both.",
)
def test_double_precision_inputs_that_stay_and_gradients(cosine_score):
    inputs = *normal(seeds()[0], (3, 2, 7), (3, 5, 7), dtype=torch.float64), 2.5
    want = right_cosine(*inputs)
    mistakes = cosine_mistakes(*inputs)
    check(call(cosine_score, *inputs), want, mistakes, what="e")
    unchanged(cosine_score, *inputs)
    differentiable(cosine_score, right_cosine, inputs, to=(0, 1))


@test_case(
    name="long short and empty vectors",
    points=1,
    hidden=True,
    failure_message="A vector of zeros scores 0, lengths from 1e-5 to 1e5 make no difference, and one sentence, one query or one key is a batch like any other.",
)
def test_long_short_and_empty_vectors(cosine_score):
    sizes = (1, 3, 2, 5), (2, 1, 7, 3), (3, 5, 1, 2)
    for seed in seeds(5)[3:]:
        for b, m, n, d in sizes:
            q, k = normal(seed, (b, m, d), (b, n, d))
            want = right_cosine(q, k, 4.0)
            mistakes = cosine_mistakes(q, k, 4.0)
            for longer in (1e-5, 1e5):
                q_now, k_now = longer * q, longer * k
                dot = q_now @ k_now.mT
                root = q_now.norm(dim=-1)[..., None] * k_now.norm(dim=-1)[:, None]
                text = "A small number in the divisor is not small beside short ones: "
                added = {
                    f"{text}{small:g}.": 4 * dot / (root + small)
                    for small in (1e-6, 1e-7, 1e-8, 1e-9)
                } | {f"{text}the clamp.": 4 * dot / root.clamp(min=1e-8)}
                found = call(cosine_score, q_now, k_now, 4.0)
                check(found, want, {**mistakes, **added}, what="e")
            k[:, -1] = 0
            want = right_cosine(q, k, 4.0)
            check(call(cosine_score, q, k, 4.0), want, what="e")
