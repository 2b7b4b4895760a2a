"""What a claim is and how it is declared in ``data/claims/``.

Each file has one document's claims. A claim quotes the number exactly as printed and says what it is checked
against: observations of the editions, and the arithmetic that should give the printed number. A claim that
cannot be checked says why. Nothing about a claim is code.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError

Kind = Literal[
    "value",
    "cross_document",
    "difference",
    "share",
    "percent_change",
    "sum",
    "ratio",
    "part_of_sum",
    "complement",
    "implied_count",
    "implied_total",
    "implied_difference",
    "implied_percent_change",
    "implied_population",
]

#: How many observations a check of each kind takes, fewest and most, and what they are, in order.
OPERANDS: dict[str, tuple[int, int, str]] = {
    "value": (1, 1, "the same quantity from another source"),
    "cross_document": (1, 1, "the same quantity as another document prints it"),
    "difference": (2, 2, "later, earlier"),
    "share": (2, 2, "part, whole"),
    "percent_change": (2, 2, "later, earlier"),
    "sum": (1, 50, "the parts"),
    "ratio": (2, 2, "numerator, denominator"),
    "part_of_sum": (3, 50, "the printed total, this part as recorded, then every part"),
    "complement": (1, 50, "the other percentages of a whole"),
    "implied_count": (2, 2, "percentage, whole"),
    "implied_total": (2, 2, "part, percentage"),
    "implied_difference": (3, 3, "later percentage, later whole, earlier count"),
    "implied_percent_change": (3, 3, "later percentage, later whole, earlier count"),
    "implied_population": (4, 4, "this part, its percentage, the other part, its percentage"),
}


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Selector(_Record):
    """One observation. What is left out is taken from the claim, or from its document.

    Attributes:
        edition: Edition id.
        indicator: Indicator id.
        area: ONS code.
        period: Canonical label of the period.
        dimensions: Breakdown; a dimension that is not named must be the total. ``"*"`` takes every row but
            the total, in a sum.
        rounded_to: What the published number was rounded to: 100 for ``68,300``, 0.1 for ``19.5``. By default
            what the observation's own decimals say, and exact for counts.
    """

    edition: str = ""
    indicator: str
    area: str = ""
    period: str = ""
    dimensions: dict[str, str] = {}
    rounded_to: float | None = Field(default=None, gt=0)

    @property
    def takes_several(self) -> bool:
        """Whether it names every row of a breakdown and not one."""
        return "*" in self.dimensions.values()

    @model_validator(mode="after")
    def _known_dimensions(self) -> Self:
        unknown = sorted(set(self.dimensions) - set(DIMENSIONS))
        if unknown:
            raise ValueError(f"no dimension {unknown[0]}; expected one of {', '.join(DIMENSIONS)}")
        return self


class Check(_Record):
    """What a claim is checked against.

    Attributes:
        kind: The arithmetic; see :data:`OPERANDS`.
        against: What it is checked against, in words: ``the printed counts``.
        of: The observations, in the order :data:`OPERANDS` gives.
    """

    kind: Kind
    against: str = Field(min_length=3)
    of: tuple[Selector, ...]

    @model_validator(mode="after")
    def _operands(self) -> Self:
        fewest, most, meaning = OPERANDS[self.kind]
        if not fewest <= len(self.of) <= most:
            raise ValueError(f"a {self.kind} takes {meaning}; found {len(self.of)}")
        first_part = {"sum": 0, "part_of_sum": 2}.get(self.kind, len(self.of))
        if any(part.takes_several for part in self.of[:first_part]):
            raise ValueError('"*" can be used only for the parts of a sum')
        return self


class Bounds(_Record):
    """The range that a vague statement ("just under") or a cell cut off is read as, both ends included."""

    lower: float
    upper: float


class ClaimedDocument(_Record):
    """The published document a claim is from.

    Attributes:
        id: Short id, the first part of its claims' ids.
        title: As published.
        published: When, in words.
        edition: The edition that has the figures it prints.
        area: The area it is about.
        source_id: Its id among the sources.
    """

    id: str = Field(pattern=r"[a-z][a-z0-9-]*")
    title: str
    published: str
    edition: str
    area: str
    source_id: str


class Claim(_Record):
    """One figure as a document prints it.

    Attributes:
        id: ``<document>.<topic>.<what>``, unique over all documents.
        document: The document; filled in from the file.
        place: Where in the document: slide, table, row and column.
        topic: Heading it is listed under.
        quoted: The words or the row and column around the figure, short, as printed.
        printed: The figure exactly as printed.
        value: The figure as a number; none where the copy cuts it off.
        unit: ``count``, ``%`` or ``years``.
        decimals: Printed decimal places; -2 for a number rounded to hundreds.
        area: ONS code; the document's where left out.
        period: Period it is about.
        reads_as: The range a vague statement, or the digits of a cell that is cut off, are read as.
        checks: What it is checked against.
        cannot: Why it cannot be checked.
        if_differs: A sentence that explains a difference; shown only where there is one.
    """

    id: str = Field(pattern=r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
    document: ClaimedDocument
    place: str
    topic: str
    quoted: str
    printed: str
    value: float | None = None
    unit: Literal["count", "%", "years"]
    decimals: int = Field(ge=-4, le=4)
    area: str
    period: str
    reads_as: Bounds | None = None
    checks: tuple[Check, ...] = ()
    cannot: str = ""
    if_differs: str = ""

    @property
    def is_cut_off(self) -> bool:
        """Whether only the first digits of the figure can be read."""
        return self.value is None and self.reads_as is not None

    def nearest(self, value: float) -> float:
        """The printed value; of one that is cut off, the value it can have that is nearest to another."""
        if self.value is not None:
            return self.value
        assert self.reads_as is not None  # the schema demands one of the two of a claim with checks
        return min(max(value, self.reads_as.lower), self.reads_as.upper)

    @model_validator(mode="after")
    def _checked_or_said_why(self) -> Self:
        if bool(self.checks) == bool(self.cannot):
            raise ValueError("give either checks, or cannot with the reason why there are none")
        if self.checks and self.value is None and self.reads_as is None:
            raise ValueError("a claim with checks needs its value, or the range it is read as")
        return self


class _File(_Record):
    document: ClaimedDocument
    topics: dict[str, str]
    claims: tuple[Claim, ...]


def load_claims(folder: Path) -> list[Claim]:
    """Read every claim of a folder, in the order of files and lines.

    Args:
        folder: Has one YAML file for each document.

    Raises:
        CatalogueError: A file breaks the schema, or an id is duplicated; with file and line.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise CatalogueError("no claims", where=folder, expected="one YAML file for each document")
    claims: list[Claim] = []
    seen: dict[str, str] = {}
    for path in paths:
        declared = Declared(path, root=folder.parent.parent)
        declared.refuse_identifying()
        found = declared.as_model(_File, _filled_in(declared.data))
        for index, claim in enumerate(found.claims):
            if claim.topic not in found.topics.values():
                raise declared.fault(
                    f"claim {claim.id} has the unknown topic {claim.topic}",
                    *("claims", index, "topic"),
                    expected="one of " + ", ".join(found.topics),
                )
            where = declared.where("claims", index, "id")
            if claim.id in seen:
                raise CatalogueError(
                    f"the claim id {claim.id} is duplicated (first in {seen[claim.id]})", where=where
                )
            seen[claim.id] = where
            claims.append(claim)
    return claims


def claims_of(folder: Path, area: str) -> list[Claim]:
    """The claims of the documents about one area; see :func:`load_claims`."""
    return [claim for claim in load_claims(folder) if claim.document.area == area]


def _filled_in(data: Any) -> Any:
    """The file with document, area, edition and period put in where it leaves them out.

    Faulty parts are passed on as they are, for the schema to name.
    """
    if not isinstance(data, dict) or not isinstance(data.get("document"), dict):
        return data
    document = data["document"]
    topics = data["topics"] if isinstance(data.get("topics"), dict) else {}

    def claim_of(item: dict[str, Any]) -> dict[str, Any]:
        topic = item.get("topic")
        claim = {"document": document, "area": document.get("area")} | item
        if "id" in item:
            claim["id"] = f"{document.get('id')}.{item['id']}"
        if "topic" in item:
            claim["topic"] = topics.get(topic, topic)
        if "checks" in item:
            defaults = {name: claim.get(name) for name in ("area", "period")}
            defaults["edition"] = document.get("edition")
            claim["checks"] = _each(item["checks"], lambda check: check_of(check, defaults))
        return claim

    def check_of(item: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
        return item | {"of": _each(item.get("of"), lambda selector: defaults | selector)}

    return data | {"claims": _each(data.get("claims"), claim_of)}


def _each(items: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if not isinstance(items, list):
        return items
    return [change(item) if isinstance(item, dict) else item for item in items]
