"""Spend a head, parts of spending and the balance of a grant, on a synthetic run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from synthetic import AREA, COUNTRY, EDITION, NEIGHBOUR, REGION, make_run, open_run

from send_jsna.catalogue.areas import Area, Comparators
from send_jsna.evidence.measures import measure
from send_jsna.evidence.money import publish_balance, publish_spending
from send_jsna.evidence.quotients import CHANGING_TOTALS, NO_COMMON_PERIOD, publish_quotient
from send_jsna.figures.records import read_absences, read_figures
from send_jsna.figures.supplement import Supplement
from send_jsna.wording import amount, format_number

SECOND = Area("E99999905", "Secondborough", "local_authority", "997", "E99999902")
TWO_NEIGHBOURS = Comparators(REGION, COUNTRY, (NEIGHBOUR, SECOND), "synthetic")


def row(area: Area, indicator: str, period: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
    found = {"indicator": indicator, "area_code": area.code, "period": period, "value": value, "unit": unit}
    return {**found, "decimals": 0, **more}


def heads(period: str = "mid-2024") -> list[dict[str, Any]]:
    counts = ((AREA, 50), (NEIGHBOUR, 100), (SECOND, 200), (REGION, 400), (COUNTRY, 1000))
    return [row(area, "heads_count", period, value, "count") for area, value in counts]


def spent(period: str = "2024-25") -> list[dict[str, Any]]:
    amounts = ((AREA, 5000), (NEIGHBOUR, 5000), (SECOND, 40000), (REGION, 44000), (COUNTRY, 90000))
    return [row(area, "spent_pounds", period, value, "£") for area, value in amounts]


def shown_of(folder: Path) -> dict[str, str]:
    return {key: record.shown for key, record in read_figures(folder)[0].items()}


def publish(tmp_path: Path, rows: list[dict[str, Any]], **context: Any) -> dict[str, str]:
    """The quotient of the rows' two indicators, as published."""
    folder = make_run(tmp_path, rows, comparators=TWO_NEIGHBOURS.as_dict(), **context)
    codes = {"area": AREA.code, "edition": EDITION, "comparators": TWO_NEIGHBOURS.codes}
    run = Supplement.open("supplement", **codes, run_folder=str(folder))
    spend = measure(run, "spent_pounds", "spend", name="Spend a head")
    publish_quotient(spend, measure(run, "heads_count", name="Heads"), unit="£ per head")
    return shown_of(folder)


def test_a_spend_a_head_stands_beside_region_england_and_neighbours(tmp_path: Path) -> None:
    shown = publish(tmp_path, [*spent(), *heads()])
    assert (shown["spend.latest"], shown["spend.period"], shown["spend.by_period"]) == (
        "£100",
        "2024-25",
        "mid-2024",
    )
    assert (shown["spend.england"], shown["spend.vs_england"]) == ("£90", "above")
    assert (shown["spend.region"], shown["spend.vs_region"]) == ("£110", "below")
    assert shown["spend.place"] == "in the middle of three"
    assert "spend.neighbours" in shown


@pytest.mark.parametrize("period", ["mid-2023", "mid-2025"])
def test_nothing_is_divided_by_heads_of_another_year(tmp_path: Path, period: str) -> None:
    assert publish(tmp_path, [*spent(), *heads(period)]) == {}
    assert [item.reason for item in read_absences(tmp_path / "run")] == [NO_COMMON_PERIOD]


def test_the_newest_year_with_both_numbers_is_taken(tmp_path: Path) -> None:
    shown = publish(tmp_path, [*spent(), *spent("2025-26"), *heads()])
    assert shown["spend.period"] == "2024-25"


def test_totals_from_which_authorities_were_left_out_are_not_divided(tmp_path: Path) -> None:
    series = {"spent_pounds": {"usage_warnings": ["coverage_change"]}}
    shown = publish(tmp_path, [*spent(), *heads()], series=series)
    assert shown["spend.place"] == "in the middle of three"
    assert not {"spend.england", "spend.vs_england", "spend.region"} & shown.keys()
    assert {item.reason for item in read_absences(tmp_path / "run")} == {CHANGING_TOTALS}


def balances(own: float, country: float) -> list[dict[str, Any]]:
    values = ((AREA, -1.0, "2020-21"), (AREA, own, "2021-22"), (COUNTRY, country, "2021-22"))
    return [
        row(area, "balance_pct", period, value, "% of income", decimals=2) for area, value, period in values
    ]


@pytest.mark.parametrize(
    ("own", "country", "words", "side"),
    [
        (-1.7, 2.3, "a surplus of 1.7%", "better than"),
        (4.0, 2.3, "a deficit of 4.0%", "worse than"),
        (0.0, 0.0, "no balance either way: 0.0%", "similar to"),
    ],
)
def test_a_balance_is_a_deficit_or_a_surplus(
    tmp_path: Path, own: float, country: float, words: str, side: str
) -> None:
    folder = make_run(tmp_path, balances(own, country))
    publish_balance(measure(open_run(folder), "balance_pct", "grant", name="Balance"))
    shown = shown_of(folder)
    assert (shown["grant.words"], shown["grant.side"]) == (words, side)
    assert (shown["grant.first_words"], shown["grant.first_period"]) == ("a surplus of 1.0%", "2020-21")


def test_spending_by_service_is_a_share_of_the_total_of_the_same_place(tmp_path: Path) -> None:
    labels = {"service": {"family_support": "Family support", "youth_justice": "Youth justice"}}
    declared = tmp_path / "data" / "catalogue"
    declared.mkdir(parents=True)
    (declared / "dimensions.yaml").write_text(yaml.safe_dump(labels), encoding="utf-8")
    rows = [
        row(area, "spent_pounds", period, value, "£", service=service)
        for area, period, service, value in (
            (AREA, "2016-17", "", 1_000_000),
            (AREA, "2016-17", "family_support", 600_000),
            (AREA, "2016-17", "youth_justice", 400_000),
            (AREA, "2024-25", "", 2_000_000),
            (AREA, "2024-25", "family_support", 500_000),
            (AREA, "2024-25", "youth_justice", 1_500_000),
            (COUNTRY, "2024-25", "", 10_000_000),
            (COUNTRY, "2024-25", "family_support", 4_000_000),
        )
    ]
    folder = make_run(tmp_path, rows)
    publish_spending(measure(open_run(folder), "spent_pounds", "spend", name="Spend"))
    shown = shown_of(folder)
    assert (shown["spend.total"], shown["spend.change_pct"]) == ("£2.0 million", "100%")
    table = read_figures(folder)[0]["spend.table"]
    assert table.rows == [
        ["Youth justice", "£1.5 million", "75.0%", "x", "+275.0%"],
        ["Family support", "£500,000", "25.0%", "40.0%", "−16.7%"],
    ]


@pytest.mark.parametrize(
    ("pounds", "words"),
    [(125_173_841, "£125.2 million"), (16_012_400_000, "£16.0 billion"), (255_463, "£255,463")],
)
def test_a_sum_is_given_in_millions_where_it_is_large(pounds: float, words: str) -> None:
    assert amount(pounds) == words


def test_pounds_have_their_sign_before_the_number() -> None:
    assert format_number(95.0, unit="£ per week") == "£95"
    assert format_number(-1234.5, unit="£", decimals=1) == "−£1,234.5"
    assert format_number(0.2, unit="£") == "less than £1"
