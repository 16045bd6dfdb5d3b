from collections import Counter, defaultdict

import torch


def write(lines, upper, part, tone):
    seen = defaultdict(Counter)
    for x, y in lines.tolist():
        for a, b in zip(x, y):
            seen[a][b] += 1
    part, tone, out = part.tolist(), tone.tolist(), []
    for x in upper.tolist():
        n, y = 7 - x.count(0), [0] * 7
        places = sorted(range(n), key=lambda t: t % 2 == 0 and t < n - 1)
        for t in places:
            known = [w for w, _ in seen[x[t]].most_common()]
            for w in known + list(range(4, len(part))):
                binding = t % 2 == 1 or t == n - 1
                if w in x or w in y or (binding and tone[w] == tone[x[t]]):
                    continue
                if part[w] == part[x[t]]:
                    y[t] = w
                    break
        out.append(y)
    return torch.tensor(out)
