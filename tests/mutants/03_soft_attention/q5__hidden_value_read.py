# says: The hidden value takes part
alpha_by_hand = [1 / 8, 2 / 8, 5 / 8, 0]
c_by_hand = 51
variance_by_hand = 8
alpha_doubled = [1 / 30, 4 / 30, 25 / 30, 0]
