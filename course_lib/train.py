"""One training loop for every model, on Hugging Face accelerate."""

import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import broadcast, send_to_device
from torch import Tensor, nn
from tqdm import tqdm

from .checkpoints import Checkpoints, Progress, set_generators

B = TypeVar("B")
LOOKS = 10  # validations and checkpoints in a run, where `every` does not say
PENDING = 50  # losses kept on a GPU before the CPU waits for them


@dataclass(frozen=True, repr=False)
class History:
    """What happened in `fit`.

    Attributes:
        losses: (step, loss) for every step, counted from 1.
        validations: (step, value of ``validate``), oldest first.
        steps: updates made, over all resumed runs.
        seconds: training time, without validation and checkpoints.
        stopped: ``"budget"`` or ``"patience"``.
        best: the validation whose weights the model holds now; None without
            ``validate``: then it holds the last weights.
    """

    losses: list[tuple[int, float]]
    validations: list[tuple[int, float]]
    steps: int
    seconds: float
    stopped: Literal["budget", "patience"]
    best: tuple[int, float] | None

    def __repr__(self) -> str:
        text = f"{self.steps} steps, stopped by {self.stopped}"
        if self.losses:
            text += f", last loss {self.losses[-1][1]:.3f}"
        if self.best is not None:
            text += f", weights of step {self.best[0]} (validation {self.best[1]:.3f})"
        return text


def schedule(progress: float | int, warmup: float | int) -> float:
    """η(p)/η = min(p/w, (1 − p)/(1 − w)), p the share of the budget used, w = warm-up.

    It rises from 0 to 1 while p < w, then falls to 0 at p = 1. Because p is a share,
    not a step, a machine that gets through fewer steps still finishes its decay.
    """
    if progress < warmup:
        return max(0.0, progress / warmup)
    return max(0.0, (1 - progress) / (1 - warmup))


def fit(
    model: nn.Module,
    batches: Iterable[B],
    *,
    loss: Callable[[Any, B], Tensor],
    steps: int | None = None,
    seconds: float | int | None = None,
    lr: float | int = 2e-3,
    warmup: float | int = 0.05,
    clip: float | int | None = 1.0,
    validate: Callable[[Any], float] | None = None,
    every: int | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = True,
    progress: bool = True,
    seed: int = 0,
    device: str | torch.device | None = None,
    mixed_precision: Literal["no", "bf16", "fp16"] = "no",
    accumulate: int = 1,
) -> History:
    """θ ← Adam(θ, clip(∇_θ L)), at the learning rate η·`schedule`(p, warmup).

    The budget is ``steps`` updates, or ``seconds`` of training, or both, whichever
    runs out first: p = max(step/steps, elapsed/seconds).

    At the end the model is in evaluation mode, on the device it was trained on. With
    ``validate`` it holds the weights of the best validation (`History.best` says
    which), otherwise the last ones.

    Training repeats exactly for one seed on one CPU, and so does a run that is
    interrupted and resumed from its checkpoint; with ``seconds`` the schedule follows
    the clock, so neither holds to the last bit.

    An update uses ``accumulate`` batches a process, and the mean of their gradients:
    each batch counts the same, so the update is that of one large batch where all
    hold equally many target tokens.  Under ``accelerate launch --multi_gpu`` (on CPUs
    too, with ``device="cpu"``) or ``torchrun`` each process takes its share of the
    batches in turn, so that two processes make the updates of one with twice
    ``accumulate``. Only the main process validates, prints and saves weights;
    `History.losses` are the main process's.

    Args:
        model: trained in place.
        batches: one epoch each time it is gone through: `ByLength`, a list, a
            DataLoader. If it has ``set_epoch``, that is called first. Batches go to
            the device by their ``to``.
        loss: ``loss(model, batch)``, a scalar to minimise. If it has
            ``set_progress``, that is called with p before each step.
        steps: the most updates to make.
        seconds: the most seconds to train; validation and checkpoints do not count.
        lr: η, the learning rate at the top of the schedule.
        warmup: the share of the budget in which the learning rate rises.
        clip: the largest norm of the gradient; None leaves it alone.
        validate: ``validate(model)``, lower is better; called without gradients, in
            evaluation mode.
        every: validate and save each so many steps; None: ten times in the budget.
            It is always done at the end.
        patience: stop after so many validations in a row without a new best.
        checkpoint: a folder for the newest checkpoint; None saves nothing.
        resume: go on from the checkpoint if there is one (a finished run comes back
            at once); False starts afresh and replaces it.
        progress: show a bar once a run lasts 3 seconds, on a terminal or in a live
            notebook; the environment variable COURSE_PROGRESS=0 hides every bar.
        seed: each epoch is seeded from it, so shuffling and dropout can be replayed.
            The global generators of Python, NumPy and PyTorch are used.
        device: ``"cpu"`` or ``"cuda"``; None is CUDA where there is one.
        mixed_precision: ``"no"``, ``"bf16"``, or ``"fp16"`` (GPU only).
        accumulate: batches a process in each update.

    Raises:
        ValueError: for a setting out of range, batches that are empty, a loss that is
            no scalar, or a checkpoint that is damaged or of another run or model.
        TypeError: if the batches can be gone through only once.
        FloatingPointError: if a loss or a validation is not finite; it names the
            step. On a CPU the weights are still those before that step.

    Reference:
        Kingma and Ba 2015 for Adam; Pascanu et al. 2013 for clipping.
    """
    positive: dict[str, Any] = {"steps": steps, "seconds": seconds, "lr": lr}
    positive |= {"clip": clip, "every": every, "patience": patience}
    positive["accumulate"] = accumulate
    for name, setting in positive.items():
        if setting is not None and not setting > 0:
            raise ValueError(f"{name} must be positive, not {setting}")
    if steps is None and seconds is None:
        raise ValueError("give a budget: steps=, seconds=, or both")
    if not 0 <= warmup < 1:
        raise ValueError(f"warmup is a share of the budget in [0, 1), not {warmup}")
    if patience is not None and validate is None:
        raise ValueError("patience counts validations: give validate= as well")
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError("the model has no parameter that requires a gradient")

    accelerator = _accelerator(device, mixed_precision)
    net = accelerator.prepare(model)
    # fp16 unscales gradients between backward and step; the rest takes one fused kernel
    adam = torch.optim.Adam(parameters, lr=lr, fused=mixed_precision != "fp16")
    # accelerate's wrapper is needed to scale gradients only, and looks for packages on
    # disk at every step: 0.1 ms
    optimizer = adam if accelerator.scaler is None else accelerator.prepare(adam)

    now, best_weights, generators, store = Progress(), None, None, None
    if checkpoint is not None:
        settings = positive | {"warmup": warmup, "validate": validate is not None}
        settings |= {"seed": seed, "mixed_precision": mixed_precision}
        settings["processes"] = accelerator.num_processes
        store = Checkpoints(Path(checkpoint), settings, accelerator, model, optimizer)
        if resume:
            now, best_weights, generators = store.load()

    def share(step: float | int) -> float:
        """How much of the budget is used."""
        return max(step / (steps or math.inf), now.seconds / (seconds or math.inf))

    def read() -> None:
        """Put the pending losses into the history."""
        for value in torch.stack(pending).tolist() if pending else []:
            step = len(now.losses) + 1
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"the loss of step {step} is {value}: training stopped. Try a "
                    "smaller lr, and look in that batch for log(0), a division by 0 "
                    "or a row with nothing visible"
                )
            now.losses.append((step, value))
        pending.clear()

    stream = _stream(batches, seed, accelerator.process_index, now, generators)
    pending: list[Tensor] = []
    most_stale = math.inf if patience is None else patience
    text = "fit: {percentage:3.0f} %|{bar}| {elapsed}<{remaining} {postfix}"
    shown = bar(100, text, progress and accelerator.is_main_process)
    model.train()
    started = time.perf_counter() - now.seconds
    try:
        while share(now.step) < 1 and now.stale < most_stale:
            # the middle of the step: never a learning rate of exactly 0
            middle = share(now.step + 0.5)
            for group in adam.param_groups:
                group["lr"] = lr * schedule(middle, warmup)
            if hasattr(loss, "set_progress"):
                loss.set_progress(middle)

            values = []
            for part in range(accumulate):
                # every process goes through all batches, and takes its own of each turn
                turn = list(islice(stream, accelerator.num_processes))
                now.epoch, now.used, _ = turn[-1]
                mine = turn[accelerator.process_index][2]
                batch = send_to_device(mine, accelerator.device)
                last = part == accumulate - 1  # processes meet once an update
                with nullcontext() if last else accelerator.no_sync(net):
                    with accelerator.autocast():
                        value = _scalar(loss(net, batch))
                    if part == 0:  # until here, a loss may look at the last gradient
                        adam.zero_grad()
                    accelerator.backward(value / accumulate)
                values.append(value.detach())
            pending.append(torch.stack(values).mean())
            # on a CPU, to read a loss waits for nothing
            if accelerator.device.type == "cpu" or len(pending) == PENDING:
                read()
            if clip is not None:
                accelerator.clip_grad_norm_(parameters, clip)
            optimizer.step()

            before = share(now.step)
            now.step += 1
            now.seconds = time.perf_counter() - started
            if seconds is not None:
                now.seconds = _of_main(now.seconds, accelerator)
            done = share(now.step)
            shown.update(min(100 * done, 100) - shown.n)
            by_tenths = int(LOOKS * done) > int(LOOKS * before)
            look = by_tenths if every is None else now.step % every == 0
            if not (look or done >= 1):
                continue

            read()
            shown.set_postfix_str(f"loss {now.losses[-1][1]:.3f}", refresh=False)
            if validate is not None:
                score = _validate(validate, model, now.step, accelerator)
                now.validations.append((now.step, score))
                now.stale += 1
                if now.best is None or score < now.best[1]:
                    now.best, now.stale = (now.step, score), 0
                    best_weights = _copy(model)
            if store is not None:
                store.save(now, best_weights)
            started = time.perf_counter() - now.seconds  # as if that had taken no time
    finally:
        shown.close()
        accelerator.unwrap_model(net, keep_fp32_wrapper=False)
    if best_weights is not None:
        model.load_state_dict(best_weights)
    model.eval()
    patient = now.stale < most_stale
    stopped: Literal["budget", "patience"] = "budget" if patient else "patience"
    return History(
        now.losses, now.validations, now.step, now.seconds, stopped, now.best
    )


def _accelerator(
    device: str | torch.device | None, mixed_precision: str
) -> Accelerator:
    default = "cuda" if torch.cuda.is_available() else "cpu"
    kind = default if device is None else torch.device(device).type
    if kind not in ("cpu", "cuda"):
        raise ValueError(f"device must be 'cpu' or 'cuda', not {str(device)!r}")
    if kind == "cuda" and not torch.cuda.is_available():
        raise ValueError("device='cuda', but PyTorch sees no GPU: use device='cpu'")
    # accelerate keeps a process's first choice for good; a notebook may choose again
    state = AcceleratorState._shared_state
    if state and PartialState().num_processes == 1:
        known = AcceleratorState()
        if (known.device.type, known.mixed_precision) != (kind, mixed_precision):
            AcceleratorState._reset_state(reset_partial_state=True)
    return Accelerator(cpu=kind == "cpu", mixed_precision=mixed_precision)


def _seed_all(seed: int, epoch: int, rank: int) -> None:
    mixed = int(np.random.SeedSequence([seed, epoch, rank]).generate_state(1)[0])
    random.seed(mixed)
    np.random.seed(mixed)  # libraries draw from the global generator
    torch.manual_seed(mixed)


def _stream(
    batches: Iterable[B], seed: int, rank: int, start: Progress, generators: Any
) -> Iterator[tuple[int, int, B]]:
    """(epoch, batches taken from it, batch), without end, from where ``start`` is."""
    epoch, skip = start.epoch, start.used
    while True:
        # one seed for every process until the order is drawn, then one for each
        _seed_all(seed, epoch, 0)
        if hasattr(batches, "set_epoch"):
            batches.set_epoch(epoch)
        items = iter(batches)
        if items is batches:
            raise TypeError(
                "batches can be gone through only once: give a list, a ByLength or a "
                "DataLoader, not a generator"
            )
        # a DataLoader draws its order when it is asked for the first batch
        items = chain(list(islice(items, 1)), items)
        if rank > 0:
            _seed_all(seed, epoch, rank)
        if sum(1 for _ in islice(items, skip)) < skip:
            raise ValueError(
                f"an epoch has fewer than the {skip} batches that the checkpoint had "
                "used: it belongs to other data; pass resume=False to start afresh"
            )
        if generators is not None:
            set_generators(generators)
            generators = None
        used = skip
        for used, batch in enumerate(items, start=skip + 1):
            yield epoch, used, batch
        if used == 0:
            raise ValueError("batches is empty: an epoch has no batch to learn from")
        epoch, skip = epoch + 1, 0


def _scalar(value: Any) -> Tensor:
    if isinstance(value, Tensor) and value.numel() == 1 and value.requires_grad:
        return value.reshape(())
    raise ValueError(
        f"loss(model, batch) must give one number with a gradient, not {value!r}"
    )


def _validate(
    validate: Callable[[Any], float],
    model: nn.Module,
    step: int,
    accelerator: Accelerator,
) -> float:
    score = 0.0
    if accelerator.is_main_process:
        model.eval()
        with torch.no_grad():
            score = float(validate(model))
    model.train()
    score = _of_main(score, accelerator)
    if not math.isfinite(score):
        raise FloatingPointError(f"validate(model) gave {score} after step {step}")
    return score


def _of_main(value: float | int, accelerator: Accelerator) -> float:
    """The main process's value, so that all processes decide alike."""
    if accelerator.num_processes == 1:
        return value
    return float(broadcast(torch.tensor([value], device=accelerator.device))[0])


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {
        name: weight.detach().clone(memory_format=torch.contiguous_format)
        for name, weight in model.state_dict().items()
    }


def bar(total: int, text: str, wanted: bool = True) -> Any:
    """A tqdm bar once it lasts 3 seconds, which shows nothing where nobody looks."""
    kernel = sys.modules.get("ipykernel.kernelapp")
    live = kernel is not None and kernel.IPKernelApp.initialized()
    terminal = sys.stderr is not None and sys.stderr.isatty()
    hidden = os.environ.get("COURSE_PROGRESS") == "0"
    return tqdm(
        total=total,
        delay=3,
        leave=False,
        mininterval=0.5,
        bar_format=text,
        disable=not wanted or hidden or not (live or terminal),
    )
