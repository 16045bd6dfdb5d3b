from fractions import Fraction

alpha_by_hand = tuple(Fraction(part, 8) for part in (1, 2, 5, 0))
c_by_hand = Fraction(16, 8)
variance_by_hand = Fraction(64, 8)
alpha_doubled = tuple(Fraction(part, 30) for part in (1, 4, 25, 0))
