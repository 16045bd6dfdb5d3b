# says: exp(0) is 1
import math

size_of_dot = 4
weight_of_match = 1.0
exp_beta = 180
numbers_of_weights = [20_000, 3_000, 15_050]
two_weights = [1 / 4, 3 / 4]
