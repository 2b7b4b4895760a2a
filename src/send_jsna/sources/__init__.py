"""One module a publisher: reading the publisher's files is kept apart from making them tidy.

Each module has ``read_…`` functions, which open a file and return it as text cells, and a ``tidy`` function,
which turns what was read into observations. Which publisher's label means which indicator and breakdown is
data, in ``data/catalogue/publisher_names.csv``.
"""
