alpha_by_hand = [0.125, 0.25, 0.625, 0.0]
c_by_hand = 2.0
variance_by_hand = 8.0
alpha_doubled = [0.03333, 0.13333, 0.83333, 0.0]
