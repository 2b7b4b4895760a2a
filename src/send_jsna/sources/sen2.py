"""Department for Education: education, health and care plans (SEN2) of 2025, and tribunal appeals.

Each file of the release is a source of its own, because files of one release disagree: plans issued in 2024
are 686 for Coventry in the timeliness file and 675 in the file of new plans. Breakdowns by years a plan has
been in place are not read: their labels are off by one between two files of the release.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from send_jsna.periods import Period, calendar_year, january
from send_jsna.sources.common import (
    Meaning,
    as_frame,
    cells,
    number_or_none,
    read_bytes,
    read_text_table,
    row,
    with_area_codes,
)
from send_jsna.sources.context import Context

BREAKDOWN = "dfe-sen2-2025-breakdown"
TRIBUNALS = "dfe-send-tribunals-2025"
TRIBUNALS_FILE = "sen2_2025/send_tribunals_appeal_rate_2014_2024.csv.gz"


@dataclass(frozen=True)
class File:
    """A file of the release and how much of its breakdowns the edition keeps.

    Attributes:
        source_id: Source id.
        name: File name.
        by_age_and_sex: Indicators kept for every age, sex and ethnicity.
        everywhere: Whether they are kept for every area, not only the subject, its region and England.
    """

    source_id: str
    name: str
    by_age_and_sex: tuple[str, ...] = ()
    everywhere: bool = False


FILES = (
    File("dfe-sen2-2025-caseload", "caseload.csv.gz", ("ehc_plans_count",), everywhere=True),
    File("dfe-sen2-2025-needs", "sen_needs_all_plans.csv.gz", ("ehc_primary_need_count",)),
    File("dfe-sen2-2025-needs-newplans", "sen_need_newplans.csv.gz"),
    File("dfe-sen2-2025-newplans", "newplans.csv.gz", ("ehc_new_plans_count",)),
    File("dfe-sen2-2025-requests", "requests.csv.gz", ("ehc_requests_count",)),
    File("dfe-sen2-2025-assessments", "assessments.csv.gz"),
    File("dfe-sen2-2025-timeliness", "timeliness_20_week.csv.gz"),
    File("dfe-sen2-2025-annual-reviews", "annual_reviews.csv.gz"),
    File("dfe-sen2-2025-ceased-plans", "ceased_plans.csv.gz", ("ehc_plans_ceased_count",)),
    File("dfe-sen2-2025-personal-budgets", "personal_budgets.csv.gz"),
    File("dfe-sen2-2025-residential", "residential_settings.csv.gz"),
    File("dfe-sen2-2025-work-based", "work_based_placements.csv.gz", ("supported_internships_count",)),
)


def tidy(context: Context) -> pd.DataFrame:
    """Observations of every file of the release and of the tribunal table."""
    frames = [
        tidy_file(read_text_table(context.publisher / "sen2_2025" / file.name), file, context)
        for file in FILES
    ]
    return pd.concat([*frames, tidy_tribunals(read_tribunals(context.publisher / TRIBUNALS_FILE), context)])


def tidy_file(table: pd.DataFrame, file: File, context: Context) -> pd.DataFrame:
    """Observations of one file; totals for every area, breakdowns as the file's card says."""
    table = with_area_codes(table, context.codes)
    if file.source_id == "dfe-sen2-2025-annual-reviews":
        table["held of expected"] = [
            _share(n, d) for n, d in zip(table["total_review_meeting"], table["review_expected"], strict=True)
        ]
    meanings = context.names.labels(file.source_id)
    rows = []
    for line in cells(table):
        breakdown = context.names.find(BREAKDOWN, _breakdown_label(line))
        if breakdown is None:
            continue
        for column, meaning in meanings.items():
            if breakdown.dimensions and not _kept(file, meaning, line["area_code"], context):
                continue
            rows.append(
                row(
                    indicator=meaning.indicator,
                    dimensions={**breakdown.dimensions, **meaning.dimensions},
                    area_code=line["area_code"],
                    period=_period(line["time_period"]),
                    text=line[column],
                    numerator=_count(line, meaning.numerator),
                    denominator=_count(line, meaning.denominator),
                    source_id=file.source_id,
                    source_label=column,
                    source_period=line["time_period"],
                )
            )
    return as_frame(rows)


def _breakdown_label(line: dict[str, str]) -> str:
    """``topic|breakdown``; the totals name themselves twice."""
    topic, breakdown = line["breakdown_topic"], line["breakdown"]
    return topic if topic == breakdown else f"{topic}|{breakdown}"


def _kept(file: File, meaning: Meaning, area_code: str, context: Context) -> bool:
    return meaning.indicator in file.by_age_and_sex and (file.everywhere or area_code in context.headline)


def _period(text: str) -> Period:
    """Academic years of this release name the January count that falls in them."""
    return january(int(text[:4]) + 1) if len(text) == 6 else calendar_year(int(text))


def _count(line: dict[str, str], columns: str) -> float | None:
    """A numerator or denominator: one column, or several joined by ``+``."""
    if not columns:
        return None
    parts = [number_or_none(line[column]) for column in columns.split("+")]
    return None if any(part is None for part in parts) else float(sum(part or 0 for part in parts))


def _share(numerator: str, denominator: str) -> str:
    """A percentage the release gives only the parts of, to four decimals."""
    top, bottom = number_or_none(numerator), number_or_none(denominator)
    return "x" if top is None or not bottom else f"{100 * top / bottom:.4f}"


def read_tribunals(path: Path) -> list[list[str]]:
    """The rows of the appeal table that hold a local authority or a total."""
    lines = csv.reader(io.StringIO(read_bytes(path).decode("utf-8-sig")))
    return [
        [cell.strip() for cell in line] for line in lines if len(line) > 34 and line[2].strip() not in ("",)
    ]


def tidy_tribunals(lines: list[list[str]], context: Context) -> pd.DataFrame:
    """Appeals and appeal rates 2014 to 2024; the method in development is an indicator of its own."""
    rows = []
    for line in lines:
        area = _tribunal_area(line, context)
        if area is None:
            continue
        for year in range(2014, 2025):
            start = 2 + 3 * (year - 2014)
            rows += _appeals(line[start : start + 3], "Appeal rate (old method)", year, area, context)
        newer = [line[32], line[35], line[36]]
        rows += _appeals(newer, "Appeal rate (new method)", 2024, area, context)[:1]
    return as_frame(rows)


def _tribunal_area(line: list[str], context: Context) -> str | None:
    if line[1] in context.by_number:
        return context.by_number[line[1]]
    return "E92000001" if line[0].casefold().startswith(("england", "total")) else None


def _appeals(
    printed: list[str], label: str, year: int, area: str, context: Context
) -> list[dict[str, object]]:
    """The rate and the appeals of one year. In this table a dash is none, and a tilde is suppressed."""
    appeals, decisions, rate = ["0" if cell == "-" else cell.replace("~", "c") for cell in printed]
    common = {
        "area_code": area,
        "period": calendar_year(year),
        "source_id": TRIBUNALS,
        "source_period": str(year),
    }
    parts = {"numerator": number_or_none(appeals), "denominator": number_or_none(decisions)}
    made = []
    for name, text, counts in ((label, rate, parts), ("Appeals registered", appeals, {})):
        meaning = context.names.exact[(TRIBUNALS, name)]
        made.append(row(indicator=meaning.indicator, text=text, source_label=name, **common, **counts))  # type: ignore[arg-type]
    return made
