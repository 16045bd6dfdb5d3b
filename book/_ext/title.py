"""The figure of the title page: what a trained network reads while it writes a number.

The weights are those of chapter 3's own model. ``python book/_ext/title.py`` runs that
chapter's cells and writes ``book/results/title.json`` (a minute); the build reads the
file. Run it again when the cells that it names change.
"""

import json
import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
RESULT = ROOT / "book" / "results" / "title.json"
CHAPTER = "book/03_soft_attention.ipynb"
CELLS = ("imports", "toys-run", "crossing-run")
NUMBER = 200  # of the unseen numbers; the chapter draws this one too


def drawing() -> str:
    """Return the figure as HTML: self-contained, by mouse, finger and keys."""
    from course_lib.viz import explore  # slow: PyTorch

    data = json.loads(RESULT.read_text(encoding="utf8"))
    figure = explore(
        data["alpha"],
        data["src"],
        data["tgt"],
        gold=[tuple(link) for link in data["gold"]],
        title="Point at a digit: what does the network read while it writes it?",
        start=2,  # where reading turns back
    )
    return figure._repr_html_()


class TitleFigure(SphinxDirective):
    """``title-figure``, without content."""

    def run(self) -> list[nodes.Node]:
        """Put the figure here."""
        self.env.note_dependency(str(RESULT))
        return [nodes.raw("", drawing(), format="html")]


def main() -> int:
    """Run the chapter's cells and write down the weights of one number."""
    import torch

    cells = json.loads((ROOT / CHAPTER).read_text(encoding="utf8"))["cells"]
    sources = {cell.get("id"): "".join(cell["source"]) for cell in cells}
    names: dict = {}
    for cell in CELLS:
        exec(re.sub(r"(?m)^%.*$", "", sources[cell]), names)
    pair, out = names["task"].test[NUMBER], names["outputs"][NUMBER]
    result = {
        "what": "attention of chapter 3's RNNsearch on one unseen German number",
        "how": f"cells {', '.join(CELLS)} of {CHAPTER}, preset "
        f"{names['run'].preset}, seed {names['run'].seed}; then unseen number {NUMBER}",
        "versions": {"torch": torch.__version__.split("+")[0]},
        "right": f"{names['right']:.1%} of {len(names['task'].test)} unseen numbers",
        "src": list(pair.src),
        "tgt": list(out.tokens),
        "gold": [list(link) for link in sorted(pair.links)],
        "alpha": [[round(a, 4) for a in row] for row in out.alpha[:-1].tolist()],
    }
    text = json.dumps(result, ensure_ascii=False, indent=1)
    rows = re.compile(r"\[\s+([^][]*?)\s+\]")  # a row of numbers, a line
    text = rows.sub(lambda row: f"[{' '.join(row[1].split())}]", text)
    RESULT.write_text(text + "\n", encoding="utf8")
    print(f"{' '.join(pair.src)} -> {' '.join(out.tokens)}: {RESULT.name} written")
    return 0


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("title-figure", TitleFigure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    sys.exit(main())
