"""Where children with a plan learn, by kind of provision, on a synthetic run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthetic import AREA, COUNTRY, EDITION, NEIGHBOUR, REGION, make_run, open_run

from send_jsna.catalogue.areas import Area, Comparators
from send_jsna.evidence.measures import measure
from send_jsna.evidence.send.provision import (
    NO_SHARE,
    PLACED,
    PLANS,
    PROVISION,
    publish_placed_share,
    publish_provision,
)
from send_jsna.figures.records import read_absences, read_figures
from send_jsna.figures.supplement import Supplement

SERIES = {PLACED: {"breaks": [{"before": "January 2023", "label": "Child by child"}]}}
CODES = [code for codes in PROVISION.values() for code in codes]


def placements(area: Area, period: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Counts of every placement, nought where none is named, with the special schools and all plans."""
    full = dict.fromkeys(CODES, 0) | dict(counts)
    full["special"] = sum(count for code, count in full.items() if code.startswith("special_"))
    about = {"area_code": area.code, "period": period, "unit": "count", "decimals": 0}
    rows = [{**about, "indicator": PLACED, "placement": code, "value": count} for code, count in full.items()]
    plans = sum(full[code] for code in CODES)
    return [*rows, {**about, "indicator": PLANS, "value": plans}]


THEN = {"mainstream_academy": 300, "special_la_maintained": 80, "special_independent": 20}
NOW = {"mainstream_academy": 500, "mainstream_academy_sen_unit": 40, "special_la_maintained": 60}
ROWS = [
    *placements(AREA, "January 2022", {"ap_pru": 999}),
    *placements(AREA, "January 2023", THEN),
    *placements(AREA, "January 2025", NOW | {"special_independent": 30, "special_non_maintained": 10}),
    *placements(COUNTRY, "January 2025", {"mainstream_academy": 9000, "special_independent": 1000}),
]


def test_kinds_are_followed_from_the_break_and_those_of_nobody_are_left_out(tmp_path: Path) -> None:
    folder = make_run(tmp_path, ROWS, series=SERIES)
    publish_provision(open_run(folder), "made.provision")
    table = read_figures(folder)[0]["made.provision"]
    assert table.columns[1:4] == ["January 2023", "January 2025", "Change since January 2023"]
    assert table.rows == [
        ["Mainstream school, ordinary class", "300", "500", "+200", "78.1%", "90.0%"],
        ["Mainstream school, SEN unit", "0", "40", "+40", "6.3%", "0.0%"],
        ["State-funded special school", "80", "60", "−20", "9.4%", "0.0%"],
        ["Independent or non-maintained special school", "20", "40", "+20", "6.3%", "10.0%"],
    ]


def test_no_sum_is_made_of_counts_of_which_one_is_not_shown(tmp_path: Path) -> None:
    hidden = [
        {**line, "value": float("nan"), "status": "c"}
        if (line["area_code"], line["period"], line.get("placement"))
        == (AREA.code, "January 2025", "special_non_maintained")
        else line
        for line in ROWS
    ]
    folder = make_run(tmp_path, hidden, series=SERIES)
    publish_provision(open_run(folder), "made.provision")
    table = read_figures(folder)[0]["made.provision"]
    assert table.rows[-1] == ["Independent or non-maintained special school", "20", "c", "c", "c", "10.0%"]
    assert table.rows[0][1:3] == ["300", "500"]
    assert table.notes == ["c: confidential."]


def test_a_part_of_placements_is_compared_with_england_and_followed_from_the_break(tmp_path: Path) -> None:
    folder = make_run(tmp_path, ROWS, series=SERIES)
    outside = ["special_independent", "special_non_maintained"]
    placed = measure(open_run(folder), PLACED, "outside", name="Outside", placement=outside)
    publish_placed_share(placed, among=["special"])
    shown = {key: record.shown for key, record in read_figures(folder)[0].items()}
    assert (shown["outside.latest"], shown["outside.count"]) == ("40.0%", "40")
    assert (shown["outside.england"], shown["outside.vs_england"]) == ("100.0%", "below")
    assert (shown["outside.first"], shown["outside.first_period"]) == ("20.0%", "January 2023")
    assert shown["outside.movement"] == "has risen"
    assert "outside.place" not in shown, "there is no place among two"
    assert NEIGHBOUR.code not in {line["area_code"] for line in ROWS}


def test_of_so_few_that_the_range_of_their_share_does_not_help_only_the_number_is_given(
    tmp_path: Path,
) -> None:
    others = (NEIGHBOUR, Area("E99999905", "Sampleham", "local_authority"))
    comparators = Comparators(REGION, COUNTRY, others, "synthetic")
    codes = {"area": AREA.code, "edition": EDITION, "comparators": comparators.codes}
    many = {"mainstream_academy": 900, "ap_pru": 100}
    places = {}
    for few, own in ((False, many), (True, {"mainstream_academy": 20, "ap_pru": 6})):
        rows = [*placements(AREA, "January 2025", own), *placements(COUNTRY, "January 2025", many)]
        rows += [line for area in others for line in placements(area, "January 2025", many)]
        folder = make_run(tmp_path / str(few), rows, series=SERIES, comparators=comparators.as_dict())
        run = Supplement.open("supplement", **codes, run_folder=str(folder))
        publish_placed_share(measure(run, PLACED, "made.up", name="Made up", placement=["ap_pru"]))
        places[few] = {"made.up.place", "made.up.latest", "made.up.count"} & read_figures(folder)[0].keys()
    assert places == {False: {"made.up.place", "made.up.latest", "made.up.count"}, True: {"made.up.count"}}
    assert [item.rule for item in read_absences(folder)] == ["range"]


def test_an_older_share_does_not_take_the_place_of_a_share_of_none(tmp_path: Path) -> None:
    now = placements(AREA, "January 2025", {"mainstream_academy": 500})
    rows = [line for line in ROWS if (line["area_code"], line["period"]) != (AREA.code, "January 2025")]
    folder = make_run(tmp_path, [*rows, *now], series=SERIES)
    placed = measure(open_run(folder), PLACED, "made.up", name="Made up", placement=["special_independent"])
    publish_placed_share(placed, among=["special"])
    assert not read_figures(folder)[0]
    assert [item.reason for item in read_absences(folder)] == [NO_SHARE]


def test_an_area_without_placements_is_put_on_record(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [line for line in ROWS if line["area_code"] != AREA.code], series=SERIES)
    publish_provision(open_run(folder), "made.provision")
    publish_placed_share(measure(open_run(folder), PLACED, "outside", name="Outside", placement=["ap_pru"]))
    assert not read_figures(folder)[0]
    assert {item.reason for item in read_absences(folder)} == {"not in this edition for Testborough"}
