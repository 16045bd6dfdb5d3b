import torch

e, v = torch.tensor([1.0, 4.0, 2.0]).log(), torch.tensor([8.0, 4.0, 2.0])
Z_after = [(e[: i + 1] - e[: i + 1].max()).exp().sum() for i in range(3)]
Z_after = torch.stack(Z_after)
context = (e.softmax(0) * v).sum()
intensities = torch.tensor([15.0588, 56.8889, 1.0])
keys = torch.zeros(24, 2048, 1024, dtype=torch.bfloat16)
cache_MiB = [2 * keys.numel() * 2 / 2**20, 2 * keys.numel() * 2 / 2**22]
