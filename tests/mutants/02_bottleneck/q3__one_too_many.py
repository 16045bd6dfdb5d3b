# says: count the steps
k_forget = 45
w_half = 0.9659
n_letters = 6
