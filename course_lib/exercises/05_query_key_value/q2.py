# Made by exercises/_source/build.py from 05_query_key_value.py: edit that file instead.
from otter.test_files import test_case
import math

import torch

from course_lib.grading.checks import (
    call,
    check,
    differentiable,
    seeds,
    unchanged,
    unpack,
)


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def right_looks(q, K, V, H):
    """Question by question."""
    rows = []
    for b in range(len(q)):
        root = math.sqrt(q.shape[1])
        first = torch.softmax(K[b] @ q[b] / root, 0)
        again = H @ q[b] + sum(a * v for a, v in zip(first, V[b], strict=True))
        second = torch.softmax(K[b] @ again / root, 0)
        context = sum(a * v for a, v in zip(second, V[b], strict=True))
        rows.append((context, first, second))
    return tuple(torch.stack(part) for part in zip(*rows, strict=True))


def looks_mistakes(q, K, V, H):
    """What wrong repairs give: sentence -> c_2, alpha_1, alpha_2."""
    root = math.sqrt(q.shape[-1])

    def weigh(q, scale=root, axis=1):
        return ((K @ q[..., None])[..., 0] / scale).softmax(axis)

    def read(alpha, values=V):
        return (alpha[:, None] @ values)[:, 0]

    first = weigh(q)

    def finish(second, values=V, one=first):
        return read(second, values), one, second

    mapped = q @ H.T
    right = weigh(mapped + read(first))
    bare, square = weigh(q, 1.0), weigh(q, root**2)
    return {
        # alpha_2 is compared before c_2, so here alpha_2 was right
        "The last line reads with the first weights.": (read(first), first, right),
        "Both bugs are still there.": finish(weigh(q)),
        "The second look asks the old question, q; q_2 is not used.":
            finish(weigh(q)),
        "The first look reads keys; what is read is made of values.":
            finish(weigh(mapped + read(first, K))),
        "H is transposed: row by row, H q is q @ H.T.":
            finish(weigh(q @ H + read(first))),
        "H is missing.": finish(weigh(q + read(first))),
        "What was read is not added to the question.": finish(weigh(mapped)),
        "The second question is what was read alone; H q is missing.":
            finish(weigh(read(first))),
        "What was read went through H as well.":
            finish(weigh((q + read(first)) @ H.T)),
        "What was read is taken off; it is added.":
            finish(weigh(mapped - read(first))),
        "The second look reads keys; it was right.": finish(right, K),
        "The scale was right; now it is missing.": finish(
            weigh(mapped + read(bare), 1.0), one=bare
        ),
        "The scale is the root of d, not d.": finish(
            weigh(mapped + read(square), root**2), one=square
        ),
        "The scale is missing in the second look.":
            finish(weigh(mapped + read(first), 1.0)),
        "The second softmax runs over the batch; it was right.":
            finish(weigh(mapped + read(first), axis=0)),
        "The order is c_2, alpha_1, alpha_2.": (read(right), right, first),
    }  # fmt: skip


OK_FORMAT = False
name = "q2"
points = 2.5


@test_case(
    name="both looks",
    points=1,
    hidden=False,
    failure_message="Follow each letter from line to line, what is read is made of values, and the second look asks the second question.",
)
def test_both_looks(two_looks):
    for seed in seeds():
        inputs = normal(seed, (3, 5), (3, 7, 5), (3, 7, 5), (5, 5))
        want = right_looks(*inputs)
        lines = looks_mistakes(*inputs)
        found = unpack(call(two_looks, *inputs), "c_2, alpha_1, alpha_2")
        for part, what in ((1, "alpha_1"), (2, "alpha_2"), (0, "c_2")):
            mistakes = {text: values[part] for text, values in lines.items()}
            check(found[part], want[part], mistakes, what=what)


@test_case(
    name="gradients and inputs that stay",
    points=0.5,
    hidden=False,
    failure_message="Keep the dtype of the inputs, leave them as they are, and let gradients reach the question, keys, values and H.",
)
def test_gradients_and_inputs_that_stay(two_looks):
    sizes = (2, 3), (2, 5, 3), (2, 5, 3), (3, 3)
    inputs = normal(seeds()[0], *sizes, dtype=torch.float64)
    want = right_looks(*inputs)
    lines = looks_mistakes(*inputs)
    found = unpack(call(two_looks, *inputs), "c_2, alpha_1, alpha_2")
    for part, what in ((1, "alpha_1"), (2, "alpha_2"), (0, "c_2")):
        mistakes = {text: values[part] for text, values in lines.items()}
        check(found[part], want[part], mistakes, what=what)
    unchanged(two_looks, *inputs)
    differentiable(two_looks, right_looks, inputs, to=(0, 1, 2, 3))
