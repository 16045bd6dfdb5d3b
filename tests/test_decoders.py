from functools import partial

import pytest
import torch

from course_lib import alignment, scores
from course_lib.data.vocab import BOS
from course_lib.decoders import (
    BahdanauDecoder,
    ChoDecoder,
    FeedbackDecoder,
    PlainDecoder,
    Source,
    State,
    maxout,
)
from course_lib.encoders import Memory
from course_lib.masks import padding_mask

B, M, N = 3, 5, 7
V, D_E, D_S, D_H, D_S0, D_A, D_O = 23, 11, 13, 17, 19, 3, 29
MAKE = {
    "plain": lambda: PlainDecoder(V, D_S, D_S0),
    "feedback": lambda: FeedbackDecoder(V, D_E, D_S, D_S0),
    "cho": lambda: ChoDecoder(V, D_E, D_S, D_S0, D_O),
    "bahdanau": lambda: BahdanauDecoder(V, D_E, D_S, D_H, D_S0, d_a=D_A, d_o=D_O),
    "bahdanau general": lambda: BahdanauDecoder(
        V, D_E, D_S, D_H, D_S0, score=scores.General(D_S, D_H)
    ),
    "bahdanau location": lambda: BahdanauDecoder(
        V, D_E, D_S, D_H, D_S0, score=scores.Location(D_S, 31)
    ),
    "bahdanau argmax": lambda: BahdanauDecoder(
        V, D_E, D_S, D_H, D_S0, align=alignment.argmax
    ),
}


def make(name):
    torch.manual_seed(0)
    return MAKE[name]().eval()


def memory(lengths=(7, 2, 5)):
    g = torch.Generator().manual_seed(1)
    h = torch.randn(B, N, D_H, generator=g)
    s0 = torch.randn(B, D_S0, generator=g)
    return Memory(h, padding_mask(torch.tensor(lengths), N), s0)


def targets():
    g = torch.Generator().manual_seed(2)
    y = torch.randint(4, V, (B, M), generator=g)
    y[:, 0] = BOS
    return y


def test_bahdanau_scores_as_it_is_told():
    given = scores.General(D_S, D_H)
    dec = BahdanauDecoder(V, D_E, D_S, D_H, D_S0, score=given)
    assert dec.score is given
    assert {n for n, _ in dec.named_parameters() if "score" in n} == {
        "score.W_a.weight"
    }
    assert make("bahdanau").score.v_a.shape == (D_A,)
    assert BahdanauDecoder(V, D_E, D_S, D_H, D_S0).score.v_a.shape == (D_S,)


def test_maxout_takes_neighbours_in_pairs():
    assert maxout(torch.tensor([[1.0, 5.0, 7.0, -2.0]])).tolist() == [[5.0, 7.0]]


def sigma(x):
    return 1 / (1 + torch.exp(-x))


def test_cho_is_the_papers_model():
    """Appendix A.1.2 of Cho et al. 2014, one sentence and one matrix at a time."""
    dec, mem, tgt = make("cho"), memory(), targets()
    logits, alpha = dec(mem, tgt)
    assert alpha is None
    (W_z, W_r, W), (b_z, b_r, b) = dec.W.weight.chunk(3), dec.W.bias.chunk(3)
    U_z, U_r, U = dec.U.weight.chunk(3)
    C_z, C_r, C = dec.C.weight.chunk(3)
    for row in range(B):
        c = torch.tanh(dec.V.weight @ mem.s0[row] + dec.V.bias)
        s = torch.tanh(dec.V_prime.weight @ c + dec.V_prime.bias)
        for t in range(M):
            y = dec.E.weight[tgt[row, t]] if t else torch.zeros(D_E)
            z = sigma(W_z @ y + U_z @ s + C_z @ c + b_z)
            r = sigma(W_r @ y + U_r @ s + C_r @ c + b_r)
            s_new = torch.tanh(W @ y + r * (U @ s + C @ c) + b)
            s = z * s + (1 - z) * s_new
            o = dec.O_h.weight @ s + dec.O_h.bias
            o = o + dec.O_y.weight @ y + dec.O_c.weight @ c
            o = torch.stack([max(o[2 * j], o[2 * j + 1]) for j in range(D_O)])
            want = dec.G.weight @ o + dec.G.bias
            torch.testing.assert_close(logits[row, t], want)


def test_bahdanau_is_the_papers_model():
    """Appendix A.2.2 of Bahdanau et al. 2015; its update gate is 1 - z of ours."""
    dec, mem, tgt = make("bahdanau"), memory(), targets()
    logits, alpha = dec(mem, tgt)
    (W_z, W_r, W), (b_z, b_r, b) = dec.W.weight.chunk(3), dec.W.bias.chunk(3)
    C_z, C_r, C = dec.C.weight.chunk(3)
    U_z, U_r = dec.U_zr.weight.chunk(2)
    W_a, U_a, v_a = dec.score.W_a.weight, dec.score.U_a.weight, dec.score.v_a
    for row, length in enumerate([7, 2, 5]):
        h = mem.h[row, :length]
        s = torch.tanh(dec.W_s.weight @ mem.s0[row] + dec.W_s.bias)
        for t in range(M):
            y = dec.E.weight[tgt[row, t]]
            e = torch.stack([v_a @ torch.tanh(W_a @ s + U_a @ h_i) for h_i in h])
            a = e.exp() / e.exp().sum()
            torch.testing.assert_close(alpha[row, t, :length], a)
            assert (alpha[row, t, length:] == 0).all()
            c = sum(a_i * h_i for a_i, h_i in zip(a, h, strict=True))
            # the paper's gate opens to the new state: its weights are minus ours
            z = sigma(-(W_z @ y + U_z @ s + C_z @ c + b_z))
            r = sigma(W_r @ y + U_r @ s + C_r @ c + b_r)
            s_new = torch.tanh(W @ y + dec.U.weight @ (r * s) + C @ c + b)
            s = (1 - z) * s + z * s_new
            o = dec.U_o.weight @ s + dec.U_o.bias
            o = o + dec.V_o.weight @ y + dec.C_o.weight @ c
            o = torch.stack([max(o[2 * j], o[2 * j + 1]) for j in range(D_O)])
            want = dec.W_o.weight @ o + dec.W_o.bias
            torch.testing.assert_close(logits[row, t], want)


@pytest.mark.parametrize("name", sorted(MAKE))
def test_teacher_forcing_equals_stepping(name):
    dec, mem, tgt = make(name), memory(), targets()
    logits, alpha = dec(mem, tgt)
    state = dec.init(mem)
    for t in range(M):
        stepped, state, weights = dec.step(tgt[:, t], state)
        torch.testing.assert_close(stepped, logits[:, t])
        if alpha is None:
            assert weights is None
        else:
            torch.testing.assert_close(weights, alpha[:, t])


@pytest.mark.parametrize("name", sorted(MAKE))
def test_nothing_looks_ahead(name):
    dec, mem, tgt = make(name), memory(), targets()
    before, _ = dec(mem, tgt)
    changed = tgt.clone()
    changed[:, 3] = (changed[:, 3] + 1) % V
    after, _ = dec(mem, changed)
    assert torch.equal(before[:, :3], after[:, :3])
    if name != "plain":
        assert not torch.allclose(before[:, 3], after[:, 3])


@pytest.mark.parametrize("name", sorted(MAKE))
def test_padding_never_matters(name):
    dec, mem, tgt = make(name), memory(), targets()
    garbage = mem.h.masked_fill(~mem.mask.mT, 1e4)
    logits, alpha = dec(mem, tgt)
    again, beta = dec(mem._replace(h=garbage), tgt)
    torch.testing.assert_close(logits, again)
    alone = Memory(mem.h[1:2, :2], None, mem.s0[1:2])
    short, gamma = dec(alone, tgt[1:2])
    torch.testing.assert_close(short[0], logits[1])
    if alpha is not None:
        torch.testing.assert_close(alpha, beta)
        torch.testing.assert_close(gamma[0], alpha[1, :, :2])


def test_plain_decoder_does_not_hear_its_own_words():
    dec, mem, tgt = make("plain"), memory(), targets()
    torch.testing.assert_close(dec(mem, tgt)[0], dec(mem, tgt * 0)[0])


def test_chos_first_word_is_zero_and_stays_zero():
    dec = make("cho")
    assert (dec.E.weight[BOS] == 0).all()
    dec(memory(), targets())[0].sum().backward()
    assert (dec.E.weight.grad[BOS] == 0).all()


@pytest.mark.parametrize("name", sorted(MAKE))
def test_pick_selects_and_repeats_rows(name):
    dec, mem, tgt = make(name), memory(), targets()
    rows = torch.tensor([2, 0, 0])
    _, state, _ = dec.step(tgt[:, 0], dec.init(mem))
    want = dec.step(tgt[:, 1], state)[0][rows]
    got = dec.step(tgt[rows, 1], state.pick(rows))[0]
    torch.testing.assert_close(got, want)


@pytest.mark.parametrize("name", sorted(MAKE))
def test_reorder_within_one_source_is_pick(name):
    dec, mem, tgt = make(name), memory(), targets()
    same = Memory(*(None if x is None else x[:1].expand_as(x) for x in mem))
    _, state, _ = dec.step(tgt[:, 0], dec.init(same))
    rows = torch.tensor([2, 0, 1])
    torch.testing.assert_close(
        dec.step(tgt[:, 1], state.reorder(rows))[0],
        dec.step(tgt[:, 1], state.pick(rows))[0],
    )


def test_rows_are_picked_however_the_state_is_made():
    x, rows = torch.arange(6.0).view(3, 2), torch.tensor([2, 0, 0])
    state = State([x, 7, [x + 1, None]], Source(x, x + 2, None))
    (a, number, (b, nothing)), (h, keys, mask) = state.pick(rows)
    for found, want in ((a, x), (b, x + 1), (h, x), (keys, x + 2)):
        assert found.equal(want[rows])
    assert (number, nothing, mask) == (7, None, None)
    assert state.reorder(rows).s[0].equal(x[rows])
    assert state.reorder(rows).source is state.source


@pytest.mark.parametrize("name", sorted(set(MAKE) - {"bahdanau argmax"}))
def test_every_parameter_receives_a_gradient(name):
    dec, mem, tgt = make(name), memory(), targets()
    logits, _ = dec(mem, tgt)
    g = torch.Generator().manual_seed(3)
    (logits * torch.randn(logits.shape, generator=g)).sum().backward()
    for key, p in dec.named_parameters():
        assert p.grad is not None, key
        assert p.grad.isfinite().all(), key
        assert p.grad.abs().sum() > 0, key


def test_dropout_is_off_in_eval_and_on_in_training():
    torch.manual_seed(0)
    dec = BahdanauDecoder(V, D_E, D_S, D_H, D_S0, dropout=0.5)
    mem, tgt = memory(), targets()
    assert not torch.allclose(dec(mem, tgt)[0], dec(mem, tgt)[0])
    dec.eval()
    torch.testing.assert_close(dec(mem, tgt)[0], dec(mem, tgt)[0])


def test_hard_alignment_reads_one_state():
    dec = make("bahdanau argmax")
    _, alpha = dec(memory(), targets())
    assert set(alpha.unique().tolist()) == {0.0, 1.0}
    assert (alpha.sum(-1) == 1).all()


def test_a_sampled_alignment_fits_the_slot():
    torch.manual_seed(0)
    align = partial(alignment.sample, generator=torch.Generator().manual_seed(0))
    dec = BahdanauDecoder(V, D_E, D_S, D_H, D_S0, align=align)
    _, alpha = dec(memory(), targets())
    assert (alpha[1, :, 2:] == 0).all()
    assert (alpha.max(-1).values == 1).all()
