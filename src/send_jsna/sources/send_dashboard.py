"""Department for Education: the tables behind its SEND and alternative provision dashboard.

Each table was made by the department from one of its statistical releases. They name regions and England in
several ways, and carry percentages to two decimals, some of which the department computed anew from the
counts beside them: for England it computed them from counts rounded to ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.periods import parse_period
from send_jsna.sources.common import ENGLAND, as_frame, cells, number_or_none, read_text_table, row
from send_jsna.sources.context import Context


@dataclass(frozen=True)
class Table:
    """How one table of the dashboard is read.

    Attributes:
        source_id: Source id.
        name: File name.
        label: Template of the label, filled from the row's cells.
        value: Column of the value.
        period: Column of the period.
        numerator: Column of the numerator, if there is one.
        denominator: Column of the denominator, if there is one.
    """

    source_id: str
    name: str
    label: str
    value: str
    period: str = "academic_year"
    numerator: str = ""
    denominator: str = ""


_PHONICS = {
    "value": "Percent meeting expected standards in Y1",
    "numerator": "t_phonics_y1_met_expected_standard",
    "denominator": "t_phonics_y1_eligible_pupils",
}
_KS2 = {
    "value": "Percent meeting expected standard",
    "numerator": "t_rwm_met_expected_standard",
    "denominator": "t_rwm_eligible_pupils",
}
_ABSENCE = "{Absence measure} absence rate, autumn+spring terms: {characteristic}"

TABLES = (
    Table("dfe-absence-sen", "absence", _ABSENCE, "Percentage"),
    Table("dfe-phonics-sen", "ks1_phonics", "Phonics year 1 expected standard: {characteristic}", **_PHONICS),
    Table("dfe-ks2-sen", "ks2_attainment", "KS2 RWM expected standard: {characteristic}", **_KS2),
    Table("dfe-ks4-sen", "ks4_attainment", "Attainment 8: {characteristic_sen_description}", "avg_att8"),
    Table("dfe-ks4-sen", "ks4_attainment", "Progress 8: {characteristic_sen_description}", "avg_p8score"),
    Table("dfe-ks4-sen", "ks4_attainment", "Pupils: {characteristic_sen_description}", "t_pupils"),
    Table(
        "dfe-sen-provider",
        "provider_types",
        "{Provision type} attending {phase_type_grouping}",
        "% of pupils (with SEN provision type)",
    ),
    Table(
        "dfe-sen-england", "percent_pupils_ehcp", "Pupils with {SEN provision} (all schools)", "% of pupils"
    ),
    Table("dfe-sen-mainstream", "mainstream_with_sen", "{SEN provision}", "% of pupils"),
    Table("dfe-sen-mainstream", "mainstream_with_sen", "total_pupils", "total_pupils"),
    Table("dfe-destinations-16-18", "destinations_1618", "{characteristic}|{Destination}", "% of pupils"),
    Table("dfe-cin-sen", "cin_la", "{social_care_group}|{SEN Provision}", "Percentage of children"),
    Table("dfe-dsg-deficit", "dsg_deficit", "deficit", "deficit", period="financial_year"),
    Table("dfe-specialist-spend", "specialist_spend", "{category}", "Spend per head", period="year"),
)


def tidy(context: Context) -> pd.DataFrame:
    """Observations of every table."""
    rows = [row for table in TABLES for row in _rows(table, context)]
    frame = as_frame(rows)
    # Totals of a table that has one line for each breakdown stand once for each of them, always the same.
    return frame.drop_duplicates()


def _rows(table: Table, context: Context) -> Iterator[dict[str, object]]:
    content = read_text_table(context.publisher / "send_ap_prepared" / f"{table.name}.csv.gz")
    for line in cells(content):
        area_code = _area(line, context)
        if area_code is None:
            continue
        label = table.label.format(**line)
        meaning = context.names.find(table.source_id, label)
        if meaning is None:
            raise DataError(
                f"label {label!r} of {table.source_id} is not mapped",
                where=context.names.path,
                remedy="add a row for it",
            )
        yield row(
            indicator=meaning.indicator,
            dimensions=meaning.dimensions,
            area_code=area_code,
            period=parse_period(line[table.period]),
            text=line[table.value],
            numerator=number_or_none(line.get(table.numerator, "")),
            denominator=number_or_none(line.get(table.denominator, "")),
            source_id=table.source_id,
            source_label=label,
            source_period=line[table.period],
        )


def _area(line: dict[str, str], context: Context) -> str | None:
    """The area of a row: by code where it has one, else by the name at its geographic level."""
    code = line.get("new_la_code", "")
    if code:
        return code if code in context.codes else None
    level = line.get("geographic_level", "")
    name = line.get("la_name", "")
    if level == "National" or name == "England":
        return ENGLAND
    if level == "Regional":
        name = line["region_name"]
    return context.by_name.get(name)
