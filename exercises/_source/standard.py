"""Say of each question whether its tests are good enough, and what is missing.

    python exercises/_source/standard.py                     all exercises
    python exercises/_source/standard.py 03_soft_attention   some

`make exercises` runs it after the builder. It judges the built files with

    tests/mutants/NN_name/qN__what.py         a known-wrong answer
    tests/alternatives/NN_name/qN__what.py    a right answer, written differently

each of which takes the place of the answer cell. A mutant opens with comments:

    # says: words            in the message that the learner gets (or, if only a hidden
                             case sees the mistake, in the grader's report); where it
                             depends on the seed, several, with " | " between them
    # hidden: a reason       why no visible case sees this mistake
    # stops: a reason        why this answer cell cannot be run at all

What the table counts: points shown and hidden, the cases of each kind, mutants, those
that the visible cases see, those that are told their mistake, alternatives. An error
must be mended (status 1); a warning asks for a look.
"""

import argparse
import ast
import functools
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from course_lib import grading  # noqa: E402

MUTANTS = 8  # a question, at least
ALTERNATIVES = 3
NAMED = 0.8  # share of the mutants whose message names the mistake
POINTS = 10
# Cells that are the same in every exercise, and no answers.
NOT_ANSWERS = re.compile(r"setup|checks|score|q\d+-check")
COMMENT = re.compile(r"^# (says|hidden|stops): (.+)$", re.M)
# Calls that compute nothing a test could compare with.
HARMLESS = {"zip", "enumerate", "range", "len", "int", "float", "list", "tuple"}
LEARNER = {"call", "unchanged", "differentiable"}


class Finding(NamedTuple):
    """Something to mend (an error), or to look at (a warning)."""

    question: str
    error: bool
    text: str


class Row(NamedTuple):
    """What the table says of one question."""

    question: str
    shown: float
    hidden: float
    cases: str
    mutants: int
    seen: int
    named: int
    alternatives: int


class Trial(NamedTuple):
    """A wrong or right answer: its file, its comments, and what the tests say of it."""

    path: Path
    comments: Mapping[str, str]
    report: grading.Report
    seen: grading.Report  # by the visible cases alone
    error: str  # of the answer cell itself


# --------------------------------------------------------------- running an answer


@functools.cache
def cells_of(path: Path) -> list[tuple[str, str]]:
    """The code cells of a notebook that are the exercise's own: (id, source)."""
    cells: Any = nbformat.read(path, as_version=4).cells
    return [
        (cell.id, cell.source)
        for cell in cells
        if cell.cell_type == "code" and not NOT_ANSWERS.fullmatch(cell.id)
    ]


def run_notebook(
    path: Path, answers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The variables after a notebook's code cells, set-up and checks left out.

    Args:
        path: the notebook.
        answers: other sources for some cells, by the cells' ids.
    """
    variables: dict[str, Any] = {"__name__": "answers"}
    for name, source in cells_of(path):
        source = (answers or {}).get(name, source)
        exec(compile(source, f"{path.stem}, {name}", "exec"), variables)
    return variables


def solved(stem: str, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The variables of the solved notebook, with other answers in some cells."""
    return run_notebook(ROOT / "solutions" / f"{stem}.ipynb", answers)


def answer(stem: str, question: str) -> str:
    """The answer cell of the solved notebook."""
    cells = dict(cells_of(ROOT / "solutions" / f"{stem}.ipynb"))
    return cells[f"{question}-answer"]


def files(kind: str, stem: str, question: str) -> list[Path]:
    """The mutants or alternatives of a question."""
    return sorted((ROOT / "tests" / kind / stem).glob(f"{question}__*.py"))


def tests_of(stem: str, question: str) -> Path:
    """The file with all its tests, hidden ones included."""
    return ROOT / "tests/exercises" / stem / f"{question}.py"


def questions(stem: str) -> list[str]:
    """q1, q2, ..."""
    return [path.stem for path in sorted(tests_of(stem, "q").parent.glob("q*.py"))]


def trial(stem: str, question: str, path: Path) -> Trial:
    """What all tests, and the visible ones among them, say of one answer."""
    source = path.read_text(encoding="utf-8")
    cell, error = f"{question}-answer", ""
    try:
        variables = solved(stem, {cell: source})
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
        variables = solved(stem, {cell: ""})
    report = grading.run_tests(tests_of(stem, question), variables)
    return Trial(
        path=path,
        comments=dict(COMMENT.findall(source)),
        report=report,
        seen=replace(report, cases=tuple(c for c in report.cases if not c.hidden)),
        error=error,
    )


# ------------------------------------------------------------- what must not happen


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """All calls inside."""
    return (part for part in ast.walk(node) if isinstance(part, ast.Call))


def names_in(node: ast.AST) -> set[str]:
    """All names that are read or bound inside."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def computes(value: ast.AST, modules: set[str]) -> bool:
    """Whether an expression works something out, rather than pick a part of it."""
    for call in calls(value):
        if isinstance(call.func, ast.Name):
            if call.func.id not in HARMLESS:
                return True
        elif names_in(call.func) & modules:
            return True  # torch.softmax(e), unlike want.to(dtype)
    return False


def bindings(function: ast.AST) -> list[tuple[tuple[int, int], set[str], ast.AST]]:
    """Where a function gives names a value: place, names, value."""
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            found += [(node, target, node.value) for target in node.targets]
        elif isinstance(node, ast.AugAssign | ast.AnnAssign) and node.value:
            found.append((node, node.target, node.value))
        elif isinstance(node, ast.For):
            found.append((node, node.target, node.iter))
    return [((n.lineno, n.col_offset), names_in(t), value) for n, t, value in found]


def late_oracles(source: str) -> list[str]:
    """Where a test works out what is right only after the learner's code has run.

    For each `check(out, want)`: between the last call of the learner's function and
    the check, nothing that `want` is made of may be computed. In a helper that checks,
    the learner's code has run before.
    """
    found, tree = [], ast.parse(source)
    modules = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        bound = bindings(function)
        learner = [c for c in calls(function) if called(c) in LEARNER]
        ran = [(c.lineno, c.col_offset) for c in learner]
        if not function.name.startswith("test_"):
            ran.append((function.lineno, 0))
        for check in (c for c in calls(function) if called(c) == "check"):
            here = (check.end_lineno or 0, check.end_col_offset or 0)
            before = [place for place in ran if place <= here]
            if len(check.args) < 2 or not before:
                continue
            want, last = check.args[1], max(before)
            made_of, more = names_in(want), True
            while more:  # want comes from other names, and these from others
                values = [value for _, names, value in bound if names & made_of]
                larger = made_of.union(*map(names_in, values))
                more, made_of = larger != made_of, larger
            late = computes(want, modules) and last < (want.lineno, want.col_offset)
            late |= any(
                names & made_of
                and last < place < here
                and computes(value, modules)
                and not any(called(c) in {"unpack", *LEARNER} for c in calls(value))
                for place, names, value in bound
            )
            if late:
                found.append(f"{function.name}, line {check.lineno}")
    return found


def called(call: ast.Call) -> str:
    """The name of a plainly called function, "" for a method."""
    return call.func.id if isinstance(call.func, ast.Name) else ""


def same_code(source: str) -> str:
    """The code without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Module) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)


def check_texts(stem: str, question: str) -> list[Finding]:
    """Errors that show without running anything."""
    found = []
    for place in late_oracles(tests_of(stem, question).read_text(encoding="utf-8")):
        text = f"{place}: works out what is right after calling the learner"
        found.append(Finding(question, True, text))
    seen = {same_code(answer(stem, question)): "the solution"}
    for kind in ("mutants", "alternatives"):
        for path in files(kind, stem, question):
            source = path.read_text(encoding="utf-8")
            try:
                code = same_code(source)
            except SyntaxError:
                continue  # `check_mutant` says so
            if code in seen:
                text = f"{kind}/{path.name} is the same as {seen[code]}"
                found.append(Finding(question, True, text))
            seen.setdefault(code, path.name)
    return found


def named(mutant: Trial) -> bool:
    """Whether the message holds the words that the mutant's author expects."""
    words = mutant.comments.get("says")
    lost = mutant.seen.points < mutant.seen.possible
    cases = (mutant.seen if lost else mutant.report).cases
    return any(
        part in case.message for case in cases for part in (words or "\0").split(" | ")
    )


def check_mutant(mutant: Trial) -> Iterator[str]:
    """What is wrong with one known-wrong answer, or with the tests that it meets."""
    comments = mutant.comments
    lost = mutant.seen.points < mutant.seen.possible
    messages = [
        case.message for case in (*mutant.report.cases, *mutant.seen.cases)
        if not case.passed
    ]  # fmt: skip
    if bool(mutant.error) != ("stops" in comments):
        yield (
            f"does not run ({mutant.error}) and has no line `# stops: why`"
            if mutant.error
            else "has a line `# stops:` and runs"
        )
    if mutant.report.points >= mutant.report.possible:
        yield "earns all points: no test sees the mistake"
    elif not lost and "hidden" not in comments:
        yield "no visible case sees it, and no line `# hidden:` says why"
    elif lost and "hidden" in comments:
        yield "has a line `# hidden:`, and a visible case sees it"
    if "says" in comments and not named(mutant):
        yield f"is not told {comments['says']!r}, but: {' / '.join(messages)}"
    if any("tensor(" in text or len(text) > 500 for text in messages):
        yield "gets a message that is a dump"
    if not mutant.report.missing and not any(
        re.search(r"(Likely mistake|Hint): .*\.", text) or "not answered yet" in text
        for text in messages
    ):
        yield "gets no sentence about its mistake"


def evaluate(stem: str, question: str) -> tuple[Row, list[Finding]]:
    """The line of the table, and all that is to be said about a question."""
    found = check_texts(stem, question)

    def error(text: str) -> None:
        found.append(Finding(question, True, text))

    report = grading.run_tests(tests_of(stem, question), solved(stem))
    if report.points < report.possible:
        error(f"the solution earns {report.points:g} of {report.possible:g}")
    hidden = [case.points for case in report.cases if case.hidden]
    if not hidden or len(hidden) == len(report.cases):
        error("needs a visible and a hidden case")
    mutants = [trial(stem, question, path) for path in files("mutants", stem, question)]
    for mutant in mutants:
        for text in check_mutant(mutant):
            error(f"mutants/{mutant.path.name} {text}")
    others = files("alternatives", stem, question)
    for path in others:
        other = trial(stem, question, path)
        for kind, earned in (("all", other.report), ("the visible", other.seen)):
            if other.error or earned.points < earned.possible:
                why = [case.message for case in earned.cases if not case.passed]
                text = f"alternatives/{path.name} fails {kind} cases: "
                error(f"{text}{other.error}{why}")
    if len(mutants) < MUTANTS:
        error(f"{len(mutants)} mutants, fewer than {MUTANTS}")
    if len(others) < ALTERNATIVES:
        error(f"{len(others)} alternatives, fewer than {ALTERNATIVES}")
    told = sum(map(named, mutants))
    if mutants and told < NAMED * len(mutants):
        error(f"only {told} of {len(mutants)} mutants are told their mistake")
    alive = [m for m in mutants if m.seen.points >= m.seen.possible]
    for number, case in enumerate(report.cases):
        kills = [m for m in alive if not m.report.cases[number].passed]
        if case.hidden and not kills:
            text = f"hidden case {case.name!r} sees nothing that visible ones do not"
            found.append(Finding(question, False, text))
    for number, case in enumerate(report.cases):
        if mutants and all(m.report.cases[number].passed for m in mutants):
            error(f"case {case.name!r} sees no mutant at all")
    row = Row(
        question,
        report.possible - sum(hidden),
        sum(hidden),
        f"{len(report.cases) - len(hidden)} + {len(hidden)}",
        len(mutants),
        len(mutants) - len(alive),
        told,
        len(others),
    )
    return row, found


def main() -> int:
    """Prints the tables of what the command line names; 1 if there is an error."""
    parser = argparse.ArgumentParser(description="Judge the tests of the exercises.")
    parser.add_argument("stem", nargs="*", help="e.g. 03_soft_attention (default: all)")
    sources = sorted((ROOT / "exercises/_source").glob("[0-9][0-9]_*.py"))
    stems = parser.parse_args().stem or [path.stem for path in sources]
    warnings.simplefilter("ignore")
    head = ("points", "cases", "mutants", "seen", "told", "alternatives")
    failed = False
    for stem in stems:
        print(f"\n{stem}")
        print(f"  {'':4}" + "".join(f"{word:>13}" for word in head))
        rows, found = [], []
        for question in questions(stem):
            row, more = evaluate(stem, question)
            rows.append(row)
            found += more
            points = f"{row.shown:g} + {row.hidden:g}"
            cells = (points, row.cases, row.mutants, row.seen, row.named)
            line = "".join(f"{cell!s:>13}" for cell in (*cells, row.alternatives))
            print(f"  {question:4}{line}", flush=True)
        total = sum(row.shown + row.hidden for row in rows)
        if total != POINTS:
            found.append(Finding("", True, f"{total:g} points, not {POINTS}"))
        for finding in found:
            kind = "ERROR" if finding.error else "warning"
            print(f"  {kind}: {finding.question} {finding.text}")
        failed |= any(finding.error for finding in found)
    print("\npoints and cases: visible + hidden; seen: by the visible cases")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
