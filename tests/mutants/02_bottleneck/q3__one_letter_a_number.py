# says: A letter has more values
k_forget = 44
w_half = 0.9659
n_letters = 8
