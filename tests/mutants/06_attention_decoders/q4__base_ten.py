# says: natural logarithm
# hidden: the score is asked for in a hidden case
p_greedy = 0.5 * 0.4
p_beam = 0.4 * 0.9
score_b = math.log10(0.36) / (7 / 6)
gamma_equal = math.log(math.log(0.15) / math.log(0.36)) / math.log(8 / 7)
