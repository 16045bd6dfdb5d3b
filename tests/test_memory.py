import pytest
import torch

from course_lib import memory
from course_lib.attention import attend

B, M_Q, N, D_M, D_Q = 2, 3, 7, 5, 11


def weights(seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.rand(B, M_Q, N, generator=g).softmax(-1)


def test_a_key_value_memory_is_attend():
    K = 9 * torch.eye(3)[None]
    V = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
    c = attend(9 * torch.tensor([[[0.0, 1.0, 0.0]]]), K, V).c
    torch.testing.assert_close(c, torch.tensor([[[3.0, 4.0]]]))


def test_content_by_hand():
    M = torch.tensor([[[2.0, 0.0], [0.0, 5.0]]])  # lengths do not count
    k, beta = torch.tensor([[[3.0, 0.0]]]), torch.tensor([[4.0]]).log()
    want = torch.tensor([[[0.8, 0.2]]])  # e^(log 4 · 1), e^(log 4 · 0)
    torch.testing.assert_close(memory.content(k, M, beta), want)
    mask = torch.tensor([[[False, True]]])
    assert memory.content(k, M, beta, mask).tolist() == [[[0.0, 1.0]]]


def test_interpolation_by_hand():
    w, w_prev = torch.tensor([[[1.0, 0.0]]]), torch.tensor([[[0.0, 1.0]]])
    got = memory.interpolate(w, w_prev, torch.tensor([[0.25]]))
    assert got.tolist() == [[[0.25, 0.75]]]


@pytest.mark.parametrize("n_shifts", [1, 3, 5])
def test_shift_is_the_papers_circular_convolution(n_shifts):
    w = weights()
    s = torch.rand(B, M_Q, n_shifts, generator=torch.Generator().manual_seed(1))
    S = n_shifts // 2
    want = torch.zeros_like(w)
    for i in range(N):
        for j in range(N):
            for move in range(-S, S + 1):
                if (i - j) % N == move % N:
                    want[..., i] += w[..., j] * s[..., move + S]
    torch.testing.assert_close(memory.shift(w, s), want)


def test_moves_need_a_middle():
    with pytest.raises(ValueError, match="odd number, got 2"):
        memory.shift(weights(), torch.ones(B, M_Q, 2))


def test_sharpening_by_hand_and_at_the_edge():
    w = torch.tensor([[[0.2, 0.8]]])
    got = memory.sharpen(w, torch.tensor([[2.0]]))
    torch.testing.assert_close(got, torch.tensor([[[0.04, 0.64]]]) / 0.68)
    torch.testing.assert_close(memory.sharpen(w, torch.tensor([[1.0]])), w)
    even = torch.full((1, 1, 101), 1 / 101)  # 101^-50 is no float32
    torch.testing.assert_close(memory.sharpen(even, torch.tensor([[50.0]])), even)
    # rows that lie far apart keep what they hold
    far = torch.tensor([[[0.5, 0.5], [1e-20, 3e-20]]])
    torch.testing.assert_close(
        memory.sharpen(far, torch.tensor([[3.0, 3.0]])),
        torch.tensor([[[0.5, 0.5], [1 / 28, 27 / 28]]]),
    )
    nothing = torch.zeros(1, 1, 3, requires_grad=True)
    sharp = memory.sharpen(nothing, torch.tensor([[3.0]]))
    sharp.sum().backward()
    assert (sharp == 0).all()
    assert nothing.grad.isfinite().all()


def head_and_inputs():
    torch.manual_seed(0)
    head = memory.Head(D_Q, D_M)
    return head, torch.randn(B, M_Q, D_Q), torch.randn(B, N, D_M), weights()


def test_head_is_the_five_equations():
    head, q, M, w_prev = head_and_inputs()
    r, w = head(q, M, w_prev)
    for b in range(B):
        for t in range(M_Q):
            out = head.W.weight @ q[b, t] + head.W.bias
            k, beta, g, s, gamma = (
                out[:5],
                (1 + out[5].exp()).log(),
                1 / (1 + (-out[6]).exp()),
                out[7:10].exp() / out[7:10].exp().sum(),
                1 + (1 + out[10].exp()).log(),
            )
            e = torch.stack([beta * (k @ x) / (k.norm() * x.norm()) for x in M[b]])
            x = g * e.exp() / e.exp().sum() + (1 - g) * w_prev[b, t]
            x = torch.stack(
                [
                    s[0] * x[(i + 1) % N] + s[1] * x[i] + s[2] * x[i - 1]
                    for i in range(N)
                ]
            )
            x = x**gamma / (x**gamma).sum()
            torch.testing.assert_close(w[b, t], x)
            torch.testing.assert_close(r[b, t], x @ M[b])


def test_every_parameter_receives_a_gradient():
    head, q, M, w_prev = head_and_inputs()
    r, _ = head(q, M, w_prev)
    (r * torch.randn(r.shape)).sum().backward()
    for p in head.parameters():
        assert p.grad.isfinite().all()
        assert (p.grad.abs().flatten(1).sum(1) > 0).all() if p.dim() > 1 else True
        assert (p.grad != 0).all() if p.dim() == 1 else True


def test_a_head_learns_to_read_the_row_after_the_one_it_is_shown():
    torch.manual_seed(0)
    head = memory.Head(D_M, D_M)
    adam = torch.optim.Adam(head.parameters(), lr=5e-2)

    def draw():
        M = torch.randn(64, N, D_M)
        i = torch.randint(N, (64, 1))
        rows = torch.arange(64)[:, None]
        return M[rows, i], M, (i + 1) % N

    w_prev = torch.full((64, 1, N), 1 / N)
    for _ in range(300):
        q, M, after = draw()
        loss = -head(q, M, w_prev)[1].gather(2, after[..., None]).log().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    q, M, after = draw()
    assert (head(q, M, w_prev)[1].argmax(-1) == after).float().mean() > 0.95
