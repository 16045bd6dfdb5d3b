from course_lib.alignment import softmax
from course_lib.masks import padding_mask


def attention_pool(h, lengths, W, w, u):
    e = (h @ W.T + w).tanh() @ u
    alpha = softmax(e[:, None], padding_mask(lengths, h.shape[1]))
    return (alpha @ h).squeeze(1), alpha.squeeze(1)
