"""Known errors of publishers, as records rather than as code.

A record names the rows, says what is done about them and why, and states what it expects to find. Once the
publisher has put the error right the expectation fails, and the build stops until a person removes the
record: no correction outlives its cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator, model_validator

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.editions.quotients import contradicting, quotient
from send_jsna.errors import DataError

_ROOM = 1e-6

#: Why a percentage is withheld that does not follow from its own counts.
CONTRADICTS = (
    "The percentage does not follow from the counts printed beside it, and no record says which is right."
)


class Expectation(BaseModel):
    """What a record expects of the rows it names, before anything is done to them.

    Attributes:
        rows: How many there are.
        value: The value each of them has.
        differs_from: The value none of them has: the figure printed elsewhere that the record is about.
        status: The status each of them has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int | None = Field(default=None, ge=1)
    value: float | None = None
    differs_from: float | None = None
    status: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Expectation:
        if all(part is None for part in (self.rows, self.value, self.differs_from, self.status)):
            raise ValueError("name at least one of rows, value, differs_from and status")
        return self


class Correction(BaseModel):
    """One known error.

    Attributes:
        indicator: Indicator id.
        area: Area code, or ``all``.
        periods: Canonical labels; all periods where the list is empty.
        breakdown: Dimension values; dimensions that are not named may have any.
        action: ``drop`` withholds the value with a reason code, ``override`` puts another in its place,
            ``scale`` multiplies it, ``flag`` leaves it as it is and says so beside the figure. Where a
            percentage contradicts the counts printed beside it, ``keep_share`` leaves the counts out and
            ``keep_counts`` puts their quotient in its place; rows that agree stay as they are.
        status: Reason code of a dropped value.
        value: The value of an override.
        factor: The factor of a scaling.
        reason: What is wrong, for the reader.
        reported: Day it was found, or reported to the publisher.
        expect: What must still be so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    indicator: str
    area: str = "all"
    periods: list[str] = []
    breakdown: dict[str, str] = {}
    action: Literal["drop", "override", "scale", "flag", "keep_share", "keep_counts"]
    status: Literal["x", "c", "u"] = "u"
    value: float | None = None
    factor: float | None = None
    reason: str
    reported: date
    expect: Expectation

    @field_validator("breakdown")
    @classmethod
    def _known_dimensions(cls, breakdown: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(breakdown) - set(DIMENSIONS))
        if unknown:
            raise ValueError(f"no dimension {', '.join(unknown)}")
        return breakdown

    @model_validator(mode="after")
    def _has_its_number(self) -> Correction:
        wanted = {"override": "value", "scale": "factor"}.get(self.action, "")
        for name in ("value", "factor"):
            if (getattr(self, name) is not None) != (name == wanted):
                raise ValueError(f"{name} goes with the action {'override' if name == 'value' else 'scale'}")
        return self


class CorrectionFile(RootModel[list[Correction]]):
    """``data/corrections/<edition>.yaml``."""


@dataclass(frozen=True)
class Record:
    """A correction and where it is declared."""

    correction: Correction
    where: str


@dataclass(frozen=True)
class Note:
    """What a correction did: to which observations, and the sentence to show beside their figures."""

    correction: Correction
    observation_ids: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For the reader of a figure made from one of these observations."""
        done = {
            "drop": "Withheld here",
            "override": "Replaced here",
            "scale": "Rescaled here",
            "flag": "To be read with care",
            "keep_share": "To be read with care",
            "keep_counts": "Replaced here",
        }[self.correction.action]
        return f"{done}: {self.correction.reason}"


def load_corrections(path: Path) -> list[Record]:
    """The correction records of an edition; none where it has no file.

    Raises:
        CatalogueError: A record is malformed.
    """
    if not path.is_file():
        return []
    file = Declared(path)
    return [
        Record(correction, file.where(index))
        for index, correction in enumerate(file.as_model(CorrectionFile).root)
    ]


def newest(folder: Path) -> str:
    """Name of the newest file of known errors, empty where there is none: errors outlive an edition."""
    return max((path.stem for path in folder.glob("*.yaml")), default="")


def load_everywhere(folder: Path, name: str) -> list[Record]:
    """The records of a file and those of areas that its edition does not report on.

    Args:
        folder: ``data/corrections``.
        name: The file's name without ending.

    Raises:
        CatalogueError: A record is malformed.
    """
    return [
        *load_corrections(folder / f"{name}.yaml"),
        *load_corrections(folder / "elsewhere" / f"{name}.yaml"),
    ]


def that_apply(records: list[Record], frame: pd.DataFrame) -> list[Record]:
    """The records that name at least one row: an edition made for another area has none of the others."""
    return [item for item in records if _rows(frame, item.correction).any()]


def apply(frame: pd.DataFrame, records: list[Record]) -> tuple[pd.DataFrame, list[Note]]:
    """Apply the records, in order, to a copy of the tidy table.

    Args:
        frame: The tidy table of an edition.
        records: Its correction records.

    Returns:
        The corrected table and a note for each record.

    Raises:
        DataError: A record no longer finds what it expects: the publisher has put the error right, or the
            record was never right.
    """
    frame = frame.copy()
    notes = []
    for record in records:
        correction = record.correction
        rows = _rows(frame, correction)
        _check(frame[rows], record)
        if correction.action == "drop":
            frame.loc[rows, ["value", "numerator", "denominator"]] = float("nan")
            frame.loc[rows, "status"] = correction.status
        elif correction.action == "override":
            frame.loc[rows, "value"] = correction.value
            frame.loc[rows, ["numerator", "denominator"]] = float("nan")
        elif correction.factor is not None:
            frame.loc[rows, "value"] = frame.loc[rows, "value"] * correction.factor
            frame.loc[rows, ["numerator", "denominator"]] = float("nan")
        elif correction.action == "keep_share":
            frame.loc[rows & contradicting(frame), ["numerator", "denominator"]] = float("nan")
        elif correction.action == "keep_counts":
            rows &= contradicting(frame)
            by_counts = zip(quotient(frame[rows]), frame.loc[rows, "decimals"].fillna(0), strict=True)
            frame.loc[rows, "value"] = [round(value, int(decimals)) for value, decimals in by_counts]
        notes.append(Note(correction, tuple(frame.loc[rows, "observation_id"])))
    return frame, notes


def kept_shares(frame: pd.DataFrame, records: list[Record]) -> pd.Series[str]:
    """Why a row's percentage is kept though its counts contradict it; empty where no record says so."""
    why = pd.Series("", index=frame.index)
    for record in records:
        if record.correction.action == "keep_share":
            why = why.mask(_rows(frame, record.correction), record.correction.reason)
    return why


def of_other_authorities(frame: pd.DataFrame, areas: Areas, subject: str, day: date) -> list[Record]:
    """Records that withhold the percentages of other local authorities that contradict their counts.

    Such a row costs the comparison with that authority. One of the area itself, of its region or of England
    stays as it is printed, and validation refuses its data set.

    Args:
        frame: Observations, with all other records applied.
        areas: All areas.
        subject: Code of the area the report is about.
        day: Day the edition was made.
    """
    others = {area.code for area in areas.listed if area.kind == "local_authority"} - {subject}
    rows = frame[contradicting(frame) & frame["area_code"].isin(others)]
    keys = ["indicator", "area_code", "period", *DIMENSIONS]
    return [
        Record(
            Correction(
                indicator=key[0],
                area=key[1],
                periods=[key[2]],
                breakdown=dict(zip(DIMENSIONS, key[3:], strict=True)),
                action="drop",
                reason=CONTRADICTS,
                reported=day,
                expect=Expectation(rows=1),
            ),
            "the edition's observations",
        )
        for key in rows[keys].itertuples(index=False, name=None)
    ]


def _rows(frame: pd.DataFrame, correction: Correction) -> pd.Series[bool]:
    rows = frame["indicator"] == correction.indicator
    if correction.area != "all":
        rows &= frame["area_code"] == correction.area
    if correction.periods:
        rows &= frame["period"].isin(correction.periods)
    for dimension, value in correction.breakdown.items():
        rows &= frame[dimension] == value
    return rows


def _check(rows: pd.DataFrame, record: Record) -> None:
    expect = record.correction.expect
    name = f"the correction of {record.correction.indicator}"

    def fail(what: str, expected: str) -> DataError:
        return DataError(
            f"{name} {what}",
            where=record.where,
            expected=expected,
            remedy="if the publisher has put the error right, remove the record; else correct it",
        )

    if rows.empty:
        raise fail("finds no observation", "at least one")
    if expect.rows is not None and len(rows) != expect.rows:
        raise fail(f"finds {len(rows)} observations", str(expect.rows))
    if expect.status is not None and not (rows["status"] == expect.status).all():
        raise fail(f"finds the status {', '.join(sorted(set(rows['status'])))}", expect.status)
    if expect.value is not None and not ((rows["value"] - expect.value).abs() <= _ROOM).all():
        raise fail("finds another value than is recorded", f"{expect.value:g}")
    if expect.differs_from is not None and ((rows["value"] - expect.differs_from).abs() <= _ROOM).any():
        raise fail(f"finds {expect.differs_from:g}, the figure it is about", "another value")
