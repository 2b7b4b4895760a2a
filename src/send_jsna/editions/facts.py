"""Figures that were read on a publisher's page, where the file behind it is not at hand.

They are declared in ``data/facts/published.yaml`` as the page prints them, each under its source, and become
observations like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, RootModel

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.periods import parse_period
from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import JsnaError
from send_jsna.ingest.tidy_rows import as_frame, row

FILE = Path("facts") / "published.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Printed(_Strict):
    """The figure of one area."""

    area: str = Field(description="ONS code of the area")
    value: str = Field(description="the figure as it is printed")
    numerator: float | None = Field(default=None, ge=0, description="count above the line, if it is printed")
    denominator: float | None = Field(
        default=None, gt=0, description="count below the line, if it is printed"
    )


class Fact(_Strict):
    """What a page prints of one indicator and period."""

    indicator: str = Field(description="the indicator")
    source: str = Field(description="the source, whose `url` is the page")
    label: str = Field(description="what the page calls it")
    period: str = Field(description="the period as the page prints it")
    values: list[Printed] = Field(min_length=1, description="the figures, one an area")


class FactFile(RootModel[list[Fact]]):
    """``published.yaml``."""


def load_facts(data: Path) -> list[Fact]:
    """The declared facts; none where there is no file of them.

    Args:
        data: The project's declared data.

    Raises:
        CatalogueError: The file is malformed.
    """
    path = data / FILE
    return Declared(path, root=data.parent).as_model(FactFile).root if path.is_file() else []


def observations(data: Path, areas: tuple[str, ...] | None) -> pd.DataFrame:
    """The facts as observations.

    Args:
        data: The project's declared data.
        areas: ONS codes that are kept; None keeps every area.

    Raises:
        CatalogueError: The file is malformed.
        DataError: A period or a figure is none.
    """
    return as_frame(
        row(
            indicator=fact.indicator,
            area_code=printed.area,
            period=parse_period(fact.period),
            text=printed.value,
            source_id=fact.source,
            source_label=fact.label,
            source_period=fact.period,
            numerator=printed.numerator,
            denominator=printed.denominator,
        )
        for fact in load_facts(data)
        for printed in fact.values
        if areas is None or printed.area in areas
    )


def fact_faults(data: Path, catalogue: Catalogue, areas: Areas) -> Iterator[JsnaError]:
    """Facts that name an indicator, a source or an area that does not exist, or a source that is not its own.

    Args:
        data: The project's declared data.
        catalogue: The catalogue.
        areas: The areas.
    """
    if not (data / FILE).is_file():
        return
    file = Declared(data / FILE, root=data.parent)
    known = {area.code for area in areas}
    for place, fact in enumerate(file.as_model(FactFile).root):
        indicator = catalogue.indicators.get(fact.indicator)
        if indicator is None:
            yield file.fault(
                f"the indicator {fact.indicator!r} does not exist",
                place,
                "indicator",
                expected="an id of data/catalogue/indicators.yaml",
            )
        elif fact.source not in indicator.sources:
            yield file.fault(
                f"{fact.source!r} is no source of {fact.indicator}",
                place,
                "source",
                expected="one of " + ", ".join(indicator.sources),
                remedy="correct it, or add it to `sources` of the indicator",
            )
        for number, printed in enumerate(fact.values):
            if printed.area not in known:
                yield file.fault(
                    f"area {printed.area} is unknown",
                    place,
                    "values",
                    number,
                    expected="a code of data/areas/areas.csv",
                )
