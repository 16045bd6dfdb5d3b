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


def sublayer_inputs(seed, b, m, d, d_ff, dtype=torch.float32):
    """x and a dictionary of weights."""
    sizes = {
        "W_1": (d_ff, d),
        "b_1": (d_ff,),
        "W_2": (d, d_ff),
        "b_2": (d,),
        "gamma": (d,),
        "beta": (d,),
    }
    x, *rest = normal(seed, (b, m, d), *sizes.values(), dtype=dtype)
    return x + 0.5, dict(zip(sizes, rest))


def right_sublayer(x, w, norm_first):
    """Place by place, with torch's own norm."""
    rows = []
    for v in x.flatten(0, 1):
        z = v
        if norm_first:
            z = torch.nn.functional.layer_norm(v, v.shape, w["gamma"], w["beta"])
        inner = torch.relu(torch.mv(w["W_1"], z) + w["b_1"])
        z = v + torch.mv(w["W_2"], inner) + w["b_2"]
        if not norm_first:
            z = torch.nn.functional.layer_norm(z, z.shape, w["gamma"], w["beta"])
        rows.append(z)
    return torch.stack(rows).view_as(x)


def sublayer_mistakes(x, w, norm_first):
    """What a wrong sub-layer is, by a sentence that says what is wrong."""

    def norm(x, axes=(-1,), plus=0, root=True, scale=True, shift=True, centre=True):
        n = math.prod(x.shape[a] for a in axes)
        centred = x - x.mean(axes, keepdim=True) if centre else x
        squares = (x - x.mean(axes, keepdim=True)).square().sum(axes, keepdim=True)
        variance = squares / max(n - plus, 1) + 1e-5
        z = centred / (variance.sqrt() if root else variance)
        z = w["gamma"] * z if scale else z
        return z + w["beta"] if shift else z

    def ffn(x, relu=torch.relu, one=True, two=True):
        inner = relu(x @ w["W_1"].T + (w["b_1"] if one else 0))
        return inner @ w["W_2"].T + (w["b_2"] if two else 0)

    def both(f=ffn, g=norm):
        return x + f(g(x)) if norm_first else g(x + f(x))

    z = norm(x)
    return {
        "Pre-norm and post-norm are exchanged.": (
            norm(x + ffn(x)) if norm_first else x + ffn(z)
        ),
        "The residual connection is missing: x is to be added.": (
            ffn(z) if norm_first else norm(ffn(x))
        ),
        "The residual adds x itself, not norm(x).": (
            z + ffn(z) if norm_first else norm(x + ffn(x)) + x
        ),
        "Post-norm: the norm is around the sum, not around the network alone.": (
            x + norm(ffn(x))
        ),
        "There is a norm before and a norm behind; one is enough.": norm(x + ffn(z)),
        "There is no norm at all.": x + ffn(x),
        "The ReLU is missing.": both(f=lambda v: ffn(v, relu=lambda u: u)),
        "The bend is ReLU, not GELU.": both(
            f=lambda v: ffn(v, relu=torch.nn.functional.gelu)
        ),
        "The ReLU belongs between the two maps, not behind them.": both(
            f=lambda v: torch.relu(ffn(v, relu=lambda u: u))
        ),
        "b_1 is missing.": both(f=lambda v: ffn(v, one=False)),
        "b_2 is missing.": both(f=lambda v: ffn(v, two=False)),
        "The variance is divided by d, not by d - 1.": both(
            g=lambda v: norm(v, plus=1)
        ),
        "The root is missing: divide by the standard deviation.": both(
            g=lambda v: norm(v, root=False)
        ),
        "gamma is missing.": both(g=lambda v: norm(v, scale=False)),
        "beta is missing.": both(g=lambda v: norm(v, shift=False)),
        "gamma and beta are both missing.": both(
            g=lambda v: norm(v, scale=False, shift=False)
        ),
        "The mean is not taken off.": both(g=lambda v: norm(v, centre=False)),
        "Mean and variance run over the d entries of one place, here over the places.":
            both(g=lambda v: norm(v, axes=(1,))),
        "Mean and variance run over the d entries of one place, here over the batch.":
            both(g=lambda v: norm(v, axes=(0,))),
        "Mean and variance run over one place alone, here over the whole sentence.":
            both(g=lambda v: norm(v, axes=(1, 2))),
        "Mean and variance run over one place alone, here over the whole batch.":
            both(g=lambda v: norm(v, axes=(0, 1, 2))),
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 2


@test_case(
    name="pre norm",
    points=0.5,
    hidden=False,
    failure_message="The norm stands before the network, and x itself is added behind it.",
)
def test_pre_norm(sublayer):
    for seed in seeds():
        inputs = *sublayer_inputs(seed, 2, 3, 5, 11), True
        want = right_sublayer(*inputs)
        check(call(sublayer, *inputs), want, sublayer_mistakes(*inputs), what="y")


@test_case(
    name="post norm",
    points=0.5,
    hidden=False,
    failure_message="The norm stands behind the sum x + FFN(x).",
)
def test_post_norm(sublayer):
    for seed in seeds():
        inputs = *sublayer_inputs(seed, 3, 2, 7, 13), False
        want = right_sublayer(*inputs)
        check(call(sublayer, *inputs), want, sublayer_mistakes(*inputs), what="y")


@test_case(
    name="double precision inputs that stay and gradients",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype, leave the inputs as they are, let gradients through.",
)
def test_double_precision_inputs_that_stay_and_gradients(sublayer):
    for pre in (True, False):
        x, w = sublayer_inputs(seeds()[0], 2, 3, 5, 7, dtype=torch.float64)
        want = right_sublayer(x, w, pre)
        mistakes = sublayer_mistakes(x, w, pre)
        check(call(sublayer, x, w, pre), want, mistakes, what="y")
        unchanged(sublayer, x, w, pre)
        differentiable(sublayer, right_sublayer, (x, w, pre))


@test_case(
    name="other sizes and a nearly constant place",
    points=0.5,
    hidden=True,
    failure_message="A size is taken for granted, or the small number in the norm is not 1e-5 and inside the root.",
)
def test_other_sizes_and_a_nearly_constant_place(sublayer):
    for seed in seeds(5)[3:]:
        for b, m, d, d_ff in ((1, 1, 3, 2), (5, 1, 2, 3), (2, 7, 5, 5)):
            for pre in (True, False):
                x, w = sublayer_inputs(seed, b, m, d, d_ff, dtype=torch.float64)
                if pre:
                    x[0] = 1 + 0.003 * x[0]  # here the small number counts
                want = right_sublayer(x, w, pre)
                mistakes = sublayer_mistakes(x, w, pre)
                check(call(sublayer, x, w, pre), want, mistakes, what="y")
                unchanged(sublayer, x, w, pre)
                differentiable(sublayer, right_sublayer, (x, w, pre))
