"""Money: the balance of a grant in words, and spending by service.

All amounts are those of their years, as published: nothing here takes out the rise of prices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, tables
from send_jsna.evidence.headlines import publish_neighbours
from send_jsna.evidence.measures import STANDING_METHOD, Measure
from send_jsna.figures import charts
from send_jsna.wording import amount, format_number

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord

BALANCE_METHOD = "As published; the publisher prints a deficit as a positive number, a surplus as a negative."
CASH = "Amounts are those of each year, as published; they are not adjusted for prices."


# -- a balance ------------------------------------------------------------------------------------------


def balance_words(row: pd.Series) -> str:
    """A balance of which a deficit is a positive number: ``a deficit of 2.3%``, ``a surplus of 1.7%``."""
    kind = compare.choose(float(row["value"]), "a deficit of ", "a surplus of ", "no balance either way: ")
    return kind + format_number(abs(float(row["value"])), unit="%", decimals=1)


def publish_balance(measure: Measure) -> FigureRecord | None:
    """Publish a balance in words, beside region, England and statistical neighbours.

    Figures: the phrases ``<stem>.words`` (``a surplus of 1.7%``), ``.period``, ``.first_words``,
    ``.first_period``, ``.region_words``, ``.england_words`` and ``.side`` (``better than``, ``worse than`` or
    ``similar to`` England; less is better), ``.place`` (highest deficit first), and the charts
    ``.neighbours`` and ``.series``.

    Returns:
        The words; None where the area has no balance, which is put on record.
    """
    with measure.covering("*"):
        rows = known(measure.observations(area="headline"))
        own = measure.series()
        latest, first = own.iloc[-1], own.iloc[0]
        words = _said(measure, "words", latest)
        measure.period("period", latest)
        with measure.covering("first_words", "first_period"):
            if len(own) < 2:
                raise NoDataError(f"{measure.indicator} has one period", reason="no earlier period")
            _said(measure, "first_words", first)
            measure.period("first_period", first, what="First period")
        for key, place in measure.larger_places.items():
            there = rows[(rows["area_code"] == place.code) & (rows["period"] == latest["period"])]
            parts = (f"{key}_words", "side") if key == "england" else (f"{key}_words",)
            with measure.covering(*parts):
                if there.empty:
                    reason = f"not in this edition for {place.name} in the same period"
                    raise NoDataError(f"{measure.indicator}: {place}", reason=reason)
                _said(measure, f"{key}_words", there.iloc[0])
                if key == "england":
                    _publish_side(measure, latest, there.iloc[0])
        publish_neighbours(measure)
        _publish_series(measure, rows)
        return words
    return None


def _said(measure: Measure, part: str, row: pd.Series) -> FigureRecord:
    title = f"{measure.name}, {row['area_name']}, {row['period']}"
    return measure.phrase(part, balance_words(row), title=title, inputs=row, method=BALANCE_METHOD)


def _publish_side(measure: Measure, latest: pd.Series, other: pd.Series) -> None:
    standing = compare.standing_of(latest, other)
    words = {"above": "worse than", "below": "better than", "similar to": "similar to"}
    title = f"{measure.name}: {measure.supplement.area} against {other['area_name']}, {latest['period']}"
    inputs, method = [latest, other], f"{STANDING_METHOD} A smaller deficit is better."
    measure.phrase("side", words[standing], title=title, inputs=inputs, method=method)


def _publish_series(measure: Measure, rows: pd.DataFrame) -> None:
    with measure.covering("series"):
        if rows["period"].nunique() < 2:
            raise NoDataError(f"{measure.indicator} has one period", reason="too few periods to draw")
        measure.chart(
            "series",
            charts.lines(rows, unit="% of income", decimals=1, focus=measure.supplement.area.name),
            title=f"{measure.name} as a share of income: above nought a deficit, below nought a surplus",
            inputs=rows,
            method=BALANCE_METHOD,
        )


# -- spending by service --------------------------------------------------------------------------------


def publish_spending(measure: Measure) -> FigureRecord | None:
    """Publish spending in all and by service: amount, share of the whole here and in England, change.

    Figures: ``<stem>.total`` (``£125.2 million``), ``.period``, ``.first_period``, ``.change_pct`` of the
    total in cash, and the table ``<stem>.table``, the largest service first. The shares are of one total
    each, so that authorities left out of England's total are left out of its parts too.

    Args:
        measure: Spending in pounds, without a breakdown; the breakdown is by ``service``.

    Returns:
        The table; None where the area has no spending, which is put on record.
    """
    with measure.covering("*"):
        totals = measure.series()
        first, latest = totals.iloc[0], totals.iloc[-1]
        shape = {"shown": amount(latest["value"]), "method": CASH}
        title = f"{measure.label}, {latest['period']}"
        measure.number("total", latest["value"], title=title, unit="£", inputs=latest, **shape)
        measure.period("period", latest)
        measure.period("first_period", first, what="First period")
        change = 100 * (latest["value"] / first["value"] - 1)
        title = f"{measure.label}: change from {first['period']} to {latest['period']}"
        both = {"inputs": [first, latest], "method": f"Percentage change. {CASH}"}
        measure.number("change_pct", change, title=title, unit="%", decimals=0, **both)
        return _publish_services(measure, first, latest)
    return None


def _publish_services(measure: Measure, first: pd.Series, latest: pd.Series) -> FigureRecord:
    supplement, country = measure.supplement, measure.supplement.comparators.country
    periods = [first["period"], latest["period"]]
    rows = known(measure.observations(area=[supplement.area, country], service="*", period=periods))
    wholes = known(measure.stored(area=[supplement.area, country], period=latest["period"]))
    amounts = rows.set_index(["area_code", "service", "period"])["value"]
    total = wholes.set_index("area_code")["value"]
    labels = supplement.labels("service")
    own = supplement.own(rows[rows["period"] == latest["period"]])
    lines = []
    for _, row in own.sort_values("value", ascending=False, kind="stable").iterrows():
        before = amounts.get((row["area_code"], row["service"], first["period"]))
        there = amounts.get((country.code, row["service"], latest["period"]))
        lines.append(
            [
                labels[row["service"]],
                amount(row["value"]),
                _share(row["value"], total.get(row["area_code"])),
                _share(there, total.get(country.code)),
                tables.change_text(before, row["value"], "percent", 0),
            ]
        )
    since = f"Change since {first['period']}, in cash"
    columns = ["Service", latest["period"], "Share", f"Share in {country}", since]
    return measure.family.explained_table(
        "table",
        pd.DataFrame(lines, columns=columns),
        title=f"{measure.name} by service, {supplement.area}, {latest['period']}",
        inputs=[rows, wholes],
        method=f"Amounts as published; each divided by the total of the same place and year. {CASH}",
    )


def _share(part: float | None, whole: float | None) -> str:
    if part is None or not whole:
        return "x"
    return format_number(100 * float(part) / float(whole), unit="%")
