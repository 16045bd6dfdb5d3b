# Made by exercises/_source/build.py from 01_encoder_decoder.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged
from course_lib.grading.checks import Wrong


def padded(rows, pad):
    """Ragged lists of ids as one int64 tensor, filled on the right."""
    width = max(len(row) for row in rows)
    return torch.tensor([list(row) + [pad] * (width - len(row)) for row in rows])


def decode_alone(params, s, bos, eos, max_len):
    """The tokens of one sentence; None where two words are equally probable."""
    y, tokens = bos, []
    while len(tokens) < max_len and y != eos:
        s = torch.tanh(params["E"][y] @ params["W"] + s @ params["U"])
        best = (s @ params["G"] + params["b_o"]).topk(2)
        if best.values[0] - best.values[1] < 1e-3:
            return None
        y = int(best.indices[0])
        tokens.append(y)
    return tokens


def decoder(seed, pad, bos, eos, max_len, *, cut):
    """Weights, s0 and the right tokens of five sentences of unequal length.

    With cut, a sentence reaches max_len without EOS; without, none does.
    """
    made = torch.Generator().manual_seed(seed)
    b, d_e, d_s, V = 5, 3, 7, 11
    sizes = {"E": (V, d_e), "W": (d_e, d_s), "U": (d_s, d_s), "G": (d_s, V)}
    while True:
        params = {k: torch.randn(*size, generator=made) for k, size in sizes.items()}
        params["E"] *= 2
        params["b_o"] = torch.zeros(V)
        params["b_o"][[pad, bos, eos]] = torch.tensor([-99.0, -99.0, 0.5])
        s0 = torch.randn(b, d_s, generator=made)
        want = [decode_alone(params, s, bos, eos, max_len) for s in s0]
        if None in want or len({len(row) for row in want}) < 3:
            continue
        finished = all(row[-1] == eos for row in want)
        if finished != cut and (cut or max(len(row) for row in want) < max_len):
            return params, s0, want


def rows_of(out, count):
    """The rows of an int64 tensor [count, T] as lists."""
    if not isinstance(out, torch.Tensor) or out.ndim != 2 or len(out) != count:
        raise Wrong("the result is not a tensor [b, T] with one row a sentence")
    if out.dtype != torch.int64:
        raise Wrong(f"the result is {out.dtype}, expected torch.int64")
    return out.tolist()


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="no sentence is cut",
    points=0.5,
    hidden=False,
    failure_message="A sentence is cut short or changed; one sentence's EOS must not stop the others, and each keeps its own EOS.",
)
def test_no_sentence_is_cut(greedy):
    for seed in seeds():
        params, s0, want = decoder(seed, 0, 1, 2, 13, cut=False)
        first = min(len(row) for row in want)
        found = rows_of(call(greedy, params, s0, 0, 1, 2, 13), 5)
        for number, (row, tokens) in enumerate(zip(want, found), start=1):
            mistakes = {
                "The batch stops when its first sentence has ended; wait for all of them.": row[
                    :first
                ],
                "EOS itself is replaced by PAD.": [*row[:-1], 0],
                "EOS is left out; it is the last token of a sentence.": row[:-1],
            }
            check(tokens[: len(row)], row, mistakes, what=f"sentence {number}")


@test_case(
    name="silence after the end",
    points=0.5,
    hidden=False,
    failure_message="After its EOS a sentence has only PAD, and decoding stops when all have ended; remember from step to step who has.",
)
def test_silence_after_the_end(greedy):
    for seed in seeds(4)[1:]:
        params, s0, rows = decoder(seed, 0, 1, 2, 17, cut=False)
        want = padded(rows, 0)
        found = rows_of(call(greedy, params, s0, 0, 1, 2, 17), 5)
        width = want.shape[1]
        ended = [tokens[len(row) : width] for tokens, row in zip(found, rows)]
        if len(found[0]) > width:
            raise Wrong(
                f"the result has {len(found[0])} columns, expected {width}: all "
                "have ended before. Likely mistake: Ended is only who wrote EOS "
                "at this step; it should be who has ever written it."
            )
        if len(found[0]) == width and any(map(any, ended)):
            raise Wrong(
                "there are tokens after a sentence's EOS. Likely mistake: Nothing "
                "remembers who has ended, so such a sentence goes on."
            )
        check(torch.tensor(found), want, what="the result")
        unchanged(greedy, params, s0, 0, 1, 2, 17)


@test_case(
    name="other ids and sentences that never end",
    points=1,
    hidden=True,
    failure_message="With other ids, or where a sentence reaches max_len without EOS, the tokens are wrong; use pad, bos and eos as passed, and at most max_len steps.",
)
def test_other_ids_and_sentences_that_never_end(greedy):
    settings = ((4, 8, 6, 7, True), (9, 0, 10, 19, False), (0, 1, 2, 5, True))
    for seed, (pad, bos, eos, max_len, cut) in zip(seeds(7)[4:], settings):
        params, s0, rows = decoder(seed, pad, bos, eos, max_len, cut=cut)
        out = call(greedy, params, s0, pad, bos, eos, max_len)
        check(out, padded(rows, pad), what="the result")
