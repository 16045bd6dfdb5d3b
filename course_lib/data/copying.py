"""Copy or reverse a random sequence: what a fixed vector forgets, attention keeps."""

import random
import string

from .batching import Pair, Task, counts
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

    rng, symbols = random.Random(seed), string.ascii_letters[:n_symbols]
    seen: set[tuple[str, ...]] = set()

    def draw(size: int, low: int, high: int) -> tuple[Pair, ...]:
        exist = sum(n_symbols**n for n in range(low, high + 1))
        # `seen` may hold other lengths too; to ask for half of what exists is plenty
        if size and size + len(seen) > exist // 2:
            raise ValueError(
                f"only {exist} sequences of {low}..{high} out of {n_symbols} symbols "
                f"exist, too few for {size + len(seen)} distinct ones: use more "
                "symbols, longer sequences or smaller sizes"
            )
        pairs: list[Pair] = []
        while len(pairs) < size:
            n = rng.randint(low, high)
            x = tuple(rng.choices(symbols, k=n))
            if x not in seen:
                seen.add(x)
                read = range(n) if kind == "copy" else range(n)[::-1]
                pairs.append(Pair(x, tuple(x[i] for i in read), tuple(enumerate(read))))
        return tuple(pairs)

    test = draw(sizes[2], *test_lengths)
    val, train = draw(sizes[1], *lengths), draw(sizes[0], *lengths)
    about = (
        f"Random sequences of {n_symbols} symbols, {lengths[0]} to {lengths[1]} long "
        f"(test: {test_lengths[0]} to {test_lengths[1]}), seed {seed}; "
        f"{counts(train, val, test)}, all distinct."
    )
    vocab = Vocab(symbols)
    return Task(kind, train, val, test, vocab, vocab, about)
