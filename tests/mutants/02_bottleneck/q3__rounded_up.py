# says: One letter too many
k_forget = 44
w_half = 0.9659
n_letters = 7
