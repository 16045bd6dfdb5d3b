"""Checkpoints of `train.fit`: all that a resumed run must know to go on exactly."""

import hashlib
import json
import random
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from safetensors.torch import load_file, load_model, save_file, save_model
from torch import Tensor, nn

STEP = re.compile(r"step-\d+")


@dataclass
class Progress:
    """Everything that a resumed run must know, apart from tensors."""

    step: int = 0
    epoch: int = 0
    used: int = 0  # batches taken from this epoch
    seconds: float | int = 0.0
    stale: int = 0  # validations in a row without improvement
    losses: list[tuple[int, float]] = field(default_factory=list)
    validations: list[tuple[int, float]] = field(default_factory=list)
    best: tuple[int, float] | None = None


def generators() -> dict[str, Any]:
    """The states of the global random generators."""
    numpy: Any = np.random.get_state()
    state = {
        "python": random.getstate(),
        "numpy": (str(numpy[0]), numpy[1].tolist(), *numpy[2:]),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def set_generators(state: dict[str, Any]) -> None:
    """Put the global random generators where `generators` found them."""
    random.setstate(state["python"])
    np.random.set_state(state["numpy"])
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])


@dataclass
class Checkpoints:
    """The newest state of a run in ``folder/step-N``.

    A checkpoint is written under another name and renamed when it is whole, so an
    interrupted save leaves the one before. fit.json, plain text, has the settings,
    the history and the checksum of every other file.
    """

    folder: Path
    settings: dict[str, Any]
    accelerator: Accelerator
    model: nn.Module
    optimizer: Any

    def save(self, now: Progress, best: dict[str, Tensor] | None) -> None:
        """Write a checkpoint and remove the one before; every process takes part."""
        accelerator = self.accelerator
        place = self.folder / f"step-{now.step}"
        draft = self.folder / f"step-{now.step}.partial"
        if accelerator.is_main_process:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
        accelerator.wait_for_everyone()
        torch.save(generators(), draft / f"generators-{accelerator.process_index}.pt")
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            save_model(self.model, str(draft / "model.safetensors"))
            if best is not None:
                save_file(best, draft / "best.safetensors")
            state = {"optimizer": self.optimizer.state_dict()}
            if accelerator.scaler is not None:
                state["scaler"] = accelerator.scaler.state_dict()
            torch.save(state, draft / "optimizer.pt")
            record = {"settings": self.settings, "progress": asdict(now)}
            record["sha256"] = {p.name: _sha256(p) for p in sorted(draft.iterdir())}
            (draft / "fit.json").write_text(json.dumps(record), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
            for old in self.folder.glob("step-*"):
                if old != place and STEP.fullmatch(old.name.removesuffix(".partial")):
                    shutil.rmtree(old)
        accelerator.wait_for_everyone()

    def load(self) -> tuple[Progress, dict[str, Tensor] | None, dict[str, Any] | None]:
        """Fill model and optimizer; return progress, best weights, generators.

        Without a checkpoint nothing is filled, and the progress is that of the start.

        Raises:
            ValueError: if the checkpoint is damaged, or of another run or model.
        """
        found = [p for p in self.folder.glob("step-*") if STEP.fullmatch(p.name)]
        if not found:
            return Progress(), None, None
        place = max(found, key=lambda path: int(path.name[5:]))
        record = _record(place)
        there = record["settings"]
        changed = {
            name: f"{there.get(name)} there, {value} here"
            for name, value in self.settings.items()
            if there.get(name) != value
        }
        if changed:
            raise ValueError(
                f"the checkpoint {place} is of a run with other settings {changed}: "
                "use the same, another folder, or resume=False to replace it"
            )
        try:
            load_model(self.model, place / "model.safetensors")
        except RuntimeError as error:
            raise ValueError(
                f"the checkpoint {place} is of another model: use another folder, or "
                f"resume=False to replace it ({error})"
            ) from error
        best = None
        if "best.safetensors" in record["sha256"]:
            best = load_file(place / "best.safetensors")
        state = torch.load(
            place / "optimizer.pt", map_location="cpu", weights_only=True
        )
        self.optimizer.load_state_dict(state["optimizer"])
        if self.accelerator.scaler is not None:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        rank = self.accelerator.process_index
        generators = torch.load(place / f"generators-{rank}.pt", weights_only=True)
        progress = record["progress"]
        for name in ("losses", "validations"):  # JSON knows lists only
            progress[name] = [tuple(pair) for pair in progress[name]]
        progress["best"] = progress["best"] and tuple(progress["best"])
        return Progress(**progress), best, generators


def _record(place: Path) -> dict[str, Any]:
    """fit.json, after every file has been compared with its checksum."""
    try:
        record = json.loads((place / "fit.json").read_text(encoding="utf-8"))
        for name, checksum in record["sha256"].items():
            if _sha256(place / name) != checksum:
                raise ValueError(f"{name} does not match its checksum")
        return dict(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"the checkpoint {place} is damaged ({error}): delete that folder, or pass "
            "resume=False to start afresh"
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
