"""Recorded results as tables: what stands in book/results/NAME.json, never typed.

    ```{results} sick
    :columns: accuracy; parameters
    ```

draws a row a variant: mean over the seeds, ± standard deviation. Other people's
numbers follow in rows of their own, and a line says how ours were measured.

    ```{results} phrases
    :curve: PER, * letters
    :xlabel: letters in the phrase, up to
    ```

draws a line a variant instead, through all metrics of that name in the order of their
last number: "PER, 1 to 5 letters" stands at 5. The band is the range of the seeds.
``:variants: general; local-m`` shows some of our models alone, without other people's.
"""

import base64
import html
import io
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from statistics import fmean
from typing import Any

import matplotlib.style
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import course_lib
from course_lib.recipes import budgets
from course_lib.viz import curves

FOLDER = Path(__file__).parent.parent / "results"
STYLE = Path(course_lib.__file__).with_name("course.mplstyle")


def columns_of(record: dict[str, Any]) -> list[str]:
    """The metrics of a study's variants, in the order in which they were measured."""
    rows = record["results"].values()
    # a variant may lack some: a dictionary rather than a set keeps the order
    names = {name: value for row in rows for name, value in row.items()}
    return [name for name, value in names.items() if isinstance(value, dict)]


def number(value: float, unit: str) -> str:
    """A metric as readers know it: shares in per cent, counts with commas.

    Rounded as its decimals read: 0.785501 is 78.6 %, and so is 0.7855.
    """
    if unit == "count":
        return f"{value:,.0f}"
    exact = Decimal(str(round(value, 7))) * (100 if unit == "share" else 1)
    text = f"{exact.quantize(Decimal('0.1'), ROUND_HALF_UP)}"
    return f"{text} %" if unit == "share" else text


def unit_of(name: str) -> str:
    """Shares are stored as fractions; BLEU and counts are not."""
    if name == "parameters":
        return "count"
    return "points" if name.startswith("BLEU") else "share"


def cell(value: dict[str, Any], name: str, constant: bool = False) -> str:
    """Mean ± spread; the mean alone of a variant that no seed changes."""
    unit = unit_of(name)
    text = number(fmean(value["values"]), unit)
    if value["spread"] is None or unit == "count" or constant:
        return text.replace(" ", "\N{NO-BREAK SPACE}")
    spread = value["spread"] * (100 if unit == "share" else 1)
    text = f"{text.removesuffix(' %')} ± {spread:.1f}{' %' if unit == 'share' else ''}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def table(record: dict[str, Any], columns: list[str]) -> list[str]:
    """The lines of a Markdown table.

    Raises:
        ValueError: for a column that was not measured.
    """
    unknown = set(columns) - set(columns_of(record))
    if unknown:
        raise ValueError(f"no metric {sorted(unknown)}; there are {columns_of(record)}")
    lines = ["| | " + " | ".join(columns) + " |", "|--" + "|--:" * len(columns) + "|"]
    most = _seeds(record)
    for variant, row in record["results"].items():
        seeds = len(row["seeds"])
        label, constant = variant, variant in record.get("constant", [])
        # the line below the table tells how many the others have
        if seeds < most and not constant:
            label += " (one seed)" if seeds == 1 else f" ({seeds} seeds)"
        # what a variant cannot have stays empty: a look-up has no beam
        cells = [
            cell(row[name], name, constant) if name in row else "" for name in columns
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    for paper in record["papers"]:
        if not any(name in paper for name in columns):
            continue
        label = f"*{paper['model']}*, {paper['source']}"
        label += "" if paper["checked"] else " (not checked against the source)"
        cells = [
            number(paper[name], unit_of(name)) if name in paper else ""
            for name in columns
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return lines


def lines_of(
    record: dict[str, Any], pattern: str
) -> tuple[list[int], dict[str, list[dict[str, Any]]]]:
    """The numbers that stand in the names of metrics, and each variant's values there.

    Raises:
        ValueError: if no metric has such a name.
    """
    names = [name for name in columns_of(record) if fnmatchcase(name, pattern)]
    if not names:
        raise ValueError(f"no metric {pattern!r}; there are {columns_of(record)}")
    at = {int(re.findall(r"\d+", name)[-1]): name for name in names}
    places = sorted(at)
    rows = record["results"].items()
    return places, {v: [row[at[x]] for x in places] for v, row in rows}


def picture(record: dict[str, Any], pattern: str, xlabel: str) -> str:
    """The lines of `lines_of` as an image, whose alt text tells every line's ends."""
    places, lines = lines_of(record, pattern)
    ylabel = pattern.partition(",")[0]
    with matplotlib.style.context(STYLE), matplotlib.rc_context({"svg.hashsalt": "s"}):
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        ax = figure.subplots()
        curves(
            places,
            {name: [v["mean"] for v in row] for name, row in lines.items()},
            band={
                name: ([min(v["values"]) for v in row], [max(v["values"]) for v in row])
                for name, row in lines.items()
            },
            xlabel=xlabel,
            ylabel=ylabel,
            ax=ax,
        )
        ax.set_ylim(0)
        ax.set_xticks(places)
        if unit_of(pattern) == "share":
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    told = "; ".join(
        f"{name} {number(fmean(row[0]['values']), unit_of(pattern))} at {places[0]}, "
        f"{number(fmean(row[-1]['values']), unit_of(pattern))} at {places[-1]}"
        for name, row in lines.items()
    )
    alt = html.escape(f"{ylabel} by {xlabel}: {told}.")
    data = base64.b64encode(file.getvalue()).decode()
    return f'<p><img alt="{alt}" src="data:image/svg+xml;base64,{data}"></p>'


def measured(record: dict[str, Any], drawn: bool = False) -> str:
    """How the numbers came about, in a line; drawn curves show the range of seeds."""
    most = _seeds(record)
    known = [row["cpu_seconds"] for row in record["results"].values()]
    # of a run that was interrupted and went on, nobody knows the time
    cpu = 0 if None in known else max(known)
    took = f"; the slowest took {cpu / 60:.1f} minutes of one core a run" if cpu else ""
    kind = "mean and range" if drawn else "mean ± standard deviation"
    seeds = f"{kind} of {most} seeds" if most > 1 else "one seed"
    settings = ", ".join(
        f"{name} {value}"
        for name, value in record["settings"].items()
        if not isinstance(value, str | dict)
    )
    for variant, others in record["settings"].get("own", {}).items():
        if variant in record["results"]:
            settings += f" (*{variant}*: {_named(others)})"
    return (
        f"`{record['recipe']}`: {seeds}; {settings}; {'; '.join(record['hardware'])}; "
        f"torch {record['versions']['torch']}{took}{budgets(record)}."
    )


def _named(settings: dict[str, Any]) -> str:
    """Names and values, those of a group in brackets."""
    return ", ".join(
        f"{name} ({_named(value)})" if isinstance(value, dict) else f"{name} {value}"
        for name, value in settings.items()
    )


def _seeds(record: dict[str, Any]) -> int:
    """The most seeds that a variant was trained with."""
    return max(len(row["seeds"]) for row in record["results"].values())


def only(record: dict[str, Any], variants: list[str]) -> dict[str, Any]:
    """The record with these variants and nobody else's; all if none is named.

    Raises:
        ValueError: for a variant that it does not have.
    """
    there = record["results"]
    unknown = [name for name in variants if name not in there]
    if unknown:
        raise ValueError(f"no variant {unknown}; there are {list(there)}")
    if not variants:
        return record
    return record | {"results": {name: there[name] for name in variants}, "papers": []}


class Results(SphinxDirective):
    """The directive."""

    required_arguments = 1
    option_spec = dict.fromkeys(
        ("columns", "curve", "xlabel", "variants"), directives.unchanged
    )

    def run(self) -> list[nodes.Node]:
        """Read the file; draw its lines, or let Markdown make a table of it."""
        path = FOLDER / f"{self.arguments[0]}.json"
        self.env.note_dependency(str(path))
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            record = only(record, self._asked("variants"))
            asked = self._asked("columns")
            pattern, xlabel = self.options.get("curve"), self.options.get("xlabel", "")
            drawn = picture(record, pattern, xlabel) if pattern else ""
            lines = table(record, asked or columns_of(record)) if not drawn else []
        except (OSError, ValueError, KeyError) as error:
            raise self.error(f"results {self.arguments[0]}: {error}") from None
        lines += ["", measured(record, bool(drawn))]
        parent = nodes.container()
        if drawn:
            parent += nodes.raw("", drawn, format="html")
        self.state.nested_parse(StringList(lines, str(path)), 0, parent)
        return parent.children

    def _asked(self, option: str) -> list[str]:
        return [x.strip() for x in self.options.get(option, "").split(";") if x]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("results", Results)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
