import pytest
from num2words import num2words

from course_lib.data import numbers, split_of


@pytest.mark.parametrize(
    ("n", "lang", "src", "links"),
    [
        (53, "de", "drei und fünfzig", "5 fünfzig, 3 drei"),
        (13, "de", "drei zehn", "1 zehn, 3 drei"),
        (11, "de", "elf", "1 elf, 1 elf"),
        (16, "de", "sech zehn", "1 zehn, 6 sech"),
        (24, "de", "vier und zwanzig", "2 zwanzig, 4 vier"),
        (0, "de", "null", "0 null"),
        (20, "de", "zwanzig", "2 zwanzig"),
        (101, "de", "ein hundert eins", "1 ein, 1 eins"),
        (700, "de", "sieben hundert", "7 sieben"),
        (
            1953,
            "de",
            "ein tausend neun hundert drei und fünfzig",
            "1 ein, 9 neun, 5 fünfzig, 3 drei",
        ),
        (
            53818,
            "de",
            "drei und fünfzig tausend acht hundert acht zehn",
            "5 fünfzig, 3 drei, 8 acht, 1 zehn, 8 acht",
        ),
        (97, "fr", "quatre vingt dix sept", "9 quatre, 9 vingt, 9 dix, 7 sept"),
        (71, "fr", "soixante et onze", "7 soixante, 7 onze, 1 onze"),
        (80, "fr", "quatre vingts", "8 quatre, 8 vingts"),
        (84, "fr", "quatre vingt quatre", "8 quatre, 8 vingt, 4 quatre"),
        (21, "fr", "vingt et un", "2 vingt, 1 un"),
        (101, "fr", "cent un", "1 cent, 1 un"),
        (
            1953,
            "fr",
            "mille neuf cent cinquante trois",
            "1 mille, 9 neuf, 5 cinquante, 3 trois",
        ),
        (
            280_000,
            "fr",
            "deux cent quatre vingt mille",
            "2 deux, 8 quatre, 8 vingt",
        ),
        (53, "en", "fifty three", "5 fifty, 3 three"),
        (13, "en", "thirteen", "1 thirteen, 3 thirteen"),
        (101, "en", "one hundred and one", "1 one, 1 one"),
        (
            1100,
            "en",
            "one thousand one hundred",
            "1 one, 1 one",
        ),
    ],
)
def test_parts_and_gold_links_by_hand(n, lang, src, links):
    pair = numbers.pair(n, lang)
    assert " ".join(pair.src) == src
    assert "".join(pair.tgt) == str(n)
    found = ", ".join(f"{pair.tgt[t]} {pair.src[i]}" for t, i in pair.links)
    assert found == links


def test_german_crosses_and_positions_are_exact():
    assert numbers.pair(53).links == ((0, 2), (1, 0))
    # the two einer of 101 are different places
    assert numbers.pair(101).links == ((0, 0), (2, 2))
    assert numbers.pair(818).links == ((0, 0), (1, 3), (2, 2))
    assert numbers.pair(1100, "en").links == ((0, 0), (1, 2))


@pytest.mark.parametrize("lang", ["de", "fr", "en"])
def test_digits_that_are_said_are_linked_and_zeros_are_not(lang):
    for n in [*range(1, 1000), *range(1000, 1_000_000, 1997)]:
        pair = numbers.pair(n, lang)
        linked = {t for t, _ in pair.links}
        assert linked == {t for t, digit in enumerate(pair.tgt) if digit != "0"}
        joined = "".join(pair.src)
        assert joined == "".join(c for c in num2words(n, lang=lang) if c.isalpha())


def test_letters_share_the_links_of_their_part():
    pair = numbers.pair(53, "de", unit="letter")
    assert "".join(pair.src) == "dreiundfünfzig"
    assert [i for t, i in pair.links if t == 0] == list(range(7, 14))
    assert [i for t, i in pair.links if t == 1] == [0, 1, 2, 3]
    assert "".join(numbers.pair(21, "fr", unit="letter").src) == "vingt_et_un"
    english = numbers.pair(1100, "en", unit="letter")
    assert "".join(english.src) == "one_thousand,_one_hundred"
    assert [i for t, i in english.links if t == 1] == [14, 15, 16]


def test_swapped_turns_pair_and_links_round():
    assert numbers.pair(53, "de", swapped=True) == (
        ("5", "3"),
        ("drei", "und", "fünfzig"),
        ((0, 1), (2, 0)),
    )


def test_the_split_depends_on_the_number_alone():
    task = numbers.load("de", high=999)
    assert [len(p) for p in (task.train, task.val, task.test)] == [896, 62, 42]
    wide = numbers.load("fr", low=500, high=1499)
    for name, part in (("train", wide.train), ("val", wide.val), ("test", wide.test)):
        assert all(split_of("".join(pair.tgt)) == name for pair in part)


def test_vocabularies_do_not_depend_on_the_range():
    few, many = numbers.load(high=9), numbers.load(low=1000, high=1999)
    assert few.src_vocab == many.src_vocab
    assert few.tgt_vocab.tokens[4:] == tuple("0123456789")


def test_a_sample_of_a_range():
    task = numbers.load(low=1000, high=999_999, size=300, seed=7)
    found = [int("".join(p.tgt)) for p in task.train + task.val + task.test]
    assert len(set(found)) == 300
    assert min(found) >= 1000
    assert task == numbers.load(low=1000, high=999_999, size=300, seed=7)
    assert task != numbers.load(low=1000, high=999_999, size=300, seed=8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lang": "zh"}, "lang is 'zh', not one of de, fr, en"),
        ({"unit": "word"}, "unit is 'word'"),
        ({"low": -1}, "do not lie in 0..999,999"),
        ({"low": 7, "high": 5}, "do not lie"),
        ({"high": 1_000_000}, "do not lie"),
        ({"size": 1001}, "size is 1001; the range"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        numbers.load(**options)


def test_a_num2words_that_writes_otherwise_is_noticed(monkeypatch):
    monkeypatch.setattr(numbers, "num2words", lambda n, lang: "vierundfünfzig")
    with pytest.raises(RuntimeError, match="cannot read 'vierundfünfzig' as 53"):
        numbers.pair(53)
    monkeypatch.setattr(numbers, "num2words", lambda n, lang: "dreiundfünfzigste")
    with pytest.raises(RuntimeError, match="install num2words"):
        numbers.pair(53)
