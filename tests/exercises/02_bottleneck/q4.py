# Made by exercises/_source/build.py from 02_bottleneck.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import call, check, seeds, unchanged


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def influence_inputs(seed, n, m, d_e, d_h, V, dtype=torch.float32):
    """params, src, other, tgt_in."""
    sizes = {
        "E_x": (V, d_e), "W": (d_e, d_h), "U": (d_h, d_h), "bias": (d_h,),
        "E_y": (V, d_e), "W_y": (d_e, d_h), "U_y": (d_h, d_h), "G": (d_h, V),
    }  # fmt: skip
    params = dict(zip(sizes, normal(seed, *sizes.values(), dtype=dtype)))
    for name in ("W", "U", "W_y", "U_y"):
        params[name] *= 0.6
    made = torch.Generator().manual_seed(seed)
    src = torch.randint(V, (n,), generator=made)
    other = (src + torch.randint(1, V, (n,), generator=made)) % V
    return params, src, other, torch.randint(V, (m,), generator=made)


def answer_by_loops(params, src, tgt_in):
    """Logits [m, V], one word after the other."""
    s = torch.zeros_like(params["bias"])
    for x in src:
        s = torch.tanh(
            params["E_x"][x] @ params["W"] + s @ params["U"] + params["bias"]
        )
    rows = []
    for y in tgt_in:
        s = torch.tanh(params["E_y"][y] @ params["W_y"] + s @ params["U_y"])
        rows.append(s @ params["G"])
    return torch.stack(rows)


def influence_by_loops(params, src, other, tgt_in):
    """The map, and what wrong maps hold."""
    before = answer_by_loops(params, src, tgt_in)
    logits, chained = [], []
    for i in range(len(src)):
        changed = torch.where(torch.arange(len(src)) == i, other, src)
        logits.append(answer_by_loops(params, changed, tgt_in))
        changed = torch.where(torch.arange(len(src)) <= i, other, src)
        chained.append(answer_by_loops(params, changed, tgt_in))
    p, after = before.softmax(-1), torch.stack(logits, 1).softmax(-1)  # [m, n, V]
    chain = torch.stack(chained, 1).softmax(-1)
    step = torch.cat([p[:, None], chain], 1).diff(dim=1)
    gap = after - p[:, None]
    want = gap.abs().sum(-1) / 2
    moved = torch.stack(logits, 1) - before[:, None]
    first = answer_by_loops(params, other, tgt_in).softmax(-1)[:, None]
    return want, {
        "Rows and columns are exchanged: row t, column i.": want.mT,
        "Half of the sum: the factor 1/2 is missing.": 2 * want,
        "The differences are summed with their signs, and these sums are always 0.":
            torch.zeros_like(want),
        "That is the Euclidean distance of the two distributions.": gap.norm(dim=-1),
        "That is the largest difference; sum over the words and halve.":
            gap.abs().amax(-1),
        "That is a mean over the words; sum over them and halve.": gap.abs().mean(-1),
        "Those are differences of logits; take the softmax of both first.":
            moved.abs().sum(-1) / 2,
        "That is the change of the right word's probability only.": gap[
            torch.arange(len(p)), :, tgt_in
        ].abs(),
        "The replacements pile up; put the original token back before the next one.":
            (chain - p[:, None]).abs().sum(-1) / 2,
        "Each column compares with the column before, not with the original sentence.":
            step.abs().sum(-1) / 2,
        "Original and replacement are exchanged: one token changes, the others stay.":
            (answers(params, other, src, tgt_in) - first).abs().sum(-1) / 2,
        "That is a Kullback-Leibler divergence.":
            (p[:, None] * (p[:, None] / after).log()).sum(-1),
        "Each row is divided by its sum.": want / want.sum(1, keepdim=True),
    }  # fmt: skip


def answers(params, src, other, tgt_in):
    """Distributions [m, n, V] after each replacement."""
    place = torch.arange(len(src))
    rows = [torch.where(place == i, other, src) for i in range(len(src))]
    return torch.stack(
        [answer_by_loops(params, row, tgt_in) for row in rows], 1
    ).softmax(-1)


OK_FORMAT = False
name = "q4"
points = 2


@test_case(
    name="small map",
    points=1,
    hidden=False,
    failure_message="Compare the softmax outputs before and after one replacement; rows are target positions, columns source positions.",
)
def test_small_map(influence):
    for seed in seeds():
        inputs = influence_inputs(seed, n=5, m=3, d_e=2, d_h=7, V=11)
        want, mistakes = influence_by_loops(*inputs)
        check(call(influence, *inputs), want, mistakes, what="the map")


@test_case(
    name="square map and double precision",
    points=1,
    hidden=True,
    failure_message="With as many target as source words, or in double precision, the map is off; check rows and columns, and that src stays as it is.",
)
def test_square_map_and_double_precision(influence):
    for seed, n, m, dtype in zip(
        seeds(6)[3:],
        (5, 3, 7),
        (5, 7, 1),
        (torch.float32, torch.float64, torch.float64),
    ):
        inputs = influence_inputs(seed, n, m, d_e=3, d_h=5, V=13, dtype=dtype)
        want, mistakes = influence_by_loops(*inputs)
        check(call(influence, *inputs), want, mistakes, what="the map")
        unchanged(influence, *inputs)
