# Made by exercises/_source/build.py from 06_attention_decoders.py: edit that file instead.
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


def beam_inputs(seed, K, V, spread=4.0, dtype=torch.float32):
    """log p of each token after each prefix, and of the prefixes."""
    logits, total = normal(seed, (K, V), (K,), dtype=dtype)
    return (2 * logits).log_softmax(-1), -3 - spread * total.abs()


def right_extensions(log_p, total, width):
    """All extensions in a list, sorted."""
    every = [
        (total[k].item() + log_p[k, y].item(), k, y)
        for k in range(len(total))
        for y in range(log_p.shape[1])
    ]
    best = sorted(every, reverse=True)[:width]
    value, parent, token = zip(*best, strict=True)
    return (
        torch.tensor(parent),
        torch.tensor(token),
        torch.tensor(value, dtype=log_p.dtype),
    )


def beam_mistakes(log_p, total, width):
    """What known mistakes give: sentence -> parent, token, new_total."""
    (K, V), w = log_p.shape, min(width, log_p.numel())

    def pick(every, largest=True):
        value, flat = every.flatten().topk(w, largest=largest)
        return flat // V, flat % V, value

    parent, token, value = pick(total[:, None] + log_p)
    alone = pick(log_p)
    chance = pick(total[:, None].exp() * log_p.exp())
    mixed = pick(total[:, None] + log_p.exp())
    own, best = log_p.max(1)
    order = (total + own).argsort(descending=True)[:w]
    first = total.argmax()
    top = (total[first] + log_p[first]).topk(min(w, V))
    flat = parent * V + token
    return {
        "The new total is that of the whole prefix, not of the last token alone.":
            (parent, token, log_p[parent, token]),
        "The prefix's own log-probability is not added.": alone,
        "The prefix's own log-probability is added only afterwards: it must decide.":
            (alone[0], alone[1], alone[2] + total[alone[0]]),
        "The new total is that of the extension, not of the old prefix.":
            (parent, token, total[parent]),
        "Those are the worst extensions, not the best.": pick(
            total[:, None] + log_p, False
        ),
        "Those are probabilities; the totals are logarithms.": chance,
        "A logarithm and a probability are added.": mixed,
        "The best comes first; here it comes last.":
            (parent.flip(0), token.flip(0), value.flip(0)),
        "The order of the results is parent, token, new_total.": (
            token, parent, value
        ),
        "That is the place in the flattened table; a token is the rest after "
        "dividing by V.": (parent, flat, value),
        "That is the place in the flattened table; a prefix is the place over V.":
            (flat, token, value),
        "The table has V columns: divide by V, not by K.": (flat // K, flat % K, value),
        "Each prefix gives one extension only; one prefix may give several.":
            (order, best[order], (total + own)[order]),
        "Only the best prefix is extended; the others may overtake it.":
            (torch.full((len(top[1]),), int(first)), top[1], top[0]),
        "The table was flattened the other way round: tokens times prefixes.":
            (flat % K, flat // K, value),
    }  # fmt: skip


def joint(parts):
    """All three in one table, so that a mistake is known by all of them."""
    return torch.stack([part.double() for part in parts])


def check_beam(beam_step, log_p, total, width):
    want = right_extensions(log_p, total, width)
    lines = beam_mistakes(log_p, total, width)
    right, known = joint(want), {text: joint(v) for text, v in lines.items()}
    found = unpack(call(beam_step, log_p, total, width), "parent, token, new_total")
    rows = [x for x in found if isinstance(x, torch.Tensor) and x.ndim == 1]
    if len(rows) == 3 and len({len(row) for row in rows}) == 1:
        check(joint(rows), right, known, what="[parent, token, new_total]")
    for part, what in enumerate(("parent", "token", "new_total")):
        check(found[part], want[part], what=what)


OK_FORMAT = False
name = "q2"
points = 2.5


@test_case(
    name="best extensions of all prefixes",
    points=1,
    hidden=False,
    failure_message="Add each prefix's total to its row, look for the best entries of the whole table, and turn each place into a row and a column.",
)
def test_best_extensions_of_all_prefixes(beam_step):
    for seed in seeds():
        check_beam(beam_step, *beam_inputs(seed, 3, 7), 3)
        # the best prefix is far ahead: most extensions are its own
        log_p, total = beam_inputs(seed, 3, 7)
        check_beam(beam_step, log_p, total + torch.tensor([0.0, 5.0, 0.0]), 5)


@test_case(
    name="first step and inputs that stay",
    points=0.5,
    hidden=False,
    failure_message="The width need not be the number of prefixes, the first step has one prefix, and neither table nor totals may change.",
)
def test_first_step_and_inputs_that_stay(beam_step):
    for seed in seeds():
        log_p, total = beam_inputs(seed, 1, 11, dtype=torch.float64)
        check_beam(beam_step, log_p, total, 5)
        unchanged(beam_step, log_p, total, 5)


@test_case(
    name="other sizes",
    points=1,
    hidden=True,
    failure_message="Few tokens or many prefixes, a width larger than all extensions, and tokens that are impossible must all work.",
)
def test_other_sizes(beam_step):
    for seed in seeds(5)[3:]:
        for K, V, width in ((5, 2, 4), (2, 3, 11), (7, 5, 1), (4, 13, 8)):
            dtype = torch.float64 if K % 2 else torch.float32
            log_p, total = beam_inputs(seed, K, V, dtype=dtype)
            check_beam(beam_step, log_p, total, width)
            unchanged(beam_step, log_p, total, width)
        log_p, total = beam_inputs(seed, 3, 5)
        log_p[1] = torch.tensor([-torch.inf] * 4 + [0.0])  # sure of its next token
        check_beam(beam_step, log_p, total, 6)
