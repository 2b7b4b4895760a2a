"""What is kept of every upper-tier authority: the declaration of ``authorities.yaml``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared

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
    """What is declared to be stored of every authority; nothing where there is no such file.

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
            what = "is duplicated" if entry.indicator in seen else "is not declared"
            raise file.fault(
                f"indicator {entry.indicator!r} {what}",
                place,
                "indicator",
                expected="an indicator of indicators.yaml, once",
            )
        seen.add(entry.indicator)
    return entries
