import math

k_forget = math.ceil(math.log(0.01) / math.log(0.9))
w_half = math.exp(math.log(0.5) / 20)
n_letters = math.floor(8 * math.log2(16) / math.log2(26))
