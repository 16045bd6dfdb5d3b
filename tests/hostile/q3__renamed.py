# The function has another name.
# earns 0

# <the right answer>

bahdanaus_step = bahdanau_step
del bahdanau_step
