"""A training run small enough to be killed, or to be shared by processes.

``python small_run.py FOLDER [PLACE TIME]`` trains, and writes what came of it to
FOLDER/result.pt.  At its TIME-th visit to PLACE, "loss" or "save", the process of the
highest rank kills itself in the way that no program can refuse.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from course_lib import checkpoints
from course_lib.data.batching import Batch
from course_lib.decoders import BahdanauDecoder
from course_lib.encoders import RNNEncoder
from course_lib.losses import teacher_forcing
from course_lib.models import Seq2Seq
from course_lib.train import History, fit

V, D, N, B = 11, 7, 3, 5


def batch(rows: list[Tensor]) -> Batch:
    y = torch.stack(rows)
    bos, eos = torch.full((len(y), 1), 1), torch.full((len(y), 1), 2)
    lengths = torch.full((len(y),), N)
    return Batch(y, lengths, torch.cat([bos, y], 1), torch.cat([y, eos], 1))


def batches(size: int = B) -> DataLoader:
    """Ten batches of 5, shuffled in each epoch."""
    y = torch.randint(4, V, (10 * B, N), generator=torch.Generator().manual_seed(5))
    return DataLoader(list(y), batch_size=size, shuffle=True, collate_fn=batch)


def run(
    folder: Path | None,
    *,
    loss: Any = teacher_forcing,
    dropout: float = 0.0,
    steps: int = 23,
    size: int = B,
    accumulate: int = 1,
) -> tuple[History, Tensor]:
    torch.manual_seed(3)
    enc = RNNEncoder(V, D, D)
    dec = BahdanauDecoder(V, D, D, enc.d_h, enc.d_s0, dropout=dropout)
    model = Seq2Seq(enc, dec)
    history = fit(
        model,
        batches(size),
        loss=loss,
        steps=steps,
        every=4,
        lr=1e-2,
        checkpoint=folder,
        accumulate=accumulate,
        device="cpu",
    )
    return history, nn.utils.parameters_to_vector(model.parameters()).detach()


def killing(function: Callable[..., Any], time: int) -> Callable[..., Any]:
    """The function, until its time-th call."""
    calls = []

    def visited(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)

    return visited


if __name__ == "__main__":
    torch.set_num_threads(1)
    rank, world = (
        int(os.environ.get(k, d)) for k, d in (("RANK", 0), ("WORLD_SIZE", 1))
    )
    where, place, time = Path(sys.argv[1]), *(sys.argv[2:] or ("nowhere", "0"))
    loss = teacher_forcing
    if rank == world - 1 and place == "loss":
        loss = killing(teacher_forcing, int(time))
    if rank == world - 1 and place == "save":
        checkpoints._sha256 = killing(checkpoints._sha256, int(time))
    found = run(where, loss=loss, dropout=0.3 if world == 1 else 0.0)
    if rank == 0:
        torch.save((found[0].losses, found[1]), where / "result.pt")
