"""Hostile and broken submissions get their fair score, and nobody else pays for them.

A file in `hostile/` takes the place of one answer of the solution of exercise 3. Its
first comment says what it does, its second how many points of its question are fair,
and a third how it is to be judged: "alone" if it spoils what runs beside it, "slow" if
it must be waited for, "later" if it strikes at others. The others share a notebook, one
a question, so that the rest of the notebook bears witness: no file may cost another
question a point. HOSTILE_ALONE=1 gives each a notebook of its own.
"""

import contextlib
import json
import os
import re
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from walls import walled

from course_lib.grading import run_tests
from course_lib.grading.judge import MOST, judge, read
from course_lib.grading.sandbox import GraderError, Limits

ROOT = Path(__file__).parent.parent
STEM = "03_soft_attention"
TESTS = ROOT / "tests/exercises" / STEM
FULL = {path.stem: run_tests(path, {}).possible for path in TESTS.glob("q*.py")}
LIMITS = {
    "": Limits(cell=20, megabytes=1500),
    "alone": Limits(cell=20, megabytes=1500),
    "later": Limits(cell=20, megabytes=1500),
    "slow cell": Limits(cell=4),
    "slow call": Limits(call=2, question=4),
}


pytestmark = walled


@dataclass(frozen=True)
class Attack:
    """One file of `hostile/`."""

    name: str
    low: float
    high: float
    kind: str
    source: str

    @property
    def question(self):
        return self.name.split("__")[0]


def attack(path):
    title, earns, *rest = path.read_text(encoding="utf-8").split("\n")
    found = re.fullmatch(r"# earns ([\d.]+)(?: to ([\d.]+))?", earns)
    assert title.startswith("# "), path
    assert found, path
    kind = rest[0][2:] if rest[0][2:] in LIMITS and rest[0] else ""
    low, high = float(found[1]), float(found[2] or found[1])
    return Attack(path.stem, low, high, kind, "\n".join(rest[bool(kind) :]))


ATTACKS = [attack(path) for path in sorted((ROOT / "tests/hostile").glob("*.py"))]


def groups():
    """Attacks that can share a notebook: of one kind, on different questions."""
    found = []
    for one in ATTACKS:
        apart = one.kind == "alone" or os.environ.get("HOSTILE_ALONE") == "1"
        for group in [] if apart else found:
            kinds = {other.kind for other in group}
            if kinds == {one.kind} and one.question not in {x.question for x in group}:
                group.append(one)
                break
        else:
            found.append([one])
    return [pytest.param(group, id="+".join(x.name for x in group)) for group in found]


def solution():
    """The code cells of the solved notebook: id -> source."""
    cells = nbformat.read(ROOT / "solutions" / f"{STEM}.ipynb", as_version=4).cells
    return {cell.id: cell.source for cell in cells if cell.cell_type == "code"}


def cells_with(*attacks, words=None):
    """The solution's cells, some of them replaced."""
    sources = []
    replaced = {f"{one.question}-answer": one.source for one in attacks}
    for name, right in solution().items():
        source = replaced.get(name, right).replace("# <the right answer>", right)
        for word, value in (words or {}).items():
            source = source.replace(word, value)
        sources += re.split(r"^# %%\n", source, flags=re.M)
    return sources


def notebook(sources):
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(sources)
        ],
    }


def judged(path, content, limits=LIMITS[""]):
    """The marks of a submission, and its points a question."""
    if isinstance(content, list):
        content = notebook(content)
    if isinstance(content, dict):
        content = json.dumps(content)
    if isinstance(content, str):
        content = content.encode()
    if content is not None:
        path.write_bytes(content)
    marks = judge(path, TESTS, limits)
    return marks, {report.question: report.points for report in marks.reports}


@pytest.fixture(autouse=True)
def seed(monkeypatch):
    monkeypatch.setenv("GRADE_SEED", "4711")


@pytest.fixture
def listener():
    """A server on this machine's loopback: its port, and who has called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        called = []

        def serve():
            try:
                while True:
                    called.append(server.accept()[1])
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], called
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize("group", groups())
def test_fair_score(group, tmp_path, listener):
    port, called = listener
    limits = LIMITS[group[0].kind]
    sources = cells_with(*group, words={"PORT": str(port)})
    began = time.monotonic()
    marks, points = judged(tmp_path / "x.ipynb", sources, limits)
    fair = dict.fromkeys(FULL, "all")
    for name, value in points.items():
        low = high = FULL[name]
        for one in group:
            if one.question == name:
                low, high, fair[name] = one.low, one.high, one.name
        assert low <= value <= high, f"{fair[name]}: {value}, {marks}"
    assert time.monotonic() - began < limits.whole
    assert not called, "a notebook reached this machine"
    assert os.listdir(tmp_path) == ["x.ipynb"]
    text = "".join(case.message for r in marks.reports for case in r.cases) + marks.note
    assert all(x.isprintable() or x == "\n" for x in text)
    assert "tensor(" not in text


def test_an_untouched_exercise_earns_nothing(tmp_path):
    untouched = (ROOT / "exercises" / f"{STEM}.ipynb").read_bytes()
    marks, points = judged(tmp_path / "untouched.ipynb", untouched)
    assert (set(points.values()), marks.status) == ({0}, "graded")


# ------------------------------------------------------------------------- odd files


def test_one_question_and_no_checks(tmp_path):
    cells = solution()
    sources = [cells["imports"], cells["q3-given"], cells["q3-answer"]]
    _, points = judged(tmp_path / "x.ipynb", sources)
    assert points == {**dict.fromkeys(FULL, 0), "q3": FULL["q3"]}


def test_late_answers_and_cells_out_of_order(tmp_path):
    """Checks first, then the answers from last to first, each after a wrong one."""
    cells = solution()
    checks = [source for name, source in cells.items() if name.endswith("-check")]
    answers = [source for name, source in cells.items() if name not in checks]
    wrong = "def attend(q, k, v, mask):\n    return q, k\n"
    sources = [*checks, wrong, *reversed(answers)]
    _, points = judged(tmp_path / "x.ipynb", sources)
    assert points == FULL


def test_everything_about_the_file_is_odd(tmp_path):
    """No ids, another kernel, wild metadata, 50 MB of outputs, a BOM, empty lines.

    At its end it deletes the answers, after they were checked.
    """
    empty = "\n" * 1_000_000 + " " * 500_000 + "x = 1"
    spoilt = "del attend, torch, additive_score\nmasked_softmax = bahdanau_step = None"
    odd = notebook([empty, *cells_with(), spoilt])
    for cell in odd["cells"]:
        del cell["id"], cell["metadata"], cell["execution_count"]
        cell["outputs"] = {"text": "not even a list"}
        cell["source"] = cell["source"].splitlines(keepends=True)
    odd["cells"][0]["outputs"] = ["x" * 1000] * 50_000
    odd["cells"].insert(3, {"cell_type": "raw", "source": "while True: pass"})
    odd["cells"].insert(3, {"cell_type": "heading", "level": 1})
    odd["metadata"] = {"kernelspec": {"name": "julia-1.9", "language": "julia"}}
    odd["otter"] = {"points": 100}
    odd["nbformat"] = "four"
    content = b"\xef\xbb\xbf" + json.dumps(odd).encode() + b"\n\n"
    assert len(content) > 50_000_000
    marks, points = judged(tmp_path / "x.ipynb", content)
    assert (points, marks.status) == (FULL, "graded")


def test_forms_of_a_notebook(tmp_path):
    """What is read, however it is written."""
    path, sources = tmp_path / "x.ipynb", ["a = 1\n", "b = 'ä'"]
    plain = notebook(sources)
    old = {"nbformat": 3, "worksheets": [{"cells": []}]}
    for cell in plain["cells"]:
        old["worksheets"][0]["cells"] += [
            {"cell_type": "code", "input": cell["source"]}
        ]
    for content in (plain, old):
        for coding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
            text = json.dumps(content, ensure_ascii=False)
            path.write_bytes(text.encode(coding))
            assert read(path) == sources
    path.write_bytes(json.dumps(plain, ensure_ascii=False).encode("latin-1"))
    assert read(path) == ["a = 1\n", "b = '\ufffd'"]


BROKEN = {
    "nothing": b"",
    "white space": b" \n" * 1000,
    "zeros": bytes(1000),
    "no JSON": b"def attend(q, k, v, mask): ...",
    "half a notebook": json.dumps(notebook(["1"] * 9)).encode()[:300],
    "a list": b"[]",
    "a number": b"9" * 10_000,
    "deep": b"[" * 1_000_000 + b"]" * 1_000_000,
    "deep cells": b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "many parts": b'{"cells": [' + b"[]," * 4_000_000 + b"[]]}",
    "cells of another kind": b'{"cells": [1, 2]}',
    "sources of another kind": b'{"cells": [{"cell_type": "code", "source": [[1]]}]}',
    "too much code": json.dumps(notebook(["#" * 3_000_000])).encode(),
    "too large": b'{"cells": [' + b" " * MOST + b"]}",
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10,
    "a zip": b"PK\x03\x04" + bytes(1000),
}


@pytest.mark.parametrize("what", BROKEN)
def test_no_notebook_earns_nothing(what, tmp_path):
    began = time.monotonic()
    marks, points = judged(tmp_path / "x.ipynb", BROKEN[what])
    assert (points, marks.status) == (dict.fromkeys(FULL, 0), "unreadable")
    assert marks.note
    assert marks.possible == sum(FULL.values())
    assert time.monotonic() - began < 30


def test_no_file_earns_nothing(tmp_path):
    """A link to somebody else's solution, a folder, a pipe that never ends."""
    right = tmp_path / "neighbour.ipynb"
    right.write_text(json.dumps(notebook(cells_with())))
    (tmp_path / "link.ipynb").symlink_to(right)
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "device.ipynb").symlink_to("/dev/zero")
    for name in ("link", "folder", "pipe", "device"):
        marks, _ = judged(tmp_path / f"{name}.ipynb", None)
        assert (marks.points, marks.status) == (0, "unreadable"), name
    with pytest.raises(GraderError, match=r"nobody\.ipynb"):  # not the learner's fault
        judged(tmp_path / "nobody.ipynb", None)


def test_a_file_that_changes_while_it_is_read(tmp_path):
    path = tmp_path / "x.ipynb"
    texts = [json.dumps(notebook(["x = 1"] * n)).encode() for n in (3, 3000)]
    path.write_bytes(texts[0])
    over = threading.Event()

    def change():
        for text in texts * 10_000:
            if over.is_set():
                break
            path.write_bytes(text)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(50):
            with contextlib.suppress(ValueError):
                assert set(read(path)) <= {"x = 1"}
    finally:
        over.set()
        thread.join()
