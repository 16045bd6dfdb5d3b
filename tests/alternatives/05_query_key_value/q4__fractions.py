from fractions import Fraction as F

estimate = (10 + F(20, 3)) / F(4, 3)
weight_of_row = F(2, 3)
sharpened = [F(18, 23), F(9, 46), F(1, 46)]
shifted = [F(1, 10), F(2, 5), F(2, 5), F(1, 10)]
bandwidth = 256**0.25
