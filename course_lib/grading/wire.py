"""Values between a grader and a learner's process: JSON and safetensors, never pickle.

A message is a number, a JSON header in which a tensor is only a place, and the tensors.
Whatever is no tensor and no plain data arrives as an `Opaque`: a name, nothing to call.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor

MOST = 64 << 20  # bytes of a message
WORDS = 4 << 20  # bytes of its JSON, and of its list of tensors: read, they grow a lot
TICK = 0.25  # seconds
SIZES = struct.Struct("<III")  # a message's number, bytes of JSON, bytes of tensors
PLAIN = (type(None), bool, int, float, str)
DTYPES = {
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool),
    *(torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
}


class Unreadable(Exception):
    """What arrived is no message, or too large a one; or nobody is there."""


class Late(Unreadable):
    """No message in time."""


class Packed(NamedTuple):
    """A value as bytes."""

    words: bytes
    tensors: bytes


@dataclass(frozen=True)
class Opaque:
    """An object that stays on the other side: a function, a module, a generator."""

    kind: str


def pack(value: Any, strict: bool = False) -> Packed:
    """A value as bytes.

    Args:
        value: tensors, arrays, numbers, texts, and lists, tuples and dicts of these.
        strict: refuse what would arrive as an `Opaque`.

    Raises:
        TypeError: if it is strict and finds such a thing.
        ValueError: if the value is too large.
        RecursionError: if it is too deep, or contains itself.
    """
    tensors: dict[str, Tensor] = {}

    def opaque(kind: str) -> Any:
        if strict:
            raise TypeError(f"a {kind} cannot be handed to another process")
        return {"opaque": kind}

    def keep(kind: str, x: Tensor) -> Any:
        if x.device.type != "cpu":  # is not taken for one on the CPU
            return opaque(f"Tensor on {x.device.type}")
        if x.layout is not torch.strided or x.dtype not in DTYPES:
            return opaque(f"Tensor of {x.dtype}, {x.layout}")
        if x.numel() * x.element_size() > MOST:  # by strides, it may take no memory yet
            raise ValueError(f"a tensor of {x.numel()} numbers is too large")
        # a copy of its own: what shares memory cannot be saved
        whole = x.detach().as_subclass(Tensor).resolve_neg()
        tensors[str(len(tensors))] = whole.clone(memory_format=torch.contiguous_format)
        return {kind: len(tensors) - 1}

    def encode(x: Any) -> Any:
        if type(x) in PLAIN:
            return x
        if isinstance(x, Tensor):
            return keep("tensor", x)
        if isinstance(x, np.generic) or hasattr(type(x), "__array__"):
            array = np.ascontiguousarray(x)
            if array.dtype.kind not in "biuf":
                return opaque(type(x).__name__)
            kind = "number" if isinstance(x, np.generic) else "array"
            return keep(kind, torch.from_numpy(array.reshape(np.shape(x))))
        if isinstance(x, (list, tuple)):
            kind = "tuple" if isinstance(x, tuple) else "list"
            return {kind: [encode(part) for part in x]}
        if isinstance(x, dict):
            return {"dict": [[encode(key), encode(part)] for key, part in x.items()]}
        if isinstance(x, range) and len(x) <= WORDS:
            return {"list": list(x)}
        for plain in (int, float, str):  # what is derived from them
            if isinstance(x, plain):
                return plain(x)
        if isinstance(x, (Real, Decimal)):
            return float(x)
        if x is ...:
            return {"dots": None}
        if isinstance(x, Opaque):
            return {"opaque": x.kind}
        return opaque(type(x).__name__)

    words = json.dumps(encode(value)).encode()
    packed = Packed(words, save(tensors) if tensors else b"")
    _weigh(len(packed.words), len(packed.tensors))
    return packed


def unpack(packed: Packed) -> Any:
    """The value that was packed.

    Raises:
        Unreadable: if the bytes are not what `pack` writes.
    """

    def decode(x: Any) -> Any:
        if isinstance(x, str):
            return x.encode(errors="replace").decode()  # half a letter is none
        if type(x) in PLAIN:
            return x
        ((kind, part),) = x.items()
        if kind == "tensor":
            return tensors[str(part)]
        if kind in ("array", "number"):
            array = tensors[str(part)].numpy()
            return array if kind == "array" else array[()]
        if kind == "dots":
            return ...
        if kind == "opaque":
            return Opaque(printable(part, 60))
        if kind == "dict":
            return {decode(key): decode(item) for key, item in part}
        return {"list": list, "tuple": tuple}[kind](decode(item) for item in part)

    try:
        body = packed.tensors
        if int.from_bytes(body[:8], "little") > WORDS:
            raise ValueError
        tensors = load(body) if body else {}
        return decode(json.loads(packed.words))
    except Exception as error:
        # whatever it is, it was sent by a process that may lie
        raise Unreadable(type(error).__name__) from None


def printable(text: Any, most: int) -> str:
    """A text of the other side, without what a terminal would take for an order."""
    head = str(text)[:most].encode(errors="replace").decode()
    return "".join(x if x.isprintable() else " " for x in head)


def write(
    channel: socket.socket,
    packed: Packed,
    number: int = 0,
    seconds: float | None = None,
) -> None:
    """Send one message, in at most so many seconds.

    Raises:
        Unreadable: if nobody is there, or does not read.
    """
    sizes = SIZES.pack(number, len(packed.words), len(packed.tensors))
    try:
        channel.settimeout(seconds)
        channel.sendall(sizes + packed.words + packed.tensors)
    except OSError as error:
        raise Unreadable(str(error)) from None


def read(
    channel: socket.socket,
    seconds: float | None = None,
    tick: Callable[[], None] | None = None,
) -> tuple[int, Packed]:
    """Wait for one message, at most so many seconds; `tick` is called now and then.

    Raises:
        Late: if none comes whole in time.
        Unreadable: if nobody is there, or it is too large.
    """
    now = time.monotonic()
    until = math.inf if seconds is None else now + seconds
    next_tick = now + TICK

    def part(count: int) -> bytes:
        nonlocal next_tick
        found = bytearray()
        while len(found) < count:
            now = time.monotonic()
            # looked at every time: who sends a byte now and then is late as well
            if now >= until:
                raise Late("no whole message in time")
            if tick is not None and now >= next_tick:
                tick()
                next_tick = time.monotonic() + TICK
            channel.settimeout(min(until - now, TICK))
            try:
                more = channel.recv(min(count - len(found), 1 << 20))
            except TimeoutError:
                continue
            except OSError:
                more = b""
            if not more:
                raise Unreadable("its process ended")
            found += more
        return bytes(found)

    number, words, tensors = SIZES.unpack(part(SIZES.size))
    try:
        _weigh(words, tensors)
    except ValueError as error:
        raise Unreadable(str(error)) from None
    return number, Packed(part(words), part(tensors))


def send(channel: socket.socket, value: Any) -> None:
    """Pack and send a value.

    Raises:
        Unreadable: if nobody is there, or does not read.
    """
    write(channel, pack(value))


def receive(channel: socket.socket, seconds: float | None = None) -> Any:
    """Wait for a value, at most so many seconds.

    Raises:
        Unreadable: if none comes whole, or it is not what `pack` writes.
    """
    return unpack(read(channel, seconds)[1])


def _weigh(words: int, tensors: int) -> None:
    if words > WORDS or words + tensors > MOST:
        raise ValueError(
            f"{words >> 20} MiB of text and {(words + tensors) >> 20} in all, more "
            f"than {WORDS >> 20} and {MOST >> 20}"
        )
