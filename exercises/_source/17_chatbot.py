# %% [markdown]
# # Exercise 17: a chatbot
#
# You measure how much a bot repeats itself, mend a split of the data that lets the test
# leak into training, and then build an answerer of your own. How you build it is open:
# it is marked by what it answers to queries that nobody has seen.
#
# 10 points, about 50 minutes. You need chapter 17 and Python; PyTorch and scikit-learn
# are there if you want them. No question needs the answer to an earlier one. Leave the
# inputs of your functions as they are.

# %% imports
import math

import torch

from course_lib.data import intents

# %% helpers
import operator
import random
from collections import Counter

from course_lib.data import intents
from course_lib.grading.checks import Wrong, call, check, seeds, unchanged, unpack

WORDS = "the a cat dog sat ran on in mat sun who why yes no".split()

# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: distinct-n
#
# A bot that says *I don't know* to everything can look quite accurate. Distinct-n tells:
#
# $$\text{distinct-}n = \frac{\text{different } n\text{-grams}}{\text{all } n\text{-grams}}$$
#
# An $n$-gram is $n$ words that follow each other *inside one answer*; none reaches from
# one answer into the next. All answers are counted together: it is not a mean over
# answers. The answers may be too short for even one $n$-gram: then the value is 0.

# %% [raw]
# # BEGIN SOLUTION


# %%
def distinct_n(answers, n):
    """Different n-grams over all n-grams, of all answers together.

    answers: a list of answers, each a list of words; n: 1, 2, ...;
    returns a number.
    """
    # BEGIN SOLUTION
    grams = [
        tuple(answer[i : i + n])
        for answer in answers
        for i in range(len(answer) - n + 1)
    ]
    return len(set(grams)) / len(grams) if grams else 0.0
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
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


# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: Count the different n-grams of all answers, and divide by how many
  n-grams there are.
"""  # END TEST CONFIG


def test_pairs_and_triples_of_words(distinct_n):
    for n, seed in zip((2, 3, 2), seeds()):
        answers = some_answers(seed, 17)
        found = grams_of(answers, n)
        want = len(found) / sum(found.values())
        mistakes = distinct_mistakes(answers, n)
        out = call(distinct_n, answers, n)
        check(out, want, mistakes, what=f"distinct-{n}", within=1e-6)
        unchanged(distinct_n, answers, n)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Without a single n-gram the value is 0; do not divide by 0.
"""  # END TEST CONFIG


def test_answers_without_an_n_gram(distinct_n):
    what = "distinct-3 of answers of at most two words"
    mistakes = {"Nothing is repeated, and still there is nothing: 0 is asked for.": 1.0}
    for answers in ([["no"], ["the", "sun"], []], [[]], []):
        out = call(distinct_n, answers, 3)
        check(out, 0.0, mistakes, what=what, within=1e-6)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The value is right for one n or one list only.
"""  # END TEST CONFIG


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


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: the split that leaks
#
# Public conversations repeat themselves. This function gives every so-many-th *row* to
# the test, and so the same question lies on both sides. Mend it:
#
# - Number the different **queries** 0, 1, 2, ... in the order in which they first
#   appear. All rows of query $j$ go to the test if $j$ is a multiple of `every`, else to
#   training.
# - Two queries are the same if they differ only in capital letters or in the number of
#   spaces (also before and behind): `"Who  are you"` and `" who are you "`. Signs count:
#   `"who are you?"` is another query.
# - Give back row numbers, not rows: each row once, in rising order.

# %% [raw]
# # BEGIN SOLUTION


# %%
def split(rows, every):
    """Numbers of the rows for training and for the test.

    rows: a list of [query, answer], both text; every: 2, 3, ...;
    returns two Python lists of row numbers, counted from 0: train, test.
    """
    """ # BEGIN PROMPT
    train, test = [], []
    for number, (query, answer) in enumerate(rows):
        (test if number % every == 0 else train).append(number)
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    train, test, known = [], [], {}
    for number, (query, answer) in enumerate(rows):
        key = " ".join(query.lower().split())
        j = known.setdefault(key, len(known))
        (test if j % every == 0 else train).append(number)
    # END SOLUTION
    return train, test


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def some_rows(seed, count):
    """Rows with queries that come again, written otherwise."""
    draw = random.Random(seed)
    queries = [" ".join(draw.sample(WORDS, 3)) for _ in range(count)]
    queries[1] = " ".join(reversed(queries[0].split()))  # the same words
    rows = []
    for number in range(3 * count):
        words = draw.choice(queries[: 2 + number // 2]).split()
        words = [draw.choice((w, w, w.capitalize(), w.upper())) for w in words]
        gaps = [draw.choice((" ", " ", "  ", "   ", "    ")) for _ in words]
        query = "".join(gap + word for gap, word in zip(gaps, words)).lstrip()
        query = draw.choice(("", "", " ")) + query + draw.choice(("", "", " ", "?"))
        rows.append([query, draw.choice(WORDS)])
    return rows


def plain(query):
    return [word for word in query.casefold().split(" ") if word]


def right_split(rows, every, same=plain):
    """Pair by pair: has this query been seen before?"""
    firsts, sides = [], ([], [])
    for number, (query, _) in enumerate(rows):
        if same(query) not in firsts:
            firsts.append(same(query))
        sides[firsts.index(same(query)) % every == 0].append(number)
    return sides


def row_numbers(part, name):
    """Whole numbers of any kind (Python's, NumPy's, torch's) as Python's; no bools."""
    if not isinstance(part, (list, tuple)):
        raise Wrong(f"{name} is a {type(part).__name__}, expected a list")
    if any("bool" in str(getattr(row, "dtype", type(row))) for row in part):
        raise Wrong(f"{name} holds True and False: row numbers are asked for")
    try:
        return [operator.index(row) for row in part]
    except (TypeError, ValueError):
        raise Wrong(f"{name} holds something else than row numbers")


def masks(sides, count, what):
    """Side 0 and side 1 as a list of 0 and 1, or what is wrong with them."""
    train, test = unpack(sides, "train, test")
    train, test = row_numbers(train, "train"), row_numbers(test, "test")
    for name, part in (("train", train), ("test", test)):
        if part != sorted(set(part)):
            raise Wrong(
                f"the rows of {name} are not in rising order, or one is there twice"
            )
    both = set(train) & set(test)
    if both:
        raise Wrong(f"{len(both)} rows are in train and in test")
    if set(train) | set(test) != set(range(count)):
        raise Wrong(
            f"{what}: {len(train)} + {len(test)} rows came back, of {count}. "
            "Likely mistake: A row is lost; repeats are kept, on the side of their query."
        )
    return [int(row in test) for row in range(count)]


def side_mistakes(rows, every):
    """The sides that a known mistake gives, by what is wrong."""

    def of(sides):
        return [int(row in sides[1]) for row in range(len(rows))]

    last = [plain(query) for query, _ in rows]
    order = {
        tuple(key): j for j, key in enumerate(sorted(map(tuple, {*map(tuple, last)})))
    }
    right = of(right_split(rows, every))
    firsts = right_split(rows, every, lambda query: tuple(sorted(plain(query))))
    signs = right_split(rows, every, lambda query: plain(query.replace("?", " ")))
    glued = right_split(rows, every, lambda query: "".join(plain(query)))
    answers = [[answer, query] for query, answer in rows]
    both = [[f"{query} | {answer}", answer] for query, answer in rows]
    return {
        "The rows are numbered, not the different queries: the same query leaks.":
            [int(row % every == 0) for row in range(len(rows))],
        "Capital letters make no other query.":
            of(right_split(rows, every, lambda query: query.split())),
        "Spaces make no other query.":
            of(right_split(rows, every, lambda query: query.lower())),
        "Spaces between words make no other query.":
            of(right_split(rows, every, lambda query: query.lower().strip())),
        "Three spaces are still two after one replacement: split, and join.":
            of(right_split(rows, every, once_replaced)),
        "A query's number is how many different ones came before it, not the row where "
        "it first stands.": [int(row % every == 0) for row in first_rows(rows)],
        "Queries that are equal to the letter only are found.":
            of(right_split(rows, every, lambda query: query)),
        "Train and test are exchanged.": [1 - side for side in right],
        "The queries are numbered from 1, not from 0.":
            [int((j + 1) % every == 0) for j in numbers_of(rows)],
        "The queries are numbered by alphabet, not as they first appear.":
            [int(order[tuple(key)] % every == 0) for key in last],
        "A sign belongs to its query.": of(signs),
        "The order of the words belongs to the query.": of(firsts),
        "The answers were numbered, not the queries.": of(right_split(answers, every)),
        "Query and answer were taken together; the query alone decides.":
            of(right_split(both, every)),
        "The spaces are gone altogether; one stays between two words.": of(glued),
        "A query belongs to the test with all its rows, not only the first.":
            first_only(rows, every),
    }  # fmt: skip


def once_replaced(query):
    return query.strip().lower().replace("  ", " ")


def first_rows(rows):
    first = {}
    return [
        first.setdefault(tuple(plain(query)), row) for row, (query, _) in enumerate(rows)
    ]


def numbers_of(rows):
    firsts = []
    for query, _ in rows:
        if plain(query) not in firsts:
            firsts.append(plain(query))
    return [firsts.index(plain(query)) for query, _ in rows]


def first_only(rows, every):
    seen, sides = set(), []
    for j in numbers_of(rows):
        sides.append(int(j % every == 0 and j not in seen))
        seen.add(j)
    return sides


# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: Give each different query a number when it first appears, and let the
  number decide for all its rows.
"""  # END TEST CONFIG


def test_no_query_on_both_sides(split):
    for every, seed in zip((3, 4, 5), seeds()):
        rows = some_rows(seed, 13)
        want = masks(right_split(rows, every), len(rows), "split")
        mistakes = side_mistakes(rows, every)
        out = call(split, rows, every)
        got = masks(out, len(rows), "split")
        check(got, want, mistakes, what="the side of each row")
        unchanged(split, rows, every)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: The split is right for one list or one share only.
"""  # END TEST CONFIG


def test_other_rows(split):
    for every, seed in zip((7, 3, 11, 2), seeds(5)):
        rows = some_rows(seed, 31)
        want = masks(right_split(rows, every), len(rows), "split")
        mistakes = side_mistakes(rows, every)
        got = masks(call(split, rows, every), len(rows), "split")
        check(got, want, mistakes, what="the side of each row")
        unchanged(split, rows, every)
    for rows, want in (([["hi", "a"], ["HI", "b"]], [1, 1]), ([["hi?", "a"]], [1])):
        got = masks(call(split, rows, 3), len(rows), "split")
        check(got, want, what="the side of each row")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: an answerer of your own
#
# Open: build a function that reads known queries, each with the number of its intent,
# and gives the numbers for new ones. Any method is welcome: weights of words, a nearest
# query, a small classifier or network. `known, held_out = intents.quiz(seed)` gives you
# data: 240 known queries of 20 intents and 120 held-out ones, half of them in wordings
# that no known query has, all wrapped in long courtesies.
#
# The words of a quiz are renamed: *joke* may be *tuda* in all its queries, and another
# word in the next quiz. Signs stay. You know English, and `intents` holds all wordings:
# with the real words you could type in a table. Here your function must learn from the
# known queries which words tell the intents apart.

# %% marks [markdown]
# Your function gets *other* quizzes, with other wordings held out, other names for the
# words and other numbers, two quizzes in each test. It must answer **40 %** of their
# held-out queries (1 point, and 1 hidden) and **60 %** (1.5 points, and 1.5 hidden).
# Guessing gives 5 %, the nearest query of chapter 17 about 27 %: courtesies are words
# too. One quiz is harder than another by some per cent, so try many seeds and leave a
# margin. A call may take 5 seconds. Keep nothing from call to call: words and numbers
# change.

# %% [raw]
# # BEGIN SOLUTION


# %%
def reply(known, queries):
    """The number of the intent of each query.

    known: a list of [query, number], text and a whole number;
    queries: a list of text;
    returns a list with one whole number a query, in their order.
    """
    # BEGIN SOLUTION
    bags = [set(query.split()) for query, _ in known]
    count = {}
    for word in (word for bag in bags for word in bag):
        count[word] = count.get(word, 0) + 1
    # a word that half the queries share says next to nothing
    weight = {word: math.log(len(bags) / c) ** 2 for word, c in count.items()}
    lengths = [sum(weight[word] for word in bag) ** 0.5 + 1e-9 for bag in bags]
    found = []
    for query in queries:
        own = set(query.split())
        likeness = [
            sum(weight[word] for word in own & bag) / length
            for bag, length in zip(bags, lengths)
        ]
        found.append(known[likeness.index(max(likeness))][1])
    return found
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
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


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Fewer than 40 % of the held-out queries are right; weigh words by how
  much they tell.
"""  # END TEST CONFIG


def test_two_in_five_held_out_queries(reply):
    judged(reply, seeds(2), 0.4)
    known, held_out = intents.quiz(seeds(3)[2])
    rows, queries = [list(row) for row in known], [query for query, _ in held_out]
    unchanged(reply, rows, queries)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
failure_message: Fewer than 60 % of the held-out queries are right; a word that all
  intents share should count for next to nothing.
"""  # END TEST CONFIG


def test_three_in_five_held_out_queries(reply):
    judged(reply, seeds(5)[3:], 0.6)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Fewer than 40 % of other held-out queries are right.
"""  # END TEST CONFIG


def test_two_in_five_of_other_quizzes(reply):
    judged(reply, seeds(7)[5:], 0.4)


# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Fewer than 60 % of other held-out queries are right; nothing may be
  typed in by heart.
"""  # END TEST CONFIG


def test_three_in_five_of_other_quizzes(reply):
    judged(reply, seeds(9)[7:], 0.6)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
