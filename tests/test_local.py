import pytest
import torch

from course_lib import scores
from course_lib.alignment import argmax, softmax
from course_lib.local import LocalM, LocalP, gathered, masked
from course_lib.masks import padding_mask

B, M, D_S, D_A, D_P = 3, 5, 13, 3, 2
KEYED = {
    "cosine": lambda d: scores.cosine,
    "dot": lambda d: scores.dot,
    "general": lambda d: scores.General(d, d),
    "additive": lambda d: scores.Additive(d, d, D_A),
    "mlp": lambda d: scores.MLP(d, d, D_A),
    "key only": lambda d: scores.KeyOnly(d),
    "linear sum": lambda d: scores.LinearSum(d, d),
}


@pytest.mark.parametrize("D", [1, 2, 11])
@pytest.mark.parametrize("local", ["m", "p"])
@pytest.mark.parametrize("name", sorted(KEYED))
def test_gathered_equals_masked_in_values_and_gradients(name, local, D):
    torch.manual_seed(0)
    d, n, m = 13, 29, 37
    score = KEYED[name](d)
    trained = isinstance(score, torch.nn.Module)
    weights = list(score.double().parameters()) if trained else []
    q, k, v = (torch.randn(B, x, d, dtype=torch.float64) for x in (m, n, n))
    # places in front of the source, behind it, and on the edges of windows
    p = torch.rand(B, m, dtype=torch.float64) * (n + 8) - 4
    p[:, :4] = torch.tensor([0.0, n - 1.0, n + D + 3.0, 0.5])
    window = LocalM(D) if local == "m" else LocalP(d, D_P, D)
    mask = padding_mask(torch.tensor([n, 2, 17]), n)
    w_c, w_a = torch.randn(B, m, d).double(), torch.randn(B, m, n).double()
    found = []
    for read in (masked, gathered):
        leaves = [x.clone().requires_grad_() for x in (q, k, v, p)]
        c, alpha = read(*leaves, window, score, softmax, mask)
        loss = (c * w_c).sum() + (alpha * w_a).sum()
        wanted = leaves if local == "p" else leaves[:3]
        grads = torch.autograd.grad(loss, [*wanted, *weights], allow_unused=True)
        found.append([c, alpha, *grads])
    for x, y in zip(*found, strict=True):
        assert (x is None) == (y is None)
        if x is not None:
            torch.testing.assert_close(x, y)
    assert (found[0][1][:, 2] == 0).all()  # nothing is left of this window
    if local == "p":
        assert found[0][5].abs().sum() > 0  # p is trained


def test_local_p_has_the_weights_of_equation_9_and_no_others():
    shapes = {n: tuple(w.shape) for n, w in LocalP(D_S, D_P, 4).named_parameters()}
    assert shapes == {"W_p.weight": (D_P, D_S), "v_p.weight": (1, D_P)}


def test_hard_alignment_in_a_window():
    torch.manual_seed(0)
    h, q = torch.randn(2, 31, 5), torch.randn(2, 3, 5)
    p = torch.tensor([[0.0, 15.0, 30.0]]).expand(2, 3)
    c, alpha = gathered(q, h, h, p, LocalM(2), scores.dot, argmax, None)
    torch.testing.assert_close(
        alpha, masked(q, h, h, p, LocalM(2), scores.dot, argmax, None)[1]
    )
    assert (alpha.max(-1).values == 1).all()
    torch.testing.assert_close(c, alpha @ h)


def test_local_p_reaches_from_the_first_word_to_the_last():
    window = LocalP(D_S, D_P, 2)
    s = torch.randn(B, M, D_S)
    T_x = torch.tensor([7, 1, 5])
    with torch.no_grad():
        for sign, want in ((-1e3, [0, 0, 0]), (1e3, [6, 0, 4])):
            window.W_p.weight.zero_()[:, 0] = 1
            window.v_p.weight.fill_(sign)
            s[..., 0] = 1
            p = window.place(s, torch.zeros(B, M).long(), T_x)
            assert p[:, 0].tolist() == want
