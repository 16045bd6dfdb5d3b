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


def a_search(seed, b, n, t, V, parts=3):
    """upper, prefix, part: lines without repetition, parts for the specials too."""
    g = made(seed)
    rows = [torch.randperm(V - 4, generator=g) + 4 for _ in range(b)]
    upper = torch.stack([row[:n] for row in rows])
    prefix = torch.stack([row[n : n + t] for row in rows])
    return upper, prefix, torch.randint(parts, (V,), generator=g)


def right_next(upper, prefix, part):
    """Every token of every row by itself."""
    (b, n), t, V = upper.shape, prefix.shape[1], len(part)
    may = torch.zeros(b, V, dtype=torch.bool)
    for row in range(b):
        used = {*upper[row].tolist(), *prefix[row].tolist()}
        for w in range(V):
            if t == n:
                may[row, w] = w == 2
            else:
                same = bool(part[w] == part[upper[row, t]])
                may[row, w] = w > 3 and same and w not in used
    return may


def next_mistakes(upper, prefix, part):
    """What a wrong mask is, by a sentence that says what is wrong."""
    (b, n), t, V = upper.shape, prefix.shape[1], len(part)
    want = right_next(upper, prefix, part)
    if t == n:
        return {
            "Behind the last place only </s> is allowed, and there it must be.":
                torch.zeros_like(want),
            "Behind the last place nothing but </s> is allowed.":
                torch.ones_like(want),
            "True means allowed, not forbidden.": ~want,
        }  # fmt: skip
    place = torch.arange(V)
    same = part[None] == part[upper[:, t]][:, None]
    before = part[None] == part[upper[:, max(t - 1, 0)]][:, None]
    after = part[None] == part[upper[:, min(t + 1, n - 1)]][:, None]
    in_upper = (upper[:, :, None] == place).any(1)
    in_prefix = (prefix[:, :, None] == place).any(1)
    anyone = (prefix.flatten()[:, None] == place).any(0)
    ordinary, ends = place > 3, (place == 2).expand(b, V)
    above = upper[:, t, None] == place
    so_far = (upper[:, : t + 1, None] == place).any(1)
    wrapped = part[None] == part[upper[:, t - 1]][:, None]
    return {
        "True means allowed, not forbidden.": ~want,
        "</s> is allowed too early: only behind the last place.": want | ends,
        "The tokens 0 to 3 are never allowed here.":
            same & ~in_upper & ~in_prefix,
        "A character of the prefix is allowed again.": same & ~in_upper & ordinary,
        "A character of the upper line is allowed.": same & ~in_prefix & ordinary,
        "Characters of the upper line and of the prefix are allowed.":
            same & ordinary,
        "Only the character right above is forbidden; no character of the upper line "
        "is allowed.": same & ~above & ~in_prefix & ordinary,
        "Only the characters up to here are forbidden; no character of the upper line "
        "is allowed.": same & ~so_far & ~in_prefix & ordinary,
        "The part of speech is not asked.": ~in_upper & ~in_prefix & ordinary,
        "The part of speech is that of the upper character one place too early.":
            before & ~in_upper & ~in_prefix & ordinary,
        "The part of speech is that of the upper character one place too early; at the "
        "first place that is the last one's.":
            wrapped & ~in_upper & ~in_prefix & ordinary,
        "The part of speech is that of the upper character one place too late.":
            after & ~in_upper & ~in_prefix & ordinary,
        "The part of speech must be the same, not another one.":
            ~same & ~in_upper & ~in_prefix & ordinary,
        "Every line forbids what stands in its own prefix, not in all of them.":
            same & ~in_upper & ~anyone & ordinary,
        "Every line has its own upper line, not the first one's.":
            same[:1] & ~in_upper[:1] & ~in_prefix & ordinary,
        "All rules must hold, not one of them.":
            (same | (~in_upper & ~in_prefix)) & ordinary,
    }  # fmt: skip


OK_FORMAT = False
name = "q2"
points = 2


@test_case(
    name="each place of a line",
    points=1.5,
    hidden=False,
    failure_message="Allowed is what has the part of speech of the upper character at the same place and stands in neither line; behind the last place </s> alone.",
)
def test_each_place_of_a_line(may_follow):
    for seed in seeds():
        for t in (0, 1, 3, 4, 5):
            inputs = a_search(seed, b=7, n=5, t=t, V=43)
            want = right_next(*inputs)
            mistakes = next_mistakes(*inputs)
            what = f"the mask at t = {t} of n = 5"
            check(call(may_follow, *inputs), want, mistakes, what=what)
            unchanged(may_follow, *inputs)
