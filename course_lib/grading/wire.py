"""Values between a grader and a learner's process: JSON and safetensors, never pickle.

A message is a JSON header, in which a tensor is only a number, followed by the tensors.
Whatever is no tensor and no plain data arrives as an `Opaque`: a name, nothing to call.
"""

import json
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

MOST = 64 << 20  # bytes of a message
PLAIN = (type(None), bool, int, float, str)


class Unreadable(Exception):
    """What arrived is no message, too large a one, or late; or nobody is there."""


@dataclass(frozen=True)
class Opaque:
    """An object that stays on the other side: a function, a module, a generator."""

    kind: str


def pack(value: Any) -> bytes:
    """The bytes of a message."""
    tensors: dict[str, Tensor] = {}

    def encode(x: Any) -> Any:
        if isinstance(x, Tensor):
            tensors[str(len(tensors))] = x.detach().cpu().contiguous().clone()
            return {"tensor": len(tensors) - 1, "device": x.device.type}
        if type(x) in PLAIN:
            return x
        if x is ...:
            return {"dots": None}
        if isinstance(x, (list, tuple)):
            kind = "tuple" if isinstance(x, tuple) else "list"
            return {kind: [encode(part) for part in x]}
        if isinstance(x, dict):
            return {"dict": [[encode(key), encode(part)] for key, part in x.items()]}
        return {"opaque": type(x).__name__}

    header = json.dumps(encode(value)).encode()
    body = save(tensors) if tensors else b""
    return struct.pack("<II", len(header), len(body)) + header + body


def unpack(header: bytes, body: bytes) -> Any:
    """The value of a message's two parts.

    Raises:
        Unreadable: if they are not what `pack` writes.
    """

    def decode(x: Any) -> Any:
        if not isinstance(x, dict):
            if type(x) not in PLAIN:
                raise ValueError
            return x
        ((kind, part), *_) = x.items()
        if kind == "tensor":
            # a tensor on "meta" or "cuda" arrives on the CPU, and is not taken for one
            if x.get("device") != "cpu":
                return Opaque(f"Tensor on {x.get('device')!s:.20}")
            return tensors[str(int(part))]
        if kind == "dots":
            return ...
        if kind == "opaque":
            return Opaque(str(part)[:60])
        if kind == "dict":
            return {decode(key): decode(item) for key, item in part}
        return {"list": list, "tuple": tuple}[kind](decode(item) for item in part)

    try:
        tensors = load(body) if body else {}
        return decode(json.loads(header))
    except Exception as error:
        # whatever it is, it was sent by a process that may lie
        raise Unreadable(f"{type(error).__name__}") from None


def send(channel: socket.socket, value: Any) -> None:
    """Send one message.

    Raises:
        Unreadable: if nobody is there, or does not read.
    """
    try:
        channel.sendall(pack(value))
    except OSError as error:
        raise Unreadable(str(error)) from None


def receive(channel: socket.socket, seconds: float | None = None) -> Any:
    """Wait for one message, at most so many seconds.

    Raises:
        Unreadable: if none comes whole, or it is no message of `pack`.
    """
    until = None if seconds is None else time.monotonic() + seconds

    def read(count: int) -> bytes:
        found = bytearray()
        while len(found) < count:
            if until is not None:
                channel.settimeout(max(until - time.monotonic(), 1e-3))
            try:
                part = channel.recv(min(count - len(found), 1 << 20))
            except OSError as error:  # a timeout is one too
                raise Unreadable(str(error)) from None
            if not part:
                raise Unreadable("nobody is there")
            found += part
        return bytes(found)

    sizes = struct.unpack("<II", read(8))
    if sum(sizes) > MOST:
        raise Unreadable(f"{sum(sizes) >> 20} MiB, more than {MOST >> 20}")
    return unpack(read(sizes[0]), read(sizes[1]))
