from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_lib import abcnn
from course_lib.abcnn import ABCNN, AttentivePooling, Block, ConvEncoder, match_score
from course_lib.attention import attend
from course_lib.classifiers import Apart, PairClassifier, compare, mean_state
from course_lib.data import documents, entailment
from course_lib.encoders import Memory, RNNEncoder
from course_lib.masks import padding_mask
from course_lib.scores import General

V, D, D_C, W, MAX_N = 17, 5, 7, 3, 13
X_LEN, Y_LEN = torch.tensor([11, 2, 5]), torch.tensor([1, 7, 4])
NUMBERS = [0, 1, 2, 3]


def maps():
    g = torch.Generator().manual_seed(0)
    return torch.randn(3, 11, D, generator=g), torch.randn(3, 7, D, generator=g)


def masks():
    return padding_mask(X_LEN, 11)[:, 0], padding_mask(Y_LEN, 7)[:, 0]


def test_match_score_by_hand():
    x = torch.tensor([[[0.0, 0.0], [3.0, 4.0]]], requires_grad=True)
    A = match_score(x, x)
    assert A.tolist() == [[[1.0, pytest.approx(1 / 6)], [pytest.approx(1 / 6), 1.0]]]
    A.sum().backward()
    assert x.grad.isfinite().all()  # also where the distance is 0
    same = torch.randn(1, 37, 61)
    assert (match_score(same, same).diagonal(dim1=1, dim2=2) == 1).all()


def test_match_score_fits_the_slot_of_a_score():
    x, y = maps()
    assert attend(x, y, y, score=match_score).alpha.shape == (3, 11, 7)


def loop_convolve(conv, x):
    """The rows of the wide convolution of one sentence, window by window."""
    zeros = torch.zeros(W - 1, x.shape[1])
    x = torch.cat([zeros, x, zeros])
    rows = []
    for i in range(len(x) - W + 1):
        total = conv.bias.clone()
        for j in range(W):
            total = total + conv.weight[:, :, j] @ x[i + j]
        rows.append(total.tanh())
    return torch.stack(rows)


def loop_matrix(x, y):
    A = torch.empty(len(x), len(y))
    for i in range(len(x)):
        for j in range(len(y)):
            A[i, j] = 1 / (1 + ((x[i] - y[j]) ** 2).sum().sqrt())
    return A


def loop_pool(p, a):
    """w-ap and all-ap of one sentence; a=None: plain means."""
    rows, total, weight = [], torch.zeros(D_C), 0.0
    for i in range(len(p) - W + 1):
        if a is None:
            rows.append(sum(p[i + k] for k in range(W)) / W)
        else:
            rows.append(sum(a[i + k] * p[i + k] for k in range(W)))
    for k in range(len(p)):
        a_k = 1.0 if a is None else a[k]
        total, weight = total + a_k * p[k], weight + a_k
    return torch.stack(rows), total / weight


def loop_block(block, number, x, y):
    matrices = []
    if number in (1, 3):
        A = loop_matrix(x, y)
        matrices.append(A)
        extra_x = [
            sum(A[i, j] * block.W[j] for j in range(len(y))) for i in range(len(x))
        ]
        extra_y = [
            sum(A[i, j] * block.W[i] for i in range(len(x))) for j in range(len(y))
        ]
        x = torch.cat([x, torch.stack(extra_x)], 1)
        y = torch.cat([y, torch.stack(extra_y)], 1)
    p, q = (loop_convolve(block.convolve.conv, z) for z in (x, y))
    a = c = None
    if number in (2, 3):
        A = loop_matrix(p, q)
        matrices.append(A)
        a = [A[i].sum() for i in range(len(p))]
        c = [A[:, j].sum() for j in range(len(q))]
    return loop_pool(p, a), loop_pool(q, c), matrices


@pytest.mark.parametrize("number", NUMBERS)
def test_block_equals_loops_over_one_pair_at_a_time(number):
    torch.manual_seed(0)
    block = Block(number, D, D_C, W, MAX_N)
    (x, y), (mask_x, mask_y) = maps(), masks()
    (onward_x, onward_y), (u, v), matrices = block(x, y, mask_x, mask_y)
    assert len(matrices) == {0: 0, 1: 1, 2: 1, 3: 2}[number]
    for row, (n, m) in enumerate(zip(X_LEN.tolist(), Y_LEN.tolist(), strict=True)):
        want_x, want_y, want_A = loop_block(block, number, x[row, :n], y[row, :m])
        torch.testing.assert_close(onward_x[row, :n], want_x[0])
        torch.testing.assert_close(onward_y[row, :m], want_y[0])
        torch.testing.assert_close(u[row], want_x[1])
        torch.testing.assert_close(v[row], want_y[1])
        for A, want in zip(matrices, want_A, strict=True):
            k, l = want.shape
            torch.testing.assert_close(A[row, :k, :l], want)
            torch.testing.assert_close(A[row].sum(), want.sum())  # the rest is 0


@pytest.mark.parametrize(("with_1", "without_1"), [(1, 0), (3, 2)])
def test_abcnn_3_is_1_and_2_together(with_1, without_1):
    """With a deaf second channel, ABCNN-1 is the BCNN, and ABCNN-3 is ABCNN-2."""
    torch.manual_seed(0)
    both, one = Block(with_1, D, D_C, W, MAX_N), Block(without_1, D, D_C, W, MAX_N)
    with torch.no_grad():
        both.convolve.conv.weight[:, D:] = 0
        one.convolve.conv.weight.copy_(both.convolve.conv.weight[:, :D])
        one.convolve.conv.bias.copy_(both.convolve.conv.bias)
    got, want = both(*maps(), *masks()), one(*maps(), *masks())
    torch.testing.assert_close(got[:2], want[:2])
    torch.testing.assert_close(got[2][1:], want[2])


def model(number, n_blocks=2):
    torch.manual_seed(0)
    return ABCNN(number, V, D, D_C, 3, w=W, n_blocks=n_blocks, max_n=MAX_N)


def tokens():
    g = torch.Generator().manual_seed(1)
    x = torch.randint(4, V, (3, 11), generator=g)
    return x, torch.randint(4, V, (3, 7), generator=g)


@pytest.mark.parametrize("number", NUMBERS)
def test_model_is_its_blocks_one_upon_the_other(number):
    net, (x, y) = model(number), tokens()
    logits, alpha = net(x, y, X_LEN, Y_LEN)
    for row, (n, m) in enumerate(zip(X_LEN.tolist(), Y_LEN.tolist(), strict=True)):
        u, v, found = net.E(x[row, :n]), net.E(y[row, :m]), []
        matrices = []  # from the bottom up
        for block in net.blocks:
            (u, r), (v, s), A = loop_block(block, number, u, v)
            found.append(compare(r[None], s[None]))
            matrices += A
        want = net.out(torch.cat(found, 1))[0]
        torch.testing.assert_close(logits[row], want, atol=1e-4, rtol=1e-4)
        for A, wanted in zip(alpha, matrices, strict=True):
            rows, columns = wanted.shape
            torch.testing.assert_close(
                A[row, :rows, :columns], wanted, atol=1e-4, rtol=1e-4
            )


@pytest.mark.parametrize("number", NUMBERS)
def test_padding_never_matters(number):
    net, (x, y) = model(number), tokens()
    logits = net(x, y, X_LEN, Y_LEN).logits
    wide = net(F.pad(x, (0, 2), value=9), F.pad(y, (0, 3), value=8), X_LEN, Y_LEN)
    torch.testing.assert_close(wide.logits, logits)
    alone = net(x[1:2, :2], y[1:2], X_LEN[1:2], Y_LEN[1:2]).logits
    torch.testing.assert_close(alone[0], logits[1])


@pytest.mark.parametrize("number", NUMBERS)
def test_every_parameter_receives_a_gradient(number):
    net, (x, y) = model(number), tokens()
    y[:, 0] = x[:, 0]  # a distance of 0
    logits = net(x, y, X_LEN, Y_LEN).logits
    (logits * torch.randn(logits.shape)).sum().backward()
    for key, p in net.named_parameters():
        assert p.grad.isfinite().all(), key
        assert p.grad.abs().sum() > 0, key


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match=r"0 \(BCNN\), 1, 2 or 3 \(ABCNN\), not 4"):
        model(4)
    with pytest.raises(ValueError, match="14 words, but W was made for max_n=13"):
        model(1)(
            torch.ones(1, 14).long(),
            torch.ones(1, 2).long(),
            *2 * [torch.ones(1).long()],
        )
    with pytest.raises(ValueError, match="must be odd, got 4"):
        ConvEncoder(V, D, D_C, 4)


def test_conv_encoder_equals_a_loop_and_padding_is_zero():
    torch.manual_seed(0)
    net, (x, _) = ConvEncoder(V, D, D_C, W), tokens()
    memory = net(x, X_LEN)
    for row, n in enumerate(X_LEN.tolist()):
        want = loop_convolve(net.conv, net.E(x[row, :n]))[1:-1]
        torch.testing.assert_close(memory.h[row, :n], want)
        torch.testing.assert_close(memory.s0[row], want.max(0).values)
        assert int(memory.mask[row].sum()) == n


def test_attentive_pooling_equals_a_loop():
    torch.manual_seed(0)
    pool, (x, y) = AttentivePooling(D), maps()
    mask_x, mask_y = masks()
    s0 = torch.zeros(3, D)
    (u, alpha), (v, beta) = pool(
        Memory(x, mask_x[:, None], s0), Memory(y, mask_y[:, None], s0)
    )
    U = pool.U.W_a.weight
    for row, (n, m) in enumerate(zip(X_LEN.tolist(), Y_LEN.tolist(), strict=True)):
        G = torch.empty(n, m)
        for i in range(n):
            for j in range(m):
                G[i, j] = torch.tanh(x[row, i] @ U @ y[row, j])
        a, b = G.max(1).values.softmax(0), G.max(0).values.softmax(0)
        torch.testing.assert_close(alpha[row, :n], a)
        torch.testing.assert_close(beta[row, :m], b)
        assert (alpha[row, n:] == 0).all()
        assert (beta[row, m:] == 0).all()
        torch.testing.assert_close(u[row], a @ x[row, :n])
        torch.testing.assert_close(v[row], b @ y[row, :m])


def test_the_state_of_an_lstm_may_read_the_map_of_a_convolution():
    """Attention in place of max-pooling: three rooms, no new class."""
    torch.manual_seed(0)
    lstm, conv = RNNEncoder(V, D, 11, rnn="lstm"), ConvEncoder(V, D, D_C, W)
    score, (x, _) = General(11, D_C), tokens()

    def read(x, x_len):
        q, k = lstm(x, x_len).s0[:, None], conv(x, x_len)
        return attend(q, k.h, k.h, score=score, mask=k.mask)

    c = read(x, X_LEN).c
    assert c.shape == (3, 1, D_C)
    torch.testing.assert_close(read(x[1:2, :2], X_LEN[1:2]).c[0], c[1])


class Bag(nn.Module):
    """Words without order."""

    def __init__(self, n_vocab, d_e):
        super().__init__()
        self.E = nn.Embedding(n_vocab, d_e)

    def forward(self, x, x_len):
        h = self.E(x)
        return Memory(h, padding_mask(x_len, x.shape[1]), h[:, 0])


def test_attention_sees_who_is_where_and_a_bag_does_not():
    """Bag about 0.66 (neutral or not); ABCNN-1 and -3 and attentive pooling learn."""
    corpus = entailment.load(sizes=(3_000, 1, 300))
    collate = partial(documents.collate, vocab=corpus.vocab)
    size = len(corpus.vocab)

    def accuracy(build, epochs, lr):
        torch.manual_seed(1)
        net = build()
        batches = DataLoader(corpus.train, 32, shuffle=True, collate_fn=collate)
        adam = torch.optim.Adam(net.parameters(), lr=lr)
        schedule = torch.optim.lr_scheduler.LinearLR(
            adam, 1.0, 0.05, epochs * len(batches)
        )

        def logits(b):
            return net(*b.words.unbind(1), *b.n_words.unbind(1)).logits

        for _ in range(epochs):
            for b in batches:
                loss = F.cross_entropy(logits(b), b.label)
                adam.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                adam.step()
                schedule.step()
        test = collate(corpus.test)
        return (logits(test).argmax(1) == test.label).float().mean().item()

    def bag():
        return PairClassifier(Bag(size, 32), Apart(mean_state), 32, 3)

    def ap_cnn():
        return PairClassifier(ConvEncoder(size, 32, 64, 5), AttentivePooling(64), 64, 3)

    def abcnn_(number):
        return ABCNN(number, size, 32, 64, 3, max_n=9)

    assert accuracy(bag, 4, 5e-3) < 0.75
    assert accuracy(partial(abcnn_, 1), 2, 5e-3) > 0.9
    assert accuracy(partial(abcnn_, 3), 2, 5e-3) > 0.9
    assert accuracy(ap_cnn, 5, 5e-3) > 0.8


def test_w_ap_keeps_the_length_of_a_sentence():
    p, mask = abcnn.WideConvolution(D, D_C, W)(maps()[0], masks()[0])
    assert p.shape == (3, 11 + W - 1, D_C)
    assert mask.sum(1).tolist() == [n + W - 1 for n in X_LEN.tolist()]
    assert abcnn.w_ap(p, W, mask / W).shape == (3, 11, D_C)
