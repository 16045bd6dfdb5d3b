"""Search for an output: greedy and beam, over ``decoder.step`` alone.

Put the model in eval mode first (`course_lib.train.fit` leaves it there): a dropout
that is still on makes every search a random one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .data.batching import Pair, collate
from .data.vocab import BOS, EOS, PAD, Vocab
from .decoders import Decoder
from .encoders import Memory
from .models import Seq2Seq


class Decoded(NamedTuple):
    """Greedy output: tokens up to and with EOS, then PAD; weights, 0 behind EOS."""

    tokens: Int[Tensor, "b m"]
    alpha: Float[Tensor, "b m n"] | None


class Hypothesis(NamedTuple):
    """One output of a beam: tokens without EOS, and how probable they are."""

    tokens: list[int]
    log_prob: float  # natural logarithm, EOS included
    score: float  # log_prob over the length penalty
    alpha: Float[Tensor, "m n"] | None  # a row a token, EOS included
    finished: bool  # False: cut off at max_len


@torch.no_grad()
def greedy(decoder: Decoder, memory: Memory, *, max_len: int) -> Decoded:
    """y_t = argmax_y p(y | y_1 … y_{t-1}, x), until every sentence has its EOS.

    Args:
        decoder: any decoder.
        memory: what the encoder returned.
        max_len: the longest output, EOS included.

    Raises:
        ValueError: if max_len < 1.
    """
    _check_len(max_len)
    state = decoder.init(memory)
    y = memory.s0.new_full((len(memory.s0),), BOS, dtype=torch.long)
    done = torch.zeros_like(y, dtype=torch.bool)
    tokens, weights = [], []
    for _ in range(max_len):
        logits, state, alpha = decoder.step(y, state)
        y = logits.argmax(-1).masked_fill(done, PAD)
        tokens.append(y)
        if alpha is not None:
            weights.append(alpha.masked_fill(done[:, None], 0.0))
        done = done | (y == EOS)
        if done.all():
            break
    return Decoded(torch.stack(tokens, 1), torch.stack(weights, 1) if weights else None)


@torch.no_grad()
def beam(
    decoder: Decoder,
    memory: Memory,
    *,
    width: int,
    max_len: int,
    length_penalty: float = 0.0,
) -> list[list[Hypothesis]]:
    """The best outputs by log p(y | x) / ((5 + |y|) / 6)^length_penalty.

    All beams of all sentences are the rows of one tensor.  A step extends each
    unfinished prefix by every token and keeps the `width` most probable; those that
    end in EOS leave the beam.  A sentence is done when `width` outputs have ended.

    Args:
        decoder: any decoder.
        memory: what the encoder returned.
        width: prefixes kept a sentence; 1 is greedy search.
        max_len: the longest output, EOS included; what has not ended by then is
            returned as unfinished, behind the finished ones if those are fewer
            than `width`.
        length_penalty: 0 compares plain log-probabilities, which favours short
            outputs; 0.6 to 1 is usual.

    Returns:
        For each sentence at most `width` hypotheses, the best first.

    Raises:
        ValueError: if width or max_len is below 1.

    Reference:
        Wu et al. 2016, equation 14 (length penalty, without coverage).
    """
    _check_len(max_len)
    if width < 1:
        raise ValueError(f"a beam needs width >= 1, got {width}")
    b, device = len(memory.s0), memory.s0.device
    first = (
        torch.arange(b, device=device)[:, None] * width
    )  # row of a sentence's beam 0
    state = decoder.init(memory).pick(
        torch.arange(b, device=device).repeat_interleave(width)
    )
    y = torch.full((b * width,), BOS, device=device)
    # the beams of a sentence start equal: let only one of them be extended
    log_prob = torch.full((b, width), -torch.inf, device=device)
    log_prob[:, 0] = 0.0

    trail = _Trail([], [], [])
    pool: list[list[Hypothesis]] = [[] for _ in range(b)]
    for t in range(max_len):
        logits, state, alpha = decoder.step(y, state)
        # Twice the width: even if all of the best `width` end, as many go on.
        total = log_prob[..., None] + logits.log_softmax(-1).view(b, width, -1)
        n_vocab = total.shape[-1]
        best, flat = total.flatten(1).topk(2 * width, -1)
        parent, token = flat // n_vocab, flat % n_vocab
        ends = (token == EOS) & best.isfinite()

        for row, rank in ends[:, :width].nonzero().tolist():
            if len(pool[row]) < width:
                hyp = trail.follow(row, int(parent[row, rank]), alpha, width)
                lp = float(best[row, rank])
                pool[row].append(_hypothesis(hyp, lp, t + 1, length_penalty, True))
        if all(len(p) == width for p in pool):
            break

        # the best that go on, in order
        alive = best.masked_fill(ends, -torch.inf)
        log_prob, rank = alive.topk(width, -1)
        if not log_prob.isfinite().any():
            break
        parent, token = parent.gather(1, rank), token.gather(1, rank)
        trail.extend(parent, token, alpha)
        state = state.reorder((first + parent).flatten())
        y = token.flatten()
    else:
        for row, hyps in enumerate(pool):
            for i in range(width - len(hyps)):
                if log_prob[row, i].isfinite():
                    hyp = trail.follow(row, i, None, width)
                    lp = float(log_prob[row, i])
                    hyps.append(_hypothesis(hyp, lp, max_len, length_penalty, False))
    return [sorted(p, key=lambda h: (not h.finished, -h.score)) for p in pool]


class Translation(NamedTuple):
    """The output for one pair, as tokens; alpha has a row a token, the last for EOS."""

    tokens: list[str]
    alpha: Float[Tensor, "m n"] | None


def translate(
    model: Seq2Seq,
    pairs: Sequence[Pair],
    src_vocab: Vocab,
    tgt_vocab: Vocab,
    *,
    max_len: int,
    batch_size: int = 256,
) -> list[Translation]:
    """Greedy outputs for a list of pairs, in its order; targets are not looked at.

    The model is put in eval mode for it.  Weights are cut to each source's own length
    and end with the row of EOS, unless max_len was reached first.

    Args:
        model: trained on the two vocabularies.
        pairs: what to translate.
        src_vocab: vocabulary of the sources.
        tgt_vocab: vocabulary of the outputs.
        max_len: the longest output, EOS included.
        batch_size: pairs decoded together; similar lengths are put together.
    """
    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    found: dict[int, Translation] = {}
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].src))
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = collate([pairs[i] for i in rows], src_vocab, tgt_vocab).to(device)
        with torch.no_grad():
            memory = model.encoder(batch.src, batch.src_len)
        tokens, alpha = greedy(model.decoder, memory, max_len=max_len)
        for r, (i, ids) in enumerate(zip(rows, tokens.tolist(), strict=True)):
            m, n = (ids + [EOS]).index(EOS) + 1, len(pairs[i].src)
            cut = None if alpha is None else alpha[r, :m, :n].cpu()
            found[i] = Translation(tgt_vocab.decode(ids), cut)
    model.train(was_training)
    return [found[i] for i in range(len(pairs))]


def _check_len(max_len: int) -> None:
    if max_len < 1:
        raise ValueError(f"an output needs room for EOS: max_len >= 1, got {max_len}")


def _hypothesis(
    hyp: tuple[list[int], Tensor | None],
    log_prob: float,
    length: int,
    length_penalty: float,
    finished: bool,
) -> Hypothesis:
    score = log_prob / ((5 + length) / 6) ** length_penalty
    return Hypothesis(hyp[0], log_prob, score, hyp[1], finished)


class _Trail(NamedTuple):
    """Back-pointers: for each step, where a beam came from and what it wrote."""

    parents: list[Tensor]  # [b, width] each
    tokens: list[Tensor]
    weights: list[Tensor]  # [b, width, n] each, of the beams before they were chosen

    def extend(self, parent: Tensor, token: Tensor, alpha: Tensor | None) -> None:
        self.parents.append(parent)
        self.tokens.append(token)
        if alpha is not None:
            self.weights.append(alpha.view(*parent.shape, -1))

    def follow(
        self, row: int, i: int, last: Tensor | None, width: int
    ) -> tuple[list[int], Tensor | None]:
        """Tokens and weights of beam i of a sentence, read from the end."""
        tokens: list[int] = []
        weights = [] if last is None else [last.view(-1, width, last.shape[-1])[row, i]]
        for t in range(len(self.tokens) - 1, -1, -1):
            tokens.append(int(self.tokens[t][row, i]))
            i = int(self.parents[t][row, i])
            if self.weights:
                weights.append(self.weights[t][row, i])
        return tokens[::-1], torch.stack(weights[::-1]) if weights else None
