"""How many small changes to the solved answers do the tests notice?

    make mutants                             all exercises (minutes, not in `make test`)
    python tests/mutation.py 03_soft_attention   some

mutmut changes one thing at a time in the answer cells of a solved notebook (a number,
an operator, an argument left out), and the graded tests, hidden ones included, run on
each change. What they do not notice is a survivor: a hole in the tests, or a change
that changes nothing. The latter are listed, with the reason, in
`tests/mutants/equivalent.txt`; any other survivor fails the run. Changes of a `device=`
count as such too: the tests run on a CPU.

mutmut forks after PyTorch has started its threads, hence one thread only. It is not
installed with the course: `make mutants` puts it into a folder of its own.
"""

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "mutation"
EQUIVALENT = ROOT / "tests" / "mutants" / "equivalent.txt"
# By mutmut's exit codes: the tests failed, the answer hung, the process died.
SURVIVED = 0
SETTINGS = """\
[mutmut]
source_paths = answers.py
also_copy = given.py
use_git_change_detection = false

[tool:pytest]
addopts =
"""
TESTS = """\
import warnings
from pathlib import Path

import pytest

warnings.simplefilter("ignore")
import answers
from course_lib import grading

TESTS = Path({tests!r})


@pytest.mark.parametrize("question", {questions!r})
def test_question(question):
    variables = dict(vars(answers))
    if f"by_hand_{{question}}" in variables:
        variables.update(variables[f"by_hand_{{question}}"]())
    report = grading.run_tests(TESTS / f"{{question}}.py", variables)
    assert report.points == report.possible
"""


def standard():
    """The module that knows where answers and tests are."""
    path = ROOT / "exercises/_source/standard.py"
    spec = importlib.util.spec_from_file_location("exercise_standard", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lay_out(stem, folder):
    """Writes the answers and the tests of an exercise; gives function -> question."""
    known = standard()
    cells = known.cells_of(ROOT / "solutions" / f"{stem}.ipynb")
    given, answers, owner = [], ["from given import *"], {}
    for name, source in cells:
        question = name.removesuffix("-answer")
        if not name.endswith("-answer"):
            given.append(source)
            continue
        functions = re.findall(r"^def (\w+)\(", source, re.M)
        if not functions:  # mutmut changes functions only
            functions = [f"by_hand_{question}"]
            lines = [f"    {line}".rstrip() for line in source.splitlines()]
            source = "\n".join(
                [f"def {functions[0]}():", *lines, "    return locals()"]
            )
        owner |= dict.fromkeys(functions, question)
        answers.append(source)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tests = str(ROOT / "tests/exercises" / stem)
    questions = known.questions(stem)
    for name, text in {
        "given.py": "\n\n\n".join(given) + "\n",
        "answers.py": "\n\n\n".join(answers) + "\n",
        "test_answers.py": TESTS.format(tests=tests, questions=questions),
        "setup.cfg": SETTINGS,
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return owner


def run(folder, *arguments):
    """Runs mutmut in a folder; gives what it prints."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(ROOT)]),
    }
    command = [sys.executable, "-W", "ignore", "-m", "mutmut", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode != 0:
        raise SystemExit(f"mutmut fails in {folder}:\n{done.stdout[-3000:]}")
    return done.stdout


def change(folder, name):
    """What a mutant changed: "old line => new line"."""
    diff = run(folder, "show", name).splitlines()
    lines = [line for line in diff if re.match(r"[-+](?![-+]{2} )", line)]
    old, new = (
        " ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+"
    )
    return f"{old} => {new}"


def explained():
    """The changes that change nothing: "stem question: old => new" -> why."""
    found, key = {}, ""
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(" "):
            found[key] = f"{found[key]} {line.strip()}".strip()
        else:
            key = line.strip()
            found[key] = ""
    return found


def of_the_device(change):
    """Whether a change leaves out, or empties, a device and nothing else."""
    old, new = (
        re.sub(r",\s*(device=[\w.]+)?\s*\)", ")", side) for side in change.split(" => ")
    )
    return old == new


def mutate(stem, children):
    """Runs one exercise; prints a score a question; gives its unexplained survivors."""
    folder = WORK / stem
    owner = lay_out(stem, folder)
    run(folder, "run", "--max-children", str(children))
    text = (folder / "mutants" / "answers.py.meta").read_text(encoding="utf-8")
    codes = json.loads(text)["exit_code_by_key"]
    known, unexplained = explained(), []
    print(f"\n{stem}")
    for question in sorted(set(owner.values())):
        mine = {
            name: code
            for name, code in codes.items()
            if owner[re.fullmatch(r"answers\.x_(\w+)__mutmut_\d+", name)[1]] == question
        }
        alive = [
            change(folder, name) for name, code in mine.items() if code == SURVIVED
        ]
        open_ones = [
            f"{stem} {question}: {text}"
            for text in alive
            if f"{stem} {question}: {text}" not in known and not of_the_device(text)
        ]
        killed = len(mine) - len(alive)
        note = f", {len(alive) - len(open_ones)} change nothing" if alive else ""
        print(f"  {question}  {killed} of {len(mine)} noticed{note}")
        for text in open_ones:
            print(f"      SURVIVED {text}")
        unexplained += open_ones
    return unexplained


def main():
    """Runs what the command line names; 1 if a change goes unnoticed."""
    parser = argparse.ArgumentParser(description="Mutation testing of the exercises.")
    parser.add_argument("stem", nargs="*", help="e.g. 03_soft_attention (default: all)")
    parser.add_argument("--children", type=int, default=1, help="processes at a time")
    options = parser.parse_args()
    sources = sorted((ROOT / "exercises/_source").glob("[0-9][0-9]_*.py"))
    survivors = []
    for stem in options.stem or [path.stem for path in sources]:
        survivors += mutate(stem, options.children)
    if survivors:
        print(f"\n{len(survivors)} survivors: mend the tests, or say in")
        print(f"{EQUIVALENT.relative_to(ROOT)} why the change changes nothing.")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())
