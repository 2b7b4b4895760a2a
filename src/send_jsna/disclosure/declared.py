"""What counts children and how counts hang together: ``data/disclosure/tables.yaml`` and the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, field_validator

from send_jsna.catalogue.loading import IndicatorFile
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import Catalogue, Indicator
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError

TABLES = Path("disclosure") / "tables.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeclaredShare(_Strict):
    """The indicators whose counts are the two counts behind a percentage; empty where there is none."""

    numerator: str = ""
    denominator: str = ""


class Sum(_Strict):
    """Counts of indicators that add up to that of another.

    Attributes:
        total: Indicator of the total.
        parts: Indicators of its parts.
        keep: Parts that are withheld last for the sake of others.
    """

    total: str
    parts: list[str]
    keep: list[str] = []


class Breakdown(_Strict):
    """Counts by one dimension or several that add up to a total.

    Attributes:
        indicators: Indicators that are broken down so.
        by: The dimensions; the last of several is kept when the first ones are added up.
        total: Indicator of the total; the same indicator where it is empty.
        groups: Codes that are themselves sums of other codes.
        keep: Codes whose counts are withheld last for the sake of others.
        in_sums: Whether single counts are never shown where one of them is small.
    """

    indicators: list[str]
    by: list[str]
    total: str = ""
    groups: dict[str, list[str]] = {}
    keep: list[str] = []
    in_sums: bool = False

    @field_validator("by", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("by")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        unknown = [name for name in value if name not in DIMENSIONS]
        if unknown:
            raise ValueError(f"no dimension {unknown[0]}; expected one of {', '.join(DIMENSIONS)}")
        return value


class DeclaredTables(_Strict):
    """``tables.yaml``: what the catalogue does not say.

    Attributes:
        not_people: Count → what it counts, for counts of something other than children.
        sums: Indicators that add up.
        breakdowns: Breakdowns that add up.
        alone: Counts of which no sum and no breakdown is declared: each is protected by itself.
    """

    not_people: dict[str, str] = {}
    alone: list[str] = []
    sums: list[Sum] = []
    breakdowns: list[Breakdown] = []


class Tables(DeclaredTables):
    """Everything declared about counts of children.

    Attributes:
        same: Indicator → the one that has the same counts: `same_as` of the catalogue's indicators.
        shares: Percentage → the indicators of its counts: `numerator` and `denominator` of the catalogue's.
        protected: Data sets whose counts no publisher has released, and which a profile therefore protects.
            All others are public: they are shown as released, and anyone is taken to know them. None protects
            every data set.
    """

    same: dict[str, str] = {}
    shares: dict[str, DeclaredShare] = {}
    protected: frozenset[str] | None = None

    def protects(self, frame: pd.DataFrame) -> pd.Series[bool]:
        """Which of some observations a profile protects."""
        if self.protected is None:
            return pd.Series(True, index=frame.index)
        return frame["dataset"].isin(self.protected)

    def indicators(self) -> set[str]:
        """Every indicator that is named."""
        return self.ruled() | set(self.shares)

    def ruled(self) -> set[str]:
        """Every indicator of which something is declared, but percentages of counts."""
        named = {*self.not_people, *self.alone, *self.same, *self.same.values()}
        for share in self.shares.values():
            named |= {share.numerator, share.denominator}
        for item in self.sums:
            named |= {item.total, *item.parts}
        for breakdown in self.breakdowns:
            named |= {breakdown.total, *breakdown.indicators}
        return named - {""}


#: What of the tables the catalogue says, and the keys of `indicators.yaml` that say it.
_OF_THE_CATALOGUE = {"shares": "numerator and denominator", "same": "same_as"}


def load_tables(data_folder: Path, known: set[str] | None = None) -> Tables:
    """Read the declaration, and from the catalogue which counts each percentage is made of.

    Args:
        data_folder: The project's ``data`` folder.
        known: Indicators of the catalogue; a name that is not among them is refused.

    Raises:
        CatalogueError: A file is malformed, names an indicator that does not exist, or declares what the
            catalogue declares.
    """
    file = Declared(data_folder / TABLES)
    for key, keys in _OF_THE_CATALOGUE.items():
        if isinstance(file.data, dict) and key in file.data:
            raise file.fault(
                f"{key} is declared with the indicators",
                key,
                expected=f"{keys} in data/catalogue/indicators.yaml",
                remedy="declare it there alone",
            )
    declared = file.as_model(DeclaredTables)
    indicators = Declared(data_folder / "catalogue" / "indicators.yaml").as_model(IndicatorFile).root
    tables = Tables(**dict(declared), same=same_counts(indicators), shares=counts_of(indicators))
    unknown = sorted(tables.indicators() - known) if known is not None else []
    if unknown:
        raise CatalogueError(
            f"no indicator {', '.join(unknown)}",
            where=data_folder / TABLES,
            expected="indicators of data/catalogue/indicators.yaml",
            remedy="correct the name, or take it out",
        )
    return tables


def unruled(tables: Tables, catalogue: Catalogue, supplied: Collection[str]) -> Iterator[CatalogueError]:
    """Counts of which the declaration says nothing: neither that they are no children, nor how they add up.

    Args:
        tables: The declaration.
        catalogue: The catalogue.
        supplied: Data sets made of a council's extracts, which are protected as they are made.
    """
    ruled = tables.ruled()
    for name, indicator in catalogue.indicators.items():
        if indicator.unit == "count" and indicator.dataset not in supplied and name not in ruled:
            yield CatalogueError(
                f"no disclosure rule for the count {name!r}",
                where=catalogue.where("indicators", name),
                expected=f"{name} in data/{TABLES.as_posix()}: under `sums` or `breakdowns` where it adds up"
                " with other counts, under `alone` where it does not, or under `not_people`",
                remedy="declare it there; docs/disclosure.md says how",
            )


def counts_of(indicators: Iterable[Indicator]) -> dict[str, DeclaredShare]:
    """Percentage → the indicators of its counts, of the indicators that name at least one."""
    return {
        item.id: DeclaredShare(numerator=item.numerator, denominator=item.denominator)
        for item in indicators
        if item.numerator or item.denominator
    }


def same_counts(indicators: Iterable[Indicator]) -> dict[str, str]:
    """Indicator → the one that has the same counts under another name."""
    return {item.id: item.same_as for item in indicators if item.same_as}
