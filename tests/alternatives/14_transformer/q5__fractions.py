import math

weights_of_a_layer = 8 * 10**2 + 2 * 10 * 40 + 40 + 10 + 6 * 10
shares = (0.25, 0.5)
best_probability = 1 - 0.2 + 0.2 / 5
least_loss = -0.84 * math.log(0.84) - 4 * 0.04 * math.log(0.04)
rows_read = [sum(t + 1 for t in range(6)), 6]
