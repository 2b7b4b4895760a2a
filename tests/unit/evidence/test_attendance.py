"""Attendance by SEN provision and need, on a synthetic run: days, times, middles and needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import AREA, COUNTRY, NEIGHBOUR, REGION, make_run, open_run, parameters

from send_jsna.catalogue.areas import Area, Comparators
from send_jsna.evidence.benchmark.middles import publish_middle
from send_jsna.evidence.measures import measure
from send_jsna.evidence.provision_tables import publish_days, publish_provision_grid, publish_times
from send_jsna.evidence.send.absence_by_need import publish_absence_by_need
from send_jsna.figures.records import read_absences, read_figures
from send_jsna.figures.run_context import SeriesContext
from send_jsna.figures.supplement import Supplement

NEIGHBOURS = (
    NEIGHBOUR,
    Area("E99999905", "Sampleton", "local_authority", "997", "E99999902"),
    Area("E99999906", "Mockford", "local_authority", "996", "E99999902"),
)
COMPARED = Comparators(REGION, COUNTRY, NEIGHBOURS, "synthetic")
#: Plans of an area large enough for its shares not to be chance.
PLANS = {
    "indicator": "ehc_plans_count",
    "area_code": AREA.code,
    "period": "January 2025",
    "unit": "count",
    "value": 3000,
}


def row(area: str, value: float, indicator: str = "missed_pct", **more: object) -> dict[str, object]:
    return {
        "indicator": indicator,
        "area_code": area,
        "period": "2024/25",
        "unit": "%",
        "value": value,
        "decimals": 1,
        **more,
    }


def shown(run: Path) -> dict[str, str]:
    return {key: record.shown for key, record in read_figures(run)[0].items()}


def reasons(run: Path) -> dict[str, str]:
    return {name: absence.reason for absence in read_absences(run) for name in absence.figures}


BY_PROVISION = [
    PLANS,
    row(AREA.code, 12.6, provision="ehc_plan"),
    row(AREA.code, 10.0, provision="sen_support"),
    row(AREA.code, 5.0, provision="no_sen"),
]


def test_a_share_of_sessions_is_said_in_days_of_a_school_year(tmp_path: Path) -> None:
    run = make_run(tmp_path, BY_PROVISION)
    publish_days(measure(open_run(run), "missed_pct", "missed", name="Missed"))
    found = shown(run)
    assert [found[f"missed.{code}.days"] for code in ("ehc_plan", "sen_support", "no_sen")] == [
        "24",
        "19",
        "10",
    ]


def test_times_are_of_pupils_without_sen_in_the_newest_period_with_both(tmp_path: Path) -> None:
    newer = row(AREA.code, 99.0, provision="ehc_plan", period="2025/26")
    run = make_run(tmp_path, [*BY_PROVISION, newer])
    publish_times(measure(open_run(run), "missed_pct", "missed", name="Missed"))
    assert shown(run) == {"missed.ehc_plan.times": "2.5 times", "missed.sen_support.times": "2.0 times"}


def test_nothing_is_divided_by_nought(tmp_path: Path) -> None:
    none = [one | ({"value": 0.0} if one.get("provision") == "no_sen" else {}) for one in BY_PROVISION]
    run = make_run(tmp_path, none)
    publish_times(measure(open_run(run), "missed_pct", "missed", name="Missed"))
    assert shown(run) == {}
    assert reasons(run)["missed.ehc_plan.times"] == "no such case among pupils without SEN"


def test_a_grid_says_a_period_once_where_all_rows_have_it(tmp_path: Path) -> None:
    later = [one | {"indicator": "other_pct", "period": "2023/24"} for one in BY_PROVISION[1:3]]
    run = make_run(tmp_path, [*BY_PROVISION, *later])
    supplement = open_run(run)
    missed, other = (
        measure(supplement, f"{name}_pct", name=name.capitalize()) for name in ("missed", "other")
    )
    publish_provision_grid([missed], "grid.one", title="By provision")
    publish_provision_grid([missed, other], "grid.two", title="By provision")
    figures, _ = read_figures(run)
    assert figures["grid.one"].title == "By provision, Testborough, 2024/25"
    assert figures["grid.one"].columns == ["Measure", "EHC plan", "SEN support", "No identified SEN"]
    assert figures["grid.two"].rows == [
        ["Missed", "2024/25", "12.6%", "10.0%", "5.0%"],
        ["Other", "2023/24", "12.6%", "10.0%", "x"],
    ]


@pytest.mark.parametrize(
    ("polarity", "value", "verdict"),
    [
        ("low_good", 60.0, "worse than"),
        ("low_good", 40.0, "better than"),
        ("high_good", 40.0, "worse than"),
        ("neutral", 60.0, "above"),
        ("low_good", 50.02, "similar to"),
    ],
)
def test_the_middle_of_all_authorities_stands_in_for_a_missing_country(
    tmp_path: Path, polarity: str, value: float, verdict: str
) -> None:
    others = [row(f"E08{number:06d}", 50.0) for number in range(120)]
    series = {"missed_pct": SeriesContext(title="Missed", polarity=polarity)}
    run = make_run(tmp_path, [PLANS, row(AREA.code, value), *others], series=series)
    publish_middle(measure(open_run(run), "missed_pct", "missed", name="Missed"), decimals=1)
    assert shown(run) == {"missed.middle": "50.0%", "missed.vs_middle": verdict}


def test_a_few_authorities_have_no_middle(tmp_path: Path) -> None:
    run = make_run(tmp_path, [PLANS, row(AREA.code, 9.0), row("E08000001", 8.0)])
    publish_middle(measure(open_run(run), "missed_pct", "missed", name="Missed"))
    assert shown(run) == {}
    assert "missed.middle" in reasons(run)


def among_neighbours(run: Path) -> Supplement:
    labels = run.parent / "data" / "catalogue" / "dimensions.yaml"
    labels.parent.mkdir(parents=True)
    labels.write_text("need: {asd: Autism, semh: Mental health}\n", encoding="utf-8")
    given = parameters(run) | {"comparators": COMPARED.codes}
    return Supplement.open("supplement", **given)


def by_need(*needs: tuple[str, float, float], neighbours: int = 3) -> list[dict[str, object]]:
    """For each need the area's value, and one that its neighbours lie around."""
    rows = [PLANS]
    for code, own, around in needs:
        rows.append(row(AREA.code, own, need=code))
        rows += [
            row(area.code, around + step, need=code)
            for step, area in enumerate(NEIGHBOURS[:neighbours], start=-1)
        ]
    return rows


def test_needs_are_ranked_and_set_against_the_neighbours_middle(tmp_path: Path) -> None:
    rows = by_need(("asd", 12.0, 10.0), ("semh", 15.0, 16.0), ("slcn", 8.0, 8.0), ("ds", 90.0, 1.0))
    run = make_run(tmp_path, rows, comparators=COMPARED.as_dict())
    publish_absence_by_need(measure(among_neighbours(run), "missed_pct", "need", name="Missed"))
    found = shown(run)
    assert (found["need.first_need"], found["need.first"]) == ("mental health", "15.0%")
    assert (found["need.second_need"], found["need.second"]) == ("autism", "12.0%")
    assert [found[f"need.{part}"] for part in ("above", "below", "compared")] == ["one", "one", "three"]
    figures, _ = read_figures(run)
    assert [line[0] for line in figures["need.table"].rows] == [
        "Mental health",
        "Autism",
        "slcn",
    ], "ds is too rare"
    assert figures["need.table"].rows[0][:3] == ["Mental health", "15.0%", "16.0%"]
    assert "need.chart" in figures


def test_too_few_neighbours_leave_the_area_alone_in_the_chart(tmp_path: Path) -> None:
    run = make_run(tmp_path, by_need(("asd", 12.0, 10.0), neighbours=2), comparators=COMPARED.as_dict())
    publish_absence_by_need(measure(among_neighbours(run), "missed_pct", "need", name="Missed"))
    figures, _ = read_figures(run)
    assert figures["need.table"].rows[0][:3] == ["Autism", "12.0%", "x"]
    assert "need.above" not in figures
    assert "need.chart" in figures


def test_shares_of_few_children_are_not_ranked_by_need(tmp_path: Path) -> None:
    few = PLANS | {"value": 40}
    run = make_run(tmp_path, [few, *by_need(("asd", 12.0, 10.0))[1:]], comparators=COMPARED.as_dict())
    publish_absence_by_need(measure(among_neighbours(run), "missed_pct", "need", name="Missed"))
    assert shown(run) == {}
    assert "few children" in reasons(run)["need.*"]
