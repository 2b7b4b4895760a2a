"""What reports of other areas, made from the same figures, show of the areas of a run.

How much is withheld of an area depends on the rows that a report has: its own report has all of them, that
of a neighbour those every comparator has, any other what ``data/catalogue/authorities.yaml`` keeps. Side by
side they must not give away what one of them withholds. So each run takes as known what those with fewer rows
show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.kept import load_kept
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.editions import authorities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from send_jsna.catalogue.areas import Area
    from send_jsna.catalogue.schema import Catalogue
    from send_jsna.disclosure import Tables
    from send_jsna.disclosure.methods import Profile


def shown_elsewhere(
    frame: pd.DataFrame,
    area: str,
    areas: Iterable[Area],
    catalogue: Catalogue,
    tables: Tables,
    profile: Profile,
) -> dict[str, float]:
    """The counts that reports of other areas show of the areas of a run, by cell.

    Args:
        frame: The observations of the run, as their publishers have them.
        area: Code of the area of the report.
        areas: All areas.
        catalogue: The catalogue.
        tables: How the counts of children hang together.
        profile: The disclosure profile; nothing where it rounds, since counts are then rounded there as here,
            and nothing where released figures are shown as they are, in that report and in this.
    """
    from send_jsna import disclosure

    if profile.rounding_base > 1 or tables.protected is not None:
        return {}
    local = {item.code for item in areas if item.kind == "local_authority"}
    ranked = authorities.chosen(frame, load_kept(catalogue), local)
    found: dict[str, float] = {}
    for rows in (ranked, _as_comparator(frame, area, local)):
        if len(rows):
            shown = disclosure.suppress_counts(rows, tables, profile, before=found).frame
            found |= disclosure.shown_cells(rows, shown, tables)
    return found


def _as_comparator(frame: pd.DataFrame, area: str, local: set[str]) -> pd.DataFrame:
    """The rows of the area that a report has in which it is a comparator: of what others have rows of too.

    Which code of a breakdown another has does not matter: children whose sex is not known are not everywhere.
    """
    measured = frame[["indicator"]].join(frame[list(DIMENSIONS)] != "")
    own = frame["area_code"] == area
    theirs = pd.MultiIndex.from_frame(measured[~own & frame["area_code"].isin(local)])
    return frame[own & pd.MultiIndex.from_frame(measured).isin(theirs)].reset_index(drop=True)
