# says: EOS counts
# hidden: both numbers are asked for in hidden cases
p_greedy = 0.5 * 0.4
p_beam = 0.4 * 0.9
score_b = math.log(0.36) / (6 / 6)
gamma_equal = math.log(math.log(0.15) / math.log(0.36)) / math.log(7 / 6)
