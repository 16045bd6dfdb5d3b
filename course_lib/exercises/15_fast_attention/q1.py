# Made by exercises/_source/build.py from 15_fast_attention.py: edit that file instead.
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


def partial_results(seed, b, m, d, counts, dtype=torch.float32, shift=0.0):
    """Two partial results and the whole one, each mu, Z, c, by loops."""
    n = sum(counts)
    e, v = normal(seed, (b, m, n), (b, n, d), dtype=dtype)
    e = 2 * e + shift

    def over(keys):
        mu = torch.full((b, m), -torch.inf, dtype=dtype)
        Z, c = torch.zeros(b, m, dtype=dtype), torch.zeros(b, m, d, dtype=dtype)
        for r in range(b):
            for t in range(m):
                scores = e[r, t, keys]
                if len(scores):
                    mu[r, t] = scores.max()
                    for i, score in zip(range(n)[keys], scores):
                        w = math.exp(score - mu[r, t])
                        Z[r, t] += w
                        c[r, t] += w * v[r, i]
        return mu, Z, c

    first, second = over(slice(0, counts[0])), over(slice(counts[0], n))
    return (*first, *second), over(slice(0, n))


def right_merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    """Query by query."""
    rows = []
    for r in range(len(mu_1)):
        for t in range(mu_1.shape[1]):
            top = max(mu_1[r, t].item(), mu_2[r, t].item())
            one = math.exp(mu_1[r, t].item() - top) if Z_1[r, t] > 0 else 0.0
            two = math.exp(mu_2[r, t].item() - top) if Z_2[r, t] > 0 else 0.0
            Z = one * Z_1[r, t] + two * Z_2[r, t]
            rows.append((mu_1.new_tensor(top), Z, one * c_1[r, t] + two * c_2[r, t]))
    mu, Z, c = (torch.stack(part) for part in zip(*rows))
    return mu.view_as(mu_1), Z.view_as(Z_1), c.view_as(c_1)


def merge_mistakes(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    """What wrong merges give: sentence -> mu, Z, c."""
    mu, Z, c = right_merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2)
    low = torch.minimum(mu_1, mu_2)

    def by(one, two, mu=mu):
        wide = one[..., None], two[..., None]
        return mu, one * Z_1 + two * Z_2, wide[0] * c_1 + wide[1] * c_2

    one, two = (mu_1 - mu).exp(), (mu_2 - mu).exp()
    ones, half = torch.ones_like(mu), 0.5 * torch.ones_like(mu)
    return {
        "c is not moved to the common maximum; it needs the factors of Z.":
            (mu, Z, c_1 + c_2),
        "Z is not moved to the common maximum; it needs the factors of c.":
            (mu, Z_1 + Z_2, c),
        "The factors are upside down: exp(mu_1 - mu), not exp(mu - mu_1).":
            by(1 / one, 1 / two),
        "The factors are exchanged: each half has its own.": by(two, one),
        "Only the second half is moved; the first needs its factor as well.":
            by(ones, two),
        "Only the first half is moved; the second needs its factor as well.":
            by(one, ones),
        "The common maximum is the larger of the two, not the smaller.":
            by((mu_1 - low).exp(), (mu_2 - low).exp(), low),
        "The maxima are added; the larger one is asked for.": (mu_1 + mu_2, Z, c),
        "The common maximum is not the first half's.":
            by(ones, (mu_2 - mu_1).exp(), mu_1),
        "c is divided by Z already; that comes at the very end.":
            (mu, Z, c / Z[..., None]),
        "The halves do not count alike: their sums say how much each counts.":
            by(half, half),
        "The half with the larger maximum alone is kept.":
            tuple(torch.where(mu_1 >= mu_2 if x.ndim == 2 else (mu_1 >= mu_2)[..., None],
                  x, y) for x, y in ((mu_1, mu_2), (Z_1, Z_2), (c_1, c_2))),
        "That is log Z + mu; Z itself is asked for.": (mu, mu + Z.log(), c),
        "The results come in the order mu, Z, c.": (Z, mu, c),
    }  # fmt: skip


def compare_merged(function, inputs, want):
    mistakes = merge_mistakes(*inputs)
    found = unpack(call(function, *inputs), "mu, Z, c")
    for part, name in enumerate(("mu", "Z", "c")):
        if isinstance(found[part], torch.Tensor) and found[part].isnan().any():
            raise Wrong(
                f"{name} contains NaN. Likely mistake: minus infinity minus minus "
                "infinity is NaN; a half without keys counts nothing."
            )
        lines = {text: wrong[part] for text, wrong in mistakes.items()}
        check(found[part], want[part], lines, what=name)


OK_FORMAT = False
name = "q1"
points = 2.5


@test_case(
    name="two halves",
    points=1,
    hidden=False,
    failure_message="Both sums move to the common maximum, each by its own factor.",
)
def test_two_halves(merge):
    for seed in seeds():
        inputs, want = partial_results(seed, 2, 3, 5, (7, 4))
        compare_merged(merge, inputs, want)
        unchanged(merge, *inputs)
    inputs, want = partial_results(seed, 2, 3, 5, (3, 7), dtype=torch.float64)
    compare_merged(merge, inputs, want)
    differentiable(merge, right_merge, inputs, to=(2, 5))


@test_case(
    name="a half without keys",
    points=0.5,
    hidden=False,
    failure_message="A half without keys counts nothing, and -inf - (-inf) is NaN.",
)
def test_a_half_without_keys(merge):
    for counts in ((0, 5), (3, 0), (0, 0)):
        inputs, want = partial_results(seeds()[0], 3, 2, 7, counts)
        compare_merged(merge, inputs, want)
