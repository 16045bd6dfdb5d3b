import re

import pytest
import torch
from small_transformer import (
    LENGTHS,
    NORMS,
    B,
    N,
    V,
    check_gradients,
    encoder,
    tokens,
    train,
)

from course_lib import losses
from course_lib.data.vocab import BOS, EOS, PAD, UNK
from course_lib.language_models import LanguageModel, MaskedLM, hide_words
from course_lib.search import greedy
from course_lib.transformer import TransformerEncoder


def test_hidden_words_are_asked_for_and_no_others():
    x = tokens(211, N)
    x[:, -1], x[5, 3:], x[0, 1:] = EOS, PAD, EOS  # row 0 has no word
    g = torch.Generator().manual_seed(0)
    seen, target = hide_words(x, UNK, share=0.3, generator=g)
    hidden = seen == UNK
    assert torch.equal(target != PAD, hidden)
    assert torch.equal(target[hidden], x[hidden])
    assert torch.equal(seen[~hidden], x[~hidden])
    assert (x[hidden] > EOS).all()
    assert hidden[1:].any(1).all()
    words = (x > EOS).sum().item()
    # 0.3, and a little more from sentences that would have gone without
    assert hidden.sum().item() / words == pytest.approx(0.3 + 0.7**5 / 5, abs=0.04)


def test_masked_words_see_both_sides():
    net = MaskedLM(encoder())
    src = tokens(B, N)
    logits = net(src, LENGTHS)
    assert logits.shape == (B, N, V)
    alone = net(src[2:, :5])
    torch.testing.assert_close(alone[0], logits[2, :5])
    changed = src.clone()
    changed[0, 6] = 4 if src[0, 6] != 4 else 5
    assert (net(changed)[0] - net(src)[0]).abs().amax(-1).min() > 1e-4
    check_gradients(net, net(src, LENGTHS))


@pytest.mark.parametrize("window", [None, 2])
@NORMS
def test_language_model(norm_first, window):
    lm = LanguageModel(encoder(norm_first=norm_first, causal=True, window=window))
    y = tokens(B, 11)
    logits = lm(y)
    assert logits.shape == (B, 11, V)
    changed = y.clone()
    changed[:, 5] = (changed[:, 5] + 1) % V
    torch.testing.assert_close(lm(changed)[:, :5], logits[:, :5], rtol=0, atol=0)
    assert not torch.allclose(lm(changed)[:, 5], logits[:, 5])
    state = lm.init(lm.nothing(B))
    for t in range(11):
        stepped, state, alpha = lm.step(y[:, t], state)
        assert alpha is None
        torch.testing.assert_close(stepped, logits[:, t])
    check_gradients(lm, logits)


@pytest.mark.parametrize("window", [0, 2, None])
def test_the_cache_keeps_what_the_next_token_may_see(window):
    lm, y = LanguageModel(encoder(causal=True, window=window)), tokens(B, N)
    logits, state = lm(y), lm.init(lm.nothing(B))
    for t in range(N):
        assert state.s.place == t
        stepped, state, _ = lm.step(y[:, t], state)
        torch.testing.assert_close(stepped, logits[:, t])
        kept = t + 1 if window is None else min(t + 1, window)
        assert all(kv.K.shape[2] == kv.V.shape[2] == kept for kv in state.s.past)


def test_a_language_model_may_not_look_ahead():
    with pytest.raises(ValueError, match=re.escape("causal=True")):
        LanguageModel(encoder())


def test_the_language_model_learns_a_period():
    """4 5 6 7 8 over and over, from any beginning."""
    torch.manual_seed(0)
    lm = LanguageModel(TransformerEncoder(9, 16, 2, 32, 1, causal=True))
    g = torch.Generator().manual_seed(3)

    def cycle(b):
        begin = torch.randint(0, 5, (b, 1), generator=g)
        y = (begin + torch.arange(11)) % 5 + 4
        return torch.cat([torch.full((b, 1), BOS), y], 1)

    def loss():
        y = cycle(31)
        return losses.cross_entropy(lm(y[:, :-1]), y[:, 1:])

    train(lm, loss, 150, 1e-2)
    (y,), _ = greedy(lm, lm.nothing(1), max_len=11)
    assert ((y[1:] - y[:-1]) % 5 == 1).all()
    assert y.min() >= 4


def test_the_masked_model_learns_what_fits_between():
    """Each word is one more than the word before it; one is hidden."""
    torch.manual_seed(0)
    net = MaskedLM(TransformerEncoder(14, 32, 4, 64, 1))
    g = torch.Generator().manual_seed(3)

    def rows(b):
        x = torch.randint(0, 10, (b, 1), generator=g) + torch.arange(7)
        return hide_words(x % 10 + 4, UNK, generator=g)

    def loss():
        x, target = rows(64)
        return losses.cross_entropy(net(x), target)

    train(net, loss, 300, 5e-3)
    x, target = rows(101)
    right = net(x).argmax(-1) == target
    assert right[target != PAD].float().mean() > 0.95
