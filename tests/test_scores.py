import math

import pytest
import torch

from course_lib import scores
from course_lib.scores import (
    MLP,
    Additive,
    General,
    KeyOnly,
    LinearSum,
    Location,
    cosine,
    dot,
    scaled_dot,
    split,
)

B, M, N, D_Q, D_K, D_A = 2, 3, 5, 7, 11, 13
WEIGHTED = {
    "general": lambda: General(D_Q, D_K),
    "additive": lambda: Additive(D_Q, D_K, D_A),
    "mlp": lambda: MLP(D_Q, D_K, D_A),
    "linear_sum": lambda: LinearSum(D_Q, D_K),
    "key_only": lambda: KeyOnly(D_K),
    "location": lambda: Location(D_Q, 17),
}


def pair():
    g = torch.Generator().manual_seed(0)
    return torch.randn(B, M, D_Q, generator=g), torch.randn(B, N, D_K, generator=g)


def test_hand_computed_scores():
    q = torch.tensor([[[3.0, 4.0]]])
    k = torch.tensor([[[1.0, 0.0], [3.0, 4.0]]])
    assert dot(q, k).tolist() == [[[3.0, 25.0]]]
    torch.testing.assert_close(scaled_dot(q, k), dot(q, k) / math.sqrt(2))
    torch.testing.assert_close(cosine(q, k), torch.tensor([[[0.6, 1.0]]]))


@pytest.mark.parametrize("score", [dot, scaled_dot, cosine])
def test_scores_without_weights_want_one_width(score):
    with pytest.raises(ValueError, match="d_q=7 and d_k=11"):
        score(*pair())


def loop(f):
    """The score of every pair, one at a time."""
    q, k = pair()
    e = torch.empty(B, M, N)
    for b in range(B):
        for t in range(M):
            for i in range(N):
                e[b, t, i] = f(q[b, t], k[b, i])
    return e


def test_general_pair_by_pair():
    s = General(D_Q, D_K)
    torch.testing.assert_close(s(*pair()), loop(lambda q, k: q @ s.W_a.weight @ k))


def test_additive_pair_by_pair():
    s = Additive(D_Q, D_K, D_A)

    def one(q, k):
        return s.v_a @ torch.tanh(s.W_a.weight @ q + s.U_a.weight @ k)

    torch.testing.assert_close(s(*pair()), loop(one))


def test_additive_is_luongs_concat():
    s = Additive(D_Q, D_K, D_A)
    W = torch.cat([s.W_a.weight, s.U_a.weight], 1)

    def concat(q, k):
        return s.v_a @ torch.tanh(W @ torch.cat([q, k]))

    torch.testing.assert_close(s(*pair()), loop(concat))


def test_mlp_pair_by_pair():
    s = MLP(D_Q, D_K, D_A)

    def one(q, k):
        x = torch.relu(s.W_q.weight @ q + s.W_k.weight @ k + s.W_q.bias)
        return s.w @ torch.relu(s.W_2.weight @ x + s.W_2.bias)

    torch.testing.assert_close(s(*pair()), loop(one))


def test_linear_sum_pair_by_pair():
    s = LinearSum(D_Q, D_K)
    want = loop(lambda q, k: s.w_q.weight[0] @ q + s.w_k.weight[0] @ k)
    torch.testing.assert_close(s(*pair()), want)


def test_linear_sum_cannot_see_the_query():
    q, k = pair()
    e = LinearSum(D_Q, D_K)(q, k)
    alpha = e.softmax(-1)
    torch.testing.assert_close(alpha, alpha[:, :1].expand_as(alpha))
    assert not torch.allclose(e, e[:, :1].expand_as(e))  # the scores do differ


def test_key_only_and_location_see_one_side():
    q, k = pair()
    e = KeyOnly(D_K)(q, k)
    torch.testing.assert_close(e, e[:, :1].expand(B, M, N))
    location = Location(D_Q, 17)
    torch.testing.assert_close(location(q, k), location(q, k * 3 + 1))
    torch.testing.assert_close(location(q, k), (q @ location.W_a.weight.T)[..., :N])


def test_location_refuses_a_source_longer_than_its_table():
    q, k = pair()
    with pytest.raises(ValueError, match="max_n=3 places, the source has 5"):
        Location(D_Q, 3)(q, k)
    assert Location(D_Q, N)(q, k).shape == (B, M, N)  # the longest that it knows


def test_scores_have_the_weights_of_their_equations_and_no_others():
    assert {
        name: [tuple(w.shape) for w in make().parameters()]
        for name, make in {
            "general": lambda: General(D_Q, D_K),
            "linear sum": lambda: LinearSum(D_Q, D_K),
            "key only": lambda: KeyOnly(D_K),
            "location": lambda: Location(D_Q, 17),
        }.items()
    } == {
        "general": [(D_Q, D_K)],
        "linear sum": [(1, D_Q), (1, D_K)],
        "key only": [(1, D_K)],
        "location": [(17, D_Q)],
    }


@pytest.mark.parametrize("make", [Additive, MLP])
def test_scores_that_add_up_begin_of_size_one_whatever_the_width(make):
    torch.manual_seed(0)
    for d_a in (16, 4096):
        last = {n: w for n, w in make(3, 3, d_a).named_parameters() if w.ndim == 1}
        v = last.get("v_a", last.get("w"))
        assert v.norm().item() == pytest.approx(1, abs=0.5 if d_a == 16 else 0.05)


@pytest.mark.parametrize("name", sorted(set(WEIGHTED) - {"location"}))
def test_keys_projected_once_give_the_same_scores(name):
    q, k = pair()
    s = WEIGHTED[name]()
    torch.testing.assert_close(s.with_keys(k)(q, k), s(q, k))
    project, compare = split(s)
    torch.testing.assert_close(compare(q, project(k)), s(q, k))


def test_split_leaves_a_plain_function_alone():
    _, k = pair()
    project, compare = split(dot)
    assert project(k) is k
    assert compare is dot


@pytest.mark.parametrize("name", sorted(WEIGHTED))
def test_any_number_of_leading_axes(name):
    q, k = pair()
    s = WEIGHTED[name]()
    q, k = q.expand(19, B, M, D_Q), k.expand(19, B, N, D_K)
    assert s(q, k).shape == (19, B, M, N)
    torch.testing.assert_close(s(q, k)[0], s(q[0], k[0]))


@pytest.mark.parametrize("name", sorted(WEIGHTED))
def test_permuting_the_keys_permutes_the_scores(name):
    if name == "location":
        pytest.skip("location does not look at the keys")
    q, k = pair()
    s = WEIGHTED[name]()
    order = torch.tensor([3, 1, 4, 0, 2])
    torch.testing.assert_close(s(q, k[:, order]), s(q, k)[..., order])


def test_every_weight_receives_a_gradient():
    q, k = pair()
    g = torch.Generator().manual_seed(1)
    for name, make in WEIGHTED.items():
        s = make()
        (s(q, k) * torch.randn(B, M, N, generator=g)).sum().backward()
        for key, p in s.named_parameters():
            assert p.grad is not None, (name, key)
            assert p.grad.isfinite().all(), (name, key)
            assert p.grad.abs().sum() > 0, (name, key)


def test_the_public_names_are_the_nine_of_the_lectures():
    for name in [
        "dot",
        "scaled_dot",
        "cosine",
        "General",
        "Additive",
        "Location",
        "KeyOnly",
        "LinearSum",
        "MLP",
    ]:
        assert hasattr(scores, name)
