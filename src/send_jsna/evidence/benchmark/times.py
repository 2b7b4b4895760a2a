"""How many times as often something is found in a group as among all, in the area and in England."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence.measures import Measure, refuse_chance
from send_jsna.evidence.small_numbers import unless_few

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.figures.records import FigureRecord

METHOD = "Published share of the group divided by the published share of all, both of one period."
NOT_BOTH = "the two shares are not in this edition for one period"


def publish_times(group: Measure, whole: Measure) -> FigureRecord | None:
    """Publish how many times the share of a group is that of all: ``<stem>.times`` and ``.times_england``.

    Args:
        group: The share among the group, whose stem the figures have.
        whole: The same share among all.

    Returns:
        The area's number; None where there is none, which is put on record.
    """
    supplement, name = group.supplement, f"{group.name}, times the share of all"
    published = None
    with group.covering("times", "times_england", of=name):
        newest = unless_few(group.observations()).iloc[-1]
        refuse_chance(supplement, newest)
        for part, place in (("times", supplement.area), ("times_england", supplement.comparators.country)):
            with group.covering(part, of=f"{name}, {place}"):
                rows = _rows(group, whole, str(newest["period"]), place)
                number = group.number(
                    part,
                    rows["value"].iloc[0] / rows["value"].iloc[1],
                    decimals=1,
                    title=f"{name}, {place}, {newest['period']}",
                    inputs=rows,
                    method=METHOD,
                )
                published = published or (number if part == "times" else None)
    return published


def _rows(group: Measure, whole: Measure, period: str, place: Area) -> pd.DataFrame:
    """The two observations.

    Raises:
        NoDataError: One is missing, or the share of all is nought.
    """
    found = [known(item.stored(area=place, period=period)) for item in (group, whole)]
    if any(len(rows) != 1 for rows in found) or not found[1]["value"].iloc[0]:
        raise NoDataError(f"{group.indicator} and {whole.indicator} in {period}, {place}", reason=NOT_BOTH)
    return pd.concat(found, ignore_index=True)
