"""The instructor's tool: a folder is graded, continued, divided, joined and shown."""

import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from multiprocessing.connection import wait
from pathlib import Path

import nbformat
import pytest
import yaml
from walls import no_walls, walled

from course_lib.grading import (
    Case,
    Report,
    canary,
    classroom,
    gradescope,
    jury,
    progress,
    reports,
    submissions,
    summary,
)
from course_lib.grading.__main__ import main, parser
from course_lib.grading.judge import Marks
from course_lib.grading.jury import Jury, Rules
from course_lib.grading.parts import merge
from course_lib.grading.sandbox import GraderError

ROOT = Path(__file__).parent.parent


# A tiny exercise of 3 points. For some seeds its test file is a grader that fails.
Q1 = """\
from otter.test_files import test_case
import os, subprocess, sys, time
from course_lib.grading.checks import call, check

OK_FORMAT = False
name = "q1"
points = 3
if os.environ.get("GRADE_SEED") == "101":
    # a grandchild in a session of its own, whose parent has gone
    code = "import subprocess as s; print(s.Popen(['sleep', '600']).pid, flush=True)"
    run = [sys.executable, "-c", code]
    with open("PLACE", "wb") as file:
        subprocess.run(run, stdout=file, start_new_session=True)
    time.sleep(600)
if os.environ.get("GRADE_SEED") == "102":
    os._exit(7)


@test_case(name="one", points=1, hidden=False, failure_message="Too small.")
def test_one(double):
    check(call(double, 2), 4)


@test_case(name="two", points=2, hidden=True, failure_message="No.")
def test_two(double):
    check(call(double, 7), 14, {"Added, not doubled.": 9})
"""
RIGHT = "def double(x):\n    return 2 * x"
BLANK = "def double(x):\n    ..."
ADDED = "def double(x):\n    return x + 2"


def notebook(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    place = tmp_path_factory.mktemp("tiny")
    (place / "tests").mkdir()
    text = Q1.replace("PLACE", str(place / "pid"))
    (place / "tests" / "q1.py").write_text(text, encoding="utf-8")
    return canary.Exercise(
        "99_tiny",
        place / "tests",
        notebook(place / "solution.ipynb", RIGHT),
        notebook(place / "untouched.ipynb", BLANK),
    )


def command(folder, exercise, out, *more):
    return [
        *(sys.executable, "-m", "course_lib.grading", "grade", str(folder)),
        *("--exercise", exercise.name, "--tests", str(exercise.tests)),
        *("--solution", str(exercise.solution)),
        *("--untouched", str(exercise.untouched), "--out", str(out), *more),
    ]


ENV = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


# ----------------------------------------------------------- a folder, from end to end


@pytest.fixture(scope="module")
def graded(tiny, tmp_path_factory):
    """A folder that was graded by a run that was killed and one that went on."""
    if no_walls():
        pytest.skip(no_walls())
    place = tmp_path_factory.mktemp("class")
    folder, out = place / "submissions", place / "reports"
    notebook(folder / "ann.ipynb", RIGHT)
    notebook(folder / "b" / "index.ipynb", ADDED)
    (folder / "<b>&\n\u202e\"'.ipynb").write_text("{", encoding="utf-8")
    notebook(folder / "doejane_LATE_4321_987_1_2_hw.ipynb", ADDED)
    (folder / "run.ipynb").write_text("[]", encoding="utf-8")
    notebook(folder / ".ipynb_checkpoints" / "ann.ipynb", RIGHT)
    notebook(place / "elsewhere.ipynb", RIGHT)
    (folder / "link.ipynb").symlink_to(place / "elsewhere.ipynb")
    (folder / "out").symlink_to(place)
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / os.fsdecode(b"caf\xe9.ipynb")).write_bytes(b"no")

    first = subprocess.Popen(
        command(folder, tiny, out, "--jobs", "2", "--seed", "5"), env=ENV
    )
    until = time.monotonic() + 100
    while not (done := list(out.glob("[!r]*.json"))) and time.monotonic() < until:
        time.sleep(0.02)
    below = jury.below(first.pid)
    first.send_signal(signal.SIGTERM)
    assert first.wait(60) == 130
    assert below
    assert not [pid for pid in below if alive(pid)]
    assert not (out / "grades.csv").exists()
    times = {path: path.stat().st_mtime_ns for path in done}

    classroom.grade(folder, tiny, out, classroom.Options(jobs=2))
    for path, time_then in times.items():
        assert path.stat().st_mtime_ns == time_then, "graded twice"
    return folder, out


def test_each_submission_gets_its_mark(graded):
    _, out = graded
    rows = {row["submission"]: row for row in table(out / "grades.csv")}
    assert {name: (row["points"], row["status"]) for name, row in rows.items()} == {
        "ann.ipynb": ("3", "graded"),
        "b/index.ipynb": ("1", "graded"),
        "<b>&\\n\\u202e\"'.ipynb": ("0", "unreadable"),
        "doejane_LATE_4321_987_1_2_hw.ipynb": ("1", "graded"),
        "run.ipynb": ("0", "unreadable"),
        "link.ipynb": ("", "grade by hand"),
        "broken.ipynb": ("0", "unreadable"),
        "caf\\udce9.ipynb": ("0", "unreadable"),
    }
    heads = ["submission", "points", "possible", "q1", "status", "note", "seconds"]
    assert list(rows["ann.ipynb"]) == heads
    assert all(row["possible"] == "3" for row in rows.values())
    assert "links are not followed" in rows["link.ipynb"]["note"]
    assert rows["link.ipynb"]["q1"] == ""


def test_the_run_is_recorded(graded):
    _, out = graded
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert run["seed"] == 5
    assert run["submissions"] == 8
    assert run["left_out"] == ["notes.txt", "out"]
    assert run["finished"]


def test_reports_do_not_collide_with_what_else_is_there(graded):
    _, out = graded
    names = {path.name for path in out.iterdir()}
    assert {"ann.json", "ann.html", "run.json", "index.html"} <= names
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert "seed" in record
    assert sum(name.startswith("run-") for name in names) == 2
    assert not [name for name in names if name.endswith(".part")]
    assert all(name.isascii() and "\n" not in name for name in names)
    assert len(list(out.glob("*.html"))) == 8 + 1


def test_the_report_says_what_is_wrong_and_nothing_of_the_learners_acts(graded):
    _, out = graded
    (path,) = out.glob("b_index-*.html")
    text = path.read_text(encoding="utf-8")
    assert "Added, not doubled." in text
    assert "held back" in text.lower()
    for path in out.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<b>" not in text
        assert "\u202e" not in text
        assert "<script" not in text
        assert "default-src 'none'" in text
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "Added, not doubled." in index
    assert "not read: notes.txt" in index


def test_gradescopes_form(graded):
    _, out = graded
    (path,) = (out / "gradescope").glob("b_index-*.json")
    form = json.loads(path.read_text(encoding="utf-8"))
    assert form["score"] == 1
    assert [(t["score"], t["max_score"], t["visibility"]) for t in form["tests"]] == [
        (1, 1, "visible"),
        (0, 2, "after_published"),
    ]
    link = json.loads((out / "gradescope" / "link.json").read_text(encoding="utf-8"))
    assert "score" not in link
    assert "tests" not in link


def test_canvas_gets_who_has_a_name_of_its_own(graded):
    _, out = graded
    assert (out / "canvas.csv").read_text(encoding="utf-8") == (
        "Student,ID,SIS User ID,SIS Login ID,Section,99_tiny\n"
        "    Points Possible,,,,,3\n"
        "doejane,4321,,,,1\n"
    )


def test_a_changed_file_is_graded_anew_and_nothing_else(graded, tiny, monkeypatch):
    folder, out = graded
    copy = folder.parent / "again"
    shutil.copytree(out, copy)
    moved = folder.parent / "submissions-again"
    shutil.copytree(folder, moved, symlinks=True)
    notebook(moved / "ann.ipynb", ADDED)
    (moved / "broken.ipynb").unlink()
    asked = fake_jury(monkeypatch)
    classroom.grade(moved, tiny, copy, classroom.Options())
    assert asked == ["solution", "untouched", "ann"]
    names = {row["submission"] for row in table(copy / "grades.csv")}
    assert "broken.ipynb" not in names
    assert (copy / "withdrawn" / "broken.json").exists()
    asked.clear()
    classroom.grade(moved, tiny, copy, classroom.Options(retry=True))
    assert asked == ["solution", "untouched"]  # the link cannot be read now either
    asked.clear()
    classroom.grade(moved, tiny, copy, classroom.Options(seed=5))
    assert asked == []
    with pytest.raises(GraderError, match="--seed 5"):
        classroom.grade(moved, tiny, copy, classroom.Options(seed=6))
    with pytest.raises(GraderError, match="the whole class"):
        classroom.grade(moved, tiny, copy, classroom.Options(shard="1/2"))
    with pytest.raises(GraderError, match="99_tiny"):
        classroom.grade(moved, replace(tiny, name="98"), copy, classroom.Options())


@walled
def test_parts_in_processes_of_their_own_give_the_same_marks(graded, tiny, tmp_path):
    folder, out = graded
    parts = [tmp_path / "part1", tmp_path / "part2"]
    runs = [
        subprocess.Popen(
            command(folder, tiny, part, "--shard", f"{number}/2", "--jobs", "1"),
            env=ENV,
        )
        for number, part in enumerate(parts, 1)
    ]
    assert [run.wait(200) for run in runs] == [0, 0]
    sizes = [len(table(part / "grades.csv")) for part in parts]
    assert sum(sizes) == 8
    assert min(sizes) > 0
    whole = tmp_path / "whole"
    assert main(["merge", str(whole), *map(str, parts)]) == 0

    def marks(place):
        rows = table(place / "grades.csv")
        return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]

    assert marks(whole) == marks(out)  # with three seeds
    assert {path.name for path in whole.glob("*.html")} == {
        path.name for path in out.glob("*.html")
    }
    with pytest.raises(GraderError, match="missing: part 2 of 2"):
        merge(tmp_path / "new", parts[:1])
    with pytest.raises(GraderError, match="twice: part 1"):
        merge(tmp_path / "new", [*parts, parts[0]])
    with pytest.raises(GraderError, match="reports already"):
        merge(whole, parts)
    (parts[0] / "gradescope").rename(tmp_path / "gone")
    some = next(path for path in parts[0].glob("*.json") if path.name != "run.json")
    some.unlink()
    with pytest.raises(GraderError, match="hold 7"):
        merge(tmp_path / "new", parts)
    run = json.loads((parts[1] / "run.json").read_text(encoding="utf-8"))
    (parts[1] / "run.json").write_text(json.dumps(run | {"finished": None}))
    with pytest.raises(GraderError, match="not finished"):
        merge(tmp_path / "new", parts)


# ---------------------------------------------------------------- judges that fail


@pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
def test_a_judge_that_hangs_dies_or_fails_is_nobodys_mark(tiny, tmp_path, monkeypatch):
    """Seed 101 makes the test file hang, seed 102 makes it end its process."""
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{", encoding="utf-8")
    rules = Rules(tiny.tests, 101, 100.0, sandboxed=False)
    pid = tiny.tests.parent / "pid"

    def until_it_hangs(channels, seconds):
        if pid.exists() and pid.read_text().endswith("\n"):
            some.judges[0].until = 0.0  # its time is over
            monkeypatch.undo()
        return wait(channels, 0.05)

    monkeypatch.setattr(jury, "wait", until_it_hangs)
    with Jury(1, rules) as some:
        found = some.judge((str(i), broken) for i in range(4))
        name, record = next(found)
        assert (name, record["points"], record["questions"]) == ("0", None, [])
        assert record["status"] == "grade by hand"
        assert "100 seconds" in record["note"]
        assert not alive(int(pid.read_text()))
        some.rules = replace(rules, seed=102)
        name, record = next(found)
        assert (name, record["points"]) == ("1", None)
        assert "status 7" in record["note"]
        some.rules = replace(rules, seed=7)
        name, record = next(found)
        assert (name, record["status"]) == ("2", "unreadable"), record
        (tmp_path / "q1.py").write_text("raise RuntimeError('a bad test file')")
        some.judges[0].rules = replace(some.rules, tests=tmp_path)
        name, record = next(found)
        assert (name, record["points"]) == ("3", None)
        assert "a bad test file" in record["note"]
        process = some.judges[0].process
    assert process.poll() is not None


def fake_jury(monkeypatch, marks=None):
    """Judges that know the marks; returns the names they are asked for."""
    asked = []

    class Fake(Jury):
        def __init__(self, count, rules):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

        def judge(self, notebooks):
            for name, _ in notebooks:
                asked.append(name)
                found = outcome(3.0 if name == "solution" else 0.0)
                yield name, (marks or {}).get(name, found)

    monkeypatch.setattr(classroom, "Jury", Fake)
    monkeypatch.setattr(classroom, "protected", lambda: True)
    return asked


def outcome(points, message="", status="graded", question="q1"):
    case = Case("one", 3.0, points == 3.0, message)
    got = reports.outcome(Marks(status, (Report(question, (case,)),), "", (), 1.0))
    return got | {"points": None if status == "grade by hand" else points}


@pytest.mark.parametrize(
    ("name", "found", "words"),
    [
        (
            "solution",
            outcome(0.0, "Too small."),
            "solution .* earns 0 of 3(.|\n)*small",
        ),
        (
            "solution",
            jury.by_hand("no sandbox"),
            "solution .* earns no mark(.|\n)*no sandbox",
        ),
        ("untouched", outcome(3.0), "untouched .* earns 3 of 3"),
    ],
)
def test_nothing_is_graded_where_the_canary_falls(
    name, found, words, tiny, tmp_path, monkeypatch, capsys
):
    asked = fake_jury(monkeypatch, {name: found})
    notebook(tmp_path / "in" / "ann.ipynb", RIGHT)
    asking = command(tmp_path / "in", tiny, tmp_path / "out")[3:]
    assert main(asking) == 1
    assert asked == ["solution", "untouched"]
    said = capsys.readouterr().err
    assert re.search(f"nothing was graded: the {words}", said), said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {".lock"}


def test_there_is_no_grading_without_a_sandbox(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("GRADE_WITHOUT_SANDBOX", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    notebook(tmp_path / "in" / "ann.ipynb", RIGHT)
    assert main(command(tmp_path / "in", tiny, tmp_path / "out")[3:]) == 1
    assert "bubblewrap" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_two_runs_do_not_write_to_one_folder(tmp_path):
    with (
        classroom.locked(tmp_path),
        pytest.raises(GraderError, match="another run"),
        classroom.locked(tmp_path),
    ):
        pass


def test_changed_tests_are_not_mixed(tiny, tmp_path, monkeypatch):
    fake_jury(monkeypatch)
    folder, out = tmp_path / "in", tmp_path / "out"
    notebook(folder / "ann.ipynb", RIGHT)
    shutil.copytree(tiny.tests, tmp_path / "tests")
    exercise = replace(tiny, tests=tmp_path / "tests")
    classroom.grade(folder, exercise, out, classroom.Options())
    with (tmp_path / "tests" / "q1.py").open("a") as file:
        file.write("\n")
    with pytest.raises(GraderError, match="tests have changed"):
        classroom.grade(folder, exercise, out, classroom.Options())


# -------------------------------------------------------------- what is asked for


def test_the_repositorys_exercises_are_found():
    found = canary.exercise("03_soft_attention")
    assert found.tests == ROOT / "tests" / "exercises" / "03_soft_attention"
    with pytest.raises(GraderError, match="there are 01_encoder_decoder"):
        canary.exercise("3")
    with pytest.raises(GraderError, match="--solution"):
        canary.exercise("x", tests=ROOT / "tests/exercises/03_soft_attention")


def test_an_installed_package_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(canary, "ROOT", tmp_path)
    monkeypatch.setattr(gradescope, "ROOT", tmp_path)
    with pytest.raises(GraderError, match="clone of the repository"):
        canary.exercise("03_soft_attention")
    with pytest.raises(GraderError, match="clone of the repository"):
        gradescope.pack(tmp_path)


def test_folders_without_notebooks_are_refused(tmp_path):
    with pytest.raises(GraderError, match="cannot read the folder"):
        submissions.find(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(GraderError, match="no notebook"):
        submissions.find(tmp_path, tmp_path / "out")


def test_a_pipe_and_a_large_file_keep_nobody_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    with (tmp_path / "large.ipynb").open("wb") as file:
        file.truncate(2 * submissions.MOST)
    large, pipe = submissions.find(tmp_path, tmp_path / "out")[0]
    pipe.read()
    assert "not read" in pipe.problem
    large.read()
    assert len(large.content) == submissions.MOST + 1


def test_names_of_reports_are_unique_on_any_disk():
    posing = "a_b-" + submissions.key("a/b.ipynb")[:12]
    names = ["a/b.ipynb", "a_b.ipynb", "Ann.ipynb", "ann.ipynb", "ann.IPYNB"]
    names += ["index.ipynb", "Grades.ipynb", "-rf.ipynb", "..ipynb", f"{posing}.ipynb"]
    names += ["x" * 200 + ".ipynb", "x" * 201 + ".ipynb", "né.ipynb", "ne\u0301.ipynb"]
    found = submissions.report_names(names)
    assert len({name.casefold() for name in found.values()}) == len(names)
    assert found["a_b.ipynb"] == "a_b"
    for name in found.values():
        assert set(name) <= set("._-") | set(map(chr, range(48, 123)))
        assert name[0] not in ".-"
        assert len(name) < 140
        assert name.casefold() not in submissions.RESERVED


def test_shards_are_stable_and_whole():
    def made(names):
        return [submissions.Submission(name, Path(name), name) for name in names]

    names = [f"student{number}.ipynb" for number in range(97)]
    parts = [submissions.share(made(names), f"{k}/7") for k in range(1, 8)]
    assert sorted(one.name for part in parts for one in part) == sorted(names)
    assert all(parts)
    some = {one.name for one in submissions.share(made(names[::3]), "3/7")}
    assert some == {one.name for one in parts[2]} & set(names[::3])
    for wrong in ("0/7", "8/7", "3", "a/b", "1/0"):
        with pytest.raises(GraderError, match="from 1/16 to 16/16"):
            submissions.share(made(names), wrong)


def test_an_empty_part_is_a_part(tiny, tmp_path, monkeypatch):
    fake_jury(monkeypatch)
    notebook(tmp_path / "ann.ipynb", RIGHT)
    parts = [tmp_path / "reports" / f"part{number}" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        options = classroom.Options(shard=f"{number}/2")
        classroom.grade(tmp_path, tiny, part, options)  # the reports lie in the folder
    run = json.loads((parts[0] / "run.json").read_text(encoding="utf-8"))
    assert run["left_out"] == []
    merge(tmp_path / "whole", parts)
    assert len(table(tmp_path / "whole" / "grades.csv")) == 1


def test_the_command_line_refuses_nonsense(capsys):
    for wrong in (["--jobs", "0"], ["--limit", "-1"], ["--limit", "nan"]):
        with pytest.raises(SystemExit, match="2"):
            main(["grade", "x", "--exercise", "y", "--out", "z", *wrong])
    assert "above 0" in capsys.readouterr().err


# -------------------------------------------------------------------- what is written


def records(*outcomes):
    made = {}
    for number, found in enumerate(outcomes):
        name = found.pop("name", f"student{number}.ipynb")
        made[f"r{number}"] = found | {
            "submission": name,
            "key": str(number),
            "digest": "",
            "exercise": "99_tiny",
            "seed": 5,
        }
    return made


RUN = {"exercise": "99_tiny", "seed": 5, "left_out": []}


class Tags(HTMLParser):
    """What tags a page has, and what it says."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.said = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.said.append(data)


def test_mistakes_are_counted_once_a_submission():
    wrong = "alpha is wrong (largest difference {})\nLikely mistake: No scale."
    found = records(
        outcome(0.0, wrong.format("0.3")),
        outcome(0.0, wrong.format("1.7e+03")),
        outcome(0.0, "another"),
        outcome(0.0, "not answered yet"),
        outcome(3.0),
    )
    text = summary.mistakes(found)
    assert '<td class="number">2<td class="words">alpha is wrong\nLikely' in text
    assert "not answered yet" not in text
    assert "3 none; 1 not answered" not in summary.by_question(found)
    assert "1 all points, 0 some, 4 none" in summary.by_question(found)


def test_the_page_of_a_class_without_any_mark():
    found = records(jury.by_hand("why"), jury.by_hand("why"))
    text = summary.page(RUN, found, [])
    assert "no mark" in text
    assert "Mean" not in text
    rows = list(csv.reader(io.StringIO(summary.grades(found, []))))
    assert rows[1][:3] == ["student0.ipynb", "", ""]


def test_learners_text_is_text_everywhere():
    evil = "</td><script>alert(1)</script>\x1b[2J\u202e\ud800"
    found = records(outcome(0.0, evil) | {"name": f"=cmd|{evil}", "note": f"@{evil}"})
    for text in (summary.page(RUN, found, [evil]), reports.page(found["r0"])):
        page = Tags(text)
        assert "script" not in page.tags
        assert "\x1b" not in text
        assert "<script>alert(1)" in "".join(page.said)
        text.encode("utf-8")
    row = list(csv.reader(io.StringIO(summary.grades(found, ["q1"]))))[1]
    assert row[0].startswith("'=cmd|")
    assert row[5].startswith("'@")
    json.loads(reports.gradescope(found["r0"]))["tests"][0]["output"].encode("utf-8")


def test_canvas_leaves_out_what_is_not_sure():
    names = {
        "doejane_11_500_03_soft_attention.ipynb": outcome(3.0),
        "roe_LATE_12_501_a_7_8_b.ipynb": outcome(0.0),
        "two_13_502_a.ipynb": outcome(3.0),
        "two_13_503_b.ipynb": outcome(0.0),
        "fail_14_504_a.ipynb": jury.by_hand("why"),
        "anon_x7_505_a.ipynb": outcome(3.0),
    }
    found = records(*(record | {"name": name} for name, record in names.items()))
    text, warnings = summary.canvas(found, "Exercise 3 (98)")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][-1] == "Exercise 3 (98)"
    assert rows[2:] == [
        ["doejane", "11", "", "", "", "3"],
        ["roe", "12", "", "", "", "0"],
    ]
    assert [warning.partition(": ")[0] for warning in warnings] == [
        "not in canvas.csv, several of one student",
        "not in canvas.csv, to be graded by hand",
        "not in canvas.csv, no name as Canvas gives them",
    ]


def test_a_write_that_stops_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    reports.write(path, "old")

    def stop(*names):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        reports.write(path, "new")
    assert path.read_text() == "old"
    path.write_text('{"key": "')
    assert reports.read(path) is None


# ------------------------------------------------------------------------- Gradescope


def unpack(archive, place):
    """As Gradescope does: the archive in source, the script beside it."""
    place.chmod(0o755)
    with zipfile.ZipFile(archive) as file:
        for entry in file.infolist():
            path = Path(file.extract(entry, place / "source"))
            path.chmod(entry.external_attr >> 16)
    shutil.copy(place / "source" / "run_autograder", place)
    (place / "submission").mkdir()


def stranger_can_read(path):
    return all(p.stat().st_mode & 1 for p in Path(path).resolve().parents)


@pytest.fixture
def autograder(tmp_path):
    """A folder like Gradescope's, and what calls its script."""
    gradescope.pack(tmp_path)
    place = Path(tempfile.mkdtemp(prefix="autograder"))
    unpack(tmp_path / "03_soft_attention.zip", place)
    env = {**os.environ, "AUTOGRADER": str(place), "AUTOGRADER_PYTHON": sys.executable}
    env.pop("PYTHONPATH", None)
    if not stranger_can_read(sys.executable) or not stranger_can_read(sys.prefix):
        env["GRADE_AS_USER"] = ""  # Python itself is hidden from others here

    def run():
        script = place / "run_autograder"
        return subprocess.run([script], env=env, capture_output=True, text=True)

    yield place, run
    shutil.rmtree(place)


@pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
def test_gradescopes_archive_grades_a_submission(autograder):
    place, run = autograder
    solved = nbformat.read(ROOT / "solutions" / "03_soft_attention.ipynb", 4)
    look = f"""\
import os, pathlib
here = pathlib.Path({str(place)!r})
if os.getuid() != os.stat(here).st_uid:
    places = "source/tests/q1.py", "submission/my answers.ipynb", "results"
    assert (here / "source/course_lib/masks.py").read_text()
    if any(os.access(here / name, os.R_OK | os.W_OK) for name in places):
        del additive_score
"""
    solved.cells.append(nbformat.v4.new_code_cell(look))
    solved.cells = [c for c in solved.cells if "grader.check" not in c.source]
    nbformat.write(solved, place / "submission" / "my answers.ipynb")
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    form = json.loads((place / "results" / "results.json").read_text(encoding="utf-8"))
    assert form["score"] == 10, form
    assert sum(test["max_score"] for test in form["tests"]) == 10
    assert {test["visibility"] for test in form["tests"]} == {
        "visible",
        "after_published",
    }

    (place / "results" / "results.json").unlink()
    (place / "source" / "tests" / "q1.py").write_text("raise RuntimeError('lost')")
    (place / "submission" / "my answers.ipynb").write_text("{")
    done = run()
    assert done.returncode == 1
    assert "no mark" in done.stdout
    assert not (place / "results" / "results.json").exists()


def test_gradescopes_archive_is_complete_and_the_same_each_time(tmp_path):
    first, *_ = gradescope.pack(tmp_path / "a", "https://example.org/whl/cpu")
    again, *_ = gradescope.pack(tmp_path / "b", "https://example.org/whl/cpu")
    assert first.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(first) as file:
        names = set(file.namelist())
        setup = file.read("setup.sh").decode()
        run = file.read("run_autograder").decode()
    assert {"setup.sh", "run_autograder", "needed.txt", "constraints.txt"} <= names
    assert {"tests/q1.py", "course_lib/grading/judge.py"} <= names
    assert not [name for name in names if "solutions" in name or "pycache" in name]
    assert 'index=(--extra-index-url "https://example.org/whl/cpu")' in setup
    for script in (setup, run):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    with pytest.raises(GraderError, match="no address"):
        gradescope.pack(tmp_path, '"; rm -rf /')


def test_gradescope_without_one_notebook_says_so(tmp_path):
    rules = Rules(tmp_path, 5, 10.0, sandboxed=False)
    assert "No notebook" in gradescope._judge(tmp_path, rules)["note"]
    for name in "ab":
        notebook(tmp_path / f"{name}.ipynb", RIGHT)
    assert "a.ipynb, b.ipynb" in gradescope._judge(tmp_path, rules)["note"]


# ---------------------------------------------------------------- the page of the book


def commands_of_the_page():
    """The arguments of every call of the grader in the page's code blocks."""
    page = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
    texts = re.findall(r"```sh\n(.*?)```", page, re.S)

    def strings(value):
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, (list, dict)):
            for part in value.values() if isinstance(value, dict) else value:
                strings(part)

    for block in re.findall(r"```yaml\n(.*?)```", page, re.S):
        strings(list(yaml.safe_load_all(block)))
    for text in texts:
        line = re.sub(r"\\\n", " ", text)
        line = re.sub(r"\$\{\{.*?\}\}|\$\(\(.*?\)\)|\$\w+", "1", line)
        for found in re.findall(
            r"(?:-m course_lib\.grading|course-grading) +([a-z][^\n;&]*)", line
        ):
            yield shlex.split(found)


def test_every_command_on_the_page_can_be_given():
    seen = []
    for arguments in commands_of_the_page():
        asked = parser().parse_args(arguments)
        seen.append(asked.command)
        if asked.command == "grade":
            canary.exercise(asked.exercise)
            submissions.share([], asked.shard or "1/1")
    assert seen.count("grade") >= 6
    assert seen.count("merge") >= 2


# -------------------------------------------------------------------------- a learner


def test_progress_over_a_folder(tmp_path, capsys):
    stem = "03_soft_attention"
    solved = nbformat.read(ROOT / "solutions" / f"{stem}.ipynb", 4)
    for cell in solved.cells:
        if cell.id == "q1-answer":
            cell.source = cell.source.replace("additive_score", "my_score")
        if cell.id == "q2-answer":
            cell.source += "\n  wrong ="
        if cell.id == "q5-answer":
            cell.source = "alpha_by_hand = c_by_hand = ...\n"
            cell.source += "variance_by_hand = alpha_doubled = ..."
    nbformat.write(solved, tmp_path / f"{stem} (1).ipynb")
    notebook(tmp_path / "diary.ipynb", "x = 1")
    (tmp_path / "torn.ipynb").write_text("{", encoding="utf-8")
    assert main(["score", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "exercise           points    of  held back  unanswered" in said
    assert "03_soft_attention       3   6.5        3.5  q5\n" in said
    assert "q1: `additive_score` is not defined" in said
    assert "stops with IndentationError" in said
    assert "diary.ipynb: no exercise of the course" in said
    assert "torn.ipynb: cannot be read" in said


def test_progress_says_where_a_notebook_hangs_or_ends(tmp_path, capsys):
    start = 'from course_lib import grading\ngrading.notebook("03_soft_attention")'
    slow = notebook(tmp_path / "slow.ipynb", start, "import time\ntime.sleep(60)")
    dead = notebook(tmp_path / "dead.ipynb", start, "import os\nos._exit(3)")
    found = progress.run(dead)
    assert found["notes"] == ["its process ended in code cell 2 (import os)"]
    assert progress.table(slow, seconds=2) == 1
    assert "not done after 2 seconds" in capsys.readouterr().out
    assert main(["score", str(tmp_path / "nowhere")]) == 1
