# A list a hundred thousand deep, and one that holds itself.
# earns 0
def masked_softmax(e, mask):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    deep.append(deep)
    return deep
