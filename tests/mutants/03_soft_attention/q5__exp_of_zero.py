# says: exp(0) is 1
alpha_by_hand = [0, 2 / 7, 5 / 7, 0]
c_by_hand = 2
variance_by_hand = 8
alpha_doubled = [1 / 30, 4 / 30, 25 / 30, 0]
