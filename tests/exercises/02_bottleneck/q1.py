# Made by exercises/_source/build.py from 02_bottleneck.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged
import random

from course_lib.grading.checks import Wrong


def distance(a, b):
    """Edit distance, by the whole table."""
    table = [[i + j for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            other = table[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, other)
    return table[-1][-1]


def check_rates(out, hyps, refs, src_len, edges):
    """Compares the rates of all buckets with a plain count."""
    if not isinstance(out, (list, tuple)):
        raise Wrong(f"the result is a {type(out).__name__}, expected a list")
    buckets = list(zip(edges[:-1], edges[1:]))
    if len(out) != len(buckets):
        raise Wrong(
            f"the result has {len(out)} entries; {len(edges)} edges make "
            f"{len(buckets)} buckets"
        )
    words = list(zip(hyps, refs, src_len))
    last = buckets[-1]
    for rate, (low, high) in zip(out, buckets):
        inside = [(hyp, ref) for hyp, ref, n in words if low <= n < high]
        what = f"the rate for {low} <= length < {high}"
        if not inside:
            if rate is not None:
                raise Wrong(f"no word is in {low} <= length < {high}, expected None")
            continue
        if rate is None:
            raise Wrong(f"{what} is None, and there are words of that length")
        wrong, phones = sum(distance(*pair) for pair in inside), count(inside)
        right_edge = [(hyp, ref) for hyp, ref, n in words if low < n <= high]
        closed = [(hyp, ref) for hyp, ref, n in words if low <= n <= high]
        by_phones = [(hyp, ref) for hyp, ref, n in words if low <= len(ref) < high]
        lower = [(hyp, ref) for hyp, ref, n in words if n < high]
        upper = [(hyp, ref) for hyp, ref, n in words if n >= low]
        whole = [hyp != ref for hyp, ref in inside]
        own = [distance(hyp, ref) / len(ref) for hyp, ref in inside]
        written = sum(len(hyp) for hyp, ref in inside)
        mistakes = {
            "A rate may exceed 1; it is cut off.": min(wrong / phones, 1.0),
            "That is the mean of the words' own rates: add up first, divide once.": sum(
                own
            )
            / len(own),
            "The edits are divided by the phones of the hypotheses, not of the references.": wrong
            / max(written, 1),
            "The edits are divided by the number of words, not of phones.": wrong
            / len(inside),
            "The edits are divided by the number of letters.": wrong
            / sum(n for _, _, n in words if low <= n < high),
            "That is the share of words with an error; count phones.": sum(whole)
            / len(whole),
            "That is 1 - rate.": 1 - wrong / phones,
            "A word on the lower edge belongs to the bucket, one on the upper does not.": ratio(
                right_edge
            ),
            "A word on the upper edge belongs to the next bucket only.": ratio(closed),
            "The bucket is chosen by the letters (src_len), not by the phones.": ratio(
                by_phones
            ),
            "Words below the first edge are left out.": ratio(lower),
            "Words beyond the last edge are left out.": ratio(upper)
            if (low, high) == last
            else None,
            "Insertions or deletions are not counted.": sum(
                x != y for pair in inside for x, y in zip(*pair)
            )
            / phones,
        }
        mistakes = {
            text: value for text, value in mistakes.items() if value is not None
        }
        check(rate, wrong / phones, mistakes, what=what)


def count(pairs):
    """All phones of the references."""
    return sum(len(ref) for _, ref in pairs)


def ratio(pairs):
    """Edits over phones, or None."""
    phones = count(pairs)
    return sum(distance(*pair) for pair in pairs) / phones if phones else None


OK_FORMAT = False
name = "q1"
points = 2


@test_case(
    name="two buckets of words",
    points=1,
    hidden=False,
    failure_message="Add up the edits of a bucket, add up the phones of its references, and divide once.",
)
def test_two_buckets_of_words(error_by_length):
    words = [
        (3, "K AE T", "K AE T"),
        (4, "F AO N", "F OW N"),
        (3, "AY", "AY S"),
        (5, "TH R UW T", "TH R UW"),
        (8, "S T R EH NG TH", "S T R EH NG K TH S"),
        (7, "K AA R AH K T ER", "K EH R IH K T ER"),
        (9, "", "K W AY ER"),
    ]
    hyps = [hyp.split() for _, hyp, _ in words]
    refs = [ref.split() for _, _, ref in words]
    src_len, edges = [n for n, _, _ in words], [2, 6, 11]
    out = call(error_by_length, hyps, refs, src_len, edges)
    check_rates(out, hyps, refs, src_len, edges)


@test_case(
    name="edges and an empty bucket",
    points=0.5,
    hidden=True,
    failure_message="A word on an edge is in the wrong bucket, a word beyond the edges is counted, or a bucket without words is not None.",
)
def test_edges_and_an_empty_bucket(error_by_length):
    src_len = [1, 2, 4, 5, 8, 9, 11, 12, 3, 30]
    wrong = [1, 2, 1, 4, 3, 5, 2, 7, 4, 1]
    refs = [["A"] * (k + 2) for k in range(10)]
    hyps = [["B"] * w + ref[w:] for w, ref in zip(wrong, refs)]
    edges = [2, 5, 7, 8, 9, 12]
    out = call(error_by_length, hyps, refs, src_len, edges)
    check_rates(out, hyps, refs, src_len, edges)
    unchanged(error_by_length, hyps, refs, src_len, edges)


@test_case(
    name="random words",
    points=0.5,
    hidden=True,
    failure_message="On random words the rate is off; divide by the phones of the references, and let a rate exceed 1.",
)
def test_random_words(error_by_length):
    for seed in seeds():
        draw = random.Random(seed)
        src_len = [draw.randrange(1, 15) for _ in range(31)] + [3, 7, 11]
        refs = [draw.choices("ABCDE", k=draw.randrange(1, 9)) for _ in src_len]
        hyps = [draw.choices("ABCDE", k=draw.randrange(14)) for _ in src_len]
        edges = [2, 6, 10, 13]
        out = call(error_by_length, hyps, refs, src_len, edges)
        check_rates(out, hyps, refs, src_len, edges)
