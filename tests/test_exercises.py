"""The exercises: right answers earn the points, wrong ones lose some, nothing is stale.

Everything here runs trusted code in this process, with otter's reader of test files.
Each file in `mutants/` and `alternatives/` takes the place of one answer cell. A mutant
may open with a comment ``# says: words``: the learner's report must hold these words.
"""

import ast
import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
import torch

from course_lib import grading
from course_lib.grading.checks import Wrong, call, check, seeds, unchanged, unpack

ROOT = Path(__file__).parent.parent
TESTS = Path(__file__).parent
STEMS = sorted(p.stem for p in (ROOT / "exercises/_source").glob("[0-9][0-9]_*.py"))
QUESTIONS = [
    (stem, path.stem)
    for stem in STEMS
    for path in sorted((TESTS / "exercises" / stem).glob("q*.py"))
]
NOT_ANSWERS = re.compile(r"setup|checks|score|q\d+-check")


def load_builder():
    spec = importlib.util.spec_from_file_location(
        "exercise_builder", ROOT / "exercises/_source/build.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


builder = load_builder()


def replacements(kind):
    return [
        pytest.param(stem, path.stem.split("__")[0], path, id=f"{stem}/{path.stem}")
        for stem in STEMS
        for path in sorted((TESTS / kind / stem).glob("q*__*.py"))
    ]


def run_notebook(path, answers=None):
    """The variables after a notebook's code cells, set-up and checks left out."""
    variables = {"__name__": "answers"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and not NOT_ANSWERS.fullmatch(cell.id):
            source = (answers or {}).get(cell.id, cell.source)
            exec(compile(source, f"{path.stem}, {cell.id}", "exec"), variables)
    return variables


def solved(stem, answers=None):
    return run_notebook(ROOT / "solutions" / f"{stem}.ipynb", answers)


def answered_by(stem, question, path):
    return solved(stem, {f"{question}-answer": path.read_text(encoding="utf-8")})


def graded(stem, question, variables):
    """The report of all cases, hidden ones included."""
    return grading.run_tests(TESTS / "exercises" / stem / f"{question}.py", variables)


def seen(stem, question, variables):
    """The report that the learner gets."""
    return grading.Grader(stem, variables).check(question)


def cases(path):
    """What a test file holds: (case, points, hidden, source)."""
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            options = {
                k.arg: ast.literal_eval(k.value)
                for k in node.decorator_list[0].keywords
            }
            found.append((options, ast.unparse(node)))
    return found


@pytest.fixture(scope="module")
def made():
    return {stem: builder.build(builder.SOURCES / f"{stem}.py") for stem in STEMS}


# ------------------------------------------------------------ right and wrong answers


@pytest.mark.parametrize("grade_seed", [None, "7"])
@pytest.mark.parametrize(("stem", "question"), QUESTIONS)
def test_solution_earns_all_points(stem, question, grade_seed, monkeypatch):
    if grade_seed:
        monkeypatch.setenv("GRADE_SEED", grade_seed)
    report = graded(stem, question, solved(stem))
    assert report.points == report.possible > 0, report


@pytest.mark.parametrize("stem", STEMS)
def test_untouched_exercise_earns_nothing_and_says_so(stem):
    variables = run_notebook(ROOT / "exercises" / f"{stem}.ipynb")
    for question in grading.Grader(stem, variables).files:
        assert graded(stem, question, variables).points == 0
        report = str(seen(stem, question, variables))
        assert "tensor(" not in report
    score = grading.score(grading.Grader(stem, variables))
    assert score.points == 0
    assert "Traceback" not in str(score)


@pytest.mark.parametrize("stem", STEMS)
def test_points_add_up_to_ten(stem):
    variables = solved(stem)
    reports = [graded(s, q, variables) for s, q in QUESTIONS if s == stem]
    assert sum(report.possible for report in reports) == 10
    visible = [seen(s, q, variables) for s, q in QUESTIONS if s == stem]
    for whole, part in zip(reports, visible, strict=True):
        assert part.possible + part.held_back == whole.possible
        assert part.held_back > 0


@pytest.mark.parametrize(("stem", "question", "path"), replacements("mutants"))
def test_wrong_answer_loses_points_and_is_told_why(stem, question, path):
    variables = answered_by(stem, question, path)
    report = graded(stem, question, variables)
    assert report.points < report.possible, "no test sees this mistake"
    shown = seen(stem, question, variables)
    words = re.match(r"# says: (.*)", path.read_text(encoding="utf-8"))
    for text in (str(report), str(shown)):
        assert "tensor(" not in text
        assert max(map(len, text.splitlines())) < 400
    for case in (*report.cases, *shown.cases):
        assert (
            case.passed
            or re.search("Likely mistake: .*[.]", case.message)
            or ("not answered yet" in case.message)
        )
    if words:
        assert words[1] in str(report)


@pytest.mark.parametrize(("stem", "question", "path"), replacements("alternatives"))
def test_other_right_answer_keeps_all_points(stem, question, path):
    report = graded(stem, question, answered_by(stem, question, path))
    assert report.points == report.possible, report


@pytest.mark.parametrize(("stem", "question"), QUESTIONS)
def test_enough_wrong_and_right_answers(stem, question):
    assert len(list((TESTS / "mutants" / stem).glob(f"{question}__*.py"))) >= 4
    assert len(list((TESTS / "alternatives" / stem).glob(f"{question}__*.py"))) >= 2


@pytest.mark.parametrize("kind", ["mutants", "alternatives"])
def test_every_replacement_belongs_to_a_question(kind):
    known = {f"{stem}/{question}" for stem, question in QUESTIONS}
    for path in (TESTS / kind).glob("*/*.py"):
        assert f"{path.parent.name}/{path.stem.split('__')[0]}" in known, path


# ------------------------------------------------------------------------- generation


@pytest.mark.parametrize("stem", STEMS)
def test_files_are_those_of_the_source(stem, made):
    stale = [
        name for name, text in made[stem].items() if not builder.in_step(name, text)
    ]
    assert not stale + builder.leftovers(stem, made[stem]), "run `make exercises`"


def test_no_file_without_a_source():
    assert not builder.orphans(set(STEMS))


@pytest.mark.parametrize("stem", STEMS)
def test_two_builds_are_equal_to_the_byte(stem, made):
    assert builder.build(builder.SOURCES / f"{stem}.py") == made[stem]


@pytest.mark.parametrize(("stem", "question"), QUESTIONS)
def test_the_package_holds_the_visible_cases_only(stem, question):
    everything = cases(TESTS / "exercises" / stem / f"{question}.py")
    shipped = cases(ROOT / "course_lib/exercises" / stem / f"{question}.py")
    assert shipped == [case for case in everything if not case[0]["hidden"]]
    assert 0 < len(shipped) < len(everything)


@pytest.mark.parametrize("stem", STEMS)
def test_notebooks_differ_only_in_the_answers(stem):
    learner, solution = (
        {c.id: c for c in nbformat.read(ROOT / d / f"{stem}.ipynb", 4).cells}
        for d in ("exercises", "solutions")
    )
    notes = {name for name in solution if name.endswith("-note")}
    assert list(learner) == [name for name in solution if name not in notes]
    for name, cell in learner.items():
        assert re.fullmatch("[a-z0-9-]+", name)
        assert (cell.source == solution[name].source) != name.endswith("-answer")
        assert "SOLUTION" not in cell.source + solution[name].source
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


BROKEN = {
    "a misspelt key": ("failure_message:", "failure_mesage:"),
    "pts for points": ("points: 1\nfail", "pts: 1\nfail"),
    "no points": ("points: 1\nfail", "points: 0\nfail"),
    "not ten points": ("points: 1\nfail", "points: 2\nfail"),
    "no message": ("\nfailure_message: One", "\n# One"),
    "unknown question key": ("# name: q1\n", "# name: q1\n# worth: 2\n"),
    "wrong question number": ("# name: q2\n", "# name: q1\n"),
    "wrong points of a question": ("# name: q1\n", "# name: q1\n# points: 3\n"),
    "nothing marked as solution": ("# BEGIN SOLUTION\n    q", "q"),
    "a renamed argument": ("def test_other_sizes(additive_score)", "def test_x(score)"),
    "no hidden case": ("hidden: true\n", ""),
    "an unended block": ("# # END QUESTION", "#"),
    "two cases of one name": ("def test_other_sizes(", "def test_scores("),
}


@pytest.mark.parametrize("what", BROKEN)
def test_builder_refuses(what, tmp_path):
    source = TINY
    builder.read_source(write(tmp_path / "99_tiny.py", source))
    old, new = BROKEN[what]
    assert old in source
    with pytest.raises(builder.SourceError, match="99_tiny"):
        builder.read_source(write(tmp_path / "99_tiny.py", source.replace(old, new, 1)))


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


TINY = '''\
# %% [markdown]
# # Exercise 99

# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# Text

# %% [raw]
# # BEGIN SOLUTION

# %%
def additive_score(q):
    # BEGIN SOLUTION
    q = 2 * q
    return q
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: One is not two.
""" # END TEST CONFIG
def test_scores(additive_score):
    assert additive_score(1) == 2

# %%
""" # BEGIN TEST CONFIG
points: 9
hidden: true
failure_message: Two is not three.
""" # END TEST CONFIG
def test_other_sizes(additive_score):
    assert additive_score(2) == 4

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
'''
BROKEN["wrong question number"] = ("# name: q1\n", "# name: q2\n")


# ------------------------------------------------------------ the learner's notebook


@pytest.mark.parametrize("stem", STEMS)
def test_notebook_alone_in_an_empty_folder(stem, tmp_path, monkeypatch):
    """As on Colab: only the .ipynb, the package importable, no tests folder."""
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    path = Path(shutil.copy(ROOT / "exercises" / f"{stem}.ipynb", tmp_path))
    nb = nbformat.read(path, as_version=4)
    client = NotebookClient(
        nb, timeout=60, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    assert os.listdir(tmp_path) == [path.name], "something was written beside it"
    shown = {
        cell.id: "".join(o.data["text/plain"] for o in cell.outputs if "data" in o)
        for cell in nb.cells
        if cell.cell_type == "code"
    }
    assert re.search(r"sum +0 of \d", shown["score"])
    assert all(shown[name] for name in shown if name.endswith("-check"))


def test_report_of_a_right_answer():
    stem, question = QUESTIONS[0]
    report = seen(stem, question, solved(stem))
    assert report.points == report.possible
    assert "held back" in str(report)


def test_report_names_what_is_not_defined():
    stem, question = QUESTIONS[0]
    report = seen(stem, question, {})
    assert report.points == 0
    assert "is not defined" in str(report)
    assert report.missing


def test_report_of_an_answer_that_stops():
    def stops(*inputs):
        raise RuntimeError("sizes do not fit\nsecond line")

    variables = {**solved("03_soft_attention"), "additive_score": stops}
    text = str(seen("03_soft_attention", "q1", variables))
    assert "stops with RuntimeError: sizes do not fit\n" in text


def test_notebook_takes_the_running_notebooks_variables(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "additive_score", 5, raising=False)
    assert grading.notebook("03_soft_attention").namespace["additive_score"] == 5


def test_unknown_names_list_what_there_is():
    with pytest.raises(ValueError, match="03_soft_attention"):
        grading.notebook("3")
    with pytest.raises(ValueError, match=r"q1.*q2"):
        grading.notebook("03_soft_attention").check("q9")


def test_missing_otter_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "otter.test_files.exception_test", None)
    with pytest.raises(ModuleNotFoundError, match="pip install otter-grader"):
        grading.notebook("03_soft_attention")


# ---------------------------------------------------------- what tests are written with


def test_seeds_follow_the_environment(monkeypatch):
    monkeypatch.delenv("GRADE_SEED", raising=False)
    assert seeds(3) == seeds(5)[:3]
    monkeypatch.setenv("GRADE_SEED", "1")
    first = seeds()
    monkeypatch.setenv("GRADE_SEED", "2")
    assert set(first).isdisjoint(seeds())


def test_check_compares_everything():
    want = torch.tensor([1.0, 2.0, 3.0])
    check(want.clone().requires_grad_(), want)
    check([1, 2, 3], [1.0, 2.0, 3.0])
    check(torch.tensor([1, 2, 3]), [1.0, 2.0, 3.0])
    check(want.half(), want.half() * 1.001)
    for wrong, words in (
        (None, "not answered yet"),
        (..., "not answered yet"),
        ([1.0, 2.0, 3.0], "is a list, expected a tensor"),
        (want[None], r"shape \[1, 3\], expected \[3\]"),
        (want.double(), "dtype of the result is torch.float64"),
        (want.to("meta"), "device of the result is meta"),
        (want * torch.nan, "contains NaN"),
        (want + 0.01, "wrong values"),
        (want * torch.inf, "wrong values"),
    ):
        with pytest.raises(Wrong, match=words):
            check(wrong, want)
    with pytest.raises(Wrong, match="a str, expected numbers"):
        check("1/8", [0.125])


def test_check_names_the_mistake():
    want = torch.tensor([1.0, 2.0])
    with pytest.raises(Wrong, match=r"Likely mistake: Doubled\."):
        check(2 * want, want, {"Same.": want, "Doubled.": 2 * want})
    check(want, want, {"Same.": want})


def test_call_gives_copies_and_words():
    x = torch.zeros(2)
    assert call(lambda x: x.add_(1), x).tolist() == [1, 1]
    assert x.tolist() == [0, 0]

    def leaves(x):
        sys.exit(1)

    for function, words in (
        (None, "not answered yet"),
        (lambda x: None, "not answered yet"),
        (lambda x: (..., None), "not answered yet"),
        (lambda x: x @ torch.ones(3), "stops with RuntimeError"),
        (leaves, "stops with SystemExit"),
        (lambda: x, "stops with TypeError"),
    ):
        with pytest.raises(Wrong, match=words):
            call(function, x)


def test_unchanged_sees_tensors_inside():
    x, w = torch.zeros(2), {"W": [torch.ones(3)]}
    unchanged(lambda x, w: x + 1, x, w)
    with pytest.raises(Wrong, match="changes its inputs"):
        unchanged(lambda x, w: w["W"][0].mul_(2), x, w)
    with pytest.raises(Wrong, match="changes its inputs"):
        unchanged(lambda x, w: w.pop("W"), x, w)
    with pytest.raises(Wrong, match="changes its inputs"):
        unchanged(lambda x, w: x.unsqueeze_(0), x, w)


def test_unpack_counts():
    assert unpack((1, 2), "s, c") == (1, 2)
    with pytest.raises(Wrong, match="one Tensor"):
        unpack(torch.zeros(2), "s, c")
    with pytest.raises(Wrong, match="returns 3 values, expected 2"):
        unpack((1, 2, 3), "s, c")


def test_check_flag_of_the_builder(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["build.py", "--check", STEMS[-1]])
    assert builder.main() == 0
    real = builder.in_step
    monkeypatch.setattr(
        builder, "in_step", lambda n, t: real(n, t) and not n.endswith("q1.py")
    )
    assert builder.main() == 1
    assert "q1.py" in capsys.readouterr().out
