import math
from itertools import product

import pytest
import torch
from torch.nn import functional as F

from course_lib import luong, scores
from course_lib.alignment import argmax
from course_lib.data.vocab import BOS, EOS
from course_lib.decoders import Decoder
from course_lib.encoders import Memory, RNNEncoder
from course_lib.local import LocalM, LocalP
from course_lib.luong import LuongDecoder
from course_lib.masks import padding_mask
from course_lib.models import Seq2Seq
from course_lib.search import beam, greedy

B, M, N = 3, 5, 7
V, D_E, D_S, D_H, D_S0, D_A, D_P = 23, 11, 13, 17, 19, 3, 2
LENGTHS = [7, 2, 5]
SCORES = {
    "dot": lambda: scores.dot,
    "general": lambda: scores.General(D_S, D_H),
    "concat": lambda: scores.Additive(D_S, D_H, D_A),
    "location": lambda: scores.Location(D_S, 31),
}
WINDOWS = {
    "global": lambda: None,
    "local-m": lambda: LocalM(1),
    "local-p": lambda: LocalP(D_S, D_P, 1),
}
MAKE = {
    f"{window} {score} {rnn} {feed}": (window, score, rnn, feed == "feed")
    for window, score, rnn, feed in product(
        WINDOWS, SCORES, ["gru", "lstm"], ["feed", "free"]
    )
}
FEW = [  # every mechanism once, where a test need not see all combinations
    "global general gru free",
    "global dot lstm feed",
    "global location gru feed",
    "local-m concat lstm free",
    "local-m general gru feed",
    "local-p general gru free",
    "local-p concat lstm feed",
    "local-p location lstm free",
]


@pytest.fixture(params=["dense", "gathered"])
def form(request, monkeypatch):
    """Both forms of teacher forcing, whatever the length."""
    monkeypatch.setattr(luong, "FEW", 10 if request.param == "dense" else 0)
    return request.param


def width(name):
    return D_S if name.split()[1] == "dot" else D_H


def make(name, seed=0):
    window, score, rnn, feed = MAKE[name]
    torch.manual_seed(seed)
    return LuongDecoder(
        V,
        D_E,
        D_S,
        width(name),
        D_S0,
        score=SCORES[score](),
        window=WINDOWS[window](),
        rnn=rnn,
        feed_input=feed,
    ).eval()


def memory(d_h=D_H, n=N, lengths=LENGTHS):
    g = torch.Generator().manual_seed(1)
    h = torch.randn(B, n, d_h, generator=g)
    s0 = torch.randn(B, D_S0, generator=g)
    return Memory(h, padding_mask(torch.tensor(lengths), n), s0)


def targets(m=M):
    g = torch.Generator().manual_seed(2)
    y = torch.randint(4, V, (B, m), generator=g)
    y[:, 0] = BOS
    return y


def sigma(x):
    return 1 / (1 + torch.exp(-x))


def rnn_by_hand(dec, x, s, cell):
    """Equations of the GRU or the LSTM on the whole input [E y; s~]."""
    W = dec.rnn.weight_ih_l0
    if dec.W_f is not None:
        W = torch.cat([W, dec.W_f.weight], 1)
    a = (W @ x + dec.rnn.bias_ih_l0).chunk(W.shape[0] // D_S)
    b = (dec.rnn.weight_hh_l0 @ s + dec.rnn.bias_hh_l0).chunk(W.shape[0] // D_S)
    if len(a) == 3:
        r, z = sigma(a[0] + b[0]), sigma(a[1] + b[1])
        return z * s + (1 - z) * torch.tanh(a[2] + r * b[2]), cell
    i, f, g, o = (a_j + b_j for a_j, b_j in zip(a, b, strict=True))
    cell = sigma(f) * cell + sigma(i) * torch.tanh(g)
    return sigma(o) * torch.tanh(cell), cell


def score_by_hand(name, score, s, h_i, i):
    """Section 3.1 of the paper for one pair."""
    if name == "dot":
        return s @ h_i
    if name == "general":
        return s @ (score.W_a.weight @ h_i)
    if name == "concat":
        W = torch.cat([score.W_a.weight, score.U_a.weight], 1)
        return score.v_a @ torch.tanh(W @ torch.cat([s, h_i]))
    return score.W_a.weight[i] @ s


@torch.no_grad()
@pytest.mark.parametrize("name", sorted(MAKE))
def test_luong_is_the_papers_model(name, form):
    """Sections 3.1 to 3.3 of Luong et al. 2015, one sentence and one key at a time."""
    dec, mem, tgt = make(name), memory(width(name)), targets()
    logits, alpha = dec(mem, tgt)
    window, score, _, feed = MAKE[name]
    for row, length in enumerate(LENGTHS):
        s = torch.tanh(dec.W_s.weight @ mem.s0[row] + dec.W_s.bias)
        s_tilde, cell = torch.zeros(D_S), torch.zeros(D_S)
        for t in range(M):
            x = dec.E.weight[tgt[row, t]]
            x = torch.cat([x, s_tilde]) if feed else x
            s, cell = rnn_by_hand(dec, x, s, cell)
            p, reach = 0.0, length
            if window == "local-m":
                p, reach = float(t), 1
            if window == "local-p":
                w = dec.window
                x = w.v_p.weight[0] @ torch.tanh(w.W_p.weight @ s)
                p, reach = (length - 1) * sigma(x), 1
            seen = [i for i in range(length) if abs(i - round(float(p))) <= reach]
            e = [score_by_hand(score, dec.score, s, mem.h[row, i], i) for i in seen]
            want, c = torch.zeros(N), torch.zeros(width(name))
            for i, e_i in zip(seen, e, strict=True):
                a = math.exp(e_i) / sum(math.exp(e_j) for e_j in e)
                if window == "local-p":
                    a = a * math.exp(-((i - p) ** 2) / (2 * 0.5**2))  # σ = D/2
                want[i] = a
                c = c + a * mem.h[row, i]
            torch.testing.assert_close(alpha[row, t], want)
            s_tilde = torch.tanh(dec.W_c.weight @ torch.cat([c, s]))
            want = dec.W_o.weight @ s_tilde + dec.W_o.bias
            torch.testing.assert_close(logits[row, t], want)


@pytest.mark.parametrize("name", sorted(MAKE))
def test_teacher_forcing_equals_stepping(name, form):
    dec, mem, tgt = make(name), memory(width(name)), targets()
    logits, alpha = dec(mem, tgt)
    state = dec.init(mem)
    for t in range(M):
        stepped, state, weights = dec.step(tgt[:, t], state)
        torch.testing.assert_close(stepped, logits[:, t])
        torch.testing.assert_close(weights, alpha[:, t])


@pytest.mark.parametrize("window", sorted(WINDOWS))
def test_the_alignment_that_is_asked_for_reads(window, form):
    torch.manual_seed(0)
    widths = V, D_E, D_S, D_H, D_S0
    dec = LuongDecoder(*widths, window=WINDOWS[window](), align=argmax).eval()
    mem, tgt = memory(), targets()
    logits, alpha = dec(mem, tgt)
    read = alpha > 0
    assert (read.sum(-1) <= 1).all()  # a window beyond a short source shows nothing
    assert read.any()
    state = dec.init(mem)
    for t in range(M):
        stepped, state, weights = dec.step(tgt[:, t], state)
        torch.testing.assert_close(stepped, logits[:, t])
        assert torch.equal(weights > 0, read[:, t])


@pytest.mark.parametrize("name", FEW)
def test_nothing_looks_ahead(name, form):
    dec, mem, tgt = make(name), memory(width(name)), targets()
    before, _ = dec(mem, tgt)
    changed = tgt.clone()
    changed[:, 3] = (changed[:, 3] + 1) % V
    after, _ = dec(mem, changed)
    torch.testing.assert_close(before[:, :3], after[:, :3], rtol=0, atol=1e-6)
    assert not torch.allclose(before[:, 3], after[:, 3], atol=1e-3)


@pytest.mark.parametrize("name", FEW)
def test_padding_never_matters(name, form):
    dec, mem, tgt = make(name), memory(width(name)), targets()
    logits, alpha = dec(mem, tgt)
    garbage = mem._replace(h=mem.h.masked_fill(~mem.mask.mT, 1e4))
    for got, want in zip(dec(garbage, tgt), (logits, alpha), strict=True):
        torch.testing.assert_close(got, want)
    for row, n in enumerate(LENGTHS):
        alone = Memory(mem.h[row : row + 1, :n], None, mem.s0[row : row + 1])
        one, beta = dec(alone, tgt[row : row + 1])
        torch.testing.assert_close(one[0], logits[row])
        torch.testing.assert_close(beta[0], alpha[row, :, :n])
        assert (alpha[row, :, n:] == 0).all()


@pytest.mark.parametrize("name", FEW)
def test_every_parameter_receives_a_gradient(name, form):
    dec, mem, tgt = make(name), memory(width(name)), targets()
    logits, _ = dec(mem, tgt)
    g = torch.Generator().manual_seed(3)
    (logits * torch.randn(logits.shape, generator=g)).sum().backward()
    for key, p in dec.named_parameters():
        assert p.grad is not None, key
        assert p.grad.isfinite().all(), key
        assert p.grad.abs().sum() > 0, key


@pytest.mark.parametrize("name", FEW)
def test_pick_and_reorder_select_rows(name):
    dec, mem, tgt = make(name), memory(width(name)), targets()
    _, state, _ = dec.step(tgt[:, 0], dec.init(mem))
    rows = torch.tensor([2, 0, 0])
    want = dec.step(tgt[:, 1], state)[0][rows]
    torch.testing.assert_close(dec.step(tgt[rows, 1], state.pick(rows))[0], want)
    # beams of one source: the first becomes another prefix of sentence 2
    of_2 = state.pick(torch.tensor([2, 2]))
    _, moved, _ = dec.step(torch.tensor([5, 8]), of_2)
    turn = torch.tensor([1, 0])
    y = torch.tensor([9, 9])
    want = dec.step(y, moved)[0][turn]
    torch.testing.assert_close(dec.step(y, moved.reorder(turn))[0], want)
    assert not torch.allclose(want[0], want[1])


@pytest.mark.parametrize("name", FEW)
def test_search_takes_it_as_it_is(name):
    dec, mem = make(name), memory(width(name))
    with torch.no_grad():
        for p in dec.parameters():
            p.mul_(3)
    assert isinstance(dec, Decoder)
    tokens, alpha = greedy(dec, mem, max_len=6)
    assert alpha.shape == (B, tokens.shape[1], N)
    for row, (hyp,) in enumerate(beam(dec, mem, width=1, max_len=6)):
        want = hyp.tokens + [EOS] * hyp.finished
        assert tokens[row, : len(want)].tolist() == want
        torch.testing.assert_close(alpha[row, : len(want)], hyp.alpha)
    for row, n in enumerate(LENGTHS):
        alone = Memory(mem.h[row : row + 1, :n], None, mem.s0[row : row + 1])
        together = beam(dec, mem, width=3, max_len=6)[row]
        for one, hyp in zip(
            beam(dec, alone, width=3, max_len=6)[0], together, strict=True
        ):
            assert one.tokens == hyp.tokens
            assert one.score == pytest.approx(hyp.score, abs=1e-4)


@pytest.mark.parametrize("feed", [True, False])
@pytest.mark.parametrize("m", [2, 19])
def test_long_sources_are_gathered_and_equal_the_dense_form(m, feed, monkeypatch):
    """n > 10 (2D + 1); with m = 2 the windows hold fewer keys than the source."""
    n, D = 37, 1
    torch.manual_seed(0)
    dec = LuongDecoder(
        V, D_E, D_S, D_H, D_S0, window=LocalP(D_S, D_P, D), feed_input=feed
    )
    mem, tgt = memory(n=n, lengths=[n, 2, 23]), targets(m)
    mem = mem._replace(h=mem.h.requires_grad_())

    used, projected = [], []
    for name in ("masked", "gathered"):
        real = getattr(luong, name)
        monkeypatch.setattr(
            luong, name, lambda *x, f=real, name=name: used.append(name) or f(*x)
        )
    dec.score.W_a.register_forward_hook(
        lambda _m, _x, y: projected.append(y.shape[:-1].numel())
    )

    def run(few):
        monkeypatch.setattr(luong, "FEW", few)
        used.clear(), projected.clear()
        dec.zero_grad()
        mem.h.grad = None
        logits, alpha = dec(mem, tgt)
        (logits.square().sum() + alpha.square().sum()).backward()
        grads = [mem.h.grad, *(p.grad for p in dec.parameters())]
        return [logits, alpha, *(g.clone() for g in grads)]

    short = run(10)
    assert set(used) == {"gathered"}
    assert sum(projected) == B * min(n, m * (2 * D + 1))
    dense = run(13)
    assert set(used) == {"masked"}
    assert sum(projected) == B * n
    for x, y in zip(short, dense, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-4, atol=1e-5)


def test_a_source_of_ten_windows_is_read_as_a_whole(monkeypatch):
    monkeypatch.setattr(luong, "gathered", None)
    dec = LuongDecoder(V, D_E, D_S, D_H, D_S0, window=LocalM(1))
    dec(memory(n=30, lengths=[30, 2, 5]), targets())
    with pytest.raises(TypeError):
        dec(memory(n=31, lengths=[31, 2, 5]), targets())


@pytest.mark.parametrize("D", [1, 3])
def test_a_window_is_cut_at_each_sentences_own_length(D, form):
    """The windows of the short sentence lie over its end: no garbage comes in."""
    torch.manual_seed(0)
    dec = LuongDecoder(V, D_E, D_S, D_H, D_S0, window=LocalM(D)).eval()
    mem, tgt = memory(), targets()
    _, alpha = dec(mem, tgt)
    for row, length in enumerate(LENGTHS):
        for t in range(M):
            seen = [i for i in range(N) if abs(i - t) <= D and i < length]
            assert alpha[row, t].nonzero().flatten().tolist() == seen
            assert alpha[row, t].sum().item() == pytest.approx(float(bool(seen)))


def test_half_precision_still_counts_far():
    """In bfloat16, 999 and 1000 are one number."""
    dec = LuongDecoder(V, D_E, D_S, D_H, D_S0, window=LocalP(D_S, D_P, 2)).bfloat16()
    mem = memory(n=2001, lengths=[2001, 2, 1001])
    mem = mem._replace(h=mem.h.bfloat16(), s0=mem.s0.bfloat16())
    p = dec.window.place(
        torch.randn(B, M, D_S).bfloat16(),
        torch.zeros(B, M).long(),
        mem.mask.sum((1, 2)),
    )
    assert p.dtype == torch.float32
    logits, alpha = dec(mem, targets())
    assert logits.isfinite().all()
    assert alpha.dtype == torch.bfloat16


def test_another_kind_of_rnn_is_refused():
    with pytest.raises(ValueError, match=r"rnn must be one of \['gru', 'lstm'\]"):
        LuongDecoder(V, D_E, D_S, D_H, D_S0, rnn="elman")


def test_dropout_is_off_in_eval_and_on_in_training():
    torch.manual_seed(0)
    dec = LuongDecoder(V, D_E, D_S, D_H, D_S0, dropout=0.5)
    mem, tgt = memory(), targets()
    assert not torch.allclose(dec(mem, tgt)[0], dec(mem, tgt)[0])
    dec.eval()
    torch.testing.assert_close(dec(mem, tgt)[0], dec(mem, tgt)[0])


def learn(task, window=None, steps=350):
    """Train on sources of 2 to 7 tokens; the share of right outputs at 7."""
    torch.manual_seed(0)
    enc = RNNEncoder(14, 16, 32)
    net = Seq2Seq(enc, LuongDecoder(14, 16, 32, enc.d_h, enc.d_s0, window=window))
    opt = torch.optim.Adam(net.parameters(), lr=8e-3)

    def batch(b, n, g):
        src = torch.randint(4, 14, (b, n), generator=g)
        out = torch.cat([task(src), torch.full((b, 1), EOS)], 1)
        return src, torch.cat([torch.full((b, 1), BOS), out[:, :-1]], 1), out

    g = torch.Generator().manual_seed(3)
    for step in range(steps):
        n = int(torch.randint(2, 8, (1,), generator=g))
        src, tgt_in, tgt_out = batch(48, n, g)
        logits, _ = net(src, tgt_in)
        loss = F.cross_entropy(logits.flatten(0, 1), tgt_out.flatten())
        for group in opt.param_groups:
            group["lr"] = 8e-3 * min(1.0, (steps - step) / (0.7 * steps))
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
    src, _, want = batch(200, 7, torch.Generator().manual_seed(4))
    got = greedy(net.decoder, net.encoder(src), max_len=8).tokens
    got = F.pad(got, (0, want.shape[1] - got.shape[1]))
    return (got == want).all(1).float().mean()


def test_global_attention_learns_to_reverse():
    assert learn(lambda src: src.flip(1)) > 0.9


def test_local_m_learns_to_copy():
    assert learn(lambda src: src, LocalM(3)) > 0.9
