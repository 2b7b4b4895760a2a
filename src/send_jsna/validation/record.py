"""The record of a validation: each expectation's outcome, and the sentences a reader gets to see."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from send_jsna.errors import DataError
from send_jsna.files import json_text, sha256

Level = Literal["passed", "warning", "error"]
LEVELS: tuple[Level, ...] = ("passed", "warning", "error")


class Outcome(BaseModel):
    """What became of one expectation.

    Attributes:
        name: Its name in the suite.
        type: Its type in Great Expectations.
        description: What it expects, in a plain sentence.
        notes: The author's reasons, for exceptions above all.
        severity: What a breach of it means.
        success: Whether every row met it.
        level: ``passed``; ``warning`` (shown beside figures) or ``error`` (gates the data set). A breach that
            consists of known errors alone is a warning whatever the severity; an expectation that could not
            be evaluated is an error whatever the severity.
        observed: What was seen, in a few words.
        checked: Rows, or groups of rows, it applied to.
        unexpected_count: How many of them broke it, known errors included.
        known_count: How many of those are declared known errors.
        unexpected_rows: Observation ids of the first of them.
        details: What is wrong with each of those rows.
        exception: Why it could not be evaluated, in one line; empty where it was.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    type: str
    description: str
    notes: str = ""
    severity: Literal["error", "warning"]
    success: bool
    level: Level
    observed: str = ""
    checked: int = 0
    unexpected_count: int = 0
    known_count: int = 0
    unexpected_rows: list[str] = []
    details: list[str] = []
    exception: str = ""


class Notice(BaseModel):
    """A warning, as a reader sees it beside a figure.

    Attributes:
        text: The sentence.
        indicator: The indicator it concerns; empty where it concerns the data set as a whole.
        areas: Codes of the areas it concerns; empty where it concerns all.
        expectation: Name of the expectation that was broken.
        observations: Ids of the first rows it concerns.
        known: Whether it is a declared error of the publisher.
    """

    model_config = ConfigDict(extra="forbid")

    text: str
    indicator: str = ""
    areas: list[str] = []
    expectation: str
    observations: list[str] = []
    known: bool = False


class ValidationRecord(BaseModel):
    """One data set of one edition, checked against its suite.

    It states no time: same data, same suite, same record.

    Attributes:
        id: ``<edition>/<dataset>/<first 12 digits of the hash of the rest>``.
        edition: Edition id.
        dataset: Data set.
        suite: Name of the suite.
        suite_sha256: Hash of the files the suite is made of, ``_common.json`` first.
        data_sha256: Hash of the data set as the file ``write_dataset`` makes of it.
        engine: Name and version of what evaluated the suite.
        rows: Number of observations.
        passed: Whether no expectation ended as an error: whether figures may be made from the data set.
        expectations: Outcomes in the order of the suite.
        counts: Expectations by level.
        errors: A sentence for each error.
        warnings: The sentences to show beside figures.
    """

    model_config = ConfigDict(extra="forbid")

    id: str = ""
    edition: str
    dataset: str
    suite: str
    suite_sha256: str
    data_sha256: str
    engine: str
    rows: int
    passed: bool
    expectations: list[Outcome]
    counts: dict[str, int]
    errors: list[str]
    warnings: list[Notice]

    def identified(self) -> ValidationRecord:
        """The record with its id, made from everything else in it."""
        content = json.dumps(self.model_dump(exclude={"id"}), sort_keys=True, ensure_ascii=False)
        digest = sha256(content.encode())[:12]
        return self.model_copy(update={"id": f"{self.edition}/{self.dataset}/{digest}"})

    def to_json(self) -> str:
        """The record's file."""
        return json_text(self.model_dump())


class SummaryLine(BaseModel):
    """One data set in ``summary.json``."""

    model_config = ConfigDict(extra="forbid")

    id: str
    dataset: str
    suite: str
    rows: int
    passed: bool
    counts: dict[str, int]
    errors: list[str]
    warnings: list[str]


def levels_of(records: Iterable[ValidationRecord]) -> dict[Level, int]:
    """How many expectations ended at each level, as the site, the log and the record of a run say it."""
    known = list(records)
    return {level: sum(record.counts[level] for record in known) for level in LEVELS}


def summarise(records: dict[str, ValidationRecord]) -> dict[str, Any]:
    """The content of ``summary.json``: totals, then one line a data set."""
    lines = [
        SummaryLine(
            **record.model_dump(include={"id", "dataset", "suite", "rows", "passed", "counts", "errors"}),
            warnings=list(dict.fromkeys(notice.text for notice in record.warnings)),
        ).model_dump()
        for record in records.values()
    ]
    return {
        "datasets": len(records),
        "rows": sum(record.rows for record in records.values()),
        "failed": [record.dataset for record in records.values() if not record.passed],
        "expectations": levels_of(records.values()),
        "records": lines,
    }


def reader_warnings(
    records: dict[str, ValidationRecord], areas: Collection[str]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The warnings to show beside the figures of a report on some areas.

    Args:
        records: The validation records by data set.
        areas: Codes of the areas the report is about; warnings on other areas alone are left out.

    Returns:
        Sentences by data set, where they concern it as a whole, and sentences by indicator; without repeats.
    """
    by_dataset: dict[str, list[str]] = {}
    by_indicator: dict[str, list[str]] = {}
    for record in records.values():
        for notice in record.warnings:
            if notice.areas and not set(notice.areas) & set(areas):
                continue
            place = by_indicator if notice.indicator else by_dataset
            sentences = place.setdefault(notice.indicator or record.dataset, [])
            if notice.text not in sentences:
                sentences.append(notice.text)
    return by_dataset, by_indicator


def read_records(run_folder: Path) -> dict[str, ValidationRecord]:
    """The validation records of a run, by data set in alphabetical order.

    Raises:
        DataError: A record's file is not one.
    """
    records = {}
    for path in sorted((run_folder / "validation").glob("*.json")):
        if path.name == "summary.json":
            continue
        try:
            record = ValidationRecord.model_validate_json(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(
                "not a validation record", where=path, remedy="run jsna verify: the file was changed"
            ) from error
        records[record.dataset] = record
    return records
