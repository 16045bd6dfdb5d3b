"""Small talk: what is left out and counted, the split by query, our own grammar."""

from pathlib import Path

import pytest
import yaml

from course_lib.data import chat, download, intents
from course_lib.data.batching import Pair, split_of


def test_tokens_are_lower_case_words_signs_and_characters():
    words = ("who's", "hal", "?", "i'm", "it", ".")
    assert chat.tokens("Who’s HAL? I'm it.") == words
    assert chat.tokens("你 好AI!") == ("你", "好", "ai", "!")
    assert chat.text(("你", "好", "，", "ai", "is", "it")) == "你好，ai is it"


def test_neighbouring_turns_are_pairs_and_the_rest_is_counted():
    conversations = [
        ["Hi", "Hello.", "How are you?"],
        ["hi", "hello."],  # again
        ["hi", "hey"],  # another answer
        "a line that lost its dash",
        ["code?", "def f():\n    pass"],
        ["trailing", "line\n"],
        ["nothing", "  "],
        ["long", "word " * 21],
        ["I will kill you", "no"],
        ["tell me", "Oh SHIT"],
        ["is the dead sea salty", "yes"],
        ["skilled diets", "hello classes"],  # no unsafe word, only parts of them
        [7, 1963],
    ]
    pairs, dropped = chat.pairs_of(conversations)
    assert pairs == [
        Pair(("hi",), ("hello", ".")),
        Pair(("hello",), ("how", "are", "you", "?")),
        Pair(("hi",), ("hey",)),
        Pair(("trailing",), ("line",)),
        Pair(("skilled", "diets"), ("hello", "classes")),
        Pair(("7",), ("1963",)),
    ]
    assert dropped == {
        "repeats": 1,
        "of no list of turns": 1,
        "empty or of several lines": 2,
        "over 20 tokens": 1,
        "unsafe": 3,
    }


class Package:
    """As importlib.metadata's distribution, over a folder of the test."""

    version = "0.0"

    def __init__(self, folder):
        self.folder = folder

    def locate_file(self, name):
        return self.folder / name


def test_conversations_are_split_by_query(monkeypatch, tmp_path):
    folder = tmp_path / "chatterbot_corpus" / "data" / "chinese"
    folder.mkdir(parents=True)
    turns = [[f"问 {i}", answer] for i in range(200) for answer in ("甲", f"乙 {i}")]
    text = yaml.safe_dump({"conversations": turns}, allow_unicode=True)
    (folder / "a.yml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(chat.metadata, "distribution", lambda name: Package(tmp_path))
    task = chat.load("zh")
    assert task.name == "chat-zh"
    for part in ("train", "val", "test"):
        pairs = getattr(task, part)
        assert {split_of(" ".join(pair.src)) for pair in pairs} == {part}
        assert len(pairs) == 2 * len({pair.src for pair in pairs})  # both answers
    assert len(task.train) + len(task.val) + len(task.test) == 400
    held_out = {word for pair in task.test for word in pair.src}
    assert held_out - set(task.src_vocab)  # the vocabulary is that of train
    assert "BSD" in task.about
    with pytest.raises(ValueError, match="'fr'"):
        chat.load("fr")
    assert chat.load("zh", topics=["a"]).train == task.train
    with pytest.raises(ValueError, match=r"no topic \['b'\].*'a'"):
        chat.load("zh", topics=["a", "b"])


def test_without_the_package_the_name_to_install_is_said(monkeypatch):
    def missing(name):
        raise chat.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(chat.metadata, "distribution", missing)
    with pytest.raises(ModuleNotFoundError, match="pip install chatterbot-corpus"):
        chat.load()


def test_the_real_conversations():
    pytest.importorskip("chatterbot_corpus")
    english, chinese = chat.load(), chat.load("zh")
    assert len(english.train) > 700
    assert len(chinese.train) > 300
    assert "unsafe" in english.about
    words = {w for task in (english, chinese) for p in task.train for w in p.src}
    assert not words & {"die", "hitler", "死", "杀"}


def rows(*pairs):
    head = "Question\tAnswer\tSource\tMetadata\n"
    return head + "".join(f"{q}\t{a}\tx\ty\n" for q, a in pairs)


def test_chitchat_drops_self_harm_profanity_and_repeats(monkeypatch, tmp_path):
    text = rows(
        *((f"Are you {i}?", "I'm digital.") for i in range(60)),
        ("I want it to end", "The National Suicide Prevention Lifeline: 1-800-273."),
        ("Holy crap", "Noted."),
        ("are you 1 ?", "I'm digital."),
        ('She said "hi', "Okay."),
    )
    path = tmp_path / "small.tsv"
    path.write_text("\ufeff" + text, encoding="utf-8")
    monkeypatch.setattr(chat.download, "fetch", lambda key: path)
    task = chat.chitchat()
    pairs = task.train + task.val + task.test
    assert len(pairs) == 61
    assert "left out: 1 on self-harm, 1 profane, 1 repeats" in task.about
    assert "MIT" in task.about
    assert "17" not in task.src_vocab  # seen once
    assert {"are", "you"} <= set(task.src_vocab)
    assert Pair(chat.query('She said "hi'), ("okay", ".")) in pairs


def test_a_query_has_no_signs_at_its_end():
    assert chat.query("Who's HAL?!") == ("who's", "hal")
    assert chat.query("What's up, doc...") == ("what's", "up", ",", "doc")
    assert chat.query("It's 5 o'clock 😀") == ("it's", "5", "o'clock")
    assert chat.query("你好！") == ("你", "好")
    assert chat.query("?!") == ("?", "!")  # or nothing would be left
    assert chat.query("  ") == ()


@pytest.mark.parametrize(
    "line",
    [
        "I want to kill myself",
        "i feel SUICIDAL.",
        "I want to hurt myself",
        "I cut my wrists",
        "I don’t want to live anymore",
        "there is no reason to live",
        "sometimes I wish I was dead",
        "I took all the pills",
        "我不想活了",
        "I want to kill  my self",
        "I want to\ndie",
        "i feel sucidal",
        "I can't take it anymore",
        "my friend wants to kill himself",
    ],
)
def test_people_in_need_are_heard(line):
    assert chat.in_need(line)


@pytest.mark.parametrize(
    "line",
    [
        "Are you trying to kill all humans?",
        "cut it out",
        "my phone is off",
        "who lives in Oslo",
        "do you want to live in Rome",
        "tell me a joke",
        "cut me some slack",
        "shoot me an email",
        "I can't go on Friday",
    ],
)
def test_ordinary_lines_are_not_taken_for_need(line):
    assert not chat.in_need(line)


def test_a_list_of_phrases_hears_half_of_what_another_hand_wrote():
    """Two files, written without sight of the list; they do not follow its changes."""

    def heard(name):
        lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
        assert len(lines) == 120
        return sum(map(chat.in_need, lines))

    assert heard("in_need.txt") == 66  # as chapter 17 says
    assert heard("harmless.txt") == 20


def test_people_in_need_are_referred_in_their_language():
    assert chat.referral("I want to die") == chat.HELP
    assert chat.referral("我想死") == chat.HELP_ZH
    assert chat.referral("tell me a joke") is None
    assert chat.is_chinese("AI 是什么")
    assert not chat.is_chinese("café, ねこ")


@pytest.mark.skipif(not download.available(chat.KEY), reason="no file in the cache")
def test_the_real_chitchat():
    task = chat.chitchat()
    assert "297 on self-harm" in task.about
    pairs = task.train + task.val + task.test
    assert 9_300 < len(pairs) < 9_500
    assert 85 < len({pair.tgt for pair in pairs}) < 92
    assert not any("suicide" in pair.tgt for pair in pairs)
    assert not any(pair.src[-1] in "?!." for pair in pairs if len(pair.src) > 1)
    assert sum(chat.in_need(" ".join(pair.src)) for pair in pairs) < 15
    lines = download.fetch(chat.KEY).read_text(encoding="utf-8-sig").splitlines()
    fields = (line.split("\t") for line in lines)
    dropped = [f[0] for f in fields if chat.SELF_HARM.search(f[1].lower())]
    assert len(dropped) == 297
    assert sum(map(chat.in_need, dropped)) == 297  # as chapter 17 says


def test_the_grammar_holds_names_and_wordings_apart():
    task = intents.load()
    assert len(intents.INTENTS) == 20
    names = {name for group in intents.SLOTS.values() for name in group}

    def core(pair):
        """Answer, and the query's words that are no courtesy: as a set."""
        return pair.tgt, tuple(w for w in pair.src if w not in courtesies)

    courtesies = {w for part in intents.BEFORE + intents.BEHIND for w in part.split()}
    named = [{core(p) for p in part if p.links} for part in (task.train, task.test)]
    assert named[1]
    assert not named[0] & named[1]
    for pair in task.train + task.test:
        assert [pair.tgt[t] for t, _ in pair.links] == [
            pair.src[i] for _, i in pair.links
        ]
        assert bool(pair.links) == bool(names & set(pair.tgt))
    seen = {name for pair in task.train for name in names & set(pair.src)}
    assert seen == names
    known = {pair.tgt for pair in task.train}
    assert sum(pair.tgt in known for pair in task.test) / len(task.test) > 0.9


def test_every_intent_weighs_the_same():
    pairs = intents.new_wordings()
    assert intents.accuracy([p.tgt for p in pairs], pairs) == 1
    assert intents.accuracy([[] for _ in pairs], pairs) == 0
    home = [list(p.tgt) if len(p.links) == 2 else [] for p in pairs]
    assert sum(map(bool, home)) == 100  # of 209, but one intent of 20
    assert intents.accuracy(home, pairs) == pytest.approx(1 / 20)
    with pytest.raises(ValueError, match="no pair"):
        intents.accuracy([], [])


def test_new_wordings_are_new():
    task, new = intents.load(), intents.new_wordings()
    old = {pair.src for pair in task.train + task.val + task.test}
    assert len(new) == len(set(new)) > 100
    assert not old & {pair.src for pair in new}
    assert {pair.tgt for pair in new} >= {pair.tgt for pair in task.test}
    for answer, wordings in intents.INTENTS.items():
        slots = {slot for slot in intents.SLOTS if slot in answer.split()}
        for wording in wordings:
            assert {w for w in wording.split() if w in intents.SLOTS} == slots


def plain_quiz(seed, monkeypatch):
    """A quiz whose words keep their names."""
    with monkeypatch.context() as patch:
        patch.setattr(intents, "_new_names", lambda queries, draw: {})
        return intents.quiz(seed)


def test_a_quiz_holds_out_wordings_and_numbers_anew(monkeypatch):
    known, held_out = intents.quiz(7)
    assert (known, held_out) == intents.quiz(7)
    assert (len(known), len(held_out)) == (240, 120)
    assert not {query for query, _ in known} & {query for query, _ in held_out}
    for part, each in ((known, 12), (held_out, 6)):
        count = [sum(number == i for _, number in part) for i in range(20)]
        assert count == [each] * 20
    plain = [plain_quiz(seed, monkeypatch)[0] for seed in (7, 8)]
    joke = [next(n for q, n in rows if "joke" in q) for rows in plain]
    assert joke[0] != joke[1]


@pytest.mark.parametrize("seed", [7, 8])
def test_a_quiz_renames_every_word_and_no_two_alike(seed, monkeypatch):
    pairs = set()
    quizzes = zip(plain_quiz(seed, monkeypatch), intents.quiz(seed), strict=True)
    for plain, renamed in quizzes:
        assert [number for _, number in plain] == [number for _, number in renamed]
        for (old, _), (new, _) in zip(plain, renamed, strict=True):
            pairs |= set(zip(old.split(), new.split(), strict=True))
    old, new = zip(*pairs, strict=True)
    assert len(set(old)) == len(set(new)) == len(pairs)  # also across the two parts
    assert {a for a, b in pairs if a == b} == {",", "?"}
    texts = [*intents.QUIZ_BEFORE, *intents.QUIZ_BEHIND]
    texts += [text for wordings in intents.INTENTS.values() for text in wordings]
    texts += [name for names in intents.SLOTS.values() for name in names]
    own = {word for text in texts for word in text.split()}
    assert set(old) < own
    assert set(new) & own == {",", "?"}


def test_the_words_of_two_quizzes_are_not_the_same(monkeypatch):
    names = []
    for seed in (7, 8):
        plain, renamed = plain_quiz(seed, monkeypatch)[0], intents.quiz(seed)[0]
        before = [word for query, _ in plain for word in query.split()]
        after = [word for query, _ in renamed for word in query.split()]
        names.append(dict(zip(before, after, strict=True)))
    both = names[0].keys() & names[1].keys() - {",", "?"}
    assert sum(names[0][word] == names[1][word] for word in both) < len(both) / 10
