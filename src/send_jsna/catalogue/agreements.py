"""What two sources print of one thing: the declaration of ``agreements.yaml``."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field, RootModel

from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared

FILE = "agreements.yaml"


class Agreement(BaseModel):
    """Two indicators that should have equal values, row by row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    one: str = Field(description="an indicator of the catalogue")
    other: str = Field(description="the indicator that has the same values from another source")
    beyond_rounding: float = Field(
        default=0, ge=0, description="what the two may differ by besides the rounding both are printed with"
    )
    note: str = Field(default="", description="what is known of their differences")


class AgreementFile(RootModel[list[Agreement]]):
    """``agreements.yaml``."""


def load_agreements(catalogue: Catalogue) -> list[Agreement]:
    """Every pair of indicators that two sources print: those of the file, and each with its ``same_as``.

    Raises:
        CatalogueError: The file is malformed, or names an indicator that is not declared, one that has
            another unit than its pair, or a pair twice.
    """
    found = list(_same(catalogue))
    path = catalogue.folder / FILE
    if not path.is_file():
        return found
    file = Declared(path)
    seen = {frozenset((pair.one, pair.other)) for pair in found}
    for place, pair in enumerate(file.as_model(AgreementFile).root):
        for key, name in (("one", pair.one), ("other", pair.other)):
            if name not in catalogue.indicators:
                raise file.fault(
                    f"indicator {name!r} is not declared",
                    place,
                    key,
                    expected="an indicator of indicators.yaml",
                    remedy="correct the name, or declare it there",
                )
        units = {catalogue.indicators[name].unit for name in (pair.one, pair.other)}
        names = frozenset((pair.one, pair.other))
        if len(units) > 1 or names in seen or len(names) == 1:
            what = "have different units" if len(units) > 1 else "are held against each other already"
            raise file.fault(
                f"{pair.one} and {pair.other} {what}",
                place,
                "other",
                expected="two indicators of one unit, once, and not one that is `same_as` the other",
                remedy="correct the names, or take the pair out",
            )
        seen.add(names)
        found.append(pair)
    return found


def _same(catalogue: Catalogue) -> Iterator[Agreement]:
    """The pairs that the indicators declare themselves."""
    for indicator in catalogue.indicators.values():
        if indicator.same_as:
            yield Agreement(one=indicator.same_as, other=indicator.id)
