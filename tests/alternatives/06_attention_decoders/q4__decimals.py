p_greedy = 0.2
p_beam = 0.36
score_b = -0.876
gamma_equal = 4.635
