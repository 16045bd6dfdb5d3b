# says: not between 0 and 1
k_forget = 44
w_half = 1.0353
n_letters = 6
