# says: expected numbers
import math

size_of_dot = "four"
weight_of_match = 27 / 36
exp_beta = 180
numbers_of_weights = [20_000, 3_000, 15_050]
two_weights = [1 / 4, 3 / 4]
