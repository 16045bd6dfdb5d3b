import pytest
import torch

from course_lib.data import documents
from course_lib.data.documents import BAD, GOOD, Document
from course_lib.data.vocab import UNK, Vocab


@pytest.fixture(scope="module")
def corpus():
    return documents.load(sizes=(500, 53, 101))


def test_sizes_and_nothing_twice(corpus):
    parts = corpus.train, corpus.val, corpus.test
    assert [len(part) for part in parts] == [500, 53, 101]
    assert len({document for part in parts for document in part}) == 654
    assert repr(corpus) == "Corpus(documents: 500 train, 53 val, 101 test; 66 tokens)"


def test_the_evidence_decides_and_only_it_is_about_the_film(corpus):
    for document in corpus.train + corpus.test:
        i, j = document.evidence
        about_film = [k for k, s in enumerate(document.sentences) if "film" in s]
        assert about_film == [i]
        assert document.sentences[i][j] in (BAD, GOOD)[document.label]
        judged = [s for s in document.sentences if s[-1] in BAD + GOOD]
        assert len(judged) == 3  # two rivals and the evidence
        assert 4 <= len(document.sentences) <= 8
        for sentence in document.sentences:
            assert UNK not in corpus.vocab.encode(sentence)


def test_rivals_say_nothing_about_the_label(corpus):
    agree = [
        (s[-1] in GOOD) == bool(d.label)
        for d in corpus.train
        for s in d.sentences
        if s[-1] in BAD + GOOD and "film" not in s
    ]
    assert 0.45 < sum(agree) / len(agree) < 0.55
    counted = [
        (sum((s[-1] in GOOD) - (s[-1] in BAD) for s in d.sentences) > 0)
        == bool(d.label)
        for d in corpus.train
    ]
    assert 0.7 < sum(counted) / len(counted) < 0.8  # all that a bag can reach
    assert 0.4 < sum(d.label for d in corpus.train) / 500 < 0.6


def test_seed_and_size(corpus):
    assert documents.load(sizes=(7, 53, 101)).test == corpus.test
    assert documents.load(sizes=(7, 53, 101), seed=1).test != corpus.test


def test_too_much_is_refused():
    with pytest.raises(ValueError, match="2 sentences, but 2 rivals and evidence"):
        documents.load(sentences=(2, 5))
    with pytest.raises(ValueError, match="only 128 documents differ"):  # 2 · 2 · 4 · 8
        documents.load(sentences=(1, 1), rivals=0, sizes=(200, 0, 0))


def test_collate_by_hand():
    vocab = Vocab("abc")
    rows = [
        Document((("a", "b"), ("c",)), 1, (1, 0)),
        Document((("b", "z", "a"),), 0),
    ]
    batch = documents.collate(rows, vocab).to("cpu")
    assert batch.words.tolist() == [
        [[4, 5, 0], [6, 0, 0]],
        [[5, UNK, 4], [0, 0, 0]],
    ]
    assert batch.n_words.tolist() == [[2, 1], [3, 0]]
    assert batch.n_sentences.tolist() == [2, 1]
    assert batch.label.tolist() == [1, 0]
    assert batch.evidence.tolist() == [[1, 0], [-1, -1]]
    assert all(x.dtype == torch.int64 for x in batch)


@pytest.mark.parametrize("sentences", [(), (("a",), ())])
def test_collate_names_the_empty_row(sentences):
    rows = [Document((("a",),), 0), Document(sentences, 0)]
    with pytest.raises(ValueError, match="row 1: an empty document or sentence"):
        documents.collate(rows, Vocab("a"))
    with pytest.raises(ValueError, match="at least one"):
        documents.collate([], Vocab("a"))
