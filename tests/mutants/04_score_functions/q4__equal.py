# says: Equal weights
# hidden: a hidden case asks for it
import math

size_of_dot = 4
weight_of_match = 27 / 36
exp_beta = 180
numbers_of_weights = [20_000, 3_000, 15_050]
two_weights = [0.5, 0.5]
