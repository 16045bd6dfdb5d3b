"""The type checker that runs inside the library's functions while the tests run."""

from beartype import BeartypeConf, beartype

# As in Python's own rules for annotations, an int may stand where a float is asked for.
checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
