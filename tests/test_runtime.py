import dataclasses
import random
import subprocess
import sys

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from course_lib.runtime import Run, setup


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
