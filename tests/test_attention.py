from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_lib import alignment, scores
from course_lib.attention import MultiHead, Pool, attend
from course_lib.masks import causal_mask, padding_mask

B, M, N, D, D_V = 2, 3, 5, 7, 11


def inputs(d_k=D):
    g = torch.Generator().manual_seed(0)
    return (
        torch.randn(B, M, D, generator=g),
        torch.randn(B, N, d_k, generator=g),
        torch.randn(B, N, D_V, generator=g),
    )


def test_hand_computed_read():
    q, k = torch.tensor([[[1.0]]]), torch.tensor([[[0.0], [3.0]]]).log1p()
    v = torch.tensor([[[10.0, 0.0], [20.0, 4.0]]])
    c, alpha, e = attend(q, k, v, score=scores.dot)  # e = log 1, log 4
    torch.testing.assert_close(alpha, torch.tensor([[[0.2, 0.8]]]))
    torch.testing.assert_close(c, torch.tensor([[[18.0, 3.2]]]))
    torch.testing.assert_close(e, k.mT)


def test_attend_equals_torch():
    q, k, v = inputs()
    mask = padding_mask(torch.tensor([5, 2]), N)
    want = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(attend(q, k, v, mask=mask).c, want)


def test_causal_attend_equals_torch():
    x = inputs()[1]
    want = F.scaled_dot_product_attention(x, x, x, is_causal=True)
    torch.testing.assert_close(attend(x, x, x, mask=causal_mask(N)).c, want)


@pytest.mark.parametrize("align", ["softmax", "argmax", "top2", "sample", "gumbel"])
@pytest.mark.parametrize(
    "score",
    [
        scores.dot,
        scores.scaled_dot,
        scores.cosine,
        scores.General(D, D),
        scores.Additive(D, D, 13),
        scores.MLP(D, D, 13),
        scores.LinearSum(D, D),
        scores.KeyOnly(D),
        scores.Location(D, 17),
    ],
    ids=lambda s: getattr(s, "__name__", type(s).__name__),
)
def test_every_score_with_every_alignment(score, align):
    aligns = {
        "softmax": alignment.softmax,
        "argmax": alignment.argmax,
        "top2": partial(alignment.topk, k=2),
        "sample": partial(alignment.sample, generator=torch.Generator().manual_seed(0)),
        "gumbel": partial(alignment.gumbel, generator=torch.Generator().manual_seed(0)),
    }
    q, k, v = inputs()
    mask = padding_mask(torch.tensor([5, 2]), N)
    c, alpha, _ = attend(q, k, v, score=score, align=aligns[align], mask=mask)
    assert (alpha[1, :, 2:] == 0).all()
    torch.testing.assert_close(alpha.sum(-1), torch.ones(B, M))
    torch.testing.assert_close(c, torch.einsum("bmn,bnd->bmd", alpha, v))


def test_nothing_visible_reads_zero_with_finite_gradients():
    q, k, v = (x.requires_grad_() for x in inputs())
    mask = torch.zeros(B, M, N, dtype=torch.bool)
    c, alpha, _ = attend(q, k, v, mask=mask)
    assert (alpha == 0).all()
    assert (c == 0).all()
    c.sum().backward()
    assert all(x.grad.isfinite().all() for x in (q, k, v))


def test_prior_multiplies_and_is_not_normalised():
    q, k, v = inputs()
    prior = torch.linspace(0.1, 0.9, N).expand(B, M, N)
    plain, weighted = attend(q, k, v), attend(q, k, v, prior=prior)
    torch.testing.assert_close(weighted.alpha, plain.alpha * prior)
    torch.testing.assert_close(weighted.c, (plain.alpha * prior) @ v)


def test_a_learners_own_function_fits_the_slots():
    q, k, v = inputs()

    def distance(q, k):
        return -torch.cdist(q, k)

    def uniform(e, mask):
        return torch.full_like(e, 1 / e.shape[-1])

    torch.testing.assert_close(
        attend(q, k, v, score=distance, align=uniform).c,
        v.mean(1, keepdim=True).expand(B, M, D_V),
    )


def test_multi_head_equals_torch():
    torch.manual_seed(0)
    d_model, n_heads = 15, 3
    ours = MultiHead(d_model, n_heads)
    theirs = nn.MultiheadAttention(d_model, n_heads, bias=False, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(
            torch.cat([ours.W_Q.weight, ours.W_K.weight, ours.W_V.weight])
        )
        theirs.out_proj.weight.copy_(ours.W_O.weight)
    q, kv = torch.randn(B, M, d_model), torch.randn(B, N, d_model)
    mask = padding_mask(torch.tensor([5, 2]), N)
    want, weights = theirs(
        q, kv, kv, key_padding_mask=~mask[:, 0], average_attn_weights=False
    )
    c, alpha, _ = ours(q, kv, kv, mask)
    torch.testing.assert_close(c, want)
    torch.testing.assert_close(alpha, weights)


def test_multi_head_with_another_score_and_alignment():
    torch.manual_seed(0)
    layer = MultiHead(
        15, 5, d_kv=7, score=scores.Additive(3, 3, 13), align=alignment.argmax
    )
    kv = torch.randn(B, N, 7)
    c, alpha, _ = layer(torch.randn(B, M, 15), kv, kv)
    assert c.shape == (B, M, 15)
    assert alpha.shape == (B, 5, M, N)
    assert set(alpha.unique().tolist()) == {0.0, 1.0}


def test_each_head_scores_as_it_is_told():
    torch.manual_seed(0)
    layer = MultiHead(15, 5, score=scores.General(3, 3))
    q, k, v = torch.randn(B, M, 15), torch.randn(B, N, 15), torch.randn(B, N, 15)
    heads, weights = [], []
    for rows in range(0, 15, 3):
        W_Q, W_K, W_V = (
            W.weight[rows : rows + 3] for W in (layer.W_Q, layer.W_K, layer.W_V)
        )
        e = (q @ W_Q.T) @ layer.score.W_a.weight @ (k @ W_K.T).mT
        weights.append(e.softmax(-1))
        heads.append(weights[-1] @ (v @ W_V.T))
    c, alpha, _ = layer(q, k, v)
    torch.testing.assert_close(alpha, torch.stack(weights, 1))
    torch.testing.assert_close(c, torch.cat(heads, -1) @ layer.W_O.weight.T)


def test_multi_head_wants_heads_that_divide():
    with pytest.raises(ValueError, match="n_heads=4 must divide d_model=15"):
        MultiHead(15, 4)


def test_pool_reads_what_its_query_matches():
    torch.manual_seed(0)
    pool = Pool(7, 13)
    h = torch.randn(B, N, 7)
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    c, alpha, e = pool(h, mask)
    want = (e[1, 0, :2].softmax(-1)[:, None] * h[1, :2]).sum(0)
    torch.testing.assert_close(c[1, 0], want)
    assert (alpha[1, 0, 2:] == 0).all()


def test_pool_twice_is_hierarchical():
    torch.manual_seed(0)
    words = torch.randn(B, 3, N, 7)  # documents, sentences, words
    sentences = Pool(7, 13)(words).c[..., 0, :]
    assert sentences.shape == (B, 3, 7)
    document = Pool(7, 13)(sentences)
    assert document.c.shape == (B, 1, 7)
    assert document.alpha.shape == (B, 1, 3)


@pytest.mark.parametrize("layer", ["heads", "pool"])
def test_every_parameter_receives_a_gradient(layer):
    torch.manual_seed(0)
    kv = torch.randn(B, N, 15)
    if layer == "heads":
        module = MultiHead(15, 3)
        out = module(torch.randn(B, M, 15), kv, kv).c
    else:
        module = Pool(15, 13)
        out = module(kv).c
    (out * torch.randn(out.shape)).sum().backward()
    for name, p in module.named_parameters():
        assert p.grad.isfinite().all(), name
        assert p.grad.abs().sum() > 0, name


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_fused_heads_equal_explicit_heads(masked, causal, dtype):
    torch.manual_seed(0)
    layer = MultiHead(15, 3).to(dtype)
    x = torch.randn(B, N, 15).to(dtype).requires_grad_()
    mask = padding_mask(torch.tensor([5, 2]), N) if masked else None
    c, alpha, e = layer(x, x, x, mask, causal=causal)
    fused = layer(x, x, x, mask, causal=causal, need_alpha=False)
    assert fused.alpha is None
    assert fused.e is None
    near = 2e-6 if dtype == torch.float32 else 2e-2
    torch.testing.assert_close(fused.c, c, rtol=near, atol=near)
    weights = torch.randn(c.shape).to(dtype)
    ours, want = (
        torch.autograd.grad((y * weights).sum(), [x, *layer.parameters()])
        for y in (fused.c, c)
    )
    for a, b in zip(ours, want, strict=True):
        torch.testing.assert_close(a, b, rtol=3 * near, atol=3 * near)
    assert alpha.shape == e.shape == (B, 3, N, N)
    hidden = torch.zeros(B, 3, N, N, dtype=torch.bool)
    if causal:
        hidden |= ~causal_mask(N)
    if masked:
        hidden |= ~mask[:, None]
    assert torch.equal(alpha == 0, hidden)


def test_fused_heads_that_see_nothing_read_zero():
    torch.manual_seed(0)
    layer, x = MultiHead(15, 3), torch.randn(B, N, 15, requires_grad=True)
    mask = torch.ones(B, N, N, dtype=torch.bool)
    mask[1, 2] = False
    for need_alpha in (True, False):
        c = layer(x, x, x, mask, need_alpha=need_alpha).c
        assert (c[1, 2] == 0).all()
        (grad,) = torch.autograd.grad(c.sum(), x)
        assert grad.isfinite().all()


def test_only_the_scaled_dot_product_with_softmax_is_fused(monkeypatch):
    def kernel(*_, **__):
        raise AssertionError("the fused kernel knows no other score or alignment")

    torch.manual_seed(0)
    monkeypatch.setattr(F, "scaled_dot_product_attention", kernel)
    x = torch.randn(B, N, 15)
    for options in ({"score": scores.dot}, {"align": alignment.argmax}):
        layer = MultiHead(15, 3, **options)
        fused = layer(x, x, x, need_alpha=False)
        torch.testing.assert_close(fused.c, layer(x, x, x).c)
        assert fused.alpha is None
    with pytest.raises(AssertionError, match="no other score"):
        MultiHead(15, 3)(x, x, x, need_alpha=False)


def test_keys_and_values_may_be_projected_once():
    torch.manual_seed(0)
    layer, q, kv = MultiHead(15, 3, d_kv=7), torch.randn(B, M, 15), torch.randn(B, N, 7)
    once = layer.keys_values(kv, kv)
    assert once.K.shape == once.V.shape == (B, 3, N, 5)
    torch.testing.assert_close(layer.read(q, once).c, layer(q, kv, kv).c)


def test_causal_heads_want_a_key_a_query():
    q, k = torch.randn(B, M, 15), torch.randn(B, N, 15)
    with pytest.raises(ValueError, match="as many keys as queries: 5, 3"):
        MultiHead(15, 3)(q, k, k, causal=True, need_alpha=False)
