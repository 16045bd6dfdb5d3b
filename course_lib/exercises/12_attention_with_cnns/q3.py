# Made by exercises/_source/build.py from 12_attention_with_cnns.py: edit that file instead.
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


def real(lengths):
    """True where a word is real: [b, n]."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def pool_inputs(seed, x_lengths, y_lengths, d, dtype=torch.float32, shift=0.0):
    """A batch of pairs of these lengths; shift makes the real G negative."""
    mask_x, mask_y = real(x_lengths), real(y_lengths)
    b, n, m = len(x_lengths), mask_x.shape[1], mask_y.shape[1]
    x, y, U = normal(seed, (b, n, d), (b, m, d), (d, d), dtype=dtype)
    x, y = x + shift, y - shift
    U = U / d if not shift else torch.eye(d, dtype=dtype) / (2 * d) + U / (40 * d)
    return x, y, U, mask_x, mask_y


def right_pools(x, y, U, mask_x, mask_y):
    """Pair by pair, without the padding."""
    out = [[], [], [], []]
    for s in range(len(x)):
        i, j = mask_x[s].nonzero()[:, 0], mask_y[s].nonzero()[:, 0]
        G = torch.tanh(x[s, i] @ U @ y[s, j].T)
        alpha = torch.softmax(torch.stack([row.max() for row in G]), 0)
        beta = torch.softmax(torch.stack([column.max() for column in G.T]), 0)
        out[0].append(alpha @ x[s, i])
        out[1].append(beta @ y[s, j])
        out[2].append(torch.zeros_like(x[s, :, 0]).index_put((i,), alpha))
        out[3].append(torch.zeros_like(y[s, :, 0]).index_put((j,), beta))
    return tuple(torch.stack(part) for part in out)


def pool_mistakes(x, y, U, mask_x, mask_y):
    """What known mistakes give: sentence -> u, v, alpha, beta."""
    low, mx, my = -1e9, ~mask_x, ~mask_y
    n, m = x.shape[1], y.shape[1]
    S = x @ U @ y.mT
    G = S.tanh()

    def pools(best_x, best_y, hide_x=mx, hide_y=my):
        alpha = best_x.masked_fill(hide_x, low).softmax(-1)
        beta = best_y.masked_fill(hide_y, low).softmax(-1)
        return (alpha[:, None] @ x)[:, 0], (beta[:, None] @ y)[:, 0], alpha, beta

    def best(G, fill=low):
        return (
            G.masked_fill(my[:, None], fill).amax(2),
            G.masked_fill(mx[:, :, None], fill).amax(1),
        )

    seen = (mask_x[:, :, None] & mask_y[:, None]).to(G)
    total = (G * seen).sum(2), (G * seen).sum(1)
    mean = total[0] / seen.sum(2).clamp(min=1), total[1] / seen.sum(1).clamp(min=1)
    u, v, alpha, beta = pools(*best(G))
    raw = best(G)
    none = torch.zeros_like(mx), torch.zeros_like(my)
    plain = [(z * k[..., None]).sum(1) for z, k in ((x, alpha), (y, beta))]
    worst = (
        G.masked_fill(my[:, None], 1e9).amin(2),
        G.masked_fill(mx[:, :, None], 1e9).amin(1),
    )
    found = {
        "The masks are not used: padding is read.": pools(
            G.amax(2), G.amax(1), *none
        ),
        "Padding counts as a best match: hide it before the maximum, too.": pools(
            G.amax(2), G.amax(1)
        ),
        "Padding has weight: hide it before the softmax, too.": pools(*best(G), *none),
        "A padded 0 is larger than a negative match: fill with -1 or less.": pools(
            *best(G, 0.0)
        ),
        "The tanh is missing.": pools(*best(S)),
        "U is transposed: x U y.": pools(*best((x @ U.T @ y.mT).tanh())),
        "U is missing.": pools(*best((x @ y.mT).tanh())),
        "The mean match counts here, not the best one.": pools(*mean),
        "The matches are added up; the best one counts.": pools(*total),
        "The worst match counts here, not the best one.": pools(*worst),
        "All words weigh the same; the matches decide.": pools(
            torch.zeros_like(G[:, :, 0]), torch.zeros_like(G[:, 0])
        ),
        "The results come in the order u, v, alpha, beta.": (alpha, beta, u, v),
        "u and v are exchanged.": (v, u, beta, alpha),
        "alpha and beta are exchanged.": (u, v, beta, alpha),
        "Those are the best matches; the weights are their softmax.": (
            u, v, *raw
        ),
        "The tanh came after the maximum of a softmax; first tanh, then the maximum.":
            pools(best(S)[0].softmax(-1).tanh(), best(S)[1].softmax(-1).tanh()),
        "The softmax of the best matches was taken twice.": pools(alpha, beta),
        "The scores are divided by a root; here they are not.": pools(
            *best((S / math.sqrt(x.shape[-1])).tanh())
        ),
        "A pooled sentence is a sum of words; its length was divided out again.": (
            plain[0] / n, plain[1] / m, alpha, beta
        ),
    }  # fmt: skip
    late = pools(*best(G), *none)
    cut = late[2] * mask_x, late[3] * mask_y
    found["The mask came after the softmax: weights must sum to 1."] = (
        (cut[0][:, None] @ x)[:, 0], (cut[1][:, None] @ y)[:, 0], *cut
    )  # fmt: skip
    if n == m:
        swapped = best(G)[::-1]
        found["Rows and columns are exchanged: a row of G belongs to x."] = pools(
            *swapped
        )
    return found


def compare_pools(function, inputs):
    """All four results of a learner's function beside the right ones."""
    want = right_pools(*inputs)
    mistakes = pool_mistakes(*inputs)
    out = unpack(call(function, *inputs), "u, v, alpha, beta")
    for k, what in ((2, "alpha"), (3, "beta"), (0, "u"), (1, "v")):
        wrong = {text: all_four[k] for text, all_four in mistakes.items()}
        check(out[k], want[k], wrong, what=what)


OK_FORMAT = False
name = "q3"
points = 2.5


@test_case(
    name="weights and pools",
    points=1,
    hidden=False,
    failure_message="Hide padding before the maximum and again before the softmax; rows of G belong to x, columns to y.",
)
def test_weights_and_pools(attentive_pooling):
    settings = (
        ((5, 3), (2, 7), 3, 0.0),
        ((4, 5), (5, 2), 5, 0.0),
        ((5, 2), (3, 7), 2, 1.5),
    )
    for seed, (n, m, d, shift) in zip(seeds(), settings, strict=True):
        inputs = pool_inputs(seed, n, m, d, shift=shift)
        want = right_pools(*inputs)
        mistakes = pool_mistakes(*inputs)
        out = unpack(call(attentive_pooling, *inputs), "u, v, alpha, beta")
        for k, what in ((2, "alpha"), (3, "beta"), (0, "u"), (1, "v")):
            wrong = {text: all_four[k] for text, all_four in mistakes.items()}
            check(out[k], want[k], wrong, what=what)


@test_case(
    name="double precision inputs that stay and gradients",
    points=0.5,
    hidden=False,
    failure_message="Keep the inputs' dtype, leave them as they are, and let gradients reach both sentences and U.",
)
def test_double_precision_inputs_that_stay_and_gradients(attentive_pooling):
    inputs = pool_inputs(seeds()[0], (7, 4, 2), (3, 5, 5), 3, torch.float64)
    compare_pools(attentive_pooling, inputs)
    unchanged(attentive_pooling, *inputs)
    differentiable(attentive_pooling, right_pools, inputs, to=(0, 1, 2))
