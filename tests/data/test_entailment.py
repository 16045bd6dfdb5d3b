from collections import Counter

import pytest

from course_lib.data import entailment
from course_lib.data.vocab import UNK


@pytest.fixture(scope="module", params=[2, 3])
def corpus(request):
    return entailment.load(clauses=request.param, sizes=(900, 31, 101))


def read(premise):
    """Who is where, from the text alone."""
    clauses = " ".join(premise).split(" and ")
    return dict(clause.split(" is ") for clause in clauses)


def test_labels_follow_from_the_text(corpus):
    for (premise, hypothesis), label, evidence in corpus.train + corpus.test:
        where = read(premise)
        name, claim = " ".join(hypothesis).split(" is ")
        place = claim.removeprefix("not ")
        if name not in where:
            want = "neutral"
        else:
            holds = (where[name] == place) != claim.startswith("not ")
            want = "entailment" if holds else "contradiction"
            sentence, i = evidence
            assert sentence == 0
            assert premise[i - 3 : i + 1] == (name, "is", *where[name].split())
        assert corpus.labels[label] == want
        assert (evidence is None) == (want == "neutral")
        assert place in where.values()
        assert UNK not in corpus.vocab.encode(premise + hypothesis, strict=True)


def test_words_alone_tell_nothing(corpus):
    labels = Counter(pair.label for pair in corpus.train)
    negated = Counter(p.label for p in corpus.train if "not" in p.sentences[1])
    for label in range(3):
        assert 0.26 < labels[label] / 900 < 0.4
        assert 0.42 < negated[label] / labels[label] < 0.58


def test_sizes_seed_and_bounds(corpus):
    parts = corpus.train, corpus.val, corpus.test
    assert [len(part) for part in parts] == [900, 31, 101]
    assert len({pair for part in parts for pair in part}) == 1032
    sizes = (5, 31, 101)
    assert entailment.load(sizes=sizes).test == entailment.load(sizes=sizes).test
    assert entailment.load(sizes=sizes, seed=1).test != corpus.test
    with pytest.raises(ValueError, match=r"clauses is 1, it must lie in 2\.\.8"):
        entailment.load(clauses=1)
