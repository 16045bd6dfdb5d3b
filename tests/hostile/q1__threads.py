# A thread that runs on, a DataLoader with workers, four threads.
# earns 2

import threading
import time

import torch

torch.set_num_threads(4)
big = torch.randn(600, 600)
big = big @ big
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
data = torch.utils.data.TensorDataset(torch.arange(20.0))
total = sum(x.sum() for (x,) in torch.utils.data.DataLoader(data, 4, num_workers=2))
assert total == 190


def additive_score(q, k, W_a, U_a, v_a):
    torch.set_num_threads(4)
    torch.randn(600, 600) @ torch.randn(600, 600)
    return torch.tanh((q @ W_a.T)[:, :, None] + (k @ U_a.T)[:, None]) @ v_a
