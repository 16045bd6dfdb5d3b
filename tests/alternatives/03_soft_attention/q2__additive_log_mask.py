def masked_softmax(e, mask):
    e = e + torch.log(mask.to(e.dtype))
    return torch.softmax(e, -1).nan_to_num(0.0)
