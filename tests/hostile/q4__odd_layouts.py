# Sparse, quantized and complex tensors.
# earns 0
import torch


def attend(q, k, v, mask):
    alpha = (q @ k.mT).softmax(-1)
    return (alpha @ v).to_sparse(), alpha.to(torch.complex128)
