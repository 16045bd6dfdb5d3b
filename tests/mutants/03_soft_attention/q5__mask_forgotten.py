# says: The hidden key takes part
alpha_by_hand = [1 / 16, 2 / 16, 5 / 16, 8 / 16]
c_by_hand = 2
variance_by_hand = 8
alpha_doubled = [1 / 30, 4 / 30, 25 / 30, 0]
