# says: (a byte)
# hidden: a number that is worked out on paper and not confirmed before it is graded
k_forget = 44
w_half = 0.9659
n_letters = 4
