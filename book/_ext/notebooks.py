"""Execute notebooks cleanly, and check the form that every notebook keeps.

``python book/_ext/notebooks.py execute PATHS`` runs each one in a fresh kernel and
writes it back with nothing in it that changes from run to run.
``python book/_ext/notebooks.py grade PATHS`` runs learners' notebooks and prints what
their checks and their score say; the files stay as they are.
``python book/_ext/notebooks.py check PATHS`` lists what is wrong with each one.
"""

import hashlib
import os
import re
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import nbformat
from address import SETUP_OPENS, setup_cell
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

CELLS, LINES, COLUMNS, WORDS, BYTES = 45, 25, 79, 150, 1_000_000
SECONDS = 600  # for one cell; a chapter's whole budget is 60
HASH = "executed_source"  # notebook metadata: what the outputs were made from
WIDGET = "application/vnd.jupyter.widget-view+json"
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-.*)?")
GUARD = 'if run.preset == "laptop":'  # other budgets, other findings
UNSTABLE = re.compile(r" at 0x[0-9a-f]{6,}|/(home|root|Users|tmp)/")


# ---------------------------------------------------------------- executing


def source_hash(notebook: NotebookNode) -> str:
    """Return a hash of the code cells' sources, in order."""
    sources = [cell.source.rstrip() for cell in code_cells(notebook)]
    return hashlib.sha256("\n\x1e\n".join(sources).encode()).hexdigest()[:16]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells that hold something."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def is_progress(output: NotebookNode) -> bool:
    """Say whether an output is a progress bar: it prints something else each run."""
    if output.output_type == "stream":
        return output.name == "stderr" and (
            "\r" in output.text or "it/s" in output.text
        )
    data = output.get("data", {})
    return WIDGET in data and set(data) <= {WIDGET, "text/plain"}


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Make one output of what was printed in pieces: how many, only the clock says."""
    found: list[NotebookNode] = []
    for output in outputs:
        if found and "name" in output and found[-1].get("name") == output.name:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def tidy(notebook: NotebookNode) -> None:
    """Drop what differs between two runs: timings, versions, widgets' ids, bars."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        cell.outputs = joined([o for o in cell.outputs if not is_progress(o)])
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET, None)
            alt = output.get("metadata", {}).pop("alt", None)
            if alt:  # display(figure, metadata={"alt": ...}): made from the data
                image = cell.metadata.setdefault("mystnb", {}).setdefault("image", {})
                image["alt"] = alt


def execute(path: Path) -> None:
    """Run a notebook in a fresh kernel, in its own folder, and write it back.

    Raises:
        CellExecutionError: a cell failed that is not tagged ``raises-exception``.
            The file is left as it was.
    """
    notebook = nbformat.read(path, 4)
    os.environ |= {"COURSE_PRESET": "laptop", "PYTHONHASHSEED": "0"}
    started = time.perf_counter()
    NotebookClient(
        notebook,
        timeout=SECONDS,
        extra_arguments=["--log-level=40"],
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    tidy(notebook)
    notebook.metadata[HASH] = source_hash(notebook)
    nbformat.write(notebook, path)
    print(f"{path}: {time.perf_counter() - started:.0f} s", flush=True)


def grade(path: Path) -> None:
    """Run a learner's notebook to its end, whatever fails, and print its points.

    All tests are asked, those that are held back from the notebook too. This trusts
    the notebook, which runs on this machine as any program would.
    """
    notebook = nbformat.read(path, 4)
    held_back = Path(__file__).resolve().parents[2] / "tests" / "exercises"
    all_tests = (
        "import pathlib\nfrom course_lib import grading\n"
        f"grading.TESTS = pathlib.Path({str(held_back)!r})"
    )
    notebook.cells.insert(0, nbformat.v4.new_code_cell(all_tests))
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        allow_errors=True,
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    print(path)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                print(f"{cell.get('id', '?')}: {output.ename}: {output.evalue}")
            elif re.search(r"\bgrader\b.*\)", cell.source.splitlines()[-1]):
                print(texts(output).rstrip())


# ----------------------------------------------------------------- checking


def words(markdown: str) -> int:
    """Count the words of prose: without formulas, tables, code, HTML, options."""
    text = re.sub(r"(?s)\$\$.*?\$\$(\s*\([^)]*\))?", " ", markdown)
    text = re.sub(r"(?s)\\begin\{(\w+\*?)\}.*?\\end\{\1\}", " ", text)
    text = re.sub(r"(?s)```\{?(math|code|python|text|figure).*?```", " ", text)
    text = re.sub(r"(?s)<!--.*?-->|<[^>]+>", " ", text)
    text = re.sub(r"\$[^$]+\$", " x ", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    lines = [
        line
        for line in text.splitlines()
        if not re.match(r"\s*(\||:[\w-]+:|```|:::)", line)
    ]
    return sum(1 for word in " ".join(lines).split() if re.search(r"\w", word))


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell, by which the book and the tests know it."""
    return cell.metadata.get("tags", [])


def has_picture(cell: NotebookNode) -> bool:
    """Say whether a code cell shows a picture that needs alt text on the cell."""
    return any(
        mime.startswith("image/") for o in cell.outputs for mime in o.get("data", {})
    )


def texts(output: NotebookNode) -> str:
    """Return all text that an output shows."""
    data = output.get("data", {})
    shown = [str(data.get(mime, "")) for mime in ("text/plain", "text/html")]
    return "\n".join(filter(None, [output.get("text", ""), *shown]))


def form(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with the cells themselves, outputs aside."""
    found = []
    if len(notebook.cells) > CELLS:
        found.append(f"{len(notebook.cells)} cells, at most {CELLS}")
    ids = Counter(cell.get("id", "") for cell in notebook.cells)
    for name, count in ids.items():
        if not ID.fullmatch(name) or RANDOM_ID.fullmatch(name):
            found.append(f"cell id {name!r}: give it a short name, like gru-by-hand")
        if count > 1:
            found.append(f"cell id {name!r} stands {count} times")
    for cell in notebook.cells:
        name, lines = cell.get("id", "?"), cell.source.splitlines()
        if cell.cell_type == "markdown" and words(cell.source) > WORDS:
            found.append(f"{name}: {words(cell.source)} words, at most {WORDS}")
        if cell.cell_type != "code" or cell.source.startswith(SETUP_OPENS):
            continue
        if name.endswith("-assert") and "remove-cell" not in tags(cell):
            found.append(f"{name}: assertions are for us: it needs the tag remove-cell")
        hidden = "remove-cell" in tags(cell) and "assert" in cell.source
        if hidden and not cell.source.startswith(GUARD):
            found.append(f"{name}: with a GPU it may not hold: begin with {GUARD}")
        if len(lines) > LINES:
            found.append(f"{name}: {len(lines)} lines of code, at most {LINES}")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS:
                found.append(f"{name}, line {number}: over {COLUMNS} columns")
    if notebook.metadata.get("language_info", {}).get("name") != "python":
        found.append('metadata.language_info must be {"name": "python"}')
    return found + opening(notebook)


def opening(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with the first cells: title, set-up, imports."""
    found = []
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown" or first.source[:2] != "# ":
        found.append("the first cell must be Markdown that opens with '# Title'")
    code = code_cells(notebook)
    set_up = [c for c in code if c.source.startswith(SETUP_OPENS)]
    if not set_up or set_up[0] is not code[0]:
        found.append("the first code cell must be the set-up cell (make address)")
    elif set_up[0].source.rstrip() != setup_cell():
        found.append("the set-up cell is not the common one: run `make address`")
    elif "remove-cell" not in tags(set_up[0]):
        found.append("the set-up cell needs the tag remove-cell")
    if not any(re.search(r"\bsetup\(seed=\d+\)", c.source) for c in code[1:3]):
        found.append("the second code cell must import and call setup(seed=N)")
    return found


def results(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with the outputs of an executed notebook."""
    found = []
    if notebook.metadata.get(HASH) != source_hash(notebook):
        found.append("outputs are not those of this code: run `make execute`")
    for cell in code_cells(notebook):
        name = cell.get("id", "?")
        if cell.execution_count is None:
            found.append(f"{name}: never executed")
        kinds = {o.output_type for o in cell.outputs}
        if "error" in kinds and "raises-exception" not in tags(cell):
            found.append(f"{name}: an error in its output")
        streams = [o.get("name") for o in cell.outputs]
        if any(a and a == b for a, b in pairwise(streams)):
            found.append(f"{name}: printed in pieces: run `make execute`")
        if any(o.get("name") == "stderr" for o in cell.outputs):
            found.append(f"{name}: prints a warning (stderr)")
        for match in {m[0] for o in cell.outputs for m in UNSTABLE.finditer(texts(o))}:
            found.append(f"{name}: output differs between machines: {match.strip()!r}")
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if has_picture(cell) and len(alt) < 15:
            found.append(f"{name}: picture without alt text (mystnb.image.alt)")
        for output in cell.outputs:
            html = str(output.get("data", {}).get("text/html", ""))
            if "<svg" in html and "aria-label" not in html and "<title" not in html:
                found.append(f"{name}: drawing without aria-label or <title>")
    return found


def untouched(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with a notebook that must have no outputs."""
    return [
        f"{cell.get('id', '?')}: an exercise is handed out without outputs"
        for cell in code_cells(notebook)
        if cell.outputs or cell.execution_count is not None
    ]


def problems(path: Path) -> list[str]:
    """Return everything that is wrong with a notebook, one sentence each."""
    notebook = nbformat.read(path, 4)
    found = form(notebook)
    if path.stat().st_size > BYTES:
        found.append(f"{path.stat().st_size} bytes, at most {BYTES}")
    exercise = path.resolve().parent.name == "exercises"
    return found + (untouched(notebook) if exercise else results(notebook))


def main(arguments: list[str]) -> int:
    """Do what is asked with the notebooks named; 1 where something is wrong."""
    if len(arguments) < 2 or arguments[0] not in {"execute", "grade", "check"}:
        print(__doc__)
        return 2
    wrong = 0
    for path in map(Path, arguments[1:]):
        if arguments[0] == "grade":
            grade(path)
            continue
        if arguments[0] == "execute":
            try:
                execute(path)
            except CellExecutionError as error:
                print(f"{path}: failed, left as it was\n{error}")
                wrong = 1
            continue
        for problem in problems(path):
            print(f"{path}: {problem}")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
