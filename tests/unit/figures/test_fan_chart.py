"""Fan charts: what they say, what their table holds, what they draw, and what they refuse."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

from send_jsna.errors import FigureError, NoDataError
from send_jsna.figures import charts
from send_jsna.figures.charts.fan import LEVELS
from send_jsna.figures.charts.render import save

SVG = "{http://www.w3.org/2000/svg}"
BLUE = "#12436d"


def recorded(*values: float | None, first: int = 2019) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": [f"January {first + place}" for place in range(len(values))],
            "value": [float("nan") if value is None else value for value in values],
            "status": ["c" if value is None else "final" for value in values],
        }
    )


def ahead(*medians: float, first: int = 2022, step: float = 10.0) -> pd.DataFrame:
    rows = []
    for place, median in enumerate(medians):
        row: dict[str, object] = {"period": f"January {first + place}", "median": median}
        for wide, level in enumerate(LEVELS, start=1):
            row |= {f"lower_{level}": median - wide * step, f"upper_{level}": median + 2 * wide * step}
        rows.append(row)
    return pd.DataFrame(rows)


def drawn(chart: charts.Chart, folder: Path) -> ET.Element:
    save(chart, folder / "test.fan", title="A title", source="Somebody, Something")
    return ET.fromstring((folder / "test.fan.svg").read_text(encoding="utf-8"))


def texts(svg: ET.Element) -> list[str]:
    return ["".join(element.itertext()) for element in svg.iter(f"{SVG}text")]


def test_the_alternative_states_what_was_recorded_and_every_limit() -> None:
    chart = charts.fan(recorded(100, 110, 120), ahead(130, 140))
    assert chart.alt == (
        "Fan chart from January 2019 to January 2023. Recorded: 100 in January 2019, 110 in January 2020, "
        "120 in January 2021. Median forecast: "
        "130 in January 2022 (50% range 120 to 150, 80% range 110 to 170 and 95% range 100 to 190); "
        "140 in January 2023 (50% range 130 to 160, 80% range 120 to 180 and 95% range 110 to 200)."
    )


def test_the_table_keeps_recorded_and_forecast_apart() -> None:
    chart = charts.fan(recorded(100, None, 120), ahead(130))
    assert chart.columns == ["Period", "Recorded", "Forecast (median)", "50% range", "80% range", "95% range"]
    assert chart.rows == [
        ["January 2019", "100", "z", "z", "z", "z"],
        ["January 2020", "c", "z", "z", "z", "z"],
        ["January 2021", "120", "z", "z", "z", "z"],
        ["January 2022", "z", "130", "120 to 150", "110 to 170", "100 to 190"],
    ]
    assert "no value for January 2020" in chart.alt


def test_percentages_bear_their_sign_and_decimals() -> None:
    chart = charts.fan(recorded(1, 2, 3), ahead(4, step=0.5), unit="%", decimals=1)
    assert chart.rows[-1][2:4] == ["4.0%", "3.5% to 5.0%"]


def test_a_break_is_marked_and_interrupts_the_recorded_line(tmp_path: Path) -> None:
    mark = charts.Break("January 2021", "New way of counting")
    broken = charts.fan(recorded(100, 110, 120, 130), ahead(140, first=2023), breaks=[mark])
    whole = charts.fan(recorded(100, 110, 120, 130), ahead(140, first=2023))
    assert "A break in the series is marked before January 2021: New way of counting." in broken.alt
    assert "New way of counting" in texts(drawn(broken, tmp_path))
    assert _solid(drawn(whole, tmp_path)) == [4]
    assert _solid(drawn(broken, tmp_path)) == [2, 2]


def _solid(svg: ET.Element) -> list[int]:
    """How many points each stretch of the recorded line joins."""
    found = [
        len(re.findall(r"[ML] ", path.get("d", "")))
        for path in svg.iter(f"{SVG}path")
        if f"stroke: {BLUE}; stroke-width: 3;" in path.get("style", "")
    ]
    return [points for points in found if points > 1]


def test_the_bands_can_be_told_apart_without_colour_and_bear_their_names(tmp_path: Path) -> None:
    svg = drawn(charts.fan(recorded(100, 110, 120), ahead(130, 140)), tmp_path)
    styles = [path.get("style", "") for path in svg.iter(f"{SVG}path")]
    edges = [style for style in styles if f"stroke: {BLUE}; stroke-width: 1.1" in style]
    dashes = {"".join(re.findall("stroke-dasharray: ([^;]*)", style)) for style in edges}
    assert len(edges) == 6  # both edges of three bands
    assert len(dashes) == 3
    said = texts(svg)
    assert {"Median: 140", "Forecast"} <= set(said)
    for name in ("50%: 130 to 160", "80%: 120 to 180", "95%: 110 to 200"):
        assert name in said


def test_bands_begin_at_the_last_recorded_value_even_after_a_gap(tmp_path: Path) -> None:
    chart = charts.fan(recorded(100, 110, None), ahead(130, 140))
    said = [step for step in chart.values() if step.known]
    assert [step.number for step in said] == [100, 110, 130, 140]
    assert drawn(chart, tmp_path) is not None


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        save(charts.fan(recorded(1, 2, 3), ahead(40)), tmp_path / name / "a.fan", title="T", source="S")
    assert (tmp_path / "one" / "a.fan.svg").read_bytes() == (tmp_path / "two" / "a.fan.svg").read_bytes()


def test_bands_that_do_not_hold_one_another_are_refused() -> None:
    with pytest.raises(FigureError, match="80% band of January 2022"):
        charts.fan(recorded(1, 2, 3), ahead(40).assign(lower_80=39.0, lower_50=35.0))
    with pytest.raises(FigureError, match="50% band"):
        charts.fan(recorded(1, 2, 3), ahead(40).assign(upper_50=float("nan")))


def test_a_forecast_of_the_past_is_refused() -> None:
    with pytest.raises(FigureError, match="January 2021 is not after"):
        charts.fan(recorded(1, 2, 3), ahead(40, first=2021))


def test_periods_of_two_kinds_are_refused() -> None:
    future = ahead(40).assign(period="2024/25")
    with pytest.raises(FigureError, match="not all of one kind"):
        charts.fan(recorded(1, 2, 3), future)


def test_nothing_recorded_is_no_chart() -> None:
    with pytest.raises(NoDataError):
        charts.fan(recorded(None, None), ahead(40))


def test_two_forecasts_of_one_period_are_refused() -> None:
    with pytest.raises(FigureError, match="two values for January 2022"):
        charts.fan(recorded(1, 2, 3), pd.concat([ahead(40), ahead(50)]))
