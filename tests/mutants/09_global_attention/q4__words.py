# says: expected numbers
n_general = "400000"
n_concat = 200 * (500 + 800) + 200
n_feeding = 3 * 500 * 500
n_products = 20 * 500 * 800 + 20 * 30 * 500
