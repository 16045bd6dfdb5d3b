"""Pairs of sequences, and batches of them that need no padding of the source."""

import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
        return (
            f"{type(self).__name__}({self.name}: {len(self.train):,} train, "
            f"{len(self.val):,} val, {len(self.test):,} test pairs; "
            f"{len(self.src_vocab)} source and {len(self.tgt_vocab)} target tokens)"
        )


def split_of(key: str) -> Literal["train", "val", "test"]:
    """crc32(key) mod 20: 0 is test, 1 is val, the other eighteen are train.

    The rule needs no list and no seed, so an item stays in its part for ever, on every
    machine and whatever else is loaded beside it.
    """
    remainder = zlib.crc32(key.encode()) % 20
    return "test" if remainder == 0 else "val" if remainder == 1 else "train"


def collate(pairs: Sequence[Pair], src_vocab: Vocab, tgt_vocab: Vocab) -> Batch:
    """tgt_in = (<s>, y), tgt_out = (y, </s>), rows in the order of `pairs`.

    Lengths may differ; rows are padded on the right. Unknown tokens become <unk>.

    Raises:
        ValueError: no pairs, or an empty source or target (the row is named).
    """
    if not pairs:
        raise ValueError("no pairs to collate: a batch needs at least one")
    src, tgt = _Rows(), _Rows()
    for row, pair in enumerate(pairs):
        _check_not_empty(row, pair)
        src.append(src_vocab.encode(pair.src))
        tgt.append(tgt_vocab.encode(pair.tgt))
    x, src_len, _, tgt_in, tgt_out = _stack(src, tgt)
    return Batch(x, src_len, tgt_in, tgt_out)


class ByLength:
    """One epoch = every pair once, in batches of one exact source length each.

    No source position is padding, so the encoder needs neither packing nor a mask.
    Inside one source length the pairs are shuffled, then sorted by target length and
    cut, so that targets of a batch are of near length. What is left over at the end of
    a length is yielded as a smaller batch: nothing is lost. The batches then come in
    shuffled order.

    The shuffle depends on (seed, epoch) alone. Every `iter()` takes the next epoch;
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
        epoch: the epoch that the next `iter()` will give.

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
        self.dropped = self.unknown = 0
        by_length: dict[int, tuple[_Rows, _Rows]] = {}
        for row, pair in enumerate(pairs):
            _check_not_empty(row, pair)
            longest = max(len(pair.src), len(pair.tgt))
            if max_len is not None and longest > max_len:
                if too_long == "error":
                    raise ValueError(
                        f"row {row}: a sequence has {longest} tokens, max_len is "
                        f"{max_len}; raise max_len or pass too_long='drop'"
                    )
                self.dropped += 1
                continue
            src, tgt = src_vocab.encode(pair.src), tgt_vocab.encode(pair.tgt)
            self.unknown += src.count(UNK) + tgt.count(UNK)
            if len(src) not in by_length:
                by_length[len(src)] = _Rows(), _Rows()
            for rows, ids in zip(by_length[len(src)], (src, tgt), strict=True):
                rows.append(ids)
        if not by_length:
            raise ValueError(f"nothing to batch: {len(pairs)} pairs given, all dropped")
        self._groups: list[_Group] = []
        for n in sorted(by_length):
            x, _, tgt_len, tgt_in, tgt_out = _stack(*by_length[n])
            self._groups.append(_Group(x, tgt_len, tgt_in, tgt_out))

    def __len__(self) -> int:
        """Batches in one epoch, the same for every epoch."""
        return sum(-(-len(g.src) // self.batch_size) for g in self._groups)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, and with it the shuffle, of the next `iter()`."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[Batch]:
        """The batches of one epoch; the next call gives the next epoch."""
        epoch = self.epoch
        self.epoch += 1
        return self._batches(epoch)

    def _batches(self, epoch: int) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        cuts: list[tuple[_Group, Tensor]] = []
        for group in self._groups:
            order = torch.randperm(len(group.src), generator=generator)
            # a stable sort keeps the shuffle among targets of equal length
            order = order[torch.argsort(group.tgt_len[order], stable=True)]
            cuts += [(group, rows) for rows in order.split(self.batch_size)]
        for j in torch.randperm(len(cuts), generator=generator).tolist():
            group, rows = cuts[j]
            m = int(group.tgt_len[rows[-1]]) + 1  # the longest is last; + 1 for </s>
            yield Batch(
                group.src[rows],
                torch.full((len(rows),), group.src.shape[1]),
                group.tgt_in[rows, :m],
                group.tgt_out[rows, :m],
            )


class _Group(NamedTuple):
    """All pairs of one source length."""

    src: Int[Tensor, "p n"]
    tgt_len: Int[Tensor, " p"]
    tgt_in: Int[Tensor, "p m"]
    tgt_out: Int[Tensor, "p m"]


class _Rows:
    """Rows of ids, end to end in one buffer: lists of lists would be far slower."""

    def __init__(self) -> None:
        self.flat = array("q")
        self.lengths = array("q")

    def append(self, ids: list[int]) -> None:
        self.flat.extend(ids)
        self.lengths.append(len(ids))

    def padded(self) -> tuple[Int[Tensor, "b n"], Int[Tensor, " b"]]:
        """The rows, filled up with PAD, and their lengths."""
        lengths = torch.frombuffer(self.lengths, dtype=torch.int64).clone()
        n = int(lengths.max())
        rows = torch.full((len(lengths), n), PAD)
        rows[torch.arange(n) < lengths[:, None]] = torch.frombuffer(
            self.flat, dtype=torch.int64
        )
        return rows, lengths


def _stack(src: _Rows, tgt: _Rows) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """src, src_len, tgt_len, tgt_in = (<s>, y), tgt_out = (y, </s>)."""
    x, src_len = src.padded()
    y, tgt_len = tgt.padded()
    tgt_in = functional.pad(y, (1, 0), value=BOS)
    tgt_out = functional.pad(y, (0, 1), value=PAD).scatter(1, tgt_len[:, None], EOS)
    return x, src_len, tgt_len, tgt_in, tgt_out


def _check_not_empty(row: int, pair: Pair) -> None:
    for side, tokens in (("source", pair.src), ("target", pair.tgt)):
        if not tokens:
            raise ValueError(f"row {row}: the {side} is empty; leave such pairs out")
