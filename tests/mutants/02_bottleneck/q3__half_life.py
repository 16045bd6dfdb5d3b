# says: a half is left
k_forget = 7
w_half = 0.9659
n_letters = 6
