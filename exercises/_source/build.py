"""Make every file of an exercise from its one source.

    python exercises/_source/build.py                     all exercises
    python exercises/_source/build.py 03_soft_attention   some
    python exercises/_source/build.py --check             only name what differs

A source is a notebook in jupytext's percent format with otter-grader's marks. From
`exercises/_source/NN_name.py` come

    exercises/NN_name.ipynb          the learner's notebook, without answers
    solutions/NN_name.ipynb          the solved notebook (outputs: `make execute`)
    tests/exercises/NN_name/q*.py    all test cases, hidden ones included
    course_lib/exercises/NN_name/    the visible ones, shipped inside the package

What the builder adds, so that no source repeats it: otter's configuration, the set-up
cell after the title cell, a check cell after each question, the score at the end.

What a source looks like::

    # %% [markdown]
    # # Exercise 3: soft attention                       title cell, always first

    # %% imports                                         a code cell and its name
    import torch

    # %% helpers                                         top of every test file; in
                                                         BEGIN TESTS: of that question's
    from course_lib.grading.checks import call, check, seeds

    # %% [raw]
    # # BEGIN QUESTION
    # name: q1
    # points: 2                                         may be left out

    # %% [markdown]
    # ## Question 1: ...

    # %% [raw]
    # # BEGIN SOLUTION

    # %%                                                 exactly one code cell
    def double(x):
        # BEGIN SOLUTION
        return 2 * x
        # END SOLUTION

    # %% [raw]
    # # END SOLUTION

    # %% [raw]
    # # BEGIN TESTS

    # %%
    \"\"\" # BEGIN TEST CONFIG
    points: 1
    hidden: true
    failure_message: One sentence that names the likely mistake.
    \"\"\" # END TEST CONFIG
    def test_values(double):                             one function, no other code
        ...

    # %% [raw]
    # # END TESTS

    # %% [raw]
    # # END QUESTION

A test takes the learner's objects as arguments, by name, and works on what they return
(tensors and plain data), so that a grader may run it in another process. It computes
what is right first and calls the learner's function after that. A question needs a
visible and a hidden case; all points of an exercise together are 10. `standard.py`
says what else is asked of a question: wrong answers that fail, right ones that pass.
"""

import argparse
import ast
import contextlib
import copy
import io
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jupytext
import nbformat
import yaml
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "exercises" / "_source"
POINTS = 10
sys.path.insert(0, str(ROOT / "book" / "_ext"))
from address import setup_cell  # noqa: E402
from notebooks import form  # noqa: E402

# The course's set-up cell comes first; this one follows it.
CHECKS = """\
import importlib.util

if importlib.util.find_spec("course_lib") is None:
    raise ModuleNotFoundError(
        "the course is not installed: run the cell above, read what it says, "
        "and then run this cell again"
    )
from course_lib import grading
from course_lib.runtime import setup

if importlib.util.find_spec("otter") is None:
    %pip install -q --no-deps {{grading.OTTER}}
setup(seed={seed})
grader = grading.notebook("{stem}")"""
SCORE_TEXT = """\
## Your score

The checks above show part of the tests; the others are held back for grading and \
use other sizes and numbers. Run the notebook once from top to bottom before you \
hand it in (File > Download on Colab)."""
# Stands in the learner's traceback where the first cells were not run.
ADVICE = "  # NameError? Run the first cells of this notebook."
METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
CONFIG = {
    "init_cell": False,
    "export_cell": False,
    "check_all_cell": False,
    "show_question_points": True,
    # without ok_format: false an empty answer earns full marks
    "tests": {"files": True, "ok_format": False},
}
BOUNDARY = re.compile(r"#\s*(BEGIN|END) (QUESTION|SOLUTION|TESTS|PROMPT)\s*$")
TEST_CONFIG = re.compile(
    r'\A""" *# *BEGIN TEST CONFIG *\n(.*?)\n""" *# *END TEST CONFIG *\n(.*)\Z', re.S
)
SOLUTION_LINE = re.compile(r"^\s*# (BEGIN|END) SOLUTION( NO PROMPT)?\s*$")
PROMPT = re.compile(
    r'^ *""" *# *BEGIN PROMPT\n.*?^ *""" *;? *# *END PROMPT\n', re.M | re.S
)
SOLUTION_END = re.compile(r"\s*# ?SOLUTION( NO PROMPT)?\s*$")


class SourceError(Exception):
    """A source breaks a rule; the message says which, where, and what to do."""


class Case(NamedTuple):
    """One test case: a function of the learner's objects, and what it is worth."""

    name: str
    points: float
    hidden: bool
    failure_message: str
    source: str


class Question(NamedTuple):
    """One question: its name (q1, q2, ...), its points as stated, its cases."""

    name: str
    points: float | None
    cases: list[Case]


def need(condition: object, where: str, what: str) -> None:
    """Raises `SourceError` unless the condition holds."""
    if not condition:
        raise SourceError(f"{where}: {what}")


def read_case(source: str, where: str) -> Case:
    """Reads one cell of a TESTS block."""
    match = TEST_CONFIG.match(source)
    need(match, where, 'a test cell starts with """ # BEGIN TEST CONFIG')
    assert match is not None
    config = yaml.safe_load(match[1])
    need(isinstance(config, dict), where, "the test config is not `key: value` lines")
    unknown = set(config) - {"points", "hidden", "failure_message"}
    need(not unknown, where, f"unknown test config keys: {sorted(unknown)}")
    body = ast.parse(match[2]).body
    need(
        len(body) == 1 and isinstance(body[0], ast.FunctionDef),
        where,
        "a test cell holds one function and nothing else",
    )
    function = body[0]
    assert isinstance(function, ast.FunctionDef)
    where = f"{where}, {function.name}"
    need(function.name.startswith("test_"), where, "call it test_...")
    need(function.args.args, where, "a test takes the learner's objects as arguments")
    points = config.get("points")
    need(
        type(points) in (int, float) and points > 0,
        where,
        "`points:` is missing or not above 0",
    )
    need(type(config.get("hidden", False)) is bool, where, "`hidden:` is true or false")
    message = config.get("failure_message")
    need(
        isinstance(message, str) and message.endswith("."),
        where,
        "`failure_message:` is missing, or no sentence (quote it if it has a colon)",
    )
    # otter opens test files in the machine's own encoding
    need(source.isascii(), where, "test cells are plain ASCII")
    return Case(
        name=function.name.removeprefix("test_").replace("_", " "),
        points=points,
        hidden=config.get("hidden", False),
        failure_message=message,
        source=match[2].strip(),
    )


def slug(text: str, where: str) -> str:
    """The text itself, if it can be a cell's id."""
    need(re.fullmatch(r"[a-z0-9-]+", text), where, f"cell name {text!r}: use [a-z0-9-]")
    return text


def defined(source: str) -> set[str]:
    """Names that a cell defines at its top level."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        else:
            names |= {
                n.id
                for n in ast.walk(node)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return names


def read_source(
    path: Path,
) -> tuple[NotebookNode, dict[str, list[str]], list[Question]]:
    """Reads and checks a source.

    Returns:
        The notebook for `otter assign`, each cell with its id in
        `metadata["course_id"]`; the helpers of the test files, by question, those of
        all questions under ""; the questions.

    Raises:
        SourceError: a rule of the format is broken.
    """
    stem = path.stem
    nb = jupytext.read(path, fmt="py:percent")
    cells: list[NotebookNode] = []
    questions: list[Question] = []
    helpers: dict[str, list[str]] = {}
    block: list[str] = []
    answers: list[str] = []
    used: dict[str, int] = {}

    def name_cell(cell: NotebookNode, name: str, where: str) -> None:
        used[name] = used.get(name, 0) + 1
        number = f"-{used[name]}" if used[name] > 1 else ""
        cell.metadata = NotebookNode(course_id=slug(name + number, where))
        cells.append(cell)

    for index, cell in enumerate(nb.cells):
        question = questions[-1].name if questions else ""
        where = f"{stem}, cell {index + 1}" + (f" ({question})" if block else "")
        title = cell.metadata.get("title", "")
        first = cell.source.split("\n")[0].strip()
        mark = BOUNDARY.match(first)
        if first == "# ASSIGNMENT CONFIG":  # may stand there, and says nothing new
            config, right = yaml.safe_load(cell.source), {**CONFIG, "name": stem}
            other = {k: v for k, v in config.items() if k not in right or right[k] != v}
            need(
                not other, where, f"the builder sets the config, which differs: {other}"
            )
            continue
        if cell.cell_type == "raw":
            need(mark, where, f"a raw cell holds one of otter's marks, not {first!r}")
            assert mark is not None
            verb, kind = mark[1], mark[2]
            config = yaml.safe_load(cell.source) or {}
            if verb == "BEGIN":
                expected = [] if kind == "QUESTION" else ["QUESTION"]
                need(block == expected, where, f"BEGIN {kind} inside {block}")
                block.append(kind)
                if kind == "QUESTION":
                    name = f"q{len(questions) + 1}"
                    points = config.pop("points", None)
                    need(
                        config == {"name": name},
                        where,
                        f"the question's config is `name: {name}` and `points:`, "
                        f"found {config}",
                    )
                    questions.append(Question(name, points, []))
                    answers = []
                else:
                    need(not config, where, f"{kind} takes no config, found {config}")
            else:
                need(block[-1:] == [kind], where, f"END {kind} inside {block}")
                block.pop()
                if kind == "SOLUTION":
                    need(len(answers) == 1, where, "a question has one answer cell")
                if kind == "QUESTION":
                    check_question(questions[-1], answers, where)
            cells.append(cell)
        elif title == "helpers":
            need(
                block[-1:] in ([], ["TESTS"]),
                where,
                "helpers of the tests inside TESTS",
            )
            need(cell.source.isascii(), where, "helpers are plain ASCII")
            of = question if block else ""
            helpers[of] = [*helpers.get(of, []), cell.source.strip()]
        elif block[-1:] == ["TESTS"]:
            questions[-1].cases.append(read_case(cell.source, where))
            cells.append(cell)
        elif block[-1:] == ["SOLUTION"] and cell.cell_type == "code":
            need(
                re.search(r"# ?(BEGIN )?SOLUTION", cell.source),
                where,
                "nothing in the answer cell is marked as the solution",
            )
            answers.append(cell.source)
            name_cell(cell, f"{question}-answer", where)
        elif block[-1:] == ["SOLUTION"]:
            name_cell(cell, f"{question}-note", where)
        elif block:
            kind = "text" if cell.cell_type == "markdown" else "code"
            name_cell(cell, f"{question}-{title or kind}", where)
        elif not cells:
            need(
                cell.cell_type == "markdown" and cell.source.startswith("# "),
                where,
                "the first cell is the title",
            )
            name_cell(cell, "title", where)
            name_cell(nbformat.v4.new_code_cell(setup_cell()), "setup", where)
            text = CHECKS.format(stem=stem, seed=int(stem[:2]))
            name_cell(nbformat.v4.new_code_cell(text), "checks", where)
        else:
            kind = "text" if cell.cell_type == "markdown" else "code"
            name_cell(cell, title or kind, where)
    need(not block, stem, f"{block} is never ended")
    need(questions, stem, "no question")
    total = sum(case.points for q in questions for case in q.cases)
    need(total == POINTS, stem, f"the points add up to {total:g}, not {POINTS}")
    name_cell(nbformat.v4.new_markdown_cell(SCORE_TEXT), "score-text", stem)
    text = "grading.score(grader)" + ADVICE
    name_cell(nbformat.v4.new_code_cell(text), "score", stem)
    nb.cells = cells
    return nb, helpers, questions


def check_question(question: Question, answers: list[str], where: str) -> None:
    """Checks what only a whole question shows."""
    need(answers, where, "no BEGIN SOLUTION block")
    names = [case.name for case in question.cases]
    total = sum(case.points for case in question.cases)
    need(
        question.points in (None, total),
        where,
        f"`points: {question.points}`, but its cases add up to {total:g}",
    )
    # a second function of the same name would silently replace the first
    need(len(set(names)) == len(names), where, f"two cases of one name: {names}")
    hidden = {case.hidden for case in question.cases}
    need(hidden == {True, False}, where, "needs a visible and a hidden case")
    bodies = [ast.dump(ast.Module(read(c).body, [])) for c in question.cases]
    need(len(set(bodies)) == len(bodies), where, "two cases do the same")
    for case in question.cases:
        function = read(case)
        unknown = {a.arg for a in function.args.args} - defined(answers[0])
        need(
            not unknown,
            f"{where}, {case.name}",
            f"asks for {sorted(unknown)}, which the answer cell does not define",
        )


def read(case: Case) -> ast.FunctionDef:
    """The function of a test case."""
    function = ast.parse(case.source).body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


def test_file(
    stem: str, helpers: list[str], question: Question, cases: list[Case], total: float
) -> str:
    """The text of a test file in otter's exception-based format."""
    parts = [
        f"# Made by exercises/_source/build.py from {stem}.py: edit that file instead.",
        "from otter.test_files import test_case",
        *helpers,
        "",
        "OK_FORMAT = False",
        f'name = "{question.name}"',
        f"points = {total:g}",
    ]
    for case in cases:
        parts += [
            "",
            "",
            "@test_case(",
            f'    name="{case.name}",',
            f"    points={case.points:g},",
            f"    hidden={case.hidden},",
            f"    failure_message={case.failure_message!r},",
            ")",
            case.source,
        ]
    return styled("\n".join(parts) + "\n", "q.py", 88)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps otter's progress lines to itself."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def assign(nb: NotebookNode, stem: str) -> tuple[NotebookNode, NotebookNode]:
    """Runs `otter assign --no-run-tests`: the learner's and the solved notebook."""
    with warnings.catch_warnings():  # its dependencies warn as they are imported
        warnings.simplefilter("ignore")
        from otter.assign import main

    nb = copy.deepcopy(nb)
    head = "# ASSIGNMENT CONFIG\n" + yaml.safe_dump({**CONFIG, "name": stem})
    nb.cells.insert(0, nbformat.v4.new_raw_cell(head))
    nb.metadata = NotebookNode(copy.deepcopy(METADATA))
    with tempfile.TemporaryDirectory() as folder:
        master = Path(folder) / f"{stem}.ipynb"
        nbformat.write(nbformat.from_dict(nb), master)
        with quiet():
            main(str(master), str(Path(folder) / "dist"), no_run_tests=True)
        made = [
            nbformat.read(Path(folder, "dist", kind, f"{stem}.ipynb"), as_version=4)
            for kind in ("student", "autograder")
        ]
    return clean(made[0], stem), clean(made[1], stem)


def clean(nb: NotebookNode, stem: str) -> NotebookNode:
    """Human cell ids, no metadata but the kernel, no marks of otter's."""
    cells = []
    for cell in nb.cells:
        if not cell.source.strip():
            continue
        check = re.fullmatch(r'grader\.check\("(q\d+)"\)', cell.source)
        cell.id = f"{check[1]}-check" if check else cell.metadata.course_id
        if check:
            cell.source += ADVICE
        # as in the chapters, whose pages leave it out; notebooks show it
        tags = {"tags": ["remove-cell"]} if cell.id == "setup" else {}
        cell.metadata = NotebookNode(tags)
        if cell.id.endswith("-answer"):
            lines = [
                SOLUTION_END.sub("", line)
                for line in PROMPT.sub("", cell.source + "\n").rstrip("\n").split("\n")
                if not SOLUTION_LINE.match(line)
            ]
            cell.source = "\n".join(lines)
        cells.append(cell)
    need(len({c.id for c in cells}) == len(cells), stem, "two cells share an id")
    new = nbformat.v4.new_notebook(cells=cells, metadata=copy.deepcopy(METADATA))
    new.nbformat_minor = 5
    nbformat.validate(new)
    return new


def styled(text: str, name: str, columns: int) -> str:
    """A file's text in the course's style."""
    ruff = [sys.executable, "-m", "ruff", "format", "--quiet", "--isolated"]
    return subprocess.run(
        [*ruff, f"--line-length={columns}", f"--stdin-filename={name}", "-"],
        input=text.encode("utf-8"),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode("utf-8")


def build(path: Path) -> dict[str, str]:
    """All files that come from one source: path below the root -> text."""
    stem = path.stem
    need(
        re.fullmatch(r"\d\d_[a-z0-9_]+", stem), path.name, "name it NN_name.py, as 03_x"
    )
    try:
        nb, helpers, questions = read_source(path)
    except (yaml.YAMLError, SyntaxError) as error:
        raise SourceError(f"{stem}: cannot be read: {error}") from error
    learner, solved = assign(nb, stem)
    problems = form(learner) + form(solved)
    need(not problems, stem, "\n  ".join(["in the notebook", *problems]))
    files = {
        f"exercises/{stem}.ipynb": styled(
            nbformat.writes(learner) + "\n", "x.ipynb", 79
        ),
        f"solutions/{stem}.ipynb": styled(
            nbformat.writes(solved) + "\n", "x.ipynb", 79
        ),
    }
    for q in questions:
        total = sum(case.points for case in q.cases)
        shown = [case for case in q.cases if not case.hidden]
        top = helpers.get("", []) + helpers.get(q.name, [])
        for folder, cases in (("tests", q.cases), ("course_lib", shown)):
            name = f"{folder}/exercises/{stem}/{q.name}.py"
            files[name] = test_file(stem, top, q, cases, total)
    return files


def cells_of(text: str) -> list[tuple[str, str, str]]:
    """What a notebook says, outputs aside: (id, kind, source) of each cell."""
    nb: Any = nbformat.reads(text, as_version=4)
    return [(c.get("id", ""), c.cell_type, c.source) for c in nb.cells]


def in_step(name: str, text: str) -> bool:
    """Whether the file on disk is what the source gives."""
    path = ROOT / name
    if not path.is_file():
        return False
    found = path.read_bytes().decode("utf-8")
    if name.startswith("solutions/"):  # `make execute` adds outputs to these
        return cells_of(found) == cells_of(text)
    return found == text


def leftovers(stem: str, files: dict[str, str]) -> list[str]:
    """Generated files of a source that it no longer gives."""
    folders = [ROOT / "tests/exercises" / stem, ROOT / "course_lib/exercises" / stem]
    found = [p.relative_to(ROOT).as_posix() for f in folders for p in f.glob("*.py")]
    return sorted(set(found) - set(files))


def orphans(stems: set[str]) -> list[str]:
    """Generated files whose source is gone."""
    places = ("exercises/*.ipynb", "solutions/*.ipynb")
    folders = ("tests/exercises/*/*.py", "course_lib/exercises/*/*.py")
    found = [p for place in places for p in ROOT.glob(place) if p.stem not in stems]
    found += [p for f in folders for p in ROOT.glob(f) if p.parent.name not in stems]
    return sorted(p.relative_to(ROOT).as_posix() for p in found)


def main() -> int:
    """Builds or checks what the command line names; 1 if something is wrong."""
    parser = argparse.ArgumentParser(description="Make exercises from their sources.")
    parser.add_argument("stem", nargs="*", help="e.g. 03_soft_attention (default: all)")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a file differs"
    )
    options = parser.parse_args()
    sources = {p.stem: p for p in sorted(SOURCES.glob("[0-9][0-9]_*.py"))}
    missing = set(options.stem) - set(sources)
    if missing:
        print(f"no such source: {sorted(missing)}; there are {list(sources)}")
        return 1
    status = 0
    stale: list[str] = [] if options.stem else orphans(set(sources))
    for stem in options.stem or sources:
        try:
            files = build(sources[stem])
        except SourceError as error:
            print(error)
            status = 1
            continue
        wrong = [name for name, text in files.items() if not in_step(name, text)]
        stale += leftovers(stem, files)
        if options.check:
            for name in wrong:
                print(f"out of step with exercises/_source/{stem}.py: {name}")
            status = 1 if wrong else status
            continue
        for name in wrong:
            path = ROOT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name].encode("utf-8"))
        print(f"{stem}: {len(wrong)} of {len(files)} files written")
    for name in stale:
        if options.check:
            print(f"no source gives this file: {name}")
            status = 1
        else:
            (ROOT / name).unlink()
            print(f"removed {name}: no source gives it")
    return status


if __name__ == "__main__":
    sys.exit(main())
