from functools import partial

import pytest
import torch

from course_lib.alignment import (
    _hide,
    anneal,
    argmax,
    entropy,
    gumbel,
    log_prob,
    sample,
    softmax,
    topk,
    topk_softmax,
)

B, M, N = 3, 5, 7
HARD = {
    "argmax": argmax,
    "top3": partial(topk, k=3),
    "sample": sample,
    "sample two": partial(sample, k=2),
    "gumbel": partial(gumbel, tau=0.7),
}
EVERY = {**HARD, "softmax": softmax, "soft gumbel": partial(gumbel, hard=False)}
EVERY["topk_softmax"] = partial(topk_softmax, k=3)


def scored(dtype=torch.float32):
    g = torch.Generator().manual_seed(0)
    e = torch.randn(B, M, N, generator=g)
    mask = torch.rand(B, M, N, generator=g) < 0.6
    mask[..., 2] = True  # something to see for everyone
    return e.to(dtype), mask


def test_hand_computed_weights():
    e = torch.tensor([[0.0, 1.0, 2.0]]).log1p()  # log 1, log 2, log 3
    torch.testing.assert_close(softmax(e), torch.tensor([[1 / 6, 2 / 6, 3 / 6]]))
    hide = torch.tensor([[True, True, False]])
    torch.testing.assert_close(softmax(e, hide), torch.tensor([[1 / 3, 2 / 3, 0.0]]))
    assert argmax(e).tolist() == [[0, 0, 1]]
    assert argmax(e, hide).tolist() == [[0, 1, 0]]
    assert topk(e, k=2).tolist() == [[0, 0.5, 0.5]]


@pytest.mark.parametrize("name", sorted(EVERY))
def test_hidden_is_exactly_zero_and_visible_sums_to_one(name):
    e, mask = scored()
    alpha = EVERY[name](e, mask)
    assert alpha.shape == e.shape
    assert (alpha[~mask] == 0).all()
    torch.testing.assert_close(alpha.sum(-1), torch.ones(B, M))
    assert (alpha >= 0).all()


@pytest.mark.parametrize("name", sorted(EVERY))
def test_a_fully_hidden_row_is_zero_with_finite_gradients(name):
    e, mask = scored()
    mask[1, 2] = False
    e.requires_grad_()
    alpha = EVERY[name](e, mask)
    assert (alpha[1, 2] == 0).all()
    if alpha.requires_grad:
        (alpha * torch.arange(N)).sum().backward()
        assert e.grad.isfinite().all()
        assert (e.grad[1, 2] == 0).all()
        assert (e.grad[~mask] == 0).all()
        assert e.grad.abs().sum() > 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", sorted(EVERY))
def test_half_precision_is_safe(name, dtype):
    e, mask = scored(dtype)
    mask[0, 0] = False
    alpha = EVERY[name](e * 100, mask)
    assert alpha.dtype == dtype
    assert alpha.isfinite().all()
    assert (alpha[~mask] == 0).all()


@pytest.mark.parametrize("name", sorted(HARD))
def test_hard_weights_are_all_or_nothing(name):
    alpha = HARD[name](*scored())
    share = alpha.max(-1, keepdim=True).values
    assert ((alpha == 0) | (alpha == share)).all()


def test_scores_are_not_changed():
    e, mask = scored()
    kept = e.clone()
    for align in EVERY.values():
        align(e, mask)
    assert torch.equal(e, kept)


def test_topk_with_fewer_visible_keys_than_k_shares_among_them():
    e, mask = torch.zeros(1, 1, 5), torch.tensor([[[True, False, True, False, False]]])
    assert topk(e, mask, k=3).tolist() == [[[0.5, 0, 0.5, 0, 0]]]
    torch.testing.assert_close(topk(e, k=9), torch.full((1, 1, 5), 0.2))


def test_sample_draws_as_softmax_says():
    e, mask = scored()
    g = torch.Generator().manual_seed(1)
    draws = 4000
    mean = sum(sample(e, mask, generator=g) for _ in range(draws)) / draws
    # five standard errors of a frequency, at worst sqrt(.25 / draws)
    torch.testing.assert_close(mean, softmax(e, mask), atol=0.04, rtol=0)


@pytest.mark.parametrize("draw", [sample, gumbel])
def test_a_generator_of_ones_own_is_drawn_from_and_no_other(draw):
    e, mask = scored()
    before = torch.get_rng_state()
    first, again, other = (
        draw(e, mask, generator=torch.Generator().manual_seed(seed))
        for seed in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_gumbel_draws_as_softmax_says_at_any_temperature():
    e, mask = scored()
    g = torch.Generator().manual_seed(2)
    draws = 4000
    for tau in [0.3, 2.0]:
        mean = sum(gumbel(e, mask, tau=tau, generator=g) for _ in range(draws)) / draws
        torch.testing.assert_close(mean, softmax(e, mask), atol=0.04, rtol=0)


def test_gumbel_nears_one_hot_as_tau_falls():
    e, mask = scored()
    peak = [
        gumbel(e, mask, tau=tau, hard=False, generator=torch.Generator().manual_seed(3))
        .max(-1)
        .values.mean()
        for tau in [5.0, 1.0, 0.01]
    ]
    assert peak[0] < peak[1] < peak[2]
    assert peak[2] > 0.99


def test_straight_through_has_the_gradient_of_the_soft_sample():
    e, mask = scored()
    grads = []
    for hard in [True, False]:
        x = e.clone().requires_grad_()
        g = torch.Generator().manual_seed(4)
        (gumbel(x, mask, hard=hard, generator=g) * torch.arange(N)).sum().backward()
        grads.append(x.grad)
    torch.testing.assert_close(*grads)


def test_log_prob_is_that_of_the_picked_key():
    e, mask = scored()
    picked = sample(e, mask, generator=torch.Generator().manual_seed(5))
    want = (softmax(e, mask) * picked).sum(-1).log()
    torch.testing.assert_close(log_prob(e, picked, mask), want)


def test_reinforce_with_log_prob_is_unbiased():
    # E[f(l) ∇ log p(l)] = ∇ E[f(l)], the exact gradient of Σ_i alpha_i f_i
    e = torch.tensor([[0.3, -0.8, 1.1, 0.2]], requires_grad=True)
    f = torch.tensor([[1.0, -2.0, 0.5, 3.0]])
    (exact,) = torch.autograd.grad((softmax(e) * f).sum(), e)
    draws = 20000
    rows = e.expand(draws, 4)
    picked = sample(rows, generator=torch.Generator().manual_seed(6))
    reward = (picked * f).sum(-1)
    (estimate,) = torch.autograd.grad((reward * log_prob(rows, picked)).mean(), e)
    torch.testing.assert_close(estimate, exact, atol=0.06, rtol=0)


def test_a_mask_of_another_type_is_refused():
    e, mask = scored()
    with pytest.raises(TypeError, match="must be bool with True = visible"):
        _hide(e, mask.float())


def test_bad_settings_are_refused():
    e, _ = scored()
    with pytest.raises(ValueError, match="k >= 1"):
        topk(e, k=0)
    with pytest.raises(ValueError, match="temperature must be positive"):
        gumbel(e, tau=0.0)
    with pytest.raises(ValueError, match="k >= 1"):
        sample(e, k=0)
    with pytest.raises(ValueError, match="temperatures must be positive"):
        anneal(0.5, end=0.0)


def test_topk_softmax_is_softmax_over_the_best():
    e = torch.tensor([[0.0, 1.0, 2.0]]).log1p().requires_grad_()  # log 1, log 2, log 3
    alpha = topk_softmax(e, k=2)
    torch.testing.assert_close(alpha, torch.tensor([[0, 2 / 5, 3 / 5]]))
    alpha[0, 2].backward()
    torch.testing.assert_close(e.grad, torch.tensor([[0, -6 / 25, 6 / 25]]))
    x, mask = scored()
    torch.testing.assert_close(topk_softmax(x, mask, k=N), softmax(x, mask))


def test_sampling_several_draws_one_after_the_other_without_putting_back():
    e, p = torch.tensor([[0.0, 1.0, 2.0]]).log1p(), [1 / 6, 2 / 6, 3 / 6]
    draws = 20000
    g = torch.Generator().manual_seed(7)
    found = sample(e.expand(draws, 3), k=2, generator=g)
    assert ((found == 0.5).sum(-1) == 2).all()
    for missing in range(3):
        a, b = sorted({0, 1, 2} - {missing})
        want = p[a] * p[b] / (1 - p[a]) + p[b] * p[a] / (1 - p[b])
        share = (found[:, missing] == 0).float().mean().item()
        assert share == pytest.approx(want, abs=0.017)  # five standard errors
    few = torch.tensor([[True, False, False]])
    assert sample(e, few, k=2).tolist() == [[1.0, 0.0, 0.0]]


def test_entropy_by_hand():
    e = torch.tensor([[0.0, 1.0, 2.0]]).log1p()
    p = torch.tensor([1 / 6, 2 / 6, 3 / 6])
    torch.testing.assert_close(entropy(e), -(p * p.log()).sum()[None])
    hide = torch.tensor([[True, True, False]])
    p = torch.tensor([1 / 3, 2 / 3])
    torch.testing.assert_close(entropy(e, hide), -(p * p.log()).sum()[None])
    assert entropy(torch.zeros(1, 7)).item() == pytest.approx(torch.tensor(7.0).log())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_entropy_and_log_prob_are_finite_where_much_or_all_is_hidden(dtype):
    e, mask = scored(dtype)
    mask[1, 2] = False
    e = (e * 100).requires_grad_()
    picked = sample(e, mask, generator=torch.Generator().manual_seed(8))
    for value in [entropy(e, mask), log_prob(e, picked, mask)]:
        assert value.isfinite().all()
        assert value[1, 2] == 0
        (grad,) = torch.autograd.grad(value.sum(), e)
        assert grad.isfinite().all()
        assert (grad[~mask] == 0).all()


def test_the_temperature_falls_by_a_constant_factor():
    assert anneal(0) == 1.0
    assert anneal(1) == pytest.approx(0.5)
    assert anneal(0.5, start=4.0, end=0.25) == pytest.approx(1.0)
