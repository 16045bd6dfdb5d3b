# %% [markdown]
# # Exercise 2: the bottleneck
#
# You measure what a fixed vector loses: an error rate for each length, how far back a
# gradient reaches, and which source word influences which target word. You work out
# three limits with a pencil, and repair an encoder that reads padding.
#
# 10 points, about 50 minutes. You need chapter 2 and PyTorch. No question needs the
# answer to an earlier one.
#
# Axes: `b` sentences in a batch, `m` target positions, `n` source positions. Give back
# what your inputs are made of (their dtype, their device), and leave the inputs
# themselves as they are.

# %% imports
import torch

# %% helpers
import torch

from course_lib.grading.checks import call, check, seeds, unchanged


# %% [markdown]
# Two helpers for all questions. `edits` is the edit distance: the smallest number of
# insertions, deletions and substitutions that turn `a` into `b`. `run` is a plain RNN
# that starts at zero, $h_i = \tanh(x_i W + h_{i-1} U + \text{bias})$.


# %% given
def edits(a, b):
    """Edit distance between two lists of tokens."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        above, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            best = min(row[j] + 1, row[j - 1] + 1, above + (x != y))
            above, row[j] = row[j], best
    return row[-1]


def run(x, W, U, bias):
    """All states of a plain RNN: x [..., n, d_e] gives h [..., n, d_h]."""
    h, states = x.new_zeros(*x.shape[:-2], U.shape[0]), []
    for x_i in x.unbind(-2):
        h = torch.tanh(x_i @ W + h @ U + bias)
        states.append(h)
    return torch.stack(states, dim=-2)


# %% [raw]
# # BEGIN QUESTION
# name: q1

# %% [markdown]
# ## Question 1: the error rate at each length
#
# The phone error rate of a set of words is *one* division, all edits of the set over all
# phones of its references:
#
# $$
# \text{rate} = \frac{\sum_k \text{edits}(\text{hyp}_k, \text{ref}_k)}
# {\sum_k \lvert \text{ref}_k \rvert}
# $$
#
# The mean of the words' own rates is another number, in which a word of two phones
# weighs as much as one of twelve. The rate may exceed 1.
#
# Compute the curve of chapter 2 yourself: bucket $j$ holds the words whose number of
# letters is at least `edges[j]` and below `edges[j + 1]`. Words outside all buckets are
# left out, and a bucket without words has no rate: `None`, which is not 0.

# %% [raw]
# # BEGIN SOLUTION


# %%
def error_by_length(hyps, refs, src_len, edges):
    """The phone error rate of each bucket of source lengths.

    hyps, refs: lists of lists of phones, no reference empty; src_len: the
    number of letters of each word; edges: increasing; returns a list of
    len(edges) - 1 floats, with None for a bucket without words.
    """
    # BEGIN SOLUTION
    rates = []
    for j in range(len(edges) - 1):
        low, high = edges[j], edges[j + 1]
        inside = [k for k, n in enumerate(src_len) if low <= n < high]
        wrong = sum(edits(hyps[k], refs[k]) for k in inside)
        phones = sum(len(refs[k]) for k in inside)
        rates.append(wrong / phones if inside else None)
    return rates
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %% helpers
import random
from numbers import Real

from course_lib.grading.checks import Wrong


def distance(a, b):
    """Edit distance, by the whole table."""
    table = [[i + j for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            other = table[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, other)
    return table[-1][-1]


def check_rates(out, right, mistakes, edges):
    """Compares the rates of all buckets with the right ones."""
    if not isinstance(out, (list, tuple)):
        kind = getattr(out, "kind", type(out).__name__)
        raise Wrong(
            f"the result is a {kind}, expected a list. Likely mistake: The rates are "
            "put into something else; a list can hold None."
        )
    if len(out) != len(right):
        raise Wrong(
            f"the result has {len(out)} entries; {len(edges)} edges make "
            f"{len(right)} buckets. Likely mistake: A bucket is left out, for "
            "example one without words, or there is one too many."
        )
    for text, rates in mistakes.items():
        if same_rates(out, rates) and not same_rates(right, rates):
            raise Wrong(f"the rates are not right. Likely mistake: {text}")
    for rate, asked, low, high in zip(out, right, edges, edges[1:]):
        what = f"{low} <= length < {high}"
        if rate is not None and asked is None:
            raise Wrong(
                f"no word is in {what}, expected None. Likely mistake: A bucket "
                "without words has no rate, which is not 0."
            )
        if rate is None and asked is not None:
            why = "Words of that length are left out."
            if asked == 0:
                why = "Without an error the rate is 0, which is not None."
            raise Wrong(f"the rate for {what} is None. Likely mistake: {why}")
    known = [rate for rate in right if rate is not None]
    if known:
        rates = [rate for rate in out if rate is not None]
        check(rates, known, what="the list of rates")


def same_rates(some, others):
    """Whether two lists of rates are equal, None where the other is None."""
    pairs = list(zip(some, others))
    if any((a is None) != (b is None) for a, b in pairs):
        return False
    return all(
        a is None or (isinstance(a, Real) and abs(float(a) - b) < 1e-6)
        for a, b in pairs
    )


def rates_and_mistakes(hyps, refs, src_len, edges):
    """The right rates, and what wrong ones are, by a sentence that says what is wrong."""
    words, buckets = list(zip(hyps, refs, src_len)), list(zip(edges[:-1], edges[1:]))
    inside = [[w for w in words if low <= w[2] < high] for low, high in buckets]
    everything, first, last = sum_of_refs(words), buckets[0][0], buckets[-1][1]

    def chosen(rule):
        return [
            rate_of([w for w in words if rule(w[2], low, high, len(w[1]))])
            for low, high in buckets
        ]

    def divided(value):
        """The value of each word, summed, over the phones of the bucket."""
        return [
            sum(value(hyp, ref) for hyp, ref, _ in bucket) / sum_of_refs(bucket)
            if bucket
            else None
            for bucket in inside
        ]

    def over(size):
        """The edits of each bucket over the sum of something else."""
        return [
            sum(distance(hyp, ref) for hyp, ref, _ in bucket)
            / max(sum(size(*word) for word in bucket), 1)
            if bucket
            else None
            for bucket in inside
        ]

    def mean(value):
        return [
            sum(value(hyp, ref) for hyp, ref, _ in bucket) / len(bucket)
            if bucket
            else None
            for bucket in inside
        ]

    right = divided(distance)

    def changed(rule):
        return [None if rate is None else rule(rate) for rate in right]

    return right, {
        "That is the mean of the words' own rates: add up first, divide once.":
            mean(lambda hyp, ref: distance(hyp, ref) / len(ref)),
        "The edits are divided by the phones of the hypotheses, not of the references.":
            over(lambda hyp, ref, n: len(hyp)),
        "The edits are divided by the longer of the two, not by the reference.":
            over(lambda hyp, ref, n: max(len(hyp), len(ref))),
        "The edits are divided by both lengths together, not by the reference's.":
            over(lambda hyp, ref, n: len(hyp) + len(ref)),
        "The edits are divided by the number of words, not of phones.":
            mean(distance),
        "The edits are divided by the number of letters.": over(
            lambda hyp, ref, n: n
        ),
        "The edits are divided by all phones, not by those of the bucket.": [
            None if rate is None else rate * sum_of_refs(bucket) / everything
            for rate, bucket in zip(right, inside)
        ],
        "A rate may exceed 1; it is cut off.": changed(lambda rate: min(rate, 1.0)),
        "That is the share of words with an error; count phones.":
            mean(lambda hyp, ref: hyp != ref),
        "The words with an error are counted, not their edits.":
            divided(lambda hyp, ref: hyp != ref),
        "Those are the edits; divide by the phones of the references.": [
            None if rate is None else rate * sum_of_refs(bucket)
            for rate, bucket in zip(right, inside)
        ],
        "That is 1 - rate.": changed(lambda rate: 1 - rate),
        "That is 1 - rate, and cut off at 0.": changed(lambda rate: max(1 - rate, 0)),
        "That is per cent; the rate is a share.": changed(lambda rate: 100 * rate),
        "The division is rounded down.": changed(lambda rate: rate // 1),
        "The rate is rounded; give it as it is.": changed(lambda rate: round(rate, 2)),
        "A word on the lower edge belongs to the bucket, one on the upper does not.":
            chosen(lambda n, low, high, phones: low < n <= high),
        "A word on the upper edge belongs to the next bucket only.":
            chosen(lambda n, low, high, phones: low <= n <= high),
        "A word on the last edge is in no bucket.":
            chosen(lambda n, low, high, phones: low <= n < high or n == high == last),
        "A word on the lower edge belongs to the bucket.":
            chosen(lambda n, low, high, phones: low < n < high),
        "The bucket is chosen by the letters (src_len), not by the phones.":
            chosen(lambda n, low, high, phones: low <= phones < high),
        "Words of lower buckets are counted again; each starts at its own edge.":
            chosen(lambda n, low, high, phones: first <= n < high),
        "Words of higher buckets are counted too; each ends at its own edge.":
            chosen(lambda n, low, high, phones: low <= n < last),
        "Words below the edges, and of lower buckets, are left out.":
            chosen(lambda n, low, high, phones: n < high),
        "Words beyond the edges, and of higher buckets, are left out.":
            chosen(lambda n, low, high, phones: n >= low),
        "Words below the first edge are left out.": chosen(
            lambda n, low, high, phones: (low <= n or low == first) and n < high
        ),
        "Words beyond the last edge are left out.": chosen(
            lambda n, low, high, phones: low <= n and (n < high or high == last)
        ),
        "Insertions and deletions are not counted.": divided(
            lambda hyp, ref: sum(x != y for x, y in zip(hyp, ref))
        ),
        "Insertions are edits too.": divided(
            lambda hyp, ref: max(distance(hyp, ref) - max(len(hyp) - len(ref), 0), 0)
        ),
        "The edits are those of the letters; compare lists of phones.":
            divided(lambda hyp, ref: distance(" ".join(hyp), " ".join(ref))),
        "The edits are those of the joined letters; compare lists of phones.":
            divided(lambda hyp, ref: distance("".join(hyp), "".join(ref))),
        "Sets forget order and repetition; compare lists of phones.":
            divided(lambda hyp, ref: len(set(hyp) ^ set(ref))),
        "Only the lengths are compared.":
            divided(lambda hyp, ref: abs(len(hyp) - len(ref))),
    }  # fmt: skip


def sum_of_refs(words):
    """All phones of the references."""
    return sum(len(ref) for _, ref, _ in words)


def rate_of(words):
    """Edits over phones; None without words."""
    edited = sum(distance(hyp, ref) for hyp, ref, _ in words)
    return edited / sum_of_refs(words) if words else None


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Add up the edits of a bucket, add up the phones of its references, and divide once.
"""  # END TEST CONFIG


def test_three_buckets_of_words(error_by_length):
    words = [
        (3, "K AE T", "K AE T"),
        (4, "F OW", "F AO N"),
        (3, "AY", "AY S"),
        (5, "TH R UW T", "TH R UW"),
        (6, "M AH DH ER", "M AH Z ER"),
        (2, "OW AH", "OW"),
        (8, "S T R EH NG TH", "S T R EH NG K TH S"),
        (7, "K AA R AH K T ER", "K EH R IH K T ER"),
        (9, "", "K W AY ER"),
        (11, "AH B AW T", "AH B AW T"),
        (13, "M OW", "M OW"),
    ]
    hyps = [hyp.split() for _, hyp, _ in words]
    refs = [ref.split() for _, _, ref in words]
    src_len, edges = [n for n, _, _ in words], [2, 6, 11, 15]
    right, mistakes = rates_and_mistakes(hyps, refs, src_len, edges)
    out = call(error_by_length, hyps, refs, src_len, edges)
    check_rates(out, right, mistakes, edges)
    unchanged(error_by_length, hyps, refs, src_len, edges)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A word on an edge is in the wrong bucket, a word beyond the edges is counted, or a bucket without words is not None.
"""  # END TEST CONFIG


def test_edges_and_an_empty_bucket(error_by_length):
    src_len = [1, 2, 4, 5, 8, 9, 11, 12, 3, 30]
    wrong = [1, 2, 1, 4, 3, 5, 2, 7, 4, 1]
    refs = [["A"] * (k + 2) for k in range(10)]
    hyps = [["B"] * w + ref[w:] for w, ref in zip(wrong, refs)]
    for edges in ([2, 5, 7, 8, 9, 12], [0, 1, 4], [3, 12]):
        right, mistakes = rates_and_mistakes(hyps, refs, src_len, edges)
        out = call(error_by_length, hyps, refs, src_len, edges)
        check_rates(out, right, mistakes, edges)
    unchanged(error_by_length, hyps, refs, src_len, edges)
    right, mistakes = rates_and_mistakes([], [], [], edges)
    out = call(error_by_length, [], [], [], edges)
    check_rates(out, right, mistakes, edges)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: On random words the rate is off; divide by the phones of the references, and let a rate exceed 1.
"""  # END TEST CONFIG


def test_random_words(error_by_length):
    for seed, edges in zip(seeds(), ([2, 6, 10, 13], [0, 5, 11, 20], [4, 12])):
        draw = random.Random(seed)
        src_len = [draw.randrange(1, 15) for _ in range(31)] + [3, 7, 11]
        refs = [draw.choices("ABCDE", k=draw.randrange(1, 9)) for _ in src_len]
        hyps = [draw.choices("ABCDE", k=draw.randrange(14)) for _ in src_len]
        right, mistakes = rates_and_mistakes(hyps, refs, src_len, edges)
        out = call(error_by_length, hyps, refs, src_len, edges)
        check_rates(out, right, mistakes, edges)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2

# %% [markdown]
# ## Question 2: how far back a gradient reaches
#
# Let a loss read the state at $t$ through a fixed vector, $L_t = g \cdot h_t$. How much
# does it feel the input at $i$? Measure, for every pair,
#
# $$
# \text{reach}_{t,i} = \Bigl\lVert \frac{\partial (g \cdot h_t)}{\partial x_i}
# \Bigr\rVert_2
# $$
#
# where $h$ are the states of `run`. Autograd is welcome; so is the chain rule by hand.
# Predict first what stands above the diagonal, and mind what PyTorch does with `x.grad`
# when `backward` runs twice.

# %% [raw]
# # BEGIN SOLUTION


# %%
def gradient_reach(x, W, U, bias, g):
    """The norm of d (g . h_t) / d x_i, for every t and i.

    x [n, d_e]; W [d_e, d_h], U [d_h, d_h], bias [d_h]: what `run` takes;
    g [d_h]; returns [n, n], row t and column i.
    """
    # BEGIN SOLUTION
    x = x.detach().clone().requires_grad_()
    losses = run(x, W, U, bias) @ g
    rows = [torch.autograd.grad(L, x, retain_graph=True)[0] for L in losses]
    return torch.stack(rows).norm(dim=-1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def rnn_inputs(seed, n, d_e, d_h, dtype=torch.float32):
    """x, W, U, bias, g."""
    sizes = (n, d_e), (d_e, d_h), (d_h, d_h), (d_h,), (d_h,)
    x, W, U, bias, g = normal(seed, *sizes, dtype=dtype)
    return x, 0.5 * W, 0.6 * U, 0.3 * bias, g


def reach_and_mistakes(x, W, U, bias, g):
    """The map by products of Jacobians, and what wrong maps hold."""
    n, d_e = x.shape
    h, jacobians, inner = torch.zeros_like(bias), [], []
    grads, plain = x.new_zeros(n, n, d_e), x.new_zeros(n, n, d_e)
    to_h, whole = x.new_zeros(n, n), x.new_zeros(n, n)
    linear = x.new_zeros(n, n)
    for t in range(n):
        h = torch.tanh(x[t] @ W + h @ U + bias)
        slope = (1 - h**2)[:, None]
        jacobians = [slope * (U.T @ J) for J in jacobians] + [slope * W.T]
        inner = [slope * (U.T @ J) for J in inner] + [torch.eye(len(h)).to(x)]
        for i, (J, K) in enumerate(zip(jacobians, inner)):
            grads[t, i], plain[t, i] = g @ J, J.sum(0)
            to_h[t, i], whole[t, i] = (g @ K).norm(), J.norm()
            power = torch.linalg.matrix_power(U, t - i)
            linear[t, i] = (W @ power @ g).norm()
    right = grads.norm(dim=-1)
    alone = torch.zeros_like(right)
    alone[-1] = right[-1]
    later = grads.flip(0).cumsum(0).flip(0)
    place = torch.arange(n)
    distance = (place[:, None] - place) % n
    by_distance = torch.where(place <= place[:, None], right.gather(1, distance), 0.0)
    return right, {
        "The gradients add up from row to row: x.grad is not cleared.":
            grads.cumsum(0).norm(dim=-1),
        "The gradients of later rows are added: sum over t is not what is asked.":
            later.norm(dim=-1),
        "Rows and columns are exchanged: row t, column i.": right.mT,
        "Column i is x_i, not the distance t - i.": by_distance,
        "That is the square of the norm.": right**2,
        "That is the sum of absolute values (L1); the norm is the root of the squares.":
            grads.abs().sum(-1),
        "That is the largest absolute value; the norm is the root of the squares.":
            grads.abs().amax(-1),
        "That is a sum of the gradient's entries, without a norm.": grads.sum(-1),
        "That is a mean over the embedding axis; the norm is the root of the squares.":
            grads.abs().mean(-1),
        "The root of the mean of the squares is no norm: take their sum.":
            right / d_e**0.5,
        "That is the absolute value of a sum; the norm is the root of the squares.":
            grads.sum(-1).abs(),
        "The norm runs over the source positions; it belongs over the embedding axis.":
            grads.norm(dim=1),
        "The norm runs over t; it belongs over the embedding axis.":
            grads.norm(dim=0),
        "The diagonal is missing: x_t reaches h_t at once.": right.tril(-1),
        "Above the diagonal stands 0: h_t has not read x_i yet.": right + right.mT,
        "That is the logarithm of the norm.": right.log(),
        "The gradient is multiplied by the input; the norm is of the gradient alone.":
            (grads * x).norm(dim=-1),
        "g is not used: that is the gradient of the mean of h_t.":
            plain.norm(dim=-1) / len(g),
        "Each row is divided by its last entry.": right / right.diagonal()[:, None],
        "g is not used: that is the gradient of the sum of h_t.": plain.norm(dim=-1),
        "g is not used: that is the norm of the whole Jacobian of h_t.": whole,
        "That is the gradient with respect to h_i; go one step further, to x_i.": to_h,
        "The slope of tanh, 1 - h^2, is missing on the way back.": linear,
        "Only x_t reaches h_t: the way through the old states is cut.":
            torch.diag(right.diagonal()),
        "The columns are in reverse: column i is x_i.": right.flip(1),
        "The rows are in reverse: row t is h_t.": right.flip(0),
        "Only the last row is filled; every state h_t has a row.": alone,
        "That is the last row; every state h_t has one.": right[-1],
        "Each row is the last state's; row t is about h_t (x.grad is always the same "
        "tensor: copy it).": right[-1].expand(n, n),
        "Each row is divided by its largest entry.":
            right / right.amax(1, keepdim=True),
    }  # fmt: skip


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Row by row, take the gradient of g . h_t with respect to x, and its norm over the embedding axis.
"""  # END TEST CONFIG


def test_whole_map(gradient_reach):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        inputs = rnn_inputs(seed, 7, 3, 5, dtype)
        want, mistakes = reach_and_mistakes(*inputs)
        check(call(gradient_reach, *inputs), want, mistakes, what="the map")
        unchanged(gradient_reach, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With other sizes, or for a single word, the map is off; it is [n, n], and 0 above the diagonal.
"""  # END TEST CONFIG


def test_other_sizes(gradient_reach):
    sizes = (5, 2, 7), (11, 5, 3), (3, 3, 3), (1, 2, 3)
    dtypes = torch.float64, torch.float32, torch.float64, torch.float32
    for seed, size, dtype in zip(seeds(7)[3:], sizes, dtypes):
        inputs = rnn_inputs(seed, *size, dtype=dtype)
        want, mistakes = reach_and_mistakes(*inputs)
        check(call(gradient_reach, *inputs), want, mistakes, what="the map")
        unchanged(gradient_reach, *inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3

# %% [markdown]
# ## Question 3: three limits with a pencil
#
# Work them out first; the check then measures two of them.
#
# Take the smallest RNN there is, one number and no tanh: $h_i = w\, h_{i-1} + x_i$.
#
# `k_forget`: with $w = 0.9$, the smallest distance $k$ at which
# $\partial h_n / \partial x_{n-k}$ is below 0.01.
#
# `w_half`: the positive $w$ with which half of the gradient is left at distance 20, to
# four decimals.
#
# Now leave gradients and count. A state has 8 numbers, and of each the decoder can tell
# 16 levels apart.
#
# `n_letters`: the largest $n$ such that all strings of $n$ letters, from an alphabet of
# 26, can have states of their own. Beyond it two strings must share a state, however
# well the encoder is trained.

# %% [raw]
# # BEGIN SOLUTION

# %%
k_forget = 44  # SOLUTION
w_half = 0.9659  # SOLUTION
n_letters = 6  # SOLUTION

# %% [markdown]
# The gradient at distance $k$ is $w^k$. From $0.9^k < 0.01$ follows
# $k > \ln 0.01 / \ln 0.9 = 43.7$. From $w^{20} = 0.5$ follows $w = 0.5^{1/20}$. And
# there are $16^8 = 2^{32}$ states but $26^n$ strings, so $n \le 32 / \log_2 26 = 6.8$.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %% helpers
from numbers import Real

from course_lib.grading.checks import Wrong


def number(value, what):
    """The learner's number as a float."""
    if isinstance(value, (Real, torch.Tensor)):
        return float(value)
    check(value, 0.0, what=what)  # says what is wrong with it
    return 0.0


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The gradient at distance k is w to the power k; take the first whole k at which it is below 0.01.
"""  # END TEST CONFIG


def test_distance_of_forgetting(k_forget):
    x = torch.zeros(100, dtype=torch.float64, requires_grad=True)
    h = torch.zeros((), dtype=torch.float64)
    for x_i in x:
        h = 0.9 * h + x_i
    left = torch.autograd.grad(h, x)[0].flip(0)  # left[k] is left at distance k
    want = int((left >= 0.01).sum())
    if want - 1 < number(k_forget, "k_forget") < want:
        raise Wrong("the crossing lies here, but a distance is a whole number")
    mistakes = {
        "At this distance it is still a little above 0.01; go one further.": want - 1,
        "Those are the states from one to the other; count the steps.": want + 1,
        "At this distance a tenth is left, not a hundredth.": 22,
        "At this distance a half is left, not a hundredth.": 7,
    }
    check(k_forget, want, mistakes, what="k_forget")


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: Half is left at distance 20 when w to the power 20 is one half.
"""  # END TEST CONFIG


def test_half_is_left(w_half):
    w = number(w_half, "w_half")
    if not 0 < w < 1:
        raise Wrong("this w is not between 0 and 1: the gradient would not shrink")
    x = torch.zeros(21, dtype=torch.float64, requires_grad=True)
    h = torch.zeros((), dtype=torch.float64)
    for x_i in x:
        h = w * h + x_i
    left = torch.autograd.grad(h, x)[0][0].item()
    if abs(left - 0.5) > 0.002:
        raise Wrong(f"with this w, {left:.3f} of the gradient is left at distance 20")


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: There are 16 to the power 8 states and 26 to the power n strings, and every string needs a state of its own.
"""  # END TEST CONFIG


def test_letters_that_fit(n_letters):
    want = max(n for n in range(33) if 26**n <= 16**8)
    if want < number(n_letters, "n_letters") < want + 1:
        raise Wrong("the limit lies here; how many whole letters fit below it?")
    mistakes = {
        "One letter too many: 26^7 is more than 16^8.": want + 1,
        "A letter has more values (26) than a number (16).": 8,
        "That is the number of bits; a letter takes log2(26) of them.": 32,
        "A letter takes log2(26) bits, not 26.": 1,
        "A letter takes log2(26) bits, not 8 (a byte).": 4,
    }
    check(n_letters, want, mistakes, what="n_letters")


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4

# %% [markdown]
# ## Question 4: which word influences which?
#
# Which word of the first line of a couplet does a word of the second line depend on?
# Replace *one* source token, leave everything else, and see how the distribution at each
# target position moves. The distance of two distributions is half the sum of the
# absolute differences (total variation, between 0 and 1):
#
# $$
# I_{t,i} = \frac{1}{2} \sum_y \bigl\lvert\, p_t(y \mid x) -
# p_t(y \mid x \text{ with } x_i \to x'_i) \,\bigr\rvert
# $$
#
# Each replacement is made in the *original* sentence, and the tokens that the decoder
# reads stay the same. The model is given: `answer`.


# %% given-model
def answer(params, src, tgt_in):
    """A plain encoder-decoder: src [n], tgt_in [m]; returns logits [m, V]."""
    x = params["E_x"][src]
    s = run(x, params["W"], params["U"], params["bias"])[-1]
    logits = []
    for y_prev in tgt_in:
        Ey_prev = params["E_y"][y_prev]
        s = torch.tanh(Ey_prev @ params["W_y"] + s @ params["U_y"])
        logits.append(s @ params["G"])
    return torch.stack(logits)


# %% [raw]
# # BEGIN SOLUTION


# %%
def influence(params, src, other, tgt_in):
    """Total variation at target position t when source token i is replaced.

    params: weights for `answer`; src int64 [n]; other int64 [n], the token
    that replaces each; tgt_in int64 [m]; returns [m, n], row t, column i.
    """
    # BEGIN SOLUTION
    before = answer(params, src, tgt_in).softmax(-1)
    columns = []
    for i in range(len(src)):
        changed = src.clone()
        changed[i] = other[i]
        after = answer(params, changed, tgt_in).softmax(-1)
        columns.append((after - before).abs().sum(-1) / 2)
    return torch.stack(columns, dim=-1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %% helpers
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


# %%
""" # BEGIN TEST CONFIG
points: 1
failure_message: Compare the softmax outputs before and after one replacement; rows are target positions, columns source positions.
"""  # END TEST CONFIG


def test_small_map(influence):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        inputs = influence_inputs(seed, n=5, m=3, d_e=2, d_h=7, V=11, dtype=dtype)
        want, mistakes = influence_by_loops(*inputs)
        check(call(influence, *inputs), want, mistakes, what="the map")
        unchanged(influence, *inputs)


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With other sizes, or a sentence of a single word, the map is off; it is [m, n], whatever m and n are.
"""  # END TEST CONFIG


def test_other_sizes(influence):
    sizes = (5, 5), (3, 7), (7, 1), (1, 3), (2, 11)
    dtypes = (torch.float32, *[torch.float64] * 4)
    for seed, (n, m), dtype in zip(seeds(8)[3:], sizes, dtypes):
        inputs = influence_inputs(seed, n, m, d_e=3, d_h=5, V=13, dtype=dtype)
        want, mistakes = influence_by_loops(*inputs)
        check(call(influence, *inputs), want, mistakes, what="the map")
        unchanged(influence, *inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q5

# %% [markdown]
# ## Question 5: find the two bugs
#
# An encoder may read a sentence twice: one RNN from the first word to the last, another
# from the last word to the first. What the decoder gets is where each of them ends: the
# forward state at the sentence's *last word*, and the backward state at its *first
# word*.
#
# The version below is right for a batch of sentences of one length, and wrong in two
# places where they differ. Padding holds anything, not zeros. Predict first: what does
# each RNN read before, and after, the real words? Then measure a short sentence alone
# and in a batch, and repair the function.

# %% [raw]
# # BEGIN SOLUTION


# %%
def summaries(x, src_len, forward, backward):
    """The forward state at the last word, the backward state at the first.

    x [b, n, d_e], padded on the right; src_len int64 [b]; forward, backward:
    triples (W, U, bias) for `run`; returns two tensors [b, d_h].
    """
    """ # BEGIN PROMPT
    right = run(x, *forward)
    left = run(x.flip(1), *backward)
    return right[:, -1], left[:, -1]
    """  # END PROMPT
    # BEGIN SOLUTION NO PROMPT
    row, last = torch.arange(len(x)), src_len - 1
    right = run(x, *forward)
    # from its own last word to its first, then padding that nobody looks at
    order = (last[:, None] - torch.arange(x.shape[1])) % x.shape[1]
    left = run(x[row[:, None], order], *backward)
    return right[row, last], left[row, last]
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %% helpers
from course_lib.grading.checks import unpack


def normal(seed, *shapes, dtype=torch.float32):
    """Random tensors, one a shape."""
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=made, dtype=dtype) for shape in shapes]


def summary_inputs(seed, lengths, n, d_e, d_h, dtype=torch.float32):
    """x, src_len, forward, backward; the padding of x is not zero."""
    sizes = [(len(lengths), n, d_e), *([(d_e, d_h), (d_h, d_h), (d_h,)] * 2)]
    x, *w = normal(seed, *sizes, dtype=dtype)
    w = [0.5 * weight for weight in w]
    return x, torch.tensor(lengths), tuple(w[:3]), tuple(w[3:])


def read(rows, weights):
    """The last state of an RNN that reads some rows in their order."""
    W, U, bias = weights
    h = torch.zeros_like(bias)
    for row in rows:
        h = torch.tanh(row @ W + h @ U + bias)
    return h


def ends(x, src_len, forward, backward):
    """Both summaries, one sentence at a time."""
    own = [row[:length] for row, length in zip(x, src_len)]
    first = torch.stack([read(rows, forward) for rows in own])
    return first, torch.stack([read(rows.flip(0), backward) for rows in own])


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The forward state is the one at position src_len, counted from 1, and not the one at the end of the padding.
"""  # END TEST CONFIG


def test_forward_state(summaries):
    dtypes = torch.float32, torch.float64, torch.float32
    for seed, dtype in zip(seeds(), dtypes):
        x, src_len, forward, backward = summary_inputs(
            seed, (5, 2, 7, 3), 7, 3, 5, dtype
        )
        want, other = ends(x, src_len, forward, backward)
        states = torch.stack(
            [torch.stack([read(row[:i], forward) for i in range(8)]) for row in x]
        )
        row = torch.arange(4)
        real = torch.arange(1, 8) <= src_len[:, None]
        total = (states[:, 1:] * real[..., None]).sum(1)
        mistakes = {
            "That is the state at the end of the padding.": states[:, -1],
            "One word too few: h_i stands at index i - 1.": states[row, src_len - 1],
            "One place too far: that state has read padding.": states[
                row, (src_len + 1).clamp(max=7)
            ],
            "That is the mean of all states.": states[:, 1:].mean(1),
            "That is the mean of the real states; take the last of them.": total
            / src_len[:, None],
            "Every sentence is cut at the length of the shortest.": states[:, 2],
            "The results come in the order forward, backward.": other,
            "The two states stay apart: two tensors [b, d_h].": torch.cat(
                [want, other], -1
            ),
            "The two states stay apart; they are added.": want + other,
            "Every sentence is cut at the length of the first.": states[:, src_len[0]],
            "That is the largest of all states; take the last.": states[:, 1:].amax(1),
            "The forward state belongs at the last word, not at the first.": states[
                :, 1
            ],
            "The forward RNN has its own weights, not the backward one's.": torch.stack(
                [read(r[:length], backward) for r, length in zip(x, src_len)]
            ),
        }
        out = call(summaries, x, src_len, forward, backward)
        check(unpack(out, "right, left")[0], want, mistakes, what="the forward state")
        unchanged(summaries, x, src_len, forward, backward)


# %%
""" # BEGIN TEST CONFIG
points: 0.5
failure_message: The backward RNN starts at the sentence's own last word, so the padding must not come first when x is reversed.
"""  # END TEST CONFIG


def test_backward_state(summaries):
    for seed in seeds():
        x, src_len, forward, backward = summary_inputs(seed, (2, 7, 5, 3), 7, 3, 5)
        other, want = ends(x, src_len, forward, backward)
        lasts = [int(length) - 1 for length in src_len]
        own = [torch.cat([r[: i + 1].flip(0), r[i + 1 :]]) for r, i in zip(x, lasts)]
        turned = [torch.cat([r[: i + 1], r[i + 1 :]]).flip(0) for r, i in zip(x, lasts)]
        around = [
            torch.cat([r[: i + 1].flip(0), r[i + 1 :].flip(0)])
            for r, i in zip(x, lasts)
        ]
        zeroed = [r * (torch.arange(7) <= i)[:, None] for r, i in zip(x, lasts)]

        def each(rows):
            return torch.stack([read(row, backward) for row in rows])

        mistakes = {
            "Reversed as a whole, the padding comes first: the RNN has read it.": each(
                turned
            ),
            "Padding set to 0 is read too, through the bias and the old state.": each(
                [row.flip(0) for row in zeroed]
            ),
            "Right order, but read on into the padding: take the state at x_1.": each(
                own
            ),
            "Read on past x_1 into the padding: take the state at x_1.": each(around),
            "That is what the backward RNN has before the real words, or amid them.": each(
                [row.flip(0)[: i + 1] for row, i in zip(x, lasts)]
            ),
            "The backward RNN reads forwards.": each(
                [row[: i + 1] for row, i in zip(x, lasts)]
            ),
            "The backward RNN has its own weights, not the forward one's.": torch.stack(
                [read(row[: i + 1].flip(0), forward) for row, i in zip(x, lasts)]
            ),
            "That is the state at the last word; take the one at the first.": each(
                [row[i : i + 1] for row, i in zip(x, lasts)]
            ),
            "The state stops one word before the first.": each(
                [row[1 : i + 1].flip(0) for row, i in zip(x, lasts)]
            ),
            "The results come in the order forward, backward.": other,
            "The two states stay apart; they are added.": want + other,
            "The backward RNN has read the first word only.": each(
                [row[:1] for row in x]
            ),
            "The batch is reversed, not the words.": each(list(x.flip(0))),
            "The numbers of each word are reversed, not the words.": each(
                list(x.flip(2))
            ),
        }
        out = call(summaries, x, src_len, forward, backward)
        check(unpack(out, "right, left")[1], want, mistakes, what="the backward state")


# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: With other sizes, one-word sentences or a batch that is all padded, a sentence does not give what it gives alone.
"""  # END TEST CONFIG


def test_a_sentence_alone_and_in_a_batch(summaries):
    settings = ((3, 1, 2), 5), ((7, 7, 4, 1, 6), 7), ((1, 11), 11), ((2,), 3), ((1,), 1)
    for seed, (lengths, n) in zip(seeds(8)[3:], settings):
        inputs = summary_inputs(seed, lengths, n, 3, 7, dtype=torch.float64)
        right, left = ends(*inputs)
        out = unpack(call(summaries, *inputs), "right, left")
        check(out[0], right, what="the forward state")
        check(out[1], left, what="the backward state")
        unchanged(summaries, *inputs)


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION
