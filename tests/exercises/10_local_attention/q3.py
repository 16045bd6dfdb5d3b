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


def right_step(q, h, t, D):
    """Sentence by sentence, state by state."""
    contexts, rows = [], []
    for query, states in zip(q, h):
        seen = [i for i in range(len(states)) if abs(i - t) <= D]
        weights = states.new_zeros(len(states))
        if seen:
            e = torch.stack([states[i] @ query for i in seen])
            weights = weights.index_put((torch.tensor(seen),), e.softmax(0))
        rows.append(weights)
        contexts.append(weights @ states)
    return torch.stack(contexts), torch.stack(rows)


def step_mistakes(q, h, t, D):
    """What wrong repairs give, by a sentence that says what is wrong."""
    e = (h @ q[:, :, None])[..., 0]
    n, i = h.shape[1], torch.arange(h.shape[1])

    def soft(scores, seen):
        seen = seen.expand_as(scores)
        return scores.masked_fill(~seen, -1e9).softmax(-1) * seen

    sliced = torch.zeros(n, dtype=torch.bool)
    sliced[t - D : t + D] = True
    wrapped = torch.zeros(n, dtype=torch.bool)
    wrapped[t - D : t + D + 1] = True
    middle = min(max(t, D), max(n - 1 - D, 0))
    shifted = (i - middle).abs() <= D
    near = (i - t).abs() <= D
    round_it = ((i - t) % n).minimum((t - i) % n) <= D
    return {
        "A negative start counts from the end, and t + D is missing: both bugs are "
        "still there.": soft(e, sliced),
        "A negative start of a slice counts from the end; begin at 0.":
            soft(e, wrapped),
        "The state t + D is missing: a slice ends before its end.":
            soft(e, near & (i < t + D)),
        "The state t - D is missing.": soft(e, near & (i > t - D)),
        "The window is cut at the ends, not shifted inside.": soft(e, shifted),
        "The window goes round the end; it is cut there.": soft(e, round_it),
        "The window is one place too far right.": soft(e, (i - t - 1).abs() <= D),
        "All states are read; the window is missing.": e.softmax(-1),
        "The softmax saw the whole source; hide what is outside the window first.":
            e.softmax(-1) * near,
        "There is a factor in the score; it has none here.":
            soft(e / h.shape[-1] ** 0.5, near),
        "The window is one place too wide.": soft(e, (i - t).abs() <= D + 1),
    }  # fmt: skip


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="every step of a source",
    points=1,
    hidden=False,
    failure_message="Print left and right for t = 1 and for t = 5, and the states that `h[:, left:right]` then holds.",
)
def test_every_step_of_a_source(local_m_step):
    for seed in seeds():
        q, h = normal(seed, (3, 5), (3, 11, 5))
        for t in (5, 4, 1, 0, 2, 9, 10):
            want, weights = right_step(q, h, t, 2)
            mistakes = step_mistakes(q, h, t, 2)
            c, alpha = unpack(call(local_m_step, q, h, t, 2), "c, alpha")
            check(alpha, weights, mistakes, what=f"alpha at t = {t}")
            check(c, want, what=f"c at t = {t}")
        unchanged(local_m_step, q, h, 5, 2)
        differentiable(local_m_step, right_step, (q, h, 5, 2), to=(0, 1))


@test_case(
    name="other windows",
    points=1,
    hidden=True,
    failure_message="Another D, another length, or a step behind the end of the source, where the window may be empty.",
)
def test_other_windows(local_m_step):
    for seed in seeds(5)[3:]:
        for b, n, d, D in (2, 7, 3, 0), (1, 5, 2, 4), (3, 3, 7, 1), (2, 13, 5, 3):
            q, h = normal(seed, (b, d), (b, n, d), dtype=torch.float64)
            for t in range(n + D + 3):
                want, weights = right_step(q, h, t, D)
                mistakes = step_mistakes(q, h, t, D)
                c, alpha = unpack(call(local_m_step, q, h, t, D), "c, alpha")
                check(alpha, weights, mistakes, what=f"alpha at t = {t}, D = {D}")
                check(c, want, what=f"c at t = {t}, D = {D}")
            unchanged(local_m_step, q, h, 1, D)
            differentiable(local_m_step, right_step, (q, h, 1, D), to=(0, 1))
