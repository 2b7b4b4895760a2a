"""One measure by SEN provision: values side by side, and how far pupils with SEN are from pupils without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, is_withheld_here, known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare
from send_jsna.evidence.headlines import FEWEST_DRAWN
from send_jsna.evidence.measures import STANDING_METHOD, Measure, drawn_method, limits, refuse_chance
from send_jsna.evidence.small_numbers import is_few, known_or_withheld, refuse_few
from send_jsna.evidence.tables import add_intervals, reason_notes, wide
from send_jsna.figures import charts
from send_jsna.wording import format_number, with_article

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord

PROVISIONS = {"ehc_plan": "EHC plan", "sen_support": "SEN support", "no_sen": "No identified SEN"}

GAP_METHOD = (
    "Distances between published values; wider or narrower where they differ by more than the printed "
    "rounding of all values in them. Chance is not taken into account."
)


def publish_by_provision(
    measure: Measure, *, decimals: int | None = None, provisions: Mapping[str, str] = PROVISIONS
) -> FigureRecord | None:
    """Publish one indicator by SEN provision: numbers, a chart of the area's series and a table.

    Figures for each provision with a value: ``<stem>.<provision>.latest``, ``.england``, ``.vs_england``;
    then ``<stem>.period``, the chart ``<stem>.by_provision`` and the table ``<stem>.provision_table`` of
    the area, its region and England in the area's newest period.

    Args:
        measure: What is measured, with the dimension ``provision`` left open.
        decimals: Decimal places.
        provisions: Provision code → label, in order.

    Returns:
        The chart; None where the area has no value, which is put on record.
    """
    ids = ["period", "by_provision", "provision_table"]
    ids += [f"{code}.{part}" for code in provisions for part in ("latest", "england", "vs_england")]
    with measure.covering(*ids):
        rows = measure.observations(area="headline", provision=list(provisions))
        rows = rows.assign(label=rows["provision"].map(dict(provisions)))
        own = known(measure.supplement.own(rows))
        newest = own.sort_values("period_start", kind="stable").iloc[-1]
        measure.period("period", newest)
        now = rows[rows["period"] == newest["period"]].sort_values(
            "provision", key=lambda codes: codes.map(list(provisions).index), kind="stable"
        )
        for code, label in provisions.items():
            part = known_or_withheld(now[now["provision"] == code])
            _publish_provision(measure.part(code, f"{measure.name}, {label}"), part, decimals)
        table = wide(
            now,
            rows="label",
            columns="area_name",
            head="SEN provision",
            decimals=decimals,
            row_order=[label for label in provisions.values() if label in set(now["label"])],
        )
        measure.table(
            "provision_table",
            table,
            title=f"{measure.name} by SEN provision, {newest['period']}",
            inputs=known(now),
            method="Values as published.",
            notes=reason_notes(table),
        )
        return _draw_provisions(measure, rows, now, decimals)
    return None


def _publish_provision(measure: Measure, rows: pd.DataFrame, decimals: int | None) -> None:
    """The newest number of one provision for the area and England, and how the one is to the other."""
    found = {str(row["area_code"]): row for _, row in rows.iterrows()}
    area, country = measure.supplement.area, measure.supplement.comparators.country
    own, other = found.get(area.code), found.get(country.code)
    if own is None:
        reason = f"no value for {with_article(area.name)} in the newest period"
        measure.absent("latest", "vs_england", reason=reason)
    else:
        with measure.covering("latest", "vs_england"):
            refuse_few(own)
            measure.value("latest", own, decimals=decimals)
    if other is None:
        reason = f"not in this edition for {with_article(country.name)} in the same period"
        measure.absent("england", "vs_england", reason=reason)
    else:
        measure.value("england", other, decimals=decimals)
    if own is not None and other is not None and not is_few(own):
        measure.against("vs_england", own, other)


def _draw_provisions(
    measure: Measure, rows: pd.DataFrame, now: pd.DataFrame, decimals: int | None
) -> FigureRecord:
    """The area's series by provision, or the newest period's values where there are fewer than three."""
    mine = add_intervals(measure.supplement.own(rows))
    own, period = known(mine), str(now["period"].iloc[0])
    if own["period"].nunique() >= FEWEST_DRAWN:
        span = f"{own['period'].iloc[0]} to {period}"
        title = f"{measure.name} by SEN provision, {measure.supplement.area}, {span}"
        return measure.lines("by_provision", mine, title=title, decimals=decimals, series="label")
    now = add_intervals(now)
    bars = charts.bars(
        now,
        category="label",
        series="area_name",
        unit=str(now["unit"].iloc[0]),
        decimals=decimals,
        sort=False,
        **limits(now),
    )
    return measure.chart(
        "by_provision",
        bars,
        title=f"{measure.name} by SEN provision, {period}",
        inputs=known(now),
        method=drawn_method(now),
    )


def publish_gap(measure: Measure) -> None:
    """Publish how far pupils with SEN are from pupils without, here and in England.

    Figures for each provision with a value beside that of pupils without SEN in the area's newest period:
    ``<stem>.<provision>.gap`` (a distance, never negative), ``.side`` (``below``, ``above`` or ``similar
    to``), ``.gap_england``, ``.gap_vs_england`` and ``.gap_vs_place``, which sets the distance between
    provisions in the area against the distance between area and England for pupils of that provision
    (``wider than``, ``narrower than`` or ``about as wide as``). A provision without a period with both groups
    is put on record.

    Args:
        measure: What is measured, with the dimension ``provision`` left open.
    """
    parts = ("gap", "side", "gap_england", "gap_vs_england", "gap_vs_place")
    for code in ("ehc_plan", "sen_support"):
        label = PROVISIONS[code]
        part = measure.part(code, f"{measure.name}: {label}")
        with part.covering(*parts, of=f"{measure.name}, {label} against no identified SEN"):
            rows = measure.observations(area="headline", provision=[code, "no_sen"])
            own = measure.supplement.own(rows)
            if is_withheld_here(own[own["period_start"] == own["period_start"].max()]).any():
                raise NoDataError(f"{part.name}: newest value withheld", reason=WITHHELD_HERE)
            _publish_gap(part, known(rows), code)


def _publish_gap(measure: Measure, rows: pd.DataFrame, code: str) -> None:
    """The distances of one provision in the area's newest period with both groups."""
    supplement = measure.supplement
    area, country = supplement.area, supplement.comparators.country
    both = supplement.own(rows).pivot_table(index="period_start", columns="provision", values="value")
    both = both.reindex(columns=[code, "no_sen"]).dropna()
    if not len(both):
        raise NoDataError(
            f"{area} has no period with and without SEN",
            reason="not in this edition for pupils with and without SEN",
        )
    now = rows[rows["period_start"] == both.index.max()]
    here, rest, there, there_rest = (
        _one(now, place.code, provision) for place in (area, country) for provision in (code, "no_sen")
    )
    assert here is not None
    assert rest is not None
    refuse_chance(supplement, here, rest)
    title = f"{measure.name} against no identified SEN, {here['period']}"
    measure.phrase(
        "side",
        compare.standing_of(here, rest),
        title=f"{title}, {area}",
        inputs=[here, rest],
        method=STANDING_METHOD,
    )
    _publish_distance(measure, "gap", f"{title}, {area}", (here, rest))
    if there is None or there_rest is None:
        reason = f"not in this edition for {country} in the same period"
        measure.absent("gap_england", "gap_vs_england", "gap_vs_place", reason=reason)
        return
    _publish_distance(measure, "gap_england", f"{title}, {country}", (there, there_rest))
    for part, pair, other in (
        ("gap_vs_england", (there, there_rest), f"that in {country}"),
        ("gap_vs_place", (here, there), f"that from {country}"),
    ):
        measure.phrase(
            part,
            _wider((here, rest), pair),
            title=f"{title}: distance in {area} against {other}",
            inputs=[here, rest, *pair],
            method=GAP_METHOD,
        )


def _wider(pair: tuple[pd.Series, pd.Series], other: tuple[pd.Series, pd.Series]) -> str:
    near, far = (abs(float(a["value"]) - float(b["value"])) for a, b in (pair, other))
    slack, other_slack = (sum(compare.rounding_of(row) for row in rows) for rows in (pair, other))
    word = compare.standing(
        near,
        far,
        interval=(near - slack, near + slack),
        other_interval=(far - other_slack, far + other_slack),
    )
    return {"above": "wider than", "below": "narrower than", "similar to": "about as wide as"}[word]


def _publish_distance(measure: Measure, part: str, title: str, pair: tuple[pd.Series, pd.Series]) -> None:
    row, rest = pair
    distance = abs(float(row["value"]) - float(rest["value"]))
    places = 0 if 2 * compare.rounding_of(row) >= 1 else 1
    unit = "pp" if row["unit"] == "%" else ""
    text = format_number(distance, unit=unit, decimals=places)
    measure.number(
        part,
        distance,
        title=title,
        inputs=list(pair),
        method="Distance between the two published values.",
        unit=unit or str(row["unit"]),
        decimals=places,
        shown=text if unit else f"{text} points",
    )


def _one(rows: pd.DataFrame, area_code: str, provision: str) -> pd.Series | None:
    found = rows[(rows["area_code"] == area_code) & (rows["provision"] == provision)]
    return found.iloc[0] if len(found) == 1 else None
