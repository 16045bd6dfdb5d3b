import torch

layer = torch.nn.TransformerDecoderLayer(10, 2, 40)
names = [n for n, _ in layer.named_parameters() if "attn" in n and "bias" in n]
weights_of_a_layer = sum(p.numel() for n, p in layer.named_parameters() if n not in names)
rate = lambda s, w=100.0: min(s**-0.5, s * w**-1.5)
shares = [rate(25) / rate(100), rate(400) / rate(100)]
q = torch.tensor([0.84, 0.04, 0.04, 0.04, 0.04])
best_probability = q[0].item()
least_loss = -(q * q.log()).sum().item()
rows_read = torch.tensor([1 + 2 + 3 + 4 + 5 + 6, 6])
