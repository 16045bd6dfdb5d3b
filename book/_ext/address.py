"""The public address of the repository, written once in ``_config.yml``.

``python book/_ext/address.py`` copies it into the package's metadata, the citation
and the set-up cell of every notebook; ``--check`` only says what is out of step.
"""

import json
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]

SETUP_CELL = """\
# Set-up: run this cell first. On Colab it installs the course; elsewhere it does nothing.
import importlib.util

if importlib.util.find_spec("course_lib") is None:
    %pip install -q "course-lib @ git+{url}@{branch}"
"""  # noqa: E501
SETUP_OPENS = "# Set-up: run this cell first."


def address(root: Path = ROOT) -> tuple[str, str]:
    """Return the repository's address and its branch."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf8"))
    repository = config["repository"]
    return repository["url"].rstrip("/"), repository["branch"]


def setup_cell(root: Path = ROOT) -> str:
    """Return the source of the set-up cell, the same in every notebook."""
    url, branch = address(root)
    return SETUP_CELL.format(url=url, branch=branch).rstrip("\n")


def in_pyproject(text: str, root: Path) -> str:
    """Return pyproject.toml's text with the address put in."""
    url, _ = address(root)
    text = re.sub(r'(?m)^Homepage = ".*"$', f'Homepage = "{url}"', text)
    return re.sub(r'(?m)^Issues = ".*"$', f'Issues = "{url}/issues"', text)


def in_citation(text: str, root: Path) -> str:
    """Return CITATION.cff's text with the address put in."""
    url, _ = address(root)
    return re.sub(r"(?m)^repository-code: .*$", f"repository-code: {url}", text)


def in_notebook(text: str, root: Path) -> str:
    """Return a notebook's text with the set-up cell put in where one stands."""
    notebook = json.loads(text)
    cell_lines = setup_cell(root).splitlines(keepends=True)
    changed = False
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.startswith(SETUP_OPENS):
            changed |= source != "".join(cell_lines)
            cell["source"] = cell_lines
    if not changed:
        return text
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def places(root: Path = ROOT) -> list[tuple[Path, str, str]]:
    """Return (file, text as it is, text as it should be) for every place."""
    found = []
    rules = [("pyproject.toml", in_pyproject), ("CITATION.cff", in_citation)]
    for folder in ("book", "exercises", "solutions"):
        for path in sorted((root / folder).glob("*.ipynb")):
            rules.append((str(path.relative_to(root)), in_notebook))
    for name, rule in rules:
        path = root / name
        if path.exists():
            text = path.read_text(encoding="utf8")
            found.append((path, text, rule(text, root)))
    return found


def main(arguments: list[str]) -> int:
    """Write the address everywhere, or say with ``--check`` where it differs."""
    stale = [(path, right) for path, text, right in places() if text != right]
    for path, right in stale:
        name = path.relative_to(ROOT)
        if "--check" in arguments:
            print(f"{name}: not the address of _config.yml; run `make address`")
        else:
            path.write_text(right, encoding="utf8")
            print(f"{name}: written")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
