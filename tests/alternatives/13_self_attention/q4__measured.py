import math

import torch

e = torch.tensor([0.0, math.log(3), -math.inf])
causal_row = e.softmax(0)
contexts_after = torch.arange(1, 5)[torch.tensor([2, 0, 3, 1])]
multiplications = 4 * 100 * 50**2 + 2 * 100**2 * 50
longest = max(n for n in range(1, 500) if 4 * n * 2500 + 100 * n * n <= 6 * n * 2500)
layers_needed = math.ceil(99 / 3)
