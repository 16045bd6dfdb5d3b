"""Training in processes of their own: killed and resumed, and two at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from small_run import B, run

# --multi_gpu: so accelerate calls several processes, whatever device they choose
LAUNCH = [
    *("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"),
    *("--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
    *("--main_process_ip", "127.0.0.1", "--main_process_port", "0"),
]


def launch(
    root: Path, *args: object, processes: int = 1
) -> subprocess.CompletedProcess:
    launcher = LAUNCH if processes == 2 else []
    return subprocess.run(
        [sys.executable, *launcher, str(root / "tests/small_run.py"), *map(str, args)],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# the eighth checksum is in the middle of the third save
@pytest.mark.parametrize(("place", "time"), [("loss", 14), ("save", 8)])
def test_killed_and_resumed_equals_uninterrupted(
    root: Path, tmp_path: Path, place: str, time: int
) -> None:
    killed = launch(root, tmp_path, place, time)
    assert killed.returncode == -9, killed.stderr
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == (["step-12"] if place == "loss" else ["step-12.partial", "step-8"])
    resumed, weights = run(tmp_path, dropout=0.3)
    whole, expected = run(None, dropout=0.3)
    assert resumed.losses == whole.losses
    assert weights.equal(expected)


def test_two_processes_equal_one_even_killed_and_resumed(
    root: Path, tmp_path: Path
) -> None:
    killed = launch(root, tmp_path, "loss", 14, processes=2)
    assert killed.returncode != 0
    assert not (tmp_path / "result.pt").exists()
    assert (tmp_path / "step-12").exists()
    done = launch(root, tmp_path, processes=2)
    assert done.returncode == 0, done.stderr
    losses, weights = torch.load(tmp_path / "result.pt", weights_only=True)
    assert len(losses) == 23
    # the updates of one process that reads two batches for each, or twice as large ones
    for how in ({"accumulate": 2}, {"size": 2 * B}):
        _, expected = run(None, **how)
        torch.testing.assert_close(weights, expected, rtol=1e-4, atol=1e-5)
    _, other = run(None)
    assert (other - weights).abs().max() > 0.01  # the comparison can fail
