"""Answers composed from the data, and distances between SEN provisions, on a synthetic run."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import AREA, COUNTRY, make_run, open_run

from send_jsna.errors import NotebookError
from send_jsna.evidence.answers import answer_text, publish_answer
from send_jsna.evidence.headlines import publish_headline
from send_jsna.evidence.measures import measure
from send_jsna.evidence.provisions import publish_gap
from send_jsna.figures.records import read_absences, read_figures


def row(area: str, period: str, value: float, provision: str = "", **more: object) -> dict[str, object]:
    known = {"indicator": "made_up_pct", "area_code": area, "period": period, "unit": "%"}
    return {**known, "value": value, "provision": provision, **more}


def figures(folder: Path) -> dict[str, str]:
    return {key: record.shown for key, record in read_figures(folder)[0].items()}


def test_an_answer_says_value_standing_and_way(tmp_path: Path) -> None:
    rows = [
        row(area.code, period, value)
        for area, values in ((AREA, (20.0, 23.0)), (COUNTRY, (25.0, 26.0)))
        for period, value in zip(("2021/22", "2023/24"), values, strict=True)
    ]
    folder = make_run(tmp_path, rows)
    record = publish_answer(
        run := open_run(folder),
        "made.answer",
        [measure(run, "made_up_pct", name="Made-up share")],
        since="2021/22",
    )
    assert record.shown == (
        f"Made-up share: 23.0% in 2023/24, below {COUNTRY.name} (26.0%); has risen since 2021/22."
    )
    assert len(record.inputs) == 3


def test_an_answer_leaves_out_what_is_not_held(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [row(AREA.code, "2023/24", 23.0)])
    record = publish_answer(
        run := open_run(folder),
        "made.answer",
        [measure(run, "made_up_pct", name="Made-up share")],
        since="2021/22",
    )
    assert record.shown == "Made-up share: 23.0% in 2023/24."


def test_an_answer_without_a_value_is_put_on_record(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [row(COUNTRY.code, "2023/24", 23.0)])
    publish_answer(
        run := open_run(folder), "made.answer", [measure(run, "made_up_pct", name="Made-up share")]
    )
    (noted,) = read_absences(folder)
    assert noted.covers("made.answer")
    assert noted.reason == "not in this edition for Testborough"


def provisions(area: str, period: str, **values: float) -> list[dict[str, object]]:
    return [row(area, period, value, provision) for provision, value in values.items()]


def test_the_gap_is_read_in_the_newest_period_with_both_groups(tmp_path: Path) -> None:
    rows = [
        *provisions(AREA.code, "2021/22", sen_support=24.6, no_sen=66.6),
        *provisions(COUNTRY.code, "2021/22", sen_support=22.9, no_sen=70.9),
        *provisions(AREA.code, "2023/24", sen_support=30.0),
    ]
    folder = make_run(tmp_path, rows)
    publish_gap(measure(open_run(folder), "made_up_pct", "made", name="Made-up share"))
    shown = figures(folder)
    assert shown == {
        "made.sen_support.side": "below",
        "made.sen_support.gap": "42.0 percentage points",
        "made.sen_support.gap_england": "48.0 percentage points",
        "made.sen_support.gap_vs_england": "narrower than",
        "made.sen_support.gap_vs_place": "wider than",
    }


def test_a_gap_within_the_rounding_is_about_as_wide(tmp_path: Path) -> None:
    rows = [
        *provisions(AREA.code, "2023/24", ehc_plan=5.0, no_sen=60.1),
        *provisions(COUNTRY.code, "2023/24", ehc_plan=5.1, no_sen=60.0),
    ]
    folder = make_run(tmp_path, rows)
    publish_gap(measure(open_run(folder), "made_up_pct", "made", name="Made-up share"))
    assert figures(folder)["made.ehc_plan.gap_vs_england"] == "about as wide as"


def test_a_distance_between_places_can_be_the_wider_one(tmp_path: Path) -> None:
    rows = [
        *provisions(AREA.code, "2023/24", ehc_plan=9.0, no_sen=4.0),
        *provisions(COUNTRY.code, "2023/24", ehc_plan=20.0, no_sen=5.0),
    ]
    folder = make_run(tmp_path, rows)
    publish_gap(measure(open_run(folder), "made_up_pct", "made", name="Made-up share"))
    shown = figures(folder)
    assert shown["made.ehc_plan.side"] == "above"
    assert shown["made.ehc_plan.gap_vs_place"] == "narrower than"


def test_no_gap_without_pupils_without_sen(tmp_path: Path) -> None:
    folder = make_run(tmp_path, provisions(AREA.code, "2023/24", sen_support=30.0))
    publish_gap(measure(open_run(folder), "made_up_pct", "made", name="Made-up share"))
    noted = {absence.figures[0]: absence.reason for absence in read_absences(folder)}
    assert noted == {
        "made.ehc_plan.gap": "not in this edition for Testborough",
        "made.sen_support.gap": "not in this edition for pupils with and without SEN",
    }


def test_an_answer_in_words_is_made_of_published_figures(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [row(AREA.code, "2023/24", 23.0)])
    run = open_run(folder)
    publish_headline(measure(run, "made_up_pct", "made.up", name="Made-up share"))
    text = answer_text(run, "{made.up.latest} in {made.up.period}.", "England has {made.up.england}.")
    assert text == "23.0% in 2023/24."


def test_an_answer_that_cannot_be_given_says_why(tmp_path: Path) -> None:
    run = open_run(make_run(tmp_path, [row(COUNTRY.code, "2023/24", 23.0)]))
    publish_headline(measure(run, "made_up_pct", "made.up", name="Made-up share"))
    text = answer_text(run, "{made.up.latest} have one.", "It {made.up.movement}.")
    assert text == "None can be given here: not in this edition for Testborough."


def test_an_answer_from_a_figure_nobody_published_is_refused(tmp_path: Path) -> None:
    run = open_run(make_run(tmp_path, [row(AREA.code, "2023/24", 23.0)]))
    with pytest.raises(NotebookError, match=r"made\.upp\.latest is no figure of this notebook"):
        answer_text(run, "{made.upp.latest}")
