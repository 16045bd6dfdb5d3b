"""The rules of a couplet, by hand; the bound of a beam against brute force."""

import ast
import json
import sys
from itertools import product
from pathlib import Path

import pytest
import torch

from course_lib import couplets as form
from course_lib import weights
from course_lib.data import couplets
from course_lib.data.vocab import BOS, EOS, PAD, SPECIALS, UNK, Vocab
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


def test_tones_of_other_characters_ship_with_the_course(monkeypatch):
    monkeypatch.setitem(sys.modules, "pypinyin", None)  # an import would fail
    couplets.readings.cache_clear()
    assert [form.level(c) for c in "白我子Q"] == [True, False, False, None]


def test_the_shipped_model_knows_the_tones_of_what_it_writes():
    vocab = weights.load("couplets").tgt_vocab
    unknown = [c for c in vocab.tokens[len(SPECIALS) :] if form.level(c) is None]
    assert unknown == ["𣃁", "𦶟", "𪭢", "𫐌", "𫗪"]  # pypinyin neither
    assert form.level("<unk>") is None


def test_glosses_come_from_the_lexicon_then_from_the_tang_then_in_pinyin():
    assert form.gloss("明月照黄鹂") == "bright moon shines on yellow oriole"
    assert form.gloss("蓉Q") == "rong2 Q"


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
        ("静雨送青莺雁", {"length"}),  # the fifth place ends level, as it should
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


@pytest.mark.parametrize(
    ("upper", "lower", "good"),
    [
        ("处处雨", "时时风", True),
        ("处处雨", "时人风", False),  # the upper line repeats, the lower one does not
        ("春处雨", "时时风", False),  # the other way round
        ("年年岁", "朝朝朝", False),  # repeats where the upper line changes
        ("年岁年", "朝夕朝", True),
        ("年岁年", "朝朝夕", False),  # elsewhere
        ("处处雨", "时时处", False),  # takes a character of the upper line
        ("处处雨", "时", True),  # what is missing is judged by the rule of length
        ("处处", "时时风", True),
        ("处处", "时时时", False),
    ],
)
def test_the_lower_line_repeats_what_the_upper_line_repeats(upper, lower, good):
    assert form.distinct(upper, lower) == good


def test_a_tone_that_is_not_known_breaks_the_rule():
    assert form.opposed("清雨", "静云") == [True, True]
    assert form.opposed("清雨", "静Q") == [False, False]
    assert form.opposed("清Q", "静云") == [False, True]
    assert form.opposed("清雨", ["静", "<unk>"]) == [False, False]
    assert form.opposed("清雨", "Q云") == [True, True]  # the first place is free
    assert form.measure([UPPER], [[*"静雨送青", "<unk>"]])["tones"] == 0.0


def test_the_place_that_ends_level_is_the_last_of_the_upper_line():
    assert form.opposed("清雨", "静云雨") == [True, True]
    assert form.opposed("清雨", "静") == [False, False]


def test_a_part_of_speech_that_is_not_known_is_not_judged():
    assert form.parallel("清Q", "静雨") == [True]
    assert form.parallel("清雨", "静Q") == [True]


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
LEXICON = Vocab(couplets.lexicon())


@pytest.mark.parametrize(
    "rules", [("length",), ("tones",), ("parts",), ("distinct",), form.RULES]
)
def test_what_is_allowed_is_what_keeps_the_rules(rules):
    """Every line of two places: allowed step by step just where it keeps the rules."""
    uppers = ["高地", "雨远", "天Q", "旧风", "Q雨"]  # the third and fourth: no answer
    allowed = form.constraint(uppers, VOCAB, rules)
    for k, upper in enumerate(uppers):
        for lower in product(VOCAB.tokens[4:], repeat=2):
            ids, may = [*VOCAB.encode(lower), EOS], []
            for t, token in enumerate(ids):
                prefix = torch.tensor([ids[:t]], dtype=torch.long)
                may.append(bool(allowed(prefix, torch.tensor([k]))[0, token]))
            kept = form.keeps(upper, lower)
            assert all(may) == all(kept[rule] for rule in rules), (upper, lower)


@pytest.mark.parametrize(
    "rules", [("distinct",), ("tones", "distinct"), ("tones",), form.RULES]
)
@pytest.mark.parametrize("upper", ["雨雨", "风雨风", "雨风雨", "地地远", "地远地"])
def test_a_repeat_is_allowed_where_it_is_asked_for(upper, rules):
    allowed, answers = form.constraint(["高地", upper], VOCAB, rules), 0
    for lower in product(VOCAB.tokens[4:], repeat=len(upper)):
        ids, may = [*VOCAB.encode(lower), EOS], []
        for t, token in enumerate(ids):
            prefix = torch.tensor([ids[:t]], dtype=torch.long)
            may.append(bool(allowed(prefix, torch.tensor([1]))[0, token]))
        kept = form.keeps(upper, lower)
        assert all(may) == all(kept[rule] for rule in rules), (upper, lower)
        answers += all(may)
    assert (answers > 0) == (form.level(upper[-1]) is False or "tones" not in rules)


def test_a_repeat_never_ends_in_a_corner():
    """A free place whose character returns at a binding one has that one's tone."""
    allowed = form.constraint(["雨雨"], VOCAB, ["tones", "distinct"])
    may = allowed(torch.empty(1, 0, dtype=torch.long), torch.tensor([0]))[0]
    assert set(VOCAB.decode(may.nonzero()[:, 0].tolist())) == set("天风高新")


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


@pytest.mark.parametrize(
    ("upper", "places"),
    [("高地", [True, True]), ("地高", [True, False]), ("地Q", [True, False])],
)
def test_where_nothing_opposes_nothing_is_allowed(upper, places):
    allowed = form.constraint([upper], VOCAB, ["tones"])
    for t, some in enumerate(places):
        prefix = torch.full((1, t), 5)
        assert allowed(prefix, torch.tensor([0]))[0, len(SPECIALS) :].any() == some


def test_a_bound_beam_without_an_answer_is_empty():
    task = couplets.load(sizes=(1, 1, 1))
    n, vocab = len(task.src_vocab), task.src_vocab
    encoder = RNNEncoder(n, 7, 5)
    model = Seq2Seq(encoder, LuongDecoder(n, 7, 5, encoder.d_h, encoder.d_s0)).eval()
    uppers = [tuple(UPPER), tuple(LOWER)]  # the second ends level
    memory = model.encoder(torch.tensor([vocab.encode(x) for x in uppers]))
    bound = form.constraint(uppers, vocab)
    found = beam(model.decoder, memory, width=3, max_len=6, constrain=bound)
    assert [len(hyps) for hyps in found] == [3, 0]


@pytest.mark.parametrize(
    "text", [UPPER, " 清风 迎紫燕\n", "清风,迎紫燕。", "「清风」迎紫燕!?,."]
)
def test_what_is_typed_loses_spaces_and_punctuation(text):
    assert form.typed(text, LEXICON) == list(UPPER)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "0 characters: type an upper line of 1 to 7, such as 春雨"),
        (" 。", "0 characters"),
        ("清风迎紫燕紫燕燕", "8 characters: .* 1 to 7"),
        ("清風迎紫鶯", "does not know 風 鶯: type simplified characters"),
        ("hello", "does not know h e l o"),
        ("清风𣃁", "does not know 𣃁"),
        ("清风", r"风 \(wind\) is level; .* on 雨 \(rain\), 地 \(earth\), 雾 \(mist\)"),
        ("青山", r"山 \(mountain\) is level; .* on 水 \(water\), 海 \(sea\), 岭"),
        ("紫燕迎清风", r"风 \(wind\) is level; .* on 雨 \(rain\), 地 .*, 雾 \(mist\)$"),
    ],
)
def test_what_cannot_be_answered_is_told(text, says):
    with pytest.raises(ValueError, match=says):
        form.typed(text, LEXICON)


def test_what_is_typed_may_lie_outside_the_lexicon():
    vocab = Vocab("明月照天𣃁")
    assert form.typed("明照", vocab) == ["明", "照"]
    assert form.typed("照", vocab) == ["照"]
    assert form.typed("月" * 9, vocab, most=9) == ["月"] * 9
    with pytest.raises(ValueError, match=r"𣃁 \(𣃁\) is of unknown tone; .* on 雨"):
        form.typed("天𣃁", vocab)


def test_the_examples_of_the_messages_can_be_answered():
    for example in ("春雨", UPPER):
        assert form.typed(example, LEXICON) == list(example)


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


def test_the_given_step_of_the_exercise_has_both_mistakes():
    """Its mutant is the very code; two others have mended one mistake of the two."""
    root = Path(__file__).parent

    def body(source):
        (function,) = [
            node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
        ]
        return [ast.dump(node) for node in function.body if not is_text(node)]

    def is_text(node):
        return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)

    path = root.parent / "exercises/16_couplets.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    (given,) = ["".join(c["source"]) for c in cells if c["id"] == "q3-answer"]
    path = root / "mutants/16_couplets/q3__as_given.py"
    assert body(given) == body(path.read_text(encoding="utf-8"))
