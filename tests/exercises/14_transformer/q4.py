# Made by exercises/_source/build.py from 14_transformer.py: edit that file instead.
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


def cache_inputs(seed, b, n_heads, t, d_head, dtype=torch.float32):
    """A token, its place, a cache of t places and the weights."""
    d = n_heads * d_head
    cache = (b, n_heads, t, d_head)
    shapes = (b, d), cache, cache, (d, d), (d, d), (d, d), (t + 3, d)
    x, K, V, *weights = normal(seed, *shapes, dtype=dtype)
    w = dict(zip(("W_Q", "W_K", "W_V", "P"), weights))
    return x, t, K, V, {name: 0.7 * weight for name, weight in w.items()}


def right_step(x, place, K, V, w):
    """Torch's own attention over the longer cache."""
    b, n_heads, _, d_head = K.shape
    x_prime = x + w["P"][place]
    q, k, v = (
        torch.nn.functional.linear(x_prime, w[name]).view(b, n_heads, 1, d_head)
        for name in ("W_Q", "W_K", "W_V")
    )
    K, V = torch.cat([K, k], 2), torch.cat([V, v], 2)
    fused = torch.nn.functional.scaled_dot_product_attention
    return fused(q, K, V)[:, :, 0].flatten(1), K, V


def step_mistakes(x, place, K, V, w):
    """What wrong repairs give: sentence -> c, K, V."""
    b, n_heads, t, d_head = K.shape
    d = n_heads * d_head

    def step(at=place, scale=d_head**0.5, own=True, order=True, pos=True, where="qkv"):
        there = w["P"][at] if pos else 0
        parts = []
        for letter, name in zip("qkv", ("W_Q", "W_K", "W_V")):
            x_prime = x + there if letter in where else x
            parts.append((x_prime @ w[name].T).view(b, n_heads, 1, d_head))
        q, k, v = parts
        K2 = torch.cat([K, k] if order else [k, K], 2)
        V2 = torch.cat([V, v] if order else [v, V], 2)
        read = (K2, V2) if own or t == 0 else (K, V)
        c = (q @ read[0].mT / scale).softmax(-1) @ read[1]
        return c[:, :, 0].flatten(1), K2, V2

    right = step()
    heads = right[0].view(b, n_heads, d_head)
    x_prime = x + w["P"][place]
    q = (x_prime @ w["W_Q"].T).view(b, n_heads, 1, d_head)
    over_heads = (q @ right[1].mT / d_head**0.5).softmax(1) @ right[2]
    return {
        "Both bugs are still there: look at the position and at the scale.":
            step(at=0, scale=d**0.5),
        "Every token stands at place 0: the position is still wrong.": step(at=0),
        "The scale is the root of one head's width, not of d.": step(scale=d**0.5),
        "The scale is missing.": step(scale=1.0),
        "The scale is a root: sqrt(d_head), not d_head.": step(scale=d_head),
        "The scale divides by sqrt(d_head), it does not multiply.":
            step(scale=d_head**-0.5),
        "The place is counted from 0: t, not t + 1.": step(at=place + 1),
        "The place is t, not t - 1.": step(at=max(place - 1, 0)),
        "The last place of the table is not the place of the token.": step(at=-1),
        "There is no position at all now.": step(pos=False),
        "The values carry the position as well: they are made of x'.": step(where="qk"),
        "The keys and values carry the position as well: they are made of x'.":
            step(where="q"),
        "The query carries the position as well: it is made of x'.": step(where="kv"),
        "The token does not see itself: read the longer cache.": step(own=False),
        "The new place belongs behind the old ones.": step(order=False),
        "The softmax ran over the heads, not over the keys.":
            (over_heads[:, :, 0].flatten(1), *right[1:]),
        "The heads are joined in the wrong order: head after head, not entry by entry.":
            (heads.mT.flatten(1), *right[1:]),
        "Keys and values are exchanged.": (right[0], right[2], right[1]),
        "The old cache is returned; the new place is missing.": (right[0], K, V),
    }  # fmt: skip


def compare_step(function, inputs):
    want, mistakes = right_step(*inputs), step_mistakes(*inputs)
    found = unpack(call(function, *inputs), "c, K, V")
    for part in range(3):
        lines = {text: wrong[part] for text, wrong in mistakes.items()}
        check(found[part], want[part], lines, what=("c", "K", "V")[part])


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="one step behind a cache",
    points=0.5,
    hidden=False,
    failure_message="The token's own place is `place`, and what each head divides by is the root of its own width.",
)
def test_one_step_behind_a_cache(cached_step):
    for seed in seeds():
        compare_step(cached_step, cache_inputs(seed, 2, 3, 5, 7))


@test_case(
    name="double precision inputs that stay and gradients",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype, leave the inputs as they are, let gradients through.",
)
def test_double_precision_inputs_that_stay_and_gradients(cached_step):
    inputs = cache_inputs(seeds()[0], 3, 2, 7, 5, dtype=torch.float64)
    compare_step(cached_step, inputs)
    unchanged(cached_step, *inputs)
    differentiable(cached_step, right_step, inputs, to=(0, 2, 3))


@test_case(
    name="steps equal one causal attention",
    points=1,
    hidden=True,
    failure_message="Steps from an empty cache must give what one causal attention over all places gives.",
)
def test_steps_equal_one_causal_attention(cached_step):
    for seed in seeds(5)[3:]:
        for b, n_heads, m, d_head in ((2, 3, 5, 7), (1, 1, 3, 2), (3, 5, 2, 1)):
            inputs = cache_inputs(seed, b, n_heads, m, d_head, dtype=torch.float64)
            d, w = n_heads * d_head, inputs[-1]
            (x,) = normal(seed + 1, (b, m, d), dtype=torch.float64)
            x_prime = x + w["P"][:m]
            Q, K, V = (
                (x_prime @ w[name].T).unflatten(-1, (n_heads, -1)).transpose(1, 2)
                for name in ("W_Q", "W_K", "W_V")
            )
            fused = torch.nn.functional.scaled_dot_product_attention
            want = fused(Q, K, V, is_causal=True).transpose(1, 2).flatten(2)
            past = x.new_zeros(b, n_heads, 0, d_head)
            k, v = past, past
            for t in range(m):
                out = call(cached_step, x[:, t], t, k, v, w)
                c, k, v = unpack(out, "c, K, V")
                check(c, want[:, t], what=f"c at place {t}")
                check(k, K[:, :, : t + 1], what=f"K behind place {t}")
                check(v, V[:, :, : t + 1], what=f"V behind place {t}")
            unchanged(cached_step, *inputs)
            compare_step(cached_step, inputs)
