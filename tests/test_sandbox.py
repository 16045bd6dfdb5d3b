"""The engine below a grade: what crosses the wire, what a sandbox sees, what ends."""

import itertools
import json
import os
import socket
import struct
import sys
import threading
import time
from collections import OrderedDict, namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from walls import no_walls, walled

from course_lib.grading import checks, remote, sandbox, wire
from course_lib.grading.checks import Wrong
from course_lib.grading.remote import Remote, Stopped, Worker
from course_lib.grading.sandbox import GraderError, Limits, protected, visible
from course_lib.grading.wire import (
    Late,
    Opaque,
    Packed,
    Unreadable,
    pack,
    printable,
    read,
    receive,
    send,
    unpack,
)

ROOT = Path(__file__).parent.parent


def across(value):
    return unpack(pack(value))


# ------------------------------------------------------------------------- the wire


@pytest.mark.parametrize("dtype", sorted(wire.DTYPES, key=str), ids=str)
def test_tensors_cross_unchanged(dtype):
    whole = torch.arange(30).reshape(2, 3, 5).to(dtype)
    for x in (
        whole,
        whole[0, 0, 0],  # no dimensions
        whole[:0],
        whole.mT,
        whole[:, ::2],
        whole[:1].expand(7, 3, 5),
        whole[..., 0],
    ):
        found = across(x)
        assert type(found) is torch.Tensor
        assert (found.dtype, found.shape) == (dtype, x.shape)
        assert found.is_contiguous()
        assert torch.equal(found.to(torch.float64), x.to(torch.float64))


def test_special_numbers_cross():
    x = torch.tensor([torch.nan, torch.inf, -torch.inf, -0.0, 1e-45])
    found = across([x, x.double().tolist()])
    assert torch.equal(found[0].nan_to_num(7), x.nan_to_num(7))
    assert found[0].signbit().tolist() == x.signbit().tolist()
    assert str(found[1]) == str(x.double().tolist())


def test_tensors_with_a_history_cross():
    x = torch.randn(3, 5, requires_grad=True)
    assert torch.equal(across(2 * x), 2 * x)
    assert type(across(torch.nn.Parameter(x.detach()))) is torch.Tensor
    minus = torch.randn(3, dtype=torch.complex64).conj().imag
    assert minus.is_neg()
    assert torch.equal(across(minus), minus)
    twice = across([x, x, x[0]])
    assert torch.equal(twice[0], twice[1])
    assert twice[0].data_ptr() != twice[1].data_ptr()


def test_plain_data_crosses_unchanged():
    value = {
        "a": [1, 2.5, True, None, "äöü\n", ...],
        (1, "b"): ((), [], {}),
        3: 10**4000,
        None: -(2**70),
    }
    found = across(value)
    assert found == value
    assert [type(x) for x in found["a"]] == [type(x) for x in value["a"]]


def test_numpy_crosses_as_numpy():
    for x in (
        np.arange(6).reshape(2, 3)[:, ::-1],
        np.array(2.0),
        np.zeros((0, 3), np.float32),
    ):
        found = across(x)
        assert type(found) is np.ndarray
        assert (found.dtype, found.shape) == (x.dtype, x.shape)
        assert np.array_equal(found, x)
    for scalar in (np.float64(2.5), np.float16(2), np.int8(-3), np.bool_(True)):
        found = across([scalar])[0]
        assert type(found) is type(scalar)
        assert found == scalar


def test_relatives_of_plain_data_cross_as_plain_data():
    Pair = namedtuple("Pair", "s c")
    Number = IntEnum("Number", "one two")
    odd = [Pair(1, 2), OrderedDict(a=1), range(3), Fraction(1, 8), Decimal("0.5")]
    found = across([*odd, Number.two, type("Text", (str,), {})("x")])
    assert found == [(1, 2), {"a": 1}, [0, 1, 2], 0.125, 0.5, 2, "x"]
    assert [type(x) for x in found] == [tuple, dict, list, float, float, int, str]


def test_the_rest_is_opaque():
    odd = {
        "function": lambda: None,
        "generator": (x for x in ()),
        "complex": 1j,
        "module": sys,
        "ndarray": np.array(["a"]),
        "Tensor on meta": torch.zeros(2, device="meta"),
        "Tensor of torch.float32, torch.sparse_coo": torch.eye(2).to_sparse(),
        "Tensor of torch.complex64, torch.strided": torch.zeros(2, dtype=torch.cfloat),
        "range": range(10**9),
    }
    assert across(list(odd.values())) == [Opaque(kind) for kind in odd]
    for value in odd.values():
        with pytest.raises(TypeError, match="cannot be handed"):
            pack([value], strict=True)
    # what came from a learner may go back
    assert unpack(pack([Opaque("x")], strict=True)) == [Opaque("x")]


def test_too_large_or_too_deep_is_not_packed():
    deep = []
    for _ in range(10_000):
        deep = [deep]
    loop = []
    loop.append(loop)
    for value, error in (
        (torch.zeros(1).expand(10**9), ValueError),
        (torch.zeros(1).as_strided((10**6, 10**6), (0, 0)), ValueError),
        (torch.zeros(wire.MOST, dtype=torch.uint8), ValueError),
        (["x" * 1000] * 5000, ValueError),
        (deep, RecursionError),
        (loop, RecursionError),
        (10**5000, ValueError),
    ):
        with pytest.raises(error):
            pack(value)


def safetensors(head, body=b"\0" * 8):
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"{",
        b"\xff",
        b"[1]",
        b"{}",
        b'{"list": 3}',
        b'{"list": [], "tuple": []}',
        b'{"set": []}',
        b'{"tensor": 0}',
        b'{"tensor": null}',
        b'{"dict": [[1]]}',
        b'{"dict": [[{"list": []}, 1]]}',
        b'{"list": [' * 100_000,
        b'{"list": [' * 5000 + b"]}" * 5000,
        b"9" * 5000,
        b'{"opaque": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    ],
)
def test_no_message(words):
    with pytest.raises(Unreadable):
        unpack(Packed(words, b""))


@pytest.mark.parametrize(
    "tensors",
    [
        b"x",
        b"\xff" * 8,
        struct.pack("<Q", 1 << 40),
        struct.pack("<Q", wire.WORDS + 1) + b" " * (wire.WORDS + 1),
        safetensors(b"[" * 10_000),
        safetensors({"0": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}),
        safetensors({"0": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}),
        safetensors({"0": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}),
        safetensors({"0": {"dtype": "X", "shape": [2], "data_offsets": [0, 8]}}),
        safetensors(
            {"0": {"dtype": "F32", "shape": [2**63, 2], "data_offsets": [0, 8]}}
        ),
        safetensors({"1": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
        pack(torch.zeros(100)).tensors[:-1],
    ],
)
def test_no_tensors(tensors):
    with pytest.raises(Unreadable):
        unpack(Packed(b'{"tensor": 0}', tensors))


def test_texts_are_made_harmless():
    half = unpack(Packed(b'"a\\ud800b"', b""))
    assert half == "a?b"
    half.encode()
    ugly = "a\x1b[2J\r\n\ud800\u202eb\x00" + "c" * 100
    assert printable(ugly, 12) == "a [2J  ? b c"
    assert unpack(Packed(b'{"opaque": "<b>\\n"}', b"")) == Opaque("<b> ")


def test_a_byte_now_and_then_is_late_as_well():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.SIZES.pack(1, 0, 60 << 20))
        over = threading.Event()

        def drip():
            while not over.is_set():
                theirs.sendall(b"x")
                time.sleep(0.0003)

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        ticks = []
        with pytest.raises(Late):
            read(ours, 0.7, lambda: ticks.append(1))
        assert time.monotonic() - began < 20
        assert ticks
        over.set()
        thread.join()


def test_nobody_reads_or_writes():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(Unreadable, match="timed out"):
            wire.write(ours, pack("x" * 3_000_000), seconds=0.2)
        theirs.close()
        with pytest.raises(Unreadable):
            send(ours, 1)
        with pytest.raises(Unreadable, match="ended"):
            receive(ours, 5)
    for sizes in (
        (1, 0xFFFFFFFF, 0xFFFFFFFF),
        (1, wire.WORDS + 1, 0),
        (1, 0, wire.MOST + 1),
    ):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(wire.SIZES.pack(*sizes))
            with pytest.raises(Unreadable, match="MiB"):
                receive(ours, 5)


# ------------------------------------------------------------------------ the process


ANSWERS = '''
import os
import time

import numpy as np
import torch

three = 3
deep = 10**5000
state = []


def add(x, y):
    """A sum."""
    return x + y


def untouched(x):
    ...


def shaped(x, w):
    x.unsqueeze_(0).mul_(2)
    w["new"] = [w["old"].zero_()]
    w["list"].append(1)
    return x.shape


def fails(x):
    y = x @ torch.ones(9)
    return y


def unwritten(x):
    raise NotImplementedError


def hangs(x):
    if x:
        time.sleep(600)
    return x


def leaves(x):
    if x:
        os._exit(0)
    return os.getpid()


def counts():
    state.append(1)
    return len(state)


def square(x, y):
    return x * x, y
'''


@pytest.fixture(scope="module")
def worker():
    """One process for all, in a sandbox where there is one."""
    with Worker(Limits(cell=60, call=30), sandboxed=not no_walls()) as worker:
        assert worker.run(ANSWERS) is None
        yield worker


@pytest.fixture
def look(worker):
    worker.left = 1e9
    return lambda name: worker.look([name]).get(name, "nothing")


def test_variables(worker, look):
    assert look("three") == 3
    assert look("nobody") == "nothing"
    assert look("deep") == Opaque("value that cannot be read")
    assert look("add").blank is False
    assert look("untouched").blank is True
    assert set(worker.look(["three", "nobody", "add"])) == {"three", "add"}


def test_calls(look):
    assert look("add")(2, 3) == 5
    x = torch.randn(2, 3, dtype=torch.float64)
    assert torch.equal(look("add")(x, 1), x + 1)
    assert look("add")("a", "b") == "ab"
    with pytest.raises(NotImplementedError):
        look("unwritten")(1)


def test_arguments_change_here_as_they_do_there(look):
    x, w = torch.ones(3), {"old": torch.ones(2), "list": [0]}
    old, numbers = w["old"], w["list"]
    assert look("shaped")(x, w) == (1, 3)
    assert x.tolist() == [[2, 2, 2]]
    assert w["new"][0].tolist() == [0, 0]
    assert w["list"] == [0, 1]
    assert (old.tolist(), numbers) == ([1, 1], [0])  # only what is in the arguments
    given = torch.ones(2), {"old": torch.ones(2), "list": []}
    with pytest.raises(Wrong, match="changes its inputs"):
        checks.unchanged(look("shaped"), *given)


def test_errors_have_names_and_lines(look):
    with pytest.raises(Remote, match=r"mat1|shape|size") as caught:
        look("fails")(torch.ones(2, 3))
    assert caught.value.kind == "RuntimeError"
    assert caught.value.line == "y = x @ torch.ones(9)"
    with pytest.raises(Wrong, match="stops with TypeError"):
        checks.call(look("add"), 1, "a")


def test_a_late_or_dead_call_spoils_no_other(worker, look, monkeypatch):
    monkeypatch.setattr(worker, "limits", Limits(call=0.5))
    hangs, leaves = look("hangs"), look("leaves")
    began = time.monotonic()
    with pytest.raises(Wrong, match=r"within 0\.5 seconds"):
        hangs(1)
    assert time.monotonic() - began < 20
    monkeypatch.setattr(worker, "limits", Limits(call=30))
    assert hangs(0) == 0
    with pytest.raises(Wrong, match="ended its process"):
        leaves(1)
    assert leaves(0) == leaves(0)
    assert not worker.gone


def test_time_for_all_calls(worker, look):
    hangs = look("hangs")
    worker.left = 0.4
    with pytest.raises(Wrong, match=r"within 0\.4 seconds"):
        hangs(1)
    with pytest.raises(Wrong, match="too slow"):
        hangs(0)


def test_what_a_question_leaves_behind_is_gone_with_it(look):
    counts = look("counts")
    assert [counts(), counts()] == [1, 2]
    assert look("counts")() == 1


def test_gradients_are_taken_over_there(look):
    x, y = torch.randn(3), torch.randn(3)
    found = look("square").gradients((x, y), [0, 1])
    want = checks.gradients(lambda x, y: (x * x, y), (x, y), [0, 1])
    assert all(map(torch.allclose, found, want))


def test_a_tests_own_fault_is_the_graders(worker, look):
    add = look("add")
    with pytest.raises(GraderError, match="a function cannot be handed"):
        add(lambda: 1, 2)
    assert isinstance(worker.fault, GraderError)
    worker.fault = None
    with pytest.raises(Wrong, match="too large"):
        add(torch.zeros(1).expand(10**9), 2)


def test_cells(worker):
    assert worker.run("1 / 0") == "ZeroDivisionError"
    assert worker.run("def f(:") == "SyntaxError"
    assert worker.run("import sys; sys.exit(3)") == "SystemExit"
    assert worker.run("raise KeyboardInterrupt") == "KeyboardInterrupt"
    assert worker.run("raise type('A\\x1b\\n', (BaseException,), {})") == "A  "
    assert worker.run("half = '\ud800'") is None
    assert worker.run("x = '\0'") is not None
    assert worker.run("") is None
    assert worker.run("%%time\nfour = 4\n%pip install nothing") is None
    assert worker.run("import os; os.fork(); five = 5") is None
    assert worker.run("assert input('?') == ''; display(1); four + five") is None


def test_memory_and_a_process_that_hangs_up():
    with Worker(Limits(cell=60, megabytes=300), sandboxed=False) as other:
        assert other.run("x = bytearray(400 << 20)") == "MemoryError"
        assert other.run("import torch; torch.ones(200 << 20)") == "RuntimeError"
        assert other.run("x = bytearray(250 << 20)") == "MemoryError"  # for the rest
        with pytest.raises(Stopped, match="its process ended"):
            other.run("import os; os._exit(0)")
        assert other.gone
        with pytest.raises(Stopped, match="its process ended"):
            other.look(["x"])


def test_no_memory_on_the_machine_is_nobodys_mark(monkeypatch):
    ooms = itertools.count()
    monkeypatch.setattr(remote, "killed_for_memory", lambda: next(ooms))
    with Worker(Limits(cell=0.5), sandboxed=False) as other:
        with pytest.raises(GraderError, match="out of memory"):
            other.run("while True: pass")


# -------------------------------------------------------------------------- the walls


def test_without_bubblewrap_nothing_is_graded(monkeypatch, tmp_path):
    monkeypatch.delenv(sandbox.UNPROTECTED, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GraderError, match="apt-get install bubblewrap"):
        protected()
    sandbox._installed.cache_clear()
    with pytest.raises(GraderError, match="not installed"):
        Worker(Limits())
    monkeypatch.setenv(sandbox.UNPROTECTED, "yes")
    with pytest.raises(GraderError):
        protected()
    monkeypatch.setenv(sandbox.UNPROTECTED, "1")
    assert protected() is False


def test_bubblewrap_that_does_not_work_says_why(monkeypatch, tmp_path):
    monkeypatch.delenv(sandbox.UNPROTECTED, raising=False)
    fake = tmp_path / "bwrap"
    fake.write_text(
        "#!/bin/sh\necho No permissions to create a namespace >&2\nexit 1\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    sandbox._installed.cache_clear()
    for start in (protected, lambda: Worker(Limits())):
        with pytest.raises(GraderError, match="No permissions to create a namespace"):
            start()
    sandbox._installed.cache_clear()


def test_tests_that_a_notebook_could_read_are_refused(tmp_path):
    assert not visible(ROOT / "tests/exercises")
    assert not visible(ROOT / "solutions")
    assert visible(Path(sys.prefix) / "share/tests")
    link = tmp_path / "tests"
    link.symlink_to("/usr/share")
    assert visible(link)


LOOK_AROUND = """
import glob
import os
import resource
import socket
import subprocess


def attempt(work, *inputs):
    try:
        work(*inputs)
        return "done"
    except (OSError, ValueError) as error:
        return type(error).__name__


def status(pid):
    text = open(f"/proc/{pid}/status").read()
    return dict(line.split(":\\t", 1) for line in text.splitlines())


rights = ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs")
places = ("/", "/dev", "/usr", "/etc", "/course/course_lib", "/proc/sys")
limits = (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE)
seen = {
    "environment": [open(path).read() for path in glob.glob("/proc/[0-9]*/environ")],
    "processes": sorted(int(path[6:]) for path in glob.glob("/proc/[0-9]*")),
    "rights": [[status(pid)[name] for name in rights] for pid in (1, os.getpid())],
    "user": [os.getuid(), os.getgid(), *os.getgroups()],
    "folders": {place: sorted(os.listdir(place)) for place in ("/", "/course", "/etc")},
    "written": [attempt(open, f"{place}/planted", "w") for place in places],
    "interfaces": [name for _, name in socket.if_nameindex()],
    "reached": attempt(socket.create_connection, ("192.0.2.1", 80), 1),
    "sockets": sum(
        os.readlink(path).startswith("socket")
        for path in glob.glob("/proc/[0-9]*/fd/*")
        if os.path.islink(path)
    ),
    "namespace": subprocess.run(["unshare", "-Ur", "true"]).returncode,
    "limits": [resource.getrlimit(what)[1] for what in limits],
    "raised": attempt(resource.setrlimit, resource.RLIMIT_NPROC, (9999, 9999)),
    "full": attempt(
        lambda: [open(f"/tmp/{x}", "wb").write(bytes(60 << 20)) for x in range(9)]
    ),
    "large": attempt(lambda: open("/dev/shm/x", "wb").write(bytes(80 << 20))),
}
"""


@walled
def test_what_a_sandbox_sees(monkeypatch):
    monkeypatch.setenv("GRADE_SEED", "4711")
    with Worker(Limits(cell=60)) as worker:
        assert worker.run(LOOK_AROUND) is None
        seen = worker.look(["seen"])["seen"]
    everything = "".join(seen["environment"])
    assert "4711" not in everything
    assert {x.split("=")[0] for x in everything.split("\0")[:-1]} <= {
        *sandbox.ENVIRONMENT,
        "PWD",
    }
    assert seen["processes"] == [1, 2]
    assert seen["rights"] == [["0" * 16] * 3 + ["1"]] * 2
    assert set(seen["user"]) == {65534}
    assert seen["folders"]["/course"] == ["course_lib"]
    assert set(seen["folders"]["/etc"]) <= {"alternatives", "ld.so.cache"}
    assert seen["written"] == ["OSError"] * 5 + ["FileNotFoundError"]
    assert seen["interfaces"] == ["lo"]
    assert seen["reached"] == "OSError"
    assert seen["sockets"] == 1
    assert seen["namespace"] != 0
    assert seen["limits"] == [64 << 20, 128, 0]
    assert seen["raised"] == "ValueError"
    assert (seen["full"], seen["large"]) == ("OSError", "OSError")


@walled
def test_closing_leaves_nothing_behind():
    mark = f"600.{os.getpid()}"
    source = f"""
import os
import subprocess

for _ in range(3):
    subprocess.Popen(["setsid", "sleep", "{mark}"])
    subprocess.Popen(["nohup", "sh", "-c", "trap '' TERM HUP; sleep {mark}"])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{mark}"])
    os._exit(0)
"""

    def alive():
        found = 0
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
                found += words[0].endswith(b"sleep") and mark.encode() in words
            except OSError:
                pass
        return found

    with Worker(Limits(cell=60)) as worker:
        before = worker.tasks()
        assert worker.run(source) is None
        until = time.monotonic() + 30
        while alive() < 7 and time.monotonic() < until:
            time.sleep(0.1)
        assert alive() == 7
        assert len(worker.tasks() - before) >= 7
        # as many processes as there may be, whoever the grader is, and no more
        bomb = f"while True: subprocess.Popen(['sleep', '{mark}'])"
        assert worker.run(bomb) == "BlockingIOError"
        assert 7 < alive() < 128
        with pytest.raises(Stopped):  # not even a fork for an answer is left
            worker.look(["mark"])
    assert alive() == 0
    assert worker.process.returncode is not None
    worker.close()
