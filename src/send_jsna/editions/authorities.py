"""Every upper-tier authority, for the indicators in which an area is ranked among all of them.

An edition holds an area and its comparators. What it takes to say where the area stands in the country is one
further data set, ``authorities``, with the values of every *other* authority, for the indicators that
``data/catalogue/authorities.yaml`` declares. A released edition is never changed, so that of 2025 has its
authorities in a companion, a locked folder of its own; an edition made for a run holds them itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator

from send_jsna.catalogue.observations import DIMENSIONS, KEY
from send_jsna.catalogue.schema import OTHER_AUTHORITIES
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Areas
    from send_jsna.catalogue.schema import Catalogue, Source

#: The data set, and what the id of an edition's companion ends with.
DATASET = OTHER_AUTHORITIES
FILE = "authorities.yaml"


class Kept(BaseModel):
    """What is kept of one indicator for every authority."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    indicator: str = Field(description="an indicator of the catalogue")
    breakdowns: list[dict[str, str]] = Field(
        default=[{}], min_length=1, description="breakdowns that are kept; an empty one is the total"
    )
    periods: int | None = Field(
        default=None, ge=1, description="how many of the newest periods are kept; all where it is empty"
    )

    @field_validator("breakdowns")
    @classmethod
    def _of_known_dimensions(cls, breakdowns: list[dict[str, str]]) -> list[dict[str, str]]:
        unknown = sorted({name for item in breakdowns for name in item} - set(DIMENSIONS))
        if unknown:
            raise ValueError(f"no dimension {', '.join(unknown)}")
        return breakdowns


class KeptFile(RootModel[list[Kept]]):
    """``authorities.yaml``."""


def load_kept(catalogue: Catalogue) -> list[Kept]:
    """What is declared to be held of every authority; nothing where there is no such file.

    Raises:
        CatalogueError: The file is malformed, or names an indicator twice or one that is not declared.
    """
    path = catalogue.folder / FILE
    if not path.is_file():
        return []
    file = Declared(path)
    entries = file.as_model(KeptFile).root
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        if entry.indicator not in catalogue.indicators or entry.indicator in seen:
            what = "stands twice" if entry.indicator in seen else "is not declared"
            raise file.fault(
                f"indicator {entry.indicator!r} {what}",
                place,
                "indicator",
                expected="an indicator of indicators.yaml, once",
            )
        seen.add(entry.indicator)
    return entries


def others(areas: Areas, held: Collection[str]) -> tuple[str, ...]:
    """Codes of the local authorities that are not among those held."""
    return tuple(
        area.code for area in areas.listed if area.kind == "local_authority" and area.code not in held
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

    A value that stands twice, as it does where an authority was split or merged, is left out altogether.

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


def companion_of(edition_id: str) -> str:
    """The id of the companion that holds an edition's other authorities."""
    return f"{edition_id}-{DATASET}"
