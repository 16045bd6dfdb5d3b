import io
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import course_lib.train as train
from course_lib.train import fit, schedule


class Tagger(nn.Module):
    """A GRU with dropout, and an embedding tied to its output."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.emb = nn.Embedding(11, 7)
        self.rnn = nn.GRU(7, 7, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(7, 11)
        self.out.weight = self.emb.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.drop(self.rnn(self.emb(x))[0]))


def copy_loss(model: Any, batch: Any) -> Tensor:
    x = batch[0]
    return nn.functional.cross_entropy(model(x).flatten(0, 1), x.flatten())


def data(shuffle: bool = True) -> DataLoader:
    x = torch.randint(11, (35, 5), generator=torch.Generator().manual_seed(5))
    return DataLoader(TensorDataset(x), batch_size=5, shuffle=shuffle)


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def quadratic(model: Any, batch: Tensor) -> Tensor:
    return (model(batch) ** 2).mean()


def line() -> nn.Linear:
    torch.manual_seed(3)
    return nn.Linear(3, 2)


ONES = [torch.ones(5, 3)]


def test_it_learns() -> None:
    model = Tagger()
    history = fit(model, data(), loss=copy_loss, steps=210, lr=2e-2)
    assert [step for step, _ in history.losses] == list(range(1, 211))
    assert history.losses[0][1] > 2
    assert history.losses[-1][1] < 0.5
    assert (history.steps, history.stopped, history.best) == (210, "budget", None)
    assert not model.training


def test_schedule_by_hand() -> None:
    assert [schedule(p, 0.2) for p in (0.0, 0.1, 0.2, 0.6, 1.0, 1.5)] == pytest.approx(
        [0, 0.5, 1, 0.5, 0, 0]
    )
    assert schedule(0.0, 0.0) == 1.0


def test_equals_a_loop_written_by_hand() -> None:
    model, twin = line(), line()
    history = fit(model, ONES, loss=quadratic, steps=7, lr=0.1, clip=0.5, warmup=0.2)
    adam = torch.optim.Adam(twin.parameters())
    losses = []
    for k in range(7):
        p = (k + 0.5) / 7
        adam.param_groups[0]["lr"] = 0.1 * min(p / 0.2, (1 - p) / 0.8)
        value = quadratic(twin, ONES[0])
        adam.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(twin.parameters(), 0.5)
        adam.step()
        losses.append(value.item())
    assert [value for _, value in history.losses] == pytest.approx(losses, rel=1e-5)
    torch.testing.assert_close(weights(model), weights(twin))


def test_clipping_bounds_the_gradient() -> None:
    norms = []

    def loss(model: Any, batch: Tensor) -> Tensor:
        grads = [p.grad for p in model.parameters() if p.grad is not None]
        if grads:
            norms.append(torch.cat([g.flatten() for g in grads]).norm().item())
        return 100 * quadratic(model, batch)

    fit(line(), ONES, loss=loss, steps=5, clip=0.3)
    assert norms == pytest.approx([0.3] * 4, rel=1e-3)
    norms.clear()
    fit(line(), ONES, loss=loss, steps=5, clip=None)
    assert min(norms) > 1


def test_accumulated_batches_equal_one_large_batch() -> None:
    torch.manual_seed(5)
    small = list(torch.randn(6, 5, 3))
    large = [torch.cat(small[i : i + 3]) for i in (0, 3)]
    model, twin = line(), line()
    found = fit(model, small, loss=quadratic, steps=7, accumulate=3, clip=None)
    want = fit(twin, large, loss=quadratic, steps=7, clip=None)
    torch.testing.assert_close(weights(model), weights(twin))
    # Adam forgets the scale of a gradient, so look at the last one
    torch.testing.assert_close(model.weight.grad, twin.weight.grad)
    assert dict(found.losses) == pytest.approx(dict(want.losses))
    assert len(found.losses) == 7


def test_each_accumulated_batch_counts_the_same() -> None:
    torch.manual_seed(5)
    batches = [torch.randn(2, 3), torch.randn(7, 3)]
    model, twin = line(), line()
    found = fit(model, batches, loss=quadratic, steps=3, accumulate=2)

    def mean(net: Any, _: Tensor) -> Tensor:
        return (quadratic(net, batches[0]) + quadratic(net, batches[1])) / 2

    want = fit(twin, ONES, loss=mean, steps=3)
    torch.testing.assert_close(weights(model), weights(twin))
    assert dict(found.losses) == pytest.approx(dict(want.losses))


def test_one_seed_repeats() -> None:
    runs = {}
    for seed in (3, 3, 5):
        model = Tagger()
        history = fit(model, data(), loss=copy_loss, steps=11, seed=seed)
        runs.setdefault(seed, []).append((history.losses, weights(model)))
    assert runs[3][0][0] == runs[3][1][0]
    assert runs[3][0][1].equal(runs[3][1][1])
    assert runs[3][0][0] != runs[5][0][0]


def test_epochs_are_announced_and_differ() -> None:
    class Epochs:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def set_epoch(self, epoch: int) -> None:
            self.seen.append(epoch)

        def __iter__(self):
            return iter(ONES * 3)

    batches = Epochs()
    fit(line(), batches, loss=quadratic, steps=7)
    assert batches.seen == [0, 1, 2]


@pytest.mark.parametrize(
    ("broken_at", "accumulate"), [(8, 1), (13, 1), (14, 1), (22, 1), (28, 3)]
)
def test_interrupted_and_resumed_equals_uninterrupted(
    tmp_path: Path, broken_at: int, accumulate: int
) -> None:
    # 7 batches an epoch, a checkpoint every 7: inside and at the end of epochs; with
    # three batches an update, one update has batches of two epochs
    def run(folder: Path, fails: bool) -> tuple[Any, Tensor]:
        model = Tagger()
        calls = [0]

        def loss(net: Any, batch: Any) -> Tensor:
            calls[0] += 1
            if fails and calls[0] == broken_at:
                raise KeyboardInterrupt
            return copy_loss(net, batch)

        def validate(net: Any) -> float:
            torch.rand(5)  # validation that draws must not change training
            return float(copy_loss(net, next(iter(data(shuffle=False)))))

        history = fit(
            model,
            data(),
            loss=loss,
            steps=23,
            validate=validate,
            every=7 if broken_at == 14 else 3,
            checkpoint=folder,
            seed=5,
            accumulate=accumulate,
        )
        return history, weights(model)

    whole, expected = run(tmp_path / "whole", fails=False)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "broken", fails=True)
    resumed, found = run(tmp_path / "broken", fails=False)
    assert resumed.losses == whole.losses
    assert resumed.validations == whole.validations
    assert resumed.best == whole.best
    assert found.equal(expected)
    assert len(list((tmp_path / "broken").iterdir())) == 1  # only the newest is kept


def test_a_finished_run_comes_back_at_once(tmp_path: Path) -> None:
    first = Tagger()
    done = fit(first, data(), loss=copy_loss, steps=5, checkpoint=tmp_path)

    def never(model: Any, batch: Any) -> Tensor:
        raise AssertionError("the run was finished")

    second = Tagger()
    again = fit(second, data(), loss=never, steps=5, checkpoint=tmp_path)
    assert again == done
    assert weights(second).equal(weights(first))
    fresh = fit(
        Tagger(), data(), loss=copy_loss, steps=5, checkpoint=tmp_path, resume=False
    )
    assert fresh.losses == done.losses


@pytest.mark.parametrize(
    "damage", ["model.safetensors", "optimizer.pt", "generators-0.pt", "fit.json", None]
)
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str | None) -> None:
    fit(line(), ONES, loss=quadratic, steps=3, checkpoint=tmp_path)
    place = tmp_path / "step-3"
    if damage is None:
        (place / "optimizer.pt").unlink()
    elif damage == "fit.json":
        (place / damage).write_text((place / damage).read_text()[:-9])
    else:
        raw = bytearray((place / damage).read_bytes())
        raw[len(raw) // 2] ^= 1  # one bit
        (place / damage).write_bytes(raw)
    with pytest.raises(ValueError, match=r"step-3 is damaged .*resume=False"):
        fit(line(), ONES, loss=quadratic, steps=3, checkpoint=tmp_path)


def test_an_unfinished_save_is_ignored(tmp_path: Path) -> None:
    done = fit(line(), ONES, loss=quadratic, steps=3, checkpoint=tmp_path)
    (tmp_path / "step-9.partial").mkdir()
    assert fit(line(), ONES, loss=quadratic, steps=3, checkpoint=tmp_path) == done


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    fit(line(), ONES, loss=quadratic, steps=3, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="'steps': '3 there, 5 here'"):
        fit(line(), ONES, loss=quadratic, steps=5, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="another model"):
        fit(nn.Linear(3, 5), ONES, loss=quadratic, steps=3, checkpoint=tmp_path)


def test_a_checkpoint_is_plain(tmp_path: Path) -> None:
    fit(line(), ONES, loss=quadratic, steps=3, checkpoint=tmp_path)
    record = json.loads((tmp_path / "step-3" / "fit.json").read_text())
    assert record["settings"]["steps"] == 3
    assert len(record["progress"]["losses"]) == 3


def test_patience_stops_and_the_best_weights_come_back() -> None:
    model = line()
    seen: list[Tensor] = []
    scores = iter([5.0, 3.0, 4.0, 3.0, 2.0])

    def validate(net: nn.Module) -> float:
        assert not net.training
        assert not torch.is_grad_enabled()
        seen.append(weights(net))
        return next(scores)

    history = fit(
        model,
        ONES,
        loss=quadratic,
        steps=100,
        validate=validate,
        every=2,
        patience=2,
    )
    # 3.0 again is no improvement
    assert history.validations == [(2, 5.0), (4, 3.0), (6, 4.0), (8, 3.0)]
    assert (history.stopped, history.steps, history.best) == ("patience", 8, (4, 3.0))
    assert weights(model).equal(seen[1])
    assert not weights(model).equal(seen[-1])


def test_validates_ten_times_and_at_the_end() -> None:
    history = fit(line(), ONES, loss=quadratic, steps=31, validate=lambda net: 1.0)
    assert len(history.validations) == 10
    assert history.validations[-1][0] == 31
    history = fit(
        line(), ONES, loss=quadratic, steps=7, validate=lambda net: 1.0, every=3
    )
    assert [step for step, _ in history.validations] == [3, 6, 7]


def test_seconds_end_a_run_with_its_decay_done(monkeypatch: pytest.MonkeyPatch) -> None:
    # a clock on which a step takes one second, and a validation a hundred
    now = [0.0]
    monkeypatch.setattr(train.time, "perf_counter", lambda: now[0])
    rates: list[float] = []
    real = train.schedule
    monkeypatch.setattr(
        train, "schedule", lambda p, w: rates.append(real(p, w)) or rates[-1]
    )

    def loss(model: Any, batch: Tensor) -> Tensor:
        now[0] += 1
        return quadratic(model, batch)

    def validate(model: Any) -> float:
        now[0] += 100
        return 1.0

    history = fit(line(), ONES, loss=loss, steps=10**6, seconds=20.0, validate=validate)
    assert (history.steps, history.seconds, history.stopped) == (20, 20, "budget")
    assert len(history.validations) == 10
    assert max(rates) > 0.9
    assert 0 < rates[-1] < 0.1
    history = fit(line(), ONES, loss=loss, seconds=3.0)
    assert history.steps == 3


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops(bad: float) -> None:
    model = line()
    kept: list[Tensor] = []

    def loss(net: Any, batch: Tensor) -> Tensor:
        kept.append(weights(net))
        return quadratic(net, batch) * (bad if len(kept) == 5 else 1)

    with pytest.raises(FloatingPointError, match="the loss of step 5"):
        fit(model, ONES, loss=loss, steps=11)
    assert weights(model).equal(kept[4])  # the bad step was not taken


def test_a_validation_that_is_not_finite_stops() -> None:
    with pytest.raises(FloatingPointError, match="after step 2"):
        fit(line(), ONES, loss=quadratic, steps=5, every=2, validate=lambda m: math.nan)


def test_bad_batches() -> None:
    with pytest.raises(ValueError, match="batches is empty"):
        fit(line(), [], loss=quadratic, steps=3)
    with pytest.raises(TypeError, match="only once"):
        fit(line(), iter(ONES), loss=quadratic, steps=3)


@pytest.mark.parametrize(
    "loss", [lambda m, x: m(x), lambda m, x: 3.0, lambda m, x: m(x).mean().detach()]
)
def test_a_loss_that_is_no_scalar_with_gradient(loss: Any) -> None:
    with pytest.raises(ValueError, match="one number with a gradient"):
        fit(line(), ONES, loss=loss, steps=3)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "budget"),
        ({"steps": 0}, "steps"),
        ({"steps": 3, "lr": -1.0}, "lr"),
        ({"steps": 3, "warmup": 1.0}, "warmup"),
        ({"steps": 3, "clip": 0.0}, "clip"),
        ({"steps": 3, "accumulate": 0}, "accumulate"),
        ({"steps": 3, "patience": 2}, "validate="),
        ({"steps": 3, "device": "tpu"}, "device"),
    ],
)
def test_bad_settings(settings: dict[str, Any], word: str) -> None:
    with pytest.raises((ValueError, RuntimeError), match=word):
        fit(line(), ONES, loss=quadratic, **settings)


def test_a_model_with_nothing_to_learn() -> None:
    with pytest.raises(ValueError, match="no parameter"):
        fit(line().requires_grad_(False), ONES, loss=quadratic, steps=3)


def test_frozen_weights_stay() -> None:
    model = line()
    model.bias.requires_grad_(False)
    bias = model.bias.clone()
    fit(model, ONES, loss=quadratic, steps=3)
    assert model.bias.equal(bias)


def test_precision_can_change_within_a_process() -> None:
    kinds = []

    def loss(model: Any, batch: Tensor) -> Tensor:
        kinds.append((batch @ model.weight.T).dtype)
        return quadratic(model, batch).float()

    for precision in ("no", "bf16", "no"):
        model = line()
        fit(model, ONES, loss=loss, steps=1, mixed_precision=precision)
        assert model(ONES[0]).dtype == torch.float32
        assert model.weight.dtype == torch.float32
    assert kinds == [torch.float32, torch.bfloat16, torch.float32]


def test_it_learns_in_half_precision() -> None:
    model = Tagger()
    history = fit(
        model, data(), loss=copy_loss, steps=210, lr=2e-2, mixed_precision="bf16"
    )
    assert history.losses[0][1] > 2
    assert history.losses[-1][1] < 0.5
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_processes_share_an_order_though_a_loader_draws_it_late() -> None:
    def first(rank: int) -> tuple[list[float], float]:
        stream = train._stream(data(), 5, rank, train.Progress(), None)
        items = [next(stream)[2][0].sum().item() for _ in range(14)]
        return items, torch.rand(1).item()

    (one, noise), (two, other) = first(0), first(1)
    assert one == two
    assert one[:7] != one[7:]  # two epochs
    assert noise != other  # dropout is each one's own


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_shown_only_where_somebody_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # the class is replaced by one that waits for nothing
    real = train.tqdm
    monkeypatch.setattr(
        train, "tqdm", lambda **kw: real(**{**kw, "delay": 0, "file": sys.stderr})
    )

    def shown(screen: io.StringIO, **settings: Any) -> str:
        monkeypatch.setattr(sys, "stderr", screen)
        fit(line(), ONES, loss=quadratic, steps=5, **settings)
        return screen.getvalue()

    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    assert "fit" in shown(Terminal())
    assert shown(Terminal(), progress=False) == ""
    assert shown(io.StringIO()) == ""
    monkeypatch.setenv("COURSE_PROGRESS", "0")
    assert shown(Terminal()) == ""
