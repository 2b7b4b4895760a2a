"""What would have been expected without the pandemic, for every series that allows it.

The trend before the pandemic is carried on with its prediction interval and what was recorded is held against
it; see :mod:`send_jsna.evidence.trend.earlier_trend`. Where a series does not allow it, the reason is put
beside it in place of a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.errors import NoDataError
from send_jsna.evidence import tables
from send_jsna.evidence.small_numbers import hide_few
from send_jsna.evidence.trend.earlier_trend import Held, Result, Series, hold
from send_jsna.figures import charts
from send_jsna.wording import format_number, in_words, sentence_case

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

EXPECTED_METHOD = (
    "Straight line through the logarithms (percentages: log-odds) of the periods before the pandemic, by "
    "least squares, carried on; 95% prediction interval by Student's t. Above or below where the recorded "
    "value lies outside the interval by more than its printed rounding. Inside it, no clear difference; but "
    "it cannot be told where the upper limit is more than three times the lower one or the interval of a "
    "percentage spans more than fifty points. The line takes the earlier trend to have gone on straight and "
    "tells nothing of causes."
)
NO_EXPECTATION = "no trend before the pandemic to carry on"


def publish_expected(
    supplement: Supplement,
    stem: str,
    series: Mapping[str, Series],
    *,
    drawn: Sequence[str] = (),
) -> FigureRecord | None:
    """Publish the table of all series, and figures of each that allows it.

    Figures for each key: ``<stem>.<key>.recorded``, ``.expected``, ``.range``, ``.difference``, ``.result``
    and ``.period``, and the chart ``.chart`` for those drawn; then the tables ``<stem>.table`` and
    ``<stem>.without``, the phrases ``<stem>.tally``, ``.above`` and ``.below``.

    Args:
        supplement: The supplement that publishes.
        stem: First parts of the figures' ids.
        series: Key → series.
        drawn: Keys to draw.

    Returns:
        The table; None where no series allows it, which is put on record.
    """
    held: dict[str, Held] = {}
    refused: dict[str, str] = {}
    for key, one in series.items():
        try:
            held[key] = hold(one)
        except NoDataError as error:
            refused[key] = error.reason
            supplement.absent(
                f"{sentence_case(one.name)}, as expected without the pandemic",
                f"{stem}.{key}.*",
                reason=error.reason,
            )
            continue
        with supplement.covering(f"{one.name}, as expected without the pandemic", f"{stem}.{key}.*"):
            _publish_one(supplement, f"{stem}.{key}", one.name, held[key])
            if key in drawn:
                _draw(supplement, f"{stem}.{key}.chart", one.name, held[key])
    _publish_refused(supplement, f"{stem}.without", series, refused)
    with supplement.covering("what would have been expected without the pandemic", f"{stem}.*"):
        if not held:
            raise NoDataError("no series has a trend before the pandemic", reason=NO_EXPECTATION)
        _publish_tally(supplement, stem, {series[key].name: one for key, one in held.items()})
        return _publish_table(supplement, f"{stem}.table", {series[k].name: h for k, h in held.items()})
    return None


def _publish_one(supplement: Supplement, stem: str, name: str, held: Held) -> None:
    newest, found = held.after.iloc[-1], held.found
    unit, places = str(newest["unit"]), _places(newest)
    label = f"{name}, {supplement.area}, {newest['period']}"
    supplement.phrase(
        f"{stem}.period",
        str(newest["period"]),
        title=f"Newest period: {name}",
        inputs=newest,
        method="As published.",
    )
    supplement.number(
        f"{stem}.recorded",
        float(newest["value"]),
        title=label,
        inputs=newest,
        method="As published.",
        unit=unit,
        decimals=places,
    )
    limits = (float(found.lower[-1]), float(found.upper[-1]))
    supplement.number(
        f"{stem}.expected",
        float(found.expected[-1]),
        title=f"{label}: expected from the trend to {held.before['period'].iloc[-1]}",
        inputs=held.rows,
        method=EXPECTED_METHOD,
        unit=unit,
        decimals=places,
        interval=limits,
    )
    texts = {
        "range": (
            f"{_text(limits[0], unit, places)} to {_text(limits[1], unit, places)}",
            "95% interval expected",
        ),
        "difference": (_difference(held), "recorded less expected, with its 95% interval"),
        "result": (held.result, "recorded value against the interval expected"),
    }
    for key, (text, title) in texts.items():
        supplement.phrase(
            f"{stem}.{key}", text, title=f"{label}: {title}", inputs=held.rows, method=EXPECTED_METHOD
        )


def _places(row: pd.Series) -> int:
    """Decimals to show: none for counts, one for percentages, one or two for rates."""
    if row["unit"] == "count":
        return 0
    return 1 if row["unit"] == "%" or abs(float(row["value"])) >= 1 else 2


def _text(value: float, unit: str, places: int) -> str:
    return format_number(
        value, unit="%" if unit == "%" else "count" if unit == "count" else "", decimals=places
    )


def _difference(held: Held) -> str:
    """Recorded less expected, with its limits; in percentage points for percentages."""
    places = _places(held.after.iloc[-1])
    found = held.found
    middle, low, high = (
        tables.signed(round(float(limit[-1]), places), decimals=places)
        for limit in (found.difference, found.difference_lower, found.difference_upper)
    )
    return f"{middle} ({low} to {high})"


def _publish_table(supplement: Supplement, figure_id: str, held: Mapping[str, Held]) -> FigureRecord:
    lines = []
    for name, one in held.items():
        newest = one.after.iloc[-1]
        unit, places = str(newest["unit"]), _places(newest)
        low, high = (_text(float(limit[-1]), unit, places) for limit in (one.found.lower, one.found.upper))
        lines.append(
            [
                name if unit in ("%", "count") else f"{name} ({unit.replace('_', ' ')})",
                f"{one.before['period'].iloc[0]} to {one.before['period'].iloc[-1]}",
                str(newest["period"]),
                _text(float(newest["value"]), unit, places),
                f"{_text(float(one.found.expected[-1]), unit, places)} ({low} to {high})",
                _difference(one),
                one.result.capitalize(),
                ", ".join(one.outside) or "none",
            ]
        )
    columns = [
        "Series",
        "Earlier trend",
        "Newest",
        "Recorded",
        "Expected",
        "Recorded less expected",
        "Result",
        "Outside its interval in",
    ]
    return supplement.table(
        figure_id,
        pd.DataFrame(lines, columns=columns),
        title=f"What the trend before the pandemic would have led to, {supplement.area}, with 95% intervals",
        inputs=[one.rows for one in held.values()],
        method=EXPECTED_METHOD,
        notes=[
            "Differences of percentages are in percentage points.",
            "Of twenty series that went on as before, one may fall outside its interval by chance.",
        ],
    )


def _publish_refused(
    supplement: Supplement, figure_id: str, series: Mapping[str, Series], refused: Mapping[str, str]
) -> None:
    """The series that do not allow it, with the reason; the observations are those there are."""
    with supplement.covering("series whose earlier trend cannot be carried on", figure_id):
        rows = [known(hide_few(series[key].measure.stored(), supplement.area.code)) for key in refused]
        if not sum(map(len, rows)):
            raise NoDataError(
                "no series is refused, or none has a value", reason="no such series has a value"
            )
        lines = [[series[key].name, f"{reason[:1].upper()}{reason[1:]}"] for key, reason in refused.items()]
        supplement.table(
            figure_id,
            pd.DataFrame(lines, columns=["Series", "Why its earlier trend is not carried on"]),
            title=f"Series without an expectation, {supplement.area}",
            inputs=rows,
            method="Reasons for which a trend is not carried on: too few periods, a gap, a new definition.",
        )


def _publish_tally(supplement: Supplement, stem: str, held: Mapping[str, Held]) -> None:
    """How many series stand above, below and inside what was expected, and which stand outside."""
    by_result: dict[Result, list[str]] = {"above": [], "below": [], "no clear difference": []}
    by_result["cannot be told"] = []
    for name, one in held.items():
        by_result[one.result].append(sentence_case(name))
    inputs = [one.rows for one in held.values()]
    above, below, level, untold = (_number(len(names)) for names in by_result.values())
    number = in_words(len(held)).capitalize()
    supplement.phrase(
        f"{stem}.tally",
        f"{number} series {'allows' if len(held) == 1 else 'allow'} it; of these {above} above what was"
        f" expected, {below} below, {level} without a clear difference, {untold} with too wide an interval",
        title=f"Series against the trend before the pandemic, {supplement.area}",
        inputs=inputs,
        method=EXPECTED_METHOD,
    )
    sides: tuple[Result, ...] = ("above", "below")
    for side in sides:
        supplement.phrase(
            f"{stem}.{side}",
            "; ".join(by_result[side]) or "none",
            title=f"Series {side} what was expected without the pandemic, {supplement.area}",
            inputs=inputs,
            method=EXPECTED_METHOD,
        )


def _number(count: int) -> str:
    return in_words(count) if count else "none"


def _draw(supplement: Supplement, figure_id: str, name: str, held: Held) -> None:
    """What was recorded beside what was expected, with its interval."""
    recorded = held.rows.assign(line="Recorded", lower=float("nan"), upper=float("nan"))
    expected = held.after.assign(
        line="Expected from the earlier trend",
        value=held.found.expected,
        lower=held.found.lower,
        upper=held.found.upper,
    )
    unit = str(held.rows["unit"].iloc[0])
    chart = charts.lines(
        pd.concat([recorded, expected]),
        series="line",
        unit=unit,
        decimals=_places(held.after.iloc[-1]),
        focus="Recorded",
        lower="lower",
        upper="upper",
    )
    chart.interval_note = "The band shows the 95% prediction interval of the earlier trend."
    chart.alt = chart.alt.replace("confidence interval", "prediction interval")
    supplement.chart(
        figure_id,
        chart,
        title=f"{name}, {supplement.area}: recorded, and expected from the trend to"
        f" {held.before['period'].iloc[-1]}, with its 95% interval",
        inputs=held.rows,
        method=EXPECTED_METHOD,
    )
