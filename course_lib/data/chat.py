"""Small talk: queries with their answers, from a package and from a public file."""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import yaml

from . import download
from .batching import Pair, Task, counts, split_of
from .vocab import Vocab

PACKAGE = "chatterbot-corpus"
KEY = "chitchat/qna_chitchat_professional.tsv"
FOLDERS = {"en": "english", "zh": "chinese"}
LONGEST = 20  # tokens in a query or an answer

# words with their apostrophes, in Chinese single characters, any other sign alone
TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:'[^\W\u3400-\u9fff]+)*|\S")
PROFANE = re.compile(
    r"\b(?:crap\w*|\w*shit\w*|fuck\w*|damn\w*|bitch\w*|screw\w*|ass|bastards?|sex\w*)\b"
)
# deliberately coarse: it also takes the Dead Sea
HARM = re.compile(
    r"\b(?:die|dies|died|dead|death|kill\w*|murder\w*|suicid\w*|assassin\w*|guns?"
    r"|weapons?|bombs?|drunk|drugs?|addicts?|hates?|hitler|nazis?|stupid|idiots?|dumb)"
    r"\b|死|杀|枪|毒|恨|傻|蠢|疯|脑残|酒鬼|瘾君子|婆娘"
)
# answers to people who speak of harming themselves: not a matter for a toy
SELF_HARM = re.compile(r"suicid|lifeline|1-800")
# people in need, as they may put it; coarse: it also takes "I am bored to death"
IN_NEED = re.compile(
    "|".join(
        (
            # death, together with the one who speaks
            r"^(?=.*\b(?:i|i'm|im|i'd|i'll|i've|me|my|myself)\b).*"
            r"\b(?:die|dying|dead|death|drown\w*|overdos\w*|pills|jump off)\b",
            r"\b(?:kill|hurt|harm|cut|hang|shoot|stab|poison|starve|off|slit|unaliv)e?"
            r"(?:t?ing|ed)? (?:myself|my self|my (?:wrist|arm|leg|skin|throat)s?)\b",
            r"\b(?:kill|hurt|shoot|poison|drown) me\b(?! (?:an?|some|your|the)\b)",
            r"\b(?:kill|hurt|harm|cut|hang|unaliv)e?(?:t?ing|ed|s)? "
            r"(?:himself|herself|themself|themselves|yourself)\b",
            r"\bsu(?:i?c|s|ci)id|self[- ]?harm|\bkms\b|\bunaliv|\bod(?:'d|ed)\b",
            r"\b(?:i've been|started|i am|i'm) cutting(?: again)?$",
            r"自杀|自残|自尽|轻生|不想活|想死|活着没|活不下去|sterben|umbringen|morir",
            r"\b(?:end|ending|take|taking) (?:my|my own|this) life\b",
            r"\bend(?:ing)? it all\b|\b(?:pain|it|it all) to (?:end|be over|stop)\b",
            r"\b(?:want|wanna|going|gonna) (?:to )?(?:disappear|end (?:it|things))\b",
            r"\b(?:don't|do not|dont|no longer) (?:\w+ )?(?:want|wish|wanna) (?:to )?"
            r"(?:live|be alive|be here|exist|wake up)\b",
            r"\b(?:reason|point) (?:to|for|in|of) "
            r"(?:live|living|life|go on|going on)\b",
            r"\bcan(?:'t|not|t) (?:go on|take it|do this)(?: any ?more| like this)?$",
            r"\btired of (?:living|life)\b|\bgive up on life\b",
            r"\bnothing (?:left )?to live for\b",
            r"\blife (?:is|isn't|is not) (?:not )?worth|\blife has no meaning\b",
            r"\bnever (?:been )?born\b|\balive much longer\b|\bbeing dead\b",
            r"\b(?:never|not|don't|dont) wake up\b|\bgoodbye forever|\blast message\b",
            r"\b(?:miss me|i'm a burden|no hope for me|better (?:off )?without me)\b",
            r"\bif i (?:was|were) gone\b|\bbest way to die\b|\bnoose\b",
        )
    )
)
HELP = (
    "I am a small program and cannot help with this. Please talk to somebody you "
    "trust, or to a crisis line near you. In an emergency, call the emergency number."
)
HELP_ZH = (
    "我只是一个小程序，帮不了你。请和你信任的人谈谈，或者联系当地的心理援助热线；"
    "情况紧急时，请拨打急救电话。"
)


def tokens(line: str) -> tuple[str, ...]:
    """Lower-case words, signs, Chinese characters: "Who's HAL?" -> who's hal ?"""
    return tuple(TOKEN.findall(line.lower().replace("’", "'")))


def query(line: str) -> tuple[str, ...]:
    """`tokens` without the signs behind the last word: "Who's HAL?" -> who's hal

    People who type leave them out. A line of signs alone is kept as it is.
    """
    found = tokens(line)
    words = [i for i, token in enumerate(found, start=1) if re.search(r"\w", token)]
    return found[: words[-1]] if words else found


def in_need(line: str) -> bool:
    """Whether the line may be of a person in danger of harming themselves.

    A list of phrases, which cannot know, and misses much: see `referral`.
    """
    plain = " ".join(line.lower().replace("’", "'").split())
    return IN_NEED.search(plain) is not None


def referral(line: str) -> str | None:
    """What to answer to a person `in_need`, in the line's language; else None.

    Ask it before any model.
    """
    if not in_need(line):
        return None
    return HELP_ZH if is_chinese(line) else HELP


def is_chinese(line: str) -> bool:
    """Whether a Chinese character stands in it."""
    return re.search("[\u3400-\u9fff]", line) is not None


def text(words: Iterable[str]) -> str:
    """Tokens as one line: parted by spaces, Chinese characters not."""
    line = " ".join(words)
    return re.sub(r"(?<=[\u3000-\uffef]) | (?=[\u3000-\uffef])", "", line)


def load(language: str = "en", *, topics: Collection[str] = ()) -> Task:
    """x = one turn of a conversation, y = the turn that follows it.

    Every two neighbouring turns are a pair, the first read by `query`. Left out, and
    counted in `about`: conversations that are not a list of turns; turns of several
    lines (program code) or without a token; turns over 20 tokens; pairs in which `HARM`
    or `PROFANE` finds a word; repeats. A query may have several answers; it is in one
    part only, by `split_of` its tokens. Vocabularies are those of train.

    Source: the package chatterbot-corpus (BSD licence), whose files are read where it
    is installed.

    Args:
        language: "en" or "zh".
        topics: names of the package's files, such as "ai" or "food"; all if empty.

    Raises:
        ValueError: a language that is not en or zh, or a topic that is not there.
        ModuleNotFoundError: without the package.
    """
    if language not in FOLDERS:
        raise ValueError(f"language is {language!r}, not 'en' or 'zh'")
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise ModuleNotFoundError(
            f"the conversations come with the package {PACKAGE}: pip install {PACKAGE}"
        ) from None
    folder = Path(
        str(package.locate_file(f"chatterbot_corpus/data/{FOLDERS[language]}"))
    )
    files = {path.stem: path for path in sorted(folder.glob("*.yml"))}
    if unknown := sorted(set(topics) - set(files)):
        raise ValueError(f"no topic {unknown}; there are {list(files)}")
    conversations = [
        conversation
        for topic, path in files.items()
        if not topics or topic in topics
        for conversation in yaml.safe_load(path.read_text("utf-8"))["conversations"]
    ]
    pairs, dropped = pairs_of(conversations)
    remark = ", ".join(f"{n:,} {why}" for why, n in dropped.items())
    source = f"{PACKAGE} {package.version} ({FOLDERS[language]}; BSD licence)"
    return _task(f"chat-{language}", pairs, f"{source}; left out: {remark}")


def pairs_of(conversations: Iterable[object]) -> tuple[list[Pair], dict[str, int]]:
    """Neighbouring turns as pairs, and how many were left out, for which reason."""
    pairs: dict[Pair, None] = {}
    dropped: Counter[str] = Counter()
    for turns in conversations:
        if not isinstance(turns, list):
            dropped["of no list of turns"] += 1
            continue
        for turn, answer in pairwise(turns):
            both = f"{turn}\n{answer}".lower()
            pair = Pair(query(str(turn)), tokens(str(answer)))
            if not (pair.src and pair.tgt) or "\n" in str(answer).strip():
                dropped["empty or of several lines"] += 1
            elif max(len(pair.src), len(pair.tgt)) > LONGEST:
                dropped[f"over {LONGEST} tokens"] += 1
            elif HARM.search(both) or PROFANE.search(both):
                dropped["unsafe"] += 1
            elif pair in pairs:
                dropped["repeats"] += 1
            else:
                pairs[pair] = None
    return list(pairs), dict(dropped)


def chitchat() -> Task:
    """x = a remark to an assistant, y = one of about ninety polite answers.

    Queries are read by `query`: without the signs at their end. Left out, and counted
    in `about`: the rows whose answer is a help line for people in danger of harming
    themselves, queries in which `PROFANE` finds a word, repeats. A query is in one part
    only, by `split_of` its tokens. Words of the queries seen once in train are unknown.

    Source: Microsoft PersonalityChat, "professional" (MIT licence).

    Raises:
        DataUnavailable: the file can neither be found nor fetched.
    """
    lines = download.fetch(KEY).read_text(encoding="utf-8-sig").splitlines()
    pairs: dict[Pair, None] = {}
    dropped: Counter[str] = Counter()
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        pair = Pair(query(row["Question"]), tokens(row["Answer"]))
        if SELF_HARM.search(row["Answer"].lower()):
            dropped["on self-harm"] += 1
        elif PROFANE.search(row["Question"].lower()):
            dropped["profane"] += 1
        elif pair in pairs:
            dropped["repeats"] += 1
        else:
            pairs[pair] = None
    remark = ", ".join(f"{n:,} {why}" for why, n in dropped.items())
    entry = download.registry()[KEY]
    source = f"{entry.what.split(';')[0]}; {entry.licence}; left out: {remark}"
    return _task("chitchat", list(pairs), source, min_count=2)


def _task(name: str, pairs: Iterable[Pair], source: str, min_count: int = 1) -> Task:
    """The pairs, split by query, with the vocabularies of train."""
    parts: dict[str, list[Pair]] = {"train": [], "val": [], "test": []}
    for pair in pairs:
        parts[split_of(" ".join(pair.src))].append(pair)
    train, val, test = (tuple(part) for part in parts.values())
    vocabs = (
        Vocab.build((pair.src for pair in train), min_count),
        Vocab.build(pair.tgt for pair in train),
    )
    about = f"{source}. {counts(train, val, test)} pairs, split by query."
    return Task(name, train, val, test, *vocabs, about)
