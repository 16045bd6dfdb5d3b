# says: is left at distance 20
k_forget = 44
w_half = 0.96
n_letters = 6
