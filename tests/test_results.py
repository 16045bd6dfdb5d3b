"""Tables of recorded results: what the book prints is what the files hold."""

import base64
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "book/_ext"))

import results  # noqa: E402


def value(*values, spread=None):
    return {"mean": sum(values) / len(values), "spread": spread, "values": values}


FILES = {p.stem: json.loads(p.read_text()) for p in results.FOLDER.glob("*.json")}
# the others, such as speed, are drawn elsewhere
STUDIES = {name: FILES[name] for name in sorted(FILES) if "results" in FILES[name]}
RECORD = {
    "recipe": "python -m course_lib.recipes toy",
    "settings": {"d": 3, "split": "published"},
    "hardware": ["a laptop, 1 thread"],
    "versions": {"torch": "2.13.0"},
    "budgets": [None],
    "results": {
        "a": {
            "seeds": [0, 1],
            "WER": value(0.2, 0.3, spread=0.07071),
            "WER, beam 5": value(0.2, 0.2, spread=0.0),
            "BLEU": value(30, 31, spread=0.7071),
            "parameters": value(1200, 1200, spread=0.0),
            "cpu_seconds": 90.0,
        },
        "b": {
            "seeds": [1],
            "WER": value(0.5),
            "BLEU": value(12.34),
            "parameters": value(0),
            "cpu_seconds": None,
        },
    },
    "papers": [
        {"model": "theirs", "WER": 0.25, "source": "A 2015", "checked": True},
        {"model": "others", "BLEU": 28.3, "source": "B 2016", "checked": False},
    ],
}


def test_a_table_holds_means_spreads_and_other_peoples_numbers():
    lines = results.table(RECORD, ["WER", "WER, beam 5", "parameters"])
    assert lines == [
        "| | WER | WER, beam 5 | parameters |",
        "|--|--:|--:|--:|",
        "| a | 25.0\xa0±\xa07.1\xa0% | 20.0\xa0±\xa00.0\xa0% | 1,200 |",
        "| b (one seed) | 50.0\xa0% |  | 0 |",
        "| *theirs*, A 2015 | 25.0 % |  |  |",
    ]
    bleu = results.table(RECORD, ["BLEU"])
    assert bleu[2] == "| a | 30.5\xa0±\xa00.7 |"
    assert bleu[-1] == "| *others*, B 2016 (not checked against the source) | 28.3 |"
    with pytest.raises(ValueError, match=r"no metric \['PER'\]; there are \['WER'"):
        results.table(RECORD, ["PER"])


def test_the_line_below_says_how_it_was_measured():
    line = results.measured(RECORD)
    assert "`python -m course_lib.recipes toy`" in line
    assert "2 seeds; d 3; a laptop, 1 thread; torch 2.13.0" in line
    assert "published" not in line  # words stand in the text
    assert "took" not in line  # a run was interrupted: it may be the longest
    told = results.measured(RECORD | {"results": {"a": RECORD["results"]["a"]}})
    assert "the slowest took 1.5 minutes of one core a run." in told
    assert ": mean ± standard deviation of 2 seeds;" in line
    assert ": mean and range of 2 seeds;" in results.measured(RECORD, drawn=True)
    unknown = {"b": RECORD["results"]["b"]}  # an interrupted run: nobody knows
    line = results.measured(RECORD | {"results": unknown})
    assert line.endswith("one seed; d 3; a laptop, 1 thread; torch 2.13.0.")


def test_settings_of_a_variant_are_told_and_groups_in_brackets():
    own = {"a": {"batch": 128, "restart": {"epochs": 20, "lr": 1e-3}}, "c": {"d": 5}}
    line = results.measured(RECORD | {"settings": {"d": 3, "own": own}})
    assert "; d 3 (*a*: batch 128, restart (epochs 20, lr 0.001)); a laptop" in line


def test_a_budget_is_told():
    line = results.measured(RECORD | {"budgets": [60.0, None]})
    assert line.endswith("; training ended after 60 s or no limit.")


def test_a_variant_that_no_seed_changes_has_neither_seeds_nor_spread():
    record = RECORD | {"constant": ["a", "b"]}
    lines = results.table(record, ["WER"])
    assert lines[2:4] == ["| a | 25.0\xa0% |", "| b | 50.0\xa0% |"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.785501, "share", "78.6 %"),
        (0.7855, "share", "78.6 %"),
        (0.1745, "share", "17.5 %"),
        (0.78549, "share", "78.5 %"),
        (12.25, "points", "12.3"),
        (1839275.0, "count", "1,839,275"),
    ],
)
def test_numbers_are_rounded_as_their_decimals_read(value, unit, text):
    assert results.number(value, unit) == text


def test_a_column_may_be_missing_from_the_first_row():
    rows = {
        "a": {"seeds": [0], "PER": value(0.3)},
        "b": {"seeds": [0], "PER": value(0.2), "PER, beam 5": value(0.1)},
    }
    record = RECORD | {"results": rows, "papers": []}
    assert results.columns_of(record) == ["PER", "PER, beam 5"]
    *_, first, second = results.table(record, ["PER, beam 5"])
    assert first == "| a |  |"
    assert second.replace("\N{NO-BREAK SPACE}", " ") == "| b | 10.0 % |"


@pytest.mark.parametrize("name", STUDIES)
def test_every_recorded_study_can_be_printed(name):
    record = STUDIES[name]
    lines = results.table(record, results.columns_of(record))
    assert record["recipe"] in results.measured(record)
    for line, (variant, row) in zip(lines[2:], record["results"].items(), strict=False):
        assert line.startswith(f"| {variant}")
        for name in results.columns_of(record):
            if name in row:
                assert len(row[name]["values"]) == len(row["seeds"]), (variant, name)


def test_a_curve_stands_at_the_last_number_of_each_name():
    record = RECORD | {
        "results": {
            name: {
                "seeds": [0, 1],
                "PER": value(0.3, 0.4),
                "PER, 6 to 10 letters": value(0.5 + k, 0.7 + k),
                "PER, 1 to 5 letters": value(0.1 + k, 0.1 + k),
            }
            for k, name in enumerate(["a", "b"])
        }
    }
    places, lines = results.lines_of(record, "PER, * letters")
    assert places == [5, 10]
    assert [v["mean"] for v in lines["b"]] == [1.1, pytest.approx(1.6)]

    shown = results.picture(record, "PER, * letters", "letters, <up to>")
    assert "PER by letters, &lt;up to&gt;: a 10.0 % at 5, 60.0 % at 10; b " in shown
    data = base64.b64decode(re.search('base64,([^"]*)', shown)[1]).decode()
    assert data.count("PolyCollection") == 2  # the band of each variant
    assert shown == results.picture(record, "PER, * letters", "letters, <up to>")
    with pytest.raises(ValueError, match="no metric"):
        results.lines_of(record, "WER, * letters")


def test_some_variants_alone():
    alone = results.only(RECORD, ["b"])
    assert list(alone["results"]) == ["b"]
    assert len(results.table(alone, ["BLEU"])) == 3  # nobody else's rows
    assert results.only(RECORD, []) == RECORD
    assert list(RECORD["results"]) == ["a", "b"]
    with pytest.raises(ValueError, match="no variant"):
        results.only(RECORD, ["a", "c"])
