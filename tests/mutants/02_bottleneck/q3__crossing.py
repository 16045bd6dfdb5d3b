# says: a distance is a whole number
k_forget = 43.71
w_half = 0.9659
n_letters = 6
