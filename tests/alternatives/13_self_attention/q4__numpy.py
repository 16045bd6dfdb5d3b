import numpy as np

causal_row = list(np.array([1, 3, 0]) / 4)
contexts_after = list(np.array([3, 1, 4, 2]))
multiplications = np.int64(2_000_000)
longest = np.float64(50)
layers_needed = int(np.ceil(99 / 3))
