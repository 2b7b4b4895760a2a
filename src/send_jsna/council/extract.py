"""What is declared of an extract a council can supply: an entry of ``data/catalogue/extracts.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar, Literal

from pydantic import ConfigDict

#: Columns every extract begins with.
AREA, PERIOD = "area_code", "period"

#: Keys that are not declared here are refused.
_STRICT = ConfigDict(extra="forbid")

#: An ONS code.
AREA_CODE = re.compile(r"[EWSN][0-9]{8}")


@dataclass(frozen=True)
class ExtractColumn:
    """A column of codes.

    Attributes:
        name: Its heading.
        meaning: What is in it.
        dimension: The dimension of the observations its codes are of; empty for the column that says what a
            row counts.
        codes: The codes it may have; where there are none, any code in lower-case letters, digits and
            underscores.
        is_needed: Whether the file must have it.
        only: Codes of the state column whose rows fill it; empty where every row does.
        unknown: The code an empty cell means in a file of cases; none where it may not be empty.
        later: Codes that came into use later: they are none of a total only where some row has them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    name: str
    meaning: str
    dimension: str = ""
    codes: tuple[str, ...] = ()
    is_needed: bool = True
    only: tuple[str, ...] = ()
    unknown: str = ""
    later: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExtractMeasure:
    """A column of counts.

    Attributes:
        column: Its heading.
        meaning: What is counted.
        indicator: The indicator it becomes.
        is_needed: Whether its cells must be filled.
        share: The indicator of its share in the measure before it; empty where there is none.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    column: str
    meaning: str
    indicator: str
    is_needed: bool = True
    share: str = ""


@dataclass(frozen=True)
class ExtractShare:
    """The share of some codes of a breakdown in all of them."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    indicator: str
    column: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class ExtractTable:
    """What is made of the rows of one kind: a total, and each breakdown by itself.

    Attributes:
        measures: Counts, each a part of the one before.
        state: The code of the state column these rows have; empty where there is no such column.
        apart: Columns whose codes are never added together.
        breakdowns: Columns each of which is shown beside the total.
        groups: A column that is shown too; a code of the breakdown may be under several of its codes.
        share: A share that is shown beside the total.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    measures: tuple[ExtractMeasure, ...]
    state: str = ""
    apart: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    groups: str = ""
    share: ExtractShare | None = None


@dataclass(frozen=True)
class Extract:
    """A file that a council can supply.

    Attributes:
        stem: Name of the file without its ending.
        title: What it is, for the source and for headings.
        period: Which period its rows are of.
        columns: Columns of codes, after the area and the period.
        tables: What is made of it.
        state: The column that says what a row counts; empty where all rows count the same.
        case: What one row is where the file has a row for each case; empty where it must have counts.
        as_at: Which end of the newest period the file describes.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    stem: str
    title: str
    period: str
    columns: tuple[ExtractColumn, ...]
    tables: tuple[ExtractTable, ...]
    state: str = ""
    case: str = ""
    as_at: Literal["start", "end"] = "end"

    @property
    def dataset(self) -> str:
        """The data set it becomes."""
        return "council_" + self.stem.replace("-", "_")

    @property
    def source_id(self) -> str:
        """The source of that data set."""
        return f"council-{self.stem}"

    @property
    def measures(self) -> tuple[ExtractMeasure, ...]:
        """Its columns of counts."""
        found = {measure.column: measure for table in self.tables for measure in table.measures}
        return tuple(found.values())

    @property
    def headings(self) -> list[str]:
        """The columns of a file of counts."""
        names = [column.name for column in self.columns]
        return [AREA, PERIOD, *names, *(measure.column for measure in self.measures)]

    @property
    def indicators(self) -> dict[str, str]:
        """The indicators it becomes, and their units."""
        found: dict[str, str] = {}
        for table in self.tables:
            for measure in table.measures:
                found[measure.indicator] = "count"
                if measure.share:
                    found[measure.share] = "%"
            if table.share:
                found[table.share.indicator] = "%"
        return found

    def column(self, name: str) -> ExtractColumn:
        """Its column of codes of this name."""
        return next(column for column in self.columns if column.name == name)


def measure_names(extract: Extract) -> list[str]:
    """The columns of counts that only a file of counts has, and not one of cases: the first of each table."""
    return list(dict.fromkeys(chain(table.measures[0].column for table in extract.tables)))
