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
    place = torch.arange(len(src))

    def after_each(change, read=lambda i: tgt_in):
        rows = [torch.where(change(i), other, src) for i in place]
        return torch.stack(
            [answer_by_loops(params, row, read(i)) for i, row in zip(place, rows)], 1
        )

    def total(p, q):
        return (p - q).abs().sum(-1) / 2

    def read_changed(i):
        return torch.where(torch.arange(len(tgt_in)) == i, other[i], tgt_in)

    before = answer_by_loops(params, src, tgt_in)
    logits = after_each(lambda i: place == i)  # [m, n, V]
    p, after = before.softmax(-1)[:, None], logits.softmax(-1)
    piled = after_each(lambda i: place <= i).softmax(-1)
    step = torch.cat([p, piled], 1)
    rest = after_each(lambda i: place != i).softmax(-1)
    all_replaced = answer_by_loops(params, other, tgt_in).softmax(-1)[:, None]
    words = torch.cat([tgt_in[:1].expand(1, len(src)), logits.argmax(-1)[:-1]])
    fed_back = after_each(lambda i: place == i, lambda i: words[:, i]).softmax(-1)
    moved_too = after_each(lambda i: place == i, read_changed).softmax(-1)
    tail = after_each(lambda i: place >= i).softmax(-1)

    def replaced_by(tokens):
        rows = [torch.where(place == i, tokens, src) for i in place]
        return torch.stack([answer_by_loops(params, r, tgt_in) for r in rows], 1)

    first = replaced_by(other[0]).softmax(-1)
    zeroed = replaced_by(torch.zeros_like(src)).softmax(-1)
    rolled = replaced_by(other.roll(1)).softmax(-1)
    gap, want = after - p, total(after, p)
    middle = (p + after) / 2
    return want, {
        "Rows and columns are exchanged: row t, column i.": want.mT,
        "Half of the sum: the factor 1/2 is missing.": 2 * want,
        "All is 0: differences summed with their signs cancel, and "
        "the most probable word alone need not change.":
            torch.zeros_like(want),
        "That is the Euclidean distance of the two distributions.": gap.norm(dim=-1),
        "That is the sum of the squares; take absolute values.": (gap**2).sum(-1),
        "Those are half the squares; take absolute values.": (gap**2).sum(-1) / 2,
        "That is the largest difference; sum over the words and halve.":
            gap.abs().amax(-1),
        "That is a mean over the words; sum over them and halve.": gap.abs().mean(-1),
        "Those are differences of logits; take the softmax of both first.":
            (logits - before[:, None]).abs().sum(-1) / 2,
        "Those are differences of logarithms; take the softmax, not log_softmax.":
            (after.log() - p.log()).abs().sum(-1) / 2,
        "The softmax runs over the words, the last axis, not over the positions.":
            total(logits.softmax(0), before.softmax(0)[:, None]),
        "The sum runs over the positions; it runs over the words, the last axis.":
            gap.abs().sum(0).mT / 2,
        "That is the change of the right word's probability only.": gap[
            torch.arange(len(p)), :, tgt_in
        ].abs(),
        "That compares the most probable word alone; sum over all words.":
            (after.argmax(-1) != p.argmax(-1)).to(want),
        "That is the change of the most probable word's probability only.":
            gap.gather(-1, p.argmax(-1, keepdim=True).expand(-1, len(src), 1))
            [..., 0].abs(),
        "The softmax is taken twice.":
            total(after.softmax(-1), p.softmax(-1)),
        "The softmax of the changed sentence is taken twice.":
            total(after.softmax(-1), p),
        "The softmax of the original sentence is missing.":
            total(after, before[:, None]),
        "That is a Hellinger distance.":
            (after.sqrt() - p.sqrt()).norm(dim=-1) / 2**0.5,
        "That is 1 - the cosine of the two; take the absolute differences.":
            1 - torch.cosine_similarity(after, p, dim=-1),
        "Position i becomes other[i], not token 0.": total(zeroed, p),
        "All tokens from i on are replaced; only token i changes.": total(tail, p),
        "The replacement of another position is used; position i gets other[i].":
            total(rolled, p),
        "The replacements pile up; put the original token back before the next one.":
            total(piled, p),
        "Each column compares with the column before, not with the original sentence.":
            total(step[:, 1:], step[:, :-1]),
        "One token changes and all others stay; here it is the other way round.":
            total(rest, p),
        "Original and replacement are exchanged: one token changes, the others stay.":
            total(rest, all_replaced),
        "The whole sentence is replaced; replace one token at a time.":
            total(all_replaced, p).expand_as(want),
        "Every position gets the same replacement; position i gets other[i].":
            total(first, p),
        "The decoder reads its own words; it should read tgt_in each time.":
            total(fed_back, p),
        "The decoder's input is replaced too; tgt_in stays as it is.":
            total(moved_too, p),
        "That is a Kullback-Leibler divergence.": (p * (p / after).log()).sum(-1),
        "That is a Kullback-Leibler divergence, from the new to the old.":
            (after * (after / p).log()).sum(-1),
        "That is a Jensen-Shannon divergence.":
            ((p * (p / middle).log() + after * (after / middle).log()) / 2).sum(-1),
        "Each row is divided by its sum.": want / want.sum(1, keepdim=True),
        "Each row is divided by its largest entry.":
            want / want.amax(1, keepdim=True),
        "Each column is divided by its sum.": want / want.sum(0),
        "Each column is divided by its largest entry.": want / want.amax(0),
    }  # fmt: skip


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
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        inputs = influence_inputs(seed, n=5, m=3, d_e=2, d_h=7, V=11, dtype=dtype)
        want, mistakes = influence_by_loops(*inputs)
        check(call(influence, *inputs), want, mistakes, what="the map")
        unchanged(influence, *inputs)
