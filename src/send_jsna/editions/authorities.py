"""Every upper-tier authority, for the indicators in which an area is ranked among all of them.

An edition has an area and its comparators. To rank the area among all authorities of the country it needs one
further data set, ``authorities``, with the values of every *other* authority, for the indicators that
``data/catalogue/authorities.yaml`` declares. A released edition is never changed, so that of 2025 has its
authorities in a companion, a locked folder of its own; an edition made for a run has them itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import DIMENSIONS, KEY
from send_jsna.catalogue.schema import OTHER_AUTHORITIES
from send_jsna.errors import CatalogueError

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Areas
    from send_jsna.catalogue.kept import Kept
    from send_jsna.catalogue.schema import Catalogue, Source

#: The data set, and what the id of an edition's companion ends with.
DATASET = OTHER_AUTHORITIES


def others(areas: Areas, known: Collection[str]) -> tuple[str, ...]:
    """Codes of the local authorities that are not among the known ones."""
    return tuple(
        area.code for area in areas.listed if area.kind == "local_authority" and area.code not in known
    )


def sources_of(kept: Iterable[Kept], catalogue: Catalogue) -> list[Source]:
    """The publishers' sources that supply the indicators kept, in the catalogue's order."""
    wanted = {name for entry in kept for name in catalogue.indicators[entry.indicator].sources}
    return [source for key, source in catalogue.sources.items() if key in wanted and source.reader]


def _declared(frame: pd.DataFrame, kept: Iterable[Kept]) -> pd.DataFrame:
    """The rows of a frame whose indicator and breakdown are declared, in every period."""
    wanted = [
        (entry.indicator, *(breakdown.get(name, "") for name in DIMENSIONS))
        for entry in kept
        for breakdown in entry.breakdowns
    ]
    if not wanted or frame.empty:
        return frame.iloc[:0]
    keys = pd.MultiIndex.from_frame(frame[["indicator", *DIMENSIONS]])
    return frame[keys.isin(wanted)]


def chosen(frame: pd.DataFrame, kept: Iterable[Kept], codes: Collection[str]) -> pd.DataFrame:
    """The rows that make up the data set: what is declared, in the newest periods in which there are values.

    A value that is there twice, as happens where an authority was split or merged, is left out altogether.

    Args:
        frame: Observations of any areas, in any periods.
        kept: What is declared.
        codes: Codes of the authorities that are wanted.
    """
    rows = _declared(frame[frame["area_code"].isin(list(codes))], kept)
    rows = rows[~rows.duplicated(list(KEY), keep=False)]
    keep = pd.Series(True, index=rows.index)
    for entry in kept:
        if entry.periods is not None:
            mine = rows["indicator"] == entry.indicator
            starts = sorted(rows.loc[mine & rows["value"].notna(), "period_start"].unique())
            since = starts[-entry.periods :][:1]
            keep &= ~mine | (rows["period_start"] >= since[0] if since else False)
    return rows[keep].reset_index(drop=True)


def check_companion(card: str, extends: str, folder: Path) -> None:
    """Refuse a companion whose folder's name does not say which edition it goes with.

    Raises:
        CatalogueError: It does not.
    """
    if card != companion_of(extends):
        raise CatalogueError(
            f"a companion of edition {extends} is called {card!r}",
            where=folder,
            expected=companion_of(extends),
        )


def is_companion(edition_id: str) -> bool:
    """Whether an id is that of an edition's companion."""
    return edition_id.endswith(f"-{DATASET}")


def companion_of(edition_id: str) -> str:
    """The id of the companion that has an edition's other authorities."""
    return f"{edition_id}-{DATASET}"
