from fractions import Fraction
from math import sqrt

size_of_dot = sqrt(64 / 4)
weight_of_match = Fraction(3, 4)
exp_beta = 0.9 * 20 / 0.1
numbers_of_weights = (100 * 200, 10 * 300, 50 * 301)
two_weights = [Fraction(1, 4), Fraction(3, 4)]
