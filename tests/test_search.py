import math
from itertools import product

import pytest
import torch

from course_lib.data import copying
from course_lib.data.batching import Pair
from course_lib.data.vocab import BOS, EOS, PAD
from course_lib.decoders import BahdanauDecoder, ChoDecoder, PlainDecoder, State
from course_lib.encoders import Memory, RNNEncoder
from course_lib.luong import LuongDecoder
from course_lib.models import Seq2Seq
from course_lib.search import beam, greedy, sample, translate, truncate
from course_lib.transformer import TransformerDecoder

V, D = 5, 7
DECODERS = {
    "plain": lambda enc: PlainDecoder(V, D, enc.d_s0),
    "cho": lambda enc: ChoDecoder(V, D, D, enc.d_s0),
    "bahdanau": lambda enc: BahdanauDecoder(V, D, D, enc.d_h, enc.d_s0),
    "luong": lambda enc: LuongDecoder(V, D, D, enc.d_h, enc.d_s0, feed_input=True),
    "transformer": lambda enc: TransformerDecoder(V, 6, 2, D, 2, d_h=enc.d_h),
}
LENGTHS = torch.tensor([3, 11, 5, 1, 7])


def model(name, seed=0, sharp=4.0):
    """A model with opinions: random weights, stretched."""
    torch.manual_seed(seed)
    enc = RNNEncoder(23, D, D)
    net = Seq2Seq(enc, DECODERS[name](enc)).eval()
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(sharp)
    return net


def sources():
    g = torch.Generator().manual_seed(1)
    return torch.randint(4, 23, (5, 11), generator=g)


def brute_force(net, src, max_len, length_penalty=0.0):
    """Every output of at most max_len tokens, EOS included, the best first."""
    memory = net.encoder(src)
    found = []
    others = [y for y in range(V) if y != EOS]
    for length in range(max_len):
        for body in product(others, repeat=length):
            tgt = torch.tensor([[BOS, *body]])
            logp = net.decoder(memory, tgt)[0].log_softmax(-1)[0]
            total = sum(logp[t, y].item() for t, y in enumerate([*body, EOS]))
            found.append((total / ((6 + length) / 6) ** length_penalty, list(body)))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
@pytest.mark.parametrize("name", sorted(DECODERS))
def test_a_full_beam_equals_brute_force(name, length_penalty):
    net, src = model(name), sources()[1:2]
    want = brute_force(net, src, 4, length_penalty)
    (hyps,) = beam(
        net.decoder,
        net.encoder(src),
        width=5 * 4**3,  # every extension of every unfinished prefix
        max_len=4,
        length_penalty=length_penalty,
    )
    done = [h for h in hyps if h.finished]
    assert len(done) == len(want)  # 1 + 4 + 16 + 64
    for hyp, (score, _) in zip(done, want, strict=True):
        assert hyp.score == pytest.approx(score, abs=1e-4)
    assert done[0].tokens == want[0][1]
    assert sorted(h.tokens for h in done) == sorted(t for _, t in want)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", sorted(DECODERS))
def test_width_one_is_greedy(name, seed):
    net, src = model(name, seed, sharp=2.0), sources()
    memory = net.encoder(src, LENGTHS)
    tokens, alpha = greedy(net.decoder, memory, max_len=9)
    for row, (hyp,) in enumerate(beam(net.decoder, memory, width=1, max_len=9)):
        got = tokens[row].tolist()
        want = hyp.tokens + [EOS] * hyp.finished
        assert got[: len(want)] == want
        assert all(y == PAD for y in got[len(want) :])
        if alpha is not None:
            torch.testing.assert_close(hyp.alpha, alpha[row, : len(want)])


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_log_prob_is_that_of_teacher_forcing(name):
    net, src = model(name, 3, sharp=1.5), sources()
    memory = net.encoder(src, LENGTHS)
    for row, hyps in enumerate(beam(net.decoder, memory, width=3, max_len=13)):
        alone = net.encoder(src[row : row + 1, : LENGTHS[row]])
        for hyp in hyps:
            out = hyp.tokens + [EOS] * hyp.finished
            tgt_in = torch.tensor([[BOS, *out[:-1]]])
            logits, alpha = net.decoder(alone, tgt_in)
            logp = logits.log_softmax(-1)[0, torch.arange(len(out)), out].sum()
            assert hyp.log_prob == pytest.approx(logp.item(), abs=1e-4)
            if alpha is not None:
                n = int(LENGTHS[row])
                torch.testing.assert_close(hyp.alpha[:, :n], alpha[0])
                assert (hyp.alpha[:, n:] == 0).all()


@pytest.mark.parametrize("width", [1, 3])
def test_the_batch_never_matters(width):
    net, src = model("bahdanau", 2, sharp=2.0), sources()
    together = beam(net.decoder, net.encoder(src, LENGTHS), width=width, max_len=9)
    for row, hyps in enumerate(together):
        memory = net.encoder(src[row : row + 1, : LENGTHS[row]])
        (alone,) = beam(net.decoder, memory, width=width, max_len=9)
        assert [h.tokens for h in hyps] == [h.tokens for h in alone]
        for a, b in zip(hyps, alone, strict=True):
            assert a.log_prob == pytest.approx(b.log_prob, abs=1e-4)


def test_greedy_pads_behind_eos_and_hides_its_weights():
    net, src = model("bahdanau", 0, sharp=2.0), sources()
    tokens, alpha = greedy(net.decoder, net.encoder(src, LENGTHS), max_len=9)
    ended = 0
    for row in range(len(src)):
        out = tokens[row].tolist()
        if EOS in out:
            end = out.index(EOS)
            ended += end < len(out) - 1
            assert all(y == PAD for y in out[end + 1 :])
            assert (alpha[row, end + 1 :] == 0).all()
    assert ended  # the case was met


def test_a_wider_beam_is_never_less_probable_at_full_width():
    net, src = model("cho", 1, sharp=2.0), sources()
    memory = net.encoder(src, LENGTHS)
    one = beam(net.decoder, memory, width=1, max_len=4)
    full = beam(net.decoder, memory, width=320, max_len=4)
    for (a,), b in zip(one, full, strict=True):
        if a.finished:
            assert b[0].log_prob >= a.log_prob - 1e-5


def patient(net, memory, width, max_len):
    """log_prob and tokens of all that a beam of one sentence, in plain Python, ends.

    It never stops before max_len.
    """
    live, ended = [(0.0, [], net.decoder.init(memory), BOS)], []
    for _ in range(max_len):
        longer = []
        for total, tokens, state, last in live:
            logits, after, _ = net.decoder.step(torch.tensor([last]), state)
            for y, lp in enumerate(logits.log_softmax(-1)[0].tolist()):
                longer.append((total + lp, [*tokens, y], after, y))
        longer.sort(key=lambda path: -path[0])
        ended += [path[:2] for path in longer[:width] if path[3] == EOS]
        live = [path for path in longer[: 2 * width] if path[3] != EOS][:width]
    return sorted(ended, reverse=True)


@pytest.mark.parametrize("width", [2, 5])
@pytest.mark.parametrize("name", ["bahdanau", "transformer"])
def test_the_best_of_a_beam_is_that_of_one_that_never_stops(name, width):
    met = 0
    for seed in range(8):
        net, src = model(name, seed, sharp=2.0), sources()[:3]
        memory = net.encoder(src)
        for row, hyps in enumerate(beam(net.decoder, memory, width=width, max_len=12)):
            want = patient(net, net.encoder(src[row : row + 1]), width, 12)
            if len(want) >= width:
                assert len(hyps) == width
                assert hyps[0].tokens == want[0][1][:-1]
                assert hyps[0].log_prob == pytest.approx(want[0][0], abs=1e-4)
                met += 1
    assert met > 10


class Reciter(torch.nn.Module):
    """Sure of one line of six tokens: p for the next one, 0.95 − p for EOS."""

    def __init__(self, p=0.8):
        super().__init__()
        self.p = p

    def init(self, memory):
        return State(torch.zeros(len(memory.s0), dtype=torch.long), None)

    def step(self, y_prev, state):
        p = torch.full((len(y_prev), V), 0.05 / (V - 2))
        p[:, EOS], p[:, 4] = 0.95 - self.p, self.p
        p[state.s == 6] = torch.tensor([0.01 if y != EOS else 0.96 for y in range(V)])
        return p.log(), state._replace(s=state.s + 1), None


@pytest.mark.parametrize("width", [2, 5, 9])
def test_scraps_that_end_early_do_not_end_the_search(width):
    memory = Memory(torch.zeros(2, 1, 1), None, torch.zeros(2, 1))
    for hyps in beam(Reciter(), memory, width=width, max_len=10):
        assert len(hyps) == width
        assert hyps[0].tokens == [4] * 6
        assert hyps[0].log_prob == pytest.approx(6 * math.log(0.8) + math.log(0.96))
        assert hyps[1].tokens == []  # the likeliest scrap


def test_a_length_penalty_counts_in_when_to_stop():
    memory = Memory(torch.zeros(1, 1, 1), None, torch.zeros(1, 1))
    (hyps,) = beam(Reciter(), memory, width=1, max_len=10, length_penalty=1.0)
    assert hyps[0].tokens == [4] * 6  # greedy search, whatever the penalty
    assert hyps[0].score == pytest.approx(hyps[0].log_prob / 2)  # (5 + 7) / 6
    # log p: the scrap [] −1.39, the line −2.18; over their lengths −1.39 and −1.09
    for penalty, best in ((0.0, []), (1.0, [4] * 6)):
        found = beam(Reciter(0.7), memory, width=2, max_len=9, length_penalty=penalty)
        assert found[0][0].tokens == best
    (hyps,) = beam(Reciter(), memory, width=3, max_len=4, length_penalty=1.0)
    assert all(h.finished for h in hyps)  # the line itself does not fit
    assert [h.score for h in hyps] == sorted((h.score for h in hyps), reverse=True)


def test_hypotheses_come_best_first_and_without_repeats():
    net, src = model("bahdanau", 1, sharp=1.5), sources()
    for hyps in beam(net.decoder, net.encoder(src, LENGTHS), width=5, max_len=9):
        finished = [h.score for h in hyps if h.finished]
        assert finished == sorted(finished, reverse=True)
        assert len({tuple(h.tokens) for h in hyps}) == len(hyps) == 5


def even_and_no_three(prefix, rows):
    """No token 3; EOS only behind an even number of tokens; sentence 1 has no 4."""
    may = torch.ones(len(prefix), V, dtype=torch.bool)
    may[:, 3] = False
    may[:, EOS] = prefix.shape[1] % 2 == 0
    may[rows == 1, 4] = False
    return may


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_a_bound_beam_finds_the_best_of_what_is_allowed(name):
    net, src = model(name), sources()[:2, :5]
    found = beam(
        net.decoder,
        net.encoder(src),
        width=200,
        max_len=4,
        constrain=even_and_no_three,
    )
    for k, hyps in enumerate(found):
        want = [
            (lp, body)
            for lp, body in brute_force(net, src[k : k + 1], 4)
            if len(body) % 2 == 0 and 3 not in body and not (k == 1 and 4 in body)
        ]
        finished = [h for h in hyps if h.finished]
        assert [h.tokens for h in finished] == [body for _, body in want]
        for hyp, (lp, _) in zip(finished, want, strict=True):  # the model's own
            assert hyp.log_prob == pytest.approx(lp, abs=1e-4)


def test_a_bound_that_allows_all_changes_nothing_and_one_that_allows_nothing_ends():
    net = model("luong")
    memory = net.encoder(sources())
    free = beam(net.decoder, memory, width=3, max_len=6)
    every = beam(
        net.decoder,
        memory,
        width=3,
        max_len=6,
        constrain=lambda prefix, rows: torch.ones(len(rows), V, dtype=torch.bool),
    )
    assert [[h[:3] for h in hyps] for hyps in free] == [
        [h[:3] for h in hyps] for hyps in every
    ]
    none = beam(
        net.decoder,
        memory,
        width=3,
        max_len=6,
        constrain=lambda prefix, rows: torch.zeros(len(rows), V, dtype=torch.bool),
    )
    assert none == [[]] * 5


def test_a_bound_sees_its_own_prefixes_and_sentences():
    net, seen = model("bahdanau"), []

    def note(prefix, rows):
        seen.append((prefix.clone(), rows.clone()))
        may = torch.ones(len(rows), V, dtype=torch.bool)
        may[:, EOS] = prefix.shape[1] == 2
        return may

    beam(net.decoder, net.encoder(sources()), width=2, max_len=3, constrain=note)
    assert [tuple(p.shape) for p, _ in seen] == [(5, 0), (10, 1), (10, 2)]
    assert seen[1][1].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert not (seen[2][0] == EOS).any()  # what has ended asks no more


def test_bad_settings_are_refused():
    net = model("plain")
    memory = net.encoder(sources())
    with pytest.raises(ValueError, match="max_len >= 1, got 0"):
        greedy(net.decoder, memory, max_len=0)
    with pytest.raises(ValueError, match="width >= 1, got 0"):
        beam(net.decoder, memory, width=0, max_len=3)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_sampling_without_heat_is_greedy(name):
    net = model(name, 0, sharp=2.0)
    memory = net.encoder(sources(), LENGTHS)
    tokens, alpha = greedy(net.decoder, memory, max_len=9)
    cold = sample(net.decoder, memory, max_len=9, temperature=1e-7)
    assert cold.tokens.equal(tokens)
    assert sample(net.decoder, memory, max_len=9, top_k=1).tokens.equal(tokens)
    assert sample(net.decoder, memory, max_len=9, top_p=1e-7).tokens.equal(tokens)
    if alpha is not None:
        assert cold.alpha.equal(alpha)


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_outputs_come_as_often_as_they_are_probable(name):
    # every output of at most 2 tokens, its probability by teacher forcing
    net, n = model(name, 5, sharp=1.5), 20011
    memory = net.encoder(sources()[1:2])
    many = net.encoder(sources()[1:2].expand(n, -1))
    how = {"temperature": 0.7, "top_k": 4, "top_p": 0.9}
    found = sample(net.decoder, many, max_len=2, generator=generator(), **how)
    counts = {}
    for out in found.tokens.tolist():
        counts[tuple(out)] = counts.get(tuple(out), 0) + 1
    mass = 0.0
    for y in range(V):
        logits = net.decoder(memory, torch.tensor([[BOS, y]]))[0][0]
        p, q = (by_hand(row, **how) for row in logits)
        pairs = {(y, PAD): p[y]} if y == EOS else {(y, w): p[y] * q[w] for w in q}
        for out, want in pairs.items():
            mass += want
            got = counts.pop(out, 0) / n
            assert got == pytest.approx(want, abs=4 * (want * (1 - want) / n) ** 0.5)
    assert mass == pytest.approx(1)
    assert not counts  # and nothing else came


def by_hand(logits, temperature, top_k, top_p):
    """{token: probability} of what one step may draw."""
    order = logits.argsort(descending=True)[:top_k].tolist()
    mass = {y: (logits[y] / temperature).exp().item() for y in order}
    whole, kept = sum(mass.values()), {}
    for y in order:
        if sum(kept.values()) < top_p * whole:
            kept[y] = mass[y]
    return {y: kept.get(y, 0.0) / sum(kept.values()) for y in range(V)}


def test_truncation_by_hand():
    p = torch.tensor([[0.1, 0.4, 0.2, 0.3], [0.7, 0.1, 0.1, 0.1]])
    seven = torch.tensor([[0, 4, 0, 3.0], [7, 0, 0, 0]])
    top = truncate(p, top_p=0.65)
    torch.testing.assert_close(top, seven / seven.sum(-1, keepdim=True))
    torch.testing.assert_close(truncate(p, top_k=2)[0], seven[0] / 7)
    # the best three hold 0.9, of which 0.4 is more than 0.44 and less than 0.45
    torch.testing.assert_close(truncate(p, top_k=3, top_p=0.45)[0], seven[0] / 7)
    assert truncate(p[0], top_k=3, top_p=0.44).tolist() == [0, 1, 0, 0]
    assert truncate(p, top_p=1.0).equal(p)
    assert truncate(p, top_k=99).sum(-1).allclose(torch.ones(2))
    assert p[0].tolist() == pytest.approx([0.1, 0.4, 0.2, 0.3])  # not written to


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_log_probs_of_a_sample_are_those_of_teacher_forcing(name):
    net = model(name, 3, sharp=1.5)
    memory = net.encoder(sources(), LENGTHS)
    tokens, alpha, log_probs = sample(
        net.decoder, memory, max_len=13, temperature=2, top_k=4, generator=generator()
    )
    tgt_in = torch.cat([torch.full((5, 1), BOS), tokens[:, :-1]], 1)
    logits, forced = net.decoder(memory, tgt_in)
    want = logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
    lengths = [(row + [EOS]).index(EOS) + 1 for row in tokens.tolist()]
    assert min(lengths) < tokens.shape[1]  # the case was met
    for row, m in enumerate(lengths):
        torch.testing.assert_close(log_probs[row, :m], want[row, :m])
        assert (log_probs[row, m:] == 0).all()
        assert (tokens[row, m:] == PAD).all()
        if alpha is not None:
            torch.testing.assert_close(alpha[row, :m], forced[row, :m])
            assert (alpha[row, m:] == 0).all()


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_one_generator_repeats(name):
    net = model(name, 1, sharp=1.0)
    memory = net.encoder(sources(), LENGTHS)
    one, same, other = (
        sample(net.decoder, memory, max_len=9, generator=generator(seed)).tokens
        for seed in (3, 3, 5)
    )
    assert one.equal(same)
    assert not one.equal(other)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"max_len": 0}, "max_len >= 1, got 0"),
        ({"temperature": 0.0}, "greedy"),
        ({"temperature": -1}, "positive, got -1"),
        ({"temperature": float("nan")}, "positive, got nan"),
        ({"top_k": 0}, "top_k >= 1, got 0"),
        ({"top_p": 0.0}, r"\(0, 1\], got 0"),
        ({"top_p": 1.5}, r"\(0, 1\], got 1.5"),
    ],
)
def test_bad_sampling_is_refused(settings, word):
    net = model("plain")
    with pytest.raises(ValueError, match=word):
        sample(net.decoder, net.encoder(sources()), **{"max_len": 3, **settings})


def test_translate_gives_each_pair_what_it_gets_alone_in_the_order_asked():
    task = copying.load(n_symbols=19, lengths=(1, 7), sizes=(1, 1, 31))
    torch.manual_seed(0)
    enc = RNNEncoder(23, 11, 11)
    net = Seq2Seq(enc, BahdanauDecoder(23, 11, 11, enc.d_h, enc.d_s0)).train()
    vocabs = task.src_vocab, task.tgt_vocab
    found = translate(net, task.test, *vocabs, max_len=9, batch_size=5)
    assert net.training  # as it was
    assert len({len(out.tokens) for out in found}) > 2  # some end before others
    net.eval()
    for pair, (tokens, alpha) in zip(task.test, found, strict=True):
        src = torch.tensor([task.src_vocab.encode(pair.src)])
        ids, weights = greedy(net.decoder, net.encoder(src), max_len=9)
        assert tokens == task.tgt_vocab.decode(ids[0].tolist())
        torch.testing.assert_close(alpha, weights[0])
        assert alpha.shape[1] == len(pair.src)


def test_translate_asks_for_sources_only():
    task = copying.load(n_symbols=19, lengths=(1, 7), sizes=(1, 1, 5))
    torch.manual_seed(0)
    enc = RNNEncoder(23, D, D)
    net = Seq2Seq(enc, BahdanauDecoder(23, D, D, enc.d_h, enc.d_s0))
    vocabs = task.src_vocab, task.tgt_vocab
    sources = [Pair(pair.src, ()) for pair in task.test]
    known = translate(net, task.test, *vocabs, max_len=9)
    again = translate(net, sources, *vocabs, max_len=9)
    for (tokens, _), out in zip(known, again, strict=True):
        assert out.tokens == tokens
    for empty in ([*sources, Pair((), ())], [Pair((), ())]):
        with pytest.raises(ValueError, match="source sentence is empty"):
            translate(net, empty, *vocabs, max_len=9)


def test_translate_by_beam_gives_the_best_of_each_pairs_own_beam():
    task = copying.load(n_symbols=19, lengths=(1, 7), sizes=(1, 1, 31))
    torch.manual_seed(0)
    enc = RNNEncoder(23, 11, 11)
    net = Seq2Seq(enc, BahdanauDecoder(23, 11, 11, enc.d_h, enc.d_s0)).eval()
    net.decoder.W_o.bias.data[EOS] += 0.5  # so that some end before others
    vocabs = task.src_vocab, task.tgt_vocab
    how = {"max_len": 9, "width": 3, "length_penalty": 1.0}

    def echo(pairs):  # only what stands in the source, and at least one of it
        inside = torch.zeros(len(pairs), 23, dtype=torch.bool)
        for row, pair in zip(inside, pairs, strict=True):
            row[task.src_vocab.encode(pair.src)] = True

        def may(prefix, rows):
            allowed = inside[rows]
            allowed[:, EOS] = prefix.shape[1] > 0
            return allowed

        return may

    for constrain in (None, echo):
        found = translate(
            net, task.test, *vocabs, batch_size=5, constrain=constrain, **how
        )
        assert constrain or len({len(out.tokens) for out in found}) > 2
        for pair, (tokens, alpha) in zip(task.test, found, strict=True):
            memory = net.encoder(torch.tensor([task.src_vocab.encode(pair.src)]))
            bound = constrain and constrain([pair])
            (hyps,) = beam(net.decoder, memory, constrain=bound, **how)
            assert tokens == task.tgt_vocab.decode(hyps[0].tokens)
            torch.testing.assert_close(alpha, hyps[0].alpha)
            if constrain:
                assert tokens
                assert set(tokens) <= set(pair.src)

    def nothing(pairs):
        return lambda prefix, rows: torch.zeros(len(rows), 23, dtype=torch.bool)

    for width in (1, 3):
        found = translate(
            net, task.test, *vocabs, max_len=9, width=width, constrain=nothing
        )
        assert [tuple(out) for out in found] == [([], None)] * 31
    with pytest.raises(ValueError, match="width >= 1, got 0"):
        translate(net, task.test, *vocabs, max_len=9, width=0)
