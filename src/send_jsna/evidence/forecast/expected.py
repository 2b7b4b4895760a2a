"""What would have been expected without the pandemic, for every series that allows it.

The trend before the pandemic is carried on with its prediction interval, and what was recorded is compared
with it; see :mod:`send_jsna.evidence.trend.earlier_trend`. Where a series does not allow it, the reason
is given in place of a number. A series whose interval is too wide to help is counted only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence.estimates import or_none, publish_estimate
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import Measure
from send_jsna.evidence.small_numbers import hide_few
from send_jsna.evidence.trend.earlier_trend import AgainstTrend, Result, Series, against_trend
from send_jsna.figures import charts
from send_jsna.wording import in_words, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

EXPECTED_METHOD = (
    "Straight line through the logarithms (percentages: log-odds) of the periods before the pandemic, by "
    "least squares, carried on; 95% prediction interval by Student's t. Above or below where the recorded "
    "value lies outside the interval by more than its printed rounding. Inside it, no clear difference. What "
    "has too wide an interval to help is left out, by the rule under Methods. The line takes the earlier "
    "trend to have gone on straight and tells nothing of causes."
)
REFUSED_METHOD = "Reasons for which a trend is not carried on: too few periods, a gap, a new definition."
NO_EXPECTATION = "no trend before the pandemic to carry on"
_NOTES = (
    "Differences of percentages are in percentage points.",
    "Of twenty series that went on as before, one may fall outside its interval by chance.",
)


def publish_expected(
    supplement: Supplement, stem: str, series: Mapping[str, Series], *, drawn: Sequence[str] = ()
) -> FigureRecord | None:
    """Publish the table of all series, and figures of each that allows it.

    Figures for each key: ``<stem>.<key>.recorded``, ``.expected``, ``.range``, ``.difference``, ``.result``
    and ``.period``, and the chart ``.chart`` for those drawn; then the tables ``<stem>.table`` and
    ``<stem>.without``, the phrases ``<stem>.tally``, ``.above`` and ``.below``.

    Returns:
        The table; None where no series allows it, which is put on record.
    """
    family = Family(supplement, stem)
    compared: dict[str, AgainstTrend] = {}
    found: dict[str, AgainstTrend] = {}
    refused: dict[str, str] = {}
    for key, one in series.items():
        measure = replace(one.measure, stem=family.id(key))
        with measure.covering("*", of=f"{measure.name}, as expected without the pandemic"):
            try:
                compared[key] = against_trend(one)
            except NoDataError as error:
                refused[key] = error.reason
                raise
            measure.refuse_wide(compared[key].expected)
            found[key] = compared[key]
            _publish_one(measure, found[key])
            if key in drawn:
                _draw(measure, found[key])
    _publish_refused(family, [(series[key].measure, reason) for key, reason in refused.items()])
    with family.covering("what would have been expected without the pandemic", "*"):
        if not found:
            for key, too_wide in compared.items():
                series[key].measure.refuse_wide(too_wide.expected)
            raise NoDataError("no series has a trend before the pandemic", reason=NO_EXPECTATION)
        shared = family.about(method=EXPECTED_METHOD)
        named = {series[key].measure.name: one for key, one in found.items()}
        looked_at = [one.rows for one in compared.values()]
        _publish_tally(shared.about(inputs=looked_at), named, too_wide=len(compared) - len(found))
        return shared.table(
            "table",
            pd.DataFrame([_line(name, one) for name, one in named.items()]),
            title=f"What the trend before the pandemic would have led to, {supplement.area},"
            " with 95% intervals",
            inputs=[one.rows for one in found.values()],
            notes=_NOTES,
        )
    return None


def _publish_one(measure: Measure, found: AgainstTrend) -> None:
    newest, expected, area = found.newest, found.expected, measure.supplement.area
    label = f"{measure.label}, {newest['period']}"
    measure.period("period", newest)
    measure.value("recorded", newest, decimals=found.decimals, interval=False, place=area)
    family = measure.about(inputs=found.rows, method=EXPECTED_METHOD)
    title = f"{label}: expected from the trend to {found.trend_end}"
    publish_estimate(family, "expected", expected, title=title)
    family.phrase("range", expected.range, title=f"{label}: 95% interval expected")
    title = f"{label}: recorded less expected, with its 95% interval"
    family.phrase("difference", found.difference.signed_with_range, title=title)
    family.phrase("result", found.result, title=f"{label}: recorded value against the interval expected")


def _line(name: str, found: AgainstTrend) -> dict[str, str]:
    """One series as a row of the table."""
    newest, expected = found.newest, found.expected
    unit = "" if expected.unit in ("%", "count") else f" ({expected.unit.replace('_', ' ')})"
    return {
        "Series": f"{name}{unit}",
        "Earlier trend": f"{found.before['period'].iloc[0]} to {found.trend_end}",
        "Newest": str(newest["period"]),
        "Recorded": expected.as_printed(newest["value"]),
        "Expected": expected.with_range,
        "Recorded less expected": found.difference.signed_with_range,
        "Result": found.result.capitalize(),
        "Outside its interval in": ", ".join(found.outside) or "none",
    }


def _publish_refused(family: Family, refused: Sequence[tuple[Measure, str]]) -> None:
    """The series that do not allow it, with the reason; the observations are those there are."""
    area = family.supplement.area
    with family.covering("series whose earlier trend cannot be carried on", "without"):
        rows = [known(hide_few(measure.stored(), area.code)) for measure, _ in refused]
        if not sum(map(len, rows)):
            reason = "no such series has a value"
            raise NoDataError("no series is refused, or none has a value", reason=reason)
        lines = [[measure.name, f"{reason[:1].upper()}{reason[1:]}"] for measure, reason in refused]
        family.table(
            "without",
            pd.DataFrame(lines, columns=["Series", "Why its earlier trend is not carried on"]),
            title=f"Series without an expectation, {area}",
            inputs=rows,
            method=REFUSED_METHOD,
        )


def _publish_tally(family: Family, found: Mapping[str, AgainstTrend], *, too_wide: int) -> None:
    """How many series are above, below and inside what was expected, and which are outside.

    Args:
        family: The figures, with the observations of all series that were compared.
        found: The series that are shown, by name.
        too_wide: Those left out since their interval is too wide to help.
    """
    area = family.supplement.area
    names: dict[Result, list[str]] = {result: [] for result in get_args(Result)}
    for name, one in found.items():
        names[one.result].append(sentence_case(name))
    above, below, level = (or_none(len(listed)) for listed in names.values())
    left_out = (
        f"; {in_words(too_wide)} more {'has' if too_wide == 1 else 'have'} too wide an interval to help"
    )
    family.phrase(
        "tally",
        f"{in_words(len(found)).capitalize()} series {'allows' if len(found) == 1 else 'allow'} it; of these"
        f" {above} above what was expected, {below} below, {level} without a clear difference"
        f"{left_out if too_wide else ''}",
        title=f"Series against the trend before the pandemic, {area}",
    )
    for side in get_args(Result)[:2]:
        title = f"Series {side} what was expected without the pandemic, {area}"
        family.phrase(side, "; ".join(names[side]) or "none", title=title)


def _draw(measure: Measure, found: AgainstTrend) -> None:
    """What was recorded beside what was expected, with its interval."""
    recorded = found.rows.assign(line="Recorded", lower=float("nan"), upper=float("nan"))
    expected = found.after.assign(line="Expected from the earlier trend", value=found.after["expected"])
    chart = charts.lines(
        pd.concat([recorded, expected]),
        series="line",
        unit=found.expected.unit,
        decimals=found.decimals,
        focus="Recorded",
        lower="lower",
        upper="upper",
    )
    chart.interval_note = "The band shows the 95% prediction interval of the earlier trend."
    chart.alt = chart.alt.replace("confidence interval", "prediction interval")
    measure.chart(
        "chart",
        chart,
        title=f"{measure.label}: recorded, and expected from the trend to {found.trend_end}, with its 95%"
        " interval",
        inputs=found.rows,
        method=EXPECTED_METHOD,
    )
