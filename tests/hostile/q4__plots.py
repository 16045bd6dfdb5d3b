# Figures, with a backend that is not there too.
# earns 2

import matplotlib.pyplot as plt

plt.plot([1, 2, 3])
plt.show()
display(plt.gcf())

# <the right answer>
