# Made by exercises/_source/build.py from 02_bottleneck.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def rnn_inputs(seed, n, d_e, d_h, dtype=torch.float32):
    """x, W, U, bias, g."""
    sizes = (n, d_e), (d_e, d_h), (d_h, d_h), (d_h,), (d_h,)
    x, W, U, bias, g = normal(seed, *sizes, dtype=dtype)
    return x, 0.5 * W, 0.6 * U, 0.3 * bias, g


def gradients(x, W, U, bias, g):
    """d (g . h_t) / d x_i and d (sum of h_t) / d x_i, by products of Jacobians."""
    n, d_e = x.shape
    h, jacobians = torch.zeros_like(bias), []
    grads, plain = x.new_zeros(n, n, d_e), x.new_zeros(n, n, d_e)
    for t in range(n):
        h = torch.tanh(x[t] @ W + h @ U + bias)
        slope = (1 - h**2)[:, None]
        jacobians = [slope * (U.T @ J) for J in jacobians] + [slope * W.T]
        for i, J in enumerate(jacobians):
            grads[t, i], plain[t, i] = g @ J, J.sum(0)
    return grads, plain


def reach_mistakes(grads, plain):
    """What a wrong map of gradients holds."""
    n = len(grads)
    right = grads.norm(dim=-1)
    alone = torch.zeros_like(right)
    alone[-1] = right[-1]
    return {
        "The gradients add up from row to row: x.grad is not cleared.": grads.cumsum(
            0
        ).norm(dim=-1),
        "The gradients of later rows are added: sum over t is not what is asked.": grads.flip(
            0
        )
        .cumsum(0)
        .flip(0)
        .norm(dim=-1),
        "Rows and columns are exchanged: row t, column i.": right.mT,
        "That is the square of the norm.": right**2,
        "That is the sum of absolute values (L1); the norm is the root of the squares.": grads.abs().sum(
            -1
        ),
        "That is the largest absolute value; the norm is the root of the squares.": grads.abs().amax(
            -1
        ),
        "That is a sum of the gradient's entries, without a norm.": grads.sum(-1),
        "That is a mean over the embedding axis; the norm is the root of the squares.": grads.abs().mean(
            -1
        ),
        "The norm runs over the source positions; it belongs over the embedding axis.": grads.norm(
            dim=1
        ),
        "g is not used: that is the gradient of the sum of h_t.": plain.norm(dim=-1),
        "The columns are in reverse: column i is x_i.": right.flip(1),
        "The rows are in reverse: row t is h_t.": right.flip(0),
        "Only the last row is filled; every state h_t has a row.": alone,
        "Each row is the last state's; row t is about h_t.": right[-1].expand(n, n),
        "Each row is divided by its largest entry.": right
        / right.amax(1, keepdim=True),
    }


OK_FORMAT = False
name = "q2"
points = 2


@test_case(
    name="whole map",
    points=1,
    hidden=False,
    failure_message="Row by row, take the gradient of g . h_t with respect to x, and its norm over the embedding axis.",
)
def test_whole_map(gradient_reach):
    for seed in seeds():
        inputs = rnn_inputs(seed, 7, 3, 5)
        grads, plain = gradients(*inputs)
        out = call(gradient_reach, *inputs)
        mistakes = reach_mistakes(grads, plain)
        check(out, grads.norm(dim=-1), mistakes, what="the map")


@test_case(
    name="other sizes",
    points=1,
    hidden=True,
    failure_message="With other sizes or in double precision the map is off; it is [n, n], in the dtype of x, and 0 above the diagonal.",
)
def test_other_sizes(gradient_reach):
    sizes = (5, 2, 7), (11, 3, 5), (3, 3, 3), (1, 2, 3)
    dtypes = torch.float64, torch.float32, torch.float64, torch.float32
    for seed, size, dtype in zip(seeds(7)[3:], sizes, dtypes):
        inputs = rnn_inputs(seed, *size, dtype=dtype)
        grads, plain = gradients(*inputs)
        mistakes = reach_mistakes(grads, plain)
        out = call(gradient_reach, *inputs)
        check(out, grads.norm(dim=-1), mistakes, what="the map")
        unchanged(gradient_reach, *inputs)
