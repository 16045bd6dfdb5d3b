# Made by exercises/_source/build.py from 16_couplets.py: edit that file instead.
from otter.test_files import test_case
import torch

from course_lib.grading.checks import (
    Wrong,
    call,
    check,
    seeds,
    unchanged,
    unpack,
)


def made(seed):
    """A generator of random numbers."""
    return torch.Generator().manual_seed(seed)


def a_language(seed):
    """Couplets to learn from, upper lines, and what the tests alone know."""
    from course_lib.data import couplets

    words = couplets.lexicon()
    # the package's own generator, another draw of couplets for each seed
    task = couplets.load(sizes=(120, 1, 150), seed=seed % 10_007)
    new = torch.randperm(len(words), generator=made(seed)) + 4
    number = {c: int(k) for c, k in zip(words, new)}
    V = len(words) + 4

    def row(line):
        return [*map(number.get, line), *[0] * (7 - len(line))]

    names = sorted({w.part for w in words.values()})
    fields = sorted({w.field for w in words.values()})
    part, tone, field, partner = (torch.zeros(V, dtype=torch.long) for _ in range(4))
    for c, w in words.items():
        part[number[c]] = names.index(w.part) + 1
        tone[number[c]] = 1 if w.tone < 3 else -1
        field[number[c]] = fields.index(w.field) + 1
        partner[number[c]] = number[w.partner]
    lines = torch.tensor([[row(p.src), row(p.tgt)] for p in task.train])
    upper = torch.tensor([row(p.src) for p in task.test])
    return (lines, upper, part, tone), field, partner


def judged(out, inputs, field, partner):
    """rules, partners, fields of some lower lines, and each rule by itself."""
    _, upper, part, tone = inputs
    good = dict.fromkeys(("length", "tones", "parts", "distinct", "rules"), 0)
    partners = fields = places = 0
    for x, y in zip(upper.tolist(), out.tolist()):
        n = sum(token != 0 for token in x)
        x, rest, y = x[:n], y[n:], y[:n]
        binding = {t for t in range(n) if t % 2 == 1} | {n - 1}
        kept = {
            "length": all(token > 3 for token in y) and not any(rest),
            "tones": all(tone[x[t]] == -tone[y[t]] for t in binding)
            and bool(tone[y[-1]] == 1),
            "parts": all(part[a] == part[b] for a, b in zip(x, y)),
            "distinct": len({*x, *y}) == 2 * n,
        }
        for rule, yes in kept.items():
            good[rule] += bool(yes)
        good["rules"] += all(kept.values())
        places += n
        partners += sum(int(partner[a]) == b for a, b in zip(x, y))
        fields += sum(bool(field[a] == field[b]) for a, b in zip(x, y))
    shares = {name: count / len(upper) for name, count in good.items()}
    return shares | {"partners": partners / places, "fields": fields / places}


def of_some_shape(out, upper, V):
    """Raises if the lines cannot be judged."""
    if not isinstance(out, torch.Tensor):
        raise Wrong("the lines are no tensor, expected int64 [b, 7]")
    if out.shape != upper.shape or out.dtype != torch.int64:
        raise Wrong(
            f"the lines are {out.dtype} {list(out.shape)}, expected int64 "
            f"{list(upper.shape)}"
        )
    if out.min() < 0 or out.max() >= V:
        raise Wrong("a token of the lines is not in the vocabulary")


WEAK = {
    "length": "Likely mistake: Lines of 5 end in two 0, and have no 0 before them.",
    "tones": "Likely mistake: The tones of the places 2, 4, 6 and of the last oppose, "
    "and the last is level.",
    "parts": "Likely mistake: A character has the part of speech of the one above it.",
    "distinct": "Likely mistake: A character stands twice in a couplet.",
    "partners": "Likely mistake: The usual answer is the most frequent one in the "
    "couplets, of those that are allowed.",
    "fields": "Likely mistake: Answers leave the field of meaning: learn from the "
    "couplets who answers whom.",
}


def at_least(found, least):
    """Raises for the first measure that is too low."""
    for name, bar in least.items():
        if found[name] < bar:
            rules = ["length", "tones", "parts", "distinct"]
            weak = min(rules, key=found.get) if name == "rules" else name
            numbers = ", ".join(f"{k} {found[k]:.2f}" for k in [*rules, *least])
            raise Wrong(f"{name} is below {bar}: {numbers}. {WEAK[weak]}")


OK_FORMAT = False
name = "q5"
points = 2


@test_case(
    name="half of the lines keep the rules",
    points=0.5,
    hidden=False,
    failure_message="At least half of the lines keep all rules.",
)
def test_half_of_the_lines_keep_the_rules(write):
    inputs, field, partner = a_language(seeds()[0])
    out = call(write, *inputs)
    of_some_shape(out, inputs[1], len(inputs[2]))
    at_least(judged(out, inputs, field, partner), {"rules": 0.5})
    unchanged(write, *inputs)


@test_case(
    name="rules partners and fields",
    points=0.5,
    hidden=False,
    failure_message="The rules are kept by nearly all lines, and answers are learnt from the couplets.",
)
def test_rules_partners_and_fields(write):
    inputs, field, partner = a_language(seeds()[1])
    out = call(write, *inputs)
    of_some_shape(out, inputs[1], len(inputs[2]))
    least = {"rules": 0.99, "partners": 0.75, "fields": 0.94}
    at_least(judged(out, inputs, field, partner), least)
