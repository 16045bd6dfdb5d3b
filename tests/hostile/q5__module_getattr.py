# Names that only a module's __getattr__ knows.
# earns 0

import sys


def __getattr__(name):
    return 2


sys.modules["__main__"].__getattr__ = __getattr__
