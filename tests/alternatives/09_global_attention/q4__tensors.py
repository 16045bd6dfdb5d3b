n_general = torch.empty(500, 800).numel()
n_concat = torch.tensor(200 * 1300 + 200)
n_feeding = 3.0 * 500**2
n_products = float(500 * (20 * 800 + 20 * 30))
