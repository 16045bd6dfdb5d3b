# Made by exercises/_source/build.py from 17_chatbot.py: edit that file instead.
from otter.test_files import test_case
import operator
import random
from collections import Counter

from course_lib.data import intents
from course_lib.grading.checks import Wrong, call, check, seeds, unchanged, unpack

WORDS = "the a cat dog sat ran on in mat sun who why yes no".split()


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
        first.setdefault(tuple(plain(query)), row)
        for row, (query, _) in enumerate(rows)
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


OK_FORMAT = False
name = "q2"
points = 2.5


@test_case(
    name="no query on both sides",
    points=1.5,
    hidden=False,
    failure_message="Give each different query a number when it first appears, and let the number decide for all its rows.",
)
def test_no_query_on_both_sides(split):
    for every, seed in zip((3, 4, 5), seeds()):
        rows = some_rows(seed, 13)
        want = masks(right_split(rows, every), len(rows), "split")
        mistakes = side_mistakes(rows, every)
        out = call(split, rows, every)
        got = masks(out, len(rows), "split")
        check(got, want, mistakes, what="the side of each row")
        unchanged(split, rows, every)
