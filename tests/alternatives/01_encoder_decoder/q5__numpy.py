import numpy as np

n_gru = np.int64(3) * (np.prod([13, 11]) + np.prod([13, 13]) + 26)
n_maxout = np.sum([10 * 13, 10 * 7, 10 * 17, 5 * 29])
