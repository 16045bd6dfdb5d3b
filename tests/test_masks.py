import math

import pytest
import torch

from course_lib.masks import (
    causal_mask,
    gaussian,
    padding_mask,
    sliding_mask,
    window_mask,
)


def test_padding_mask_shows_each_sentence_its_own_tokens():
    mask = padding_mask(torch.tensor([2, 3, 1]), 3)
    assert mask.dtype == torch.bool
    assert mask.tolist() == [
        [[True, True, False]],
        [[True, True, True]],
        [[True, False, False]],
    ]


def test_padding_mask_may_be_wider_than_the_longest_sentence():
    assert padding_mask(torch.tensor([2]), 5).sum() == 2


def test_padding_mask_refuses_to_lose_tokens():
    with pytest.raises(ValueError, match="7 tokens but the mask only n=5"):
        padding_mask(torch.tensor([3, 7]), 5)


def test_causal_mask_shows_the_past_and_the_present():
    assert causal_mask(3).tolist() == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_window_mask_shows_d_places_to_each_side_and_is_cut_at_the_ends():
    mask = window_mask(torch.tensor([[0.0, 2.4, 2.6, 9.0]]), 5, 1)
    assert mask.int().tolist() == [
        [[1, 1, 0, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]]
    ]


def test_window_mask_takes_any_leading_axes_and_d_0():
    p = torch.rand(2, 3, 5) * 6
    mask = window_mask(p, 7, 0)
    assert mask.shape == (2, 3, 5, 7)
    assert torch.equal(mask.int().argmax(-1), p.round().long())
    assert (mask.sum(-1) == 1).all()


def test_gaussian_is_equation_10():
    p = torch.tensor([[0.0, 2.25, 6.0]])
    got = gaussian(p, 5, 3)
    for t in range(3):
        for i in range(5):
            want = math.exp(-((i - p[0, t].item()) ** 2) / (2 * (3 / 2) ** 2))
            assert got[0, t, i].item() == pytest.approx(want)
    assert got[0, 0, 0] == 1
    # the narrowest window: half a word wide
    assert gaussian(p, 5, 1)[0, 0, 1].item() == pytest.approx(math.exp(-2))


def test_only_the_gaussian_trains_the_place():
    p = torch.tensor([[1.3]], requires_grad=True)
    assert not window_mask(p, 5, 1).requires_grad
    gaussian(p, 5, 2)[0, 0, 2].backward()
    want = math.exp(-(0.7**2) / 2) * 0.7  # d/dp exp(-(2 - p)^2 / 2)
    assert p.grad.item() == pytest.approx(want)


def test_windows_refuse_a_reach_that_makes_no_sense():
    p = torch.zeros(1, 1)
    with pytest.raises(ValueError, match="D=-1"):
        window_mask(p, 3, -1)
    with pytest.raises(ValueError, match="needs D >= 1, got D=0"):
        gaussian(p, 3, 0)


def test_sliding_mask_sees_the_neighbours():
    for causal in (False, True):
        mask = sliding_mask(7, 2, causal=causal)
        for t in range(7):
            for i in range(7):
                want = t - 2 <= i <= (t if causal else t + 2)
                assert mask[t, i].item() == want
    assert torch.equal(sliding_mask(5, 4, causal=True), causal_mask(5))
    assert torch.equal(sliding_mask(7, 2), sliding_mask(7, 2, causal=False))
    with pytest.raises(ValueError, match="D=-1"):
        sliding_mask(5, -1)
