import numpy as np

def teacher_forcing(sentences, pad, bos, eos):
    m = max(len(y) for y in sentences) + 1
    a = np.full((len(sentences), m), pad, dtype=np.int64)
    b = a.copy()
    for i, y in enumerate(sentences):
        a[i, 0] = bos
        a[i, 1:len(y) + 1] = y
        b[i, :len(y)] = y
        b[i, len(y)] = eos
    return torch.from_numpy(a), torch.from_numpy(b)
