"""Pictures with captions and gold boxes, and batches of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .batching import counts, padded, shifted
from .vocab import PAD, Vocab

Box = tuple[int, int, int, int]  # top, left, bottom, right; the last two lie outside


class Picture(NamedTuple):
    """One image, its caption, and for each word the box of what it names, or None."""

    image: Float[Tensor, "channels height width"]
    words: tuple[str, ...]
    boxes: tuple[Box | None, ...]


class PictureBatch(NamedTuple):
    """tgt_in = (<s>, y_1 .. y_m), tgt_out = (y_1 .. y_m, </s>), padded on the right."""

    image: Float[Tensor, "b channels height width"]
    tgt_in: Int[Tensor, "b m"]
    tgt_out: Int[Tensor, "b m"]

    def to(self, device: torch.device | str) -> "PictureBatch":
        """The same batch on another device."""
        return PictureBatch(*(x.to(device) for x in self))


@dataclass(frozen=True, repr=False)
class PictureTask:
    """One data set of pictures of one size, in three parts, with its vocabulary."""

    name: str
    train: tuple[Picture, ...]
    val: tuple[Picture, ...]
    test: tuple[Picture, ...]
    vocab: Vocab
    about: str

    def __repr__(self) -> str:
        """Counts only, as `Task`."""
        sizes = counts(self.train, self.val, self.test)
        return f"PictureTask({self.name}: {sizes} pictures; {len(self.vocab)} tokens)"


def collate_pictures(pictures: Sequence[Picture], vocab: Vocab) -> PictureBatch:
    """Stack the images; tgt_in = (<s>, y), tgt_out = (y, </s>), in the order given.

    Raises:
        ValueError: no pictures, or a word that is not in the vocabulary.
    """
    if not pictures:
        raise ValueError("no pictures to collate: a batch needs at least one")
    y, lengths = padded([p.words for p in pictures], vocab, strict=True)
    return PictureBatch(torch.stack([p.image for p in pictures]), *shifted(y, lengths))


class Shuffled:
    """One epoch = every picture once, in shuffled batches.

    The shuffle depends on (seed, epoch) alone. Every pass takes the next epoch;
    `set_epoch` chooses it. Everything is encoded and stacked once, here.

    Args:
        pictures: the pictures of one part of a `PictureTask`.
        vocab: vocabulary of the captions.
        batch_size: pictures in a full batch; the last one may be smaller.
        seed: seed of the shuffle.

    Raises:
        ValueError: no pictures, an unknown word, or a `batch_size` below 1.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        vocab: Vocab,
        batch_size: int,
        *,
        seed: int = 0,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}, it must be at least 1")
        self.batch_size, self.seed, self.epoch = batch_size, seed, 0
        self._all = collate_pictures(pictures, vocab)

    def __len__(self) -> int:
        """Batches in one epoch."""
        return -(-len(self._all.image) // self.batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, and with it the shuffle, of the next pass."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[PictureBatch]:
        """The batches of one epoch; the next pass gives the next epoch."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        self.epoch += 1
        order = torch.randperm(len(self._all.image), generator=generator)
        for rows in order.split(self.batch_size):
            image, tgt_in, tgt_out = (x[rows] for x in self._all)
            m = int((tgt_out != PAD).sum(1).max())
            yield PictureBatch(image, tgt_in[:, :m], tgt_out[:, :m])
