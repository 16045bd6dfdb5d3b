import numpy as np

k_forget = int(np.ceil(np.log(0.01) / np.log(0.9)))
w_half = np.float32(0.5) ** (1 / 20)
n_letters = np.floor(np.log(16.0**8) / np.log(26))
