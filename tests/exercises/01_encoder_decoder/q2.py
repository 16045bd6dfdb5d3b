# Made by exercises/_source/build.py from 01_encoder_decoder.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, differentiable, seeds, unchanged
import random

from course_lib.grading.checks import unpack


def padded(rows, pad):
    """Ragged lists of ids as one int64 tensor, filled on the right."""
    width = max(len(row) for row in rows)
    return torch.tensor([list(row) + [pad] * (width - len(row)) for row in rows])


OK_FORMAT = False
name = "q2"
points = 2


@test_case(
    name="what it reads",
    points=0.5,
    hidden=False,
    failure_message="tgt_in is BOS and then the sentence, with PAD on the right and no EOS.",
)
def test_what_it_reads(teacher_forcing):
    sentences = [[5, 9, 4], [7], [8, 6, 3, 9, 5], [4, 4]]
    want = padded([[1, *y] for y in sentences], 0)
    by_length = sorted(sentences, key=len, reverse=True)
    bare = padded([[*y, 0] if len(y) == 5 else y for y in sentences], 0)
    mistakes = {
        "There is EOS in tgt_in: dropping the last column takes EOS from the "
        "longest sentence only.": padded([[1, *y, 2] for y in sentences], 0)[:, :-1],
        "There is EOS in tgt_in, and no sentence needs that last column.": padded(
            [[1, *y, 2] for y in sentences], 0
        ),
        "BOS is missing.": bare,
        "That is tgt_out: tgt_in is one place to the right of it.": padded(
            [[*y, 2] for y in sentences], 0
        ),
        "The padding belongs on the right, after the sentence.": padded(
            [[1, *y][::-1] for y in sentences], 0
        ).flip(1),
        "BOS stands after the padding.": torch.cat(
            [want[:, :1], bare[:, :-1].flip(1)], 1
        ),
        "The last token of the longest sentence is cut off.": want[:, :-1],
        "PAD stands where EOS would be, and no sentence needs that last column.":
            torch.nn.functional.pad(want, (0, 1)),
        "There is EOS in tgt_in, where PAD belongs.": padded(
            [[1, *y] for y in sentences], 2
        ),
        "BOS is on every place after the sentence, where PAD belongs.": padded(
            [[1, *y] for y in sentences], 1
        ),
        "BOS replaces the first token; it comes before it.": padded(
            [[1, *y[1:]] for y in sentences], 0
        ),
        "The sentences are sorted by length; keep their order.": padded(
            [[1, *y] for y in by_length], 0
        ),
        "The sentences are sorted by length; keep the order that they come in.": padded(
            [[1, *y] for y in by_length[::-1]], 0
        ),
        "BOS and EOS are exchanged.": padded([[2, *y] for y in sentences], 0),
    }  # fmt: skip
    out = call(teacher_forcing, sentences, 0, 1, 2)
    tgt_in, _ = unpack(out, "tgt_in, tgt_out")
    check(tgt_in, want, mistakes, what="tgt_in")
    unchanged(teacher_forcing, sentences, 0, 1, 2)


@test_case(
    name="what it must write",
    points=0.5,
    hidden=False,
    failure_message="tgt_out is the sentence and EOS right after its last token, then PAD; BOS is never written.",
)
def test_what_it_must_write(teacher_forcing):
    sentences = [[5, 9, 4], [7], [8, 6, 3, 9, 5], [4, 4]]
    want = padded([[*y, 2] for y in sentences], 0)
    late = padded([[*y, 0] if len(y) == 5 else y for y in sentences], 0)
    late[:, -1] = 2
    mistakes = {
        "EOS stands after the padding; it follows the last token at once.": late,
        "That is tgt_in: tgt_out is one place to the left of it.": padded(
            [[1, *y] for y in sentences], 0
        ),
        "EOS is missing.": padded([[*y, 0] for y in sentences], 0),
        "There is BOS in tgt_out; the decoder never writes it.": padded(
            [[1, *y, 2] for y in sentences], 0
        ),
        "EOS is missing, and so is the place for it.": padded(sentences, 0),
        "The padding belongs on the right, after EOS.": padded(
            [[*y, 2][::-1] for y in sentences], 0
        ).flip(1),
        "EOS stands in the place of the last token.": padded(
            [[*y[:-1], 2] for y in sentences], 0
        ),
        "EOS is on every place after the sentence; it is written once.": padded(
            [[*y, 2] for y in sentences], 2
        ),
        "BOS and EOS are exchanged.": padded([[*y, 1] for y in sentences], 0),
        "The first token is missing: the decoder writes it from BOS.": padded(
            [[*y[1:], 2] for y in sentences], 0
        ),
        "The sentences are sorted by length; keep their order.": padded(
            [[*y, 2] for y in sorted(sentences, key=len, reverse=True)], 0
        ),
    }
    out = call(teacher_forcing, sentences, 0, 1, 2)
    _, tgt_out = unpack(out, "tgt_in, tgt_out")
    check(tgt_out, want, mistakes, what="tgt_out")


@test_case(
    name="other ids and an empty sentence",
    points=1,
    hidden=True,
    failure_message="With other ids, an empty sentence, one sentence alone or other lengths the rows are wrong; use pad, bos and eos as they are passed, and give every sentence its row.",
)
def test_other_ids_and_an_empty_sentence(teacher_forcing):
    ids = ((3, 11, 7), (19, 0, 1), (2, 5, 0), (0, 1, 2), (0, 7, 3), (5, 2, 4))
    for seed, (pad, bos, eos) in zip(seeds(6), ids):
        draw = random.Random(seed)
        words = [i for i in range(23) if i not in (pad, bos, eos)]
        lengths = [draw.randrange(1, 8) for _ in range(4)] + [0, 9]
        draw.shuffle(lengths)
        if pad == 5:
            lengths = [0, 0]
        elif bos == 7:
            lengths = [4]
        sentences = [[draw.choice(words) for _ in range(n)] for n in lengths]
        want_in = padded([[bos, *y] for y in sentences], pad)
        want_out = padded([[*y, eos] for y in sentences], pad)
        full = [y for y in sentences if y] or [[0] * 20]
        typed_in = "PAD, BOS or EOS is typed in; use what is passed as pad, bos, eos."
        empty = "An empty sentence has a row too: BOS to read, EOS to write."
        single = "A batch of one sentence has two axes too: [1, T]."
        missed_in = {
            typed_in: padded([[1, *y] for y in sentences], 0),
            "PAD is typed in; use what is passed.": padded(
                [[bos, *y] for y in sentences], 0
            ),
            empty: padded([[bos, *y] for y in full], pad),
            single: want_in.squeeze(),
        }
        missed_out = {
            typed_in: padded([[*y, 2] for y in sentences], 0),
            "PAD is typed in; use what is passed.": padded(
                [[*y, eos] for y in sentences], 0
            ),
            empty: padded([[*y, eos] for y in full], pad),
            single: want_out.squeeze(),
        }
        out = call(teacher_forcing, sentences, pad, bos, eos)
        tgt_in, tgt_out = unpack(out, "tgt_in, tgt_out")
        check(tgt_in, want_in, missed_in, what="tgt_in")
        check(tgt_out, want_out, missed_out, what="tgt_out")
        unchanged(teacher_forcing, sentences, pad, bos, eos)
