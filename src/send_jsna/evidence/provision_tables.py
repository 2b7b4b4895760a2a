"""Tables of several measures by SEN provision, and how many times as often pupils with SEN are met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence.measures import AS_PUBLISHED, Measure, refuse_chance, refuse_none
from send_jsna.evidence.provisions import PROVISIONS
from send_jsna.evidence.small_numbers import hide_few, known_or_withheld, refuse_any_few, refuse_few
from send_jsna.evidence.tables import cell, only, reason_notes
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord

TIMES_METHOD = "The value of pupils of this provision divided by that of pupils with no identified SEN."
DAYS_METHOD = "Share of sessions missed, of the 190 days of a school year that the regulations set."
#: Days of a school year: 380 sessions (Education (School Day and School Year) (England) Regulations 1999).
SCHOOL_DAYS = 190


def publish_provision_grid(
    measures: Sequence[Measure],
    figure_id: str,
    *,
    title: str,
    decimals: int | None = None,
    notes: Sequence[str] = (),
) -> FigureRecord | None:
    """Publish a table of the area: a row a measure, a column a provision, each row in its newest period.

    Args:
        measures: What is measured, one a row, which its name heads; the dimension ``provision`` left open.
        figure_id: Id of the table.
        title: Caption; the area's name is added.
        decimals: Decimal places.
        notes: Notes to print under the table.

    Returns:
        The table; None where the area has no value of any, which is put on record.
    """
    supplement = measures[0].supplement
    with supplement.covering(title, figure_id):
        lines, used = [], []
        for item in measures:
            rows = hide_few(item.stored(provision=list(PROVISIONS)), supplement.area.code)
            own = known_or_withheld(rows).sort_values("period_start", kind="stable")
            if own.empty:
                continue
            now = own[own["period"] == own["period"].iloc[-1]]
            found = {row["provision"]: cell(row, decimals=decimals) for _, row in now.iterrows()}
            lines.append([item.name, own["period"].iloc[-1], *(found.get(code, "x") for code in PROVISIONS)])
            used.append(known(now))
        refuse_none(measures, used)
        table = pd.DataFrame(lines, columns=["Measure", "Period", *PROVISIONS.values()])
        title = f"{title}, {supplement.area}"
        if table["Period"].nunique() == 1:  # said once, and the table is narrower
            title = f"{title}, {table.pop('Period').iloc[0]}"
        return supplement.table(
            figure_id,
            table,
            title=title,
            inputs=[rows for rows in used if len(rows)],
            method=AS_PUBLISHED,
            notes=[*notes, *reason_notes(table)],
        )
    return None


def publish_times(measure: Measure) -> None:
    """Publish how many times the value of pupils without SEN that of pupils with SEN is.

    Figures: ``<stem>.ehc_plan.times`` and ``<stem>.sen_support.times``, of the newest period with both.

    Args:
        measure: What is measured, with the dimension ``provision`` left open.
    """
    for code in ("ehc_plan", "sen_support"):
        part = measure.part(code, f"{measure.name}, {PROVISIONS[code]} against no identified SEN")
        with part.covering("times"):
            rows = known(measure.observations(provision=[code, "no_sen"]))
            both = rows.groupby("period").filter(lambda found: len(found) == 2)
            if both.empty:
                raise NoDataError(
                    f"{measure.indicator} has no period with both",
                    reason="not in this edition for pupils with and without SEN",
                )
            now = both[both["period_start"] == both["period_start"].max()]
            mine, rest = (only(now[now["provision"] == name]) for name in (code, "no_sen"))
            refuse_any_few(now)
            refuse_chance(measure.supplement, mine, rest)
            if not rest["value"]:
                raise NoDataError("division by zero", reason="no such case among pupils without SEN")
            times = float(mine["value"]) / float(rest["value"])
            part.number(
                "times",
                times,
                shown=f"{format_number(times, decimals=1)} times",
                title=f"{part.name}, {mine['period']}",
                inputs=now,
                method=TIMES_METHOD,
            )


def publish_days(measure: Measure) -> None:
    """Publish how many days of a school year the share of sessions missed is: ``<stem>.<provision>.days``.

    Args:
        measure: A share of sessions, with the dimension ``provision`` left open.
    """
    for code, label in PROVISIONS.items():
        part = measure.part(code, f"School days missed in a year, {label}")
        with part.covering("days"):
            row = only(known(measure.observations(provision=code, period="latest")))
            refuse_few(row)
            days = SCHOOL_DAYS * float(row["value"]) / 100
            part.number(
                "days",
                days,
                decimals=0,
                title=f"{part.name}, {measure.supplement.area}, {row['period']}",
                inputs=row,
                method=DAYS_METHOD,
            )
