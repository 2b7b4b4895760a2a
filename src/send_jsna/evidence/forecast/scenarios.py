"""What series come to where their growth stops, slows or continues, beside the forecast.

Scenarios are assumptions: they say what would follow, not what is likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence.forecast.forecasts import (
    HORIZON,
    TOLD,
    TOO_FEW_YEARS,
    Outlook,
    following,
    foresee,
    unbroken,
)
from send_jsna.evidence.forecast.outlook import places_of, range_text, unit_of
from send_jsna.evidence.measures import is_chance
from send_jsna.evidence.small_numbers import refuse_any_few, unless_few
from send_jsna.evidence.tables import signed
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
            try:
                rows = unbroken(unless_few(outlook.measure.observations()))
                refuse_any_few(rows)
            except NoDataError:
                continue
            if is_chance(supplement, rows.iloc[-1]):
                continue
            if len(rows) <= GROWTH_YEARS or (rows["value"] <= 0).any():
                continue
            lines.append([outlook.measure.name, *_scenario_cells(outlook, rows)])
            used.append(rows)
        if not lines:
            raise NoDataError("no series to carry on", reason=TOO_FEW_YEARS)
        columns = [
            "Series",
            "Newest",
            "Growth a year",
            "Until",
            *SCENARIO_NAMES.values(),
            "Forecast (80% range)",
        ]
        return supplement.table(
            figure_id,
            pd.DataFrame(lines, columns=columns),
            title=f"{in_words(HORIZON).capitalize()} years ahead: three scenarios and the forecast,"
            f" {supplement.area}",
            inputs=used,
            method=SCENARIO_METHOD,
            notes=["x: not available; no forecast of this series is made."] if _lacks(lines) else [],
        )
    return None


def _lacks(lines: Sequence[Sequence[str]]) -> bool:
    return any(line[-1] == "x" for line in lines)


def _scenario_cells(outlook: Outlook, rows: pd.DataFrame) -> list[str]:
    newest = rows.iloc[-1]
    unit, places = unit_of(newest), places_of(newest)
    values = rows["value"].to_numpy(float)
    paths = scenarios(values, HORIZON)
    growth = 100 * ((values[-1] / values[-1 - GROWTH_YEARS]) ** (1 / GROWTH_YEARS) - 1)
    try:
        found = foresee(outlook)
        low, high = found.band(TOLD)
        median = format_number(float(found.fan.median[-1]), unit=unit, decimals=places)
        forecast_text = f"{median} ({range_text(low, high, unit, places)})"
    except NoDataError:
        forecast_text = "x"
    return [
        f"{format_number(float(values[-1]), unit=unit, decimals=places)} ({newest['period']})",
        signed(growth, unit="%", decimals=1),
        following(str(newest["period"]))[-1],
        *(format_number(float(paths[key][-1]), unit=unit, decimals=places) for key in SCENARIO_NAMES),
        forecast_text,
    ]
