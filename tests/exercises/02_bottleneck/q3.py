# Made by exercises/_source/build.py from 02_bottleneck.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged
from numbers import Real

from course_lib.grading.checks import Wrong


def number(value, what):
    """The learner's number as a float."""
    if isinstance(value, (Real, torch.Tensor)):
        return float(value)
    check(value, 0.0, what=what)  # says what is wrong with it
    return 0.0


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="distance of forgetting",
    points=0.5,
    hidden=False,
    failure_message="The gradient at distance k is w to the power k; take the first whole k at which it is below 0.01.",
)
def test_distance_of_forgetting(k_forget):
    x = torch.zeros(100, dtype=torch.float64, requires_grad=True)
    h = torch.zeros((), dtype=torch.float64)
    for x_i in x:
        h = 0.9 * h + x_i
    left = torch.autograd.grad(h, x)[0].flip(0)  # left[k] is left at distance k
    want = int((left >= 0.01).sum())
    if want - 1 < number(k_forget, "k_forget") < want:
        raise Wrong("the crossing lies here, but a distance is a whole number")
    mistakes = {
        "At this distance it is still a little above 0.01; go one further.": want - 1,
        "Those are the states from one to the other; count the steps.": want + 1,
        "At this distance a tenth is left, not a hundredth.": 22,
        "At this distance a half is left, not a hundredth.": 7,
    }
    check(k_forget, want, mistakes, what="k_forget")


@test_case(
    name="half is left",
    points=0.5,
    hidden=False,
    failure_message="Half is left at distance 20 when w to the power 20 is one half.",
)
def test_half_is_left(w_half):
    w = number(w_half, "w_half")
    if not 0 < w < 1:
        raise Wrong("this w is not between 0 and 1: the gradient would not shrink")
    x = torch.zeros(21, dtype=torch.float64, requires_grad=True)
    h = torch.zeros((), dtype=torch.float64)
    for x_i in x:
        h = w * h + x_i
    left = torch.autograd.grad(h, x)[0][0].item()
    if abs(left - 0.5) > 0.002:
        raise Wrong(f"with this w, {left:.3f} of the gradient is left at distance 20")


@test_case(
    name="letters that fit",
    points=1,
    hidden=True,
    failure_message="There are 16 to the power 8 states and 26 to the power n strings, and every string needs a state of its own.",
)
def test_letters_that_fit(n_letters):
    want = max(n for n in range(33) if 26**n <= 16**8)
    if want < number(n_letters, "n_letters") < want + 1:
        raise Wrong("the limit lies here; how many whole letters fit below it?")
    mistakes = {
        "One letter too many: 26^7 is more than 16^8.": want + 1,
        "A letter has more values (26) than a number (16).": 8,
        "That is the number of bits; a letter takes log2(26) of them.": 32,
        "A letter takes log2(26) bits, not 26.": 1,
        "A letter takes log2(26) bits, not 8 (a byte).": 4,
    }
    check(n_letters, want, mistakes, what="n_letters")
