# says: is left at distance 20
k_forget = 44
w_half = 9.5e-07
n_letters = 6
