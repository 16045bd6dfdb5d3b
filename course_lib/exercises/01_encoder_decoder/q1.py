# Made by exercises/_source/build.py from 01_encoder_decoder.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, differentiable, seeds, unchanged


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
    sigmoid, tanh = torch.sigmoid, torch.tanh
    a, u = x @ W_ih.T + b_ih, s_prev @ W_hh.T + b_hh
    (a_r, a_z, a_n), (u_r, u_z, u_n) = a.chunk(3, 1), u.chunk(3, 1)
    p_r, p_z, p_n = (x @ W_ih.T).chunk(3, 1)
    (b_r, b_z, b_n), (c_r, c_z, c_n) = b_ih.chunk(3), b_hh.chunk(3)
    r, z, U_n = sigmoid(a_r + u_r), sigmoid(a_z + u_z), W_hh[2 * d_s :]
    s_tilde = tanh(a_n + r * u_n)

    def mix(z, s_tilde):
        return (1 - z) * s_tilde + z * s_prev

    def every_third(rows, of):
        return rows.view(len(rows), d_s, 3)[..., of]

    def ordered(i, j, k):
        a, u = x @ W_ih.T + b_ih, s_prev @ W_hh.T + b_hh
        both = a.chunk(3, 1), u.chunk(3, 1)
        r, z = (sigmoid(both[0][part] + both[1][part]) for part in (i, j))
        return mix(z, tanh(both[0][k] + r * both[1][k]))

    woven = [every_third(a, of) + every_third(u, of) for of in (0, 1)]
    woven_n = tanh(every_third(a, 2) + sigmoid(woven[0]) * every_third(u, 2))
    orders = ((0, 2, 1), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    return {
        "z and 1 - z are exchanged; here z near 1 keeps the old state.":
            mix(1 - z, s_tilde),
        **{
            f"The blocks are ordered r, z, n; here r, z and n are read off blocks "
            f"{i + 1}, {j + 1} and {k + 1}.": ordered(i, j, k)
            for i, j, k in orders
        },
        "r multiplies s before the product with U; here it multiplies U s + b'.":
            mix(z, tanh(a_n + (r * s_prev) @ U_n.T + c_n)),
        "The bias b' of the candidate belongs inside the bracket that r multiplies.":
            mix(z, tanh(a_n + r * (u_n - c_n) + c_n)),
        "The blocks are ordered reset, update, candidate: r and z are exchanged.":
            mix(r, tanh(a_n + z * u_n)),
        "The blocks lie one after another, d_s rows each, and are not interleaved.":
            mix(sigmoid(woven[1]), woven_n),
        "r multiplies both parts of the candidate; it belongs on the state's part only.":
            mix(z, tanh(r * (a_n + u_n))),
        "r multiplies the wrong part of the candidate; it belongs on the state's part.":
            mix(z, tanh(r * a_n + u_n)),
        "The reset gate is not used.": mix(z, tanh(a_n + u_n)),
        "1 - r stands where r belongs.": mix(z, tanh(a_n + (1 - r) * u_n)),
        "The candidate needs its tanh.": mix(z, a_n + r * u_n),
        "The candidate goes through tanh, not the logistic function.":
            mix(z, sigmoid(a_n + r * u_n)),
        "The candidate reads x too: W x + b is missing.": mix(z, tanh(r * u_n)),
        "The candidate reads the state too: r * (U s + b') is missing.":
            mix(z, tanh(a_n)),
        "That is the candidate: mix it with the old state.": s_tilde,
        "The candidate's weight 1 - z is missing.": s_tilde + z * s_prev,
        "The old state's weight z is missing.": (1 - z) * s_tilde + s_prev,
        "z is not used: the two parts are averaged.": (s_tilde + s_prev) / 2,
        "The candidate goes through tanh, not ReLU.":
            mix(z, torch.relu(a_n + r * u_n)),
        "The new state needs no tanh of its own.": tanh(mix(z, s_tilde)),
        "r belongs in the candidate; the old state is weighed by z alone.":
            (1 - z) * s_tilde + z * r * s_prev,
        "Those are an LSTM's gates: here z and 1 - z weigh the two parts.":
            r * s_prev + z * tanh(a_n + u_n),
        "The biases b_hh are missing.":
            mix(
                sigmoid(a_z + u_z - c_z),
                tanh(a_n + sigmoid(a_r + u_r - c_r) * (u_n - c_n)),
            ),
        "The biases b_ih are missing.":
            mix(sigmoid(p_z + u_z), tanh(p_n + sigmoid(p_r + u_r) * u_n)),
        "b_ih stands where b_hh belongs.":
            mix(
                sigmoid(a_z + u_z - c_z + b_z),
                tanh(a_n + sigmoid(a_r + u_r - c_r + b_r) * (u_n - c_n + b_n)),
            ),
        "The gates read x only; they read the old state too.":
            mix(sigmoid(a_z), tanh(a_n + sigmoid(a_r) * u_n)),
        "The gates read the old state only; they read x too.":
            mix(sigmoid(u_z), tanh(a_n + sigmoid(u_r) * u_n)),
        "The gates r and z need the logistic function.":
            mix(a_z + u_z, tanh(a_n + (a_r + u_r) * u_n)),
        "The gates go through the logistic function, not tanh.":
            mix(tanh(a_z + u_z), tanh(a_n + tanh(a_r + u_r) * u_n)),
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 3


@test_case(
    name="update gate",
    points=1,
    hidden=False,
    failure_message="The update gate is the middle block; z near 1 keeps the old state, and z near 0 takes the candidate.",
)
def test_update_gate(gru_step):
    for seed in seeds():
        inputs = gru_inputs(seed, 3, 5, 7)
        x, s_prev, W_ih, W_hh, b_ih, b_hh = inputs
        between = b_ih[7:14].clone()
        W_hh[14:] = 0  # the candidate reads x only, so that the reset gate is silent
        b_hh[14:] = 0
        for shut, what in ((-60.0, "z = 0"), (60.0, "z = 1"), (between, "z between")):
            b_ih[7:14] = shut
            want = torch.gru_cell(*inputs)
            mistakes = gru_mistakes(*inputs)
            if what == "z = 1":  # there the candidate alone would be taken for it
                del mistakes[next(iter(mistakes))]
            out = call(gru_step, *inputs)
            check(out, want, mistakes, what=f"s with {what}")
        unchanged(gru_step, *inputs)


@test_case(
    name="reset gate",
    points=1,
    hidden=False,
    failure_message="The reset gate is the first block, and it multiplies the finished sum U s + b' and nothing else.",
)
def test_reset_gate(gru_step):
    for seed, dtype in zip(seeds(), (torch.float32, torch.float64, torch.float32)):
        inputs = gru_inputs(seed, 2, 7, 5, dtype)
        inputs[4][5:10] = -60.0  # z = 0: the new state is the candidate
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s with z = 0")
        inputs[4][:5] = -60.0
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s with z = 0 and r = 0")
        inputs = gru_inputs(seed + 1, 2, 7, 5, dtype)
        want = torch.gru_cell(*inputs)
        mistakes = gru_mistakes(*inputs)
        check(call(gru_step, *inputs), want, mistakes, what="s")
        differentiable(gru_step, torch.gru_cell, inputs, to=(0, 1))
