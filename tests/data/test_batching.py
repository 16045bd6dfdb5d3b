import random

import pytest
import torch

from course_lib.data import BOS, EOS, PAD, UNK, ByLength, Pair, Vocab, collate, split_of

VOCAB = Vocab("abcdefg")


def make_pairs(count, seed=0):
    """`count` different pairs of lengths 1..7 and 1..5."""
    rng = random.Random(seed)
    pairs = set()
    while len(pairs) < count:
        src, tgt = (rng.choices("abcdefg", k=rng.randint(1, k)) for k in (7, 5))
        pairs.add(Pair(tuple(src), tuple(tgt)))
    return sorted(pairs)


def rows_of(batches):
    """Every (src, tgt) of the batches, decoded."""
    return [
        (tuple(VOCAB.decode(src)), tuple(VOCAB.decode(tgt)))
        for batch in batches
        for src, tgt in zip(batch.src, batch.tgt_out, strict=True)
    ]


def test_collate_by_hand():
    pairs = [Pair(("a", "b", "c"), ("d",)), Pair(("e",), ("f", "g"))]
    batch = collate(pairs, VOCAB, VOCAB)
    assert batch.src.tolist() == [[4, 5, 6], [8, PAD, PAD]]
    assert batch.src_len.tolist() == [3, 1]
    assert batch.tgt_in.tolist() == [[BOS, 7, PAD], [BOS, 9, 10]]
    assert batch.tgt_out.tolist() == [[7, EOS, PAD], [9, 10, EOS]]
    assert {x.dtype for x in batch} == {torch.int64}


def test_collate_reads_unknown_tokens_as_unk():
    batch = collate([Pair(("a", "?"), ("!",))], VOCAB, VOCAB)
    assert batch.src.tolist() == [[4, UNK]]
    assert batch.tgt_out.tolist() == [[UNK, EOS]]


def test_collate_refuses_nothing_and_empty_rows():
    good = Pair(("a",), ("a",))
    with pytest.raises(ValueError, match="no pairs"):
        collate([], VOCAB, VOCAB)
    with pytest.raises(ValueError, match="row 1: the source is empty"):
        collate([good, Pair((), ("a",))], VOCAB, VOCAB)
    with pytest.raises(ValueError, match="row 2: the target is empty"):
        collate([good, good, Pair(("a",), ())], VOCAB, VOCAB)


def test_batch_moves_as_a_whole():
    batch = collate([Pair(("a",), ("b",))], VOCAB, VOCAB).to("meta")
    assert {x.device.type for x in batch} == {"meta"}


def test_an_epoch_has_every_pair_once_and_no_padding_of_the_source():
    pairs = make_pairs(211)
    batches = ByLength(pairs, VOCAB, VOCAB, 11)
    epoch = list(batches)
    assert len(epoch) == len(batches)
    assert sorted(rows_of(epoch)) == sorted((p.src, p.tgt) for p in pairs)
    for batch in epoch:
        assert len(batch.src) <= 11
        assert (batch.src != PAD).all()
        assert (batch.src_len == batch.src.shape[1]).all()
        assert (batch.tgt_out[:, -1] != PAD).any()  # no column of padding only


def test_targets_are_shifted_by_one():
    for batch in ByLength(make_pairs(101), VOCAB, VOCAB, 7):
        assert (batch.tgt_in[:, 0] == BOS).all()
        y = batch.tgt_out[:, :-1]
        assert torch.equal(batch.tgt_in[:, 1:], torch.where(y == EOS, PAD, y))
        assert ((batch.tgt_out == EOS).sum(1) == 1).all()


def test_targets_of_a_batch_are_of_near_length():
    batches = list(ByLength(make_pairs(499), VOCAB, VOCAB, 5))
    padding = sum(int((b.tgt_out == PAD).sum()) for b in batches)
    assert padding / sum(b.tgt_out.numel() for b in batches) < 0.05


def test_batches_equal_collate():
    for batch in ByLength(make_pairs(53), VOCAB, VOCAB, 3):
        again = [
            Pair(tuple(VOCAB.decode(s)), tuple(VOCAB.decode(t)))
            for s, t in zip(batch.src, batch.tgt_out, strict=True)
        ]
        for ours, theirs in zip(batch, collate(again, VOCAB, VOCAB), strict=True):
            assert torch.equal(ours, theirs)


def test_the_shuffle_depends_on_seed_and_epoch_only():
    pairs = make_pairs(97)

    def epochs(batches, n):
        return [rows_of(batches) for _ in range(n)]

    first = ByLength(pairs, VOCAB, VOCAB, 5, seed=3)
    a0, a1, a2 = epochs(first, 3)
    assert a0 != a1 != a2 != a0
    assert epochs(ByLength(pairs, VOCAB, VOCAB, 5, seed=3), 3) == [a0, a1, a2]
    assert epochs(ByLength(pairs, VOCAB, VOCAB, 5, seed=4), 1) != [a0]
    first.set_epoch(1)
    assert epochs(first, 2) == [a1, a2]
    torch.manual_seed(1)  # the global generator is left alone
    state = torch.get_rng_state()
    list(first)
    assert torch.equal(state, torch.get_rng_state())


def test_two_iterators_at_once_do_not_disturb_each_other():
    batches = ByLength(make_pairs(31), VOCAB, VOCAB, 4)
    one, two = iter(batches), iter(batches)
    mixed = [next(it) for _ in range(len(batches)) for it in (one, two)]
    batches.set_epoch(0)
    assert rows_of(mixed[::2]) == rows_of(batches)
    assert rows_of(mixed[1::2]) == rows_of(batches)


def test_too_long_is_an_error_that_names_row_length_and_maximum():
    pairs = [Pair(("a",) * 3, ("b",) * 3), Pair(("a",), ("b",) * 5)]
    with pytest.raises(ValueError, match=r"row 1: .* 5 tokens, max_len is 4"):
        ByLength(pairs, VOCAB, VOCAB, 2, max_len=4)
    assert ByLength(pairs, VOCAB, VOCAB, 2, max_len=5).dropped == 0


def test_too_long_can_be_dropped_and_is_counted():
    pairs = [Pair(("a",) * n, ("b",)) for n in (2, 3, 5, 7)]
    batches = ByLength(pairs, VOCAB, VOCAB, 2, max_len=3, too_long="drop")
    assert batches.dropped == 2
    assert sorted(len(src) for src, _ in rows_of(batches)) == [2, 3]
    with pytest.raises(ValueError, match="nothing to batch: 4 pairs"):
        ByLength(pairs, VOCAB, VOCAB, 2, max_len=1, too_long="drop")


def test_unknown_tokens_are_counted():
    pairs = [Pair(("a", "?"), ("!", "!", "b"))]
    assert ByLength(pairs, VOCAB, VOCAB, 2).unknown == 3


def test_bad_arguments():
    pairs = make_pairs(3)
    with pytest.raises(ValueError, match="row 1: the target is empty"):
        ByLength([pairs[0], Pair(("a",), ())], VOCAB, VOCAB, 2)
    with pytest.raises(ValueError, match="batch_size is 0"):
        ByLength(pairs, VOCAB, VOCAB, 0)
    with pytest.raises(ValueError, match="too_long is 'cut'"):
        ByLength(pairs, VOCAB, VOCAB, 2, too_long="cut")
    with pytest.raises(ValueError, match="nothing to batch"):
        ByLength([], VOCAB, VOCAB, 2)


def test_the_split_rule_never_moves():
    parts = {n: split_of(str(n)) for n in range(1000)}
    counts = [sum(p == part for p in parts.values()) for part in ("val", "test")]
    assert counts == [62, 42]
    assert (split_of("attention"), split_of("zürich")) == ("train", "train")
