# Made by exercises/_source/build.py from 01_encoder_decoder.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged
import torch.nn.functional as F


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


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
    for seed in seeds():
        (logits,) = normal(seed, (3, 7, 11))
        logits *= 2
        lengths = 7, 2, 4
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(3, 11, (3, 7), generator=made)
        for row, n in enumerate(lengths):
            tgt_out[row, n - 1] = 2
            tgt_out[row, n:] = 0
        nll = torch.zeros(3, 7)
        for row in range(3):
            for t in range(7):
                nll[row, t] = -logits[row, t].softmax(0)[tgt_out[row, t]].log()
        real = tgt_out != 0
        want = sum(nll[row, :n].sum() for row, n in enumerate(lengths)) / sum(lengths)
        sums, means = (nll * real).sum(1), (nll * real).sum(1) / real.sum(1)
        twice = F.cross_entropy(logits.softmax(-1).mT, tgt_out, ignore_index=0)
        mistakes = {
            "The mean runs over PAD too.": nll.mean(),
            "The sum leaves PAD out, and the count you divide by does not.": (
                nll * real
            ).mean(),
            "Each sentence is averaged first, so that short ones weigh more.": means.mean(),
            "That is the sum; divide by the number of real tokens.": sums.sum(),
            "The sum is divided by the number of sentences, not of tokens.": sums.mean(),
            "EOS is a real token; it is left out.": nll[tgt_out > 2].mean(),
            "The first token is left out.": nll[:, 1:][real[:, 1:]].mean(),
            "The softmax is taken twice: these are logits, and one log_softmax is enough.": twice,
            "The sign is wrong: a loss is -log p.": -want,
            "The logits are no log-probabilities yet: take log_softmax.": -logits.gather(
                -1, tgt_out[..., None]
            )[..., 0][real].mean(),
            "The mean is taken of p, not of -log p.": (-nll).exp()[real].mean(),
        }
        check(call(masked_loss, logits, tgt_out, 0), want, mistakes, what="the loss")
        unchanged(masked_loss, logits, tgt_out, 0)


@test_case(
    name="another pad and very unequal lengths",
    points=0.5,
    hidden=True,
    failure_message="With another id for PAD or very unequal lengths the loss is off; compare with pad, not with 0, and divide by the number of real tokens.",
)
def test_another_pad_and_very_unequal_lengths(masked_loss):
    for seed, pad, dtype in zip(seeds(), (4, 12), (torch.float64, torch.float32)):
        (logits,) = normal(seed, (5, 11, 13), dtype=dtype)
        logits *= 5
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(0, 13, (5, 11), generator=made)
        tgt_out[tgt_out == pad] = 1
        tgt_out[0, 0] = 0
        for row, n in enumerate((11, 1, 1, 2, 3)):
            tgt_out[row, n:] = pad
        want = F.cross_entropy(logits.mT, tgt_out, ignore_index=pad)
        zero = F.cross_entropy(logits.mT, tgt_out, ignore_index=0)
        mistakes = {"PAD has the id that is passed as pad, not always 0.": zero}
        check(call(masked_loss, logits, tgt_out, pad), want, mistakes, what="the loss")


@test_case(
    name="pad that can not be written",
    points=0.5,
    hidden=True,
    failure_message="Where PAD has the logit minus infinity the loss is not finite; 0 times infinity is NaN, so select the real tokens instead of multiplying by a mask.",
)
def test_pad_that_can_not_be_written(masked_loss):
    for seed in seeds():
        (logits,) = normal(seed, (2, 5, 7))
        logits[..., 0] = -torch.inf
        made = torch.Generator().manual_seed(seed)
        tgt_out = torch.randint(1, 7, (2, 5), generator=made)
        tgt_out[0, 2:] = 0
        want = F.cross_entropy(logits.mT, tgt_out, ignore_index=0)
        check(call(masked_loss, logits, tgt_out, 0), want, what="the loss")
