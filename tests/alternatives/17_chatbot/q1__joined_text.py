def distinct_n(answers, n):
    seen, total = {}, 0
    for words in answers:
        start = 0
        while start + n <= len(words):
            seen["\t".join(words[start : start + n])] = True
            total += 1
            start += 1
    if total == 0:
        return 0
    return len(seen) / total
