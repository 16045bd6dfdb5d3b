"""Our models beside other people's: time, operations and memory, as ratios.

    python tests/bench/compare.py [--device cuda] [--rounds 9] [--out FILE]

Two models of one architecture and shape alternate in one process, on one thread; what
counts is CPU time (on a GPU, the time until it is done), and the number is the median
over the rounds of theirs over ours: x1.4 is 1.4 times as fast as they are.  Beside it
stand the quartiles, and the multiply-adds of matrix products, theirs over ours: models
of one name differ, and below the ratio of operations there is little left to gain.
"""

import argparse
import json
import multiprocessing
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import peers
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from course_lib.attention import MultiHead, attend
from course_lib.data.vocab import EOS
from course_lib.decoders import BahdanauDecoder
from course_lib.encoders import Memory, RNNEncoder
from course_lib.local import LocalM, LocalP
from course_lib.luong import LuongDecoder
from course_lib.models import Seq2Seq
from course_lib.scores import Additive, scaled_dot
from course_lib.search import beam, greedy
from course_lib.transformer import TransformerDecoder, TransformerEncoder

HEADS, LAYERS = 4, 3


class Shape(NamedTuple):
    """Batch, source and target length, vocabulary, width."""

    B: int
    S: int
    T: int
    V: int
    d: int


SHAPES = {
    "letters": Shape(128, 10, 10, 40, 128),
    "words": Shape(64, 20, 20, 5000, 256),
    "S = 64": Shape(16, 64, 20, 40, 256),
    "S = 256": Shape(16, 256, 20, 40, 256),
}
LENGTHS = [16, 64, 256, 1024, 4096]
LAYER_SHAPES = [
    (128, 10, 128, 4),
    (32, 64, 256, 8),
    (8, 256, 256, 8),
    (2, 1024, 256, 8),
]
STEPS = 20  # decoding steps timed as one


class Ours(nn.Module):
    """A model of the course, behind the interface of the peers."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, masks: bool = True):
        super().__init__()
        self.net, self.masks = Seq2Seq(encoder, decoder), masks

    def forward(self, src: Tensor, tgt_in: Tensor, n: Tensor) -> Tensor:
        return self.net(src, tgt_in, n if self.masks else None).logits

    @torch.no_grad()
    def _memory(self, src: Tensor, n: Tensor) -> Memory:
        self.net.decoder.W_o.bias[EOS] = -1e9  # nobody stops: all do the same work
        return self.net.encoder(src, n if self.masks else None)

    def greedy(self, src: Tensor, n: Tensor, m: int) -> Tensor:
        return greedy(self.net.decoder, self._memory(src, n), max_len=m).tokens

    def beam(self, src: Tensor, n: Tensor, m: int, width: int) -> object:
        return beam(self.net.decoder, self._memory(src, n), width=width, max_len=m)

    def beam_one_by_one(self, src: Tensor, n: Tensor, m: int, width: int) -> object:
        rows = zip(src.split(1), n.split(1), strict=True)
        return [self.beam(x, k, m, width) for x, k in rows]


def bahdanau(V: int, d: int, *, both: bool, masks: bool = True) -> Ours:
    encoder = RNNEncoder(V, d, d, bidirectional=both)
    # the width of the maxout layer is half the state's, as in the paper
    decoder = BahdanauDecoder(V, d, d, encoder.d_h, encoder.d_s0, d_o=d // 2)
    return Ours(encoder, decoder, masks)


def luong(
    V: int, d: int, *, feeding: bool, half: bool = False, concat: bool = False
) -> Ours:
    encoder = RNNEncoder(V, d, d // 2 if half else d, rnn="lstm")
    score = Additive(d, encoder.d_h, d) if concat else None
    decoder = LuongDecoder(
        V, d, d, encoder.d_h, encoder.d_s0, score=score, feed_input=feeding, rnn="lstm"
    )
    return Ours(encoder, decoder)


def transformer(V: int, d: int) -> Ours:
    sizes = (V, d, HEADS, 4 * d, LAYERS)
    decoder = TransformerDecoder(*sizes)
    decoder.need_alpha = False
    return Ours(TransformerEncoder(*sizes), decoder)


Make = Callable[[int, int], nn.Module]


class Pair(NamedTuple):
    group: str
    peer: str
    theirs: Make
    ours: Make
    goal: dict[str, float]  # the least: of training by shape ("short": the first two),
    # of "greedy" and of "beam"


def pairs() -> Iterator[Pair]:
    one = partial(bahdanau, both=False)
    group, goal = "additive, GRU", {"words": 1.4, "S = 64": 2.0, "S = 256": 2.0}
    yield Pair(group, "d2l's layer in a loop", peers.D2L, one, goal)
    plain = partial(bahdanau, both=False, masks=False)
    yield Pair(group, "tutorial loop", peers.Tutorial, plain, goal)
    group = "additive, bi-GRU"
    both = partial(bahdanau, both=True)
    yield Pair(
        group,
        "tutorial with [s; c; y] readout",
        peers.ConcatReadout,
        partial(bahdanau, both=True, masks=False),
        {"short": 1.75, "S = 64": 1.75, "S = 256": 1.75},
    )
    brain = peers.SpeechBrain
    yield Pair(group, "speechbrain's decoder, our encoder", brain, both, {"short": 1.0})
    joey = peers.Joey.recurrent
    group = "concat with input feeding, bi-LSTM"
    yield Pair(
        group,
        "joeynmt",
        partial(joey, attention="bahdanau", feeding=True),
        partial(luong, feeding=True, concat=True),
        {"greedy": 1.75, "beam": 1.4},
    )
    group = "Luong general with input feeding, bi-LSTM"
    yield Pair(
        group,
        "joeynmt",
        partial(joey, attention="luong", feeding=True),
        partial(luong, feeding=True),
        {"short": 1.1, "greedy": 1.75, "beam": 1.4},
    )
    yield Pair(
        group,
        "OpenNMT-py",
        partial(peers.OpenNMT, feeding=True),
        partial(luong, feeding=True, half=True),
        {"short": 1.1},
    )
    group = "Luong general without input feeding, bi-LSTM"
    yield Pair(
        group,
        "joeynmt",
        partial(joey, attention="luong", feeding=False),
        partial(luong, feeding=False),
        {"short": 1.4, "S = 256": 3.5, "greedy": 1.75, "beam": 1.4},
    )
    yield Pair(
        group,
        "OpenNMT-py",
        partial(peers.OpenNMT, feeding=False),
        partial(luong, feeding=False, half=True),
        {"short": 1.1},
    )
    group = f"Transformer, {LAYERS} + {LAYERS} layers"
    sizes = {"heads": HEADS, "layers": LAYERS}
    yield Pair(
        group,
        "nn.Transformer",
        partial(peers.TorchTransformer, **sizes),
        transformer,
        {"short": 0.97, "greedy": 3.3},
    )
    yield Pair(
        group,
        "joeynmt",
        partial(peers.Joey.transformer, **sizes),
        transformer,
        {"greedy": 3.5},
    )
    yield Pair(
        group,
        "x-transformers",
        partial(peers.XTransformers, n=512, **sizes),
        transformer,
        {"greedy": 1.1},
    )


# --- how things are measured ----------------------------------------------------------


class Clock:
    """Two or more actions in turn: seconds of each, round by round."""

    def __init__(self, device: str, rounds: int):
        self.device, self.rounds = device, rounds

    def seconds(self, run: Callable[[], object]) -> float:
        if self.device == "cpu":
            began = time.process_time()
            run()
            return time.process_time() - began
        torch.cuda.synchronize()
        began = time.perf_counter()
        run()
        torch.cuda.synchronize()
        return time.perf_counter() - began

    def __call__(self, *runs: Callable[[], object]) -> list[list[float]]:
        for run in runs:
            run()  # warms up
        found: list[list[float]] = [[] for _ in runs]
        for turn in range(self.rounds):
            for k in range(len(runs)):
                which = (turn + k) % len(runs)  # nobody is always first
                found[which].append(self.seconds(runs[which]))
        return found

    def ratio(
        self, theirs: Callable[[], object], ours: Callable[[], object]
    ) -> dict[str, float]:
        """Theirs over ours: median and quartiles; and our own milliseconds."""
        t, o = self(theirs, ours)
        found = [a / b for a, b in zip(t, o, strict=True)]
        low, middle, high = statistics.quantiles(found, n=4)
        return {
            "ratio": round(middle, 2),
            "from": round(low, 2),
            "to": round(high, 2),
            "ours_ms": round(1e3 * statistics.median(o), 2),
        }


def training(model: nn.Module, src: Tensor, tgt: Tensor, n: Tensor) -> Callable:
    """One update: forward, mean cross-entropy, backward, Adam."""
    adam = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    tgt_in, tgt_out = tgt[:, :-1], tgt[:, 1:].flatten()

    def update() -> None:
        loss = F.cross_entropy(model(src, tgt_in, n).flatten(0, 1), tgt_out)
        adam.zero_grad()
        loss.backward()
        adam.step()

    return update


def operations(model: nn.Module, src: Tensor, tgt: Tensor, n: Tensor) -> int:
    """Multiply-adds of the matrix products of a forward pass, on the CPU."""
    lstm = 0

    def count(module: nn.LSTM, inputs: tuple[Tensor, ...], _: object) -> None:
        nonlocal lstm  # torch's counter sees into a GRU, not into an LSTM
        x = inputs[0].data  # of a tensor, or of a packed sequence
        steps = x.numel() // x.shape[-1]
        lstm += steps * sum(w.numel() for w in module.parameters() if w.ndim == 2)

    lstms = [m for m in model.modules() if isinstance(m, nn.LSTM)]
    hooks = [m.register_forward_hook(count) for m in lstms]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(src, tgt[:, :-1], n)
    for hook in hooks:
        hook.remove()
    return counter.get_total_flops() // 2 + lstm


def saved(model: nn.Module, src: Tensor, tgt: Tensor, n: Tensor) -> float:
    """MiB that the forward pass keeps for the backward pass, weights left out."""
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, int] = {}

    def pack(x: Tensor) -> Tensor:
        kept[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        return x.detach()  # x itself may be what the node gives: a cycle, never freed

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        logits = model(src, tgt[:, :-1], n).flatten(0, 1)
        F.cross_entropy(logits, tgt[:, 1:].flatten())
    return sum(v for k, v in kept.items() if k not in own) / 2**20


# --- what is measured -----------------------------------------------------------------


def row(
    group: str, peer: str, what: str, shape: str, fill: str, **values: object
) -> dict:
    """One result, printed and kept."""
    found = {"group": group, "peer": peer, "what": what, "shape": shape, "fill": fill}
    numbers = "  ".join(f"{k} {v}" for k, v in values.items() if v is not None)
    print(f"{what:9} {shape:8} {fill:7} {group}: {peer}:  {numbers}", flush=True)
    return found | values


def batch(shape: Shape, fill: str, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Source, target and lengths: all S ("even"), or from S down to S/2 ("uneven")."""
    B, S, T, V, _ = shape
    g = torch.Generator().manual_seed(0)
    src = torch.randint(4, V, (B, S), generator=g)
    tgt = torch.randint(4, V, (B, T + 1), generator=g)
    n = torch.linspace(S, S if fill == "even" else S / 2, B).round().long()
    return src.to(device), tgt.to(device), n.to(device)


def models(device: str, clock: Clock, name: str) -> list[dict]:
    """Training, greedy decoding, beam search of every pair, at one shape."""
    rows, shape = [], SHAPES[name]
    for pair in pairs():
        T, V, d = shape.T, shape.V, shape.d
        torch.manual_seed(0)
        theirs, ours = pair.theirs(V, d), pair.ours(V, d)
        even = batch(shape, "even", "cpu")
        work = operations(theirs, *even) / operations(ours, *even)
        theirs, ours = theirs.to(device), ours.to(device)
        short = shape.S <= 20
        goal = pair.goal.get(name, pair.goal.get("short") if short else None)
        for fill in ("even", "uneven") if ours.masks else ("even",):
            x = batch(shape, fill, device)
            say = partial(row, pair.group, pair.peer, shape=name, fill=fill)
            found = clock.ratio(training(theirs, *x), training(ours, *x))
            found["operations"] = round(work, 2)
            found["memory"] = round(saved(ours, *x) / saved(theirs, *x), 2)
            rows.append(say("training", **found, goal=goal))
        src, _, n = batch(shape, "even", device)
        if not short:
            continue
        theirs.eval(), ours.eval()
        say = partial(row, pair.group, pair.peer, shape=name, fill="even")
        found = clock.ratio(
            partial(theirs.greedy, src, n, T), partial(ours.greedy, src, n, T)
        )
        rows.append(say("greedy", **found, goal=pair.goal.get("greedy")))
        if hasattr(theirs, "beam"):
            search = (src[:64], n[:64], T, 5)
            found = clock.ratio(
                partial(theirs.beam, *search), partial(ours.beam, *search)
            )
            rows.append(say("beam 5", **found, goal=pair.goal.get("beam")))
    return rows


def searches(device: str, clock: Clock) -> list[dict]:
    """Our beam beside our beam of one sentence after another, and beside greedy."""
    rows = []
    for name in ("letters", "words"):
        shape = SHAPES[name]._replace(B=64)
        torch.manual_seed(0)
        ours = bahdanau(shape.V, shape.d, both=True).to(device).eval()
        src, _, n = batch(shape, "even", device)
        search = (src, n, shape.T, 5)
        together = partial(ours.beam, *search)
        say = partial(row, "additive, bi-GRU", what="beam 5", shape=name, fill="even")
        found = clock.ratio(partial(ours.beam_one_by_one, *search), together)
        rows.append(say(peer="ours, sentence by sentence", **found, goal=2.6))
        found = clock.ratio(partial(ours.greedy, src, n, shape.T), together)
        rows.append(say(peer="ours, greedy", **found))
    return rows


def explicit(net: MultiHead, x: Tensor) -> Tensor:
    """Multi-head attention that writes its weights down, as code for reading does."""
    q, (k, v) = net._split(net.W_Q(x)), net.keys_values(x, x)
    alpha = F.softmax(q @ k.mT / q.shape[-1] ** 0.5, -1)
    return net.W_O((alpha @ v).transpose(1, 2).flatten(2))


def forward_backward(run: Callable[..., object], *inputs: object) -> None:
    """The first tensor that comes back, summed and differentiated."""
    out = run(*inputs)
    (out if torch.is_tensor(out) else out[0]).sum().backward()


def layers(device: str, clock: Clock) -> list[dict]:
    """Multi-head self-attention, forward and backward."""
    d2l, other = peers.load("d2l.torch"), peers.load("x_transformers.x_transformers")
    rows = []
    for B, n, d, heads in LAYER_SHAPES:
        torch.manual_seed(0)
        ours = MultiHead(d, heads).to(device)
        torchs = nn.MultiheadAttention(d, heads, batch_first=True, bias=False)
        torchs = torchs.to(device)
        xs = other.Attention(d, heads=heads, dim_head=d // heads, flash=True).to(device)
        x = torch.randn(B, n, d, device=device, requires_grad=True)
        d2ls = d2l.MultiHeadAttention(d, heads, 0.0).to(device)
        lean = partial(torchs, need_weights=False)
        theirs = {
            "softmax written out": (partial(explicit, ours), x),
            "nn.MultiheadAttention": (lean, x, x, x),
            "nn.MultiheadAttention with weights": (torchs, x, x, x),
            "d2l": (d2ls, x, x, x, None),
            "x-transformers": (xs, x),
        }
        goals = {"nn.MultiheadAttention": 1.0}
        if n == 1024:
            goals["softmax written out"] = 2.3
        mine = partial(forward_backward, partial(ours, need_alpha=False), x, x, x)
        for peer, call in theirs.items():
            found = clock.ratio(partial(forward_backward, *call), mine)
            rows.append(
                row(
                    "multi-head self-attention",
                    peer,
                    "layer",
                    f"n = {n}",
                    "even",
                    **found,
                    goal=goals.get(peer),
                )
            )
    return rows


def repeat(step: Callable[..., object], y: Tensor, state: object) -> None:
    for _ in range(STEPS):
        step(y, state)


@torch.no_grad()
def steps(device: str, clock: Clock) -> dict[str, list[float]]:
    """Milliseconds of a decoding step against the length of the source."""
    B, d = 16, 128
    kinds = {
        "global, general": {},
        "global, additive": {"score": Additive(d, d, d)},
        "local-m, D = 10": {"window": LocalM(10)},
        "local-p, D = 10": {"window": LocalP(d, d, 10)},
    }
    curves = {}
    for name, options in kinds.items():
        torch.manual_seed(0)
        net = LuongDecoder(50, d, d, d, d, **options).to(device).eval()
        y = torch.zeros(B, dtype=torch.long, device=device)
        runs = []
        for n in LENGTHS:
            h = torch.randn(B, n, d, device=device)
            mask = torch.ones(B, 1, n, dtype=torch.bool, device=device)
            state = net.init(Memory(h, mask, h[:, 0]))
            runs.append(partial(repeat, net.step, y, state))
        found = clock(*runs)
        curves[name] = [round(1e3 * statistics.median(x) / STEPS, 4) for x in found]
        print(f"step      {name}: ms at {LENGTHS}: {curves[name]}", flush=True)
    return curves


def attentions(device: str, clock: Clock) -> dict[str, list[float]]:
    """Milliseconds of one attention of n queries on n keys, forward and backward."""
    B, heads, d = 1, 8, 32
    lengths = LENGTHS if device == "cpu" else [*LENGTHS, 16384]
    curves: dict[str, list[float]] = {"n": list(lengths)}
    for n in lengths:
        torch.manual_seed(0)
        q, k, v = torch.randn(3, B, heads, n, d, device=device, requires_grad=True)
        fused = partial(forward_backward, F.scaled_dot_product_attention, q, k, v)
        plain = partial(forward_backward, partial(attend, score=scaled_dot), q, k, v)
        found = clock(fused, plain)
        for name, seconds in zip(("fused", "written out"), found, strict=True):
            ms = round(1e3 * statistics.median(seconds), 3)
            curves.setdefault(name, []).append(ms)
    for name, ms in curves.items():
        print(f"attention {name}: {ms}", flush=True)
    return curves


def measure(part: str, device: str, rounds: int) -> list[dict] | dict[str, list[float]]:
    """One part, in a process of its own: what it leaves in memory ends with it."""
    torch.set_num_threads(1)
    clock = Clock(device, rounds)
    if part in SHAPES:
        return models(device, clock, part)
    parts = {"search": searches, "layers": layers, "step": steps, "length": attentions}
    return parts[part](device, clock)


def main() -> None:
    say = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    say.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    say.add_argument("--rounds", type=int, default=9)
    say.add_argument("--out", type=Path)
    args = say.parse_args()
    began, found = time.time(), {}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, max_tasks_per_child=1) as pool:
        for part in [*SHAPES, "search", "layers", "step", "length"]:
            found[part] = pool.submit(measure, part, args.device, args.rounds).result()
    torch.set_num_threads(1)  # as each part
    made = machine(args.device)
    report = {
        "recipe": "make bench",
        "measure": "their time over ours, median of the rounds",
        "commit": made["commit"],
        "hardware": made["hardware"],
        "versions": {"python": platform.python_version(), "torch": torch.__version__}
        | peers.versions(),
        "seed": 0,
        "rounds": args.rounds,
        "shapes": {name: shape._asdict() for name, shape in SHAPES.items()},
        "lengths": LENGTHS,
        "rows": [row for part in [*SHAPES, "search", "layers"] for row in found[part]],
        "decoding_step_ms": found["step"],
        "attention_ms": found["length"],
    }
    report["seconds"] = round(time.time() - began)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        rows = [{k: v for k, v in r.items() if k != "goal"} for r in report["rows"]]
        args.out.write_text(json.dumps(report | {"rows": rows}, indent=1) + "\n")
    missed = [r for r in report["rows"] if r.get("goal") and r["ratio"] < r["goal"]]
    for r in missed:
        print("below its goal:", r)
    count, took = len(report["rows"]), report["seconds"]
    print(f"{count} ratios, {len(missed)} below their goal, {took} s")


if __name__ == "__main__":
    main()
