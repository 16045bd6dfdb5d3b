k_forget = torch.tensor(44)
w_half = torch.tensor(0.966)
n_letters = torch.tensor(6)
