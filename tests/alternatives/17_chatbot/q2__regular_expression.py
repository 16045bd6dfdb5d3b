import re


def split(rows, every):
    number_of, sides = {}, ([], [])
    for i in range(len(rows)):
        key = re.sub(r"\s+", " ", rows[i][0]).strip().upper()
        if key not in number_of:
            number_of[key] = len(number_of)
        sides[number_of[key] % every == 0].append(i)
    return sides
