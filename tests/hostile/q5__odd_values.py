# Values that hang, lie, or run something when they are looked at.
# earns 0
# slow call

import collections


class Odd:
    @property
    def blank(self):
        while True:
            pass

    def __call__(self):
        return 2


alpha_by_hand = collections.UserList([1 / 8, 2 / 8, 5 / 8, 0])
c_by_hand = Odd()
variance_by_hand = 10**5000
alpha_doubled = "0.1, 0.2, 0.3, 0.4"
