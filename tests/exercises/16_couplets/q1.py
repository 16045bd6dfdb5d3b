# Made by exercises/_source/build.py from 16_couplets.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import (
    Wrong,
    call,
    check,
    seeds,
    unchanged,
    unpack,
)


def made(seed):
    """A generator of random numbers."""
    return torch.Generator().manual_seed(seed)


def lines_of_tones(seed, b, n):
    """Couplets of which many keep the rule and others break it in one place."""
    g = made(seed)
    upper = torch.randint(0, 2, (b, n), generator=g) * 2 - 1
    upper[: 3 * b // 4, -1] = -1
    lower = -upper
    flips = torch.randint(0, n, (b, 2), generator=g)
    for row in range(b):
        for t in flips[row, : row % 3]:
            lower[row, t] *= -1
    return upper, lower


def right_tones(upper, lower):
    """One couplet after another."""
    n, kept = upper.shape[1], []
    for x, y in zip(upper.tolist(), lower.tolist()):
        binding = {t for t in range(n) if t % 2 == 1} | {n - 1}
        kept.append(all(x[t] == -y[t] for t in binding) and y[-1] == 1)
    return torch.tensor(kept)


def tone_mistakes(upper, lower):
    """What a wrong rule says, by a sentence that says what is wrong."""
    n = upper.shape[1]
    place = torch.arange(1, n + 1)
    binds, even = (place % 2 == 0) | (place == n), place % 2 == 0
    differ, ends = upper != lower, lower[:, -1] == 1
    want = (differ | ~binds).all(1) & ends
    return {
        "That says who breaks the rule; True means kept.": ~want,
        "The last tone of the lower line must be level as well.":
            (differ | ~binds).all(1),
        "The last place binds too, whatever its number.": (differ | ~even).all(1),
        "The last place binds too: level is not enough, the upper one must differ.":
            (differ | ~even).all(1) & ends,
        "Places 1, 3, 5 are free, unless they are the last.": differ.all(1) & ends,
        "Places 1, 3, 5 are free, unless they are the last; and the lower line ends "
        "level.": differ.all(1),
        "Places count from 1: the second, fourth, sixth bind, not the first, third.":
            (differ | (place % 2 == 0) & (place < n)).all(1) & ends,
        "Tones must oppose, not agree.": (~differ | ~binds).all(1) & ends,
        "Every binding place must oppose, not just one.":
            (differ & binds).any(1) & ends,
        "The lower line ends level, which is +1; the upper one does not.":
            (differ | ~binds).all(1) & (upper[:, -1] == 1),
        "Both conditions must hold, not one of them.":
            (differ | ~binds).all(1) | ends,
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 2


@test_case(
    name="lines of five and seven",
    points=1,
    hidden=False,
    failure_message="Binding are the places 2, 4, 6, ... counted from 1, and the last; all of them must oppose, and the lower line ends level.",
)
def test_lines_of_five_and_seven(tones_kept):
    for seed in seeds():
        for n in (5, 7):
            inputs = lines_of_tones(seed, 47, n)
            want = right_tones(*inputs)
            mistakes = tone_mistakes(*inputs)
            what = f"the answer for lines of {n}"
            check(call(tones_kept, *inputs), want, mistakes, what=what)
            unchanged(tones_kept, *inputs)


@test_case(
    name="lines of other lengths",
    points=1,
    hidden=True,
    failure_message="For lines of another length, an even one among them, or for a single couplet, the rule is off; take n from the inputs.",
)
def test_lines_of_other_lengths(tones_kept):
    for seed in seeds(5)[3:]:
        for b, n in ((43, 4), (41, 6), (31, 11), (23, 1), (1, 3), (2, 2)):
            inputs = lines_of_tones(seed, b, n)
            want = right_tones(*inputs)
            mistakes = tone_mistakes(*inputs)
            what = f"the answer for {b} lines of {n}"
            check(call(tones_kept, *inputs), want, mistakes, what=what)
            unchanged(tones_kept, *inputs)
