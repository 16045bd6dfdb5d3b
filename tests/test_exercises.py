"""The exercises: right answers earn the points, wrong ones lose some, nothing is stale.

Everything here runs trusted code in this process, with otter's reader of test files.
What is asked of a question's tests, and of the wrong and right answers in `mutants/`
and `alternatives/`, is in `exercises/_source/standard.py`.
"""

import ast
import copy
import importlib.util
import os
import re
import sys
from pathlib import Path

import mutation
import nbformat
import pytest
import torch

from course_lib import grading
from course_lib.grading.checks import (
    Wrong,
    call,
    check,
    differentiable,
    gradients,
    seeds,
    stopped_at,
    unchanged,
    unpack,
)

ROOT = Path(__file__).parent.parent
TESTS = Path(__file__).parent
STEMS = sorted(p.stem for p in (ROOT / "exercises/_source").glob("[0-9][0-9]_*.py"))


def load(name):
    spec = importlib.util.spec_from_file_location(
        f"exercise_{name}", ROOT / f"exercises/_source/{name}.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


builder, standard = load("build"), load("standard")
QUESTIONS = [
    (stem, question) for stem in STEMS for question in standard.questions(stem)
]
solved, run_notebook = standard.solved, standard.run_notebook


def graded(stem, question, variables):
    """The report of all cases, hidden ones included."""
    return grading.run_tests(standard.tests_of(stem, question), variables)


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


@pytest.mark.parametrize(("stem", "question"), QUESTIONS)
def test_question_is_up_to_the_standard(stem, question):
    """Wrong answers lose marks and are told why, right ones keep them."""
    row, findings = standard.evaluate(stem, question)
    assert not findings, "\n".join(finding.text for finding in findings)
    assert row.mutants >= 8
    assert row.named >= 0.8 * row.mutants
    assert row.alternatives >= 3


@pytest.mark.parametrize("grade_seed", ["7", "8"])
@pytest.mark.parametrize("stem", STEMS)
def test_solution_earns_all_points_whatever_the_seed(stem, grade_seed, monkeypatch):
    monkeypatch.setenv("GRADE_SEED", grade_seed)
    for question in standard.questions(stem):
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


@pytest.mark.parametrize("kind", ["mutants", "alternatives"])
def test_every_replacement_belongs_to_a_question(kind):
    known = {f"{stem}/{question}" for stem, question in QUESTIONS}
    for path in (TESTS / kind).glob("*/*.py"):
        assert f"{path.parent.name}/{path.stem.split('__')[0]}" in known, path


def test_what_a_learner_reads_does_not_depend_on_hidden_cases():
    for mutant in ("q3__mean_over_pad", "q3__naive_log", "q1__squeezed"):
        stem, question = STEMS[0], mutant[:2]
        path = TESTS / f"mutants/{stem}/{mutant}.py"
        variables = solved(stem, {f"{question}-answer": path.read_text("utf-8")})
        whole = standard.trial(stem, question, path).seen
        assert whole.cases == seen(stem, question, variables).cases


# ------------------------------------------------- the standard, on exercises below it


ANSWER = "def additive_score(q):\n    return 2 * q\n"
MUTANT = "# says: One is not two.\ndef additive_score(q):\n    return {}\n"


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """An exercise of one question, its mutants and alternatives, all in order."""
    monkeypatch.setattr(standard, "ROOT", tmp_path)
    nb = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell(ANSWER)
    cell.id = "q1-answer"
    nb.cells = [cell]
    _, _, (question,) = builder.read_source(
        write(tmp_path / "99_tiny.py", TINY.replace("== 2", "== 2, 'it is not'"))
    )
    for folder in ("solutions", "tests/exercises/99_tiny"):
        (tmp_path / folder).mkdir(parents=True)
    nbformat.write(nb, tmp_path / "solutions/99_tiny.ipynb")
    text = builder.test_file("99_tiny", [], question, question.cases, 10)
    write(tmp_path / "tests/exercises/99_tiny/q1.py", text)
    for kind in ("mutants", "alternatives"):
        (tmp_path / "tests" / kind / "99_tiny").mkdir(parents=True)
    for k in range(7):
        answer(tmp_path, "mutants", f"plus_{k}", MUTANT.format(f"2 * q + {k + 1}"))
    only_hidden = MUTANT.replace("One is not two.", "Two is not three.")
    only_hidden = "# hidden: one is one\n" + only_hidden.format("2 * q * q")
    answer(tmp_path, "mutants", "squared", only_hidden)
    for k in range(3):
        answer(
            tmp_path,
            "alternatives",
            f"a{k}",
            ANSWER.replace("2 * q", f"q + {k} + q - {k}"),
        )
    standard.cells_of.cache_clear()
    yield tmp_path
    standard.cells_of.cache_clear()


def answer(root, kind, name, text):
    write(root / "tests" / kind / "99_tiny" / f"q1__{name}.py", text)


def test_standard_of_a_good_question(tiny):
    row, findings = standard.evaluate("99_tiny", "q1")
    assert not findings
    assert row == standard.Row("q1", 1, 9, "1 + 1", 8, 7, 8, 3)


BELOW = {
    "fewer than 8": ("mutants", "plus_0", None),
    "fewer than 3": ("alternatives", "a1", None),
    "earns all points": ("mutants", "x", MUTANT.format("q + q")),
    "is the same as the solution": ("alternatives", "x", "# other words\n" + ANSWER),
    "is the same as q1__plus_0.py": ("mutants", "x", MUTANT.format("2 * q + 1") + "\n"),
    "no visible case sees it": ("mutants", "x", MUTANT.format("q + 1")),
    "and a visible case sees it": (
        "mutants", "x", "# hidden: no\n" + MUTANT.format("q + 3"),
    ),
    "is not told 'Three'": (
        "mutants", "x", MUTANT.format("3 * q").replace("One is not two.", "Three"),
    ),
    "does not run": ("mutants", "x", MUTANT.format("2 * (q")),
    "has a line `# stops:` and runs": (
        "mutants", "x", "# stops: no\n" + MUTANT.format("4 * q"),
    ),
    "fails all cases": ("alternatives", "x", ANSWER.replace("2 * q", "3 * q")),
    "sees nothing that visible ones do not": ("mutants", "squared", None),
}  # fmt: skip


@pytest.mark.parametrize("words", BELOW)
def test_standard_names_what_is_missing(words, tiny):
    kind, name, text = BELOW[words]
    if text is None:
        (tiny / "tests" / kind / "99_tiny" / f"q1__{name}.py").unlink()
    else:
        answer(tiny, kind, name, text)
    _, findings = standard.evaluate("99_tiny", "q1")
    assert any(words in finding.text for finding in findings), findings


def test_standard_allows_an_answer_that_cannot_be_run(tiny):
    answer(
        tiny, "mutants", "x", "# stops: a bracket\n# says: q\n" + MUTANT.format("(q")
    )
    _, findings = standard.evaluate("99_tiny", "q1")
    assert not [f for f in findings if "does not run" in f.text]


def test_standard_prints_a_table_and_fails(tiny, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["standard.py", "99_tiny"])
    assert standard.main() == 0
    assert re.search(r"q1 +1 \+ 9 +1 \+ 1 +8 +7 +8 +3\n", capsys.readouterr().out)
    answer(tiny, "mutants", "x", MUTANT.format("q + q"))
    assert standard.main() == 1
    assert "ERROR: q1 mutants/q1__x.py earns all points" in capsys.readouterr().out


LATE = """
def test_x(f):
    for seed in seeds():
        {}
        check(out, {}, what="x")
"""


@pytest.mark.parametrize(
    ("lines", "want", "late"),
    [
        ("want = torch.softmax(e, -1); out = call(f, e)", "want", False),
        ("want = torch.softmax(e, -1); out = call(f, e)", "want.to(dtype)", False),
        ("want = torch.softmax(e, -1); out = call(f, e)", "want[:2].T", False),
        ("want = right(e); out = call(f, e); want = want[0]", "want", False),
        (
            "a = g(1); out = call(f, e); check(out, a); b = g(2); out = call(f, 2)",
            "b",
            False,
        ),
        ("out = call(f, e)", "torch.softmax(e, -1)", True),
        ("out = call(f, e); want = torch.softmax(e, -1)", "want", True),
        ("out = call(f, e)", "padded(rows)", True),
        ("unchanged(f, e); want = g(e)", "want", True),
        ("out = call(f, e); rows = g(e); want = [row for row in rows]", "want", True),
        ("want = g(e); (out,) = unpack(call(f, e), 'c')", "want", False),
    ],
)
def test_standard_sees_an_oracle_that_comes_too_late(lines, want, late):
    source = "import torch\n" + LATE.format("\n        ".join(lines.split("; ")), want)
    assert bool(standard.late_oracles(source)) is late


def test_standard_sees_a_late_oracle_in_a_helper():
    source = "def compare(out, e):\n    want = {}\n    check(out, want)\n"
    assert standard.late_oracles(source.format("loops(e)"))
    assert not standard.late_oracles(source.format("e[0]"))


# ------------------------------------------------------------------ mutation testing


def test_changes_that_change_nothing_are_of_lines_that_exist():
    for key, why in mutation.explained().items():
        where, _, change = key.partition(": ")
        stem, question = where.split()
        old, new = change.split(" => ")
        lines = standard.answer(stem, question).splitlines()
        assert old in [line.strip() for line in lines], key
        assert old != new
        assert why.endswith("."), key


def test_a_change_of_the_device_alone_is_told_from_others():
    old = "i = torch.arange(n, device=q.device)[:, None] => i = torch.arange(n, "
    assert mutation.of_the_device(old + ")[:, None]")
    assert mutation.of_the_device(old + "device=None)[:, None]")
    assert not mutation.of_the_device(old + ")[None]")
    assert not mutation.of_the_device("e.topk(k, dim=-1) => e.topk(k, )")
    assert not mutation.of_the_device("f(a, 1, device=d) => f(a, 2, device=d)")


@pytest.mark.parametrize("stem", STEMS)
def test_answers_are_laid_out_for_mutation(stem, tmp_path):
    owner = mutation.lay_out(stem, tmp_path / "work")
    assert sorted(set(owner.values())) == standard.questions(stem)
    variables = {}
    for name in ("given.py", "answers.py"):
        text = (tmp_path / "work" / name).read_text(encoding="utf-8")
        exec(text.replace("from given import *", ""), variables)
    for name, question in owner.items():
        if name.startswith("by_hand"):
            wanted = grading.wanted(standard.tests_of(stem, question))
            assert set(wanted) <= set(variables[name]())
        else:
            assert callable(variables[name])


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


def notebook_of(stem, answers=None):
    nb = nbformat.read(ROOT / "exercises" / f"{stem}.ipynb", as_version=4)
    for cell in nb.cells:
        cell.source = (answers or {}).get(cell.id, cell.source)
    return nb


def test_notebooks_alone_in_an_empty_folder(tmp_path, monkeypatch):
    """As on Colab: only the .ipynb, the package importable, no tests folder.

    All exercises one after the other, for a kernel takes its time to start.
    """
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    nb = nbformat.v4.new_notebook()
    for stem in STEMS:
        for cell in notebook_of(stem).cells:
            cell.id = f"{stem[:2]}-{cell.id}"
            nb.cells.append(cell)
    client = NotebookClient(
        nb, timeout=60, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    assert os.listdir(tmp_path) == [], "something was written beside it"
    shown = {
        cell.id: "".join(o.data["text/plain"] for o in cell.outputs if "data" in o)
        for cell in nb.cells
        if cell.cell_type == "code"
    }
    for stem in STEMS:
        assert re.search(r"sum +0 of \d", shown[f"{stem[:2]}-score"])
    assert all(shown[name] for name in shown if name.endswith("-check"))


@pytest.fixture
def shell(monkeypatch):
    """A notebook's Python, in this process: run(cells) gives what each one showed."""
    import types

    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    module = types.ModuleType("__main__")
    shell.user_module, shell.user_ns = module, vars(module)
    shell.init_user_ns()
    monkeypatch.setitem(sys.modules, "__main__", module)
    monkeypatch.setattr(sys, "displayhook", lambda value: None)
    state = torch.random.get_rng_state()

    def run(cells):
        shown = {}
        for cell in cells:
            if cell.cell_type == "code":
                done = shell.run_cell(cell.source, store_history=True, silent=False)
                error = done.error_before_exec or done.error_in_exec
                shown[cell.id] = repr(done.result if error is None else error)
        return shown

    yield run
    torch.random.set_rng_state(state)
    InteractiveShell.clear_instance()


def q1_with(old, new):
    """The right answer of question 1 with something changed."""
    source = standard.answer("03_soft_attention", "q1")
    assert old in source
    return {"q1-answer": source.replace(old, new)}


TROUBLE = {
    "a bracket": (
        q1_with("query + key)", "query + key"),
        r"Python can not read its cell: '\(' was never closed, at `return .*` "
        r"\(line 9\)\. Nothing in that cell was run\.$",
    ),
    "indentation": (
        q1_with("    key", "   key"),
        "Python can not read its cell: unindent",
    ),
    "renamed": (
        q1_with("additive_score", "my_score_additive"),
        "There is `my_score_additive`: the check looks for `additive_score`",
    ),
    "capitals": (
        q1_with("additive_score", "additiveScore"),
        "There is `additiveScore`",
    ),
    "not run": (
        {"q1-answer": "pass"},
        r"`additive_score` is not defined\. Run the cell that defines it",
    ),
    "no import": (
        {"imports": "pass", **q1_with("tanh", "tanh")},
        r"NameError: name 'torch' is not defined\n +in `return torch.tanh.*`\n"
        " +Likely mistake: A cell that defines or imports it was not run",
    ),
    "arguments": (
        q1_with("k, W_a", "W_a"),
        r"TypeError: .*\n +Likely mistake: The arguments",
    ),
    "stops": (
        q1_with("q @ W_a.T", "q @ W_a"),
        r"RuntimeError: mat1 and mat2.*\n +in `query = \(q @ W_a\)",
    ),
    "untouched": ({}, r"not answered yet\. Replace the `\.\.\.`"),
}


@pytest.mark.parametrize("what", TROUBLE)
def test_learner_reads_what_went_wrong(what, shell, capsys):
    answers, words = TROUBLE[what]
    cells = notebook_of("03_soft_attention", answers).cells
    until = [cell.id for cell in cells].index("q1-check") + 1
    shown = shell(cells[:until])["q1-check"]
    assert re.search(words, shown), shown
    assert "0 of 1.5 points" in shown


def test_learner_is_told_that_an_older_answer_was_checked(shell, capsys):
    cells = notebook_of("03_soft_attention", q1_with("tanh", "tanh")).cells
    until = [cell.id for cell in cells].index("q1-check") + 1
    assert "1.5 of 1.5" in shell(cells[:until])["q1-check"]
    again = copy.deepcopy(cells[until - 2 : until])
    again[0].source = again[0].source.replace("query =", "query = =")
    shown = shell(again)["q1-check"]
    assert "1.5 of 1.5" in shown
    assert "invalid syntax, at `query = = (q @ W_a" in shown
    assert "this is about an older version" in shown


def test_learner_without_the_set_up_cells_reads_what_to_run(shell, capsys):
    cells = notebook_of("03_soft_attention").cells
    shown = shell([c for c in cells if c.id in ("imports", "q1-check", "score")])
    assert "NameError" in shown["q1-check"]
    said = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    for line in ('grader.check("q1")', "grading.score(grader)"):
        assert f"{line}  # NameError? Run the first cells" in said


def test_learner_without_the_package_reads_what_to_do(shell, capsys, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    asked = []
    monkeypatch.setitem(sys.modules, "course_lib", None)
    monkeypatch.setattr(
        InteractiveShell,
        "run_line_magic",
        lambda self, *line, **more: asked.append(line),
    )
    cells = notebook_of("03_soft_attention").cells
    shown = shell([c for c in cells if c.id in ("setup", "checks")])
    assert asked[0][0] == "pip"
    assert "course-lib @ git+" in asked[0][1]
    assert (
        "ModuleNotFoundError('the course is not installed: run the cell above"
        in (shown["checks"])
    )


def test_set_up_installs_only_what_is_missing(shell, capsys, monkeypatch):
    """On Colab otter must not bring its dependencies: they would move ipywidgets."""
    from IPython.core.interactiveshell import InteractiveShell

    asked, find = [], importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "otter" else find(name),
    )
    monkeypatch.setattr(
        InteractiveShell,
        "run_line_magic",
        lambda self, name, line, **more: asked.append((name, self.var_expand(line))),
    )
    cells = notebook_of("03_soft_attention").cells
    shell([c for c in cells if c.id in ("setup", "checks")])
    assert [line[0] for line in asked] == ["pip"]
    assert asked[0][1].startswith("install -q --no-deps otter-grader==")
    for name in ("torch", "ipywidgets", "wrapt"):
        assert name not in asked[0][1]


def test_a_check_leaves_the_notebooks_settings_alone():
    stem = "03_soft_attention"
    variables = solved(stem)
    before = torch.random.get_rng_state()
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    try:
        for question in standard.questions(stem):
            report = seen(stem, question, variables)
            assert report.points == report.possible, report
        assert torch.get_default_dtype() == torch.float64
        assert not torch.is_grad_enabled()
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
    assert torch.equal(before, torch.random.get_rng_state())


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
    with pytest.raises(Wrong, match="is a list, expected one number"):
        check([44], 44)


def test_check_is_exact_for_whole_numbers():
    check(30_000.0, 30_000)
    with pytest.raises(Wrong, match="is not right"):
        check(30_001, 30_000)
    ids = torch.tensor([5, 30_000])
    with pytest.raises(Wrong, match=r"in 1 of 2 places, the first at \[1\]"):
        check(ids + torch.tensor([0, 1]), ids)
    check(0.1334, 2 / 15, within=6e-4)
    with pytest.raises(Wrong, match="is not right"):
        check(0.14, 2 / 15, within=6e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: -x, "The sign is wrong everywhere"),
        (lambda x: x * 0.5, "It is 0.5 times the right one everywhere"),
        (lambda x: x + 2, r"differs from the right one by \+2 everywhere"),
        (lambda x: x.mT, "The axes 1 and 2 are exchanged"),
        (lambda x: x.flip(0), "in reverse along axis 0"),
        (lambda x: x.roll(1, 2), "Along axis 2 everything stands one place too late"),
        (lambda x: x.roll(-1, 2), "Along axis 2 everything stands one place too early"),
        (lambda x: x[:, :1].expand_as(x), "the same all along axis 1"),
        (torch.zeros_like, "Every entry is the same, 0"),
        (lambda x: x[..., None], "An axis of size 1 is left over"),
        (lambda x: x.transpose(0, 1), "The axes 0 and 1 are exchanged"),
        (lambda x: x.sum(0), "An axis was summed over"),
        (lambda x: x[None].expand(5, -1, -1, -1), "An axis is left that should"),
    ],
)
def test_check_says_what_wrong_values_have_to_do_with_right_ones(change, words):
    want = torch.randn(3, 7, 7, generator=torch.Generator().manual_seed(1))
    with pytest.raises(Wrong, match=f"Likely mistake: .*{words}"):
        check(change(want), want)


def test_check_gives_away_no_number_that_is_to_be_worked_out():
    for wrong in (4, -2, 2.5):
        with pytest.raises(Wrong) as said:
            check(wrong, 2)
        assert str(said.value) == "the result is not right"


def test_differentiable_sees_a_cut():
    def right(a, b):
        return a * b.sum(), b

    x, y = torch.randn(3, dtype=torch.float64), torch.randn(2, dtype=torch.float64)

    def filled(a, b):
        out = torch.zeros(3, dtype=torch.float64)
        for i in range(3):
            out[i] = a[i] * b.sum()
            b = b * (out[i] / out[i]) if out[i] else b
        return out, b

    differentiable(right, right, (x, y), to=(0, 1))
    differentiable(filled, right, (x, y), to=(0, 1))  # overwrites what autograd kept
    for cut, words in (
        (lambda a, b: (a.detach() * b.sum(), b), "no gradient reaches argument 1"),
        (lambda a, b: (torch.tensor((a * b.sum()).tolist()), b), "reaches argument 1"),
        (lambda a, b: (a * b.sum(), b.detach()), "the gradient of argument 2 is not"),
        (lambda a, b: ((a * b.sum()).data, b.data), "no gradient reaches argument 1"),
        (lambda a, b: (a * float(b.numpy().sum()), b), "Can't call numpy"),
    ):
        with pytest.raises(Wrong, match=words):
            differentiable(cut, right, (x, y), to=(0, 1))
    with torch.no_grad():
        assert gradients(right, (x, y), (0,))[0].shape == (3,)
    assert not x.requires_grad


def test_stopped_at_finds_no_line_outside_a_notebook():
    with pytest.raises(ValueError) as stopped:
        int("one")
    assert stopped_at(stopped.value) == ""


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
        (lambda x, y: x, "stops with TypeError: .*\nLikely mistake: The arguments"),
        (lambda x: z, "stops with NameError: .*\nLikely mistake: A cell"),
        (lambda x: x @ torch.ones(3), "stops with RuntimeError"),
        (leaves, "stops with SystemExit"),
        (lambda: x, "stops with TypeError"),
    ):
        with pytest.raises(Wrong, match=words):
            call(function, x)
    assert call(lambda: (None, None)) == (None, None)  # two buckets without words


def test_unchanged_sees_tensors_inside():
    x, w = torch.zeros(2), {"W": [torch.ones(3)]}
    unchanged(lambda x, w: x + 1, x, w)
    with pytest.raises(Wrong, match="changes its inputs"):
        unchanged(lambda x, w: w["W"][0].mul_(2), x, w)
    with pytest.raises(Wrong, match="changes its inputs"):
        unchanged(lambda x, w: w.pop("W"), x, w)
    with pytest.raises(Wrong, match="changes its inputs: argument 1 is not"):
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
