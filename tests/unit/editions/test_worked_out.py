"""Rates that this project works out of published counts: of which estimate, with which limits. Invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import blank_row
from send_jsna.catalogue.schema import Catalogue, Indicator
from send_jsna.editions import built
from send_jsna.editions.worked_out import with_worked_out
from send_jsna.evidence.compare import interval_of, method_of
from send_jsna.evidence.measures import drawn_method
from send_jsna.ingest.cell_text import ENGLAND

ROOT = Path(__file__).parents[3]
RATE = "ehc_plans_per_1000"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data" / "catalogue")


def row(
    indicator: str, period: str, value: float | None, area: str = docs.COVENTRY, **more: str
) -> dict[str, Any]:
    status = "final" if value is not None else "c"
    number = float("nan") if value is None else float(value)
    cells = {
        "indicator": indicator,
        "value": number,
        "status": status,
        "decimals": 0.0,
        "source_label": "made up",
    }
    return blank_row(area, period, "invented") | cells | more


def plans(period: str, value: float | None, area: str = docs.COVENTRY, **more: str) -> dict[str, Any]:
    return row("ehc_plans_count", period, value, area, **more)


def residents(
    period: str, value: float | None, area: str = docs.COVENTRY, age: str = "0_to_25"
) -> dict[str, Any]:
    return row("population_by_age_count", period, value, area, age=age)


def rates(catalogue: Catalogue, *rows: dict[str, Any], indicator: str = RATE) -> pd.DataFrame:
    made = with_worked_out(pd.DataFrame(rows), catalogue)
    return made[made["indicator"] == indicator].reset_index(drop=True)


def test_a_rate_is_the_count_over_the_residents_of_the_age(catalogue: Catalogue) -> None:
    found = rates(
        catalogue,
        plans("Jan 2025", 3000),
        residents("mid-2024", 100_000),
        residents("mid-2024", 9, age=""),
        residents("mid-2024", 8, age="5"),
    )
    assert found[["value", "numerator", "denominator"]].to_numpy().tolist() == [[30.0, 3000.0, 100_000.0]]
    assert found["period"].to_list() == ["January 2025"]
    assert found["source_label"].to_list() == ["made up / population_by_age_count (age 0_to_25) of invented"]


@pytest.mark.parametrize(
    ("indicator", "count", "period", "chosen"),
    [
        (RATE, "ehc_plans_count", "Jan 2025", 2024),
        (RATE, "ehc_plans_count", "Jan 2026", 2025),
        ("ehc_requests_per_1000", "ehc_requests_count", "2024", 2024),
        ("ehc_new_plans_per_1000", "ehc_new_plans_count", "2025", 2025),
    ],
)
def test_the_estimate_is_the_newest_of_the_year_before(
    catalogue: Catalogue, indicator: str, count: str, period: str, chosen: int
) -> None:
    estimates = [residents(f"mid-{year}", 1000 * (year - 2000)) for year in (2023, 2024, 2025)]
    found = rates(catalogue, row(count, period, 24), *estimates, indicator=indicator)
    assert found["denominator"].to_list() == [1000.0 * (chosen - 2000)]


def test_an_estimate_of_more_than_a_year_before_is_none(catalogue: Catalogue) -> None:
    assert rates(catalogue, plans("Jan 2026", 3000), residents("mid-2024", 100_000)).empty
    assert rates(catalogue, plans("Jan 2024", 3000), residents("mid-2024", 100_000)).empty


def test_each_area_has_its_own_residents_and_one_without_has_no_rate(catalogue: Catalogue) -> None:
    found = rates(
        catalogue,
        plans("Jan 2025", 30),
        plans("Jan 2025", 40, ENGLAND),
        plans("Jan 2025", 50, docs.REGION),
        residents("mid-2024", 1000),
        residents("mid-2024", 2000, ENGLAND),
        residents("mid-2024", None, docs.REGION),
    )
    assert found.set_index("area_code")["value"].to_dict() == {docs.COVENTRY: 30.0, ENGLAND: 20.0}


def test_a_withheld_count_has_no_rate_and_keeps_its_reason(catalogue: Catalogue) -> None:
    found = rates(catalogue, plans("Jan 2025", None), residents("mid-2024", 1000)).iloc[0]
    assert found["status"] == "c"
    assert found[["value", "numerator", "denominator", "decimals"]].isna().all()


def test_breakdowns_of_a_count_have_no_rate_among_all_residents(catalogue: Catalogue) -> None:
    assert rates(catalogue, plans("Jan 2025", 30, age="5"), residents("mid-2024", 1000)).empty


def test_a_share_of_two_counts_is_of_one_period(catalogue: Catalogue) -> None:
    whole, part = "cin_assessments_count", "cin_factor_learning_disability_count"
    given = [row(whole, "2023-24", 200), row(whole, "2024-25", 400), row(part, "2024-25", 50)]
    found = rates(catalogue, *given, indicator="cin_factor_learning_disability_pct")
    assert found[["period", "value"]].to_numpy().tolist() == [["2024-25", 12.5]]


def test_it_goes_through_the_checks_of_every_edition(catalogue: Catalogue) -> None:
    made = with_worked_out(pd.DataFrame([plans("Jan 2025", 3477), residents("mid-2024", 136_198)]), catalogue)
    finished, left_out = built.finish(made, catalogue, [])
    assert not left_out
    rate = finished[finished["indicator"] == RATE].iloc[0]
    assert (rate["unit"], rate["decimals"], round(rate["value"], 3)) == ("per 1,000", 1.0, 25.529)


def test_a_rate_has_byars_limits(catalogue: Catalogue) -> None:
    """Reference: Breslow and Day's formula, worked out by hand of 100 events, 81.3583 and 121.6272."""
    rate = rates(catalogue, plans("Jan 2025", 100), residents("mid-2024", 1000)).iloc[0].copy()
    rate["unit"] = "per 1,000"
    lower, upper = interval_of(rate) or (0.0, 0.0)
    assert lower == pytest.approx(100 * (1 - 1 / 900 - 1.959963985 / 30) ** 3, abs=1e-6)
    assert upper == pytest.approx(101 * (1 - 1 / 909 + 1.959963985 / (3 * 101**0.5)) ** 3, abs=1e-6)
    assert method_of(rate).startswith("Byar's method")
    share = rate.copy()
    share["unit"] = "%"
    assert method_of(share) == "Wilson's score method on the published numerator and denominator."
    assert interval_of(share) != (lower, upper)


def test_what_is_worked_out_names_what_it_needs() -> None:
    base = {"id": "x_per_1000", "name": "X", "polarity": "neutral", "dataset": "x", "sources": ["x"]}
    for lacking in (
        {"numerator": "a", "unit": "per 1,000"},
        {"numerator": "a", "denominator": "b", "unit": "score"},
    ):
        with pytest.raises(ValueError, match="is worked out: it needs numerator, denominator and a unit of"):
            Indicator.model_validate(base | {"definition": "X.", "among": {}} | lacking)


def test_charts_of_rates_say_how_their_intervals_are_made(catalogue: Catalogue) -> None:
    rate = rates(catalogue, plans("Jan 2025", 100), residents("mid-2024", 1000)).assign(unit="per 1,000")
    assert drawn_method(rate).startswith("Values as published; Byar 95% intervals")
    for other in (rate.assign(unit="%"), rate.assign(numerator=float("nan"))):
        assert drawn_method(other).startswith("Values as published; Wilson 95% intervals")
