"""What every task promises, and the small tasks one by one."""

import pytest

from course_lib.data import (
    ByLength,
    antonyms,
    copying,
    couplets,
    g2p,
    intents,
    numbers,
    sentences,
)

TASKS = {
    "antonyms": antonyms.load,
    "copy": lambda: copying.load(sizes=(500, 50, 70)),
    "reverse": lambda: copying.load("reverse", sizes=(300, 50, 70)),
    "far": lambda: copying.load(test_lengths=(17, 19), sizes=(200, 30, 50)),
    "couplets": lambda: couplets.load(sizes=(500, 50, 70)),
    "g2p": g2p.load,
    "phrases": lambda: g2p.phrases(test_letters=41, sizes=(700, 50, 90)),
    "de": lambda: numbers.load(high=299),
    "fr": lambda: numbers.load("fr", high=99_999, size=200),
    "en": lambda: numbers.load("en", high=299, unit="letter"),
    "back": lambda: numbers.load("de", high=199, swapped=True),
    "sentences": sentences.load,
    "intents": intents.load,
}


@pytest.mark.parametrize("name", TASKS)
def test_every_task(name):
    task = TASKS[name]()
    parts = [task.train, task.val, task.test]
    sources = [{pair.src for pair in part} for part in parts]
    assert not sources[0] & sources[1]
    assert not sources[0] & sources[2]
    assert not sources[1] & sources[2]
    assert len(task.train) > 0
    for pair in task.train + task.val + task.test:
        assert pair.src
        assert pair.tgt
        for t, i in pair.links:
            assert 0 <= t < len(pair.tgt)
            assert 0 <= i < len(pair.src)
        assert list(pair.links) == sorted(set(pair.links))
    for part in filter(None, parts):  # a few thousand pairs are plenty
        batches = ByLength(part[:3000], task.src_vocab, task.tgt_vocab, 64)
        assert batches.unknown == 0  # the vocabularies know every part
    assert task.about
    assert len(repr(task)) < 200


@pytest.mark.parametrize("name", [n for n in TASKS if n != "g2p"])
def test_every_load_gives_the_same_again(name):
    assert TASKS[name]() == TASKS[name]()


def test_antonyms_are_the_lecture_s_with_woman_put_right():
    task = antonyms.load()
    words = {("".join(p.src), "".join(p.tgt)) for p in task.train}
    assert len(task.train) == len(words) == 12
    assert {("man", "woman"), ("woman", "man"), ("king", "queen")} <= words
    assert ("hot", "cold") in {("".join(p.src), "".join(p.tgt)) for p in task.test}


def test_copy_and_reverse_by_definition():
    for pair in copying.load("copy", sizes=(50, 5, 5)).train:
        assert pair.tgt == pair.src
        assert pair.links == tuple((t, t) for t in range(len(pair.src)))
    for pair in copying.load("reverse", sizes=(50, 5, 5)).train:
        assert pair.tgt == pair.src[::-1]
        assert all(pair.tgt[t] == pair.src[i] for t, i in pair.links)
        assert [t + i for t, i in pair.links] == [len(pair.src) - 1] * len(pair.src)


def test_copying_sizes_lengths_and_distinctness():
    task = copying.load(
        n_symbols=5, lengths=(3, 7), test_lengths=(11, 13), sizes=(211, 31, 17), seed=2
    )
    assert [len(p) for p in (task.train, task.val, task.test)] == [211, 31, 17]
    assert {len(p.src) for p in task.train} == {3, 4, 5, 6, 7}
    assert {len(p.src) for p in task.test} == {11, 12, 13}
    assert {s for p in task.train for s in p.src} == set("abcde")
    everything = [p.src for p in task.train + task.val + task.test]
    assert len(set(everything)) == len(everything)


def test_copying_test_set_does_not_move_with_the_training_size():
    small = copying.load(sizes=(100, 50, 70), seed=5)
    large = copying.load(sizes=(400, 50, 70), seed=5)
    assert small.test == large.test
    assert small.test != copying.load(sizes=(100, 50, 70), seed=6).test


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "sort"}, "kind is 'sort'"),
        ({"n_symbols": 0}, "n_symbols is 0"),
        ({"n_symbols": 53}, "n_symbols is 53"),
        ({"lengths": (5, 3)}, r"lengths are 5\.\.3"),
        ({"test_lengths": (0, 3)}, r"lengths are 0\.\.3"),
        ({"n_symbols": 2, "lengths": (1, 3)}, "only 14 sequences"),
    ],
)
def test_copying_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        copying.load(**options)


def test_sentences_have_the_gold_alignment():
    assert len(sentences.load().train) == 3
    pair = sentences.LOVE_CHINA
    assert "".join(pair.src) == "我爱中国"
    read_by_china = {pair.src[i] for t, i in pair.links if pair.tgt[t] == "China"}
    assert read_by_china == {"中", "国"}
    assert " ".join(sentences.BEER.src) == "ich möchte ein Bier"
    assert " ".join(sentences.WELCOME.tgt) == "welcome to Beijing"
