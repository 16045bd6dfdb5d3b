import pytest
import torch
from torch.nn import functional as F

from course_lib.data.vocab import BOS, EOS
from course_lib.decoders import (
    BahdanauDecoder,
    ChoDecoder,
    FeedbackDecoder,
    PlainDecoder,
)
from course_lib.encoders import RNNEncoder
from course_lib.models import Seq2Seq
from course_lib.search import greedy

V, D_E, D_S = 17, 11, 13


def build(name, d_e=D_E, d_s=D_S, v=V):
    torch.manual_seed(0)
    enc = RNNEncoder(v, d_e, d_s, bidirectional=name == "bahdanau")
    decoders = {
        "plain": lambda: PlainDecoder(v, d_s, enc.d_s0),
        "feedback": lambda: FeedbackDecoder(v, d_e, d_s, enc.d_s0),
        "cho": lambda: ChoDecoder(v, d_e, d_s, enc.d_s0),
        "bahdanau": lambda: BahdanauDecoder(v, d_e, d_s, enc.d_h, enc.d_s0),
    }
    return Seq2Seq(enc, decoders[name]())


NAMES = ["plain", "feedback", "cho", "bahdanau"]


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_of_the_whole_model_receives_a_gradient(name):
    net = build(name)
    g = torch.Generator().manual_seed(1)
    src = torch.randint(4, V, (3, 7), generator=g)
    tgt = torch.randint(4, V, (3, 5), generator=g)
    out = net(src, tgt, torch.tensor([7, 2, 5]))
    F.cross_entropy(out.logits.flatten(0, 1), tgt.flatten()).backward()
    for key, p in net.named_parameters():
        assert p.grad.isfinite().all(), key
        assert p.grad.abs().sum() > 0, key


@pytest.mark.parametrize("name", NAMES)
def test_padding_never_matters(name):
    net = build(name).eval()
    g = torch.Generator().manual_seed(2)
    src = torch.randint(4, V, (3, 7), generator=g)
    tgt = torch.randint(4, V, (3, 5), generator=g)
    lengths = torch.tensor([7, 2, 5])
    logits, _ = net(src, tgt, lengths)
    for row, n in enumerate(lengths.tolist()):
        alone, _ = net(src[row : row + 1, :n], tgt[row : row + 1])
        torch.testing.assert_close(alone[0], logits[row])


def reversed_digits(b, n, g):
    src = torch.randint(4, 14, (b, n), generator=g)
    out = torch.cat([src.flip(1), torch.full((b, 1), EOS)], 1)
    return src, torch.cat([torch.full((b, 1), BOS), out[:, :-1]], 1), out


def test_bahdanau_learns_to_reverse():
    """A learning test: a minute's recipe in small, under 20 seconds of one core."""
    net = build("bahdanau", d_e=16, d_s=32, v=14)
    opt = torch.optim.Adam(net.parameters(), lr=8e-3)
    g = torch.Generator().manual_seed(3)
    for step in range(350):
        n = int(torch.randint(2, 8, (1,), generator=g))
        src, tgt_in, tgt_out = reversed_digits(48, n, g)
        logits, _ = net(src, tgt_in)
        loss = F.cross_entropy(logits.flatten(0, 1), tgt_out.flatten())
        for group in opt.param_groups:
            group["lr"] = 8e-3 * min(1.0, (350 - step) / 250)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
    src, _, want = reversed_digits(200, 7, torch.Generator().manual_seed(4))
    got = greedy(net.decoder, net.encoder(src), max_len=8).tokens
    right = (got[:, : want.shape[1]] == want).all(1).float().mean()
    assert right > 0.9
