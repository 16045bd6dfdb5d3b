# says: go one further
k_forget = 43
w_half = 0.9659
n_letters = 6
