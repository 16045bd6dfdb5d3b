# says: gamma is in the exponent
# hidden: gamma is asked for in a hidden case
p_greedy = 0.5 * 0.4
p_beam = 0.4 * 0.9
score_b = math.log(0.36) / (7 / 6)
gamma_equal = math.log(0.15) / math.log(0.36)
