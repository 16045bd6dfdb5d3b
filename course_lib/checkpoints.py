"""Checkpoints of `train.fit`: all that a resumed run must know to go on exactly."""

import hashlib
import json
import random
import re
import shutil
from collections.abc import Callable
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


class Checkpoints:
    """The newest state of a run in ``folder/step-N``.

    A checkpoint is written under another name and renamed when it is whole, so an
    interrupted save leaves the one before. fit.json, plain text, has the settings,
    the history and the checksum of every other file.
    """

    def __init__(
        self, folder: Path, settings: dict[str, Any], accelerator: Accelerator
    ) -> None:
        self.folder, self.settings, self.accelerator = folder, settings, accelerator

    def newest(self) -> Path | None:
        """The folder of the newest checkpoint, None if there is none."""
        found = [p for p in self.folder.glob("step-*") if STEP.fullmatch(p.name)]
        return max(found, key=lambda path: int(path.name[5:]), default=None)

    def save(self, model: nn.Module, optimizer: Any, now: Progress, best: Any) -> None:
        """Write a checkpoint and remove the one before; every process takes part."""
        place = self.folder / f"step-{now.step}"
        draft = self.folder / f"step-{now.step}.partial"
        self._on_main(lambda: self._begin(draft))
        rank = self.accelerator.process_index
        torch.save(generators(), draft / f"generators-{rank}.pt")
        self._on_main(lambda: self._finish(draft, place, model, optimizer, now, best))

    def _on_main(self, action: Callable[[], None]) -> None:
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            action()
        self.accelerator.wait_for_everyone()

    @staticmethod
    def _begin(draft: Path) -> None:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)

    def _finish(
        self,
        draft: Path,
        place: Path,
        model: nn.Module,
        optimizer: Any,
        now: Progress,
        best: dict[str, Tensor] | None,
    ) -> None:
        save_model(model, str(draft / "model.safetensors"))
        if best is not None:
            save_file(best, draft / "best.safetensors")
        scaler = self.accelerator.scaler
        state = {"optimizer": optimizer.state_dict()}
        if scaler is not None:
            state["scaler"] = scaler.state_dict()
        torch.save(state, draft / "optimizer.pt")
        record = {
            "settings": self.settings,
            "progress": asdict(now),
            "sha256": {path.name: _sha256(path) for path in sorted(draft.iterdir())},
        }
        (draft / "fit.json").write_text(json.dumps(record), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
        for old in self.folder.glob("step-*"):
            if old != place and STEP.fullmatch(old.name.removesuffix(".partial")):
                shutil.rmtree(old)

    def load(
        self, model: nn.Module, optimizer: Any
    ) -> tuple[Progress, dict[str, Tensor] | None, dict[str, Any]]:
        """Fill model and optimizer; return progress, best weights, generators.

        Raises:
            ValueError: if the checkpoint is damaged, or of another run or model.
        """
        place = self.newest()
        assert place is not None
        record = self._record(place)
        changed = {
            name: f"{record['settings'].get(name)} there, {value} here"
            for name, value in self.settings.items()
            if record["settings"].get(name) != value
        }
        if changed:
            raise ValueError(
                f"the checkpoint {place} is of a run with other settings {changed}: "
                "use the same, another folder, or resume=False to replace it"
            )
        try:
            load_model(model, place / "model.safetensors")
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
        optimizer.load_state_dict(state["optimizer"])
        if self.accelerator.scaler is not None:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        rank = self.accelerator.process_index
        generators = torch.load(place / f"generators-{rank}.pt", weights_only=True)
        progress = record["progress"]
        for name in ("losses", "validations"):
            progress[name] = [(step, value) for step, value in progress[name]]
        if progress["best"] is not None:
            progress["best"] = tuple(progress["best"])
        return Progress(**progress), best, generators

    @staticmethod
    def _record(place: Path) -> dict[str, Any]:
        """fit.json, after every file has been compared with its checksum."""
        fault = None
        try:
            record = json.loads((place / "fit.json").read_text(encoding="utf-8"))
            for name, checksum in record["sha256"].items():
                if _sha256(place / name) != checksum:
                    fault = f"{name} does not match its checksum"
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            fault = f"{type(error).__name__}: {error}"
        if fault is not None:
            raise ValueError(
                f"the checkpoint {place} is damaged ({fault}): delete that folder, or "
                "pass resume=False to start afresh"
            )
        return dict(record)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
