"""A decoding step against the length of the source, as ratios of CPU time.

Run with ``make bench``.  In a window a step reads 2D + 1 states, so that a long source
costs what a short one costs; with global attention it costs in proportion.
"""

import statistics
import time

import pytest
import torch

from course_lib.encoders import Memory
from course_lib.local import LocalM, LocalP
from course_lib.luong import LuongDecoder
from course_lib.masks import padding_mask
from course_lib.scores import Additive

B, D_S, STEPS = 16, 128, 10
LENGTHS = [16, 64, 256, 1024, 4096]
DECODERS = {  # the window, whether the score is additive
    "global general": (lambda: None, False),
    "global additive": (lambda: None, True),
    "local-m, D = 10": (lambda: LocalM(10), False),
    "local-p, D = 10": (lambda: LocalP(D_S, D_S, 10), False),
    "local-p additive, D = 10": (lambda: LocalP(D_S, D_S, 10), True),
}


def costs(name: str, rounds: int = 15) -> list[float]:
    """CPU time of a step at each length over that at the first, lengths in turn."""
    window, additive = DECODERS[name]
    torch.manual_seed(0)
    score = Additive(D_S, D_S, D_S) if additive else None
    dec = LuongDecoder(50, D_S, D_S, D_S, D_S, score=score, window=window()).eval()
    y = torch.zeros(B, dtype=torch.long)
    starts = [
        dec.init(
            Memory(
                torch.randn(B, n, D_S),
                padding_mask(torch.full((B,), n), n),
                torch.randn(B, D_S),
            )
        )
        for n in LENGTHS
    ]
    found = []
    for turn in range(rounds + 1):
        seconds = []
        for state in starts:
            began = time.process_time()
            for _ in range(STEPS):
                _, state, _ = dec.step(y, state)
            seconds.append(time.process_time() - began)
        if turn:  # the first round warms up
            found.append([x / seconds[0] for x in seconds])
    return [statistics.median(column) for column in zip(*found, strict=True)]


@pytest.mark.parametrize("name", DECODERS)
@torch.no_grad()
def test_a_step_in_a_window_costs_the_same_at_every_length(name):
    found = costs(name)
    curve = "  ".join(f"{n}: x{x:.2f}" for n, x in zip(LENGTHS, found, strict=True))
    print(f"\ndecoding step against source length, {name}: {curve}")
    if name.startswith("local"):
        assert found[-1] < 1.2
    else:
        assert found[-1] > 3  # or there would be nothing to gain
