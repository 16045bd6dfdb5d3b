"""What all tests share."""

from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
# Run by the graders' own tests, not collected: each folder holds other people's
# answers and the checks that are put to them.
collect_ignore_glob = ["exercises/*/*", "mutants/*", "alternatives/*", "hostile/*"]


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Keep PyTorch on one thread: two workers share two cores."""
    torch.set_num_threads(1)
