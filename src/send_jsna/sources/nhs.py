"""NHS England: community services waiting lists, autism waits and mental health contacts of children.

Organisations are looked up by the name the file prints, since the monthly workbooks of the first half of 2023
have no codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from send_jsna.periods import month
from send_jsna.sources.common import ENGLAND, as_frame, cells, number_or_none, read_text_table, row
from send_jsna.sources.context import Context

COMMUNITY = "nhse-chs-sitrep"
AUTISM = "nhse-autism"
MENTAL_HEALTH = "nhse-mhsds-cyp"

#: Organisations that serve the edition's area, by the name printed (in capitals in some months), and England.
COMMUNITY_BODIES = {
    "coventry and warwickshire": "QWU",
    "coventry and warwickshire partnership nhs trust": "RYG",
    "england": ENGLAND,
}
AUTISM_BODIES = ("B2M3M", "RYG")


def tidy(context: Context) -> pd.DataFrame:
    """Observations of the three data sets."""
    prepared = context.publisher / "send_ap_prepared"
    return as_frame(
        [
            *_community(
                read_text_table(context.publisher / "nhs" / "la_ch_time_series_derived.csv.gz"), context
            ),
            *_autism(read_text_table(prepared / "autism.csv.gz"), context),
            *_mental_health(read_text_table(prepared / "mentalhealth_ccg.csv.gz"), context),
        ]
    )


def _community(table: pd.DataFrame, context: Context) -> Iterator[dict[str, Any]]:
    """Children waiting for four services, and the share of them who waited over 18 weeks."""
    for line in cells(table):
        area_code = COMMUNITY_BODIES.get(line["Organisation Name"].casefold())
        if area_code is None:
            continue
        day, waiting = line["formattedDate"], line["Total waiting list"]
        total = number_or_none(waiting)
        over = [number_or_none(line[name]) for name in ("Waiting >18-52 weeks", "Waiting >52 weeks")]
        long = None if None in over else sum(part or 0 for part in over)
        # The publisher's sheet gives a share for a list it gives no total of: that is no figure.
        share = "x" if long is None or not total else f"{100 * long / total:.4f}"
        for label, text, counts in (
            (f"CYP waiting list: {line['Therapy']}", waiting, (None, None)),
            (
                f"CYP waiting over 18 weeks: {line['Therapy']}",
                share,
                (long, total),
            ),
        ):
            meaning = context.names.find(COMMUNITY, label)
            assert meaning is not None, f"Label {label} of {COMMUNITY} is not mapped."
            yield row(
                indicator=meaning.indicator,
                dimensions=meaning.dimensions,
                area_code=area_code,
                period=month(int(day[:4]), int(day[5:7])),
                text=text,
                source_id=COMMUNITY,
                source_label=label,
                source_period=day,
                numerator=counts[0],
                denominator=counts[1],
            )


def _autism(table: pd.DataFrame, context: Context) -> Iterator[dict[str, Any]]:
    """Of referrals open 13 weeks or more, the share first seen after more than 13 weeks, by age group."""
    for line in cells(table):
        if line["data_level"] == "National":
            area_code = ENGLAND
        elif line["PRIMARY_LEVEL"] in AUTISM_BODIES:
            area_code = line["PRIMARY_LEVEL"]
        else:
            continue
        label = f"{line['METRIC_NAME']} [{line['METRIC']}] {line['age_group']}"
        meaning = context.names.find(AUTISM, label)
        assert meaning is not None, f"Label {label} of {AUTISM} is not mapped."
        day = line["REPORTING_PERIOD_START"]
        yield row(
            indicator=meaning.indicator,
            dimensions=meaning.dimensions,
            area_code=area_code,
            period=month(int(day[:4]), int(day[5:7])),
            text=line["METRIC_VALUE"],
            source_id=AUTISM,
            source_label=label,
            source_period=day,
        )


def _mental_health(table: pd.DataFrame, context: Context) -> Iterator[dict[str, Any]]:
    """Children and young people with at least one contact in the twelve months that end with the month."""
    meaning = context.names.exact[(MENTAL_HEALTH, "MHS95")]
    for line in cells(table[table["PRIMARY_LEVEL"].isin(AUTISM_BODIES)]):
        day = line["Year ending"]
        yield row(
            indicator=meaning.indicator,
            dimensions=meaning.dimensions,
            area_code=line["PRIMARY_LEVEL"],
            period=month(int(day[:4]), int(day[5:7])),
            text=line["MEASURE_VALUE"],
            source_id=MENTAL_HEALTH,
            source_label=f"MHS95 {line['MEASURE_NAME']}",
            source_period=day,
        )
