"""Search for an output: greedy, beam and sampling, over ``decoder.step`` alone.

Put the model in eval mode first (`course_lib.train.fit` leaves it there): a dropout
that is still on makes every search a random one.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor

from .data.batching import Pair, padded
from .data.vocab import BOS, EOS, PAD, Vocab
from .decoders import Decoder
from .encoders import Memory
from .models import Seq2Seq

P = Float[Tensor, "*b n_vocab"]
Constrain = Callable[[Int[Tensor, "r t"], Int[Tensor, " r"]], Bool[Tensor, "r n_vocab"]]


class Decoded(NamedTuple):
    """Greedy output: tokens up to and with EOS, then PAD; weights, 0 behind EOS."""

    tokens: Int[Tensor, "b m"]
    alpha: Float[Tensor, "b m n"] | None


class Sampled(NamedTuple):
    """Sampled output, as `Decoded`, and how probable the model finds each token."""

    tokens: Int[Tensor, "b m"]
    alpha: Float[Tensor, "b m n"] | None
    log_probs: Float[Tensor, "b m"]  # log p(y_t | y_1 … y_{t-1}, x), 0 behind EOS


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
    return _write(decoder, memory, max_len, lambda logits: logits.argmax(-1))


@torch.no_grad()
def sample(
    decoder: Decoder,
    memory: Memory,
    *,
    max_len: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: Generator | None = None,
) -> Sampled:
    """y_t ~ truncate(softmax(logits_t / τ)), until every sentence has its EOS.

    ``log_probs`` are the model's own, without temperature and truncation: those of
    teacher forcing.  For several outputs a sentence, repeat the rows of the memory.

    Args:
        decoder: any decoder.
        memory: what the encoder returned.
        max_len: the longest output, EOS included.
        temperature: τ; below 1 the likely gets likelier, towards 0 it is `greedy`.
        top_k: see `truncate`.
        top_p: see `truncate`.
        generator: source of the draws, on the device of the memory.

    Raises:
        ValueError: if max_len or top_k is below 1, the temperature is not positive
            or top_p is outside (0, 1].
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}; 0: greedy")
    log_probs = []

    def draw(logits: Tensor) -> Tensor:
        log_p = logits.log_softmax(-1)
        p = truncate((log_p / temperature).softmax(-1), top_k=top_k, top_p=top_p)
        y = torch.multinomial(p, 1, generator=generator)
        log_probs.append(log_p.gather(1, y)[:, 0])
        return y[:, 0]

    tokens, alpha = _write(decoder, memory, max_len, draw)
    ends = (tokens == EOS).long()
    behind = (ends.cumsum(1) - ends).bool()
    return Sampled(tokens, alpha, torch.stack(log_probs, 1).masked_fill(behind, 0.0))


def truncate(p: P, *, top_k: int | None = None, top_p: float | None = None) -> P:
    """q(y) = p(y) / Σ_{y' ∈ S} p(y') for y in S, and 0 elsewhere.

    S is the k most probable tokens, then of these the fewest, the most probable
    first, that hold the share ``top_p`` of their mass: the nucleus.

    Args:
        p: probabilities.
        top_k: tokens kept at most; None keeps all.
        top_p: mass kept at least; None or 1 keeps all.

    Raises:
        ValueError: if top_k < 1 or top_p is outside (0, 1].

    Reference:
        Fan, Lewis & Dauphin 2018 (top-k); Holtzman et al. 2020, section 3.1 (nucleus).
    """
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must keep a token: top_k >= 1, got {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is a share of the mass in (0, 1], got {top_p}")
    if top_k is None and (top_p is None or top_p == 1):
        return p
    mass, token = p.sort(-1, descending=True)
    if top_k is not None:
        mass[..., top_k:] = 0.0
    if top_p is not None and top_p < 1:
        before = mass.cumsum(-1) - mass
        mass[before >= top_p * mass.sum(-1, keepdim=True)] = 0.0
    mass /= mass.sum(-1, keepdim=True)
    return torch.empty_like(p).scatter_(-1, token, mass)


@torch.no_grad()
def beam(
    decoder: Decoder,
    memory: Memory,
    *,
    width: int,
    max_len: int,
    length_penalty: float = 0.0,
    constrain: Constrain | None = None,
) -> list[list[Hypothesis]]:
    """The best outputs by log p(y | x) / ((5 + |y|) / 6)^length_penalty.

    All beams of all sentences are the rows of one tensor.  A step extends each
    unfinished prefix by every token and keeps the `width` most probable; those that
    end in EOS leave the beam.  A sentence is done when `width` outputs have ended and
    no prefix that goes on scores more than the best of them, each at its length now.
    Without a length penalty nothing is lost by that: a prefix only gets less probable.

    Args:
        decoder: any decoder.
        memory: what the encoder returned.
        width: prefixes kept a sentence; 1 is greedy search.
        max_len: the longest output, EOS included; what has not ended by then is
            returned as unfinished, behind the finished ones if those are fewer
            than `width`.
        length_penalty: 0 compares plain log-probabilities, which favours short
            outputs; 0.6 to 1 is usual.
        constrain: ``constrain(prefix, rows)`` says for each unfinished prefix [r, t]
            which tokens may follow, True = allowed; rows [r] are the sentences, from 0,
            that the prefixes belong to. What it forbids is never written; log_prob
            stays the model's own. It must allow EOS somewhere. None allows all.

    Returns:
        For each sentence at most `width` hypotheses, the best first; none where nothing
        that is allowed was found.

    Raises:
        ValueError: if width or max_len is below 1.

    Reference:
        Wu et al. 2016, equation 14 (length penalty, without coverage).
    """
    _check_len(max_len)
    if width < 1:
        raise ValueError(f"a beam needs width >= 1, got {width}")
    b, device = len(memory.s0), memory.s0.device
    rows = torch.arange(b, device=device)[:, None]  # sentences
    state = decoder.init(memory)
    y = torch.full((b,), BOS, device=device)
    log_prob = memory.s0.new_zeros(b, 1)  # of each beam: a sentence starts with one

    # of each token of each beam: which it is, and which row of all weights is its own
    trail = torch.empty((b, 1, 0, 2), dtype=torch.long, device=device)
    weights: list[Tensor] = []
    ended: list[tuple[Tensor, Tensor, Tensor]] = []  # sentence, trail, log_prob
    offset = 0
    room = torch.full((b, 1), width, device=device)  # outputs that are still missing
    champion = log_prob - torch.inf  # the best score of those that have ended
    done = champion > 0
    for t in range(max_len):
        logits, state, alpha = decoder.step(y, state)
        if alpha is not None:
            weights.append(alpha)
        live, n_vocab = log_prob.shape[1], logits.shape[1]
        total = logits.log_softmax(-1).view(b, live, n_vocab) + log_prob[..., None]
        if constrain is not None:  # before the choice: the beam is filled with others
            prefix = trail[..., 0].flatten(0, 1)
            may = constrain(prefix, rows.expand(b, live).flatten())
            total = total.masked_fill(~may.view_as(total), -torch.inf)
        # Twice the width: even if all of the best `width` end, as many go on.
        best, flat = total.flatten(1).topk(min(2 * width, live * n_vocab), -1)
        parent, token = flat // n_vocab, flat % n_vocab
        row = rows * live + parent
        new = torch.stack([token, offset + row], -1)
        trail = torch.cat([trail[rows, parent], new[:, :, None]], 2)
        offset += b * live

        ends = (token == EOS) & (best > -torch.inf)
        penalty = ((6 + t) / 6) ** length_penalty  # of t + 1 tokens
        leave = ends[:, :width] & ~done
        if leave.any():
            room = room - leave.sum(1, keepdim=True)
            who = leave.nonzero(as_tuple=True)
            ended.append((who[0], trail[who], best[who]))
            first = best[:, :width].masked_fill(~leave, -torch.inf)
            champion = champion.maximum(first.amax(1, keepdim=True) / penalty)

        # the best that go on, in order
        best = best.masked_fill(ends, -torch.inf)
        log_prob, rank = best.topk(min(width, best.shape[1]), -1)
        done = done | ((room <= 0) & (log_prob[:, :1] / penalty <= champion))
        if done.all():
            break
        trail = trail[rows, rank]
        move = state.reorder if log_prob.shape[1] == live else state.pick
        state = move(row.gather(1, rank).flatten())
        y = token.gather(1, rank).flatten()
    else:
        rank = torch.arange(log_prob.shape[1], device=device)
        cut = (log_prob > -torch.inf) & (rank < room)
        who = cut.nonzero(as_tuple=True)
        ended.append((who[0], trail[who], log_prob[who]))

    found: list[list[Hypothesis]] = [[] for _ in range(b)]
    every = torch.cat(weights) if weights else None
    for which, outputs, lps in ended:
        ids, own = outputs.unbind(-1)
        alphas = [None] * len(own) if every is None else every[own]
        for i, out, lp, alpha in zip(
            which.tolist(), ids.tolist(), lps.tolist(), alphas, strict=True
        ):
            score = lp / ((5 + len(out)) / 6) ** length_penalty
            finished = out[-1] == EOS
            tokens = out[:-1] if finished else out
            found[i].append(Hypothesis(tokens, lp, score, alpha, finished))
    return [
        sorted(hyps, key=lambda h: (not h.finished, -h.score))[:width] for hyps in found
    ]


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
    width: int = 1,
    length_penalty: float = 0.0,
    constrain: Callable[[Sequence[Pair]], Constrain] | None = None,
    batch_size: int = 256,
) -> list[Translation]:
    """The best output for each of a list of pairs; targets are not looked at.

    The model is put in eval mode for it.  Weights are cut to each source's own length
    and end with the row of EOS, unless max_len was reached first.

    Args:
        model: trained on the two vocabularies.
        pairs: what to translate; ``Pair(src, ())`` where no target is known.
        src_vocab: vocabulary of the sources.
        tgt_vocab: vocabulary of the outputs.
        max_len: the longest output, EOS included.
        width: of the `beam`; 1 is `greedy` search.
        length_penalty: see `beam`.
        constrain: ``constrain(pairs)`` gives what `beam` takes, for the pairs that are
            decoded together. Where nothing that it allows is found, the output is
            empty and has no weights.
        batch_size: pairs decoded together; similar lengths are put together.

    Returns:
        One output a pair, in the order of the pairs.

    Raises:
        ValueError: if width or max_len is below 1, or a source is empty.
    """
    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    found: dict[int, Translation] = {}
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].src))
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        together = [pairs[i] for i in rows]
        src, src_len = padded([pair.src for pair in together], src_vocab)
        with torch.no_grad():
            memory = model.encoder(src.to(device), src_len.to(device))
        if width == 1 and constrain is None:
            tokens, alpha = greedy(model.decoder, memory, max_len=max_len)
            outputs = tokens.tolist()
            weights = [None] * len(rows) if alpha is None else list(alpha)
        else:
            bound = None if constrain is None else constrain(together)
            beams = beam(
                model.decoder,
                memory,
                width=width,
                max_len=max_len,
                length_penalty=length_penalty,
                constrain=bound,
            )
            outputs = [hyps[0].tokens if hyps else [] for hyps in beams]
            weights = [hyps[0].alpha if hyps else None for hyps in beams]
        for i, ids, own in zip(rows, outputs, weights, strict=True):
            m, n = (ids + [EOS]).index(EOS) + 1, len(pairs[i].src)
            cut = None if own is None else own[:m, :n].cpu()
            found[i] = Translation(tgt_vocab.decode(ids), cut)
    model.train(was_training)
    return [found[i] for i in range(len(pairs))]


def _check_len(max_len: int) -> None:
    if max_len < 1:
        raise ValueError(f"an output needs room for EOS: max_len >= 1, got {max_len}")


def _write(
    decoder: Decoder, memory: Memory, max_len: int, choose: Callable[[Tensor], Tensor]
) -> Decoded:
    """One output a sentence; ``choose(logits)`` gives the next tokens."""
    _check_len(max_len)
    state = decoder.init(memory)
    y = memory.s0.new_full((len(memory.s0),), BOS, dtype=torch.long)
    done = torch.zeros_like(y, dtype=torch.bool)
    tokens, weights = [], []
    for _ in range(max_len):
        logits, state, alpha = decoder.step(y, state)
        y = choose(logits).masked_fill(done, PAD)
        tokens.append(y)
        if alpha is not None:
            weights.append(alpha.masked_fill(done[:, None], 0.0))
        done = done | (y == EOS)
        if done.all():
            break
    return Decoded(torch.stack(tokens, 1), torch.stack(weights, 1) if weights else None)
