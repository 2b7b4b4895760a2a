"""Special school places against children: the year in which places fall short, or why it cannot be told."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import AREA, make_run, open_run

from send_jsna.evidence.forecast import capacity
from send_jsna.evidence.forecast.forecasts import Outlook
from send_jsna.evidence.forecast.scenarios import publish_scenarios
from send_jsna.evidence.measures import measure
from send_jsna.figures.records import read_absences, read_figures


def places(*values: float | None, first: int = 2020) -> list[dict[str, object]]:
    """Places of two schools by school year; None is a year whose places are not held."""
    return [
        {
            "indicator": "special_school_places_count",
            "area_code": AREA.code,
            "period": f"{year}/{year + 1 - 2000}",
            "school": school,
            "unit": "count",
            "decimals": 0,
            **({"value": share * value} if value is not None else {"status": "x"}),
        }
        for year, value in enumerate(values, start=first)
        for school, share in (("one", 0.25), ("two", 0.75))
    ]


def children(*values: float, first: int = 2020) -> list[dict[str, object]]:
    """Children in special schools each January, an independent one among them beside those asked for."""
    return [
        {
            "indicator": "ehc_placement_count",
            "area_code": AREA.code,
            "period": f"January {year}",
            "placement": placement,
            "unit": "count",
            "decimals": 0,
            "value": value + 7 if placement == "special" else 7,
        }
        for year, value in enumerate(values, start=first)
        for placement in ("special", "special_independent")
    ]


def taken(tmp_path: Path, *rows: list[dict[str, object]]) -> capacity.Capacity:
    return capacity.capacity_of(open_run(make_run(tmp_path, [row for part in rows for row in part])))


def test_places_and_children_are_matched_by_the_year_they_end_in(tmp_path: Path) -> None:
    found = taken(tmp_path, places(100, 108, None), children(80, 90, 100, 110))
    assert found.places == {2021: 100.0, 2022: 108.0}
    assert found.children == {2020: 80.0, 2021: 90.0, 2022: 100.0, 2023: 110.0}
    assert found.last_places == 2022
    assert found.added == 8.0
    assert found.years == list(range(2022, 2029))


def test_the_year_places_fall_short_depends_on_the_scenario(tmp_path: Path) -> None:
    found = taken(tmp_path, places(None, 104, 124), children(80, 90, 100, 110))
    assert found.short_from("stops") == "not by 2027/28"
    assert found.short_from("continues") == "in 2024/25"  # growth of 11.2% a year passes 124 places then
    assert found.with_more("stops") == "enough in every year"
    assert found.to_add("stops") == 0.0
    assert found.to_add("continues") == pytest.approx(110 * (110 / 80) ** (5 / 3) - 124)


def test_a_shortage_already_there_is_called_so(tmp_path: Path) -> None:
    found = taken(tmp_path, places(80, 90), children(80, 90, 100, 110))
    assert found.short_from("stops") == "already in 2021/22"
    assert found.with_more("stops") == "enough from 2023/24"


def test_a_year_without_all_schools_is_no_year(tmp_path: Path) -> None:
    rows = places(100, 108)
    rows[-1] = {key: value for key, value in rows[-1].items() if key != "value"} | {"status": "x"}
    assert taken(tmp_path, rows, children(80, 90, 100, 110)).last_places == 2021


def test_a_year_with_a_withheld_count_is_no_year(tmp_path: Path) -> None:
    rows = children(80, 90, 100, 110, 120)
    rows[1] = {key: value for key, value in rows[1].items() if key != "value"} | {"status": "c"}
    assert taken(tmp_path, places(100, 108), rows).children == {2021: 90, 2022: 100, 2023: 110, 2024: 120}
    (tmp_path / "none").mkdir()
    rest = [row for row in rows if row["placement"] == "special"]
    capacity.publish_capacity(open_run(make_run(tmp_path / "none", [*places(100, 108), *rest])), "capacity")
    assert read_absences(tmp_path / "none" / "run")[0].reason == capacity.NO_CHILDREN


def test_figures_and_table_say_what_is_assumed(tmp_path: Path) -> None:
    run = open_run(make_run(tmp_path, [*places(100, 108), *children(80, 90, 110, 110)]))
    capacity.publish_capacity(run, "capacity")
    figures = read_figures(tmp_path / "run")[0]
    assert figures["capacity.balance"].shown == "more children than places"
    assert figures["capacity.to_add_now"].shown == "2"
    assert figures["capacity.until"].shown == "2027/28"
    assert [row[0] for row in figures["capacity.table"].rows] == [
        "Growth stops",
        "Growth slows",
        "Growth continues",
    ]
    assert any("This edition has places to 2021/22" in note for note in figures["capacity.table"].notes)


def test_without_places_it_cannot_be_told(tmp_path: Path) -> None:
    run = open_run(make_run(tmp_path, children(80, 90, 100, 110)))
    run.context.indicator_names["special_school_places_count"] = "Special school places"
    capacity.publish_capacity(run, "capacity")
    (absence,) = read_absences(tmp_path / "run")
    assert absence.reason == capacity.NO_PLACES
    assert not read_figures(tmp_path / "run")[0]


def test_scenarios_stand_beside_one_another(tmp_path: Path) -> None:
    rows = [
        {"indicator": "made_up_count", "area_code": AREA.code, "period": f"January {year}", "value": value}
        | {"unit": "count", "decimals": 0}
        for year, value in ((2022, 1000), (2023, 1100), (2024, 1210), (2025, 1331))
    ]
    run = open_run(make_run(tmp_path, rows))
    outlooks = [Outlook(measure(run, "made_up_count", name=name)) for name in ("Made up", "Once more")]
    publish_scenarios(run, "made.scenarios", outlooks)
    line, _ = read_figures(tmp_path / "run")[0]["made.scenarios"].rows
    assert line[:4] == ["Made up", "1,331 (January 2025)", "+10.0%", "January 2030"]
    assert line[4:7] == ["1,331", "1,464", "2,144"]  # growth stops, is halved each year, goes on
    assert line[7] == "x"  # no calibration: no forecast, and the scenarios stand all the same
