# The function is an object, or a partial one.
# earns 2

import functools

# <the right answer>


class Score:
    right = staticmethod(additive_score)

    def __call__(self, *inputs):
        return self.right(*inputs)


additive_score = functools.partial(Score())
