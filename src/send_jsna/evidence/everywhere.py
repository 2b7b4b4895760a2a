"""The values of all authorities in one period, to place an area among them."""

from __future__ import annotations

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence.measures import Measure, refuse_chance
from send_jsna.evidence.small_numbers import unless_few

#: How the codes of local authorities begin.
LOCAL_AUTHORITY = ("E06", "E07", "E08", "E09", "E10")
#: Authorities with a value that it takes to speak of all.
FEWEST = 100
NOT_HELD = "the other authorities are not in this edition"


def newest_everywhere(measure: Measure) -> pd.DataFrame:
    """The values of all local authorities in the area's newest period.

    Args:
        measure: What is measured, of those declared in ``data/catalogue/authorities.yaml``.

    Returns:
        One row an authority, with a value each, the area's own first.

    Raises:
        NoDataError: The area has no value, or one that few children move by chance, or too few other
            authorities have one.
    """
    supplement = measure.supplement
    own = unless_few(measure.observations()).iloc[-1:]
    refuse_chance(supplement, own.iloc[0])
    rows = known(measure.stored(area=None, period=str(own["period"].iloc[0])))
    others = rows[
        rows["area_code"].str.startswith(LOCAL_AUTHORITY) & (rows["area_code"] != supplement.area.code)
    ]
    if len(others) + 1 < FEWEST:
        raise NoDataError(
            f"{len(others)} other authorities have a value of {measure.indicator}", reason=NOT_HELD
        )
    return pd.concat([own, others], ignore_index=True)
