# Made by exercises/_source/build.py from 01_encoder_decoder.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, differentiable, seeds, unchanged
import math

import torch.nn.functional as F


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def right_loss(logits, tgt_out, pad):
    """Torch's own."""
    return F.cross_entropy(logits.mT, tgt_out, ignore_index=pad)


def loss_mistakes(logits, tgt_out, pad):
    """What a wrong loss is, by a sentence that says what is wrong."""
    log_p = logits.log_softmax(-1)
    chosen = tgt_out[..., None]
    nll = -log_p.gather(-1, chosen)[..., 0]
    p, real = logits.softmax(-1).gather(-1, chosen)[..., 0], tgt_out != pad
    want = nll[real].mean()
    sums, count = nll.where(real, 0.0).sum(1), real.sum(1)
    over_places = -logits.log_softmax(1).gather(-1, chosen)[..., 0]
    first = real.clone()
    first[:, 0] = False
    last = real.clone()
    for row, n in enumerate(count):
        last[row, n - 1] = False
    late = F.cross_entropy(logits[:, :-1].mT, tgt_out[:, 1:], ignore_index=pad)
    return {
        "Softmax first and log afterwards gives log 0; take log_softmax.":
            -p[real].log().mean(),
        "A token with the loss 0 is left out; leave out PAD and nothing else.":
            nll[real & (nll != 0)].mean(),
        "The mean runs over PAD too.": nll.mean(),
        "The sum leaves PAD out, and the count you divide by does not.":
            sums.sum() / tgt_out.numel(),
        "Each sentence is averaged first, so that short ones weigh more.":
            (sums / count).mean(),
        "Each sentence is divided by the width of the batch, then all are added.":
            sums.sum() / tgt_out.shape[1],
        "That is the sum; divide by the number of real tokens.": sums.sum(),
        "The sum is divided by the number of sentences, not of tokens.": sums.mean(),
        "EOS is a real token; it is left out.": nll[last].mean(),
        "The first token is left out.": nll[first].mean(),
        "The targets are shifted already: position t of both belongs together.": late,
        "PAD has the id that is passed as pad, not always 0.":
            right_loss(logits, tgt_out, 0),
        "The softmax is taken twice: these are logits, and one log_softmax is enough.":
            right_loss(logits.softmax(-1), tgt_out, pad),
        **{
            f"{eps:g} added inside the log changes the loss; take log_softmax.":
                -(p[real] + eps).log().mean()
            for eps in (0.01, 1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        },
        **{
            f"A probability cut off at {eps:g} changes the loss; take log_softmax.":
                -p[real].clamp(min=eps).log().mean()
            for eps in (1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        },
        "PAD is what equals pad; greater and smaller ids are words.":
            nll[tgt_out > pad].mean(),
        "PAD is what equals pad; 0 is a word like any other then.":
            nll[real & (tgt_out != 0)].mean(),
        "The last position of the batch is left out.": nll[:, :-1][real[:, :-1]].mean(),
        "Every sentence is cut at the length of the shortest.":
            nll[:, : int(count.min())].mean(),
        "Each position is averaged first; average over all tokens at once.":
            (nll.where(real, 0.0).sum(0) / real.sum(0).clamp(min=1)).mean(),
        "Only the first sentence is counted.": nll[0][real[0]].mean(),
        "That is the most probable word's loss; pick the target's.":
            -log_p.amax(-1)[real].mean(),
        "The targets need no label smoothing.": F.cross_entropy(
            logits.mT, tgt_out, ignore_index=pad, label_smoothing=0.1
        ),
        "Minus infinity is no 0: a word with the logit 0 takes part in the softmax.":
            right_loss(logits.nan_to_num(neginf=0.0), tgt_out, pad),
        "PAD's logit counts too; it is taken out of the softmax.": right_loss(
            logits.index_fill(-1, torch.tensor(pad), -torch.inf), tgt_out, pad
        ),
        "The softmax runs over the words, the last axis, not over the batch.":
            -logits.log_softmax(0).gather(-1, chosen)[..., 0][real].mean(),
        "The softmax runs over the words, the last axis, not over the positions.":
            over_places[real].mean(),
        "Logits set to 0 are a prediction too: leave the padded positions out.":
            F.cross_entropy(logits.where(real[..., None], 0.0).mT, tgt_out),
        "The sign is wrong: a loss is -log p.": -want,
        "The logits are no log-probabilities yet: take log_softmax.":
            -logits.gather(-1, chosen)[..., 0][real].mean(),
        "The mean is taken of p, not of -log p.": p[real].mean(),
        "The logarithm comes before the mean, not after it.": -p[real].mean().log(),
        "Those are bits: log is the natural logarithm.": want / math.log(2),
        "That is exp(L), the perplexity.": want.exp(),
    }  # fmt: skip


OK_FORMAT = False
name = "q3"
points = 2


@test_case(
    name="mean over real tokens",
    points=1,
    hidden=False,
    failure_message="Take one log_softmax of the logits, pick the target's entry, and average over all real tokens of the batch at once.",
)
def test_mean_over_real_tokens(masked_loss):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        (logits,) = normal(seed, (3, 7, 11), dtype=dtype)
        logits *= 2
        lengths = 7, 2, 4
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(3, 11, (3, 7), generator=made)
        for row, n in enumerate(lengths):
            tgt_out[row, n - 1] = 2
            tgt_out[row, n:] = 0
        want = torch.zeros((), dtype=dtype)
        for row, n in enumerate(lengths):
            for t in range(n):
                want -= logits[row, t].softmax(0)[tgt_out[row, t]].log()
        want /= sum(lengths)
        mistakes = loss_mistakes(logits, tgt_out, 0)
        check(call(masked_loss, logits, tgt_out, 0), want, mistakes, what="the loss")
        unchanged(masked_loss, logits, tgt_out, 0)
        differentiable(masked_loss, right_loss, (logits, tgt_out, 0))


@test_case(
    name="another pad and very unequal lengths",
    points=0.5,
    hidden=True,
    failure_message="With another id for PAD or very unequal lengths the loss is off; compare with pad, not with 0, and divide by the number of real tokens.",
)
def test_another_pad_and_very_unequal_lengths(masked_loss):
    settings = (4, torch.float64), (12, torch.float32)
    for seed, (pad, dtype) in zip(seeds(2), settings):
        (logits,) = normal(seed, (5, 11, 13), dtype=dtype)
        logits *= 5
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(0, 13, (5, 11), generator=made)
        tgt_out[tgt_out == pad] = 1
        tgt_out[0, 0] = 0
        for row, n in enumerate((11, 1, 1, 2, 3)):
            tgt_out[row, n:] = pad
        want = right_loss(logits, tgt_out, pad)
        mistakes = loss_mistakes(logits, tgt_out, pad)
        check(call(masked_loss, logits, tgt_out, pad), want, mistakes, what="the loss")
        unchanged(masked_loss, logits, tgt_out, pad)
        differentiable(masked_loss, right_loss, (logits, tgt_out, pad))


@test_case(
    name="pad that can not be written and large logits",
    points=0.5,
    hidden=True,
    failure_message="Where PAD has the logit minus infinity the loss is not finite; 0 times infinity is NaN, so select the real tokens instead of multiplying by a mask.",
)
def test_pad_that_can_not_be_written_and_large_logits(masked_loss):
    for seed in seeds():
        (logits,) = normal(seed, (2, 5, 7))
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(1, 7, (2, 5), generator=made)
        tgt_out[0, 2:] = 0
        tgt_out[1, 0] = 3
        logits[..., 0] = -torch.inf
        want = right_loss(logits, tgt_out, 0)
        mistakes = loss_mistakes(logits, tgt_out, 0)
        check(call(masked_loss, logits, tgt_out, 0), want, mistakes, what="the loss")
        logits *= 300
        logits[1, 0, 3] = 2000.0
        want = right_loss(logits, tgt_out, 0)
        mistakes = loss_mistakes(logits, tgt_out, 0)
        out = call(masked_loss, logits, tgt_out, 0)
        check(out, want, mistakes, what="the loss of large logits")
