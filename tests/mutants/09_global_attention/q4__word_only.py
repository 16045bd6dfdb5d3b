# says: W_a reads the state as well
n_general = 500 * 800
n_concat = 200 * 800 + 200
n_feeding = 3 * 500 * 500
n_products = 20 * 500 * 800 + 20 * 30 * 500
