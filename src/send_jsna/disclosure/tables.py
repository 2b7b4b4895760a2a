"""What counts children and how counts hang together: ``data/disclosure/tables.yaml`` and the catalogue."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, field_validator

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import IndicatorFile
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


class Tables(_Strict):
    """Everything declared about counts of children.

    Attributes:
        not_people: Count → what it counts, for counts of something other than children.
        same: Indicator → the one that holds the same counts.
        shares: Percentage → the indicators of its counts; those of the catalogue's indicators.
        sums: Indicators that add up.
        breakdowns: Breakdowns that add up.
    """

    not_people: dict[str, str] = {}
    same: dict[str, str] = {}
    shares: dict[str, DeclaredShare] = {}
    sums: list[Sum] = []
    breakdowns: list[Breakdown] = []

    def indicators(self) -> set[str]:
        """Every indicator that is named."""
        named = {*self.not_people, *self.same, *self.same.values(), *self.shares}
        for share in self.shares.values():
            named |= {share.numerator, share.denominator}
        for item in self.sums:
            named |= {item.total, *item.parts}
        for breakdown in self.breakdowns:
            named |= {breakdown.total, *breakdown.indicators}
        return named - {""}


def load_tables(data_folder: Path, known: set[str] | None = None) -> Tables:
    """Read the declaration, and from the catalogue which counts each percentage is made of.

    Args:
        data_folder: The project's ``data`` folder.
        known: Indicators of the catalogue; a name that is not among them is refused.

    Raises:
        CatalogueError: A file is malformed, names an indicator that does not exist, or declares a share
            otherwise than the other.
    """
    declared = Declared(data_folder / TABLES)
    tables = declared.as_model(Tables)
    tables = tables.model_copy(update={"shares": _shares(tables, data_folder)})
    unknown = sorted(tables.indicators() - known) if known is not None else []
    if unknown:
        raise CatalogueError(
            f"no indicator {', '.join(unknown)}",
            where=data_folder / TABLES,
            expected="indicators of data/catalogue/indicators.yaml",
        )
    return tables


def _shares(tables: Tables, data_folder: Path) -> dict[str, DeclaredShare]:
    indicators = Declared(data_folder / "catalogue" / "indicators.yaml").as_model(IndicatorFile).root
    found = {
        item.id: DeclaredShare(numerator=item.numerator, denominator=item.denominator)
        for item in indicators
        if item.numerator or item.denominator
    }
    for name, share in tables.shares.items():
        if found.setdefault(name, share) != share:
            raise CatalogueError(
                f"the counts of {name} are declared otherwise in indicators.yaml",
                where=data_folder / TABLES,
                remedy="declare them in indicators.yaml alone",
            )
    return found
