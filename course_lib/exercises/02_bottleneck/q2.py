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


def reach_and_mistakes(x, W, U, bias, g):
    """The map by products of Jacobians, and what wrong maps hold."""
    n, d_e = x.shape
    h, jacobians, inner = torch.zeros_like(bias), [], []
    grads, plain = x.new_zeros(n, n, d_e), x.new_zeros(n, n, d_e)
    to_h, whole = x.new_zeros(n, n), x.new_zeros(n, n)
    linear = x.new_zeros(n, n)
    for t in range(n):
        h = torch.tanh(x[t] @ W + h @ U + bias)
        slope = (1 - h**2)[:, None]
        jacobians = [slope * (U.T @ J) for J in jacobians] + [slope * W.T]
        inner = [slope * (U.T @ J) for J in inner] + [torch.eye(len(h)).to(x)]
        for i, (J, K) in enumerate(zip(jacobians, inner)):
            grads[t, i], plain[t, i] = g @ J, J.sum(0)
            to_h[t, i], whole[t, i] = (g @ K).norm(), J.norm()
            power = torch.linalg.matrix_power(U, t - i)
            linear[t, i] = (W @ power @ g).norm()
    right = grads.norm(dim=-1)
    alone = torch.zeros_like(right)
    alone[-1] = right[-1]
    later = grads.flip(0).cumsum(0).flip(0)
    place = torch.arange(n)
    distance = (place[:, None] - place) % n
    by_distance = torch.where(place <= place[:, None], right.gather(1, distance), 0.0)
    return right, {
        "The gradients add up from row to row: x.grad is not cleared.":
            grads.cumsum(0).norm(dim=-1),
        "The gradients of later rows are added: sum over t is not what is asked.":
            later.norm(dim=-1),
        "Rows and columns are exchanged: row t, column i.": right.mT,
        "Column i is x_i, not the distance t - i.": by_distance,
        "That is the square of the norm.": right**2,
        "That is the sum of absolute values (L1); the norm is the root of the squares.":
            grads.abs().sum(-1),
        "That is the largest absolute value; the norm is the root of the squares.":
            grads.abs().amax(-1),
        "That is a sum of the gradient's entries, without a norm.": grads.sum(-1),
        "That is a mean over the embedding axis; the norm is the root of the squares.":
            grads.abs().mean(-1),
        "The root of the mean of the squares is no norm: take their sum.":
            right / d_e**0.5,
        "That is the absolute value of a sum; the norm is the root of the squares.":
            grads.sum(-1).abs(),
        "The norm runs over the source positions; it belongs over the embedding axis.":
            grads.norm(dim=1),
        "The norm runs over t; it belongs over the embedding axis.":
            grads.norm(dim=0),
        "The diagonal is missing: x_t reaches h_t at once.": right.tril(-1),
        "Above the diagonal stands 0: h_t has not read x_i yet.": right + right.mT,
        "That is the logarithm of the norm.": right.log(),
        "The gradient is multiplied by the input; the norm is of the gradient alone.":
            (grads * x).norm(dim=-1),
        "g is not used: that is the gradient of the mean of h_t.":
            plain.norm(dim=-1) / len(g),
        "Each row is divided by its last entry.": right / right.diagonal()[:, None],
        "g is not used: that is the gradient of the sum of h_t.": plain.norm(dim=-1),
        "g is not used: that is the norm of the whole Jacobian of h_t.": whole,
        "That is the gradient with respect to h_i; go one step further, to x_i.": to_h,
        "The slope of tanh, 1 - h^2, is missing on the way back.": linear,
        "Only x_t reaches h_t: the way through the old states is cut.":
            torch.diag(right.diagonal()),
        "The columns are in reverse: column i is x_i.": right.flip(1),
        "The rows are in reverse: row t is h_t.": right.flip(0),
        "Only the last row is filled; every state h_t has a row.": alone,
        "That is the last row; every state h_t has one.": right[-1],
        "Each row is the last state's; row t is about h_t (x.grad is always the same "
        "tensor: copy it).": right[-1].expand(n, n),
        "Each row is divided by its largest entry.":
            right / right.amax(1, keepdim=True),
    }  # fmt: skip


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
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        inputs = rnn_inputs(seed, 7, 3, 5, dtype)
        want, mistakes = reach_and_mistakes(*inputs)
        check(call(gradient_reach, *inputs), want, mistakes, what="the map")
        unchanged(gradient_reach, *inputs)
