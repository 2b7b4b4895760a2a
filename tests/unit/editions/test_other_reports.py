"""Reports of several areas from the same figures, set side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic import AREA, COUNTRY, NEIGHBOUR, REGION, frame_of

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.disclosure import load_tables, methods, suppress_counts
from send_jsna.disclosure.attack import exposures
from send_jsna.editions.other_reports import shown_elsewhere

COUNCIL = methods.profile("council")
AREAS = (AREA, REGION, COUNTRY, NEIGHBOUR)


def count(indicator: str, value: float, area: str = AREA.code, **codes: str) -> dict[str, Any]:
    """A made-up count."""
    return {
        "indicator": indicator,
        "area_code": area,
        "period": "2024",
        "value": value,
        "unit": "count",
        "decimals": 0,
        **codes,
    }


def requests(agreed: int, refused: int, withdrawn: int, outstanding: int) -> list[dict[str, Any]]:
    """What becomes of made-up requests, as an area's own report has it; others have the total and a share."""
    total = agreed + refused + withdrawn + outstanding
    return [
        count("ehc_requests_count", total),
        count("ehc_requests_agreed_count", agreed),
        count("ehc_requests_refused_count", refused),
        count("ehc_requests_withdrawn_count", withdrawn),
        count("ehc_requests_outstanding_count", outstanding),
        {
            "indicator": "ehc_requests_refused_pct",
            "area_code": AREA.code,
            "period": "2024",
            "value": round(100 * refused / total, 1),
            "numerator": refused,
            "denominator": total,
        },
    ]


def by_sex(*, female: int, male: int, unknown: int) -> list[dict[str, Any]]:
    """Made-up plans by sex, which every comparator has, and by ethnic group, which only the area has."""
    total = female + male + unknown
    sexes = {"female": female, "male": male, "unknown": unknown}
    rows = [count("ehc_plans_count", total), count("ehc_plans_count", 900, NEIGHBOUR.code)]
    rows += [count("ehc_plans_count", value, sex=sex) for sex, value in sexes.items()]
    rows += [count("ehc_plans_count", 300, NEIGHBOUR.code, sex=sex) for sex in sexes]
    return rows


def elsewhere(frame: pd.DataFrame, root: Path, area: str = AREA.code) -> dict[str, float]:
    catalogue = load_catalogue(root / "data" / "catalogue")
    tables = load_tables(root / "data")
    return shown_elsewhere(frame, area, AREAS, catalogue, tables, COUNCIL)


def values(cells: Mapping[str, float], *indicators: str) -> set[float]:
    return {value for label, value in cells.items() if label.split(",")[0] in indicators}


@pytest.mark.parametrize("refused", [7, 9])
def test_what_a_report_of_another_area_shows_is_not_what_this_one_relies_on(
    project_root: Path, refused: int
) -> None:
    tables = load_tables(project_root / "data")
    frame = frame_of(requests(80, refused, 11, 3))
    known = elsewhere(frame, project_root)
    assert values(known, "ehc_requests_refused_count", "ehc_requests_count") == {refused, 94 + refused}
    alone = suppress_counts(frame, tables, COUNCIL)
    hidden = set(alone.frame.loc[alone.frame["withheld"] != "", "indicator"])
    assert "ehc_requests_refused_count" in hidden, "the case: alone, the report would rely on it"
    (given_away, *_) = exposures(frame, alone.frame, tables, COUNCIL, before=known)
    assert given_away.label.startswith("ehc_requests_outstanding_count")
    beside = suppress_counts(frame, tables, COUNCIL, before=known)
    assert not exposures(frame, beside.frame, tables, COUNCIL, before=known)


def test_what_reports_show_in_which_the_area_is_a_comparator_is_known_too(project_root: Path) -> None:
    tables = load_tables(project_root / "data")
    frame = frame_of(by_sex(female=120, male=200, unknown=60))
    known = elsewhere(frame, project_root)
    assert values(known, "ehc_plans_count") >= {380.0, 120.0, 200.0, 60.0}
    done = suppress_counts(frame, tables, COUNCIL, before=known)
    assert not exposures(frame, done.frame, tables, COUNCIL, before=known)


def test_a_code_that_no_other_area_has_is_hidden_beside_what_other_reports_show(project_root: Path) -> None:
    """The total is shown elsewhere: of the two known sexes one is withheld in a comparator's report too."""
    tables = load_tables(project_root / "data")
    rows = by_sex(female=120, male=200, unknown=2)
    frame = frame_of([row for row in rows if row["area_code"] == AREA.code or row.get("sex") != "unknown"])
    known = elsewhere(frame, project_root)
    assert 322.0 in values(known, "ehc_plans_count")
    assert not {120.0, 200.0} <= values(known, "ehc_plans_count")
    done = suppress_counts(frame, tables, COUNCIL, before=known)
    assert not exposures(frame, done.frame, tables, COUNCIL, before=known)


def test_what_only_the_report_of_the_area_holds_is_shown_nowhere_else(project_root: Path) -> None:
    rows: Iterable[dict[str, Any]] = [
        *by_sex(female=120, male=200, unknown=60),
        *(count("ehc_plans_count", 190, age=age) for age in ("4", "5")),
    ]
    assert 190.0 not in values(elsewhere(frame_of(rows), project_root), "ehc_plans_count")


def test_a_small_count_is_not_shown_by_another_report_either(project_root: Path) -> None:
    known = elsewhere(frame_of(requests(80, 3, 11, 20)), project_root)
    assert 3.0 not in set(known.values())


def test_nothing_is_added_where_every_report_rounds(project_root: Path) -> None:
    catalogue = load_catalogue(project_root / "data" / "catalogue")
    tables = load_tables(project_root / "data")
    frame = frame_of(requests(80, 6, 11, 3))
    rounding = methods.profile("opensafely")
    assert shown_elsewhere(frame, AREA.code, AREAS, catalogue, tables, rounding) == {}
