from fractions import Fraction

p_greedy = Fraction(1, 2) * Fraction(2, 5)
p_beam = Fraction(2, 5) * Fraction(9, 10)
score_b = 6 / 7 * math.log(p_beam)
ratio = math.log(Fraction(3, 20)) / math.log(p_beam)
gamma_equal = math.log(ratio, 8 / 7)
