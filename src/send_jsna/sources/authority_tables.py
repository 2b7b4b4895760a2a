"""Tables of local authorities that others made of Explore Education Statistics.

They have the layout of :mod:`send_jsna.sources.ees_table` without the columns of regions and England, and
what is read of them is declared in the same way. Data to Insight's benchmarks of attendance and suspension by
SEN are such tables: one number a row, whose measure, term, phase and provision are the row's breakdown. They
leave out every value that the department withheld: a missing row is a value that is not available.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from send_jsna.sources import ees_table

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: The columns that say when and where.
KEYS = ("time_period", "time_identifier", "new_la_code", "la_name")


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Observations of the mapped breakdowns.

    Raises:
        CatalogueError: The source declares no table.
        DataError: The table is damaged, or a column, a kept value or a mapped breakdown is not in it.
    """
    return ees_table.read(files, context, KEYS)
