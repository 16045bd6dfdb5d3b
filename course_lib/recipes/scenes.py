"""Captions of drawn scenes: soft and hard attention on one task, at full size."""

import functools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..alignment import anneal, argmax, entropy, gumbel, log_prob, sample, softmax
from ..captioner import CaptionDecoder, Captioner, GridEncoder
from ..data import scenes
from ..data.pictures import (
    Picture,
    PictureBatch,
    PictureTask,
    Shuffled,
    collate_pictures,
)
from ..losses import (
    MovingAverage,
    captioning,
    log_likelihood,
    reinforce,
    reward_to_go,
    token_mean,
)
from ..metrics import (
    attention_mass,
    box_links,
    by_length,
    exact_match,
    pointing_game,
)
from ..search import greedy
from . import Metrics, Place, Recipe, keep, train

SIZE: dict[str, Any] = {
    "shapes in a scene": [1, 3],
    "pictures": 20_000,
    "d": 64,
    "batch": 32,
    "steps": 4000,
    "lr": 3e-3,
    "hard attention begins after": 0.5,
    "entropy": 0.01,
    "lambda, doubly stochastic": 1.0,
}
HARD = ("straight-through", "REINFORCE")
VARIANTS = ("mean of the grid", "soft", "soft, doubly stochastic", *HARD)
MAX_LEN = 10  # words and </s>: three things, two relations, and some to spare


@functools.lru_cache(maxsize=1)
def task() -> PictureTask:
    """The pictures, drawn once for all runs."""
    fewest, most = SIZE["shapes in a scene"]
    sizes = (SIZE["pictures"], 1, 1_000)
    return scenes.load(n_shapes=(fewest, most), sizes=sizes)


def even(e: Tensor, mask: Tensor | None = None) -> Tensor:
    """The same weight for every place, whatever the scores."""
    return softmax(0 * e, mask)


def build(variant: str, n_vocab: int) -> Captioner:
    """The model of a variant; hard ones begin soft.

    Raises:
        ValueError: for an unknown one.
    """
    if variant not in VARIANTS:
        raise ValueError(f"no variant {variant!r}; there are {VARIANTS}")
    d = SIZE["d"]
    align = even if variant == "mean of the grid" else softmax
    encoder = GridEncoder(scenes.SIZE, d, channels=3)
    model = Captioner(encoder, CaptionDecoder(n_vocab, d, d, d, d, align=align))
    for layer in (model.decoder.L_z, model.decoder.L_o):  # as in chapter 7
        torch.nn.init.kaiming_normal_(layer.weight)
    model.baseline = MovingAverage(MAX_LEN)  # saved and resumed with the model
    return model


class Loss:
    """−log p(y); for hard attention, from the middle on, with looks that are drawn."""

    def __init__(self, variant: str):
        self.variant, self.hard = variant, 0.0

    def set_progress(self, progress: float) -> None:
        """How much of the hard part is behind us; negative before it."""
        warm = SIZE["hard attention begins after"]
        self.hard = (progress - warm) / (1 - warm)

    def __call__(self, model: Any, batch: PictureBatch) -> Tensor:
        """The loss of a batch; it sets the decoder's alignment."""
        if self.variant == "soft, doubly stochastic":
            return captioning(model, batch, lam=SIZE["lambda, doubly stochastic"])
        if self.variant not in HARD or self.hard < 0:
            return captioning(model, batch)
        if self.variant == "straight-through":
            tau = anneal(self.hard)
            model.decoder.align = functools.partial(gumbel, tau=tau, hard=True)
            return captioning(model, batch)
        model.decoder.align = sample
        out, y = model(batch.image, batch.tgt_in), batch.tgt_out
        r = log_likelihood(out.logits, y)
        R = reward_to_go(r.detach())
        b = model.baseline(R.shape[1])
        model.baseline.update(R, y)
        where = reinforce(log_prob(out.e, out.alpha), R, y, baseline=b)
        spread = token_mean(entropy(out.e), y)
        return -token_mean(r, y) + where - SIZE["entropy"] * spread


def run(variant: str, seed: int, place: Place) -> Metrics:
    """Train one captioner; hard ones are tested with the one place of highest score."""
    drawn = task()
    torch.manual_seed(seed)
    model = build(variant, len(drawn.vocab))
    batches = Shuffled(drawn.train, drawn.vocab, SIZE["batch"], seed=seed)
    train(model, batches, SIZE, seed, place, loss=Loss(variant))
    if variant in HARD:
        model.decoder.align = argmax
    numbers = keep(model, place)
    return evaluate(model, drawn, drawn.test) | {"parameters": numbers}


@torch.no_grad()
def evaluate(
    model: Captioner, drawn: PictureTask, pictures: Sequence[Picture]
) -> Metrics:
    """Captions right to the last word, and where each word of a thing was looked for.

    "pointing" is the share of words whose highest weight lies in the word's box,
    "attention in the box" the weight inside; both with the true past.
    """
    device = next(model.parameters()).device
    batch = collate_pictures(pictures, drawn.vocab).to(device)
    written = greedy(model.decoder, model.encoder(batch.image), max_len=MAX_LEN)
    hyps = [drawn.vocab.decode(row) for row in written.tokens.tolist()]
    refs, lengths = [[p.words] for p in pictures], [len(p.words) for p in pictures]
    right = by_length(exact_match, hyps, refs, lengths, width=1)
    out = model(batch.image, batch.tgt_in)
    alphas = [a[: len(p.words)].cpu() for a, p in zip(out.alpha, pictures, strict=True)]
    boxes = [p.boxes for p in pictures]
    shapes: dict[str, Any] = {"grid": model.encoder.grid, "size": scenes.SIZE}
    links = [box_links(item, **shapes) for item in boxes]
    return {
        "captions right": exact_match(hyps, refs),
        **{f"captions right, {n} words": share for n, share in right.items()},
        "pointing": pointing_game(alphas, boxes, **shapes),
        "attention in the box": attention_mass(alphas, links),
    }


RECIPES = (
    Recipe(
        "scenes",
        "Captions of drawn scenes: does one place at a time do as well as all?",
        VARIANTS,
        (),
        SIZE,
        (5, None),
        run,
    ),
)
