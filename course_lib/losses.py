"""What training makes small: the cost of the right token, and terms beside it.

Hard attention that samples adds `reinforce`; with out = model(image, tgt_in),

    r = log_likelihood(out.logits, tgt_out)
    R = reward_to_go(r)
    L = -token_mean(r, tgt_out)
    L += reinforce(log_prob(out.e, out.alpha), R, tgt_out, baseline=b)
    L -= lam * token_mean(entropy(out.e), tgt_out)
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from .captioner import Captioner
from .data.batching import Batch
from .data.pictures import PictureBatch
from .data.vocab import PAD
from .encoders import Mask
from .models import Seq2Seq

Targets = Int[Tensor, "b m"]
R = Float[Tensor, "b m"]  # a number for each step
Loss = Float[Tensor, ""]


def cross_entropy(
    logits: Float[Tensor, "b m V"], tgt_out: Targets, *, label_smoothing: float = 0.0
) -> Loss:
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


def teacher_forcing(
    model: Seq2Seq, batch: Batch, *, label_smoothing: float = 0.0
) -> Loss:
    """L = −(1/|Y|) Σ_t log p(y_t | y_1 … y_{t-1}, x), the past being the gold one.

    The loss of every sequence-to-sequence model of the course, as `train.fit` takes it;
    ``label_smoothing`` is that of `cross_entropy`.
    """
    logits, _ = model(batch.src, batch.tgt_in, batch.src_len)
    return cross_entropy(logits, batch.tgt_out, label_smoothing=label_smoothing)


def captioning(model: Captioner, batch: PictureBatch, *, lam: float = 0.0) -> Loss:
    """L = −(1/|Y|) Σ_t log p(y_t | y_1 … y_{t-1}, image) + λ `doubly_stochastic`.

    Reference:
        Xu et al. 2015, section 4.2.1.
    """
    out = model(batch.image, batch.tgt_in)
    loss = cross_entropy(out.logits, batch.tgt_out)
    return loss + lam * doubly_stochastic(out.alpha, batch.tgt_out) if lam else loss


def doubly_stochastic(
    alpha: Float[Tensor, "b m n"], tgt_out: Targets, mask: Mask = None
) -> Loss:
    """(1/b) Σ_images Σ_i (1 − Σ_t α_{t,i})²: every place is looked at once in all.

    Rows of α sum to 1 by themselves; this asks the same of the columns. Words t that
    are padding do not look, places i that are hidden are not asked for.

    Reference:
        Xu et al. 2015, section 4.2.1.
    """
    looked = (alpha * (tgt_out != PAD)[..., None]).sum(1)
    missed = (1 - looked) ** 2
    if mask is not None:
        missed = missed.masked_fill(~mask[:, 0], 0.0)
    return missed.sum(-1).mean()


def token_mean(x: R, tgt_out: Targets) -> Loss:
    """(1/|Y|) Σ_{t ∈ Y} x_t over the real target tokens Y, as in `cross_entropy`."""
    real = tgt_out != PAD
    return x.masked_fill(~real, 0.0).sum() / real.sum()


def log_likelihood(logits: Float[Tensor, "b m V"], tgt_out: Targets) -> R:
    """r_t = log p(y_t), 0 at padding: what a look at step t earns at that step."""
    log_p = logits.log_softmax(-1).gather(-1, tgt_out[..., None])[..., 0]
    return log_p.masked_fill(tgt_out == PAD, 0.0)


def reward_to_go(reward: R) -> R:
    """R_t = Σ_{u ≥ t} r_u: a look is answerable for what follows, not for the past.

    The estimate stays unbiased. With r_t alone in the place of R_t it has a bias, as a
    look also changes the states after it, but far less variance.
    """
    return reward.flip(1).cumsum(1).flip(1)


def reinforce(
    log_prob: R,
    reward: R,
    tgt_out: Targets,
    *,
    baseline: Float[Tensor, "*#b #m"] | float = 0.0,
) -> Loss:
    """L = −(1/|Y|) Σ_{t ∈ Y} (R_t − b_t) log p(l_t), a loss with a useful gradient.

    Its value means nothing. ∇L estimates the part of −∇E[R] that comes from *where*
    the model looks; rewards and baseline are detached. A baseline that does not
    depend on l_t leaves the mean of the estimate alone and lowers its variance.

    Args:
        log_prob: log p(l_t) of the sampled looks, `alignment.log_prob(e, alpha)`.
        reward: R_t; `reward_to_go` of `log_likelihood`, or one of another kind.
        tgt_out: the targets; padding does not count.
        baseline: b_t, from `MovingAverage` or `LearnedBaseline`.

    Raises:
        ValueError: if log_prob carries no gradient: then nothing would be learnt.

    Reference:
        Williams 1992; Xu et al. 2015, section 4.1.
    """
    if not log_prob.requires_grad:
        raise ValueError(
            "log_prob carries no gradient: compute it from the scores e of the model, "
            "alignment.log_prob(out.e, out.alpha), and outside no_grad"
        )
    advantage = torch.as_tensor(reward - baseline).detach()
    return -token_mean(advantage * log_prob, tgt_out)


class MovingAverage(nn.Module):
    """b_t ← ρ b_t + (1 − ρ) R̄_t, with R̄_t the mean reward of step t in a batch.

    Read it before it is updated: then it knows nothing of the batch at hand and the
    estimate stays unbiased. The first update sets b_t = R̄_t. It is a module for its
    buffers' sake: inside the trained model, they are saved and resumed with it.

    Args:
        max_len: the most steps of a target.
        decay: ρ.

    Reference:
        Xu et al. 2015, section 4.1, with one number for each step instead of one.
    """

    b: Tensor
    seen: Tensor

    def __init__(self, max_len: int, decay: float = 0.9):
        super().__init__()
        self.decay = decay
        self.register_buffer("b", torch.zeros(max_len))
        self.register_buffer("seen", torch.zeros(max_len, dtype=torch.bool))

    def forward(self, m: int) -> Float[Tensor, "1 m"]:
        """b_1 … b_m, for `reinforce`.

        Raises:
            ValueError: if m is more than max_len.
        """
        if m > len(self.b):
            raise ValueError(
                f"a target of {m} steps is longer than max_len={len(self.b)}"
            )
        return self.b[None, :m].clone()

    @torch.no_grad()
    def update(self, reward: R, tgt_out: Targets) -> None:
        """Move towards this batch; a step that no target reaches stays as it is."""
        real = tgt_out != PAD
        count, m = real.sum(0), reward.shape[1]
        mean = (reward * real).sum(0) / count.clamp(min=1)
        old = torch.where(self.seen[:m], self.b[:m], mean)
        new = self.decay * old + (1 - self.decay) * mean
        self.b[:m] = torch.where(count > 0, new, self.b[:m])
        self.seen[:m] |= count > 0


class LearnedBaseline(nn.Module):
    """b_t = w · s_{t-1} + w_0: the reward to expect before looking.

    Train it by the mean of (R_t − b_t)², ``token_mean((R - b) ** 2, tgt_out)`` with R
    detached. s_{t-1} is detached: predicting rewards shapes no state.

    Args:
        d_s: width of the decoder's state.

    Reference:
        Mnih et al. 2014, section 3.1.
    """

    def __init__(self, d_s: int):
        super().__init__()
        self.w = nn.Linear(d_s, 1)

    def forward(self, s: Float[Tensor, "b m d_s"]) -> R:
        """b_t from the queries s_{t-1}, `Trace.s`."""
        return self.w(s.detach())[..., 0]
