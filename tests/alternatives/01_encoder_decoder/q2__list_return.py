def teacher_forcing(sentences, pad, bos, eos):
    from itertools import zip_longest
    a = zip_longest(*[[bos] + y for y in sentences], fillvalue=pad)
    b = zip_longest(*[y + [eos] for y in sentences], fillvalue=pad)
    return [torch.tensor(list(a)).T, torch.tensor(list(b)).T]
