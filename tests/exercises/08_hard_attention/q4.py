# Made by exercises/_source/build.py from 08_hard_attention.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import (
    call,
    check,
    differentiable,
    seeds,
    unchanged,
)


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=made, dtype=dtype) for shape in shapes]


def ragged(lengths, n):
    """True where a place is visible: [b, 1, n]."""
    return (torch.arange(n) < torch.tensor(lengths)[:, None])[:, None]


P = torch.tensor([0.25, 0.75], dtype=torch.float64)
REWARD = torch.tensor([8.0, 4.0], dtype=torch.float64)


def moments(b):
    """Mean and variance of the estimate with baseline b."""
    estimates = (REWARD - b) * (torch.tensor([1.0, 0.0]).double() - P[0])
    mean = (P * estimates).sum()
    return mean.item(), (P * (estimates - mean) ** 2).sum().item()


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="exact gradient",
    points=0.5,
    hidden=False,
    failure_message="J is p_1 R_1 + p_2 R_2; differentiate both probabilities.",
)
def test_exact_gradient(gradient):
    mistakes = {
        "The probabilities depend on the scores: this is J itself.": 5,
        "p_2 falls when p_1 rises: it has a gradient too.": 8 * 3 / 16,
        "To be maximised: the gradient is not negated.": -0.75,
        "Those are p = (1/2, 1/2); exp(ln 3) is 3.": 1,
        "The rewards' difference is to be weighed by p_1 p_2.": 4,
        "It is p_1 (R_1 - J), not R_1 - J.": 3,
    }
    check(gradient, moments(0.0)[0], mistakes, what="gradient", within=6e-4)


@test_case(
    name="variance without baseline",
    points=0.5,
    hidden=False,
    failure_message="Two outcomes, 6 and -1 for b = 0; weigh the squares of their distances to the mean by their probabilities.",
)
def test_variance_without_baseline(variance_bare):
    mean, variance = moments(0.0)
    mistakes = {
        "The square of the mean is still to be taken off.": variance + mean**2,
        "That is the standard deviation.": variance**0.5,
        "Both outcomes are weighed alike; one has 1/4, the other 3/4.": 12.25,
        "That is the variance of the reward, not of the gradient.": 3,
        "The probabilities are exchanged.": 0.75 * 5.25**2 + 0.25 * 1.75**2,
    }
    check(variance_bare, variance, mistakes, what="variance_bare", within=6e-4)


@test_case(
    name="variance with the mean",
    points=0.5,
    hidden=True,
    failure_message="With b = J = 5 the outcomes are 9/4 and 1/4, and their mean is the same as before.",
)
def test_variance_with_the_mean(variance_mean):
    mean, variance = moments(5.0)
    mistakes = {
        "A baseline does change the variance.": moments(0.0)[1],
        "That is the variance of the reward, not of the gradient.": 3,
        "The square of the mean is still to be taken off.": variance + mean**2,
        "That is the standard deviation.": variance**0.5,
        "No variance is left only with the best baseline.": 0,
        "Both outcomes are weighed alike; one has 1/4, the other 3/4.": 1,
    }
    check(variance_mean, variance, mistakes, what="variance_mean", within=6e-4)


@test_case(
    name="best baseline",
    points=0.5,
    hidden=True,
    failure_message="Set (8 - b) 3/4 equal to -(4 - b) 1/4.",
)
def test_best_baseline(best_baseline):
    mistakes = {
        "The mean reward is good, but not the best.": 5,
        "The plain mean of the rewards is not the best.": 6,
        "The largest reward is not the best baseline.": 8,
        "The smallest reward is not the best baseline.": 4,
        "No baseline at all is worse.": 0,
        "Mind the sign of the second estimate, -1/4.": 10,
    }
    want = float((4 * P[0] + 8 * P[1]).item())
    check(best_baseline, want, mistakes, what="best_baseline", within=6e-4)
