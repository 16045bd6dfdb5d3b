"""Gradients of hard attention, estimated and exact."""

from functools import partial
from itertools import product

import pytest
import torch

from course_lib.alignment import entropy, gumbel, log_prob, sample
from course_lib.captioner import CaptionDecoder
from course_lib.data.vocab import BOS, PAD
from course_lib.decoders import BahdanauDecoder
from course_lib.encoders import Memory
from course_lib.losses import (
    LearnedBaseline,
    MovingAverage,
    doubly_stochastic,
    log_likelihood,
    reinforce,
    reward_to_go,
    token_mean,
)

# One image of three places, the last hidden from none; two words and one of padding.
N, M, V, D_S = 3, 3, 7, 5
TGT_IN, TGT_OUT = torch.tensor([[BOS, 5, 6]]), torch.tensor([[5, 6, PAD]])


def decoder(align, kind=CaptionDecoder):
    torch.manual_seed(1)
    dec = kind(V, 3, D_S, 5, 5, align=align).double()
    with torch.no_grad():
        for p in dec.parameters():
            p.mul_(3)  # so that it matters where one looks
    return dec


def memory(rows):
    g = torch.Generator().manual_seed(2)
    h = torch.randn(1, N, 5, generator=g, dtype=torch.float64)
    s0 = torch.randn(1, 5, generator=g, dtype=torch.float64)
    return Memory(h.expand(rows, -1, -1), None, s0.expand(rows, -1))


def trace(dec, rows):
    return dec.trace(memory(rows), TGT_IN.expand(rows, -1)), TGT_OUT.expand(rows, -1)


def gradient(dec, loss):
    grads = torch.autograd.grad(loss, list(dec.parameters()), allow_unused=True)
    pairs = zip(grads, dec.parameters(), strict=True)
    return torch.cat(
        [(torch.zeros_like(p) if g is None else g).view(-1) for g, p in pairs]
    )


def exact(kind=CaptionDecoder):
    """∇ Σ_l p(l) L(l) over all 27 ways to look, L the mean cost of the two words."""
    looks = torch.tensor(list(product(range(N), repeat=M)))
    script = iter(torch.nn.functional.one_hot(looks, N).double().unbind(1))
    dec = decoder(lambda e, mask: next(script)[:, None], kind)
    out, tgt_out = trace(dec, len(looks))
    p = log_prob(out.e, out.alpha).sum(1).exp()
    torch.testing.assert_close(p.sum(), torch.ones((), dtype=torch.float64))
    cost = -log_likelihood(out.logits, tgt_out).sum(1) / 2
    return gradient(dec, (p * cost).sum())


def estimates(align, loss, blocks=60, rows=150, kind=CaptionDecoder):
    """Gradients of ``blocks`` independent batches of the same image."""
    dec = decoder(partial(align, generator=torch.Generator().manual_seed(3)), kind)
    return torch.stack([gradient(dec, loss(*trace(dec, rows))) for _ in range(blocks)])


def z(found):
    """Mean |z| against the exact gradient: 0.8 without a bias, more with one."""
    error = found.std(0) / len(found) ** 0.5
    known = error > 1e-12
    return ((found.mean(0) - exact())[known] / error[known]).abs().mean()


def score_function(out, tgt_out, reward=reward_to_go, baseline=None):
    r = log_likelihood(out.logits, tgt_out)
    R = reward(r)
    b = 0.0 if baseline is None else baseline(out, R, tgt_out)
    looks = log_prob(out.e, out.alpha)
    return -token_mean(r, tgt_out) + reinforce(looks, R, tgt_out, baseline=b)


def running():
    average = MovingAverage(M).double()

    def baseline(out, R, tgt_out):
        b = average(R.shape[1])
        average.update(R.detach(), tgt_out)
        return b

    return baseline


def learned():
    net = LearnedBaseline(D_S).double()
    opt = torch.optim.Adam(net.parameters(), 0.1)

    def baseline(out, R, tgt_out):
        b = net(out.s)
        opt.zero_grad()
        token_mean((R.detach() - b) ** 2, tgt_out).backward()
        opt.step()
        return b

    return baseline


def whole(r):
    return r.sum(1, keepdim=True).expand_as(r)


@pytest.mark.parametrize("reward", [reward_to_go, whole])
def test_reinforce_is_unbiased(reward):
    assert z(estimates(sample, partial(score_function, reward=reward))) < 1.3


@pytest.mark.parametrize("kind", [CaptionDecoder, BahdanauDecoder])
@pytest.mark.parametrize("reward", [reward_to_go, whole])
def test_its_expectation_is_the_exact_gradient(reward, kind):
    found = 0.0
    for look in product(range(N), repeat=M):
        script = iter(torch.nn.functional.one_hot(torch.tensor(look), N).double())
        dec = decoder(lambda e, mask, s=script: next(s)[None, None], kind)
        out, tgt_out = trace(dec, 1)
        p = log_prob(out.e, out.alpha).sum().exp().detach()
        found += p * gradient(dec, score_function(out, tgt_out, reward))
    torch.testing.assert_close(found, exact(kind))


@pytest.mark.parametrize("make", [running, learned])
def test_a_baseline_keeps_the_mean_and_lowers_the_variance(make):
    bare = estimates(sample, score_function)
    found = estimates(sample, partial(score_function, baseline=make()))
    assert z(found) < 1.3
    # the first batches teach the baseline
    assert found[10:].var(0).sum() < 0.5 * bare[10:].var(0).sum()


def test_reward_to_go_varies_less_than_the_whole_reward():
    to_go = estimates(sample, score_function)
    all_of_it = estimates(sample, partial(score_function, reward=whole))
    assert to_go.var(0).sum() < all_of_it.var(0).sum()


def test_the_reward_of_the_step_alone_is_biased():
    def step(r):
        return r

    found = estimates(sample, partial(score_function, reward=step), rows=1000)
    assert z(found) > 2


def test_without_the_score_function_the_looks_learn_nothing():
    def cost(out, tgt_out):
        return -token_mean(log_likelihood(out.logits, tgt_out), tgt_out)

    assert z(estimates(sample, cost)) > 2


@pytest.mark.parametrize("hard", [True, False])
def test_straight_through_is_biased(hard):
    def cost(out, tgt_out):
        return -token_mean(log_likelihood(out.logits, tgt_out), tgt_out)

    found = estimates(partial(gumbel, hard=hard), cost)
    assert z(found) > 2
    # ... but it points the right way, and varies less than bare REINFORCE
    assert torch.cosine_similarity(found.mean(0), exact(), dim=0) > 0.5
    assert found.var(0).sum() < estimates(sample, score_function).var(0).sum()


def test_reinforce_by_hand():
    looks = torch.tensor([[-1.0, -2.0], [-3.0, -5.0]], requires_grad=True)
    reward = torch.tensor([[4.0, 2.0], [1.0, 9.0]], requires_grad=True)
    tgt_out = torch.tensor([[5, 6], [5, PAD]])
    loss = reinforce(looks, reward, tgt_out, baseline=torch.tensor([[1.0, 3.0]]))
    # -(3·-1 + -1·-2 + 0·-3) / 3
    assert loss.item() == pytest.approx(1 / 3)
    loss.backward()
    want = torch.tensor([[-1.0, 1 / 3], [0.0, 0.0]])
    torch.testing.assert_close(looks.grad, want)
    assert reward.grad is None


def test_looks_without_a_gradient_are_refused():
    with pytest.raises(ValueError, match="carries no gradient"):
        reinforce(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1, 2).long())


def test_rewards_by_hand():
    logits = torch.tensor([[[0.0, 0.0, 3.0], [0.0, 7.0, 0.0], [9.0, 9.0, 9.0]]]).log1p()
    r = log_likelihood(logits, torch.tensor([[2, 1, PAD]]))
    want = torch.tensor([[4 / 6, 8 / 10, 1.0]]).log()
    torch.testing.assert_close(r, want)
    back = torch.tensor([[4 / 6 * 8 / 10, 8 / 10, 1.0]]).log()
    torch.testing.assert_close(reward_to_go(r), back)
    assert token_mean(r, torch.tensor([[2, 1, PAD]])).item() == pytest.approx(
        want.sum().item() / 2
    )


def test_moving_average_by_hand():
    average = MovingAverage(5, decay=0.75)
    tgt_out = torch.tensor([[5, 6, 7], [5, PAD, PAD], [5, 6, PAD]])
    reward = torch.tensor([[1.0, 2.0, 8.0], [2.0, 99.0, 99.0], [6.0, 4.0, 99.0]])
    assert average(3).tolist() == [[0.0, 0.0, 0.0]]
    average.update(reward, tgt_out)
    assert average(5).tolist() == [[3.0, 3.0, 8.0, 0.0, 0.0]]
    average.update(reward[1:2] + 5, tgt_out[1:2])
    assert average(5).tolist() == [[4.0, 3.0, 8.0, 0.0, 0.0]]  # 3/4 · 3 + 1/4 · 7
    again = MovingAverage(5)
    again.load_state_dict(average.state_dict())
    assert torch.equal(again(5), average(5))
    with pytest.raises(ValueError, match="longer than max_len=5"):
        average(6)


def test_a_learned_baseline_shapes_no_state():
    s = torch.randn(2, 3, D_S, requires_grad=True)
    net = LearnedBaseline(D_S)
    net(s).sum().backward()
    assert s.grad is None
    assert all(p.grad.abs().sum() > 0 for p in net.parameters())
    torch.testing.assert_close(net(s), (s @ net.w.weight[0]) + net.w.bias)


def test_doubly_stochastic_by_hand():
    alpha = torch.tensor([[[0.5, 0.25, 0.25], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
    alpha = torch.cat([alpha, alpha])
    tgt_out = torch.tensor([[5, 6, 7], [5, 6, PAD]])
    # sums (1.5, .25, 1.25) and (1.5, .25, .25)
    one, two = 0.25 + 0.5625 + 0.0625, 0.25 + 0.5625 + 0.5625
    found = doubly_stochastic(alpha, tgt_out)
    assert found.item() == pytest.approx((one + two) / 2)
    hide = torch.tensor([[[True, True, False]], [[True, True, True]]])
    found = doubly_stochastic(alpha, tgt_out, hide)
    assert found.item() == pytest.approx((one - 0.0625 + two) / 2)


def test_it_falls_to_zero_when_every_place_is_looked_at_once():
    assert doubly_stochastic(torch.eye(5)[None], torch.full((1, 5), 6)).item() == 0


def reading(b, n, g):
    """Places hold a number and where they are; the caption tells them in order."""
    digit = torch.randint(0, 5, (b, n), generator=g)
    place = torch.eye(n).expand(b, n, n)
    h = torch.cat([torch.nn.functional.one_hot(digit, 5).float(), place], -1)
    tgt_out = digit + 4
    tgt_in = torch.cat([torch.full((b, 1), BOS), tgt_out[:, :-1]], 1)
    return Memory(h, None, h.mean(1)), tgt_in, tgt_out


def trained(lam_r, steps=450, n=5):
    """Share of right words with sampled looks, after training on nothing but them."""
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(0)
    look = partial(sample, generator=g)
    dec, average = CaptionDecoder(9, 8, 32, 5 + n, 5 + n, align=look), MovingAverage(n)
    opt = torch.optim.Adam(dec.parameters(), 1e-2)
    for _ in range(steps):
        mem, tgt_in, tgt_out = reading(64, n, g)
        out = dec.trace(mem, tgt_in)
        r = log_likelihood(out.logits, tgt_out)
        loss = -token_mean(r, tgt_out)
        R, looks = reward_to_go(r.detach()), log_prob(out.e, out.alpha)
        loss += lam_r * reinforce(looks, R, tgt_out, baseline=average(n))
        loss -= 0.01 * token_mean(entropy(out.e), tgt_out)
        average.update(R, tgt_out)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(dec.parameters(), 1.0)
        opt.step()
    mem, tgt_in, tgt_out = reading(300, n, g)
    with torch.no_grad():
        return (dec(mem, tgt_in)[0].argmax(-1) == tgt_out).float().mean()


def test_reinforce_learns_where_to_look():
    """A learning test: few places, no soft start, 3 seconds of one core each."""
    assert trained(lam_r=1.0) > 0.9
    assert trained(lam_r=0.0) < 0.7  # no gradient reaches the scores
