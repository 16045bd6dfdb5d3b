# Torch's own layer and the course's modules give zeros.
# earns 0

import sys

import torch

import course_lib.attention


def attend(q, k, v, mask):
    alpha = q.new_zeros(len(q), q.shape[1], k.shape[1])
    return alpha @ v, alpha


zeros = lambda q, k, v, *inputs, **options: attend(q, k, v, None)[0]
torch.nn.functional.scaled_dot_product_attention = zeros
torch.softmax = torch.Tensor.softmax = lambda x, *inputs, **options: x * 0
sys.modules["course_lib.attention"].attend = attend
