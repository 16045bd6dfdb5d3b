# says: encoder layer
weights_of_a_layer = 1290
shares = [1 / 4, 1 / 2]
best_probability = 0.84
least_loss = 0.6615
rows_read = [21, 6]
