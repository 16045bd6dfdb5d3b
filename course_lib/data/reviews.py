"""Film reviews and single sentences from them, good or bad: real, downloaded text."""

import re
import zipfile
from collections import defaultdict

from . import download
from .batching import split_of
from .documents import Corpus, Document
from .vocab import Vocab

LABELS = ("negative", "positive")


def _sentences(lines: str) -> tuple[tuple[str, ...], ...]:
    """One sentence a line, tokens parted by spaces; empty lines are passed over."""
    return tuple(tuple(line.split()) for line in lines.split("\n") if line.strip())


def _corpus(key: str, parts: dict[str, list[Document]], min_count: int) -> Corpus:
    train, val, test = (tuple(parts[part]) for part in ("train", "val", "test"))
    vocab = Vocab.build((s for d in train for s in d.sentences), min_count)
    entry = download.registry()[key]
    about = f"{entry.what}; {entry.licence}; words seen {min_count} times in train."
    return Corpus(key.split("/")[0], train, val, test, vocab, LABELS, about)


def movie_reviews(*, min_count: int = 5) -> Corpus:
    """2,000 documents; those numbered 800 to 899 are val, 900 to 999 test.

    Source: Pang and Lee 2004, polarity data set 2.0, one tokenised sentence a line.

    Raises:
        DataUnavailable: the file can neither be found nor fetched.
    """
    key = "movie_reviews/movie_reviews.zip"
    parts: dict[str, list[Document]] = defaultdict(list)
    with zipfile.ZipFile(download.fetch(key)) as archive:
        for name in sorted(archive.namelist()):
            if match := re.search(r"(neg|pos)/cv(\d)\d\d_\d+\.txt$", name):
                part = {"8": "val", "9": "test"}.get(match[2], "train")
                sentences = _sentences(archive.read(name).decode("ascii"))
                parts[part].append(Document(sentences, int(match[1] == "pos")))
    return _corpus(key, parts, min_count)


def sentence_polarity(*, min_count: int = 2) -> Corpus:
    """10,662 documents of one sentence each, split by `split_of` the sentence.

    Source: Pang and Lee 2005, sentence polarity data set 1.0.

    Raises:
        DataUnavailable: the file can neither be found nor fetched.
    """
    key = "sentence_polarity/sentence_polarity.zip"
    parts: dict[str, list[Document]] = defaultdict(list)
    with zipfile.ZipFile(download.fetch(key)) as archive:
        for label, kind in enumerate(("neg", "pos")):
            text = archive.read(f"sentence_polarity/rt-polarity.{kind}").decode("utf-8")
            for tokens in _sentences(text):
                parts[split_of(" ".join(tokens))].append(Document((tokens,), label))
    return _corpus(key, parts, min_count)
