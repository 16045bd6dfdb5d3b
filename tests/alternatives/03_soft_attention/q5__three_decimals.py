alpha_by_hand = [0.125, 0.25, 0.625, 0]
c_by_hand = 2.0
variance_by_hand = 8
alpha_doubled = [0.033, 0.133, 0.833, 0]
