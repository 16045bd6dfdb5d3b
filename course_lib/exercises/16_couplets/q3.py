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


def a_step(seed, k, V, share=0.4, dtype=torch.float64):
    """log_prob, logits, allowed; the largest logits are mostly forbidden."""
    g = made(seed)
    log_prob = -3 * torch.rand(k, generator=g, dtype=dtype)
    logits = 2 * torch.randn(k, V, generator=g, dtype=dtype)
    allowed = torch.rand(k, V, generator=g) < share
    allowed &= logits < logits.amax(1, keepdim=True)
    allowed[0, logits[0].argmin()] = True
    return log_prob, logits, allowed


def right_step(log_prob, logits, allowed, width):
    """All allowed lines, sorted."""
    found = []
    for parent, row in enumerate(logits):
        log_z = row.double().exp().sum().log().item()
        for token, x in enumerate(row.double().tolist()):
            if allowed[parent, token]:
                found.append((log_prob[parent].item() + x - log_z, parent, token))
    found = sorted(found, reverse=True)[:width]
    totals, parents, tokens = zip(*found)
    return (
        torch.tensor(totals, dtype=logits.dtype),
        torch.tensor(parents),
        torch.tensor(tokens),
    )


def step_mistakes(log_prob, logits, allowed, width):
    """What wrong steps return, by a sentence that says what is wrong."""
    V, left = logits.shape[1], logits.masked_fill(~allowed, -torch.inf)
    own = logits.log_softmax(-1)
    again = logits - left.logsumexp(-1, keepdim=True)  # renormalised

    def best(total, count=width):
        value, where = (
            total.nan_to_num(-1e9, neginf=-1e9)
            .flatten()
            .topk(min(count, total.numel()))
        )
        return value, where // V, where % V

    def late(total):
        value, parent, token = best(total)
        kept = allowed[parent, token]
        return value[kept], parent[kept], token[kept]

    def bound(scores):
        total = scores.masked_fill(~allowed, -torch.inf)
        value, parent, token = best(total, min(width, int(allowed.sum())))
        return value, parent, token

    old = log_prob[:, None]
    up = bound(old + own)
    return {
        "Forbidden lines are not left out.": best(old + own),
        "A total of 0 for what is forbidden is the best there is; use -inf.":
            best((old + own) * allowed, min(width, int(allowed.sum()))),
        "First forbid, then choose: allowed lines were lost.": late(old + own),
        "The softmax runs over the whole vocabulary, forbidden tokens too: what is "
        "left is not renormalised.": bound(old + again),
        "Both mistakes are still there: it chooses before it forbids, and the softmax "
        "leaves out what is forbidden.": late(old + again),
        "The log-probability of the line so far is missing.":
            bound(own + torch.zeros_like(old)),
        "Those are logits, not log-probabilities: the softmax is missing.":
            bound(old + logits),
        "Log-probabilities are added, not multiplied.": bound(old * own),
        "Those are probabilities, not their logarithms.": bound(old + own.exp()),
        "The softmax runs over the tokens, not over the lines.":
            bound(old + logits.log_softmax(0)),
        "The mask is upside down: True means allowed.":
            best((old + own).masked_fill(allowed, -torch.inf)),
        "The smallest totals were kept.": tuple(
            torch.stack(x) for x in zip(*sorted(
                zip(*bound(old + own)), key=lambda x: x[0].item()
            ))
        ),
        "Parents and tokens are exchanged.": (up[0], up[2], up[1]),
        "Those are places in all lines put end to end, not tokens.":
            (up[0], up[1], up[1] * V + up[2]),
        "The best of each line separately is not the best of all.": late(
            (old + own).masked_fill(~allowed, -torch.inf).masked_fill(
                own.masked_fill(~allowed, -torch.inf)
                < own.masked_fill(~allowed, -torch.inf).amax(1, keepdim=True),
                -torch.inf,
            )
        ),
    }  # fmt: skip


def check_step(out, want, mistakes, what):
    """Totals, parents and tokens, each with its own mistakes."""
    names = "totals", "parents", "tokens"
    for k, (name, value, right) in enumerate(zip(names, out, want)):
        wrong = {line: parts[k] for line, parts in mistakes.items()}
        check(value, right, wrong, what=f"{name} {what}")


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="a beam of three",
    points=1,
    hidden=False,
    failure_message="Log-softmax over all tokens, plus the line so far; hide what is forbidden; then take the largest of all lines together.",
)
def test_a_beam_of_three(bound_step):
    for seed in seeds():
        inputs = *a_step(seed, k=3, V=13), 5
        want = right_step(*inputs)
        mistakes = step_mistakes(*inputs)
        out = unpack(call(bound_step, *inputs), "totals, parents, tokens")
        check_step(out, want, mistakes, "of a beam of 3 lines")
        unchanged(bound_step, *inputs)
