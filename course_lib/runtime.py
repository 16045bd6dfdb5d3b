"""The first line of every notebook: seeds, device, preset and figure style."""

import os
import pickle
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, TypeVar

import matplotlib.style
import numpy as np
import torch
from torch import nn

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

    def grid(self, function: Callable[..., T], *axes: Iterable[Any]) -> dict[Any, T]:
        """``{(a, b): function(a, b) for a in axes[0] for b in axes[1]}``, on all cores.

        ``models = run.grid(train, scores, seeds)`` trains a model of every score with
        every seed, on two cores two at a time. With one axis the keys are its elements.
        Each call begins with the random generators as they are now, and they are left
        so: the results do not depend on the number of cores, to the last bit.

        On a CPU under Linux the calls run in forked processes. A call sees everything
        that is defined here, but what it *changes* stays there: return what you want.
        On a GPU, under macOS and Windows, where a process cannot be forked safely, and
        with more than one thread, the calls run here, one after the other.

        Raises:
            TypeError: without an axis, and if a result cannot be sent from a process,
                because it holds a lambda or something else that pickle has no name for.
            Exception: what a call raises is raised here.
        """
        from .checkpoints import generators, set_generators  # take a second to import
        from .train import bar

        if not axes:
            raise TypeError("give grid at least one axis: run.grid(train, seeds)")
        jobs = list(product(*axes))
        state = generators()

        def call(k: int) -> bytes:
            set_generators(state)
            result = function(*jobs[k])
            try:
                return pickle.dumps(result)
            except (pickle.PicklingError, AttributeError, TypeError) as error:
                raise TypeError(
                    f"run.grid brings results here by pickle, and cannot: {error}. "
                    "Give every function and class in a result a name at the top level"
                ) from error

        keys = [job if len(axes) > 1 else job[0] for job in jobs]
        results = {}
        text = "grid: {n}/{total} |{bar}| {elapsed}<{remaining}"
        with bar(len(jobs), text) as shown:
            calls = _calls(call, len(jobs), self._cores())
            for key, result in zip(keys, calls, strict=True):
                results[key] = _compact(pickle.loads(result))
                shown.update()
        set_generators(state)
        return results

    def _cores(self) -> int:
        """How many calls may run at a time."""
        # a fork while OpenMP has threads leaves the child waiting for them for ever
        forks = sys.platform == "linux" and torch.get_num_threads() == 1
        alone = self.device.type != "cpu" or torch.cuda.is_initialized()
        return len(os.sched_getaffinity(0)) if forks and not alone else 1

    def __repr__(self) -> str:
        return f"device {self.device}, preset {self.preset}, seed {self.seed}"


_call: Callable[[int], bytes]  # set in each forked process


def _begin(call: Callable[[int], bytes]) -> None:
    global _call
    _call = call
    os.environ["COURSE_PROGRESS"] = "0"  # the bar is the parent's


def _numbered(k: int) -> bytes:
    return _call(k)


def _compact(result: Any) -> Any:
    """The result; an RNN's weights in one piece, as cuDNN wants them.

    Pickle takes them apart, and then each call on a GPU would copy and warn.
    """
    parts = result.values() if isinstance(result, dict) else result
    for part in parts if isinstance(result, (dict, list, tuple)) else [result]:
        if isinstance(part, nn.Module):
            for module in part.modules():
                if isinstance(module, nn.RNNBase):
                    module.flatten_parameters()
    return result


def _calls(call: Callable[[int], bytes], count: int, cores: int) -> Iterator[bytes]:
    """call(0), call(1), ... in this order, ``cores`` of them at a time."""
    if min(cores, count) < 2:
        yield from map(call, range(count))
        return
    fork = get_context("fork")  # children inherit `call`, and all that it refers to
    with ProcessPoolExecutor(
        min(cores, count), mp_context=fork, initializer=_begin, initargs=(call,)
    ) as pool:
        with warnings.catch_warnings():
            # Python 3.12 warns of threads in the parent; a kernel's do no work
            warnings.simplefilter("ignore", DeprecationWarning)
            results = pool.map(_numbered, range(count))
        yield from results


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
