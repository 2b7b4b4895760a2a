"""The figures published for nearly every indicator, on a synthetic run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import AREA, COUNTRY, NEIGHBOUR, REGION, make_run, open_run

from send_jsna.catalogue.areas import Area, Comparators
from send_jsna.catalogue.observations import WITHHELD_HERE
from send_jsna.errors import NotebookError
from send_jsna.evidence.headlines import publish_headline, publish_neighbours
from send_jsna.evidence.measures import measure
from send_jsna.evidence.overviews import Event, publish_before_after, publish_overview
from send_jsna.evidence.provisions import publish_by_provision
from send_jsna.evidence.send.waits import publish_waits
from send_jsna.figures.charts import Break
from send_jsna.figures.records import FigureRecord, read_absences, read_figures
from send_jsna.figures.supplement import Supplement


def row(
    area: str, period: str, value: float | None, indicator: str = "made_up_pct", **more: object
) -> dict[str, object]:
    known = {"value": value} if value is not None else {"status": "c"}
    return {"indicator": indicator, "area_code": area, "period": period, "unit": "%", **known, **more}


SERIES = [
    row(area.code, period, start + step)
    for area, start in ((AREA, 20.0), (REGION, 18.0), (COUNTRY, 25.0))
    for step, period in enumerate(("2018/19", "2021/22", "2022/23", "2023/24"))
]


def figures(folder: Path) -> dict[str, str]:
    return {key: record.shown for key, record in read_figures(folder)[0].items()}


def test_headline_compares_in_the_areas_newest_period(tmp_path: Path) -> None:
    newer_elsewhere = row(COUNTRY.code, "2024/25", 99.0)
    folder = make_run(tmp_path, [*SERIES, newer_elsewhere])
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    shown = figures(folder)
    assert shown["made.up.latest"] == "23.0%"
    assert shown["made.up.period"] == "2023/24"
    assert shown["made.up.england"] == "28.0%"
    assert shown["made.up.vs_england"] == "below"
    assert shown["made.up.vs_region"] == "above"
    assert shown["made.up.movement"] == "has risen"
    assert shown["made.up.first_period"] == "2018/19"


def test_movement_starts_after_the_last_break(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SERIES)
    whole = measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share")
    publish_headline(replace(whole, breaks=(Break(before="2021/22", label="New definition"),)))
    assert figures(folder)["made.up.first_period"] == "2021/22"


def test_movement_starts_where_the_notebook_says(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SERIES)
    publish_headline(
        measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"), since="2022/23"
    )
    assert figures(folder)["made.up.first"] == "22.0%"


def test_nothing_is_compared_where_the_notebook_says_so_nor_for_counts(tmp_path: Path) -> None:
    counts = [row(area.code, "2023/24", 40, "made_up_count", unit="count") for area in (AREA, COUNTRY)]
    folder = make_run(tmp_path, [*SERIES, *counts])
    run = open_run(folder)
    publish_headline(measure(run, "made_up_pct", "few", name="Few cases"), compared=False)
    publish_headline(measure(run, "made_up_count", "count", name="A count"), chart=False)
    shown = figures(folder)
    assert shown["few.england"] == "28.0%"
    assert not [key for key in shown if key.endswith(("vs_england", "vs_region", "movement"))]


def test_a_share_with_its_counts_gets_an_interval_in_words(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [row(AREA.code, "2023/24", 10.0, numerator=10, denominator=100)])
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"), chart=False)
    assert figures(folder)["made.up.interval"] == "5.5% to 17.4%"


def test_the_interval_of_a_rate_is_in_its_unit(tmp_path: Path) -> None:
    rate = row(AREA.code, "2023/24", 100.0, unit="per 1,000", numerator=10, denominator=100)
    folder = make_run(tmp_path, [rate])
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up rate"), chart=False)
    assert figures(folder)["made.up.interval"] == "47.9 to 183.9"  # Byar's, of ten in a hundred


def test_a_withheld_newest_value_is_passed_over_and_never_an_input(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [*SERIES, row(AREA.code, "2024/25", None)])
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    record = read_figures(folder)[0]["made.up.series"]
    assert figures(folder)["made.up.period"] == "2023/24"
    assert len(record.inputs) == len(SERIES)


def test_an_area_without_a_value_is_put_on_record(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [row(COUNTRY.code, "2023/24", 25.0)])
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    (noted,) = read_absences(folder)
    assert (noted.name, noted.reason) == ("made-up share", "not in this edition for Testborough")
    assert noted.covers("made.up.series")
    assert not figures(folder)


def test_a_withheld_value_is_told_from_one_that_is_not_published(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [row(AREA.code, "2023/24", None), row(COUNTRY.code, "2023/24", 25.0)])
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    assert read_absences(folder)[0].reason == "withheld by the publisher for Testborough"


def test_what_a_new_area_lacks_is_put_on_record_and_the_rest_published(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [row(AREA.code, "2023/24", 4.0), row(COUNTRY.code, "2022/23", 25.0)])
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    assert figures(folder) == {"made.up.latest": "4.0%", "made.up.period": "2023/24"}
    noted = {figure: absence.reason for absence in read_absences(folder) for figure in absence.figures}
    assert noted["made.up.vs_england"] == "not in this edition for Testland in the same period"
    assert noted["made.up.movement"] == "no earlier period to compare with"
    assert noted["made.up.series"] == "too few periods to draw"


@pytest.mark.parametrize("value", [0.0, 100.0])
def test_one_value_at_either_end_of_the_scale_can_be_published(tmp_path: Path, value: float) -> None:
    rows = [
        row(area.code, f"{year}/{year - 1999}", value, numerator=value, denominator=100)
        for area in (AREA, REGION, COUNTRY)
        for year in (2021, 2022, 2023)
    ]
    folder = make_run(tmp_path, rows)
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    publish_neighbours(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    shown = figures(folder)
    assert shown["made.up.vs_england"] == "similar to"
    assert {"made.up.series", "made.up.neighbours"} <= set(shown)


def test_a_count_of_a_few_children_is_not_shown(tmp_path: Path) -> None:
    rows = [row(AREA.code, f"{year}/{year - 1999}", 3, unit="count") for year in (2021, 2022, 2023)]
    folder = make_run(tmp_path, rows)
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up count"))
    assert not figures(folder)
    assert read_absences(folder)[0].reason == WITHHELD_HERE


def test_by_provision_reads_only_the_newest_period(tmp_path: Path) -> None:
    rows = [
        row(area.code, period, value, provision=provision)
        for area in (AREA, COUNTRY)
        for period, step in (("2022/23", 0.0), ("2023/24", 1.0))
        for provision, value in (("ehc_plan", 5.0 + step), ("no_sen", 70.0 + step))
    ]
    folder = make_run(tmp_path, rows)
    publish_by_provision(measure(open_run(folder), "made_up_pct", "made", name="Made-up share"))
    shown = figures(folder)
    assert shown["made.ehc_plan.latest"] == "6.0%"
    assert shown["made.no_sen.england"] == "71.0%"
    assert shown["made.ehc_plan.vs_england"] == "similar to"
    table = read_figures(folder)[0]["made.provision_table"]
    assert [line[0] for line in table.rows] == ["EHC plan", "No identified SEN"]


def test_place_counts_authorities_only(tmp_path: Path) -> None:
    others = (NEIGHBOUR, Area("E99999905", "Sampleham", "local_authority"))
    comparators = Comparators(REGION, COUNTRY, others, "synthetic")
    rows = [row(area.code, "2023/24", 50.0) for area in others]
    folder = make_run(tmp_path, [*SERIES, *rows], comparators=comparators.as_dict())
    codes = {"area": AREA.code, "edition": "synthetic", "comparators": comparators.codes}
    supplement = Supplement.open("supplement", **codes, run_folder=str(folder))
    publish_neighbours(measure(supplement, "made_up_pct", "made.up", name="Made-up share"))
    assert figures(folder)["made.up.place"] == "lowest of three"


def test_a_place_among_two_is_not_given(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [*SERIES, row(NEIGHBOUR.code, "2023/24", 50.0)])
    publish_neighbours(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    assert set(figures(folder)) == {"made.up.neighbours"}
    assert read_absences(folder)[0].figures == ["made.up.place"]


def test_where_the_newest_period_has_too_few_areas_the_chart_is_of_an_earlier_one(tmp_path: Path) -> None:
    rows = [row(area.code, "2022/23", 50.0) for area in (AREA, REGION, COUNTRY, NEIGHBOUR)]
    newest = [row(area.code, "2023/24", 40.0) for area in (AREA, COUNTRY)]
    folder = make_run(tmp_path, [*rows, *newest])
    publish_neighbours(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    published = read_figures(folder)[0]
    assert set(published) == {"made.up.neighbours"}  # a place is of the newest period, or there is none
    assert published["made.up.neighbours"].title.endswith(", 2022/23")


def test_overview_shows_a_reason_code_and_no_comparison_where_england_is_withheld(tmp_path: Path) -> None:
    rows = [row(AREA.code, "2023/24", 4.0), row(COUNTRY.code, "2023/24", None)]
    folder = make_run(tmp_path, rows)
    run = open_run(folder)
    share = measure(run, "made_up_pct", name="Made-up share")
    record = publish_overview(run, "made.table", [share], title="Overview")
    assert record.rows == [["Made-up share", "2023/24", "4.0%", "x", "c", "no comparison"]]
    assert record.notes == ["x: not available.", "c: confidential."]


BEFORE_AFTER = [
    row(AREA.code, period, value)
    for period, value in (
        ("2018/19", 20.0),
        ("2019/20", 14.0),
        ("2020/21", 13.5),
        ("2021/22", 21.0),
        ("2023/24", 23.0),
    )
]


def before_after(folder: Path, **more: object) -> FigureRecord:
    run = open_run(folder)
    return publish_before_after(
        run,
        "made.covid",
        [measure(run, "made_up_pct", name="Made-up share")],
        Event("2018/19", "2021/22"),
        title="Before and after",
        **more,  # type: ignore[arg-type]
    )


def test_before_during_and_after_stand_in_one_row(tmp_path: Path) -> None:
    record = before_after(make_run(tmp_path, BEFORE_AFTER), notes=["Schools were closed."])
    assert record.rows == [
        [
            "Made-up share",
            "20.0% (2018/19)",
            "14.0% (2019/20), 13.5% (2020/21)",
            "21.0% (2021/22)",
            "23.0% (2023/24)",
            "has risen",
            "has risen",
        ]
    ]
    assert record.notes == ["Schools were closed."]


def test_what_was_not_measured_during_the_pandemic_is_a_reason_code(tmp_path: Path) -> None:
    record = before_after(make_run(tmp_path, SERIES))
    assert record.rows[0][2] == "x"
    assert record.notes == ["x: not available."]


def test_values_on_the_two_sides_of_a_definition_are_not_compared(tmp_path: Path) -> None:
    record = before_after(make_run(tmp_path, BEFORE_AFTER), redefined={"Made-up share": "2021/22"})
    assert record.rows[0][-2:] == ["not compared: new definition", "has risen"]


def test_overview_says_why_a_row_is_not_compared(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SERIES)
    run = open_run(folder)
    record = publish_overview(
        run,
        "made.table",
        [measure(run, "made_up_pct", name="Made-up share")],
        title="Overview",
        uncompared={"Made-up share": "too few cases"},
        notes=["Read the period."],
    )
    assert record.rows[0][-1] == "too few cases"
    assert record.notes == ["Read the period."]


def test_a_table_that_speaks_of_a_row_it_lacks_is_refused(tmp_path: Path) -> None:
    run = open_run(make_run(tmp_path, SERIES))
    share = measure(run, "made_up_pct", name="Made-up share")
    with pytest.raises(NotebookError, match="the table has no row 'Made up'; expected one of Made-up share"):
        publish_overview(run, "made.table", [share], title="Overview", uncompared={"Made up": "few cases"})
    with pytest.raises(NotebookError, match="the table has no row 'Made up'"):
        publish_before_after(
            run,
            "made.covid",
            [share],
            Event("2018/19", "2021/22"),
            title="Before",
            redefined={"Made up": "2021/22"},
        )


#: What the catalogue says of the waits for a made-up service.
WAITS = {
    key: {"breakdowns": [{"by": {"service": "made_up"}, "title": f"{words} a made-up service"}]}
    for key, words in (
        ("community_waiting_list_count", "Children and young people waiting for"),
        ("community_waiting_over_18_weeks_pct", "Waiting more than 18 weeks for"),
    )
}


def declare_bodies(project: Path, *roles: str) -> None:
    """Declare the integrated care board that serves the area."""
    folder = project / "data" / "areas"
    folder.mkdir(parents=True)
    board = "QWU,Test Integrated Care Board,nhs,,"
    (folder / "areas.csv").write_text(f"code,name,kind,dfe_number,region_code\n{board}\n", encoding="utf-8")
    rows = "".join(f"{AREA.code},{role},QWU\n" for role in roles or ("icb",))
    (folder / "nhs.csv").write_text(f"area_code,role,body_code\n{rows}", encoding="utf-8")


def test_waits_of_an_area_no_body_is_declared_for_are_put_on_record(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SERIES, series=WAITS)
    declare_bodies(tmp_path, "trust")
    publish_waits(open_run(folder), "made", "made_up")
    assert not figures(folder)
    assert {absence.reason for absence in read_absences(folder)} == {
        "not in this edition, since no integrated care board is declared for Testborough"
    }


def test_waits_publish_no_movement(tmp_path: Path) -> None:
    rows = [
        row("QWU", period, value, indicator, unit=unit, service="made_up")
        for indicator, unit, values in (
            ("community_waiting_list_count", "count", (800, 1600, 1580)),
            ("community_waiting_over_18_weeks_pct", "%", (20.0, 47.0, 19.0)),
        )
        for period, value in zip(("June 2023", "August 2023", "October 2023"), values, strict=True)
    ]
    folder = make_run(tmp_path, rows, series=WAITS)
    declare_bodies(tmp_path)
    publish_waits(open_run(folder), "made", "made_up")
    shown = figures(folder)
    assert shown["made.list.latest"] == "1,580"
    assert not any("movement" in key for key in shown)


def test_waits_give_the_months_on_the_two_sides_of_a_change_of_coverage(tmp_path: Path) -> None:
    rows = [
        row("QWU", period, value, indicator, unit=unit, service="made_up")
        for indicator, unit, values in (
            ("community_waiting_list_count", "count", (800, 1600, 1580)),
            ("community_waiting_over_18_weeks_pct", "%", (20.0, 47.0, 19.0)),
        )
        for period, value in zip(("June 2023", "August 2023", "October 2023"), values, strict=True)
    ]
    mark = {"before": "August 2023", "label": "More report", "by": {"service": "made_up"}}
    other = {"before": "October 2023", "label": "Of another service", "by": {"service": "other"}}
    broken = {key: {**words, "breaks": [mark, other]} for key, words in WAITS.items()}
    folder = make_run(tmp_path, rows, series=broken)
    declare_bodies(tmp_path)
    publish_waits(open_run(folder), "made", "made_up")
    shown = figures(folder)
    assert (shown["made.list.before"], shown["made.list.before_period"]) == ("800", "June 2023")
    assert (shown["made.list.after"], shown["made.over_18.after"]) == ("1,600", "47.0%")


def test_the_chart_of_a_count_draws_the_area_alone(tmp_path: Path) -> None:
    rows = [{**line, "unit": "count"} for line in SERIES]
    folder = make_run(tmp_path, rows)
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up number"))
    record = read_figures(folder)[0]["made.up.series"]
    assert record.columns == ["Period", AREA.name]


def test_a_series_with_counts_is_drawn_with_its_intervals(tmp_path: Path) -> None:
    rows = [{**line, "numerator": 10 * float(str(line["value"])), "denominator": 1000} for line in SERIES]
    folder = make_run(tmp_path, rows)
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    record = read_figures(folder)[0]["made.up.series"]
    assert "95% confidence interval" in record.alt or any("interval" in name for name in record.columns)
