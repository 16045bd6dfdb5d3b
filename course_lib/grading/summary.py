"""What is written about a class: grades.csv, canvas.csv and the page index.html."""

import csv
import io
import re
from collections import Counter
from pathlib import Path
from statistics import mean, median
from typing import Any

from .reports import BY_HAND, MEANING, document, escape, number, plain, said, write

FILES = ("grades.csv", "canvas.csv", "index.html")
# Canvas's bulk download: doejane_LATE_4321_98765_notebook.ipynb
CANVAS = re.compile(r"(?P<student>.+?)_(?:LATE_)?(?P<id>\d+)_\d+_.+", re.S)
MOST = 25  # mistakes that the page lists
Records = dict[str, dict[str, Any]]  # by the name of the report


def publish(out: Path, run: dict[str, Any], records: Records, column: str) -> list[str]:
    """Write the three files; what an instructor should know about canvas.csv.

    Args:
        out: the folder of the reports.
        run: what stands in run.json.
        records: all records, by the name of the report.
        column: how the assignment's column is called in Canvas.
    """
    records = dict(sorted(records.items(), key=lambda one: one[1]["submission"]))
    questions = [part["question"] for part in longest(records)]
    write(out / "grades.csv", grades(records, questions))
    text, warnings = canvas(records, column)
    write(out / "canvas.csv", text)
    write(out / "index.html", page(run, records, warnings))
    return warnings


def longest(records: Records) -> list[dict[str, Any]]:
    """The questions of a submission that has them: one that was judged."""
    return max((r["questions"] for r in records.values()), key=len, default=[])


def grades(records: Records, questions: list[str]) -> str:
    """One row a submission; a mark is empty where the grader failed."""
    last = ["status", "note", "seconds"]
    rows = [["submission", "points", "possible", *questions, *last]]
    for record in records.values():
        earned = {q["question"]: number(q["points"]) for q in record["questions"]}
        if record["points"] is None:
            earned = {}
        rows.append(
            [
                harmless(record["submission"]),
                number(record["points"]),
                number(record["possible"]),
                *(earned.get(name, "") for name in questions),
                record["status"],
                harmless(record["note"]),
                number(record["seconds"]),
            ]
        )
    return table(rows)


def canvas(records: Records, column: str) -> tuple[str, list[str]]:
    """What Canvas imports, and which submissions are not in it.

    Canvas finds a student by the ID, which its bulk download puts into the file's name.
    A row with an empty mark would erase the one that Canvas has, so there is none.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    warnings = []
    for record in records.values():
        match = CANVAS.fullmatch(record["submission"].rpartition("/")[2])
        if match is not None:
            found.setdefault(match["id"], []).append(record | match.groupdict())
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column]
    possible = max((r["possible"] or 0 for r in records.values()), default=0)
    rows = [head, ["    Points Possible", "", "", "", "", number(possible)]]
    for key, group in found.items():
        names = ", ".join(plain(one["submission"]) for one in group)
        if len(group) > 1:
            warnings.append(f"not in canvas.csv, several of one student: {names}")
        elif group[0]["points"] is None:
            warnings.append(f"not in canvas.csv, to be graded by hand: {names}")
        else:
            student = harmless(group[0]["student"])
            rows.append([student, key, "", "", "", number(group[0]["points"])])
    if found and len(records) > sum(map(len, found.values())):
        others = len(records) - sum(map(len, found.values()))
        warnings.append(f"not in canvas.csv, no name as Canvas gives them: {others}")
    return table(rows), warnings


def table(rows: list[list[str]]) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def harmless(text: str) -> str:
    """A learner's text in a cell: one line, and no formula to any spreadsheet."""
    line = plain(text).replace("\n", r"\n")
    return f"'{line}" if line[:1] in ("=", "+", "-", "@") else line


# The page


def page(run: dict[str, Any], records: Records, warnings: list[str]) -> str:
    """The summary: points, questions, mistakes, submissions."""
    marked = {k: r for k, r in records.items() if r["points"] is not None}
    points = [record["points"] for record in marked.values()]
    states = Counter(record["status"] for record in records.values())
    parts = [
        f"<h1>{escape(run['exercise'])}</h1>",
        f'<p class="soft">{len(records)} submissions, seed {run["seed"]}</p>',
    ]
    if points:
        possible = max(record["possible"] for record in marked.values())
        parts.append(
            f"<p>Mean {mean(points):.1f} of {possible:g}, median {median(points):g}. "
            "Submissions without a mark are not counted.</p>"
        )
        parts += ["<h2>Points</h2>", histogram(points, possible)]
        parts += ["<h2>Questions</h2>", by_question(marked)]
        parts += ["<h2>Most frequent mistakes</h2>", mistakes(marked)]
    rows = [
        f'<tr><td>{escape(name)}<td class="number">{count}<td class="words">'
        f"{escape(MEANING.get(name, ''))}"
        for name, count in states.most_common()
    ]
    parts += ["<h2>Statuses</h2>", grid(["Status", "#Number", "What it means"], rows)]
    left_out = [*warnings, *(f"not read: {name}" for name in run["left_out"])]
    if left_out:
        items = "".join(f"<li>{escape(line)}" for line in left_out)
        parts += ["<h2>To look at</h2>", f"<ul>{items}</ul>"]
    parts += ["<h2>Submissions</h2>", submissions(records)]
    return document(f"{run['exercise']}: {len(records)} submissions", parts)


def grid(heads: list[str], rows: list[str]) -> str:
    """A table; heads that open with # stand above numbers."""
    cells = "".join(
        f'<th class="number">{head[1:]}' if head[:1] == "#" else f"<th>{head}"
        for head in heads
    )
    return (
        f'<div class="scroll"><table><thead><tr>{cells}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def bar(shares: dict[str, float], label: str) -> str:
    """A horizontal bar of coloured shares; the label says the same in words."""
    pieces = "".join(
        f'<i class="{kind}" style="width:{100 * share:.2f}%"></i>'
        for kind, share in shares.items()
        if share > 0
    )
    words = escape(label)
    return f'<div class="bar" role="img" aria-label="{words}">{pieces}</div>'


def histogram(points: list[float], possible: float) -> str:
    """How many submissions have how many points, a row a point."""
    counts = Counter(int(value) for value in points)
    most = max(counts.values())
    rows = []
    for value in range(int(possible), -1, -1):
        count = counts[value]
        label = f"{count} submissions from {value} to below {value + 1} points"
        rows.append(
            f'<tr><td class="number">{value}<td class="number">{count}'
            f'<td style="width:80%">{bar({"full": count / most}, label)}'
        )
    return grid(["#Points, whole", "#Submissions", ""], rows)


def by_question(records: Records) -> str:
    """For each question who earned all, some and none of its points."""
    rows = []
    questions = [q for r in records.values() for q in r["questions"]]
    for part in longest(records):
        seen = [q for q in questions if q["question"] == part["question"]]
        kinds = Counter(kind(q["points"], q["possible"]) for q in seen)
        blank = sum(q["unanswered"] for q in seen)
        label = (
            f"{kinds['full']} all points, {kinds['part']} some, {kinds['none']} none"
        )
        shares = {name: kinds[name] / len(seen) for name in ("full", "part", "none")}
        average = mean(q["points"] for q in seen)
        rows.append(
            f'<tr><td>{escape(part["question"])}<td class="number">{average:.2f} of '
            f"{number(part['possible'])}<td>{bar(shares, label)}"
            f'<span class="soft">{label}; {blank} not answered</span>'
        )
        passes = Counter(
            case["name"] for q in seen for case in q["cases"] if case["passed"]
        )
        for case in part["cases"]:
            passed = passes[case["name"]]
            held_back = " (held back)" if case["hidden"] else ""
            rows.append(
                f'<tr class="soft"><td><td class="number">{passed} of {len(seen)}'
                f"<td>{escape(case['name'])}{held_back}"
            )
    return grid(["Question", "#Mean; passed", "Submissions"], rows)


def kind(points: float, possible: float) -> str:
    """Whether these are all points, some, or none."""
    return "full" if points == possible else "part" if points else "none"


def mistakes(records: Records) -> str:
    """The messages that most submissions got, each counted once a submission."""
    counts: Counter[tuple[str, str]] = Counter()
    for record in records.values():
        read = record["status"] != "unreadable"
        counts.update(
            {
                (part["question"], gist(said(part, case)))
                for part in record["questions"]
                for case in part["cases"]
                if read and not case["passed"]
                if part["missing"] or not part["unanswered"]
            }
        )
    rows = [
        f'<tr><td>{escape(question)}<td class="number">{count}'
        f'<td class="words">{escape(text)}'
        for (question, text), count in counts.most_common(MOST)
    ]
    if not rows:
        return "<p>None.</p>"
    return grid(["Question", "#Submissions", "What the checks said"], rows)


def gist(message: str) -> str:
    """A message without the numbers that differ from notebook to notebook."""
    return re.sub(r" \(largest difference [^)]*\)", "", message)


def submissions(records: Records) -> str:
    """A row a submission, with a link to its page."""
    names = [part["question"] for part in longest(records)]
    rows = []
    for report, record in sorted(records.items(), key=by_attention):
        earned = {q["question"]: number(q["points"]) for q in record["questions"]}
        cells = "".join(f'<td class="number">{earned.get(name, "")}' for name in names)
        link = f'<a href="{escape(report)}.html">{escape(record["submission"])}</a>'
        rows.append(
            f'<tr><td class="name">{link}'
            f'<td class="number">{number(record["points"]) or "no mark"}{cells}'
            f'<td>{escape(record["status"])}<td class="words">{escape(record["note"])}'
        )
    heads = ["Submission", "#Points", *(f"#{name}" for name in names)]
    return grid([*heads, "Status", "Note"], rows)


def by_attention(item: tuple[str, dict[str, Any]]) -> tuple[bool, str]:
    """Those without a mark first, then by name."""
    return item[1]["status"] != BY_HAND, item[1]["submission"]
