"""The rules of a couplet, by hand; the bound of a beam against brute force."""

import sys
from itertools import product
from types import SimpleNamespace

import pytest
import torch

from course_lib import couplets as form
from course_lib.data import couplets
from course_lib.data.vocab import BOS, EOS, PAD, UNK, Vocab
from course_lib.encoders import RNNEncoder
from course_lib.luong import LuongDecoder
from course_lib.models import Seq2Seq
from course_lib.search import beam

UPPER = "清风迎紫燕"  # clear wind greets purple swallow: - - - | |
LOWER = "静雨送青莺"  # quiet rain sees off blue-green oriole: | | | - -


def test_tones_and_parts_of_the_lexicon():
    assert [form.level(c) for c in UPPER] == [True, True, True, False, False]
    assert form.part("风") == "noun"
    assert form.part("迎") == "verb"
    assert form.part("Q") is None
    assert form.gloss("清风Q") == "clear wind Q"


def test_other_tones_come_from_pypinyin_where_it_is_installed(monkeypatch):
    readings = {"白": "bai2", "我": "wo3", "的": "de5", "Q": "?"}

    def pinyin(character, style, errors):
        assert style == "tone3"
        return [[readings.get(character) or errors(character)[0]]]

    known = SimpleNamespace(pinyin=pinyin, Style=SimpleNamespace(TONE3="tone3"))
    monkeypatch.setitem(sys.modules, "pypinyin", known)
    form.level.cache_clear()
    assert [form.level(c) for c in "白我的Q"] == [True, False, None, None]
    monkeypatch.setitem(sys.modules, "pypinyin", None)  # an import now fails
    form.level.cache_clear()
    assert form.level("白") is None
    assert form.level("风") is True
    form.level.cache_clear()


@pytest.mark.parametrize(
    ("n", "places"), [(1, [0]), (2, [1]), (5, [1, 3, 4]), (7, [1, 3, 5, 6])]
)
def test_the_second_fourth_sixth_place_and_the_last_bind(n, places):
    assert form.strict(n) == places


def test_a_good_couplet_keeps_all_rules():
    kept = {"length": True, "tones": True, "parts": True, "distinct": True}
    assert form.keeps(UPPER, LOWER) == kept
    assert form.measure([UPPER], [LOWER]) == dict.fromkeys([*kept, "all"], 1.0)


@pytest.mark.parametrize(
    ("lower", "broken"),
    [
        ("静雨送青", {"length", "tones", "parts"}),  # too short
        ("静雨送青莺莺", {"length", "distinct"}),  # too long, and repeats
        ("", {"length", "tones", "parts"}),
        ("静雨送青雁", {"tones"}),  # the last is oblique
        ("静云送青莺", {"tones"}),  # the second place has the same tone
        ("寒雨送青莺", set()),  # the first place is free
        ("静雨寻青莺", set()),  # so is the third
        ("静雨送山莺", {"parts"}),  # a noun for an adjective
        ("静雨送青龙", set()),
        ("静月送青星", set()),
        ("清雨送青莺", {"distinct"}),  # takes a character of the upper line
        ("静鸟送青鱼", set()),  # another field of the same part of speech
    ],
)
def test_each_rule_is_broken_alone(lower, broken):
    kept = form.keeps(UPPER, lower)
    assert {rule for rule, good in kept.items() if not good} == broken


def test_what_is_not_known_is_not_judged(monkeypatch):
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    form.level.cache_clear()
    assert form.opposed("清风", "静Q") == []
    assert form.opposed("清Q", "静云") == [True]  # still ends on a level tone
    assert form.opposed("清Q", "静雨") == [False]
    assert form.parallel("清Q", "静雨") == [True]
    form.level.cache_clear()


def test_measure_counts_lines_and_refuses_none():
    found = form.measure([UPPER, UPPER], [LOWER, "静雨送山莺"])
    assert found == {
        "length": 1.0,
        "tones": 1.0,
        "parts": 0.5,
        "distinct": 1.0,
        "all": 0.5,
    }
    with pytest.raises(ValueError, match="no couplet"):
        form.measure([], [])
    with pytest.raises(ValueError, match=r"shorter|longer"):
        form.measure([UPPER], [])


def test_the_couplets_of_the_course_keep_all_rules():
    pairs = couplets.load(sizes=(300, 10, 10)).train
    found = form.measure([p.src for p in pairs], [p.tgt for p in pairs])
    assert found["all"] == 1.0


VOCAB = Vocab("天地风雨高远新旧Q")


@pytest.mark.parametrize(
    "rules", [("length",), ("tones",), ("parts",), ("distinct",), form.RULES]
)
def test_what_is_allowed_is_what_keeps_the_rules(rules):
    """Every line of two places: allowed step by step just where it keeps the rules."""
    uppers = ["高地", "雨远", "天Q"]
    allowed = form.constraint(uppers, VOCAB, rules)
    for k, upper in enumerate(uppers):
        for lower in product(VOCAB.tokens[4:], repeat=2):
            ids, may = [*VOCAB.encode(lower), EOS], []
            for t, token in enumerate(ids):
                prefix = torch.tensor([ids[:t]], dtype=torch.long)
                may.append(bool(allowed(prefix, torch.tensor([k]))[0, token]))
            kept = form.keeps(upper, lower)
            assert all(may) == all(kept[rule] for rule in rules), (upper, lower)


def test_specials_are_never_allowed_and_the_end_only_at_the_end():
    allowed = form.constraint(["高地"], VOCAB)
    for prefix in ([], [5], [5, 4], [5, 4, 6]):
        may = allowed(torch.tensor([prefix], dtype=torch.long), torch.tensor([0]))[0]
        assert not may[[PAD, BOS, UNK]].any()
        assert may[EOS] == (len(prefix) == 2)
        assert may[4:].any() == (len(prefix) < 2)


def test_free_of_the_rule_of_length_a_line_may_end_anywhere_but_at_its_start():
    allowed = form.constraint(["高地"], VOCAB, ["distinct"])
    ends = [
        allowed(torch.tensor([p], dtype=torch.long), torch.tensor([0]))[0, EOS]
        for p in ([], [5], [5, 4, 6])
    ]
    assert ends == [False, True, True]


def test_without_the_rule_of_length_nothing_repeats_behind_the_end_either():
    allowed = form.constraint(["高地"], VOCAB, ["distinct"])
    prefix = VOCAB.encode("远天新")
    may = allowed(torch.tensor([prefix]), torch.tensor([0]))[0]
    assert sorted(VOCAB.encode("风雨旧Q")) == (may[4:].nonzero()[:, 0] + 4).tolist()


def test_unknown_rules_are_named():
    with pytest.raises(ValueError, match=r"no rule \['rhyme'\]"):
        form.constraint(["天"], VOCAB, ["rhyme"])


def test_a_bound_beam_keeps_all_rules_on_ragged_lines():
    task = couplets.load(sizes=(1, 1, 9))
    torch.manual_seed(0)
    n = len(task.src_vocab)
    encoder = RNNEncoder(n, 7, 5)
    model = Seq2Seq(encoder, LuongDecoder(n, 7, 5, encoder.d_h, encoder.d_s0)).eval()
    uppers = [p.src for p in task.test]
    length = torch.tensor([len(x) for x in uppers])
    assert len(set(length.tolist())) == 2
    src = torch.zeros(9, 7, dtype=torch.long)
    for row, x in zip(src, uppers, strict=True):
        row[: len(x)] = torch.tensor(task.src_vocab.encode(x))
    bound = form.constraint(uppers, task.tgt_vocab)
    found = beam(
        model.decoder, model.encoder(src, length), width=3, max_len=9, constrain=bound
    )
    for upper, hyps in zip(uppers, found, strict=True):
        assert len(hyps) == 3
        for hyp in hyps:
            assert hyp.finished
            assert all(form.keeps(upper, task.tgt_vocab.decode(hyp.tokens)).values())
