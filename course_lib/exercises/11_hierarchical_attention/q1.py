# Made by exercises/_source/build.py from 11_hierarchical_attention.py: edit that file instead.
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


def pooled(states, W, bias, u):
    """The states of one text, without padding, pooled one after the other."""
    if not len(states):
        return states.sum(0), states.sum(-1)
    e = torch.stack([u @ torch.tanh(W @ x + bias) for x in states])
    alpha = torch.softmax(e, 0)
    return alpha @ states, alpha


def right_pool(h, lengths, W, w, u):
    """Text by text, over the real words only."""
    contexts, rows = [], []
    for states, length in zip(h, lengths.tolist()):
        c, alpha = pooled(states[:length], W, w, u)
        contexts.append(c)
        rows.append(torch.cat([alpha, h.new_zeros(h.shape[1] - length)]))
    return torch.stack(contexts), torch.stack(rows)


def pool_mistakes(h, lengths, W, w, u):
    """What wrong weights are, by a sentence that says what is wrong."""
    real = torch.arange(h.shape[1]) < lengths[:, None]
    x = h @ W.T + w

    def soft(e, seen=real):
        return e.masked_fill(~seen, -1e9).softmax(-1) * seen

    e = torch.tanh(x) @ u
    count = lengths[:, None].clamp(min=1)
    return {
        "Padding has weight: hide what lies behind each length.": e.softmax(-1),
        "The mask came after the softmax: the weights of a text sum to 1.":
            e.softmax(-1) * real,
        "The mask is upside down: i < T_x is visible.":
            e.masked_fill(real, -1e9).softmax(-1),
        "A score of 0 is not hidden, for exp(0) is 1.": (e * real).softmax(-1),
        "The softmax ran over the batch, not over the words.":
            e.masked_fill(~real, -1e9).softmax(0) * real,
        "The tanh is missing.": soft(x @ u),
        "There is a tanh too many, around the score.": soft(torch.tanh(e)),
        "The bias w is missing, or outside the tanh, where the softmax cancels it.":
            soft(torch.tanh(h @ W.T) @ u),
        "u is missing: it weighs the hidden layer.": soft(torch.tanh(x).sum(-1)),
        "The bend is tanh, not the logistic function.": soft(torch.sigmoid(x) @ u),
        "The bend is tanh, not ReLU.": soft(torch.relu(x) @ u),
        "This score has no factor 1 / sqrt d.": soft(e / len(u) ** 0.5),
        "All words weigh the same; the scores decide.": real / count.to(h),
        "All weight is on the best word: argmax instead of softmax.":
            torch.zeros_like(e).scatter(
                -1, e.masked_fill(~real, -1e9).argmax(-1, keepdim=True), 1.0
            ) * real,
        "The weights are not normalised.": e.exp() * real,
        "Everybody has the first text's length.": soft(e, real[:1].expand_as(e)),
        "The last word is hidden too: i < T_x.":
            soft(e, torch.arange(h.shape[1]) < lengths[:, None] - 1),
    }  # fmt: skip


def context_mistakes(h, lengths, W, w, u):
    """The same for contexts of right weights."""
    _, alpha = right_pool(h, lengths, W, w, u)
    hidden = torch.tanh(h @ W.T + w)
    found = {
        "That is the sum of the states; weigh them.": h.sum(1),
        "The average is divided by the number of words once more.": (
            (alpha[:, None] @ h)[:, 0] / lengths[:, None].clamp(min=1)
        ),
    }
    if hidden.shape[-1] == h.shape[-1]:
        found["The hidden layer is averaged; average the states h themselves."] = (
            alpha[:, None] @ hidden
        )[:, 0]
    return found


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="weights and contexts",
    points=1,
    hidden=False,
    failure_message="The score has a tanh, a bias and u; the softmax runs over the real words of each text.",
)
def test_weights_and_contexts(attention_pool):
    for seed in seeds():
        h, W, w, u = normal(seed, (3, 7, 5), (5, 5), (5,), (5,))
        inputs = h, torch.tensor([4, 7, 2]), W, w, u
        want, weights = right_pool(*inputs)
        lines, others = pool_mistakes(*inputs), context_mistakes(*inputs)
        c, alpha = unpack(call(attention_pool, *inputs), "c, alpha")
        check(alpha, weights, lines, what="alpha")
        check(c, want, others, what="c")


@test_case(
    name="empty text double precision and gradients",
    points=1,
    hidden=False,
    failure_message="An empty text gives zeros and no NaN; keep the dtype, leave the inputs as they are, and let gradients reach h, W, w and u.",
)
def test_empty_text_double_precision_and_gradients(attention_pool):
    h, W, w, u = normal(
        seeds()[0], (3, 5, 7), (11, 7), (11,), (11,), dtype=torch.float64
    )
    inputs = h, torch.tensor([5, 0, 3]), W, w, u
    want, weights = right_pool(*inputs)
    lines = pool_mistakes(*inputs)
    c, alpha = unpack(call(attention_pool, *inputs), "c, alpha")
    check(alpha, weights, lines, what="alpha")
    check(c, want, what="c")
    unchanged(attention_pool, *inputs)
    differentiable(attention_pool, right_pool, inputs, to=(0, 2, 3, 4))
