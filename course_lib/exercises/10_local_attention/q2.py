# Made by exercises/_source/build.py from 10_local_attention.py: edit that file instead.
from otter.test_files import test_case
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


def right_local_p(s, h, lengths, W_p, v_p, W_a, D):
    """Step by step, over the states inside the window only."""
    alphas, p = [], []
    for b, n in enumerate(lengths.tolist()):
        for state in s[b]:
            place = (n - 1) * torch.sigmoid(v_p @ torch.tanh(W_p @ state))
            middle = round(place.item())
            seen = torch.arange(max(0, middle - D), min(n, middle + D + 1))
            weights = torch.softmax(h[b, seen] @ (state @ W_a), 0)
            weights = weights * torch.exp(-2 * (seen - place) ** 2 / D**2)
            alphas.append(h.new_zeros(h.shape[1]).index_put((seen,), weights))
            p.append(place)
    alpha = torch.stack(alphas).view(len(s), s.shape[1], -1)
    return alpha @ h, alpha, torch.stack(p).view(s.shape[:2])


def local_p_mistakes(s, h, lengths, W_p, v_p, W_a, D):
    """What wrong weights and places are, by a sentence that says what is wrong."""
    n, T = h.shape[1], lengths[:, None]
    x = torch.tanh(s @ W_p.T) @ v_p
    i = torch.arange(n)
    real = i < lengths[:, None, None]
    e = s @ W_a @ h.mT

    def places(p):
        return (i - p.round()[..., None]).abs()

    def bell(p, wide=D / 2):
        return torch.exp(-((i - p[..., None]) ** 2) / (2 * wide**2))

    def soft(scores, seen):
        hidden = scores.masked_fill(~seen, -1e9)
        return hidden.softmax(-1) * seen

    p = (T - 1) * torch.sigmoid(x)
    near = (places(p) <= D) & real
    right = soft(e, near)
    norm = right * bell(p)
    wrong_p = {
        "p is T_x - 1 times the share, not T_x times; places count from 0.":
            T * torch.sigmoid(x),
        "p is T_x - 1 times the share, not T_x times, and the count starts at 0, "
        "not at 1.": T * torch.sigmoid(x) - 1,
        "The place is a share of the sentence's own length, not of the width n.":
            (n - 1) * torch.sigmoid(x),
        "The place is a share of the sentence's own length; here it is a share of n, "
        "not of n - 1 either.": n * torch.sigmoid(x),
        "The logistic function is missing: the place must lie in the sentence.":
            (T - 1) * x,
        "The tanh is missing.": (T - 1) * torch.sigmoid(s @ W_p.T @ v_p),
        "The share is a logistic function, not a tanh.": (T - 1) * torch.tanh(x),
        "That is the share alone; times T_x - 1 it is a place.": torch.sigmoid(x),
        "The place is rounded; p itself is asked for, and needs its gradient.":
            p.round(),
        "v_p is missing from the place.":
            (T - 1) * torch.sigmoid(torch.tanh(s @ W_p.T).sum(-1)),
    }  # fmt: skip
    wrong_alpha = {
        "The bell is missing: multiply each weight by it.": right,
        "The weights are normalised again after the bell (to add its logarithm to the "
        "scores does that too); they sum to less than 1.":
            norm / norm.sum(-1, keepdim=True),
        "The bell was put on the scores; it is multiplied onto the weights.":
            soft(e * bell(p), near),
        "The bell is too wide: sigma is D/2, not D.": right * bell(p, D),
        "The 2 in front of sigma squared is missing.": right * bell(p, D / 2 / 2**0.5),
        "The bell is too narrow: the square of D/2 was taken twice, or D was.":
            right * bell(p, (D / 2) ** 2),
        "The distance is squared in the bell.":
            right * torch.exp(-(i - p[..., None]).abs() / (2 * (D / 2) ** 2)),
        "The bell stands around the rounded place; it belongs around p.":
            right * bell(p.round()),
        "The window is missing: the bell alone reaches everywhere.":
            soft(e, real.expand_as(e)) * bell(p),
        "The softmax saw the whole sentence; hide what is outside the window first.":
            soft(e, real.expand_as(e)) * near * bell(p),
        "Padding is visible.": soft(e, places(p) <= D) * bell(p),
        "The window is too narrow: |i - p| = D is inside.":
            soft(e, (places(p) < D) & real) * bell(p),
        "The window was laid around p without rounding.":
            soft(e, ((i - p[..., None]).abs() <= D) & real) * bell(p),
        "The window was laid around p cut to a whole number, not rounded.":
            soft(e, ((i - p.floor()[..., None]).abs() <= D) & real) * bell(p),
        "The place p + D is missing from the window.":
            soft(e, (places(p) <= D) & (i - p.round()[..., None] < D) & real) * bell(p),
        "The score has no factor 1 / sqrt d here.":
            soft(e / h.shape[-1] ** 0.5, near) * bell(p),
        "The softmax is missing.": e * near * bell(p),
        "The bell alone makes no weights; the scores are missing.": bell(p) * near,
    }  # fmt: skip
    if W_a.shape[0] == W_a.shape[1]:
        wrong_alpha["W_a is the other way round in the score."] = soft(
            s @ W_a.T @ h.mT, near
        ) * bell(p)
    if s.shape[-1] == h.shape[-1]:
        wrong_alpha["W_a is missing from the score."] = soft(s @ h.mT, near) * bell(p)
    for sentence, q in list(wrong_p.items())[:9]:
        seen = (places(q) <= D) & real
        wrong_alpha.setdefault(sentence, soft(e, seen) * bell(q))
    return wrong_p, wrong_alpha


def inputs_p(seed, b, m, n, d_s, d_h, d_p, D, dtype=torch.float32):
    """States, lengths and weights of ordinary size."""
    sizes = (b, m, d_s), (b, n, d_h), (d_p, d_s), (d_p,), (d_s, d_h)
    s, h, W_p, v_p, W_a = normal(seed, *sizes, dtype=dtype)
    made = torch.Generator().manual_seed(seed)
    lengths = torch.randint((n + 1) // 2, n + 1, (b,), generator=made)
    lengths[0] = n
    v_p = 2 * v_p / d_p**0.5
    return s, h, lengths, W_p / d_s**0.5, v_p, W_a / d_s**0.5, D


OK_FORMAT = False
name = "q2"
points = 4.5


@test_case(
    name="places",
    points=0.5,
    hidden=False,
    failure_message="The place is T_x - 1 times a logistic function, T_x being each sentence's own length.",
)
def test_places(local_p):
    for seed in seeds():
        inputs = inputs_p(seed, 3, 5, 11, 7, 7, 13, 2)
        _, _, want = right_local_p(*inputs)
        mistakes, _ = local_p_mistakes(*inputs)
        _, _, p = unpack(call(local_p, *inputs), "c, alpha, p")
        check(p, want, mistakes, what="p")


@test_case(
    name="weights and contexts",
    points=1.5,
    hidden=False,
    failure_message="Softmax over the scores inside the window, then times the bell, and then nothing more; the context is the sum of alpha times h.",
)
def test_weights_and_contexts(local_p):
    for seed in seeds():
        inputs = inputs_p(seed, 3, 5, 11, 7, 7, 13, 2)
        want, weights, _ = right_local_p(*inputs)
        _, mistakes = local_p_mistakes(*inputs)
        c, alpha, _ = unpack(call(local_p, *inputs), "c, alpha, p")
        check(alpha, weights, mistakes, what="alpha")
        check(c, want, what="c")


@test_case(
    name="gradients and double precision",
    points=1,
    hidden=False,
    failure_message="Keep the dtype, leave the inputs as they are, and let gradients reach the states and all the weights; the place through the bell.",
)
def test_gradients_and_double_precision(local_p):
    inputs = inputs_p(seeds()[0], 2, 3, 7, 5, 11, 13, 3, torch.float64)
    want, weights, _ = right_local_p(*inputs)
    _, mistakes = local_p_mistakes(*inputs)
    c, alpha, _ = unpack(call(local_p, *inputs), "c, alpha, p")
    check(alpha, weights, mistakes, what="alpha")
    check(c, want, what="c")
    unchanged(local_p, *inputs)
    differentiable(local_p, right_local_p, inputs, to=(0, 1, 3, 4, 5))
