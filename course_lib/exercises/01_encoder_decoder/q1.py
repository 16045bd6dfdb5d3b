# Made by exercises/_source/build.py from 01_encoder_decoder.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def gru_inputs(seed, b, d_e, d_s, dtype=torch.float32):
    """x, s_prev, W_ih, W_hh, b_ih, b_hh."""
    sizes = (b, d_e), (b, d_s), (3 * d_s, d_e), (3 * d_s, d_s), (3 * d_s,), (3 * d_s,)
    x, s_prev, *weights = normal(seed, *sizes, dtype=dtype)
    return [x, s_prev, *(0.7 * w for w in weights)]


def gru_mistakes(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    """What a wrong GRU step gives, by a sentence that says what is wrong."""
    d_s = s_prev.shape[1]
    a, u = x @ W_ih.T + b_ih, s_prev @ W_hh.T + b_hh
    (a_r, a_z, a_n), (u_r, u_z, u_n) = a.chunk(3, 1), u.chunk(3, 1)
    (p_r, p_z, p_n), (c_r, c_z, c_n) = (x @ W_ih.T).chunk(3, 1), b_hh.chunk(3)
    r, z, U_n = torch.sigmoid(a_r + u_r), torch.sigmoid(a_z + u_z), W_hh[2 * d_s :]
    s_tilde = torch.tanh(a_n + r * u_n)

    def mix(z, s_tilde):
        return (1 - z) * s_tilde + z * s_prev

    return {
        "z and 1 - z are exchanged; here z near 1 keeps the old state.":
            mix(1 - z, s_tilde),
        "r multiplies s before the product with U; here it multiplies U s + b'.":
            mix(z, torch.tanh(a_n + (r * s_prev) @ U_n.T + c_n)),
        "The bias b' of the candidate belongs inside the bracket that r multiplies.":
            mix(z, torch.tanh(a_n + r * (u_n - c_n) + c_n)),
        "The blocks are ordered reset, update, candidate: r and z are exchanged.":
            mix(r, torch.tanh(a_n + z * u_n)),
        "r multiplies both parts of the candidate; it belongs on the state's part only.":
            mix(z, torch.tanh(r * (a_n + u_n))),
        "The reset gate is not used.": mix(z, torch.tanh(a_n + u_n)),
        "The candidate needs its tanh.": mix(z, a_n + r * u_n),
        "The candidate goes through tanh, not the logistic function.":
            mix(z, torch.sigmoid(a_n + r * u_n)),
        "That is the candidate: mix it with the old state.": s_tilde,
        "The biases b_hh are missing.":
            mix(
                torch.sigmoid(a_z + u_z - c_z),
                torch.tanh(a_n + torch.sigmoid(a_r + u_r - c_r) * (u_n - c_n)),
            ),
        "The biases b_ih are missing.":
            mix(
                torch.sigmoid(p_z + u_z),
                torch.tanh(p_n + torch.sigmoid(p_r + u_r) * u_n),
            ),
        "The gates r and z need the logistic function.":
            mix(a_z + u_z, torch.tanh(a_n + (a_r + u_r) * u_n)),
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="update gate open and shut",
    points=1,
    hidden=False,
    failure_message="The update gate is the middle block; z near 1 keeps the old state, and z near 0 takes the candidate.",
)
def test_update_gate_open_and_shut(gru_step):
    for seed in seeds():
        inputs = gru_inputs(seed, 3, 5, 7)
        x, s_prev, W_ih, W_hh, b_ih, b_hh = inputs
        W_hh[14:] = 0  # the candidate reads x only, so that the reset gate is silent
        b_hh[14:] = 0
        s_tilde = torch.tanh(x @ W_ih[14:].T + b_ih[14:])
        b_ih[7:14] = 60.0
        exchanged = "z and 1 - z are exchanged; here z near 1 keeps the old state."
        out = call(gru_step, *inputs)
        check(out, s_prev, {exchanged: s_tilde}, what="s with z = 1")
        b_ih[7:14] = -60.0
        mistakes = {exchanged: s_prev, **gru_mistakes(*inputs)}
        check(call(gru_step, *inputs), s_tilde, mistakes, what="s with z = 0")


@test_case(
    name="reset gate",
    points=1,
    hidden=False,
    failure_message="The reset gate is the first block, and it multiplies the finished sum U s + b' and nothing else.",
)
def test_reset_gate(gru_step):
    for seed in seeds():
        inputs = gru_inputs(seed, 2, 7, 5)
        inputs[4][5:10] = -60.0  # z = 0: the new state is the candidate
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s with z = 0")
        inputs[4][:5] = -60.0
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s with z = 0 and r = 0")
