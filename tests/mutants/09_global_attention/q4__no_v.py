# says: v_a has weights too
n_general = 500 * 800
n_concat = 200 * (500 + 800)
n_feeding = 3 * 500 * 500
n_products = 20 * 500 * 800 + 20 * 30 * 500
