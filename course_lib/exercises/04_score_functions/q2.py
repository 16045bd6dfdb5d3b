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


def right_bilinear(q, k, v, W, mask):
    """Torch's own attention on W k, with the weights read off an identity."""
    fused = torch.nn.functional.scaled_dot_product_attention
    keys = torch.einsum("qk,bnk->bnq", W, k)
    eye = torch.eye(k.shape[1], dtype=k.dtype).expand(len(k), -1, -1)
    return fused(q, keys, v, mask), fused(q, keys, eye, mask)


def bilinear_mistakes(q, k, v, W, mask):
    """What wrong repairs give: sentence -> c, alpha."""
    d_q, d_k, n = q.shape[-1], k.shape[-1], k.shape[1]
    raw = q @ W @ k.mT
    root = math.sqrt(d_q)

    def weigh(e):
        return e.masked_fill(~mask, -1e4).softmax(-1)

    right = weigh(raw / root)
    sentences = {
        "The root is still that of the number of keys, not of the width.":
            weigh(raw / math.sqrt(n)),
        "The scale is gone: divide by the root of d_q.": weigh(raw),
        "Divide by the root of d_q, not by d_q.": weigh(raw / d_q),
        "The scale multiplies; it should divide.": weigh(raw * root),
        "The root is that of the keys' width; the product is of width d_q.":
            weigh(raw / math.sqrt(d_k)),
        "The root is that of the values' width; the product is of width d_q.":
            weigh(raw / math.sqrt(v.shape[-1])),
        "The root is that of the number of queries, not of the width.":
            weigh(raw / math.sqrt(q.shape[1])),
        "The scale came after the softmax; weights must sum to 1.":
            weigh(raw) / root,
        "The mask is gone: padding has weight.": (raw / root).softmax(-1),
        "The mask is upside down: it was right.":
            (raw / root).masked_fill(mask, -1e4).softmax(-1),
        "The mask came after the softmax; it was right before.":
            (raw / root).softmax(-1) * mask,
        "The softmax runs over the queries; it was right.":
            (raw / root).masked_fill(~mask, -1e4).softmax(1),
    }  # fmt: skip
    found = {text: (alpha @ v, alpha) for text, alpha in sentences.items()}
    if d_q == d_k:
        for text, e in {
            "W is still transposed: its rows meet the query.": q @ W.T @ k.mT / root,
            "Both bugs are still there.": q @ W.T @ k.mT / math.sqrt(n),
            "W is transposed, and the scale is gone.": q @ W.T @ k.mT,
            "W is gone: that is a scaled dot product.": q @ k.mT / root,
        }.items():
            found[text] = weigh(e) @ v, weigh(e)
    found["The results come in the order c, alpha."] = right, right @ v
    found["That is e; the weights are its softmax."] = right @ v, raw / root
    if v.shape == k.shape:
        text = "The weights average the keys; a context is made of values."
        found[text] = right @ k, right
    return found


OK_FORMAT = False
name = "q2"
points = 2.5


@test_case(
    name="weights and context",
    points=1,
    hidden=False,
    failure_message="W stands between the query (its rows) and the key (its columns), and the width of the query stands under the root.",
)
def test_weights_and_context(bilinear_attend):
    for seed in seeds():
        q, k, v, W = normal(seed, (2, 3, 5), (2, 7, 5), (2, 7, 11), (5, 5))
        inputs = q, k, v, W, ragged((6, 4), 7)
        want = right_bilinear(*inputs)
        lines = bilinear_mistakes(*inputs)
        c, alpha = unpack(call(bilinear_attend, *inputs), "c, alpha")
        check(alpha, want[1], {s: x[1] for s, x in lines.items()}, what="alpha")
        check(c, want[0], {s: x[0] for s, x in lines.items()}, what="c")


@test_case(
    name="gradients and inputs that stay",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype of the inputs, leave them as they are, and let gradients reach queries, keys, values and W.",
)
def test_gradients_and_inputs_that_stay(bilinear_attend):
    sizes = (3, 2, 7), (3, 5, 7), (3, 5, 2), (7, 7)
    q, k, v, W = normal(seeds()[1], *sizes, dtype=torch.float64)
    inputs = q, k, v, W, ragged((5, 2, 3), 5)
    want = right_bilinear(*inputs)
    lines = bilinear_mistakes(*inputs)
    c, alpha = unpack(call(bilinear_attend, *inputs), "c, alpha")
    check(alpha, want[1], {s: x[1] for s, x in lines.items()}, what="alpha")
    check(c, want[0], {s: x[0] for s, x in lines.items()}, what="c")
    unchanged(bilinear_attend, *inputs)
    differentiable(bilinear_attend, right_bilinear, inputs, to=(0, 1, 2, 3))
