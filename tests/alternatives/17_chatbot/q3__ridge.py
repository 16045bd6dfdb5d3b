import torch


def reply(known, queries):
    words = sorted({w for query, _ in known for w in query.split()})

    def bags(texts):
        return torch.tensor(
            [[float(w in t.split()) for w in words] for t in texts], dtype=torch.float64
        )

    x, numbers = bags([query for query, _ in known]), [n for _, n in known]
    y = torch.nn.functional.one_hot(torch.tensor(numbers)).double()
    mean = x.mean(0)
    x = x - mean
    W = torch.linalg.solve(x.T @ x + torch.eye(len(words), dtype=x.dtype), x.T @ y)
    return ((bags(queries) - mean) @ W).argmax(1)
