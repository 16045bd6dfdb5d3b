"""What training makes small: the mean cost of the right token."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from .data.batching import Batch
from .data.vocab import PAD
from .models import Seq2Seq


def cross_entropy(
    logits: Float[Tensor, "b m V"],
    tgt_out: Int[Tensor, "b m"],
    *,
    label_smoothing: float | int = 0.0,
) -> Float[Tensor, ""]:
    """L = −(1/|Y|) Σ_{t ∈ Y} Σ_w q_t(w) log p_t(w), over the real target tokens Y.

    p_t = softmax(logits_t), and q_t(w) = (1 − ε)·[w = y_t] + ε/V, with ε =
    ``label_smoothing``; without smoothing this is the mean of −log p_t(y_t).
    Y holds every position whose target is not padding, so each token counts the
    same, in whatever batch it comes.

    Padded positions are cut out before the softmax, not masked after it: they cost
    nothing. Half-precision logits are summed in float32.

    Raises:
        ValueError: if the shapes disagree, if no target is left once padding is
            taken away, or if ``label_smoothing`` is outside [0, 1].

    Reference:
        Szegedy et al. 2016, section 7, for label smoothing.
    """
    if logits.shape[:-1] != tgt_out.shape:
        raise ValueError(
            f"logits {tuple(logits.shape)} need one row for each target token, "
            f"but tgt_out is {tuple(tgt_out.shape)}: expected [b, m, V] and [b, m]"
        )
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be in [0, 1], not {label_smoothing}")
    logits, targets = logits.flatten(0, -2), tgt_out.flatten()
    rows = (targets != PAD).nonzero().squeeze(1)
    if len(rows) == 0:
        raise ValueError(
            f"the batch {tuple(tgt_out.shape)} has no target token: every position is "
            "padding, so a mean is undefined; leave such batches out"
        )
    if len(rows) < len(targets):
        logits, targets = logits.index_select(0, rows), targets[rows]
    if logits.dtype in (torch.float16, torch.bfloat16):
        logits = logits.float()
    return F.cross_entropy(logits, targets, label_smoothing=label_smoothing)


def teacher_forcing(model: Seq2Seq, batch: Batch) -> Float[Tensor, ""]:
    """L = −(1/|Y|) Σ_t log p(y_t | y_1 … y_{t-1}, x), the past being the gold one.

    The loss of every sequence-to-sequence model of the course, as `train.fit` takes it.
    """
    logits, _ = model(batch.src, batch.tgt_in, batch.src_len)
    return cross_entropy(logits, batch.tgt_out)
