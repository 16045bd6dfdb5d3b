"""The first line of every notebook: seeds, device, preset and figure style."""

import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import matplotlib.style
import numpy as np
import torch

T = TypeVar("T")
Preset = Literal["laptop", "gpu"]


@dataclass(frozen=True, repr=False)
class Run:
    """What `setup` decided: the seed, the device and the preset of this run."""

    seed: int
    device: torch.device
    preset: Preset

    def pick(self, *, laptop: T, gpu: T) -> T:
        """The value for this run's preset: ``run.pick(laptop=300, gpu=5000)``."""
        return laptop if self.preset == "laptop" else gpu

    def __repr__(self) -> str:
        return f"device {self.device}, preset {self.preset}, seed {self.seed}"


def setup(seed: int) -> Run:
    """Seed everything, choose device and preset, set the figure style.

    Seeds Python's, NumPy's and PyTorch's global generators. The device is CUDA where
    there is one, else the CPU. The preset is ``gpu`` with CUDA and ``laptop``
    without; the environment variable ``COURSE_PRESET`` overrides it.

    The laptop preset computes on one thread. Networks of a chapter's size gain next to
    nothing from more, on a busy machine they lose severalfold, and so the digits do not
    depend on the number of cores: on one kind of CPU, two runs agree to the last bit.
    On a GPU cuDNN is asked for its deterministic kernels and its benchmarking is off.
    `torch.use_deterministic_algorithms` stays off on purpose: it warns on ordinary
    layers and fills every new tensor, and digits would still differ between devices.

    Raises:
        ValueError: if ``seed`` is not between 0 and 2³² − 1, or if ``COURSE_PRESET``
            names no preset.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be between 0 and 2**32 - 1, not {seed}")
    has_gpu = torch.cuda.is_available()
    preset: Any = os.environ.get("COURSE_PRESET", "").strip()
    preset = preset or ("gpu" if has_gpu else "laptop")
    if preset not in ("laptop", "gpu"):
        raise ValueError(
            f"COURSE_PRESET={preset!r} is no preset: set it to 'laptop' or 'gpu', "
            "or leave it unset"
        )
    if preset == "laptop":
        torch.set_num_threads(1)
    random.seed(seed)
    np.random.seed(seed)  # libraries draw from the global generator
    torch.manual_seed(seed)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    matplotlib.style.use(str(Path(__file__).with_name("course.mplstyle")))
    kernel = sys.modules.get("ipykernel.kernelapp")
    if kernel is not None and kernel.IPKernelApp.initialized():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("retina")
    return Run(seed, torch.device("cuda" if has_gpu else "cpu"), preset)
