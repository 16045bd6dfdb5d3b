from functools import partial

import pytest
import torch

from course_lib import alignment, scores
from course_lib.alignment import log_prob
from course_lib.captioner import CaptionDecoder, Captioner, GridEncoder
from course_lib.data import digits
from course_lib.data.pictures import Shuffled, collate_pictures
from course_lib.data.vocab import BOS, EOS
from course_lib.encoders import Memory
from course_lib.losses import captioning, reinforce
from course_lib.masks import padding_mask
from course_lib.metrics import pointing_game
from course_lib.search import beam, greedy
from course_lib.train import fit

B, M, N = 3, 5, 7
V, D_E, D_S, D_H, D_S0, D_A = 23, 11, 13, 17, 19, 3


def seeded(align, **options):
    return partial(align, generator=torch.Generator().manual_seed(0), **options)


ALIGN = {
    "softmax": lambda: alignment.softmax,
    "argmax": lambda: alignment.argmax,
    "topk": lambda: partial(alignment.topk, k=3),
    "topk_softmax": lambda: partial(alignment.topk_softmax, k=3),
    "sample": lambda: seeded(alignment.sample),
    "sample two": lambda: seeded(alignment.sample, k=2),
    "gumbel": lambda: seeded(alignment.gumbel, tau=0.7),
}


def make(name="softmax", **options):
    torch.manual_seed(0)
    dec = CaptionDecoder(V, D_E, D_S, D_H, D_S0, align=ALIGN[name](), **options)
    return dec.eval()


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


def sigma(x):
    return 1 / (1 + torch.exp(-x))


def test_it_is_the_papers_model():
    """Section 3.1.2 and the gate of Xu et al. 2015, one image at a time."""
    dec, mem, tgt = make(d_a=D_A), memory(), targets()
    out = dec.trace(mem, tgt)
    (W_i, W_f, W_g, W_o), (b_i, b_f, b_g, b_o) = (
        dec.W.weight.chunk(4),
        dec.W.bias.chunk(4),
    )
    U_i, U_f, U_g, U_o = dec.U.weight.chunk(4)
    C_i, C_f, C_g, C_o = dec.C.weight.chunk(4)
    W_a, U_a, v_a = dec.score.W_a.weight, dec.score.U_a.weight, dec.score.v_a
    for row, n in enumerate([7, 2, 5]):
        h = mem.h[row, :n]
        s = torch.tanh(dec.W_s.weight @ mem.s0[row] + dec.W_s.bias)
        s, cell = s[:D_S], s[D_S:]
        for t in range(M):
            torch.testing.assert_close(out.s[row, t], s)
            y = dec.E.weight[tgt[row, t]]
            e = torch.stack([v_a @ torch.tanh(W_a @ s + U_a @ h_i) for h_i in h])
            torch.testing.assert_close(out.e[row, t, :n], e)
            a = e.exp() / e.exp().sum()
            torch.testing.assert_close(out.alpha[row, t, :n], a)
            beta = sigma(dec.f_beta.weight[0] @ s + dec.f_beta.bias[0])
            torch.testing.assert_close(out.beta[row, t, 0], beta)
            z = beta * sum(a_i * h_i for a_i, h_i in zip(a, h, strict=True))
            i = sigma(W_i @ y + U_i @ s + C_i @ z + b_i)
            f = sigma(W_f @ y + U_f @ s + C_f @ z + b_f)
            g = torch.tanh(W_g @ y + U_g @ s + C_g @ z + b_g)
            o = sigma(W_o @ y + U_o @ s + C_o @ z + b_o)
            cell = f * cell + i * g
            s = o * torch.tanh(cell)
            deep = y + dec.L_h.weight @ s + dec.L_h.bias + dec.L_z.weight @ z
            want = dec.L_o.weight @ deep + dec.L_o.bias
            torch.testing.assert_close(out.logits[row, t], want)


def test_the_recurrence_is_torchs_lstm():
    dec, mem, tgt = make(), memory(), targets()
    rnn = torch.nn.LSTMCell(D_E + D_H, D_S)
    with torch.no_grad():
        rnn.weight_ih.copy_(torch.cat([dec.W.weight, dec.C.weight], 1))
        rnn.weight_hh.copy_(dec.U.weight)
        rnn.bias_ih.copy_(dec.W.bias)
        rnn.bias_hh.zero_()
    out, state = dec.trace(mem, tgt), dec.init(mem)
    s, cell = state.s
    for t in range(M - 1):
        c = out.beta[:, t] * (out.alpha[:, t, None] @ mem.h)[:, 0]
        s, cell = rnn(torch.cat([dec.E(tgt[:, t]), c], -1), (s, cell))
        torch.testing.assert_close(out.s[:, t + 1], s)


@pytest.mark.parametrize("name", sorted(ALIGN))
def test_teacher_forcing_equals_stepping(name):
    mem, tgt = memory(), targets()
    logits, alpha = make(name)(mem, tgt)
    dec = make(name)  # a fresh generator draws the same again
    state = dec.init(mem)
    for t in range(M):
        stepped, state, weights = dec.step(tgt[:, t], state)
        torch.testing.assert_close(stepped, logits[:, t])
        torch.testing.assert_close(weights, alpha[:, t])


@pytest.mark.parametrize("name", sorted(ALIGN))
def test_nothing_looks_ahead(name):
    mem, tgt = memory(), targets()
    changed = tgt.clone()
    changed[:, 3] = (changed[:, 3] + 1) % V
    before, after = make(name)(mem, tgt)[0], make(name)(mem, changed)[0]
    assert torch.equal(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3], after[:, 3])


@pytest.mark.parametrize("name", sorted(ALIGN))
def test_hidden_places_never_matter(name):
    mem, tgt = memory(), targets()
    garbage = mem._replace(h=mem.h.masked_fill(~mem.mask.mT, 1e4))
    logits, alpha = make(name)(mem, tgt)
    again, weights = make(name)(garbage, tgt)
    torch.testing.assert_close(logits, again)
    torch.testing.assert_close(alpha, weights)
    assert (alpha[1, :, 2:] == 0).all()
    if name in ("softmax", "argmax", "topk", "topk_softmax"):  # no draw by the batch
        alone = Memory(mem.h[1:2, :2], None, mem.s0[1:2])
        torch.testing.assert_close(make(name)(alone, tgt[1:2])[0][0], logits[1])


@pytest.mark.parametrize("score", [scores.General(D_S, D_H), scores.Location(D_S, 29)])
def test_any_score_fits(score):
    dec, mem, tgt = make(score=score), memory(), targets()
    e = score(dec.trace(mem, tgt).s[:, :1], mem.h)
    torch.testing.assert_close(dec.trace(mem, tgt).e[:, :1], e)


def test_a_shut_gate_sees_nothing():
    dec, mem, tgt = make(), memory(), targets()
    with torch.no_grad():
        dec.f_beta.bias.fill_(-1e9)
    other = mem._replace(h=torch.randn(B, N, D_H))
    assert torch.equal(dec(mem, tgt)[0], dec(other, tgt)[0])
    assert (dec.trace(mem, tgt).beta == 0).all()
    with torch.no_grad():
        dec.f_beta.bias.fill_(1e9)  # wide open: the context is alpha h itself
    assert (dec.trace(mem, tgt).beta == 1).all()
    assert not torch.allclose(dec(mem, tgt)[0], dec(other, tgt)[0])


def test_pick_and_reorder_move_state_and_cell():
    dec, mem, tgt = make(), memory(), targets()
    rows = torch.tensor([2, 0, 0])
    _, state, _ = dec.step(tgt[:, 0], dec.init(mem))
    want = dec.step(tgt[:, 1], state)[0][rows]
    torch.testing.assert_close(dec.step(tgt[rows, 1], state.pick(rows))[0], want)
    same = Memory(*(x[:1].expand_as(x) for x in mem))
    _, state, _ = dec.step(tgt[:, 0], dec.init(same))
    torch.testing.assert_close(
        dec.step(tgt[:, 1], state.reorder(rows))[0],
        dec.step(tgt[:, 1], state.pick(rows))[0],
    )


@pytest.mark.parametrize("name", ["softmax", "argmax", "topk", "topk_softmax"])
def test_search_finds_its_way(name):
    dec, mem = make(name), memory()
    with torch.no_grad():
        for p in dec.parameters():
            p.mul_(3)
    tokens, alpha = greedy(dec, mem, max_len=9)
    for row, (hyp,) in enumerate(beam(dec, mem, width=1, max_len=9)):
        want = hyp.tokens + [EOS] * hyp.finished
        assert tokens[row, : len(want)].tolist() == want
        torch.testing.assert_close(hyp.alpha, alpha[row, : len(want)])
    assert all(len(hyps) == 3 for hyps in beam(dec, mem, width=3, max_len=9))


def image(b=2, size=(12, 20)):
    g = torch.Generator().manual_seed(3)
    return torch.rand(b, 3, *size, generator=g)


def captioner(name="softmax"):
    torch.manual_seed(0)
    enc = GridEncoder((12, 20), D_H, channels=3)
    return Captioner(
        enc, CaptionDecoder(V, D_E, D_S, enc.d_h, enc.d_s0, align=ALIGN[name]())
    )


def test_the_grid_is_read_row_by_row_and_its_summary_is_the_mean():
    enc = captioner().encoder
    assert enc.grid == (6, 10)
    mem = enc(image())
    assert mem.mask is None
    torch.testing.assert_close(mem.s0, mem.h.mean(1))
    maps = enc.conv(image())
    for r, c in [(0, 0), (0, 7), (5, 3)]:
        want = maps[:, :, r, c] + enc.rows[r, 0] + enc.columns[c]
        torch.testing.assert_close(mem.h[:, 10 * r + c], want)


def test_a_cell_is_centred_on_its_pixels():
    enc, picture = captioner().encoder, image()
    spotted = picture.clone()
    spotted[:, :, 4:6, 10:12] += 3  # the pixels of cell (2, 5)
    changed = (enc(picture).h != enc(spotted).h).any(-1).any(0).view(6, 10).nonzero()
    low, high = changed.min(0).values, changed.max(0).values
    assert low.tolist() == [0, 3]
    assert high.tolist() == [4, 7]


def test_bad_sizes_are_refused():
    with pytest.raises(ValueError, match="must be even"):
        GridEncoder((12, 15), D_H)
    with pytest.raises(ValueError, match="built for images of"):
        captioner().encoder(image(size=(20, 12)))


def test_the_batch_never_matters():
    net, tgt = captioner(), targets()[:2]
    together = net(image(), tgt)
    for row in range(2):
        alone = net(image()[row : row + 1], tgt[row : row + 1])
        for a, b in zip(alone, together, strict=True):
            torch.testing.assert_close(a[0], b[row])


@pytest.mark.parametrize("name", ["softmax", "topk_softmax", "gumbel", "sample"])
def test_every_parameter_receives_a_gradient(name):
    net, tgt = captioner(name), targets()[:2]
    out = net(image(), tgt)
    g = torch.Generator().manual_seed(4)
    loss = (out.logits * torch.randn(out.logits.shape, generator=g)).sum()
    if name == "sample":  # nothing else reaches the score
        loss += reinforce(
            log_prob(out.e, out.alpha), torch.rand(2, M, generator=g), tgt
        )
    loss.backward()
    for key, p in net.named_parameters():
        assert p.grad is not None, key
        assert p.grad.isfinite().all(), key
        assert p.grad.abs().sum() > 0, key


def test_attention_reads_two_digits_and_the_mean_of_the_image_does_not():
    """A learning test: 8 seconds of one core in all."""
    size = (10, 20)
    task = digits.load(n_digits=2, size=size, sizes=(4000, 1, 300))
    test = collate_pictures(task.test, task.vocab)
    right = {}
    for name, align in {
        "soft": alignment.softmax,
        "mean": lambda e, mask: (0 * e).softmax(-1),
    }.items():
        torch.manual_seed(0)
        enc = GridEncoder(size, 24)
        dec = CaptionDecoder(14, 16, 48, 24, enc.d_s0, align=align)
        net = Captioner(enc, dec)
        batches = Shuffled(task.train, task.vocab, 32)
        steps = 700 if name == "soft" else 300
        fit(net, batches, loss=captioning, steps=steps, lr=1e-2)
        with torch.no_grad():
            out = net(test.image, test.tgt_in)
        hit = out.logits.argmax(-1) == test.tgt_out
        right[name] = hit[:, :2].float().mean()
        if name == "soft":
            boxes = [p.boxes for p in task.test]
            assert pointing_game(out.alpha, boxes, grid=enc.grid, size=size) > 0.5
    assert right["soft"] > 0.5
    assert right["mean"] < 0.2
