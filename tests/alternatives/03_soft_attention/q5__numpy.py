import numpy as np

p = np.array([1.0, 2, 5, 0])
v = np.array([8.0, 4, 0, 100])
alpha_by_hand = p / p.sum()
c_by_hand = alpha_by_hand @ v
variance_by_hand = alpha_by_hand @ (v - c_by_hand) ** 2
alpha_doubled = p**2 / (p**2).sum()
