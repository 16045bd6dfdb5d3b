"""The judge gives what the learner's own check gives, in the time that it has."""

import itertools
import json
import time
from pathlib import Path

import nbformat
import pytest

from course_lib.grading import judge as judging
from course_lib.grading import run_tests, wanted
from course_lib.grading.judge import Session, Variables, judge
from course_lib.grading.remote import Stopped, Worker
from course_lib.grading.sandbox import GraderError, Limits

ROOT = Path(__file__).parent.parent
STEMS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.ipynb"))


def answers(stem):
    """The cells of a solution that make its variables: id -> source."""
    cells = nbformat.read(ROOT / "solutions" / f"{stem}.ipynb", as_version=4).cells
    ours = ("setup", "checks", "score")
    return {
        cell.id: cell.source
        for cell in cells
        if cell.cell_type == "code"
        and cell.id not in ours
        and not cell.id.endswith("-check")
    }


@pytest.mark.parametrize("stem", STEMS)
def test_other_answers_get_the_same_in_both_places(stem):
    """Every known wrong and right answer: here, and in a process of its own."""
    cells, here = answers(stem), {"__name__": "answers"}
    with Worker(Limits(cell=60, call=60), sandboxed=False) as worker:
        for name, source in cells.items():
            exec(compile(source, name, "exec"), here)
            assert worker.run(source) is None
        paths = [
            path
            for kind in ("mutants", "alternatives")
            for path in sorted((ROOT / "tests" / kind / stem).glob("*.py"))
        ]
        assert paths
        for path in paths:
            question = path.stem.split("__")[0]
            file = ROOT / "tests/exercises" / stem / f"{question}.py"
            source, answered = path.read_text(encoding="utf-8"), dict(here)
            exec(compile(source, path.name, "exec"), answered)
            worker.run(source)
            want = run_tests(file, answered)
            found = run_tests(file, Variables(worker, wanted(file)))
            assert found.points == want.points, path
            passed = [case.passed for case in want.cases]
            assert [case.passed for case in found.cases] == passed, path
            worker.run(cells[f"{question}-answer"])


TESTS = """
from otter.test_files import test_case

OK_FORMAT = False
name = "{name}"
points = 2


@test_case(name="one", points=1, hidden=False)
def test_one({variable}):
    assert {variable}(1) == 1


@test_case(name="two", points=1, hidden=True)
def test_two({variable}):
    assert {variable}(2) == 2
"""


def marks(folder, cells, **limits):
    """What cells earn where q1 asks for f(x) = x, q2 for g(x) = x."""
    tests = folder / "tests"
    tests.mkdir(exist_ok=True)
    for name, variable in (("q1", "f"), ("q2", "g")):
        text = TESTS.format(name=name, variable=variable)
        (tests / f"{name}.py").write_text(text)
    sources = [{"cell_type": "code", "source": source} for source in cells]
    path = folder / "x.ipynb"
    path.write_text(json.dumps({"cells": sources}))
    found = judge(path, tests, Limits(**limits), sandboxed=False)
    return found, [report.points for report in found.reports]


def test_the_time_for_everything(tmp_path):
    found, points = marks(tmp_path, ["f = g = lambda x: x"], whole=0)
    assert points == [0, 0]
    assert (found.status, found.note) == ("stopped", "it took more than 0 seconds")
    cells = ["f = lambda x: x\ngrader.check('q1')"]
    cells += ["import time; time.sleep(1)"] * 20 + ["g = lambda x: x"]
    files = {name: tmp_path / f"tests/{name}.py" for name in ("q1", "q2")}
    session = Session(cells, files, Limits(), sandboxed=False)
    with Worker(Limits(), sandboxed=False) as worker:
        began = time.monotonic()
        session.until = worker.until = began + 6
        with pytest.raises(Stopped, match="time for the whole notebook"):
            session.play(worker)
    assert time.monotonic() - began < 18  # not the 20 seconds of the cells
    assert session.best["q1"].points == 2
    assert set(session.best) == {"q1"}
    assert not session.out  # nobody is to blame


def test_what_stops_the_process_or_is_slow_costs_no_other_question(tmp_path):
    kills = (
        "import os\ndef f(x):\n    if x == 2: os.kill(os.getppid(), 9)\n    return x"
    )
    slow = "import time\ndef g(x):\n    time.sleep(1.5)\n    return x"
    found, points = marks(tmp_path, [kills, slow], question=2)
    assert points == [1, 1]
    assert (found.status, found.cells) == ("graded", ())
    messages = [report.cases[1].message for report in found.reports]
    assert "process" in messages[0]
    assert "did not return within" in messages[1]


def test_cells_that_stop_the_process_are_left_out(tmp_path):
    stops = "import os; os._exit(0)"
    cells = ["f = lambda x: x", stops, "g = lambda x: x\ngrader.check('q2')", stops]
    found, points = marks(tmp_path, cells, starts=2)
    assert points == [0, 2]
    assert (found.status, found.cells) == ("stopped", (2, 4))
    assert found.note == (
        "cell 2 was left out: its process ended; cell 4 was left out: its process "
        "ended; its process was started 2 times"
    )


class Mortal(Worker):
    """A worker whose cells are words: "ends" it, "strikes 3" steps later, "stays".

    What stays is a thread that does no harm; what strikes is a thread as well.
    """

    def __init__(self, *_):
        self.steps, self.fates, self.threads = 0, [], set()

    def __exit__(self, *_):
        pass

    def step(self):
        self.steps += 1
        if self.steps in self.fates:
            raise Stopped("its process ended")

    def tasks(self):
        self.step()
        return set(self.threads)

    def run(self, source):
        self.step()
        word, *after = source.split()
        if word == "ends":
            raise Stopped("its process ended")
        if word in ("strikes", "stays"):
            self.threads.add(f"thread {self.steps}")
            self.fates += [self.steps + int(steps) for steps in after]


def test_who_stops_the_process_is_left_out_and_nobody_else(monkeypatch):
    """Every notebook of five cells and some that follow; up to three end it."""
    monkeypatch.setattr(judging, "Worker", Mortal)
    words = ("plain", "stays", "ends", "strikes 1", "strikes 2", "strikes 6")
    for cells in itertools.product(words, repeat=5):
        guilty = {n for n, word in enumerate(cells, 1) if word[:3] in ("end", "str")}
        if len(guilty) > 3:
            continue
        session = Session([*cells, *["plain"] * 3], {}, Limits(), sandboxed=False)
        session.run()
        assert session.note == "", cells  # it came to its end
        assert set(session.out) <= guilty, cells


def test_a_tests_own_fault_is_nobodys_mark(tmp_path):
    marks(tmp_path, [])
    file = tmp_path / "tests/q1.py"
    file.write_text(file.read_text().replace("f(1)", "f(print)"))
    path = tmp_path / "x.ipynb"
    path.write_text('{"cells": [{"cell_type": "code", "source": "f = lambda x: x"}]}')
    with pytest.raises(GraderError, match="cannot be handed"):
        judge(path, tmp_path / "tests", sandboxed=False)
    with pytest.raises(GraderError, match=r"y\.ipynb"):
        judge(tmp_path / "y.ipynb", tmp_path / "tests", sandboxed=False)
