# says: falls with the root
weights_of_a_layer = 1710
shares = [1 / 4, 1 / 4]
best_probability = 0.84
least_loss = 0.6615
rows_read = [21, 6]
