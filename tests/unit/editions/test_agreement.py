"""Values that two sources print of one thing: every overlapping row is compared, within its rounding.

All figures are synthetic, but for the last section.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_project

from send_jsna.catalogue.agreements import Agreement, load_agreements
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import Catalogue
from send_jsna.editions import agreement
from send_jsna.errors import CatalogueError

ROOT = Path(__file__).parents[3]
PAIR = Agreement(one="a_pct", other="b_pct")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data" / "catalogue")


def rows(*given: tuple[str, str, float | None, int], unit: str = "%", **dimensions: str) -> pd.DataFrame:
    """Observations by indicator, area, value and decimals."""
    made: list[dict[str, Any]] = [
        {
            "indicator": indicator,
            "area_code": area,
            "period": "2024",
            **dict.fromkeys(DIMENSIONS, ""),
            **dimensions,
            "value": value,
            "decimals": decimals,
            "unit": unit,
            "source_id": f"source-of-{indicator}",
        }
        for indicator, area, value, decimals in given
    ]
    return pd.DataFrame(made)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ((12.3, 1), (12.34, 2), 0),
        ((12.3, 1), (12.36, 2), 1),
        ((12, 0), (12.5, 1), 0),
        ((12, 0), (12.6, 1), 1),
        ((12.3, 1), (12.4, 1), 0),
        ((12.3, 1), (12.5, 1), 1),
    ],
)
def test_two_printed_numbers_agree_where_one_number_is_rounded_to_both(
    one: tuple[float, int], other: tuple[float, int], differ: int
) -> None:
    frame = rows(("a_pct", "E1", *one), ("b_pct", "E1", *other))
    (found,) = agreement.compare(frame, [PAIR])
    assert (found.rows, len(found.differing)) == (1, differ)


def test_counts_are_compared_exactly_unless_more_is_declared() -> None:
    frame = rows(("a_count", "E1", 10, 0), ("b_count", "E1", 11, 0), unit="count")
    pair = Agreement(one="a_count", other="b_count")
    assert len(agreement.compare(frame, [pair])[0].differing) == 1
    wider = pair.model_copy(update={"beyond_rounding": 1.0})
    assert len(agreement.compare(frame, [wider])[0].differing) == 0


def test_only_rows_that_both_have_a_value_of_are_compared_and_each_difference_is_listed() -> None:
    frame = pd.concat(
        [
            rows(("a_pct", "E1", 50.0, 0), ("a_pct", "E2", 1.0, 0), ("a_pct", "E3", 7.0, 0)),
            rows(("b_pct", "E1", 60.0, 0), ("b_pct", "E3", None, 0), ("b_pct", "E4", 7.0, 0)),
            rows(("a_pct", "E1", 5.0, 0), ("b_pct", "E1", 9.5, 1), phase="primary"),
        ],
        ignore_index=True,
    )
    (found,) = agreement.compare(frame, [PAIR.model_copy(update={"note": "Why."})])
    assert found.line() == "a_pct and b_pct: 2 rows in both, 2 differ by more than their rounding (Why)"
    assert found.lines() == ["E1, 2024: 50 and 60", "E1, 2024, primary: 5 and 9.5"]
    assert found.lines(1) == ["E1, 2024: 50 and 60", "and 1 more (--all)"]
    (none,) = agreement.compare(frame, [Agreement(one="a_pct", other="c_pct")])
    assert none.line() == "a_pct and c_pct: no row in both"


def test_values_of_a_source_that_another_supersedes_are_compared_before_they_are_left_out(
    catalogue: Catalogue,
) -> None:
    newer = catalogue.sources["dfe-sen2-2025-caseload"]
    older = catalogue.sources["dfe-sen2-2022-caseload"]
    frames = [
        (newer, rows(("ehc_plans_count", "E1", 10, 0), ("ehc_plans_count", "E2", 20, 0), unit="")),
        (older, rows(("ehc_plans_count", "E1", 10, 0), ("ehc_plans_count", "E2", 21, 0), unit="")),
    ]
    (said,) = agreement.superseded(frames, {"ehc_plans_count": "count"})
    assert said.startswith("dfe-sen2-2025-caseload is used in place of dfe-sen2-2022-caseload for 2 values")
    assert said.endswith("of which 1 differ by more than their rounding")


# -- the declaration ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {one: no_such_pct, other: ehc_plan_pct}\n", r"agreements\.yaml, line 1: indicator 'no_such_pct'"),
        ("- {one: ehc_plan_pct, other: ehc_plans_count}\n", "have different units"),
        ("- {one: ehc_plan_pct, other: ehc_plan_pct}\n", "held against each other already"),
        ("- {one: ehc_plans_count, other: ehc_plans_count_lait}\n", "held against each other already"),
        ("- {one: ehc_plan_pct, other: sen_support_pct, within: 1}\n", "line 1: unknown key"),
    ],
)
def test_a_fault_in_the_declaration_is_named(
    tmp_path: Path, catalogue: Catalogue, text: str, message: str
) -> None:
    (tmp_path / "agreements.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        load_agreements(catalogue.model_copy(update={"folder": tmp_path}))


def test_an_indicator_and_the_one_it_is_the_same_as_are_compared(catalogue: Catalogue) -> None:
    pairs = {(pair.one, pair.other) for pair in load_agreements(catalogue)}
    assert ("ehc_requests_count", "ehc_requests_count_lait") in pairs
    assert ("eyfsp_gld_detail_pct", "eyfsp_gld_pct") in pairs


# -- edition 2026 ------------------------------------------------------------------------------------------


def test_the_command_lists_what_the_sources_of_an_edition_disagree_on() -> None:
    asked = small_project.jsna(ROOT, "edition", "agreement", "2026")
    assert (asked.returncode, asked.stderr) == (0, "")
    lines = asked.stdout.splitlines()
    equal = "annual_reviews_held_pct and annual_reviews_held_pct_lait: 13 rows in both, 0 differ"
    assert any(line.startswith(equal) for line in lines)
    place = next(at for at, line in enumerate(lines) if line.startswith("attainment8_detail_score"))
    assert lines[place + 1] == "  E06000021, 2022/23, no_sen: 44.5 and 44.7"
    everything = small_project.jsna(ROOT, "edition", "agreement", "2026", "--all")
    assert len(everything.stdout.splitlines()) > len(lines)
    assert "(--all)" not in everything.stdout
