import dataclasses
import os
import random
import subprocess
import sys
from multiprocessing import get_context

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from course_lib.runtime import Run, setup
from course_lib.train import fit


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COURSE_PRESET", raising=False)
    with matplotlib.rc_context():
        yield


def draws() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_one_seed_gives_the_same_numbers() -> None:
    setup(3)
    first = draws()
    setup(3)
    assert draws() == first
    setup(5)
    assert all(a != b for a, b in zip(draws(), first, strict=True))


def test_the_line_a_notebook_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert repr(setup(3)) == "device cpu, preset laptop, seed 3"


def test_a_gpu_chooses_the_gpu_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    run = setup(3)
    assert run.device == torch.device("cuda")
    assert run.pick(laptop=300, gpu=5000) == 5000
    monkeypatch.setenv("COURSE_PRESET", "laptop")
    assert setup(3).pick(laptop=300, gpu=5000) == 300


def test_preset_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PRESET", "gpu")
    assert setup(3).preset == "gpu"
    monkeypatch.setenv("COURSE_PRESET", "")
    assert setup(3).preset in ("laptop", "gpu")
    monkeypatch.setenv("COURSE_PRESET", "big")
    with pytest.raises(ValueError, match="COURSE_PRESET='big'"):
        setup(3)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seed_out_of_range(seed: int) -> None:
    with pytest.raises(ValueError, match="seed"):
        setup(seed)


def test_run_is_frozen() -> None:
    run = Run(3, torch.device("cpu"), "laptop")
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.seed = 5  # type: ignore[misc]


def test_style_is_applied() -> None:
    matplotlib.rcdefaults()
    setup(3)
    assert tuple(plt.rcParams["figure.figsize"]) == (7, 4)
    assert plt.rcParams["axes.spines.top"] is False
    # at 360 px for 7 in, the smallest letters must still have 9 px
    smallest = min(plt.rcParams[k] for k in ("xtick.labelsize", "legend.fontsize"))
    assert smallest / 72 * 360 / 7 >= 9


def test_the_library_does_not_choose_a_backend() -> None:
    code = (
        "import matplotlib; matplotlib.use('svg')\n"
        "import course_lib.viz, course_lib.runtime as r; r.setup(3)\n"
        "assert matplotlib.get_backend() == 'svg', matplotlib.get_backend()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_laptop_preset_computes_on_one_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        monkeypatch.setenv("COURSE_PRESET", "gpu")
        setup(3)
        assert torch.get_num_threads() == 2
        monkeypatch.setenv("COURSE_PRESET", "laptop")
        setup(3)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def drawn(name: str, seed: int) -> tuple[str, float, torch.Tensor]:
    """Uses the global generators without seeding them."""
    return name, random.random() + float(np.random.rand()), torch.randn(3) + seed


@pytest.fixture
def cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid forks on machines without a GPU only."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.usefixtures("cpu")
@pytest.mark.parametrize("cores", [1, 3])
def test_a_grid_gives_what_a_loop_gives(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "_cores", lambda self: cores)
    run = setup(3)
    found = run.grid(drawn, "abc", range(2))
    after = draws()

    assert list(found) == [(name, seed) for name in "abc" for seed in range(2)]
    setup(3)
    assert draws() == after  # the generators were left alone
    for (name, seed), (_, x, tensor) in found.items():
        setup(3)
        expected = drawn(name, seed)  # each call begins where the grid began
        assert (name, x) == found[name, seed][:2] == expected[:2]
        assert torch.equal(tensor, expected[2])
    assert run.grid(abs, [-1, -2]) == {-1: 1, -2: 2}
    assert run.grid(abs, []) == {}


@pytest.mark.usefixtures("cpu")
def test_a_grid_trains_the_same_model_on_any_number_of_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = setup(3)
    batches = [(torch.randn(8, 4), torch.randn(8, 1)) for _ in range(5)]

    def train(seed: int) -> torch.nn.Module:
        torch.manual_seed(seed)
        model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Linear(8, 1))

        def loss(model: torch.nn.Module, batch: tuple) -> torch.Tensor:
            return (model(batch[0]) - batch[1]).square().mean()

        fit(model, batches, loss=loss, steps=20, seed=seed, device="cpu")
        return model

    models = {}
    for cores in (1, 2):
        monkeypatch.setattr(Run, "_cores", lambda self, cores=cores: cores)
        models[cores] = run.grid(train, range(3))
    for seed in range(3):
        pair = (models[cores][seed].parameters() for cores in (1, 2))
        assert all(torch.equal(a, b) for a, b in zip(*pair, strict=True))
    assert not torch.equal(models[2][0][0].weight, models[2][1][0].weight)


@pytest.mark.usefixtures("cpu")
@pytest.mark.skipif(sys.platform != "linux", reason="forks under Linux only")
@pytest.mark.parametrize("shape", ["model", "tuple", "list", "dict", "tensor"])
def test_a_grid_keeps_the_weights_of_an_rnn_in_one_piece(shape, monkeypatch):
    """cuDNN would copy them at each call, and warn; a CPU does not mind."""
    compact = []
    monkeypatch.setattr(nn.RNNBase, "flatten_parameters", lambda m: compact.append(m))

    def train(seed: int) -> object:
        model = nn.Sequential(nn.Linear(2, 3), nn.GRU(3, 2), nn.LSTM(2, 2))
        compact.clear()
        return {
            "model": model,
            "tuple": (model, 1.0),
            "list": [1.0, model],
            "dict": {"m": model},
            "tensor": torch.zeros(2, 3),
        }[shape]

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    setup(0).grid(train, [0])
    assert [type(m).__name__ for m in compact] == ["GRU", "LSTM"] * (shape != "tensor")


def test_a_grid_works_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Run, "_cores", lambda self: 2)
    run = setup(3)
    meeting = get_context("fork").Barrier(2)

    def meet(_: int) -> int:
        meeting.wait(timeout=30)  # one after the other, nobody would come
        return os.getpid()

    pids = run.grid(meet, range(2))
    assert len({*pids.values(), os.getpid()}) == 3


@pytest.mark.usefixtures("cpu")
@pytest.mark.parametrize("cores", [1, 2])
def test_a_grid_tells_what_went_wrong(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "_cores", lambda self: cores)
    run = setup(3)
    with pytest.raises(ZeroDivisionError):
        run.grid(lambda k: 1 / k, [1, 0, 2])
    with pytest.raises(TypeError, match="a name at the top level"):
        run.grid(lambda k: lambda: k, [1, 2])
    with pytest.raises(TypeError, match="at least one axis"):
        run.grid(abs)


def test_a_grid_forks_only_where_that_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    run = setup(3)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
        assert Run(3, torch.device("cpu"), "laptop")._cores() == 3
        assert Run(3, torch.device("cuda"), "gpu")._cores() == 1
        torch.set_num_threads(2)
        assert run._cores() == 1
        torch.set_num_threads(1)
        monkeypatch.setattr(sys, "platform", "darwin")
        assert run._cores() == 1
    finally:
        torch.set_num_threads(threads)
