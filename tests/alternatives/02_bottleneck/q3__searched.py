k_forget = next(k for k in range(1000) if 0.9**k < 0.01)
w_half = round(0.5**0.05, 4)
n_letters = 6.0
