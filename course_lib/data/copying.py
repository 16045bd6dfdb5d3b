"""Copy or reverse a random sequence: what a fixed vector forgets, attention keeps."""

import random
import string

from .batching import Pair, Task
from .vocab import Vocab


def load(
    kind: str = "copy",
    *,
    n_symbols: int = 17,
    lengths: tuple[int, int] = (3, 15),
    test_lengths: tuple[int, int] | None = None,
    sizes: tuple[int, int, int] = (20_000, 500, 1_000),
    seed: int = 0,
) -> Task:
    """y_t = x_t (copy) or y_t = x_{n+1-t} (reverse), for random x.

    Lengths are drawn evenly, symbols too. No sequence occurs twice in the task, so the
    three parts are disjoint. `test` is drawn first: it stays the same whatever the
    size of `train`. Gold links are the diagonal or the anti-diagonal.

    Args:
        kind: "copy" or "reverse".
        n_symbols: number of symbols, 1 to 52 (letters).
        lengths: shortest and longest sequence.
        test_lengths: the same for `test`, where it differs: longer ones extrapolate.
        sizes: number of pairs in train, val and test.
        seed: seed of the draw.

    Raises:
        ValueError: an unknown kind, a bad range, or fewer sequences than asked for.
    """
    if kind not in ("copy", "reverse"):
        raise ValueError(f"kind is {kind!r}, not 'copy' or 'reverse'")
    if not 1 <= n_symbols <= len(string.ascii_letters):
        raise ValueError(f"n_symbols is {n_symbols}, it must lie in 1..52")
    test_lengths = test_lengths or lengths
    for low, high in (lengths, test_lengths):
        if not 1 <= low <= high:
            raise ValueError(f"lengths are {low}..{high}: need 1 <= first <= last")

    symbols = string.ascii_letters[:n_symbols]
    rng = random.Random(seed)
    seen: set[tuple[str, ...]] = set()
    test = _draw(rng, symbols, test_lengths, sizes[2], kind, seen)
    val = _draw(rng, symbols, lengths, sizes[1], kind, seen)
    train = _draw(rng, symbols, lengths, sizes[0], kind, seen)
    vocab = Vocab(symbols)
    return Task(
        name=kind,
        train=train,
        val=val,
        test=test,
        src_vocab=vocab,
        tgt_vocab=vocab,
        about=(
            f"Random sequences of {n_symbols} symbols, {lengths[0]} to {lengths[1]} "
            f"long (test: {test_lengths[0]} to {test_lengths[1]}), seed {seed}; "
            f"{len(train):,} train, {len(val):,} val, {len(test):,} test, all distinct."
        ),
    )


def _draw(
    rng: random.Random,
    symbols: str,
    lengths: tuple[int, int],
    size: int,
    kind: str,
    seen: set[tuple[str, ...]],
) -> tuple[Pair, ...]:
    low, high = lengths
    exist = sum(len(symbols) ** n for n in range(low, high + 1))
    # `seen` may hold other lengths too; to ask for half of what exists is plenty
    if size + len(seen) > exist // 2 and size:
        raise ValueError(
            f"only {exist} sequences of {low}..{high} out of {len(symbols)} symbols "
            f"exist, too few for {size + len(seen)} distinct ones: use more symbols, "
            "longer sequences or smaller sizes"
        )
    pairs: list[Pair] = []
    while len(pairs) < size:
        n = rng.randint(low, high)
        x = tuple(rng.choices(symbols, k=n))
        if x in seen:
            continue
        seen.add(x)
        if kind == "copy":
            pairs.append(Pair(x, x, tuple((t, t) for t in range(n))))
        else:
            links = tuple((t, n - 1 - t) for t in range(n))
            pairs.append(Pair(x, x[::-1], links))
    return tuple(pairs)
