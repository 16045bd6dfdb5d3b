"""What the tests of the exercises are written with: seeds, call, unchanged, check.

They look only at what a function gives back, tensors and plain data, so that they work
alike on a learner's function in this process and on one in a grader's sandbox.
"""

import copy
import math
import os
import random
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

UNANSWERED = "not answered yet"
LIKELY = "Likely mistake: "
TOLERANCE = {torch.float16: 1e-2, torch.bfloat16: 4e-2}  # the others: 1e-4


class Wrong(AssertionError):
    """The learner's answer is wrong; the message is one line for the learner."""


def seeds(count: int = 3) -> list[int]:
    """Seeds for a test's inputs, made from the environment's GRADE_SEED.

    A grader sets it afresh for each run, so that no answer can be typed in by heart.
    """
    source = random.Random(f"course {os.environ.get('GRADE_SEED', '2015')}")
    return [source.randrange(2**31) for _ in range(count)]


def call(function: Any, *inputs: Any) -> Any:
    """What the learner's function returns for copies of the inputs.

    Raises:
        Wrong: if it is missing, stops with an error, or returns nothing.
    """
    return _call(function, copy.deepcopy(inputs))


def unchanged(function: Any, *inputs: Any) -> None:
    """Checks that the learner's function leaves its inputs as they are.

    Raises:
        Wrong: if a tensor among the inputs has changed.
    """
    given = copy.deepcopy(inputs)
    _call(function, given)
    if not _equal(given, inputs):
        raise Wrong(
            "the function changes its inputs. "
            f"{LIKELY}An in-place operation (a name ending in _, or +=) on an argument."
        )


def check(
    out: Any,
    want: Any,
    mistakes: Mapping[str, Any] | None = None,
    *,
    what: str = "the result",
) -> None:
    """Checks type, shape, dtype, device and values of what a learner returned.

    Args:
        out: the learner's value.
        want: the right one: a tensor, or plain numbers (then lists, tuples and
            tensors are all accepted, and the dtype does not matter).
        mistakes: for a known mistake, described in one sentence, the value that it
            gives. If the learner's value is that one, the sentence is the message.
        what: how to call the value in messages.

    Raises:
        Wrong: at the first difference, in one line, without printing a tensor.
    """
    if out is None or out is ...:
        raise Wrong(f"{UNANSWERED}: {what} is {out!r}")
    plain = not isinstance(want, Tensor)
    right = _numbers(want)
    value = _numbers(out) if plain else out
    if not isinstance(value, Tensor):
        expected = "numbers" if plain else "a tensor"
        raise Wrong(
            f"{what} is a {type(out).__name__}, expected {expected}. "
            f"{LIKELY}It was turned into something else before it was given back."
        )
    value = value.detach().cpu().double() if plain else value.detach()
    for sentence, other in (mistakes or {}).items():
        other = _numbers(other)
        if _close(value, other) and not _close(right, other):
            raise Wrong(f"{what} is not right. {LIKELY}{sentence}")
    if value.shape != right.shape:
        found, asked = list(value.shape), list(right.shape)
        raise Wrong(f"{what} has the shape {found}, expected {asked}")
    for name in ("device",) if plain else ("dtype", "device"):
        found, asked = getattr(value, name), getattr(right, name)
        if found != asked:
            raise Wrong(
                f"the {name} of {what} is {found}, expected the inputs' {asked}. "
                f"{LIKELY}A conversion, or a new tensor made without `{name}=`."
            )
    if value.is_floating_point() and value.isnan().any() and not right.isnan().any():
        raise Wrong(f"{what} contains NaN")
    if not _close(value, right):
        gap = (value.double() - right.double()).abs().max().item()
        size = "" if math.isinf(gap) else f" (largest difference {gap:.2g})"
        raise Wrong(f"{what} has the right shape and wrong values{size}")


def unpack(out: Any, names: str) -> tuple[Any, ...]:
    """The parts of a returned tuple, e.g. ``s, c = unpack(out, "s, c")``.

    Raises:
        Wrong: if there are not as many as there are names.
    """
    count = names.count(",") + 1
    if not isinstance(out, (tuple, list)):
        raise Wrong(
            f"the function returns one {type(out).__name__}, expected {count} values. "
            f"{LIKELY}The last line does not return {names}."
        )
    if len(out) != count:
        raise Wrong(
            f"the function returns {len(out)} values, expected {count}. "
            f"{LIKELY}The last line does not return {names}."
        )
    return tuple(out)


def _call(function: Any, given: Any) -> Any:
    if function is None or function is ...:
        raise Wrong(f"{UNANSWERED}: the function is not there")
    try:
        out = function(*given)
    except NotImplementedError:
        raise Wrong(f"{UNANSWERED}: the function is not written") from None
    except Wrong:
        raise  # a sandbox says what went wrong
    except (Exception, SystemExit) as error:
        kind = getattr(error, "kind", type(error).__name__)
        why = f"{kind}: {short(str(error))}"
        raise Wrong(f"the function stops with {why}") from None
    parts = out if isinstance(out, tuple) else (out,)
    if all(part is None or part is ... for part in parts):
        raise Wrong(f"{UNANSWERED}: the function returns {out!r}")
    return out


def _numbers(value: Any) -> Any:
    """Plain numbers as a float64 tensor; what is neither comes back as it is."""
    if isinstance(value, Tensor):
        return value
    try:
        if isinstance(value, (list, tuple)):
            value = [float(part) for part in value]
        return torch.tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        return value


def _close(a: Any, b: Any) -> bool:
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return False
    if a.shape != b.shape or a.device != b.device:
        return False
    tol = max(TOLERANCE.get(a.dtype, 1e-4), TOLERANCE.get(b.dtype, 1e-4))
    return torch.allclose(a.double(), b.double(), rtol=tol, atol=tol / 10)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        same = a.shape == b.shape and a.dtype == b.dtype
        return same and torch.equal(a.nan_to_num(), b.nan_to_num())
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def short(text: str, most: int = 160) -> str:
    """The first line of a text, not too long."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= most else line[: most - 3] + "..."
