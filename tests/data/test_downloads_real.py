"""Reviews and SICK: their formats in small, and the real files where there are any."""

import zipfile

import pytest

from course_lib.data import download, reviews, sick
from course_lib.data.documents import Document, collate

HEAD = "pair_ID\tsentence_A\tsentence_B\tentailment_label\tSemEval_set"


def zipped(monkeypatch, tmp_path, files):
    path = tmp_path / "small.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    monkeypatch.setattr(download, "fetch", lambda key: path)


def test_movie_reviews_are_read_and_split_by_number(monkeypatch, tmp_path):
    files = {
        "movie_reviews/": "",
        "movie_reviews/README": "no review",
        "movie_reviews/neg/cv000_1.txt": "so bad . \n \nvery bad .\n",
        "movie_reviews/neg/cv899_1.txt": "bad\n",
        "movie_reviews/pos/cv900_888.txt": "good good\n",
    }
    zipped(monkeypatch, tmp_path, files)
    corpus = reviews.movie_reviews(min_count=2)
    assert corpus.train == (Document((("so", "bad", "."), ("very", "bad", ".")), 0),)
    assert corpus.val == (Document((("bad",),), 0),)
    assert corpus.test == (Document((("good", "good"),), 1),)
    assert corpus.vocab.tokens[4:] == (".", "bad")
    assert corpus.labels == ("negative", "positive")


def test_sentence_polarity_is_read_and_split_by_sentence(monkeypatch, tmp_path):
    lines = [f"s{i} é ." for i in range(60)]
    files = {
        "sentence_polarity/rt-polarity.neg": "\n".join(lines[:30]) + "\n",
        "sentence_polarity/rt-polarity.pos": "\n".join(lines[30:]) + "\n",
    }
    zipped(monkeypatch, tmp_path, files)
    corpus = reviews.sentence_polarity(min_count=1)
    everything = corpus.train + corpus.val + corpus.test
    assert {" ".join(d.sentences[0]): d.label for d in everything} == {
        line: int(i >= 30) for i, line in enumerate(lines)
    }
    for name in ("train", "val", "test"):
        for document in getattr(corpus, name):
            assert reviews.split_of(" ".join(document.sentences[0])) == name


def test_sick_is_parsed():
    rows = [
        HEAD,
        '1\tA man\'s dog, barking\tNobody is "here"\tCONTRADICTION\tTRIAL',
        "2\tA b\tC d\tNEUTRAL\tTEST",
    ]
    found = sick.parse(rows)
    a = ("a", "man's", "dog", ",", "barking")
    b = ("nobody", "is", '"', "here", '"')
    assert found == {
        "TRAIN": [],
        "TRIAL": [Document((a, b), 2)],
        "TEST": [Document((("a", "b"), ("c", "d")), 1)],
    }
    with pytest.raises(ValueError, match="pair 7: label 'maybe', part 'TEST'"):
        sick.parse([HEAD, "7\ta\tb\tMAYBE\tTEST"])


REAL = {
    "movie_reviews/movie_reviews.zip": (reviews.movie_reviews, (1600, 200, 200)),
    "sentence_polarity/sentence_polarity.zip": (
        reviews.sentence_polarity,
        (9604, 486, 572),
    ),
    "sick/SICK.txt": (sick.load, (4439, 495, 4906)),
}


@pytest.mark.parametrize("key", REAL)
def test_the_real_files(key):
    if not download.available(key):
        pytest.skip(f"{key} is neither in COURSE_DATA nor in the cache")
    load, sizes = REAL[key]
    corpus = load()
    assert (len(corpus.train), len(corpus.val), len(corpus.test)) == sizes
    assert corpus.about.startswith(download.registry()[key].what)
    assert {d.label for d in corpus.test} == set(range(len(corpus.labels)))
    assert collate(corpus.test[:13], corpus.vocab).label.shape == (13,)
