from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_lib import classifiers
from course_lib.abcnn import AttentivePooling
from course_lib.classifiers import (
    HAN,
    Apart,
    AttentionPool,
    PairClassifier,
    SentenceClassifier,
    last_state,
    mean_state,
)
from course_lib.data import documents
from course_lib.encoders import RNNEncoder

V, D_E, D_S, N_CLASSES = 19, 5, 7, 3
LENGTHS = torch.tensor([11, 3, 1, 7])


def batch(seed=1):
    g = torch.Generator().manual_seed(seed)
    return torch.randint(4, V, (len(LENGTHS), 11), generator=g)


def encoder(bidirectional=True):
    torch.manual_seed(0)
    return RNNEncoder(V, D_E, D_S, rnn="lstm", bidirectional=bidirectional)


def pools(d_h=2 * D_S):
    torch.manual_seed(0)
    return {"last": last_state, "mean": mean_state, "attention": AttentionPool(d_h, 13)}


def test_a_sentence_classifier_tells_what_its_pool_looked_at():
    enc, pool = encoder(), pools()["attention"]
    net = SentenceClassifier(enc, pool, enc.d_h, N_CLASSES)
    c, want = pool(enc(batch(), LENGTHS))
    logits, (alpha,) = net(batch(), LENGTHS)
    torch.testing.assert_close(alpha, want)
    torch.testing.assert_close(logits, net.out(c))


@pytest.mark.parametrize("bidirectional", [True, False])
def test_poolings_equal_their_equations_sentence_by_sentence(bidirectional):
    enc, x = encoder(bidirectional), batch()
    pool = pools(enc.d_h)["attention"]
    memory = enc(x, LENGTHS)
    u, s = pool.pool.u[0], pool.pool.score
    for row, n in enumerate(LENGTHS.tolist()):
        h = enc(x[row : row + 1, :n]).h[0]
        ends = torch.cat([h[-1, :D_S], h[0, D_S:]])
        torch.testing.assert_close(last_state(memory)[0][row], ends)
        torch.testing.assert_close(mean_state(memory)[0][row], h.mean(0))
        e = [s.v_a @ torch.tanh(s.U_a.weight @ x + s.W_a.weight @ u) for x in h]
        alpha = torch.stack(e).softmax(0)
        c, got = pool(memory)
        torch.testing.assert_close(got[row, :n], alpha)
        assert (got[row, n:] == 0).all()
        torch.testing.assert_close(c[row], alpha @ h)
    assert last_state(memory)[1] is None
    torch.testing.assert_close(mean_state(memory)[1].sum(1), torch.ones(4))


@pytest.mark.parametrize("name", ["last", "mean", "attention"])
def test_a_sentence_alone_is_classified_as_in_a_batch(name):
    net = SentenceClassifier(encoder(), pools()[name], 2 * D_S, N_CLASSES)
    x = batch()
    logits, _ = net(torch.cat([x, batch(2)], 1), LENGTHS)
    for row, n in enumerate(LENGTHS.tolist()):
        alone = net(x[row : row + 1, :n]).logits[0]
        torch.testing.assert_close(alone, logits[row])


def pair_pools():
    torch.manual_seed(0)
    return {
        "mean": Apart(mean_state),
        "last": Apart(last_state),
        "attention": Apart(AttentionPool(2 * D_S, 13)),
        "attentive": AttentivePooling(2 * D_S),
    }


@pytest.mark.parametrize("name", ["mean", "last", "attention", "attentive"])
def test_a_pair_alone_is_classified_as_in_a_batch(name):
    net = PairClassifier(encoder(), pair_pools()[name], 2 * D_S, N_CLASSES)
    x, y, y_len = batch(), batch(3)[:, :5], torch.tensor([2, 5, 4, 1])
    logits, (_, beta) = net(x, torch.cat([y, batch(2)], 1), LENGTHS, y_len)
    for row, (n, m) in enumerate(zip(LENGTHS.tolist(), y_len.tolist(), strict=True)):
        alone = net(x[row : row + 1, :n], y[row : row + 1, :m])
        torch.testing.assert_close(alone.logits[0], logits[row])
        if beta is not None:
            assert (beta[row, m:] == 0).all()


def test_compare_by_hand():
    u, v = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -5.0]])
    want = [[1.0, 2.0, 3.0, -5.0, 2.0, 7.0, 3.0, -10.0]]
    assert classifiers.compare(u, v).tolist() == want


def han(**pools):
    torch.manual_seed(0)
    return HAN(V, D_E, D_S, N_CLASSES, **pools)


def letters():
    """Three documents of 5, 1 and 2 sentences with up to 7 words, junk as padding."""
    g = torch.Generator().manual_seed(4)
    words = torch.randint(0, V, (3, 5, 7), generator=g)
    n_words = torch.tensor([[7, 2, 5, 1, 3], [6, 0, 0, 0, 0], [1, 4, 0, 0, 0]])
    return words, n_words, torch.tensor([5, 1, 2])


def test_han_equals_a_loop_over_documents_and_sentences():
    """One sentence and one document at a time, with torch's own bidirectional GRU."""
    net = han()
    words, n_words, n_sentences = letters()

    def read(rnn, x):
        theirs = nn.GRU(x.shape[1], D_S, batch_first=True, bidirectional=True)
        rnn = getattr(rnn, "rnn", rnn)  # of an RNNEncoder
        own = dict(rnn.rightward.named_parameters())
        own |= {k + "_reverse": v for k, v in rnn.leftward.named_parameters()}
        theirs.load_state_dict(own)
        return theirs(x[None])[0][0]

    def pool(layer, h):
        u, s = layer.pool.u[0], layer.pool.score
        e = torch.tanh(h @ s.U_a.weight.T + s.W_a.weight @ u) @ s.v_a
        return e.softmax(0) @ h, e.softmax(0)

    logits, (alpha, beta) = net(words, n_words, n_sentences)
    for d, count in enumerate(n_sentences.tolist()):
        vectors = []
        for i in range(count):
            n = int(n_words[d, i])
            h = read(net.read_words, net.read_words.E(words[d, i, :n]))
            s, weights = pool(net.pool_words, h)
            vectors.append(s)
            torch.testing.assert_close(alpha[d, i, :n], weights)
            assert (alpha[d, i, n:] == 0).all()
        v, weights = pool(
            net.pool_sentences, read(net.read_sentences, torch.stack(vectors))
        )
        torch.testing.assert_close(logits[d], net.out(v))
        torch.testing.assert_close(beta[d, :count], weights)
        assert (beta[d, count:] == 0).all()
        assert (alpha[d, count:] == 0).all()


@pytest.mark.parametrize("name", ["last", "mean", "attention"])
def test_padding_of_words_and_of_sentences_never_matters(name):
    net = han(pool_words=pools()[name], pool_sentences=pools()[name])
    words, n_words, n_sentences = letters()
    narrow = net(words, n_words, n_sentences).logits
    wide = F.pad(words, (0, 4, 0, 2), value=9)
    got = net(wide, F.pad(n_words, (0, 2), value=3), n_sentences).logits
    torch.testing.assert_close(got, narrow)
    alone = net(words[2:, :2, :4], n_words[2:, :2], n_sentences[2:]).logits
    torch.testing.assert_close(alone[0], narrow[2])


def test_empty_documents_and_sentences_are_refused():
    words, n_words, _ = letters()
    with pytest.raises(ValueError, match="document is empty"):
        han()(words, n_words, torch.tensor([5, 0, 2]))
    with pytest.raises(ValueError, match="sentence is empty"):
        han()(words, n_words, torch.tensor([5, 2, 2]))


@pytest.mark.parametrize("name", ["sentence", "pair", "han"])
def test_every_parameter_receives_a_gradient(name):
    if name == "han":
        net = han()
        logits = net(*letters()).logits
    elif name == "sentence":
        net = SentenceClassifier(encoder(), pools()["attention"], 2 * D_S, N_CLASSES)
        logits = net(batch(), LENGTHS).logits
    else:
        net = PairClassifier(encoder(), pair_pools()["attentive"], 2 * D_S, N_CLASSES)
        logits = net(batch(), batch(2), LENGTHS, LENGTHS).logits
    (logits * torch.randn(logits.shape)).sum().backward()
    for key, p in net.named_parameters():
        assert p.grad.isfinite().all(), key
        assert p.grad.abs().sum() > 0, key


def test_han_finds_the_sentence_that_decides():
    corpus = documents.load(sizes=(2_000, 1, 300))
    torch.manual_seed(1)
    net = HAN(len(corpus.vocab), 48, 48, 2)
    collate = partial(documents.collate, vocab=corpus.vocab)
    batches = DataLoader(corpus.train, 32, shuffle=True, collate_fn=collate)
    adam = torch.optim.Adam(net.parameters(), lr=2e-3)
    for _ in range(2):
        for b in batches:
            loss = F.cross_entropy(net(*b[:3]).logits, b.label)
            adam.zero_grad()
            loss.backward()
            adam.step()
    test = collate(corpus.test)
    logits, (_, beta) = net(*test[:3])
    assert (logits.argmax(1) == test.label).float().mean() > 0.9
    assert (beta.argmax(1) == test.evidence[:, 0]).float().mean() > 0.9
