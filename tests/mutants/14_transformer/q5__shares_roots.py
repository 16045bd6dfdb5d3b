# says: grows with s itself
weights_of_a_layer = 1710
shares = [1 / 2, 1 / 2]
best_probability = 0.84
least_loss = 0.6615
rows_read = [21, 6]
