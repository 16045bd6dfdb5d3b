# says: is left at distance 20
k_forget = 44
w_half = 0.9512
n_letters = 6
