"""One module a publisher: moving a publisher's bytes is kept apart from making them tidy.

Each module has a ``tidy`` function, which turns a source's files into observations, and where the publisher
has an interface a ``fetch`` function, which brings the files; see :mod:`send_jsna.sources.context`. Which
module reads a source, how it is fetched and what its columns are called now is declared in
``data/catalogue/sources.yaml``; which publisher's label means which indicator and breakdown in
``data/catalogue/publisher_names.csv``.
"""
