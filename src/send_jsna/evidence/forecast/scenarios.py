"""What series come to where their growth stops, slows or continues, beside the forecast.

Scenarios are assumptions: they say what would follow, not what is likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence.forecast import forecasts
from send_jsna.evidence.forecast.forecasts import HORIZON, TOO_FEW_YEARS, Outlook
from send_jsna.evidence.measures import refuse_chance
from send_jsna.evidence.tables import signed
from send_jsna.evidence.yearly import shown_unbroken
from send_jsna.statistics.capacity import GROWTH_YEARS, scenarios
from send_jsna.wording import format_number, in_words

if TYPE_CHECKING:
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

SCENARIO_NAMES = {"stops": "Growth stops", "slows": "Growth slows", "continues": "Growth continues"}
SCENARIO_METHOD = (
    "Assumptions, not forecasts. Growth is the mean yearly growth of the last "
    f"{in_words(GROWTH_YEARS)} years. Stops: the newest value stays. Slows: growth is halved each "
    "year. Continues: it goes on as it is. Forecast: median with the range that 80% of outcomes should fall "
    "into."
)
_FORECAST = "Forecast (80% range)"
_NO_FORECAST = "x: not available; no forecast of this series is printed."


def publish_scenarios(
    supplement: Supplement, figure_id: str, outlooks: Sequence[Outlook]
) -> FigureRecord | None:
    """Publish the table of what each series comes to where its growth stops, slows or continues.

    Returns:
        The table; None where no series can be carried on, which is put on record.
    """
    with supplement.covering("what the series come to in scenarios of growth", figure_id):
        lines, used = [], []
        for outlook in outlooks:
            with suppress(NoDataError):
                rows = _followed(outlook)
                lines.append(_line(outlook, rows))
                used.append(rows)
        if not lines:
            raise NoDataError("no series to carry on", reason=TOO_FEW_YEARS)
        table = pd.DataFrame(lines)
        return supplement.table(
            figure_id,
            table,
            title=f"{in_words(HORIZON).capitalize()} years ahead: three scenarios and the forecast,"
            f" {supplement.area}",
            inputs=used,
            method=SCENARIO_METHOD,
            notes=[_NO_FORECAST] if "x" in set(table[_FORECAST]) else [],
        )
    return None


def _followed(outlook: Outlook) -> pd.DataFrame:
    """The years of a series whose growth a scenario carries on.

    Raises:
        NoDataError: They are too few, or count few children.
    """
    rows = shown_unbroken(outlook.measure.series())
    refuse_chance(outlook.measure.supplement, rows.iloc[-1])
    if len(rows) <= GROWTH_YEARS or (rows["value"] <= 0).any():
        raise NoDataError(f"{outlook.measure.indicator} has {len(rows)} years", reason=TOO_FEW_YEARS)
    return rows


def _line(outlook: Outlook, rows: pd.DataFrame) -> dict[str, str]:
    """One series as a row of the table."""
    newest, values = rows.iloc[-1], rows["value"].to_numpy(float)
    printed = partial(format_number, unit=str(newest["unit"]), decimals=forecasts.decimals_of(newest))
    growth = 100 * ((values[-1] / values[-1 - GROWTH_YEARS]) ** (1 / GROWTH_YEARS) - 1)
    paths, forecast = scenarios(values, HORIZON), "x"
    with suppress(NoDataError):
        forecast = forecasts.foresee(outlook).last_year(forecasts.SENTENCE_LEVEL).with_range
    return {
        "Series": outlook.measure.name,
        "Newest": f"{printed(values[-1])} ({newest['period']})",
        "Growth a year": signed(growth, unit="%", decimals=1),
        "Until": forecasts.following(str(newest["period"]))[-1],
        **{name: printed(paths[key][-1]) for key, name in SCENARIO_NAMES.items()},
        _FORECAST: forecast,
    }
