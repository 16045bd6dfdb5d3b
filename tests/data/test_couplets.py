"""The course's own lexicon and couplets, and the format of the Tang couplets."""

import gzip
import re
import sys
from importlib import resources

import pytest

from course_lib.data import couplets, download


def test_partners_are_of_one_field_and_of_opposite_tone_classes():
    words = couplets.lexicon()
    entries = sum(pairs.count(";") * 2 + 2 for _, _, pairs in couplets.FIELDS)
    assert len(words) == entries  # no character stands twice
    for w in words.values():
        partner = words[w.partner]
        assert partner.partner == w.character
        assert (partner.field, partner.part) == (w.field, w.part)
        assert {w.tone < 3, partner.tone < 3} == {True, False}
        assert len(w.character) == 1
        assert 1 <= w.tone <= 4
        assert w.gloss
    assert words["风"] == couplets.Character("风", "feng1", "wind", "noun", "sky", "雨")


def test_glosses_tell_the_characters_of_a_field_apart():
    glosses = [(w.field, w.gloss) for w in couplets.lexicon().values()]
    assert len(set(glosses)) == len(glosses)


def test_a_reading_has_a_tone_and_agrees_with_the_lexicon():
    found = couplets.readings()
    assert all(re.fullmatch("[a-zü]+[1-4]", pinyin) for pinyin in found.values())
    entries = sum(len(characters) for _, characters in couplets._rows("readings"))
    assert len(found) == entries  # no character stands twice
    for c, word in couplets.lexicon().items():
        assert found[c] == word.pinyin
    # where the first reading is neutral, another one is taken
    neutral = {"了": "liao3", "子": "zi3", "裳": "chang2", "匙": "chi2", "卜": "bu3"}
    assert {c: found[c] for c in neutral} == neutral
    assert {"的", "着", "蓿", "么", "呗"} < set(found)


def test_a_character_is_read_as_the_word_that_its_gloss_means():
    sounds, words = couplets.readings(), couplets.glosses()
    assert {c: sounds[c] for c in couplets.USUAL} == couplets.USUAL
    assert (sounds["长"], words["长"]) == ("chang2", "long")
    assert (sounds["发"], words["发"]) == ("fa4", "hair")


def test_readings_are_those_of_pypinyin():
    pypinyin = pytest.importorskip("pypinyin")
    text = (resources.files("course_lib.data") / "readings.tsv").read_text("utf-8")
    if f"pypinyin {pypinyin.__version__}:" not in text:
        pytest.skip("another version made the table")
    assert couplets.look_up(couplets.readings()) == couplets.readings()
    assert couplets.look_up("𣃁Q") == {}


def test_readings_need_no_pypinyin_and_looking_up_does(monkeypatch):
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    couplets.readings.cache_clear()
    assert couplets.readings()["天"] == "tian1"
    with pytest.raises(ImportError):
        couplets.look_up("天")


def test_glosses_are_more_than_the_lexicon_and_apart_from_it():
    words, rows = couplets.lexicon(), couplets._rows("glosses")
    more = dict(rows)
    assert len(more) == len(rows) > 300  # no character stands twice
    assert not set(more) & set(words)
    assert set(more) < set(couplets.readings())
    assert all(re.fullmatch("[A-Za-z]+[A-Za-z -]*[a-z]|I", g) for g in more.values())
    assert couplets.glosses()["照"] == "shines on"
    assert couplets.glosses()["风"] == words["风"].gloss
    assert len(couplets.glosses()) == len(more) + len(words)


def test_couplets_by_definition():
    task, words = couplets.load(sizes=(1500, 70, 90)), couplets.lexicon()
    pairs = task.train + task.val + task.test
    assert [len(part) for part in (task.train, task.val, task.test)] == [1500, 70, 90]
    assert len({p.src for p in pairs}) == len(pairs)
    assert {len(p.src) for p in pairs} == {5, 7}
    loved = places = free = 0
    for pair in pairs:
        n = len(pair.src)
        assert len(set(pair.src + pair.tgt)) == 2 * n
        assert pair.links == tuple((t, t) for t in range(n))
        for t, (x, y) in enumerate(zip(pair.src, pair.tgt, strict=True)):
            assert words[x].field == words[y].field
            opposed = (words[x].tone < 3) != (words[y].tone < 3)
            assert opposed or (t in (0, 2, 4) and t < n - 1)
            free += not opposed
            loved, places = loved + (words[x].partner == y), places + 1
        assert words[pair.src[-1]].tone > 2
    assert 0.6 < loved / places < 0.7
    assert free > 100  # the free places are used


def test_the_test_stays_whatever_the_training():
    small, large = (couplets.load(sizes=(n, 30, 40)) for n in (10, 200))
    assert small.test == large.test
    assert small.val == large.val
    assert couplets.load(sizes=(10, 30, 40), seed=1).test != small.test


def tang_file(monkeypatch, tmp_path, lines):
    path = tmp_path / "small.tsv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    monkeypatch.setattr(download, "fetch", lambda key: path)


def test_tang_couplets_are_read_and_split_by_upper_line(monkeypatch, tmp_path):
    words = list(couplets.lexicon())
    lines = ["".join(words[i : i + 5]) for i in range(120)]
    rows = [f"{a}\t{b}\tnobody" for a, b in zip(lines, lines[::-1], strict=True)]
    rows.append(f"{lines[0]}\t{lines[1]}\tsomebody")  # an upper line that comes twice
    tang_file(monkeypatch, tmp_path, rows)
    task = couplets.tang(min_count=2)
    parts = [task.train, task.val, task.test]
    assert sum(map(len, parts)) == 121
    assert all(parts)
    sources = [{p.src for p in part} for part in parts]
    assert not sources[0] & sources[1]
    assert not sources[0] & sources[2]
    assert not sources[1] & sources[2]
    assert sum(p.src == tuple(lines[0]) for part in parts for p in part) == 2
    assert task.train[0].links[3] == (3, 3)


def test_unequal_lines_are_named(monkeypatch, tmp_path):
    tang_file(monkeypatch, tmp_path, ["天地\t风雨\ta", "天地\t风\ta"])
    with pytest.raises(ValueError, match="row 2: 2 and 1"):
        couplets.tang()


@pytest.mark.skipif(not download.available(couplets.KEY), reason="no Tang couplets")
def test_the_real_file():
    task = couplets.tang()
    parts = task.train, task.val, task.test
    assert sum(map(len, parts)) == 43_381
    assert {len(p.src) for part in parts for p in part} == {5, 7}
    assert 3_000 < len(task.src_vocab) < 3_600
    met = {c for part in parts for p in part for c in p.src + p.tgt}
    assert set(couplets.readings()) < met
    assert len(met - set(couplets.readings())) == 27
