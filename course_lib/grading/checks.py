"""What the tests of the exercises are written with: seeds, call, check and others.

They look only at what a function gives back, tensors and plain data, so that they work
alike on a learner's function in this process and on one in a grader's sandbox.

A test computes what is right first, then calls the learner's function, then compares::

    want = torch.softmax(e, -1)
    check(call(masked_softmax, e, mask), want, mistakes, what="alpha")
"""

import copy
import linecache
import os
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

UNANSWERED = "not answered yet"
LIKELY = "Likely mistake: "
STOPS = "stops with"
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
    for number, (now, before) in enumerate(zip(given, inputs, strict=True), start=1):
        if not _equal(now, before):
            raise Wrong(
                f"the function changes its inputs: argument {number} is not what it "
                f"was. {LIKELY}Something changes an argument in place: a name ending "
                "in _, such as masked_fill_, or +=, x[...] = ..., .sort(), .pop()."
            )


def differentiable(
    function: Any,
    right: Callable[..., Any],
    inputs: Sequence[Any],
    to: Sequence[int] = (0,),
) -> None:
    """Checks that gradients flow through the learner's function as through `right`.

    Args:
        function: the learner's.
        right: a function with the right gradients, called first.
        inputs: arguments of both.
        to: positions of the arguments that the gradients must reach, from 0.

    Raises:
        Wrong: if they reach one of them not at all, or not whole.
    """
    wanted = gradients(right, copy.deepcopy(inputs), to)
    cuts = "`.detach()`, `.item()`, numpy, `no_grad` or a new `torch.tensor`"
    remote = getattr(function, "gradients", None)  # a function in a sandbox
    asked = [copy.deepcopy(inputs), to]
    try:
        found = _call(remote or gradients, asked if remote else [function, *asked])
    except Wrong as wrong:
        raise Wrong(f"with inputs that need gradients {wrong}") from None
    for position, want, got in zip(to, wanted, found, strict=True):
        if got is True or _close(got, want):
            continue
        if not isinstance(got, Tensor) or not got.any():
            raise Wrong(
                f"no gradient reaches argument {position + 1}: nothing before this "
                f"function could be trained. {LIKELY}{cuts} cuts the way back."
            )
        raise Wrong(
            f"the values are right, the gradient of argument {position + 1} is not. "
            f"{LIKELY}A part of the computation is cut off, by {cuts}."
        )


def gradients(
    function: Callable[..., Any], inputs: Sequence[Any], to: Sequence[int]
) -> list[Tensor | bool | None]:
    """Gradients of a weighted sum of all that a function returns.

    None: there is no way back to that argument. True: there is one, and values on it
    were overwritten, as loops that fill a tensor do; autograd then gives no numbers.
    """
    given = list(inputs)
    leaves = [inputs[position].detach().clone().requires_grad_() for position in to]
    with torch.enable_grad():
        for position, leaf in zip(to, leaves, strict=True):
            given[position] = leaf.clone()  # what is in place is `unchanged`'s to find
        out = function(*given)
    parts = out if isinstance(out, (tuple, list)) else [out]
    total: Any = 0.0
    for part in parts:
        if isinstance(part, Tensor) and part.requires_grad:
            # no two entries weigh the same: a plain sum of weights is always 1
            weigh = torch.arange(1, part.numel() + 1, device=part.device).sin()
            with torch.enable_grad():
                total = total + (part.flatten().double() * weigh).sum()
    if not isinstance(total, Tensor):
        return [None for _ in to]
    try:
        return list(torch.autograd.grad(total, leaves, allow_unused=True))
    except RuntimeError as error:
        if "inplace operation" not in str(error):
            raise
    nodes: list[Any] = [total.grad_fn]
    reached: set[Any] = set()
    while nodes:
        node = nodes.pop()
        if node not in reached:
            reached.add(node)
            nodes += [after for after, _ in node.next_functions if after is not None]
    ends = {id(getattr(node, "variable", None)) for node in reached}
    return [True if id(leaf) in ends else None for leaf in leaves]


def check(
    out: Any,
    want: Any,
    mistakes: Mapping[str, Any] | None = None,
    *,
    what: str = "the result",
    within: float | None = None,
) -> None:
    """Checks type, shape, dtype, device and values of what a learner returned.

    Args:
        out: the learner's value.
        want: the right one: a tensor, or plain numbers (then lists, tuples and
            tensors are all accepted, and the dtype does not matter). Whole numbers
            must be met exactly.
        mistakes: for a known mistake, described in one sentence, the value that it
            gives. If the learner's value is that one, the sentence is the message.
        what: how to call the value in messages.
        within: the largest difference allowed, for numbers that were worked out by
            hand and rounded.

    Raises:
        Wrong: at the first difference, in one line, without printing a tensor.
    """
    if out is None or out is ...:
        still = "is None" if out is None else "still is `...`"
        raise Wrong(f"{UNANSWERED}: {what} {still}")
    plain = not isinstance(want, Tensor)
    right = _numbers(want)
    if within is None and plain and _whole(want):
        within = 1e-6
    value = _numbers(out) if plain else out
    if not isinstance(value, Tensor):
        kind = getattr(out, "kind", type(out).__name__)  # a sandbox says what it is
        raise Wrong(
            f"{what} is a {kind}, expected {'numbers' if plain else 'a tensor'}. "
            f"{LIKELY}It was turned into something else before it was given back."
        )
    value = value.detach().cpu().double() if plain else value.detach()
    for sentence, other in (mistakes or {}).items():
        other = _numbers(other)
        if _close(value, other, within) and not _close(right, other, within):
            raise Wrong(f"{what} is not right. {LIKELY}{sentence}")
    if plain and value.ndim and not right.ndim:
        raise Wrong(f"{what} is a list, expected one number")
    if value.shape != right.shape:
        raise Wrong(
            f"{what} has the shape {list(value.shape)}, expected {list(right.shape)}"
            + _because(_shape_pattern(value, right))
        )
    for name in ("device",) if plain else ("dtype", "device"):
        found, asked = getattr(value, name), getattr(right, name)
        if found != asked:
            raise Wrong(
                f"the {name} of {what} is {found}, expected the inputs' {asked}. "
                f"{LIKELY}A conversion, or a new tensor made without `{name}=`."
            )
    if value.is_floating_point() and value.isnan().any() and not right.isnan().any():
        raise Wrong(f"{what} contains NaN")
    if not _close(value, right, within):
        if plain:  # a pattern would give away a number that was to be worked out
            raise Wrong(f"{what} is not right{_where(value, right)}")
        where = _where(value, right)
        because = _because(_value_pattern(value, right))
        raise Wrong(f"{what} has the right shape and wrong values{where}{because}")


def _because(pattern: str) -> str:
    return f". {LIKELY}{pattern}" if pattern else ""


def _where(value: Tensor, right: Tensor) -> str:
    """Which entries differ, if some do not."""
    wrong = ~torch.isclose(value.double(), right.double(), rtol=1e-4, atol=1e-5)
    if not right.is_floating_point():
        wrong = value != right
    count, first = int(wrong.sum()), wrong.nonzero()[:1].flatten().tolist()
    if not 0 < count < wrong.numel():
        return ""
    return f" in {count} of {wrong.numel()} places, the first at {first}"


def _shape_pattern(value: Tensor, right: Tensor) -> str:
    """How a wrong shape may have come about, if it is a common one."""
    found, asked = list(value.shape), list(right.shape)
    for i, j in combinations(range(value.ndim), 2):
        swapped = value.transpose(i, j)
        if list(swapped.shape) == asked:
            return f"The axes {i} and {j} are exchanged."
    if [n for n in found if n != 1] == [n for n in asked if n != 1]:
        if len(found) > len(asked):
            return "An axis of size 1 is left over (keepdim, unsqueeze, [None])."
        return "A squeeze took an axis of size 1 that belongs there."
    if len(found) == len(asked) - 1:
        return "An axis was summed over, or indexed away, that should stay."
    if len(found) == len(asked) + 1:
        return "An axis is left that should be summed over, or indexed away."
    return ""


def _value_pattern(value: Tensor, right: Tensor) -> str:
    """What wrong values have to do with the right ones, if it is something simple."""
    a, b = value.double(), right.double()
    if a.numel() < 3 or not (a.isfinite().all() and b.isfinite().all()):
        return ""
    if _close(b, b.flatten()[:1].expand_as(b)):  # nothing to tell apart
        return ""
    if _close(a, a.flatten()[:1].expand_as(a)):
        return f"Every entry is the same, {a.flatten()[0]:.3g}."
    factor = ((a * b).sum() / (b * b).sum()).item()
    if abs(factor) > 1e-6 and _close(a, factor * b):
        if abs(factor + 1) < 1e-6:
            return "The sign is wrong everywhere."
        return f"It is {factor:.3g} times the right one everywhere: look for a factor."
    gap = (a - b).mean().item()
    if _close(a, b + gap):
        return f"It differs from the right one by {gap:+.3g} everywhere."
    for i, j in combinations(range(a.ndim), 2):
        if a.shape[i] == a.shape[j] and _close(a.transpose(i, j), b):
            return f"The axes {i} and {j} are exchanged."
    for axis, size in enumerate(a.shape):
        if _close(a.flip(axis), b):
            return f"It is in reverse along axis {axis}."
        if size > 2:
            early, late = a.narrow(axis, 0, size - 1), a.narrow(axis, 1, size - 1)
            if _close(late, b.narrow(axis, 0, size - 1)):
                return f"Along axis {axis} everything stands one place too late."
            if _close(early, b.narrow(axis, 1, size - 1)):
                return f"Along axis {axis} everything stands one place too early."
        if size > 1 and _close(a, a.narrow(axis, 0, 1).expand_as(a)):
            return f"It is the same all along axis {axis}, and should not be."
    return ""


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
        line = getattr(error, "line", "") or stopped_at(error)
        said = short(str(error))
        why = f"{kind}: {said}" + (f"\nin `{line}`" if line else "")
        if kind == "NameError":
            why += f"\n{LIKELY}A cell that defines or imports it was not run."
        elif kind == "TypeError" and "positional argument" in said:
            why += f"\n{LIKELY}The arguments are not those that the exercise gives."
        raise Wrong(f"the function {STOPS} {why}") from None
    parts = out if isinstance(out, tuple) else (out,)
    if out is None or any(part is ... for part in parts):
        raise Wrong(f"{UNANSWERED}: the function returns {out!r}")
    return out


def stopped_at(error: BaseException) -> str:
    """The line of the learner's cell at which it stopped; "" outside a notebook."""
    cell, line, trace = "", "", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        # the first cell on the way is the answer's, others hold what it was given
        if not cell and ("ipykernel" in name or name.startswith("<ipython")):
            cell = name
        if name == cell:
            line = linecache.getline(name, trace.tb_lineno).strip() or line
        trace = trace.tb_next
    return short(line, 70)


def _whole(want: Any) -> bool:
    parts = want if isinstance(want, (list, tuple)) else [want]
    return all(isinstance(part, int) for part in parts)


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


def _close(a: Any, b: Any, within: float | None = None) -> bool:
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return False
    if a.shape != b.shape or a.device != b.device:
        return False
    if within is not None:
        return torch.allclose(a.double(), b.double(), rtol=0.0, atol=within)
    if not a.is_floating_point() or not b.is_floating_point():
        return torch.equal(a.double(), b.double())
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
