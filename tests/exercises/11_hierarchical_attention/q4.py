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


OK_FORMAT = False
name = "q4"
points = 1.5


@test_case(
    name="sentences by hand",
    points=0.5,
    hidden=False,
    failure_message="Softmax inside each sentence, then the weighted sum of its states.",
)
def test_sentences_by_hand(sentences_by_hand):
    first = torch.tensor([1.0, 3.0], dtype=torch.float64)
    second = torch.tensor([2.0, 7.0, 1.0], dtype=torch.float64)
    h = torch.tensor([8.0, 4.0], dtype=torch.float64), torch.tensor([0.0, 10, 0])
    parts = [first / first.sum() @ h[0], second / second.sum() @ h[1].double()]
    want = [x.item() for x in parts]
    mistakes = {
        "Those are the means of the states; weigh them.": [6, 10 / 3],
        "The weights are not normalised.": [20, 70],
        "One softmax over all five words; each sentence has its own.": [
            20 / 14,
            70 / 14,
        ],
        "Those are the states of the best words; attention averages.": [4, 10],
        "Those are the sums of the states.": [12, 10],
        "The weights of sentence 1 are exchanged.": [7, 7],
        "exp(0) is 1, not 0.": [4, 70 / 9],
        "The order is that of the sentences.": [7, 5],
    }
    check(sentences_by_hand, want, mistakes, what="sentences_by_hand", within=6e-4)


@test_case(
    name="document by hand",
    points=0.5,
    hidden=False,
    failure_message="The document is the sum of beta times the sentence vectors.",
)
def test_document_by_hand(document_by_hand):
    beta = torch.tensor([4.0, 1.0], dtype=torch.float64) / 5
    want = (beta @ torch.tensor([5.0, 7.0], dtype=torch.float64)).item()
    mistakes = {
        "The sentences weigh 4 to 1, not the same.": 6.0,
        "The weights of the sentences are not normalised.": 27.0,
        "exp(0) is 1: the second sentence has a weight too.": 5.0,
        "The weights of the sentences are exchanged.": 6.6,
        "The sentences' scores are normalised with the exponential.": 20 / 4,
    }
    check(document_by_hand, want, mistakes, what="document_by_hand", within=6e-4)


@test_case(
    name="share by hand",
    points=0.25,
    hidden=True,
    failure_message="A share is the weight of the sentence times that of the word in it.",
)
def test_share_by_hand(share_by_hand):
    want = 4 / 5 * 3 / 4
    mistakes = {
        "That is alpha alone; times the weight of the sentence.": 0.75,
        "That is beta alone; times the weight of the word.": 0.8,
        "That is one softmax over all words.": 3 / 14,
        "The two weights are multiplied, not added.": 1.55,
        "That is the first word of sentence 1.": 0.2,
        "That is the value read from there; the share is its weight.": 2.4,
    }
    check(share_by_hand, want, mistakes, what="share_by_hand", within=6e-4)


@test_case(
    name="means by hand",
    points=0.25,
    hidden=True,
    failure_message="First the mean of each sentence, then the mean of the two means.",
)
def test_means_by_hand(means_by_hand):
    want = (12 / 2 + 10 / 3) / 2
    mistakes = {
        "That is the mean of all five words; short sentences weigh more here.": 4.4,
        "The sentences are averaged too.": 28 / 3,
        "Attention is still on for the words.": 6.0,
        "Attention is still on for the sentences.": 6 * 4 / 5 + 10 / 3 / 5,
        "That is the mean of the sums.": 11.0,
    }
    check(means_by_hand, want, mistakes, what="means_by_hand", within=6e-4)
