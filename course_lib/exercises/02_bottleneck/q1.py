# Made by exercises/_source/build.py from 02_bottleneck.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged
import random
from numbers import Real

from course_lib.grading.checks import Wrong


def distance(a, b):
    """Edit distance, by the whole table."""
    table = [[i + j for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            other = table[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, other)
    return table[-1][-1]


def check_rates(out, right, mistakes, edges):
    """Compares the rates of all buckets with the right ones."""
    if not isinstance(out, (list, tuple)):
        kind = getattr(out, "kind", type(out).__name__)
        raise Wrong(
            f"the result is a {kind}, expected a list. Likely mistake: The rates are "
            "put into something else; a list can hold None."
        )
    if len(out) != len(right):
        raise Wrong(
            f"the result has {len(out)} entries; {len(edges)} edges make "
            f"{len(right)} buckets. Likely mistake: A bucket is left out, for "
            "example one without words, or there is one too many."
        )
    for text, rates in mistakes.items():
        if same_rates(out, rates) and not same_rates(right, rates):
            raise Wrong(f"the rates are not right. Likely mistake: {text}")
    for rate, asked, low, high in zip(out, right, edges, edges[1:]):
        what = f"{low} <= length < {high}"
        if rate is not None and asked is None:
            raise Wrong(
                f"no word is in {what}, expected None. Likely mistake: A bucket "
                "without words has no rate, which is not 0."
            )
        if rate is None and asked is not None:
            why = "Words of that length are left out."
            if asked == 0:
                why = "Without an error the rate is 0, which is not None."
            raise Wrong(f"the rate for {what} is None. Likely mistake: {why}")
    known = [rate for rate in right if rate is not None]
    if known:
        rates = [rate for rate in out if rate is not None]
        check(rates, known, what="the list of rates")


def same_rates(some, others):
    """Whether two lists of rates are equal, None where the other is None."""
    pairs = list(zip(some, others))
    if any((a is None) != (b is None) for a, b in pairs):
        return False
    return all(
        a is None or (isinstance(a, Real) and abs(float(a) - b) < 1e-6)
        for a, b in pairs
    )


def rates_and_mistakes(hyps, refs, src_len, edges):
    """The right rates, and what wrong ones are, by a sentence that says what is wrong."""
    words, buckets = list(zip(hyps, refs, src_len)), list(zip(edges[:-1], edges[1:]))
    inside = [[w for w in words if low <= w[2] < high] for low, high in buckets]
    everything, first, last = sum_of_refs(words), buckets[0][0], buckets[-1][1]

    def chosen(rule):
        return [
            rate_of([w for w in words if rule(w[2], low, high, len(w[1]))])
            for low, high in buckets
        ]

    def divided(value):
        """The value of each word, summed, over the phones of the bucket."""
        return [
            sum(value(hyp, ref) for hyp, ref, _ in bucket) / sum_of_refs(bucket)
            if bucket
            else None
            for bucket in inside
        ]

    def over(size):
        """The edits of each bucket over the sum of something else."""
        return [
            sum(distance(hyp, ref) for hyp, ref, _ in bucket)
            / max(sum(size(*word) for word in bucket), 1)
            if bucket
            else None
            for bucket in inside
        ]

    def mean(value):
        return [
            sum(value(hyp, ref) for hyp, ref, _ in bucket) / len(bucket)
            if bucket
            else None
            for bucket in inside
        ]

    right = divided(distance)

    def changed(rule):
        return [None if rate is None else rule(rate) for rate in right]

    return right, {
        "That is the mean of the words' own rates: add up first, divide once.":
            mean(lambda hyp, ref: distance(hyp, ref) / len(ref)),
        "The edits are divided by the phones of the hypotheses, not of the references.":
            over(lambda hyp, ref, n: len(hyp)),
        "The edits are divided by the longer of the two, not by the reference.":
            over(lambda hyp, ref, n: max(len(hyp), len(ref))),
        "The edits are divided by both lengths together, not by the reference's.":
            over(lambda hyp, ref, n: len(hyp) + len(ref)),
        "The edits are divided by the number of words, not of phones.":
            mean(distance),
        "The edits are divided by the number of letters.": over(
            lambda hyp, ref, n: n
        ),
        "The edits are divided by all phones, not by those of the bucket.": [
            None if rate is None else rate * sum_of_refs(bucket) / everything
            for rate, bucket in zip(right, inside)
        ],
        "A rate may exceed 1; it is cut off.": changed(lambda rate: min(rate, 1.0)),
        "That is the share of words with an error; count phones.":
            mean(lambda hyp, ref: hyp != ref),
        "The words with an error are counted, not their edits.":
            divided(lambda hyp, ref: hyp != ref),
        "Those are the edits; divide by the phones of the references.": [
            None if rate is None else rate * sum_of_refs(bucket)
            for rate, bucket in zip(right, inside)
        ],
        "That is 1 - rate.": changed(lambda rate: 1 - rate),
        "That is 1 - rate, and cut off at 0.": changed(lambda rate: max(1 - rate, 0)),
        "That is per cent; the rate is a share.": changed(lambda rate: 100 * rate),
        "The division is rounded down.": changed(lambda rate: rate // 1),
        "The rate is rounded; give it as it is.": changed(lambda rate: round(rate, 2)),
        "A word on the lower edge belongs to the bucket, one on the upper does not.":
            chosen(lambda n, low, high, phones: low < n <= high),
        "A word on the upper edge belongs to the next bucket only.":
            chosen(lambda n, low, high, phones: low <= n <= high),
        "A word on the last edge is in no bucket.":
            chosen(lambda n, low, high, phones: low <= n < high or n == high == last),
        "A word on the lower edge belongs to the bucket.":
            chosen(lambda n, low, high, phones: low < n < high),
        "The bucket is chosen by the letters (src_len), not by the phones.":
            chosen(lambda n, low, high, phones: low <= phones < high),
        "Words of lower buckets are counted again; each starts at its own edge.":
            chosen(lambda n, low, high, phones: first <= n < high),
        "Words of higher buckets are counted too; each ends at its own edge.":
            chosen(lambda n, low, high, phones: low <= n < last),
        "Words below the edges, and of lower buckets, are left out.":
            chosen(lambda n, low, high, phones: n < high),
        "Words beyond the edges, and of higher buckets, are left out.":
            chosen(lambda n, low, high, phones: n >= low),
        "Words below the first edge are left out.": chosen(
            lambda n, low, high, phones: (low <= n or low == first) and n < high
        ),
        "Words beyond the last edge are left out.": chosen(
            lambda n, low, high, phones: low <= n and (n < high or high == last)
        ),
        "Insertions and deletions are not counted.": divided(
            lambda hyp, ref: sum(x != y for x, y in zip(hyp, ref))
        ),
        "Insertions are edits too.": divided(
            lambda hyp, ref: max(distance(hyp, ref) - max(len(hyp) - len(ref), 0), 0)
        ),
        "The edits are those of the letters; compare lists of phones.":
            divided(lambda hyp, ref: distance(" ".join(hyp), " ".join(ref))),
        "The edits are those of the joined letters; compare lists of phones.":
            divided(lambda hyp, ref: distance("".join(hyp), "".join(ref))),
        "Sets forget order and repetition; compare lists of phones.":
            divided(lambda hyp, ref: len(set(hyp) ^ set(ref))),
        "Only the lengths are compared.":
            divided(lambda hyp, ref: abs(len(hyp) - len(ref))),
    }  # fmt: skip


def sum_of_refs(words):
    """All phones of the references."""
    return sum(len(ref) for _, ref, _ in words)


def rate_of(words):
    """Edits over phones; None without words."""
    edited = sum(distance(hyp, ref) for hyp, ref, _ in words)
    return edited / sum_of_refs(words) if words else None


OK_FORMAT = False
name = "q1"
points = 2


@test_case(
    name="three buckets of words",
    points=1,
    hidden=False,
    failure_message="Add up the edits of a bucket, add up the phones of its references, and divide once.",
)
def test_three_buckets_of_words(error_by_length):
    words = [
        (3, "K AE T", "K AE T"),
        (4, "F OW", "F AO N"),
        (3, "AY", "AY S"),
        (5, "TH R UW T", "TH R UW"),
        (6, "M AH DH ER", "M AH Z ER"),
        (2, "OW AH", "OW"),
        (8, "S T R EH NG TH", "S T R EH NG K TH S"),
        (7, "K AA R AH K T ER", "K EH R IH K T ER"),
        (9, "", "K W AY ER"),
        (11, "AH B AW T", "AH B AW T"),
        (13, "M OW", "M OW"),
    ]
    hyps = [hyp.split() for _, hyp, _ in words]
    refs = [ref.split() for _, _, ref in words]
    src_len, edges = [n for n, _, _ in words], [2, 6, 11, 15]
    right, mistakes = rates_and_mistakes(hyps, refs, src_len, edges)
    out = call(error_by_length, hyps, refs, src_len, edges)
    check_rates(out, right, mistakes, edges)
    unchanged(error_by_length, hyps, refs, src_len, edges)
