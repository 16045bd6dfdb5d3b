size_of_dot = 4.0
weight_of_match = 0.75
exp_beta = 180.0
numbers_of_weights = [20000.0, 3000.0, 15050.0]
two_weights = (0.25, 0.75)
