# Made by exercises/_source/build.py from 13_self_attention.py: edit that file instead.
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


def head_inputs(seed, b, m, n, d, n_heads, dtype=torch.float32):
    """Random inputs of ordinary size."""
    shapes = (b, m, d), (b, n, d), (b, n, d), (d, d), (d, d), (d, d), (d, d)
    q, k, v, W_Q, W_K, *rest = normal(seed, *shapes, dtype=dtype)
    return q, k, v, 0.5 * W_Q, 0.5 * W_K, *rest, n_heads


def right_heads(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    """Torch's own function, with the same weights."""
    c, _ = torch.nn.functional.multi_head_attention_forward(
        q.transpose(0, 1),
        k.transpose(0, 1),
        v.transpose(0, 1),
        q.shape[-1],
        n_heads,
        torch.cat([W_Q, W_K, W_V]),
        None,
        None,
        None,
        False,
        0.0,
        W_O,
        None,
        need_weights=False,
    )
    return c.transpose(0, 1)


def head_mistakes(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    """What a wrong answer is, by a sentence that says what is wrong."""
    (b, m, d), n = q.shape, k.shape[1]
    d_head = d // n_heads

    def split(z, W):
        return (z @ W.T).unflatten(-1, (n_heads, d_head)).transpose(1, 2)

    def mixed(z, W):  # words and heads in one pot
        return (z @ W.T).reshape(b, n_heads, z.shape[1], d_head)

    def stride(z, W):  # every n_heads-th row
        return (z @ W.T).unflatten(-1, (d_head, n_heads)).movedim(-1, 1)

    def join(heads):
        return heads.transpose(1, 2).flatten(2)

    Q, K, V = split(q, W_Q), split(k, W_K), split(v, W_V)
    e = Q @ K.mT
    alpha = (e / math.sqrt(d_head)).softmax(-1)
    heads = alpha @ V
    one = ((q @ W_Q.T) @ (k @ W_K.T).mT / math.sqrt(d)).softmax(-1) @ (v @ W_V.T)

    def again(cut):
        a, b_, c = cut(q, W_Q), cut(k, W_K), cut(v, W_V)
        return (a @ b_.mT / math.sqrt(d_head)).softmax(-1) @ c

    def per_head(d_root):
        return join((e / d_root).softmax(-1) @ V) @ W_O.T

    tq, tk, tv = split(q, W_Q.T), split(k, W_K.T), split(v, W_V.T)
    transposed = (tq @ tk.mT / math.sqrt(d_head)).softmax(-1) @ tv
    return {
        "W_O is missing.": join(heads),
        "W_O is transposed: the rows of a weight are its outputs.": join(heads) @ W_O,
        "W_Q, W_K and W_V are transposed: the rows of a weight are its outputs.":
            join(transposed) @ W_O.T,
        "One head of full width: n_heads is not used.": one @ W_O.T,
        "The root is that of d; each head has its own width, d / n_heads.":
            per_head(math.sqrt(d)),
        "The scores are not divided by the root of d_head.": per_head(1.0),
        "The scores are divided by d_head, not by its root.": per_head(d_head),
        "The scores are divided by the root of the number of heads.":
            per_head(math.sqrt(n_heads)),
        "A reshape mixed words with heads: split the last axis, then exchange axes.":
            join(again(mixed)) @ W_O.T,
        "The heads are joined by a reshape that mixes words with heads; exchange the "
        "axes first.": heads.reshape(b, m, d) @ W_O.T,
        "Both ways a reshape mixed words with heads: split the last axis, then "
        "exchange axes.": again(mixed).reshape(b, m, d) @ W_O.T,
        "A head owns a block of neighbouring rows, not every n_heads-th row.":
            join(again(stride)) @ W_O.T,
        "The heads are joined entry by entry; join them one after the other.":
            heads.permute(0, 2, 3, 1).flatten(2) @ W_O.T,
        "The heads are joined in reverse.": join(heads.flip(1)) @ W_O.T,
        "The softmax ran over the queries, not over the keys.":
            join((e / math.sqrt(d_head)).softmax(-2) @ V) @ W_O.T,
        "The softmax ran over the heads, not over the keys.":
            join((e / math.sqrt(d_head)).softmax(1) @ V) @ W_O.T,
        "The heads share averaged weights; each has weights of its own.":
            join(alpha.mean(1, keepdim=True) @ V) @ W_O.T,
        "The values are not projected: W_V is missing.":
            join(alpha @ split(v, torch.eye(d, dtype=v.dtype))) @ W_O.T,
        "The keys are averaged; a head averages the values.":
            join(alpha @ split(k, W_V)) @ W_O.T,
        "The projected keys are averaged; a head averages the values.":
            join(alpha @ K) @ W_O.T,
        "The heads are added, not joined.":
            heads.sum(1).repeat(1, 1, n_heads) @ W_O.T,
        "Only the first head reads; each head has its own block.":
            join(heads[:, :1].expand_as(heads)) @ W_O.T,
    }  # fmt: skip


OK_FORMAT = False
name = "q2"
points = 3


@test_case(
    name="heads against torch",
    points=1,
    hidden=False,
    failure_message="Split the last axis into heads, attend in each, join the heads in their order, then mix them by W_O.",
)
def test_heads_against_torch(multi_head):
    for seed, (m, n, d, n_heads) in zip(
        seeds(), ((5, 7, 6, 3), (7, 7, 15, 3), (3, 5, 10, 2)), strict=True
    ):
        inputs = head_inputs(seed, 2, m, n, d, n_heads)
        want = right_heads(*inputs)
        mistakes = head_mistakes(*inputs)
        check(call(multi_head, *inputs), want, mistakes, what="c")


@test_case(
    name="double precision inputs that stay and gradients",
    points=1,
    hidden=False,
    failure_message="Keep the inputs' dtype, leave them as they are, and let gradients reach queries, keys, values and all four weights.",
)
def test_double_precision_inputs_that_stay_and_gradients(multi_head):
    inputs = head_inputs(seeds()[0], 3, 2, 5, 14, 7, torch.float64)
    want = right_heads(*inputs)
    mistakes = head_mistakes(*inputs)
    check(call(multi_head, *inputs), want, mistakes, what="c")
    unchanged(multi_head, *inputs)
    differentiable(multi_head, right_heads, inputs, to=(0, 1, 2, 3, 4, 5, 6))
