"""The form of every notebook, and the tool that checks it."""

import re
import shutil
from pathlib import Path

import nbformat
import notebooks
import pytest
from address import setup_cell

ROOT = Path(__file__).parents[1]
PATHS = sorted(
    path.relative_to(ROOT)
    for folder in ("book", "exercises", "solutions")
    for path in (ROOT / folder).glob("*.ipynb")
)


def markdown(name, source):
    return nbformat.v4.new_markdown_cell(source, id=name)


def code(name, source, **metadata):
    return nbformat.v4.new_code_cell(source, id=name, metadata=metadata)


@pytest.fixture
def good():
    """A small notebook in good form, not executed."""
    cells = [
        markdown("title", "# A title\n\nGoals."),
        code("set-up", setup_cell(), tags=["remove-cell"]),
        code("imports", "from course_lib.runtime import setup\n\nrun = setup(seed=1)"),
        code("sum", "print(2 + 3)"),
    ]
    metadata = {"language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A folder with one notebook that has been executed, and its path."""
    path = tmp_path_factory.mktemp("book") / "01_small.ipynb"
    cells = [
        markdown("title", "# A title\n\nGoals."),
        code("set-up", setup_cell(), tags=["remove-cell"]),
        code("imports", "from course_lib.runtime import setup\n\nrun = setup(seed=1)"),
        code("preset", "print(run.preset)"),
        code("bar", "import sys\n\nprint('\\r 3 it/s', file=sys.stderr)"),
    ]
    metadata = {"language_info": {"name": "python", "version": "3.9"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    notebooks.execute(path)
    return path


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_form(path):
    assert notebooks.problems(ROOT / path) == []


CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_equation_numbers_in_code_are_those_of_the_page(path):
    cells = nbformat.read(path, 4).cells
    labels = re.findall(
        r"(?m)^\$\$ \(eq-[\w-]+\)",
        "\n".join(c.source for c in cells if c.cell_type == "markdown"),
    )
    chapter = int(path.stem[:2])
    code = "\n".join(c.source for c in cells if c.cell_type == "code")
    mentions = " ".join(re.findall(r"Equations? \(.*", code))
    said = re.findall(r"\((\d+)\.(\d+)\)", mentions)
    if not said:
        pytest.skip("its code names no equation by number")
    for its_chapter, number in said:
        assert int(its_chapter) == chapter
        assert 1 <= int(number) <= len(labels)


def test_there_are_as_many_solutions_as_exercises():
    names = {
        folder: {p.name for p in PATHS if p.parent.name == folder}
        for folder in ("book", "exercises", "solutions")
    }
    assert names["exercises"] == names["solutions"]
    assert names["exercises"] <= names["book"]


def test_good_form_is_accepted(good):
    assert notebooks.form(good) == []


WRONG = {
    "'# Title'": lambda nb: nb.cells.pop(0),
    "set-up cell": lambda nb: nb.cells.pop(1),
    "common one": lambda nb: nb.cells[1].update(source=setup_cell() + "#"),
    "remove-cell": lambda nb: nb.cells[1].metadata.clear(),
    "setup(seed=N)": lambda nb: nb.cells[2].update(source="run = 1"),
    "cell id 'ab12cd34'": lambda nb: nb.cells[3].update(id="ab12cd34"),
    "cell id 'Big Name'": lambda nb: nb.cells[3].update(id="Big Name"),
    "stands 2 times": lambda nb: nb.cells[3].update(id="title"),
    "tag remove-cell": lambda nb: nb.cells[3].update(id="bars-assert"),
    "begin with if run.preset": lambda nb: nb.cells[3].update(
        source="assert 1", metadata={"tags": ["remove-cell"]}
    ),
    "26 lines": lambda nb: nb.cells[3].update(source="\n".join(["x = 1"] * 26)),
    "over 79 columns": lambda nb: nb.cells[3].update(source="x = '" + "a" * 80 + "'"),
    "151 words": lambda nb: nb.cells.append(markdown("long", "word " * 151)),
    "46 cells": lambda nb: nb.cells.extend(
        markdown(f"note-{i}", "text") for i in range(42)
    ),
    "language_info": lambda nb: nb.metadata.clear(),
}


@pytest.mark.parametrize("said", WRONG)
def test_bad_form_is_named(good, said):
    WRONG[said](good)
    assert any(said in problem for problem in notebooks.form(good))


def test_formulas_tables_and_code_are_no_words():
    text = """One two $a + b$ three.

$$
x = y
$$ (eq-name)

| a table | of words |
|--|--|

```python
code and more code
```
A [link](address/of/it) <b>here</b>.
"""
    assert notebooks.words(text) == 7  # One two x three. A link here


def test_execution_is_recorded_and_clean(executed):
    notebook = nbformat.read(executed, 4)
    assert notebooks.results(notebook) == []
    assert notebook.cells[3].outputs[0].text == "laptop\n"
    assert notebook.cells[4].outputs == []  # the progress bar
    assert notebook.metadata.language_info == {"name": "python"}
    assert "execution" not in notebook.cells[3].metadata


def test_execution_twice_gives_the_same_bytes(executed, tmp_path):
    again = Path(shutil.copy(executed, tmp_path))
    notebooks.execute(again)
    assert again.read_bytes() == executed.read_bytes()


def test_what_was_printed_in_pieces_is_one_output(executed):
    notebook = nbformat.read(executed, 4)
    pieces = [
        nbformat.v4.new_output("stream", name=name, text=text)
        for name, text in [("stdout", "a\n"), ("stdout", "b\n"), ("stdout", "c\n")]
    ]
    picture = nbformat.v4.new_output("display_data", {"text/plain": "drawn"})
    notebook.cells[3].outputs = [*pieces[:2], picture, pieces[2]]
    said = "preset: printed in pieces: run `make execute`"
    assert said in notebooks.results(notebook)
    notebooks.tidy(notebook)
    assert said not in notebooks.results(notebook)
    assert [o.get("text") for o in notebook.cells[3].outputs] == ["a\nb\n", None, "c\n"]


def test_stale_output_is_refused(executed):
    notebook = nbformat.read(executed, 4)
    notebook.cells[3].source += "  # changed"
    assert any("make execute" in p for p in notebooks.results(notebook))


def test_unexecuted_cell_and_error_are_refused(executed):
    notebook = nbformat.read(executed, 4)
    notebook.cells[3].execution_count = None
    error = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
    notebook.cells[4].outputs = [error]
    found = notebooks.results(notebook)
    assert "preset: never executed" in found
    assert "bar: an error in its output" in found
    notebook.cells[4].metadata["tags"] = ["raises-exception"]
    assert "bar: an error in its output" not in notebooks.results(notebook)


def test_picture_without_alt_text_is_refused(executed):
    notebook = nbformat.read(executed, 4)
    picture = nbformat.v4.new_output("display_data", {"image/png": "AAAA"})
    notebook.cells[3].outputs = [picture]
    assert any("alt text" in p for p in notebooks.results(notebook))
    alt = {"image": {"alt": "A line that falls from 1 to 0."}}
    notebook.cells[3].metadata["mystnb"] = alt
    assert not any("alt text" in p for p in notebooks.results(notebook))


def test_addresses_and_paths_in_output_are_refused(executed):
    notebook = nbformat.read(executed, 4)
    notebook.cells[3].outputs[0].text = "<Thing at 0x7f0012345678>"
    assert any("differs between machines" in p for p in notebooks.results(notebook))


def test_failing_notebook_is_left_as_it_was(good, tmp_path):
    good.cells[3].source = "raise ValueError('planted')"
    path = tmp_path / "01_bad.ipynb"
    nbformat.write(good, path)
    before = path.read_bytes()
    with pytest.raises(Exception, match="planted"):
        notebooks.execute(path)
    assert path.read_bytes() == before


def test_exercise_with_output_is_refused(executed, tmp_path):
    folder = tmp_path / "exercises"
    folder.mkdir()
    path = Path(shutil.copy(executed, folder))
    assert any("without outputs" in p for p in notebooks.problems(path))


def test_large_file_is_refused(executed, tmp_path):
    notebook = nbformat.read(executed, 4)
    notebook.cells[3].outputs[0].text = "x" * 1_000_001
    path = tmp_path / "01_large.ipynb"
    nbformat.write(notebook, path)
    assert any("at most 1000000" in p for p in notebooks.problems(path))
