# says: a tenth is left
k_forget = 22
w_half = 0.9659
n_letters = 6
