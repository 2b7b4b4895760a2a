"""Waits for health services: published for NHS bodies, which serve more than one authority.

No movement is drawn from any of them: the lists change with the providers that report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.figures import charts
from send_jsna.wording import in_words, with_article

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

#: Age groups of the autism statistics.
_AGES = ("under_10", "10_to_17", "18_to_24")
#: Kinds of NHS body, as the report calls them.
BODIES = {
    "icb": "integrated care board",
    "sub_icb": "part of an integrated care board",
    "trust": "NHS trust",
}


def body_rows(
    supplement: Supplement, role: str, indicator: str, **selection: Any
) -> tuple[Area, pd.DataFrame]:
    """The rows of the NHS body that serves an area; the first with a value where several do.

    Args:
        supplement: The supplement.
        role: A key of :data:`BODIES`.
        indicator: Indicator id.
        **selection: Dimensions.

    Raises:
        NoDataError: No such body is declared for the area, or none has a value.
    """
    place = with_article(supplement.area.name)
    bodies = supplement.areas.bodies(supplement.area, role)
    for body in bodies:
        rows = supplement.held(indicator, area=body, **selection)
        if len(known(rows)):
            return body, rows
    named = " and ".join(body.name for body in bodies)
    raise NoDataError(
        f"{supplement.area} has no {BODIES[role]} with a value of {indicator}",
        reason=f"not held for {named}"
        if bodies
        else f"not held, since no {BODIES[role]} is declared for {place}",
    )


def publish_body(supplement: Supplement, figure_id: str, body: Area, role: str, inputs: Any) -> FigureRecord:
    """Publish the name of the NHS body whose figures are shown, and whether it is one of several."""
    bodies = supplement.areas.bodies(supplement.area, role)
    words = with_article(body.name)
    if len(bodies) > 1:
        words += f", one of {in_words(len(bodies))} that serve {with_article(supplement.area.name)}"
    return supplement.phrase(
        figure_id,
        words,
        title=f"{BODIES[role].capitalize()} whose figures are shown for {supplement.area}",
        inputs=inputs,
        method="The bodies that serve an area are declared in data/areas/nhs.csv.",
    )


def publish_waits(
    supplement: Supplement,
    stem: str,
    service: str,
    *,
    name: str,
    breaks: Sequence[charts.Break] = (),
) -> None:
    """Publish the children's waiting list of the integrated care board for one community service.

    Figures: ``<stem>.list.latest``, ``.period`` and ``.body``, the same with ``over_18``, and the charts
    ``<stem>.list.series`` and ``<stem>.over_18.series``; for the last change of coverage also
    ``<stem>.list.before``, ``.before_period``, ``.after`` and ``.after_period``, the months on its two sides.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        service: Code of the service.
        name: The service in words.
        breaks: Changes of coverage, drawn in the charts.
    """
    measures = {
        "list": ("community_waiting_list_count", "Children and young people waiting for"),
        "over_18": ("community_waiting_over_18_weeks_pct", "Waiting more than 18 weeks for"),
    }
    for part, (indicator, words) in measures.items():
        with supplement.covering(f"{words} {name}", f"{stem}.{part}.*"):
            body, rows = body_rows(supplement, "icb", indicator, service=service)
            _publish_list(supplement, f"{stem}.{part}", body, rows, f"{words} {name}", breaks)


def _publish_list(
    supplement: Supplement,
    stem: str,
    body: Area,
    rows: pd.DataFrame,
    name: str,
    breaks: Sequence[charts.Break],
) -> None:
    valued = known(rows)
    latest, unit = valued.iloc[-1], str(valued["unit"].iloc[0])

    def publish(part: str, period_part: str, row: pd.Series, when: str) -> None:
        supplement.number(
            f"{stem}.{part}",
            float(row["value"]),
            title=f"{name}, {body}, {row['period']}{when}",
            inputs=row,
            method="As published.",
            unit=unit,
            interval=compare.interval_of(row),
        )
        supplement.phrase(
            f"{stem}.{period_part}",
            str(row["period"]),
            title=f"{f'Month{when[1:]}' if when else 'Newest month'}: {name}",
            inputs=row,
            method="As published.",
        )

    publish("latest", "period", latest, "")
    publish_body(supplement, f"{stem}.body", body, "icb", latest)
    sides = _sides(valued, breaks)
    for side, row in sides.items():
        publish(side, f"{side}_period", row, f", {side} the change of coverage")
    if not sides:
        ids = [f"{stem}.{side}{part}" for side in ("before", "after") for part in ("", "_period")]
        supplement.absent(name, *ids, reason="not published on both sides of the change of coverage")
    supplement.chart(
        f"{stem}.series",
        charts.lines(rows, unit=unit, breaks=breaks),
        title=f"{name}, {body}",
        inputs=valued,
        method="Values as published; months are not compared across a change of coverage.",
    )


def publish_referral_waits(
    supplement: Supplement,
    stem: str,
    *,
    name: str,
    breaks: Sequence[charts.Break] = (),
) -> None:
    """Publish the share of autism referrals first seen after more than thirteen weeks, by age.

    Figures: the chart ``<stem>.series``, ``<stem>.<age>.latest`` for each age group, ``<stem>.period`` and
    ``<stem>.body``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        name: What is measured, as it stands in a title.
        breaks: Breaks, drawn in the chart.
    """
    with supplement.covering(name, f"{stem}.*"):
        body, rows = body_rows(supplement, "sub_icb", "autism_first_appointment_over_13_weeks_pct", age="*")
        labels, valued = supplement.labels("age"), known(rows)
        supplement.chart(
            f"{stem}.series",
            charts.lines(
                rows.assign(group=rows["age"].map(labels)), series="group", decimals=0, breaks=breaks
            ),
            inputs=valued,
            method="Values as published, by month.",
            title=f"{name}, {body}",
        )
        for age in _AGES:
            group = valued[valued["age"] == age]
            if group.empty:
                title = f"{name}, {labels[age].lower()}"
                supplement.absent(title, f"{stem}.{age}.latest", reason=f"not published for {body.name}")
                continue
            last = group.iloc[-1]
            supplement.number(
                f"{stem}.{age}.latest",
                last["value"],
                unit="%",
                decimals=0,
                inputs=last,
                method="As published.",
                title=f"{name}, {labels[age]}, {last['period']}",
            )
        newest = valued.iloc[-1]
        supplement.phrase(
            f"{stem}.period", newest["period"], title="Newest month", inputs=newest, method="As published."
        )
        publish_body(supplement, f"{stem}.body", body, "sub_icb", newest)


def publish_stated_wait(supplement: Supplement, stem: str, *, name: str) -> None:
    """Publish the average wait an NHS trust stated, as ``<stem>.latest``, with ``.period`` and ``.body``."""
    with supplement.covering(name, f"{stem}.*"):
        body, rows = body_rows(supplement, "trust", "autism_assessment_average_wait_weeks")
        last = known(rows).iloc[-1]
        supplement.number(
            f"{stem}.latest",
            last["value"],
            unit="weeks",
            decimals=0,
            inputs=last,
            method="As stated by the trust.",
            title=f"{name}, {body}, {last['period']}",
        )
        supplement.phrase(
            f"{stem}.period", last["period"], title="Month of the statement", inputs=last, method="As stated."
        )
        publish_body(supplement, f"{stem}.body", body, "trust", last)


def _sides(valued: pd.DataFrame, breaks: Sequence[charts.Break]) -> dict[str, pd.Series]:
    """The last observation before the last break and the first one after it."""
    if not breaks:
        return {}
    start = max(parse_period(mark.before).start for mark in breaks).isoformat()
    before, after = valued[valued["period_start"] < start], valued[valued["period_start"] >= start]
    if not len(before) or not len(after):
        return {}
    return {"before": before.iloc[-1], "after": after.iloc[0]}
