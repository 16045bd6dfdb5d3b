"""SICK: 9,840 pairs of sentences with entailment, written by people."""

import csv
import re
from collections.abc import Iterable

from . import download
from .documents import Corpus, Document
from .entailment import LABELS
from .vocab import Vocab

KEY = "sick/SICK.txt"


def parse(lines: Iterable[str]) -> dict[str, list[Document]]:
    """TRAIN, TRIAL and TEST -> pairs; lower case, punctuation is a token of its own.

    Raises:
        ValueError: another label or part (the row is named).
    """
    found: dict[str, list[Document]] = {"TRAIN": [], "TRIAL": [], "TEST": []}
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        label, part = row["entailment_label"].lower(), row["SemEval_set"].strip()
        if label not in LABELS or part not in found:
            raise ValueError(f"pair {row['pair_ID']}: label {label!r}, part {part!r}")
        a, b = (
            tuple(re.findall(r"[\w'-]+|[^\w\s]", row[f"sentence_{x}"].lower()))
            for x in "AB"
        )
        found[part].append(Document((a, b), LABELS.index(label)))
    return found


def load() -> Corpus:
    """The three parts of SemEval 2014 task 1: TRAIN, TRIAL (as val) and TEST.

    Relatedness and the labels of the other direction are in the file, not in here.
    "not", "no" and "nobody" give many contradictions away.

    Raises:
        DataUnavailable: the file can neither be found nor fetched.
    """
    text = download.fetch(KEY).read_text(encoding="utf-8")
    train, val, test = (tuple(pairs) for pairs in parse(text.splitlines()).values())
    vocab = Vocab.build(s for pair in train for s in pair.sentences)
    entry = download.registry()[KEY]
    about = f"{entry.what}; licence {entry.licence}."
    return Corpus("sick", train, val, test, vocab, LABELS, about)
