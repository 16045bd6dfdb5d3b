# Asks the learner something.
# earns 3

name = input("Press Enter: ")

# <the right answer>
