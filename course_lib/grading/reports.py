"""What is written about one submission: NAME.json, NAME.html and Gradescope's form.

A record is plain data, the content of NAME.json.  All other files are made from records
alone, so that parts of a class can be joined and pages made again without grading.
Whatever a learner wrote is escaped: reports hold text, never a learner's HTML.
"""

import contextlib
import html
import json
import os
import unicodedata
from pathlib import Path
from typing import Any

from . import Case, Report
from .judge import Marks

BY_HAND = "grade by hand"
MEANING = {
    "graded": "All cells were run and all questions judged.",
    "stopped": (
        "Cells that hung or ended the process were left out, or the time was up; what "
        "could be judged counts."
    ),
    "unreadable": "The file is no notebook, or too large: no points.",
    BY_HAND: (
        "The grader failed or ran out of time. This is no mark, and not the mark 0: "
        "look at it yourself, or grade it again."
    ),
}


def outcome(marks: Marks) -> dict[str, Any]:
    """The part of a record that a judge knows."""
    return {
        "status": marks.status,
        # whatever was earned by then, a grader that failed gives no mark
        "points": None if marks.status == BY_HAND else marks.points,
        "possible": marks.possible,
        "note": marks.note,
        "seconds": marks.seconds,
        "questions": [_question(report) for report in marks.reports],
    }


def _question(report: Report) -> dict[str, Any]:
    return {
        "question": report.question,
        "points": report.points,
        "possible": report.possible,
        "unanswered": report.unanswered,
        "missing": list(report.missing),
        "hint": getattr(report, "hint", ""),
        "cases": [_case(case) for case in report.cases],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "name": case.name,
        "points": case.points if case.passed else 0.0,
        "possible": case.points,
        "passed": case.passed,
        "hidden": case.hidden,
        "message": case.message,
    }


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all: beside it first, then renamed."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="")
    os.replace(part, path)


def read(path: Path) -> dict[str, Any] | None:
    """A record that was written, or None if it is not whole."""
    with contextlib.suppress(OSError, ValueError):
        record = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(record, dict) and {"key", "digest", "status"} <= set(record):
            return record
    return None


def paths(out: Path, name: str) -> list[Path]:
    """The files about one submission; the record is the last one."""
    return [
        out / "gradescope" / f"{name}.json",
        out / f"{name}.html",
        out / f"{name}.json",
    ]


def save(out: Path, name: str, record: dict[str, Any]) -> None:
    """Write all that there is about one submission; its record last: it is done."""
    texts = gradescope(record), page(record), _json(record)
    for path, text in zip(paths(out, name), texts, strict=True):
        path.parent.mkdir(exist_ok=True)
        write(path, text)


def _json(value: Any) -> str:
    return json.dumps(value, indent=1) + "\n"


# Gradescope


def gradescope(record: dict[str, Any]) -> str:
    """The results.json of Gradescope's autograders.

    Hidden cases appear once grades are published.  Where the grader failed there is no
    score at all, which Gradescope shows as a failure of the autograder, not as a mark.
    """
    status = record["status"]
    words = [MEANING.get(status, status), record["note"]]
    form: dict[str, Any] = {
        "output": plain("\n".join(filter(None, words))),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "execution_time": record["seconds"],
        "stdout_visibility": "hidden",
    }
    if record["points"] is not None:
        form["score"] = record["points"]
        form["tests"] = [
            {
                "name": plain(f"{part['question']}: {case['name']}"),
                "score": case["points"],
                "max_score": case["possible"],
                "status": "passed" if case["passed"] else "failed",
                "output": plain(said(part, case)),
                "visibility": "after_published" if case["hidden"] else "visible",
            }
            for part in record["questions"]
            for case in part["cases"]
        ]
    return _json(form)


# One page


STYLE = """
:root { color-scheme: light dark; --ink: #1c2126; --paper: #fff; --soft: #5b6570;
  --line: #d5dae0; --full: #1f7a54; --part: #8a6100; --none: #b3392b; --bar: #e9ecef; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ea; --paper: #15191d;
  --soft: #a3adb7; --line: #39424b; --full: #54c08f; --part: #dcae4c; --none: #ee8577;
  --bar: #2a3138; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: break-word; }
h1 { font-size: 1.5rem; margin-bottom: .25rem; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
.words { min-width: 14rem; white-space: pre-line; overflow-wrap: anywhere; }
.name { min-width: 9rem; overflow-wrap: anywhere; }
.full { color: var(--full); } .none { color: var(--none); }
.bar { display: flex; height: 1.1rem; min-width: 10rem; background: var(--bar); }
.bar i { display: block; } .bar .full { background: var(--full); }
.bar .part { background: var(--part); } .bar .none { background: var(--none); }
a { color: inherit; }
"""


def page(record: dict[str, Any]) -> str:
    """The page about one submission."""
    status = record["status"]
    mark = "no mark" if record["points"] is None else f"{record['points']:g}"
    note = f"<p>{escape(record['note'])}</p>" if record["note"] else ""
    parts = [
        f"<h1>{escape(record['submission'])}</h1>",
        f'<p class="soft">{escape(record["exercise"])}</p>',
        f"<p><strong>{mark}</strong> of {number(record['possible'])} points. "
        f"Status: <strong>{escape(status)}</strong>. "
        f"{escape(MEANING.get(status, ''))}</p>{note}",
    ]
    for part in record["questions"]:
        parts.append(
            f"<h2>{escape(part['question'])}: {number(part['points'])} of "
            f"{number(part['possible'])}</h2>"
        )
        rows = [_row(part, case) for case in part["cases"]]
        parts.append(
            '<div class="scroll"><table><thead><tr><th>Case<th>Held back'
            '<th class="number">Points<th>What was found</thead><tbody>'
            f"{''.join(rows)}</tbody></table></div>"
        )
    foot = f"Judged in {record['seconds']:g} s; seed {record.get('seed', '')}."
    parts.append(f'<p class="soft">{escape(foot)}</p>')
    return document(f"{record['submission']}, {record['exercise']}", parts)


def _row(part: dict[str, Any], case: dict[str, Any]) -> str:
    kind = "full" if case["passed"] else "none"
    words = "passed" if case["passed"] else said(part, case)
    return (
        f'<tr><td class="name">{escape(case["name"])}'
        f"<td>{'yes' if case['hidden'] else 'no'}"
        f'<td class="number {kind}">{number(case["points"])} of '
        f'{number(case["possible"])}<td class="words">{escape(words)}'
    )


def said(part: dict[str, Any], case: dict[str, Any]) -> str:
    """What a learner should read about a case that failed."""
    if part["missing"] and not case["passed"]:
        names = ", ".join(part["missing"])
        hint = part["hint"] or "The tests look for this name."
        return f"Not defined: {names}. {hint}"
    return str(case["message"])


def document(title: str, parts: list[str]) -> str:
    """A page that loads nothing and runs nothing."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def number(value: float | None) -> str:
    """A number of points as one reads it."""
    return "" if value is None else f"{value:g}"


def plain(text: str) -> str:
    r"""A learner's text with nothing in it that acts: ESC becomes the letters \x1b.

    Control characters move a terminal's cursor, others turn the direction of writing or
    are no text at all (a file name need not be UTF-8).
    """
    return "".join(
        char
        if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def escape(text: str) -> str:
    """A learner's text inside HTML."""
    return html.escape(plain(text))
