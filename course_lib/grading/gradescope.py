"""Gradescope: an autograder archive of each exercise, and what runs inside it.

The archive holds the course, the tests of one exercise and two scripts.  Gradescope
runs `setup.sh` once, when it builds a container, and `run_autograder` for each
submission, in a container of its own.  Bubblewrap cannot work inside that one.  There
the notebook runs as another user, who can neither read the tests nor write the result.

    python -m course_lib.grading.gradescope EXERCISE AUTOGRADER
"""

import re
import secrets
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from . import reports
from .jury import Jury, Rules, by_hand
from .sandbox import COURSE, GraderError, Limits, protected
from .submissions import find

ROOT = COURSE.parent  # of the repository
WHEN = (2015, 1, 1, 0, 0, 0)  # the same bytes each time
KINDS = {".py", ".typed", ".tsv", ".mplstyle"}

SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the container.
set -euo pipefail
autograder=${{AUTOGRADER:-/autograder}}
source=$autograder/source
index=({index})  # where a CPU build of PyTorch is found: --extra-index-url URL

new_enough() {{
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \\
    2>/dev/null
}}
find_python() {{
  for name in python3.11 python3.12 python3.13 python3; do
    if new_enough "$name"; then echo "$name"; return; fi
  done
}}
python=$(find_python)
if [ -z "$python" ]; then
  apt-get update && apt-get install -y python3.11 python3.11-venv
  python=python3.11
fi
"$python" -m venv "$autograder/venv" || {{
  apt-get update && apt-get install -y "$(basename "$python")-venv"
  "$python" -m venv --clear "$autograder/venv"
}}
pip() {{ "$autograder/venv/bin/python" -m pip "$@"; }}
pip install -q "${{index[@]}}" -c "$source/constraints.txt" torch
pip install -q "${{index[@]}}" -c "$source/constraints.txt" -r "$source/needed.txt"
export PYTHONPATH=$source
"$autograder/venv/bin/python" -c 'import course_lib.grading.jury, otter'
"""

RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission, as root, in a container of its own.
set -euo pipefail
autograder=${{AUTOGRADER:-/autograder}}
python=${{AUTOGRADER_PYTHON:-$autograder/venv/bin/python}}
# The container is the sandbox. In it the notebook runs as nobody, for whom the tests,
# the submission and the result are out of reach.
export GRADE_WITHOUT_SANDBOX=1
if [ "$(id -u)" = 0 ]; then export GRADE_AS_USER=${{GRADE_AS_USER-65534}}; fi
mkdir -p "$autograder/results"
cd "$autograder"
chmod -R go-rwx source/tests submission results
chmod go-rwx submission_metadata.json 2>/dev/null || true
export PYTHONPATH=$autograder/source PYTHONDONTWRITEBYTECODE=1 COURSE_PROGRESS=0
exec "$python" -P -m course_lib.grading.gradescope {exercise} "$autograder"
"""


def pack(out: Path, index: str = "") -> list[Path]:
    """Write NN_name.zip for each exercise of the repository.

    Args:
        out: a folder.
        index: where setup.sh finds a CPU build of PyTorch; "" for pip's own sources.

    Raises:
        GraderError: if the repository is not there.
    """
    folders = sorted((ROOT / "tests" / "exercises").glob("[0-9][0-9]_*"))
    if not folders:
        raise GraderError(
            "course_lib is installed without the repository around it, and the tests "
            "that are held back lie there: work in a clone of the repository"
        )
    if re.search(r"[^\w:/.%+@~-]", index):
        raise GraderError(f"--index {index!r} is no address")
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for folder in folders:
        path = out / f"{folder.name}.zip"
        part = path.with_name(f".{path.name}.part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, (content, mode) in sorted(_contents(folder, index).items()):
                entry = zipfile.ZipInfo(name, WHEN)
                entry.external_attr = (0o100000 | mode) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        part.replace(path)
        made.append(path)
    return made


def _contents(folder: Path, index: str) -> dict[str, tuple[bytes, int]]:
    """The archive's files: their bytes and modes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["grading"],
        "ipython",
        "nbformat",
    ]
    extra = f'--extra-index-url "{index}"' if index else ""
    texts = {
        "setup.sh": (SETUP.format(index=extra), 0o755),
        "run_autograder": (RUN.format(exercise=folder.name), 0o755),
        "needed.txt": ("\n".join(needed) + "\n", 0o644),
    }
    files = {name: (text.encode(), mode) for name, (text, mode) in texts.items()}
    files["constraints.txt"] = ((ROOT / "requirements.txt").read_bytes(), 0o644)
    for path in folder.glob("q*.py"):
        files[f"tests/{path.name}"] = (path.read_bytes(), 0o600)
    for path in COURSE.rglob("*"):
        if path.is_file() and path.suffix in KINDS:
            files[path.relative_to(ROOT).as_posix()] = (path.read_bytes(), 0o644)
    return files


def main() -> int:
    """Judge the submission of this container; 1 without a result if that fails."""
    exercise, autograder = sys.argv[1], Path(sys.argv[2])
    seed = secrets.randbelow(2**31)
    print(f"{exercise}, seed {seed}")
    rules = Rules(autograder / "source" / "tests", seed, Limits().whole, protected())
    try:
        record = _judge(autograder / "submission", rules)
    except GraderError as error:
        record = by_hand(str(error))
    for text in filter(None, [record["note"], record.get("trace", "")]):
        print(reports.plain(text))
    if record["points"] is None:
        # no results.json: Gradescope says that the autograder failed, and gives no mark
        print("The autograder failed. This is no mark: run it again.")
        return 1
    record |= {"exercise": exercise, "seed": seed}
    reports.write(autograder / "results" / "results.json", reports.gradescope(record))
    return 0


def _judge(folder: Path, rules: Rules) -> dict[str, Any]:
    """The outcome of the one notebook in a folder."""
    notebooks: list[Any] = []
    problem = ""
    try:
        notebooks, _ = find(folder, folder / "results")
    except GraderError:
        problem = "No notebook (.ipynb) was handed in."
    for one in notebooks:
        one.read()
        problem = problem or one.problem
    if len(notebooks) > 1:
        names = ", ".join(one.name for one in notebooks)
        problem = f"Hand in one notebook; these are several: {names}"
    if problem:
        return by_hand(problem) | {"status": "unreadable", "points": 0.0}
    with Jury(1, rules) as jury:
        return dict(jury.judge([("submission", notebooks[0].path)]))["submission"]


if __name__ == "__main__":
    sys.exit(main())
