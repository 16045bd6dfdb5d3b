import pytest
import torch
from small_transformer import (
    D_FF,
    LENGTHS,
    NORMS,
    B,
    D,
    H,
    M,
    N,
    V,
    check_gradients,
    encoder,
    tokens,
    train,
)
from torch import nn
from torch.nn import functional as F

from course_lib import losses
from course_lib.data.vocab import BOS, EOS
from course_lib.decoders import BahdanauDecoder
from course_lib.encoders import Memory, RNNEncoder
from course_lib.masks import padding_mask
from course_lib.models import Seq2Seq
from course_lib.positions import Learned, no_positions
from course_lib.search import beam, greedy
from course_lib.transformer import TransformerDecoder, TransformerEncoder

D_H = 17


def decoder(seed=0, **options):
    torch.manual_seed(seed)
    return TransformerDecoder(V, D, H, D_FF, 3, d_h=D_H, **options).eval()


def memory():
    g = torch.Generator().manual_seed(2)
    return Memory(
        torch.randn(B, N, D_H, generator=g),
        padding_mask(LENGTHS, N),
        torch.randn(B, 11, generator=g),
    )


def test_embeddings_start_at_unit_variance():
    torch.manual_seed(0)
    net = TransformerEncoder(1009, 128, 2, 13, 1, positions=no_positions)
    assert net.embed.E.weight.std().item() == pytest.approx(128**-0.5, rel=0.05)
    assert net.embed(torch.arange(1009)[None]).std().item() == pytest.approx(
        1, rel=0.05
    )


def test_without_positions_order_is_invisible():
    blind, seeing = encoder(positions=no_positions), encoder()
    src, order = tokens(B, N), torch.tensor([3, 0, 6, 2, 1, 5, 4])
    assert (blind(src).h - seeing(src).h).abs().max() > 0.1
    torch.testing.assert_close(blind(src[:, order]).h, blind(src).h[:, order])
    assert (seeing(src[:, order]).h - seeing(src).h[:, order]).abs().max() > 0.1


@NORMS
def test_both_stacks_end_in_a_norm(norm_first):
    """Pre-norm layers leave their sum as it is: one more norm ends the stack."""
    h = encoder(norm_first=norm_first)(tokens(B, N)).h
    torch.testing.assert_close(F.layer_norm(h, (D,)), h, rtol=1e-3, atol=1e-3)
    dec = decoder(norm_first=norm_first)
    dec.W_o = nn.Identity()
    s, _ = dec(memory(), tokens(B, M))
    torch.testing.assert_close(F.layer_norm(s, (D,)), s, rtol=1e-3, atol=1e-3)


@NORMS
@pytest.mark.parametrize("window", [None, 1])
def test_padding_never_matters_to_the_encoder(norm_first, window):
    net, src = encoder(norm_first=norm_first, window=window), tokens(B, N)
    h, mask, s0 = net(src, LENGTHS)
    assert torch.equal(mask, padding_mask(LENGTHS, N))
    assert h.isfinite().all()  # also behind the end, where a window may see nothing
    for row, n in enumerate(LENGTHS.tolist()):
        alone = net(src[row : row + 1, :n])
        assert alone.mask is None
        torch.testing.assert_close(alone.h[0], h[row, :n])
        torch.testing.assert_close(alone.s0[0], s0[row])
        torch.testing.assert_close(s0[row], h[row, :n].mean(0))


def test_an_empty_sentence_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        encoder()(tokens(B, N), torch.tensor([7, 0, 5]))


def test_a_window_of_d_places_reaches_d_places_a_layer():
    net, src = encoder(window=1), tokens(1, N)  # three layers: three places
    changed = src.clone()
    changed[0, 6] = src[0, 6] % (V - 4) + 4 if src[0, 6] < V - 1 else 4
    assert changed[0, 6] != src[0, 6]
    before, after = net(src).h[0], net(changed).h[0]
    assert torch.equal(before[:3], after[:3])
    assert (before[3:] != after[3:]).any(-1).all()


def test_a_wide_window_sees_everything():
    src = tokens(B, N)
    wide, full = encoder(window=N - 1), encoder()
    torch.testing.assert_close(wide(src, LENGTHS).h, full(src, LENGTHS).h)


def test_windowed_layer_equals_a_loop_over_neighbours():
    net, x = encoder(window=2), torch.randn(1, N, D)
    attention = net.layers[0].attention
    near = torch.tensor([[abs(i - t) <= 2 for i in range(N)] for t in range(N)])
    c = attention(x, x, x, near[None], need_alpha=False).c
    for t in range(N):
        kv = x[:, max(0, t - 2) : t + 3]
        torch.testing.assert_close(
            c[:, t : t + 1], attention(x[:, t : t + 1], kv, kv).c
        )


# --- decoder --------------------------------------------------------------------------

DECODERS = pytest.mark.parametrize(
    "options",
    [{}, {"norm_first": False}, {"positions": Learned(D, 31)}],
    ids=["pre", "post", "learned"],
)


@DECODERS
@pytest.mark.parametrize("need_alpha", [True, False])
def test_teacher_forcing_equals_cached_stepping(options, need_alpha):
    dec, mem, tgt = decoder(**options), memory(), tokens(B, M)
    dec.need_alpha = need_alpha
    logits, alpha = dec(mem, tgt)
    state = dec.init(mem)
    for t in range(M):
        assert state.s.place == t
        stepped, state, weights = dec.step(tgt[:, t], state)
        torch.testing.assert_close(stepped, logits[:, t])
        if need_alpha:
            torch.testing.assert_close(weights, alpha[:, t])
        else:
            assert alpha is None
            assert weights is None


def test_alpha_is_a_distribution_over_the_visible_source():
    _, alpha = decoder()(memory(), tokens(B, M))
    torch.testing.assert_close(alpha.sum(-1), torch.ones(B, M))
    assert (alpha[1, :, 2:] == 0).all()


def test_alpha_costs_nothing_in_the_logits():
    dec, mem, tgt = decoder(), memory(), tokens(B, M)
    with_alpha, _ = dec(mem, tgt)
    dec.need_alpha = False
    torch.testing.assert_close(dec(mem, tgt)[0], with_alpha)


@DECODERS
def test_the_decoder_does_not_look_ahead(options):
    dec, mem, tgt = decoder(**options), memory(), tokens(B, M)
    before, _ = dec(mem, tgt)
    changed = tgt.clone()
    changed[:, 3] = (changed[:, 3] + 1) % V
    after, _ = dec(mem, changed)
    torch.testing.assert_close(before[:, :3], after[:, :3], rtol=0, atol=0)
    assert ((before[:, 3:] - after[:, 3:]).abs().amax((1, 2)) > 1e-3).all()


@DECODERS
def test_padding_never_matters_to_the_decoder(options):
    dec, mem, tgt = decoder(**options), memory(), tokens(B, M)
    logits, alpha = dec(mem, tgt)
    garbage = mem._replace(h=mem.h.masked_fill(~mem.mask.mT, 1e4))
    torch.testing.assert_close(dec(garbage, tgt)[0], logits)
    alone, weights = dec(Memory(mem.h[1:2, :2], None, mem.s0[1:2]), tgt[1:2])
    torch.testing.assert_close(alone[0], logits[1])
    torch.testing.assert_close(weights[0], alpha[1, :, :2])


def test_pick_and_reorder_take_rows():
    dec, mem, tgt = decoder(), memory(), tokens(B, M)
    rows = torch.tensor([2, 0, 0])
    _, state, _ = dec.step(tgt[:, 0], dec.init(mem))
    want = dec.step(tgt[:, 1], state)[0][rows]
    torch.testing.assert_close(dec.step(tgt[rows, 1], state.pick(rows))[0], want)

    same = Memory(*(x[:1].expand_as(x) for x in mem))
    _, state, _ = dec.step(tgt[:, 0], dec.init(same))
    moved = state.reorder(rows)
    assert moved.source is state.source  # only what moves is copied
    torch.testing.assert_close(
        dec.step(tgt[:, 1], moved)[0], dec.step(tgt[:, 1], state.pick(rows))[0]
    )


def sharp(net):
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(2.0)
    return net.eval()


def test_search_in_the_cache_equals_search_without():
    net = sharp(Seq2Seq(encoder(), TransformerDecoder(V, D, H, D_FF, 2)))
    src = tokens(B, N)
    mem = net.encoder(src, LENGTHS)
    found, alpha = greedy(net.decoder, mem, max_len=11)
    y = torch.full((B, 1), BOS)
    for _ in range(found.shape[1]):
        y = torch.cat([y, net.decoder(mem, y)[0][:, -1:].argmax(-1)], 1)
    for row, want in zip(found.tolist(), y[:, 1:].tolist(), strict=True):
        end = (row + [EOS]).index(EOS) + 1
        assert row[:end] == want[:end]
    assert alpha.shape == (B, found.shape[1], N)
    for row, hyps in enumerate(beam(net.decoder, mem, width=1, max_len=11)):
        end = (found[row].tolist() + [EOS]).index(EOS)
        assert hyps[0].tokens == found[row].tolist()[:end]
    for row, hyps in enumerate(beam(net.decoder, mem, width=3, max_len=5)):
        one = Memory(
            mem.h[row : row + 1], mem.mask[row : row + 1], mem.s0[row : row + 1]
        )
        for hyp in hyps:
            out = [*hyp.tokens, *([EOS] if hyp.finished else [])]
            forced, _ = net.decoder(one, torch.tensor([[BOS, *out[:-1]]]))
            logp = forced[0].log_softmax(-1)[range(len(out)), out].sum()
            assert hyp.log_prob == pytest.approx(logp.item(), abs=1e-4)


@NORMS
@pytest.mark.parametrize("need_alpha", [True, False])
def test_every_parameter_receives_a_gradient(norm_first, need_alpha):
    torch.manual_seed(0)
    dec = TransformerDecoder(V, D, H, D_FF, 2, norm_first=norm_first)
    dec.need_alpha = need_alpha
    enc = encoder(norm_first=norm_first, window=2, positions=Learned(D, N))
    net = Seq2Seq(enc, dec)
    check_gradients(net, net(tokens(B, N), tokens(B, M), LENGTHS).logits)


def test_dropout_is_off_in_eval_and_on_in_training():
    net = Seq2Seq(
        encoder(dropout=0.5), TransformerDecoder(V, D, H, D_FF, 1, dropout=0.5)
    )
    src, tgt = tokens(B, N), tokens(B, M)
    net.train()
    assert not torch.allclose(net(src, tgt).logits, net(src, tgt).logits)
    net.eval()
    torch.testing.assert_close(net(src, tgt).logits, net(src, tgt).logits)


def test_encoders_and_decoders_mix():
    torch.manual_seed(0)
    rnn, net = RNNEncoder(V, 11, D_H), encoder()
    pairs = [
        (rnn, TransformerDecoder(V, D, H, D_FF, 1, d_h=rnn.d_h)),
        (net, BahdanauDecoder(V, 11, 13, net.d_h, net.d_s0)),
    ]
    for enc, dec in pairs:
        logits, alpha = Seq2Seq(enc, dec)(tokens(B, N), tokens(B, M), LENGTHS)
        assert logits.shape == (B, M, V)
        assert (alpha[1, :, 2:] == 0).all()


def test_the_whole_model_runs_in_half_precision():
    net = Seq2Seq(encoder(), TransformerDecoder(V, D, H, D_FF, 2)).eval()
    src, tgt = tokens(B, N), tokens(B, M)
    want = net(src, tgt, LENGTHS).logits
    got = net.bfloat16()(src, tgt, LENGTHS).logits
    assert got.dtype == torch.bfloat16
    torch.testing.assert_close(got.float(), want, rtol=0.1, atol=0.1)


def reversed_digits(b, n, g):
    src = torch.randint(4, 14, (b, n), generator=g)
    out = torch.cat([src.flip(1), torch.full((b, 1), EOS)], 1)
    return src, torch.cat([torch.full((b, 1), BOS), out[:, :-1]], 1), out


def test_the_transformer_learns_to_reverse():
    torch.manual_seed(0)
    enc = TransformerEncoder(14, 32, 4, 64, 1)
    net = Seq2Seq(enc, TransformerDecoder(14, 32, 4, 64, 1))
    g = torch.Generator().manual_seed(3)

    def loss():
        n = int(torch.randint(2, 8, (1,), generator=g))
        src, tgt_in, tgt_out = reversed_digits(64, n, g)
        return losses.cross_entropy(net(src, tgt_in).logits, tgt_out)

    train(net, loss, 900, 5e-3)
    src, _, want = reversed_digits(200, 7, torch.Generator().manual_seed(4))
    with torch.no_grad():
        got, _ = greedy(net.decoder, net.encoder(src), max_len=8)
    assert (got == want).all(1).float().mean() > 0.9
