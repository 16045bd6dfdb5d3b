# says: stands twice | The tones
def write(lines, upper, part, tone):
    return upper.clone()
