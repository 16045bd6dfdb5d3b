# says: epsilon / V as well
# hidden: asked in a hidden case
weights_of_a_layer = 1710
shares = [1 / 4, 1 / 2]
best_probability = 0.8
least_loss = 0.6615
rows_read = [21, 6]
