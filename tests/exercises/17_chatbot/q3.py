# Made by exercises/_source/build.py from 17_chatbot.py: edit that file instead.
from otter.test_files import test_case
import operator
import random
from collections import Counter

from course_lib.data import intents
from course_lib.grading.checks import Wrong, call, check, seeds, unchanged, unpack

WORDS = "the a cat dog sat ran on in mat sun who why yes no".split()


def by_overlap(known, queries):
    """Chapter 17's nearest query: every word weighs the same."""
    bags = [set(query.split()) for query, _ in known]
    found = []
    for query in queries:
        own = set(query.split())
        near = [len(own & bag) / (len(own) * len(bag)) ** 0.5 for bag in bags]
        found.append(known[near.index(max(near))][1])
    return found


def reply_mistakes(known, queries):
    """What a weak answerer says, by what is weak about it."""
    numbers = [number for _, number in known]
    table = dict(known)
    exact = [table.get(query, numbers[0]) for query in queries]
    return {
        "Whole queries are looked up; held-out ones are in no table.": exact,
        "The nearest query by plain words is mostly courtesy; weigh the words.":
            by_overlap(known, queries),
        "The answers are those of the known queries, in their order.":
            numbers[: len(queries)],
    }  # fmt: skip


def judged(reply, numbers, least):
    """Asks for two quizzes, and whether the share right is at least this."""
    right = total = 0
    for seed in numbers:
        known, held_out = intents.quiz(seed)
        known = [list(row) for row in known]
        queries = [query for query, _ in held_out]
        want = [number for _, number in held_out]
        mistakes = reply_mistakes(known, queries)
        out = call(reply, known, queries)
        if hasattr(out, "tolist"):
            out = out.tolist()
        if not isinstance(out, (list, tuple)):
            raise Wrong(f"the answer is a {type(out).__name__}, expected a list")
        if len(out) != len(want):
            raise Wrong(f"{len(out)} numbers came back for {len(want)} queries")
        try:
            out = [int(number) for number in out]
        except (TypeError, ValueError):
            raise Wrong("the answers are no whole numbers: the intents' are asked for")
        if not set(out) <= {number for _, number in known}:
            raise Wrong("there is an intent among the answers that no known query has")
        hits = sum(a == b for a, b in zip(out, want))
        right, total = right + hits, total + len(want)
        if hits < least * len(want):
            if len(set(out)) == 1:
                raise Wrong("all queries get the same answer")
            for sentence, other in mistakes.items():
                if out == other:
                    raise Wrong(
                        f"{hits / len(want):.0%} right. Likely mistake: {sentence}"
                    )
    if right < least * total:
        raise Wrong(
            f"{right / total:.0%} of {total} held-out queries are right, {least:.0%} "
            "are asked for. Which words tell the intents apart?"
        )


OK_FORMAT = False
name = "q3"
points = 5


@test_case(
    name="two in five held out queries",
    points=1,
    hidden=False,
    failure_message="Fewer than 40 % of the held-out queries are right; weigh words by how much they tell.",
)
def test_two_in_five_held_out_queries(reply):
    judged(reply, seeds(2), 0.4)
    known, held_out = intents.quiz(seeds(3)[2])
    rows, queries = [list(row) for row in known], [query for query, _ in held_out]
    unchanged(reply, rows, queries)


@test_case(
    name="three in five held out queries",
    points=1.5,
    hidden=False,
    failure_message="Fewer than 60 % of the held-out queries are right; a word that all intents share should count for next to nothing.",
)
def test_three_in_five_held_out_queries(reply):
    judged(reply, seeds(5)[3:], 0.6)


@test_case(
    name="two in five of other quizzes",
    points=1,
    hidden=True,
    failure_message="Fewer than 40 % of other held-out queries are right.",
)
def test_two_in_five_of_other_quizzes(reply):
    judged(reply, seeds(7)[5:], 0.4)


@test_case(
    name="three in five of other quizzes",
    points=1.5,
    hidden=True,
    failure_message="Fewer than 60 % of other held-out queries are right; nothing may be typed in by heart.",
)
def test_three_in_five_of_other_quizzes(reply):
    judged(reply, seeds(9)[7:], 0.6)
