"""The values of all authorities in one period, to place an area among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence.headlines import refuse_chance
from send_jsna.evidence.small_numbers import unless_few

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

#: How the codes of local authorities begin.
LOCAL_AUTHORITY = ("E06", "E07", "E08", "E09", "E10")
#: Authorities with a value that it takes to speak of all.
FEWEST = 100
NOT_HELD = "the other authorities are not held in this edition"


def newest_everywhere(supplement: Supplement, indicator: str, **selection: Any) -> pd.DataFrame:
    """The values of all local authorities in the area's newest period.

    Args:
        supplement: The supplement.
        indicator: Indicator id.
        **selection: Dimensions, as for ``Supplement.observations``.

    Returns:
        One row an authority, with a value each, the area's own first.

    Raises:
        NoDataError: The area has no value, or one that few children move by chance, or too few other
            authorities are held.
    """
    own = unless_few(supplement.observations(indicator, **selection)).iloc[-1:]
    refuse_chance(supplement, own.iloc[0])
    rows = known(supplement.held(indicator, area=None, period=str(own["period"].iloc[0]), **selection))
    others = rows[
        rows["area_code"].str.startswith(LOCAL_AUTHORITY) & (rows["area_code"] != supplement.area.code)
    ]
    if len(others) + 1 < FEWEST:
        raise NoDataError(f"{len(others)} other authorities have a value of {indicator}", reason=NOT_HELD)
    return pd.concat([own, others], ignore_index=True)
