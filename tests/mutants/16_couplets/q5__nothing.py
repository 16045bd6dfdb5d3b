# says: Lines of 5 end
def write(lines, upper, part, tone):
    return 0 * upper
