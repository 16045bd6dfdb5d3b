"""The README's table of speed, drawn from a recorded run of `make bench`.

python tests/bench/table.py   writes it; a test compares.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "book/results/speed_cpu.json"
PLACE = re.compile(r"(<!-- speed: .*?-->\n).*?(\n<!-- end of speed -->)", re.S)
COLUMNS = [  # heading, what, shape, fill
    ("training, 20 words", "training", "words", "even"),
    ("training, up to 256", "training", "S = 256", "uneven"),
    ("greedy", "greedy", "words", "even"),
    ("beam of 5", "beam 5", "words", "even"),
]
ALWAYS_EVEN = ("tutorial",)  # these ignore padding
ROWS = [  # group, peer, as in the record
    ("additive, GRU", "d2l's layer in a loop"),
    ("additive, bi-GRU", "tutorial with [s; c; y] readout"),
    ("additive, bi-GRU", "speechbrain's decoder, our encoder"),
    ("Luong general with input feeding, bi-LSTM", "joeynmt"),
    ("Luong general with input feeding, bi-LSTM", "OpenNMT-py"),
    ("Luong general without input feeding, bi-LSTM", "joeynmt"),
    ("Luong general without input feeding, bi-LSTM", "OpenNMT-py"),
    ("Transformer, 3 + 3 layers", "nn.Transformer"),
    ("Transformer, 3 + 3 layers", "joeynmt"),
    ("Transformer, 3 + 3 layers", "x-transformers"),
]


def table() -> str:
    """Their time over ours, in Markdown."""
    report = json.loads(RECORD.read_text(encoding="utf-8"))
    keys = ("group", "peer", "what", "shape", "fill")
    found = {tuple(r[k] for k in keys): r["ratio"] for r in report["rows"]}
    lines = ["| model | beside | " + " | ".join(c[0] for c in COLUMNS) + " |"]
    lines.append("|--|--|" + "--:|" * len(COLUMNS))
    for group, peer in ROWS:
        cells = []
        for _, what, shape, fill in COLUMNS:
            if peer.startswith(ALWAYS_EVEN):
                fill = "even"
            ratio = found.get((group, peer, what, shape, fill))
            cells.append("" if ratio is None else f"{ratio:.1f}")
        lines.append(f"| {group} | {peer} | " + " | ".join(cells) + " |")
    torch = report["versions"]["torch"].split("+")[0]
    lines += ["", f"*Recorded on {report['hardware']}, with PyTorch {torch}.*"]
    return "\n".join(lines)


def readme(text: str) -> str:
    """The README with the table in its place."""
    return PLACE.sub(lambda place: place[1] + table() + place[2], text)


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(readme(path.read_text(encoding="utf-8")), encoding="utf-8")
