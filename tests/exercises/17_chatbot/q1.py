# Made by exercises/_source/build.py from 17_chatbot.py: edit that file instead.
from otter.test_files import test_case
import operator
import random
from collections import Counter

from course_lib.data import intents
from course_lib.grading.checks import Wrong, call, check, seeds, unchanged, unpack

WORDS = "the a cat dog sat ran on in mat sun who why yes no".split()


def some_answers(seed, count):
    """Answers of 0 to 6 words, some of them twice."""
    draw = random.Random(seed)
    made = [draw.choices(WORDS[:7], k=draw.randrange(7)) for _ in range(count)]
    return made + [list(made[0]), ["the", "cat", "sat", "on", "the", "mat"]]


def grams_of(answers, n):
    """One after another, with a counter."""
    found = Counter()
    for answer in answers:
        for end in range(n, len(answer) + 1):
            found[" ".join(answer[end - n : end])] += 1
    return found


def distinct_mistakes(answers, n):
    """What a wrong value is, by a sentence that says what is wrong."""
    found = grams_of(answers, n)
    every = sum(found.values())
    joined = grams_of([[word for answer in answers for word in answer]], n)
    each = [
        len(grams_of([a], n)) / sum(grams_of([a], n).values())
        for a in answers
        if len(a) >= n
    ]
    blocks = Counter(
        " ".join(a[i : i + n]) for a in answers for i in range(0, len(a) - n + 1, n)
    )
    tails = Counter(" ".join(a[i : i + n]) for a in answers for i in range(len(a)))
    short = Counter(" ".join(a[i : i + n]) for a in answers for i in range(len(a) - n))
    sets = Counter(
        " ".join(sorted(a[i : i + n])) for a in answers for i in range(len(a) - n + 1)
    )
    words = sum(map(len, answers))
    once = sum(count == 1 for count in found.values())
    return {
        "That is the number of different n-grams; divide by the number of all.":
            len(found),
        "Divided by the number of words, as Li et al. do; here by that of n-grams.":
            len(found) / words,
        "Divided by the number of answers, not by the number of n-grams.":
            len(found) / len(answers),
        "An n-gram reaches from one answer into the next.":
            len(joined) / sum(joined.values()),
        "That is a mean over answers; count all answers together.":
            sum(each) / len(each),
        "That is the share of repeats: 1 minus the right one.": 1 - len(found) / every,
        "N-grams overlap: the next one starts one word later, not n words later.":
            len(blocks) / sum(blocks.values()),
        "Pieces shorter than n at the end of an answer are no n-grams.":
            len(tails) / sum(tails.values()),
        "The last n-gram of each answer is left out.":
            len(short) / max(1, sum(short.values())),
        "Words in another order are another n-gram.":
            len(sets) / sum(sets.values()),
        "Those that occur once are counted; different ones are asked for.":
            once / every,
        "That is turned round: all over different.": every / len(found),
        "Single words are counted; n words make one n-gram.":
            len(grams_of(answers, 1)) / words,
        "Those are per cent; a share from 0 to 1 is asked for.":
            100 * len(found) / every,
    }  # fmt: skip


OK_FORMAT = False
name = "q1"
points = 2.5


@test_case(
    name="pairs and triples of words",
    points=1.5,
    hidden=False,
    failure_message="Count the different n-grams of all answers, and divide by how many n-grams there are.",
)
def test_pairs_and_triples_of_words(distinct_n):
    for n, seed in zip((2, 3, 2), seeds()):
        answers = some_answers(seed, 17)
        found = grams_of(answers, n)
        want = len(found) / sum(found.values())
        mistakes = distinct_mistakes(answers, n)
        out = call(distinct_n, answers, n)
        check(out, want, mistakes, what=f"distinct-{n}", within=1e-6)
        unchanged(distinct_n, answers, n)


@test_case(
    name="answers without an n gram",
    points=0.5,
    hidden=False,
    failure_message="Without a single n-gram the value is 0; do not divide by 0.",
)
def test_answers_without_an_n_gram(distinct_n):
    what = "distinct-3 of answers of at most two words"
    mistakes = {"Nothing is repeated, and still there is nothing: 0 is asked for.": 1.0}
    for answers in ([["no"], ["the", "sun"], []], [[]], []):
        out = call(distinct_n, answers, 3)
        check(out, 0.0, mistakes, what=what, within=1e-6)


@test_case(
    name="other sizes",
    points=0.5,
    hidden=True,
    failure_message="The value is right for one n or one list only.",
)
def test_other_sizes(distinct_n):
    for n, seed in zip((1, 4, 2, 5), seeds(5)):
        answers = some_answers(seed, 29)
        found = grams_of(answers, n)
        want = len(found) / sum(found.values())
        out = call(distinct_n, answers, n)
        check(out, want, what=f"distinct-{n}", within=1e-6)
        unchanged(distinct_n, answers, n)
    check(call(distinct_n, [["no"]], 2), 0.0, what="distinct-2 of a word", within=1e-6)
    glued = [["a", "bc"], ["ab", "c"]]
    wrong = {"Words are glued together: two n-grams become one.": 0.5}
    check(call(distinct_n, glued, 2), 1.0, wrong, what="distinct-2", within=1e-6)
    single = [["a", "b", "a", "b"]]
    mistakes = distinct_mistakes(single, 2)
    check(call(distinct_n, single, 2), 2 / 3, mistakes, what="distinct-2", within=1e-6)
