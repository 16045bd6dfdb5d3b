# Made by exercises/_source/build.py from 11_hierarchical_attention.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import (
    call,
    check,
    differentiable,
    seeds,
    unchanged,
    unpack,
)


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def pooled(states, W, bias, u):
    """The states of one text, without padding, pooled one after the other."""
    if not len(states):
        return states.sum(0), states.sum(-1)
    e = torch.stack([u @ torch.tanh(W @ x + bias) for x in states])
    alpha = torch.softmax(e, 0)
    return alpha @ states, alpha


def right_levels(h, n_words, word, sentence):
    """Document by document, sentence by sentence."""
    vectors, shares = [], []
    for document, lengths in zip(h, n_words.tolist()):
        parts = [pooled(x[:n], *word) for x, n in zip(document, lengths) if n]
        c, beta = pooled(torch.stack([s for s, _ in parts]), *sentence)
        rows = torch.zeros(h.shape[1:3], dtype=h.dtype)
        for i, n in enumerate(lengths):
            if n:
                b = beta[sum(x > 0 for x in lengths[:i])]
                alpha = pooled(document[i, :n], *word)[1]
                place = torch.full((n,), i), torch.arange(n)
                rows = rows.index_put(place, b * alpha)
        vectors.append(c)
        shares.append(rows)
    return torch.stack(vectors), torch.stack(shares)


def level_mistakes(h, n_words, word, sentence):
    """What wrong shares are, by a sentence that says what is wrong."""
    real = torch.arange(h.shape[2]) < n_words[..., None]
    there = n_words > 0

    def soft(e, seen):
        return e.masked_fill(~seen, -1e9).softmax(-1) * seen

    def score(x, W, bias, u):
        return torch.tanh(x @ W.T + bias) @ u

    def read(weights, x):
        return (weights[..., None, :] @ x)[..., 0, :]

    e = score(h, *word)
    alpha = soft(e, real)
    s = read(alpha, h)
    f = score(s, *sentence)
    beta = soft(f, there)
    even = (real / n_words[..., None].clamp(min=1)).to(h)
    level = (there / there.sum(-1, keepdim=True)).to(h)
    flat = soft(e.flatten(1), real.flatten(1)).view_as(e)
    seen_all = e.softmax(-1)
    loose = read(seen_all, h)
    return {
        "A padded sentence has weight: hide it before the sentence softmax.":
            f.softmax(-1)[..., None] * alpha,
        "Padded words have weight on the word level.":
            soft(score(loose, *sentence), there)[..., None] * seen_all,
        "Those are alpha; a share is beta times alpha.": alpha,
        "Sentences weigh the same; beta decides.": level[..., None] * alpha,
        "Words of a sentence weigh the same; alpha decides.":
            soft(score(read(even, h), *sentence), there)[..., None] * even,
        "Words weigh the same in the share; alpha decides.": beta[..., None] * even,
        "That is one softmax over all words of the document: one level, not two.":
            flat,
        "The two levels have exchanged their weights.":
            soft(score(read(soft(score(h, *sentence), real), h), *word), there)[
                ..., None
            ] * soft(score(h, *sentence), real),
        "Both levels use the words' weights.":
            soft(score(s, *word), there)[..., None] * alpha,
        "Both levels use the sentences' weights.":
            soft(score(read(soft(score(h, *sentence), real), h), *sentence), there)[
                ..., None
            ] * soft(score(h, *sentence), real),
        "The sentence softmax ran over the batch.":
            (f.masked_fill(~there, -1e9).softmax(0) * there)[..., None] * alpha,
        "The word softmax ran over the sentences.":
            beta[..., None] * (e.masked_fill(~real, -1e9).softmax(1) * real),
        "beta and alpha are multiplied, not added.":
            (beta[..., None] + alpha) * real,
        "The mask of the words came after the softmax.":
            soft(score(read(seen_all * real, h), *sentence), there)[..., None]
            * seen_all * real,
    }  # fmt: skip


def inputs_of(seed, b, s, n, d, d_a, n_words, dtype=torch.float32):
    """States, lengths and the weights of two levels."""
    sizes = [(b, s, n, d)] + [(d_a, d), (d_a,), (d_a,)] * 2
    h, *rest = normal(seed, *sizes, dtype=dtype)
    return h, torch.tensor(n_words), tuple(rest[:3]), tuple(rest[3:])


OK_FORMAT = False
name = "q2"
points = 3.5


@test_case(
    name="shares",
    points=1,
    hidden=False,
    failure_message="Pool the real words of each sentence, then the real sentences of each document; the share of a word is the product of its two weights.",
)
def test_shares(two_levels):
    for seed in seeds():
        n_words = [[5, 2, 3], [4, 1, 0]]
        inputs = inputs_of(seed, 2, 3, 5, 7, 11, n_words)
        _, want = right_levels(*inputs)
        lines = level_mistakes(*inputs)
        _, share = unpack(call(two_levels, *inputs), "c, share")
        check(share, want, lines, what="share")


@test_case(
    name="vectors",
    points=1,
    hidden=False,
    failure_message="The document's vector is the sum of beta times the sentence vectors; padding takes no part, whatever numbers it holds.",
)
def test_vectors(two_levels):
    for seed, dtype in zip(seeds(), (torch.float64, torch.float32, torch.float64)):
        n_words = [[2, 0, 0], [3, 5, 1]]
        inputs = inputs_of(seed, 2, 3, 5, 7, 11, n_words, dtype)
        want, shares = right_levels(*inputs)
        lines = {
            text: (x.flatten(1)[:, None] @ inputs[0].flatten(1, 2))[:, 0]
            for text, x in level_mistakes(*inputs).items()
        }
        rows = level_mistakes(*inputs)
        c, share = unpack(call(two_levels, *inputs), "c, share")
        check(c, want, lines, what="c")
        check(share, shares, rows, what="share")
    unchanged(two_levels, *inputs)
    differentiable(two_levels, right_levels, inputs, to=(0,))


@test_case(
    name="other sizes",
    points=1.5,
    hidden=True,
    failure_message="Another number of documents, sentences or words.",
)
def test_other_sizes(two_levels):
    settings = (
        (1, 1, 1, 3, 2, [[1]]),
        (3, 2, 7, 5, 3, [[7, 1], [2, 0], [3, 6]]),
        (2, 5, 3, 1, 7, [[1, 3, 2, 1, 3], [2, 2, 0, 0, 0]]),
    )
    for seed in seeds(5)[3:]:
        for *sizes, n_words in settings:
            inputs = inputs_of(seed, *sizes, n_words, torch.float64)
            want, shares = right_levels(*inputs)
            lines = level_mistakes(*inputs)
            c, share = unpack(call(two_levels, *inputs), "c, share")
            check(share, shares, lines, what="share")
            check(c, want, what="c")
        unchanged(two_levels, *inputs)
        differentiable(two_levels, right_levels, inputs, to=(0,))
