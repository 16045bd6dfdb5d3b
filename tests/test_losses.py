import math
from collections.abc import Iterator

import jaxtyping
import pytest
import torch
import torch.nn.functional as F

from course_lib.data.vocab import PAD
from course_lib.losses import cross_entropy


@pytest.fixture
def no_shape_checks() -> Iterator[None]:
    # outside the tests nobody checks the signature: the function's own words count
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def test_by_hand() -> None:
    # p = (1/4, 3/4) over the last two words; the padded row would change the mean
    logits = torch.tensor([[[-1e9, 0.0, math.log(3)], [5.0, 5.0, -7.0]]])
    loss = cross_entropy(logits, torch.tensor([[2, PAD]]))
    assert loss.item() == pytest.approx(math.log(4 / 3), abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_equals_a_loop(smoothing: float) -> None:
    torch.manual_seed(3)
    logits = torch.randn(5, 7, 11, dtype=torch.float64)
    targets = torch.randint(1, 11, (5, 7))
    targets[1, 2:] = PAD
    targets[4, 6:] = PAD
    costs = []
    for row, target in zip(logits.flatten(0, 1), targets.flatten(), strict=True):
        if target != PAD:
            log_p = row - row.exp().sum().log()
            costs.append(-(1 - smoothing) * log_p[target] - smoothing * log_p.mean())
    expected = sum(costs) / len(costs)
    found = cross_entropy(logits, targets, label_smoothing=smoothing)
    torch.testing.assert_close(found, torch.as_tensor(expected))


def test_padding_gets_no_gradient_and_changes_nothing() -> None:
    torch.manual_seed(3)
    logits = torch.randn(2, 5, 7, requires_grad=True)
    targets = torch.randint(1, 7, (2, 5))
    targets[0, 3:] = PAD
    loss = cross_entropy(logits, targets)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[0, 3:].eq(0).all()
    assert logits.grad[0, :3].ne(0).all()
    wider = F.pad(logits.detach(), (0, 0, 0, 3), value=float("nan"))
    torch.testing.assert_close(cross_entropy(wider, F.pad(targets, (0, 3))), loss)


def test_every_token_counts_the_same_in_any_batch() -> None:
    torch.manual_seed(3)
    logits, targets = torch.randn(2, 5, 7), torch.randint(1, 7, (2, 5))
    targets[0, 1:] = PAD
    alone = [cross_entropy(logits[k : k + 1], targets[k : k + 1]) for k in range(2)]
    together = (alone[0] * 1 + alone[1] * 5) / 6
    torch.testing.assert_close(cross_entropy(logits, targets), together)


def test_half_precision_is_summed_in_float32() -> None:
    logits = torch.zeros(1, 3, 5003, dtype=torch.bfloat16)
    loss = cross_entropy(logits, torch.tensor([[1, 2, PAD]]))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(math.log(5003), abs=1e-5)


def test_all_padding() -> None:
    with pytest.raises(ValueError, match="every position is padding"):
        cross_entropy(torch.randn(2, 3, 5), torch.full((2, 3), PAD))


@pytest.mark.usefixtures("no_shape_checks")
def test_shapes_that_disagree() -> None:
    with pytest.raises(ValueError, match=r"expected \[b, m, V\]"):
        cross_entropy(torch.randn(2, 3, 5), torch.ones(2, 7, dtype=torch.long))


@pytest.mark.parametrize("smoothing", [-0.1, 1.1])
def test_smoothing_out_of_range(smoothing: float) -> None:
    targets = torch.ones(2, 3, dtype=torch.long)
    with pytest.raises(ValueError, match="label_smoothing"):
        cross_entropy(torch.randn(2, 3, 5), targets, label_smoothing=smoothing)
