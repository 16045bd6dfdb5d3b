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


def right_places(x):
    """Number after number."""
    n, d = x.shape[1:]
    p = torch.empty(n, d, dtype=torch.float64)
    for t in range(n):
        for i in range(d // 2):
            angle = t / 10000 ** (2 * i / d)
            p[t, 2 * i], p[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return torch.stack([sentence + p.to(x.dtype) for sentence in x])


def place_mistakes(x):
    """What wrong repairs give, by a sentence that says what is wrong."""
    b, n, d = x.shape
    i = torch.arange(d // 2, dtype=torch.float64)

    def table(places, power=2 * i / d, first=torch.sin, second=torch.cos, base=1e4):
        angle = places[:, None] / base**power
        return torch.stack([first(angle), second(angle)], -1).flatten(-2).to(x.dtype)

    def halves(places):
        angle = places[:, None] / 10000 ** (2 * i / d)
        return torch.cat([angle.sin(), angle.cos()], -1).to(x.dtype)

    t, s = torch.arange(n).double(), torch.arange(b).double()
    right = table(t)
    turned = torch.stack(
        [(t[:, None] * 10000 ** (2 * i / d)).sin(),
         (t[:, None] * 10000 ** (2 * i / d)).cos()], -1
    ).flatten(-2).to(x.dtype)  # fmt: skip
    return {
        "Both bugs are still there: give it zeros, and compare two sentences.":
            x + halves(s)[:, None],
        "The places number the sentences of the batch; number the words.":
            x + table(s)[:, None],
        "The sines stand in the first half, the cosines in the second; they take "
        "turns.": x + halves(t),
        "Places are counted from 0, here from 1.": x + table(t + 1),
        "The exponent is i/d here; it is 2i/d.": x + table(t, power=i / d),
        "The exponent is 4i/d here; it is 2i/d.": x + table(t, power=4 * i / d),
        "Sine and cosine are exchanged.":
            x + table(t, first=torch.cos, second=torch.sin),
        "There are sines only; the odd columns are cosines.":
            x + table(t, second=torch.sin),
        "There are cosines only; the even columns are sines.":
            x + table(t, first=torch.cos),
        "The angle is a quotient, not a product.": x + turned,
        "The base is 10000.": x + table(t, base=1e3),
        "The places run backwards.": x + table(t.flip(0)),
        "The words are missing: add the positions to x.": right.expand_as(x),
        "The words are multiplied by the positions; add them.": x * right,
        "The positions are taken off, not added.": x - right,
        "The words are multiplied by the root of d; here they stay as they are.":
            x * math.sqrt(d) + right,
        "The positions go on counting from sentence to sentence.":
            x + table(torch.arange(b * n).double()).view(b, n, d),
        "Each place adds up all places before it.": x + right.cumsum(0),
    }  # fmt: skip


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="every word gets its place",
    points=1,
    hidden=False,
    failure_message="With zeros for words, all sentences must come out equal and all places different, and the first place is 0, 1, 0, 1, and so on.",
)
def test_every_word_gets_its_place(add_positions):
    for seed in seeds():
        (x,) = normal(seed, (3, 7, 10))
        want = right_places(x)
        mistakes = place_mistakes(x)
        check(call(add_positions, x), want, mistakes, what="the result")
    unchanged(add_positions, x)
    differentiable(add_positions, right_places, (x,))


@test_case(
    name="other sizes",
    points=1,
    hidden=True,
    failure_message="One sentence, as many sentences as words, one pair of columns and double precision are cases like any other.",
)
def test_other_sizes(add_positions):
    settings = (1, 5, 2), (5, 5, 6), (2, 130, 14), (7, 1, 22)
    dtypes = (torch.float32, torch.float64) * 2
    for seed in seeds(5)[3:]:
        for shape, dtype in zip(settings, dtypes, strict=True):
            (x,) = normal(seed, shape, dtype=dtype)
            want = right_places(x)
            mistakes = place_mistakes(x)
            check(call(add_positions, x), want, mistakes, what="the result")
        unchanged(add_positions, x)
        differentiable(add_positions, right_places, (x,))
