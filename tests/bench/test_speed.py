"""Speed as ratios of CPU time: two ways alternate in one process, on one thread.

Run with ``make bench``; the ratios are printed.  What is compared with us is written
here in the obvious way, with the same weights and the same result.
"""

import statistics
import time
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_lib.attention import attend
from course_lib.decoders import BahdanauDecoder, maxout
from course_lib.encoders import RNNEncoder
from course_lib.models import Seq2Seq
from course_lib.search import beam, greedy


def ratio(
    name: str, theirs: Callable[[], object], ours: Callable[[], object], rounds: int = 9
) -> float:
    """Median over rounds of their CPU time over ours."""
    found = []
    for turn in range(rounds + 1):
        seconds = []
        for run in (theirs, ours):
            start = time.process_time()
            run()
            seconds.append(time.process_time() - start)
        if turn:  # the first round warms up
            found.append(seconds[0] / seconds[1])
    middle = statistics.median(found)
    print(f"\n{name}: x{middle:.2f} (from {min(found):.2f} to {max(found):.2f})")
    return middle


class Obvious(nn.Module):
    """RNNsearch with everything inside the loop, as tutorials write it."""

    def __init__(self, dec: BahdanauDecoder):
        super().__init__()
        self.dec = dec

    def forward(self, memory, tgt_in):
        p, s = self.dec, torch.tanh(self.dec.W_s(memory.s0))
        logits = []
        for t in range(tgt_in.shape[1]):
            y = p.E(tgt_in[:, t])
            c = attend(s[:, None], memory.h, memory.h, score=p.score, mask=memory.mask)
            c = c.c[:, 0]
            W_z, W_r, W = (p.W(y) + p.C(c)).chunk(3, -1)
            U_z, U_r = p.U_zr(s).chunk(2, -1)
            z, r = torch.sigmoid(W_z + U_z), torch.sigmoid(W_r + U_r)
            s = z * s + (1 - z) * torch.tanh(W + p.U(r * s))
            logits.append(p.W_o(maxout(p.U_o(s) + p.V_o(y) + p.C_o(c))))
        return torch.stack(logits, 1)


SHAPES = {  # batch, source, target, vocabulary, width; the factor that must be reached
    "letters": (128, 10, 10, 40, 128, 1.05),
    "words": (64, 20, 20, 5000, 256, 1.2),
    "long": (32, 100, 20, 40, 256, 1.5),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_hoisting_out_of_the_loop_pays(shape):
    b, n, m, v, d, least = SHAPES[shape]
    torch.manual_seed(0)
    enc = RNNEncoder(v, d, d)
    dec = BahdanauDecoder(v, d, d, enc.d_h, enc.d_s0)
    obvious = Obvious(dec)
    src, tgt = torch.randint(4, v, (b, n)), torch.randint(4, v, (b, m))
    lengths = torch.full((b,), n)

    def step(decode):
        loss = F.cross_entropy(
            decode(enc(src, lengths), tgt).flatten(0, 1), tgt.flatten()
        )
        loss.backward()
        return loss.detach()

    ours, theirs = step(lambda *x: dec(*x)[0]), step(obvious)
    torch.testing.assert_close(ours, theirs)
    found = ratio(
        f"training step, everything in the loop / ours, {shape}",
        lambda: step(obvious),
        lambda: step(lambda *x: dec(*x)[0]),
    )
    assert found > least


@pytest.mark.parametrize(("n", "least"), [(20, 1.1), (256, 2.0)])
def test_an_index_flip_beats_packing(n, least):
    torch.manual_seed(0)
    enc = RNNEncoder(40, 256, 256, rnn="lstm")
    packed = nn.LSTM(256, 256, batch_first=True, bidirectional=True)
    weights = dict(enc.rnn.rightward.named_parameters())
    weights |= {k + "_reverse": w for k, w in enc.rnn.leftward.named_parameters()}
    packed.load_state_dict(weights)
    src = torch.randint(4, 40, (16, n))
    lengths = torch.linspace(n, n // 2, 16).long()

    def theirs():
        x = pack_padded_sequence(enc.E(src), lengths, batch_first=True)
        h = pad_packed_sequence(packed(x)[0], batch_first=True)[0]
        h.sum().backward()
        return h

    def ours():
        memory = enc(src, lengths)
        h = memory.h * memory.mask.mT
        h.sum().backward()
        return h

    torch.testing.assert_close(ours(), theirs())
    assert ratio(f"bi-LSTM, packed / ours, {n} tokens", theirs, ours) > least


def test_a_beam_of_all_sentences_beats_one_by_one():
    torch.manual_seed(0)
    enc = RNNEncoder(40, 128, 128)
    net = Seq2Seq(enc, BahdanauDecoder(40, 128, 128, enc.d_h, enc.d_s0)).eval()
    with torch.no_grad():
        net.decoder.W_o.bias[2] = -1e9  # nobody stops: both do the same work
        memory = enc(torch.randint(4, 40, (64, 10)))
    one = [
        type(memory)(memory.h[i : i + 1], None, memory.s0[i : i + 1]) for i in range(64)
    ]

    def together():
        return beam(net.decoder, memory, width=5, max_len=10)

    def alone():
        return [beam(net.decoder, m, width=5, max_len=10)[0] for m in one]

    assert [h[0].tokens for h in together()] == [h[0].tokens for h in alone()]
    assert ratio("beam of 5, sentence by sentence / ours", alone, together) > 2
    ratio(
        "beam of 5 / greedy",
        together,
        lambda: greedy(net.decoder, memory, max_len=10),
    )
