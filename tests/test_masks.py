import pytest
import torch

from course_lib.masks import causal_mask, padding_mask


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
