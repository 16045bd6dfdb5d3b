"""Small talk that the course wrote itself: many wordings, one answer each."""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from statistics import fmean

from .batching import Pair, Task, counts, split_of
from .vocab import Vocab

PLACES = (
    "paris",
    "rome",
    "cairo",
    "lima",
    "oslo",
    "delhi",
    "tokyo",
    "quito",
    "dakar",
    "perth",
)
NAMES = ("ada", "alan", "grace", "noor", "mei", "hugo", "lena", "omar", "rosa", "ivan")
FOODS = (
    "rice",
    "bread",
    "soup",
    "cheese",
    "mango",
    "honey",
    "noodles",
    "beans",
    "tofu",
    "cake",
)
ANIMALS = (
    "cat",
    "dog",
    "horse",
    "parrot",
    "goat",
    "rabbit",
    "duck",
    "turtle",
    "snail",
    "hen",
)
SLOTS = {"PLACE": PLACES, "NAME": NAMES, "FOOD": FOODS, "ANIMAL": ANIMALS}
BEFORE = ("", "hey ,", "please ,", "well ,", "tell me ,", "excuse me ,")
BEHIND = ("", "?", "now", "today ?", "please")
# longer ones for `quiz`, of words that some intents need
QUIZ_BEFORE = (
    "excuse me , i have a question ,",
    "hello my friend ,",
    "good day , may i ask ,",
    "sorry to bother you ,",
)
QUIZ_BEHIND = (
    ", thanks a lot",
    "if you do not mind",
    ", do you know ?",
    "please , is that a thing you can do ?",
)
# two of them make a word that `quiz` invents
SYLLABLES = tuple(map("".join, product("bdlmnrstv", "aiou")))

# answer: wordings of the query. The last wording of each is kept for `new_wordings`.
INTENTS: dict[str, tuple[str, ...]] = {
    "nice to meet you , NAME .": (
        "my name is NAME",
        "call me NAME",
        "people call me NAME",
        "my friends call me NAME",
    ),
    "i have not met NAME yet .": (
        "do you know NAME",
        "who is NAME",
        "have you met NAME",
        "have you heard of NAME",
    ),
    "hello , NAME !": (
        "say hello to NAME",
        "greet NAME for me",
        "say hi to NAME",
        "say hello to my friend NAME",
    ),
    "i cannot see the sky over PLACE .": (
        "how is the weather in PLACE",
        "will it rain in PLACE",
        "is it cold in PLACE",
        "what is the weather like in PLACE",
    ),
    "a map will show you PLACE .": (
        "where is PLACE",
        "how do i get to PLACE",
        "is PLACE far from here",
        "how far is it to PLACE",
    ),
    "what do you like best about PLACE ?": (
        "i live in PLACE",
        "i come from PLACE",
        "PLACE is my home",
        "my home is in PLACE",
    ),
    "then NAME can show you PLACE .": (
        "NAME lives in PLACE",
        "in PLACE there lives NAME",
        "the home of NAME is PLACE",
        "PLACE is the home of NAME",
    ),
    "i cannot taste FOOD , alas .": (
        "do you like FOOD",
        "have you tasted FOOD",
        "do you eat FOOD",
        "have you eaten FOOD",
    ),
    "i would bring you FOOD if i had hands .": (
        "i want some FOOD",
        "i am hungry for FOOD",
        "can i order FOOD",
        "can you bring me some FOOD",
    ),
    "i have no room for a ANIMAL .": (
        "do you have a ANIMAL",
        "do you keep a ANIMAL",
        "is there a ANIMAL in your house",
        "do you have a ANIMAL at home",
    ),
    "your ANIMAL must be lovely .": (
        "i have a ANIMAL",
        "i keep a ANIMAL",
        "my ANIMAL is very old",
        "my ANIMAL is at home",
    ),
    "hello ! how can i help ?": ("hello", "hi", "good morning", "hello there"),
    "goodbye !": ("goodbye", "see you later", "i have to go", "i have to leave"),
    "i am a program .": (
        "are you human",
        "are you a robot",
        "what are you",
        "are you a program",
    ),
    "a course on attention made me .": (
        "who made you",
        "who wrote you",
        "who is your author",
        "who built you",
    ),
    "programs never get tired .": (
        "are you tired",
        "do you sleep",
        "do you need rest",
        "are you sleepy",
    ),
    "i am sorry to hear that .": (
        "i am sad",
        "i am not well",
        "i feel bad",
        "i feel very sad",
    ),
    "i know no jokes .": (
        "tell me a joke",
        "do you know a joke",
        "make me laugh",
        "do you know any jokes",
    ),
    "i have no clock .": (
        "what time is it",
        "how late is it",
        "is it late",
        "do you know what time it is",
    ),
    "you are welcome .": (
        "thank you",
        "thanks a lot",
        "that was kind",
        "thank you very much",
    ),
}


def load() -> Task:
    """x = a query in one of several wordings, y = the answer of its intent.

    20 intents, 11 with names in them that the answer repeats; three wordings each, and
    courtesies before and behind. The parts are cut by `split_of` the query without its
    courtesies, if a name is in it: train has every wording and every name of the test,
    and never the two together. Queries without a name are cut as they are. Of each
    wording a part takes at most 60 queries (train) or 10 (val, test), evenly spread.
    `links` say where the answer's names stand in the query. For wordings that train
    does not have, see `new_wordings`.
    """
    parts: dict[str, list[Pair]] = {"train": [], "val": [], "test": []}
    for answer, wordings in INTENTS.items():
        for wording in wordings[:-1]:
            own: dict[str, list[Pair]] = {part: [] for part in parts}
            for plain in _filled(wording, answer):
                for pair in _courteous(plain):
                    key = plain if plain.links else pair
                    own[split_of(" ".join(key.src))].append(pair)
            for part, pairs in own.items():
                most = 60 if part == "train" else 10
                parts[part] += pairs[:: -(-len(pairs) // most) or 1]
    train, val, test = (tuple(part) for part in parts.values())
    vocabs = (
        Vocab.build(pair.src for part in (train, val, test) for pair in part),
        Vocab.build(pair.tgt for part in (train, val, test) for pair in part),
    )
    about = (
        f"Small talk by the course's own grammar: {len(INTENTS)} intents, "
        f"{counts(train, val, test)} queries."
    )
    return Task("intents", train, val, test, *vocabs, about)


def new_wordings() -> tuple[Pair, ...]:
    """The wordings that `load` keeps back, with every name and no courtesy."""
    return tuple(
        pair
        for answer, wordings in INTENTS.items()
        for pair in _filled(wordings[-1], answer)
    )


def accuracy(answers: Iterable[Sequence[str]], pairs: Iterable[Pair]) -> float:
    """The share of right answers in each intent, and of these shares the mean.

    So an intent with a hundred names weighs no more than one without.

    Raises:
        ValueError: if there is no pair, or not one answer for each.
    """
    right: dict[tuple[str, ...], list[bool]] = {}
    for answer, pair in zip(answers, pairs, strict=True):
        slots = {t for t, _ in pair.links}
        intent = tuple("_" if t in slots else w for t, w in enumerate(pair.tgt))
        right.setdefault(intent, []).append(tuple(answer) == pair.tgt)
    if not right:
        raise ValueError("no pair to answer")
    return fmean(fmean(some) for some in right.values())


def _filled(wording: str, answer: str) -> Iterator[Pair]:
    """A wording with every name in its slots."""
    query, reply = wording.split(), answer.split()
    slots = [slot for slot in SLOTS if slot in reply]
    links = tuple(
        (t, query.index(word)) for t, word in enumerate(reply) if word in slots
    )
    for names in product(*(SLOTS[slot] for slot in slots)):
        meant = dict(zip(slots, names, strict=True))
        src = tuple(meant.get(word, word) for word in query)
        yield Pair(src, tuple(meant.get(word, word) for word in reply), links)


def _courteous(
    pair: Pair,
    starts: tuple[str, ...] = BEFORE,
    ends: tuple[str, ...] = BEHIND,
) -> Iterator[Pair]:
    """A pair with every courtesy before and behind its query."""
    for before, behind in product(starts, ends):
        first = tuple(before.split())
        links = tuple((t, i + len(first)) for t, i in pair.links)
        yield Pair((*first, *pair.src, *behind.split()), pair.tgt, links)


def quiz(seed: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Queries with the number of their intent: known ones, and held-out ones.

    Of each intent one wording, drawn by the seed, is held out: no known query has it.
    The other three give 12 known queries and 3 held-out ones, and the held-out wording
    3 more, with names and courtesies drawn anew; a held-out query is never a known one.
    The intents are numbered in an order drawn by the seed. Each word is renamed to an
    invented one, drawn by the seed and the same in both parts; signs stay. So nothing
    that was typed in by heart, `INTENTS` least of all, answers a quiz.
    """
    draw = random.Random(seed)
    courtesies = QUIZ_BEFORE, QUIZ_BEHIND
    numbers = draw.sample(range(len(INTENTS)), len(INTENTS))
    known: list[tuple[str, int]] = []
    held_out: list[tuple[str, int]] = []
    for number, (answer, wordings) in zip(numbers, INTENTS.items(), strict=True):
        *seen, new = draw.sample(wordings, len(wordings))
        own = [
            " ".join(pair.src)
            for wording in seen
            for plain in draw.sample(list(_filled(wording, answer)), 1)
            for pair in draw.sample(list(_courteous(plain, *courtesies)), 5)
        ]
        draw.shuffle(own)
        fresh = [
            " ".join(draw.choice(list(_courteous(plain, *courtesies))).src)
            for plain in draw.choices(list(_filled(new, answer)), k=3)
        ]
        known += [(query, number) for query in own[:12]]
        held_out += [(query, number) for query in own[12:] + fresh]
    draw.shuffle(known)
    draw.shuffle(held_out)
    names = _new_names((query for query, _ in known + held_out), draw)

    def renamed(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
        return [(" ".join(names.get(w, w) for w in q.split()), n) for q, n in rows]

    return renamed(known), renamed(held_out)


def _new_names(queries: Iterable[str], draw: random.Random) -> dict[str, str]:
    """word -> an invented one, two words never the same one; signs are left out."""
    words = sorted({w for query in queries for w in query.split() if w.isalpha()})
    names = {name for group in SLOTS.values() for name in group}  # rosa, lima
    invented = ("".join(pair) for pair in product(SYLLABLES, repeat=2))
    free = [word for word in invented if word not in names]
    return dict(zip(words, draw.sample(free, len(words)), strict=True))
