# Made by exercises/_source/build.py from 01_encoder_decoder.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, differentiable, seeds, unchanged
from course_lib.grading.checks import Wrong


def padded(rows, pad):
    """Ragged lists of ids as one int64 tensor, filled on the right."""
    width = max(len(row) for row in rows)
    return torch.tensor([list(row) + [pad] * (width - len(row)) for row in rows])


def decode_alone(
    params,
    s,
    bos,
    eos,
    max_len,
    *,
    worst=False,
    read="",
    carry=True,
    start=None,
    place=0,
):
    """The tokens of one sentence; None where two words are equally probable.

    With worst, read="bos" and so on, those of a decoder with that mistake.
    """
    y, tokens, s_0 = bos if start is None else start, [], s
    while len(tokens) < max_len and tokens[-1:] != [eos]:
        s = s if carry else s_0
        Ey_prev = params["E"][bos if read == "bos" else y]
        s = torch.tanh(Ey_prev @ params["W"] + s @ params["U"])
        best = (s @ params["G"] + params["b_o"]).topk(2, largest=not worst)
        if best.values[0] - best.values[1] < 1e-3 and not worst:
            return None
        y = int(best.indices[place])
        tokens.append(y)
    return tokens


def decoder(seed, pad, bos, eos, max_len, *, cut, b=5):
    """Weights, s0 and the right tokens of b sentences of unequal length.

    With cut, a sentence reaches max_len without EOS; without, none does.
    """
    made = torch.Generator().manual_seed(seed)
    d_e, d_s, V = 3, 7, 11
    sizes = {"E": (V, d_e), "W": (d_e, d_s), "U": (d_s, d_s), "G": (d_s, V)}
    while True:
        params = {k: torch.randn(*size, generator=made) for k, size in sizes.items()}
        params["E"] *= 2
        params["b_o"] = torch.zeros(V)
        params["b_o"][[pad, bos, eos]] = torch.tensor([-99.0, -99.0, 0.5])
        s0 = torch.randn(b, d_s, generator=made)
        want = [decode_alone(params, s, bos, eos, max_len) for s in s0]
        lengths = {len(row) for row in want if row is not None}
        if None in want or len(lengths) < min(3, b) or lengths == {1}:
            continue
        finished = all(row[-1] == eos for row in want)
        if finished != cut and (cut or max(len(row) for row in want) < max_len):
            return params, s0, want


def rows_of(out, count):
    """The rows of an int64 tensor [count, T] as lists."""
    if isinstance(out, torch.Tensor) and out.ndim == 2 and out.shape[1] == count:
        if len(out) != count:
            raise Wrong(
                "the result is [T, b], expected [b, T]. Likely mistake: The axes are "
                "exchanged; stack the steps along dim=1."
            )
    elif not isinstance(out, torch.Tensor) or out.ndim != 2 or len(out) != count:
        kind = getattr(out, "kind", type(out).__name__)
        kind = f"a tensor {list(out.shape)}" if kind == "Tensor" else f"a {kind}"
        raise Wrong(
            f"the result is {kind}, expected a tensor [b, T]. Likely mistake: The "
            "steps are not stacked into one tensor with a row for each sentence."
        )
    if out.dtype != torch.int64:
        raise Wrong(
            f"the result is {out.dtype}, expected torch.int64. Likely mistake: Ids "
            "are whole numbers; a new tensor was made without `dtype=`."
        )
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
        wrong = {
            "The most probable word has the largest logit, not the smallest.": {
                "worst": True
            },
            "Each step reads BOS; it should read the word just written.": {
                "read": "bos"
            },
            "Each step starts from s0; carry the new state on.": {"carry": False},
            "The first word is read off EOS; it should be BOS.": {"start": 2},
            "The first word is read off PAD; it should be BOS.": {"start": 0},
            "The second most probable word is taken.": {"place": 1},
        }
        others = {
            sentence: [decode_alone(params, s, 1, 2, 13, **how) for s in s0]
            for sentence, how in wrong.items()
        }
        found = rows_of(call(greedy, params, s0, 0, 1, 2, 13), 5)
        starts = [tokens[: len(row)] for row, tokens in zip(want, found)]
        for sentence, rows in others.items():
            if (
                None not in rows
                and found == padded(rows, 0).tolist()
                and starts != want
            ):
                raise Wrong(f"the sentences are not right. Likely mistake: {sentence}")
        cut = [row[: len(found[0])] for row in want]
        if cut != want and starts == cut:
            raise Wrong(
                f"the result has {len(found[0])} columns, and a sentence has "
                f"{max(map(len, want))} tokens. Likely mistake: The batch stops when "
                "its first sentence has ended; wait for all, and keep the last EOS."
            )
        for number, (row, tokens) in enumerate(zip(want, starts), start=1):
            mistakes = {
                "EOS itself is replaced by PAD.": [*row[:-1], 0],
                "EOS is left out; it is the last token of a sentence.": row[:-1],
                "BOS is read, never written: it is no token of the answer.": [1, *row][
                    : len(row)
                ],
            }
            check(tokens, row, mistakes, what=f"sentence {number}")


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
        pairs = list(zip(found, rows))
        said = {token for tokens, row in pairs for token in tokens[len(row) :]}
        if any(tokens[: len(row)] != row for tokens, row in pairs):
            raise Wrong("a sentence is wrong before its end, as the other case says")
        if 2 in said and said <= {0, 2}:
            raise Wrong(
                "EOS is written more than once. Likely mistake: What follows the "
                "first EOS is not replaced by PAD."
            )
        if said - {0}:
            raise Wrong(
                "there are tokens after a sentence's EOS. Likely mistake: Nothing "
                "remembers who has ended, so such a sentence goes on."
            )
        if len(found[0]) == width + 1:
            raise Wrong(
                "the result has a column too many, all PAD. Likely mistake: It is "
                "asked who has ended before this step's tokens are counted."
            )
        if len(found[0]) > width:
            raise Wrong(
                f"the result has {len(found[0])} columns, expected {width}: the last "
                "ones are PAD alone. Likely mistake: The loop goes on though every "
                "sentence has ended at some step: ask who has ever written EOS, not "
                "who writes it now."
            )
        check(torch.tensor(found), want, what="the result")
        unchanged(greedy, params, s0, 0, 1, 2, 17)
