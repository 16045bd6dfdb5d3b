import math

import pytest
import torch

from course_lib.data import copying
from course_lib.data.batching import ByLength, collate
from course_lib.data.vocab import BOS, EOS
from course_lib.decoders import BahdanauDecoder, ChoDecoder, FeedbackDecoder
from course_lib.encoders import RNNEncoder
from course_lib.losses import cross_entropy, teacher_forcing
from course_lib.models import Seq2Seq
from course_lib.schedules import (
    Scheduled,
    exponential,
    inverse_sigmoid,
    linear,
    scheduled_sampling,
)
from course_lib.search import translate
from course_lib.train import fit

V, D = 23, 7
DECODERS = {
    "feedback": lambda enc: FeedbackDecoder(V, D, D, enc.d_s0),
    "cho": lambda enc: ChoDecoder(V, D, D, enc.d_s0),
    "bahdanau": lambda enc: BahdanauDecoder(V, D, D, enc.d_h, enc.d_s0),
}
TASK = copying.load(n_symbols=19, lengths=(1, 7), sizes=(31, 5, 11))
BATCH = collate(TASK.test, TASK.src_vocab, TASK.tgt_vocab)


def model(name="bahdanau", sharp=1.0):
    torch.manual_seed(3)
    enc = RNNEncoder(V, D, D)
    net = Seq2Seq(enc, DECODERS[name](enc))
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(sharp)
    return net


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def gradients(net, loss):
    net.zero_grad()
    loss.backward()
    # without attention the encoder's last states get none
    grads = [p.grad for p in net.parameters() if p.grad is not None]
    return torch.cat([grad.flatten() for grad in grads])


@pytest.mark.parametrize("keep", [1, 1 - 1e-9])
@pytest.mark.parametrize("name", sorted(DECODERS))
def test_keeping_all_is_teacher_forcing(name, keep):
    # just below 1 every coin is thrown, and shows gold
    net = model(name)
    want = teacher_forcing(net, BATCH)
    found = scheduled_sampling(net, BATCH, keep, generator=generator())
    assert found.equal(want)
    assert gradients(net, found).equal(gradients(net, want))


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_keeping_none_reads_the_models_own_words(name):
    # a model so sure of itself that its draws are its argmax
    net = model(name, sharp=100.0)
    state = net.decoder.init(net.encoder(BATCH.src, BATCH.src_len))
    y, rows = BATCH.tgt_in[:, 0], []
    for _ in range(BATCH.tgt_in.shape[1]):
        logits, state, _ = net.decoder.step(y, state)
        y = logits.argmax(-1)
        rows.append(logits)
    want = cross_entropy(torch.stack(rows, 1), BATCH.tgt_out)
    found = scheduled_sampling(net, BATCH, 0, generator=generator())
    torch.testing.assert_close(found, want)
    assert not torch.isclose(found, teacher_forcing(net, BATCH))
    torch.testing.assert_close(
        gradients(net, found), gradients(net, want), rtol=1e-3, atol=1e-5
    )


class Spy(Seq2Seq):
    """A model that notes what it is fed."""

    def forward(self, src, tgt_in, src_len=None):
        self.seen = tgt_in
        return super().forward(src, tgt_in, src_len)


def test_each_token_has_its_own_coin():
    net, n = model("feedback"), 3001
    with torch.no_grad():
        net.decoder.W_o.bias[EOS] = 1e9  # its own word is always the same
    spy = Spy(net.encoder, net.decoder)
    longest = max(TASK.test, key=lambda pair: len(pair.tgt))
    batch = collate([longest] * n, TASK.src_vocab, TASK.tgt_vocab)
    scheduled_sampling(spy, batch, 0.7, generator=generator())
    kept = spy.seen == batch.tgt_in
    assert (spy.seen[~kept] == EOS).all()
    assert (spy.seen[:, 0] == BOS).all()
    share = kept[:, 1:].double()
    assert share.mean(0).allclose(torch.tensor(0.7).double(), atol=0.04)
    together = (share[:, 0] * share[:, 1]).mean()  # neighbours are independent
    assert together.item() == pytest.approx(0.49, abs=0.04)


def test_one_generator_repeats():
    net = model()
    one, same, other = (
        scheduled_sampling(net, BATCH, 0.5, generator=generator(seed))
        for seed in (3, 3, 5)
    )
    assert one.equal(same)
    assert not one.equal(other)


@pytest.mark.parametrize("keep", [-0.1, 1.1, float("nan")])
def test_keep_is_a_probability(keep):
    with pytest.raises(ValueError, match=r"keep is a probability in \[0, 1\]"):
        scheduled_sampling(model(), BATCH, keep)


def test_decays_by_hand():
    assert [linear(i, c=0.25, least=0.1) for i in (0, 2, 3, 4)] == [1, 0.5, 0.25, 0.1]
    assert linear(8, c=0.25) == 0
    assert [exponential(i, k=0.5) for i in (0, 1, 3)] == [1, 0.5, 0.125]
    assert inverse_sigmoid(0, k=9) == pytest.approx(0.9)
    assert inverse_sigmoid(9 * math.log(9), k=9) == pytest.approx(0.5)
    assert inverse_sigmoid(10**6, k=9) == pytest.approx(0)
    for bad in (0.0, 1.0):
        with pytest.raises(ValueError, match="k in"):
            exponential(3, k=bad)
    with pytest.raises(ValueError, match="k >= 1"):
        inverse_sigmoid(3, k=0.5)


def test_a_number_follows_the_budget_and_a_resumed_run(tmp_path):
    ones = [torch.ones(5, 3)]

    def run(folder, broken_at=None):
        torch.manual_seed(0)
        seen = []

        def loss(net, batch, now):
            if len(seen) == broken_at:
                raise KeyboardInterrupt
            seen.append(now)
            return (net(batch) ** 2).mean()

        loss = Scheduled(loss, lambda p: linear(p, c=1))
        net = torch.nn.Linear(3, 2)
        fit(net, ones, loss=loss, steps=5, every=2, checkpoint=tmp_path / folder)
        return seen

    whole = run("whole")
    assert whole == pytest.approx([0.9, 0.7, 0.5, 0.3, 0.1])
    with pytest.raises(KeyboardInterrupt):
        run("broken", broken_at=3)
    assert run("broken") == whole[2:]


def test_it_learns_to_copy():
    task = copying.load(n_symbols=7, lengths=(1, 5), sizes=(600, 5, 101))
    v = len(task.src_vocab)
    torch.manual_seed(0)
    enc = RNNEncoder(v, 17, 31)
    net = Seq2Seq(enc, BahdanauDecoder(v, 17, 31, enc.d_h, enc.d_s0))
    batches = ByLength(task.train, task.src_vocab, task.tgt_vocab, 31)
    loss = Scheduled(
        scheduled_sampling, lambda p: inverse_sigmoid(100 * p, k=20)
    )  # 0.95 at first, 0.12 at the end
    fit(net, batches, loss=loss, steps=150, lr=2e-2)
    found = translate(net, task.test, task.src_vocab, task.tgt_vocab, max_len=7)
    right = [tuple(f.tokens) == p.tgt for f, p in zip(found, task.test, strict=True)]
    assert sum(right) / len(right) > 0.9
