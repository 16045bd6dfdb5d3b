# The cell was deleted.
# earns 0

