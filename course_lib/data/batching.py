"""Pairs of sequences, and batches of them that need no padding of the source."""

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor
from torch.nn import functional

from .vocab import BOS, EOS, PAD, UNK, Vocab


class Pair(NamedTuple):
    """One source and its target, as tokens.

    `links` are the gold alignment: (t, i) says that target token t is fixed by source
    token i, both counted from 0. It is empty where no gold alignment is known.
    """

    src: tuple[str, ...]
    tgt: tuple[str, ...]
    links: tuple[tuple[int, int], ...] = ()


class Batch(NamedTuple):
    """x = src; tgt_in = (<s>, y_1 .. y_m), tgt_out = (y_1 .. y_m, </s>).

    Shorter rows are filled up with `PAD` on the right. All four are int64.
    """

    src: Int[Tensor, "b n"]
    src_len: Int[Tensor, " b"]
    tgt_in: Int[Tensor, "b m"]
    tgt_out: Int[Tensor, "b m"]

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        return Batch(*(x.to(device) for x in self))


@dataclass(frozen=True, repr=False)
class Task:
    """One data set: three disjoint tuples of pairs and the two vocabularies.

    `about` says where the data comes from, its licence and its counts, among them
    whatever was left out.
    """

    name: str
    train: tuple[Pair, ...]
    val: tuple[Pair, ...]
    test: tuple[Pair, ...]
    src_vocab: Vocab
    tgt_vocab: Vocab
    about: str

    def __repr__(self) -> str:
        """Counts only: a hundred thousand pairs would drown a notebook."""
        sizes = counts(self.train, self.val, self.test)
        vocabs = f"{len(self.src_vocab)} source and {len(self.tgt_vocab)} target tokens"
        return f"{type(self).__name__}({self.name}: {sizes} pairs; {vocabs})"


def split_of(key: str) -> Literal["train", "val", "test"]:
    """crc32(key) mod 20: 0 is test, 1 is val, the other eighteen are train.

    The rule needs no list and no seed, so an item stays in its part for ever, on every
    machine and whatever else is loaded beside it.
    """
    remainder = zlib.crc32(key.encode()) % 20
    return "test" if remainder == 0 else "val" if remainder == 1 else "train"


def counts(train: Sized, val: Sized, test: Sized) -> str:
    """The sizes of the three parts in words: 20,000 train, 500 val, 1,000 test."""
    return f"{len(train):,} train, {len(val):,} val, {len(test):,} test"


def collate(pairs: Sequence[Pair], src_vocab: Vocab, tgt_vocab: Vocab) -> Batch:
    """tgt_in = (<s>, y), tgt_out = (y, </s>), rows in the order of `pairs`.

    Lengths may differ; rows are padded on the right. Unknown tokens become <unk>.

    Raises:
        ValueError: no pairs, or an empty source or target (the row is named).
    """
    if not pairs:
        raise ValueError("no pairs to collate: a batch needs at least one")
    _refuse_empty(pairs)
    src, src_len = padded([pair.src for pair in pairs], src_vocab)
    tgt, tgt_len = padded([pair.tgt for pair in pairs], tgt_vocab)
    return Batch(src, src_len, *shifted(tgt, tgt_len))


def padded(
    sequences: Sequence[Sequence[str]], vocab: Vocab, *, strict: bool = False
) -> tuple[Int[Tensor, "b n"], Int[Tensor, " b"]]:
    """The ids of the sequences, filled up with `PAD` on the right, and their lengths.

    With ``strict``, an unknown token is an error, as in `Vocab.encode`.
    """
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    inside = torch.arange(int(lengths.max())) < lengths[:, None]  # [b, n]
    ids = torch.full(inside.shape, PAD)
    # all tokens at once: a list of ids for each sequence would take far longer
    tokens = vocab.encode(chain.from_iterable(sequences), strict)
    ids[inside] = torch.tensor(tokens, dtype=torch.long)
    return ids, lengths


def shifted(
    y: Int[Tensor, "b m"], lengths: Int[Tensor, " b"]
) -> tuple[Int[Tensor, "b m+1"], Int[Tensor, "b m+1"]]:
    """tgt_in = (<s>, y), tgt_out = (y, </s>), for rows y of these lengths."""
    tgt_out = functional.pad(y, (0, 1), value=PAD).scatter(1, lengths[:, None], EOS)
    return functional.pad(y, (1, 0), value=BOS), tgt_out


def _refuse_empty(pairs: Sequence[Pair]) -> None:
    for row, pair in enumerate(pairs):
        for side, tokens in (("source", pair.src), ("target", pair.tgt)):
            if not tokens:
                raise ValueError(f"row {row}: the {side} is empty; leave it out")


class ByLength:
    """One epoch = every pair once, in batches of one exact source length each.

    No source position is padding, so the encoder needs neither packing nor a mask.
    Inside one source length the pairs are shuffled, then sorted by target length and
    cut, so that targets of a batch are of near length. What is left over at the end of
    a length is yielded as a smaller batch: nothing is lost. The batches then come in
    shuffled order.

    The shuffle depends on (seed, epoch) alone. Every pass takes the next epoch;
    `set_epoch` chooses it. Everything is encoded once, here.

    Args:
        pairs: the pairs of one part of a `Task`.
        src_vocab: vocabulary of the sources.
        tgt_vocab: vocabulary of the targets.
        batch_size: pairs in a full batch.
        seed: seed of the shuffle.
        max_len: longest source or target allowed, in tokens, </s> not counted.
        too_long: "error" raises for a longer pair, "drop" leaves it out and counts it
            in `dropped`.

    Attributes:
        dropped: number of pairs left out because they were too long.
        unknown: number of tokens that are in no vocabulary and became <unk>.
        epoch: the epoch that the next pass will give.

    Raises:
        ValueError: an empty source or target, or a pair over `max_len` (the row is
            named); nothing left to batch; a `batch_size` below 1.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        src_vocab: Vocab,
        tgt_vocab: Vocab,
        batch_size: int,
        *,
        seed: int = 0,
        max_len: int | None = None,
        too_long: str = "error",
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}, it must be at least 1")
        if too_long not in ("error", "drop"):
            raise ValueError(f"too_long is {too_long!r}, not 'error' or 'drop'")
        self.batch_size, self.seed, self.epoch = batch_size, seed, 0
        _refuse_empty(pairs)
        by_length: dict[int, list[Pair]] = defaultdict(list)
        for row, pair in enumerate(pairs):
            longest = max(len(pair.src), len(pair.tgt))
            if max_len is None or longest <= max_len:
                by_length[len(pair.src)].append(pair)
            elif too_long == "error":
                raise ValueError(
                    f"row {row}: a sequence has {longest} tokens, max_len is "
                    f"{max_len}; raise max_len or pass too_long='drop'"
                )
        if not by_length:
            raise ValueError(f"nothing to batch: {len(pairs)} pairs given, all dropped")
        groups = [by_length[n] for n in sorted(by_length)]
        self.dropped = len(pairs) - sum(len(group) for group in groups)
        self._groups = [
            (collate(g, src_vocab, tgt_vocab), torch.tensor([len(p.tgt) for p in g]))
            for g in groups
        ]
        ids = [ids for g, _ in self._groups for ids in (g.src, g.tgt_out)]
        self.unknown = sum(int((x == UNK).sum()) for x in ids)

    def __len__(self) -> int:
        """Batches in one epoch, the same for every epoch."""
        return sum(-(-len(g.src) // self.batch_size) for g, _ in self._groups)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, and with it the shuffle, of the next pass."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[Batch]:
        """The batches of one epoch; the next pass gives the next epoch."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        self.epoch += 1
        cuts = []
        for group, tgt_len in self._groups:
            order = torch.randperm(len(tgt_len), generator=generator)
            # a stable sort keeps the shuffle among targets of equal length
            order = order[torch.argsort(tgt_len[order], stable=True)]
            for rows in order.split(self.batch_size):
                m = int(tgt_len[rows[-1]]) + 1  # the longest is last; + 1 for </s>
                cuts.append((group, rows, m))
        for j in torch.randperm(len(cuts), generator=generator).tolist():
            group, rows, m = cuts[j]
            src, src_len, tgt_in, tgt_out = (x[rows] for x in group)
            yield Batch(src, src_len, tgt_in[:, :m], tgt_out[:, :m])
