weights_of_a_layer = 1710.0
shares = [0.25, 0.5]
best_probability = 0.84
least_loss = 0.661
rows_read = (21, 6)
