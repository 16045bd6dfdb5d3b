"""The repository itself: one address, exact pins, nothing that does not belong."""

import importlib.util
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import address
import pytest
import yaml

ROOT = Path(__file__).parents[1]
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf8").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
PINS = dict(
    line.split("#")[0].strip().split("==") for line in REQUIREMENTS if "==" in line
)


def tracked():
    """Return the files that a commit would hold."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return [
        ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()
    ]


def texts():
    for path in tracked():
        try:
            yield path, path.read_text(encoding="utf8")
        except UnicodeDecodeError:
            continue


def test_address_is_the_same_everywhere():
    stale = [path.name for path, text, right in address.places() if text != right]
    assert not stale, "run `make address`"
    names = {path.name for path, _, _ in address.places()}
    assert {"pyproject.toml", "CITATION.cff"} <= names


def test_address_is_written_by_the_command(tmp_path):
    config = "repository: {url: https://example.org/a/b, branch: trunk}\n"
    (tmp_path / "_config.yml").write_text(config)
    for name in ("pyproject.toml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    right = {path.name: text for path, _, text in address.places(tmp_path)}
    assert 'Homepage = "https://example.org/a/b"' in right["pyproject.toml"]
    assert "repository-code: https://example.org/a/b" in right["CITATION.cff"]
    assert "git+https://example.org/a/b@trunk" in address.setup_cell(tmp_path)


def test_torch_is_pinned_first():
    assert re.match(r"torch==[\d.]+(\s|$)", REQUIREMENTS[0])


def test_every_requirement_is_exact():
    lines = [x.split("#")[0].strip() for x in REQUIREMENTS]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines if line)


def test_loose_bounds_allow_the_pins():
    from packaging.requirements import Requirement

    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(x for e in extras for x in e)]
    pins = {name.lower(): version for name, version in PINS.items()}
    for text in wanted:
        requirement = Requirement(text)
        name = requirement.name.lower()
        assert name in pins, f"{text} is not in requirements.txt"
        assert requirement.specifier.contains(pins[name]), text


def test_workflows_call_make_and_nothing_else():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        jobs = yaml.safe_load(path.read_text(encoding="utf8"))["jobs"]
        steps = [step for job in jobs.values() for step in job["steps"]]
        commands = [step["run"] for step in steps if "run" in step]
        assert commands
        assert all(re.fullmatch(r"make \w+( \w+=\w+)?", c) for c in commands), commands


def test_make_targets_exist_and_are_explained():
    text = (ROOT / "Makefile").read_text(encoding="utf8")
    explained = set(re.findall(r"(?m)^([a-z]+):.*## \S", text))
    wanted = "book test serve execute exercises grade bench lint help"
    assert set(wanted.split()) <= explained


def test_every_page_of_the_book_is_in_its_table_of_contents():
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf8"))
    listed = {c["file"] for part in toc["parts"] for c in part["chapters"]}
    listed.add(toc["root"])
    pages = {
        f"{folder}/{path.stem}"
        for folder in ("book", "exercises")
        for path in (ROOT / folder).glob("*")
        if path.suffix in {".md", ".ipynb"}
    }
    assert listed == pages


def test_no_machine_no_registry_no_leftovers():
    # Put together here, so that this file does not hold what it looks for.
    hosts = "|".join(["py" + "pi", "reg" + "istry", "files", "deb"])
    wrong = re.compile(
        rf"https?://({hosts})\.|/wor[k]/(main|shared|\.library)|\.\./share[d]\b|"
        r"/hom[e]/\w+/|/tm[p]/bash"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in texts()
        for match in wrong.finditer(text)
    ]
    assert not found


def test_nothing_of_others_is_committed():
    fonts_and_scripts = {".woff", ".woff2", ".ttf", ".otf", ".min.js", ".zip", ".gz"}
    found = [
        p.name
        for p in tracked()
        if {p.suffix, "".join(p.suffixes[-2:])} & fonts_and_scripts
    ]
    assert not found


def test_annotations_are_not_postponed():
    # jaxtyping could not check shapes that are strings.
    line = "from __future__ import " + "annotations"
    assert not [
        p.name
        for p in (ROOT / "course_lib").rglob("*.py")
        if line in p.read_text("utf8")
    ]


def test_citation_is_complete():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))
    assert citation["version"] == PROJECT["project"]["version"]
    assert {"title", "authors", "license", "repository-code"} <= set(citation)


def test_the_reference_page_has_every_module():
    page = (ROOT / "book/api.md").read_text(encoding="utf8")
    named = set(re.findall(r"automodule:: ([\w.]+)", page))
    package = ROOT / "course_lib"
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in package.rglob("*.py")
        if path.name != "__init__.py" and package / "exercises" not in path.parents
    }
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in package.rglob("__init__.py")
    }
    assert modules <= named <= modules | packages


def test_the_readmes_example_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.S)
    names: dict[str, object] = {}
    exec(example, names)
    alpha = names["alpha"]
    assert alpha.shape == (2, 1, 5)
    assert (alpha[1, :, 3:] == 0).all()


def test_the_readmes_speeds_are_the_recorded_ones():
    spec = importlib.util.spec_from_file_location("t", ROOT / "tests/bench/table.py")
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    assert table.readme(readme) == readme
    assert table.table() in readme
