# Torch.compile, and a device that is asked for.
# earns 3

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"

# <the right answer>

bahdanau_step = torch.compile(bahdanau_step)
if torch.cuda.is_available():
    torch.zeros(1).cuda()
