"""Tables for readers, made from observations."""

from __future__ import annotations

import pandas as pd
import pytest

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.periods import academic_year
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence import small_numbers, tables


def observations(*rows: dict[str, object]) -> pd.DataFrame:
    """Observations with what a test does not care about filled in."""
    filled = []
    for line, row in enumerate(rows, 2):
        period = academic_year(int(str(row.get("year", 2025))))
        base: dict[str, object] = dict.fromkeys(DIMENSIONS, "") | {
            "observation_id": f"set:{line}",
            "indicator": "ehc_plan_pct",
            "area_code": "E08000026",
            "area_name": "Coventry",
            "period": period.label,
            "period_start": period.start.isoformat(),
            "value": float("nan"),
            "numerator": float("nan"),
            "denominator": float("nan"),
            "unit": "%",
            "decimals": 1.0,
            "status": "final" if "value" in row else "x",
        }
        filled.append(base | row)
    return pd.DataFrame(filled)


ENGLAND = {"area_code": "E92000001", "area_name": "England"}


def test_periods_run_across_and_gaps_hold_a_reason_code() -> None:
    frame = observations(
        {"year": 2025, "value": 4.3},
        {"year": 2024, "value": 4.0},
        {"year": 2025, "value": 5.3, **ENGLAND},
        {"year": 2024, "status": "c", **ENGLAND},
        {"year": 2023, "value": 4.3, **ENGLAND},
    )
    table = tables.by_period(frame)
    assert list(table.columns) == ["Area", "2022/23", "2023/24", "2024/25"]
    assert table.values.tolist() == [["Coventry", "x", "4.0%", "4.3%"], ["England", "4.3%", "c", "5.3%"]]
    assert tables.reason_notes(table) == ["x: not available.", "c: confidential."]


def test_a_cell_holds_one_observation() -> None:
    frame = observations({"value": 4.3, "phase": "primary"}, {"value": 4.5, "phase": "secondary"})
    with pytest.raises(DataError, match="two observations for Coventry and 2024/25"):
        tables.by_period(frame)
    assert tables.wide(frame, rows="phase", columns="period", head="Phase").values.tolist() == [
        ["primary", "4.3%"],
        ["secondary", "4.5%"],
    ]


def test_counts_keep_their_thousands_and_percentages_their_printed_decimals() -> None:
    assert tables.cell(observations({"value": 3477.0, "unit": "count", "decimals": 0}).iloc[0]) == "3,477"
    assert tables.cell(observations({"value": 35.0}).iloc[0]) == "35.0%"
    assert tables.cell(observations({"value": 28.0, "decimals": 0}).iloc[0]) == "28%"


def test_series_side_by_side() -> None:
    plans = observations({"year": 2024, "value": 3.4}, {"year": 2024, "value": 4.9, **ENGLAND})
    support = observations({"year": 2025, "value": 17.0})
    table = tables.side_by_side({"Plans": plans, "Support": support})
    assert table.values.tolist() == [["Coventry", "3.4%", "17.0%"], ["England", "4.9%", "x"]]


def test_change_in_points_and_in_percent() -> None:
    frame = observations(
        {"year": 2018, "value": 2.5},
        {"year": 2025, "value": 4.3},
        {"year": 2018, "value": 3.0, **ENGLAND},
        {"year": 2025, "status": "x", **ENGLAND},
    )
    points = tables.with_change(frame, base="2017/18")
    assert list(points.columns) == ["Area", "2017/18", "2024/25", "Change since 2017/18"]
    assert points.values.tolist() == [["Coventry", "2.5%", "4.3%", "+1.8"], ["England", "3.0%", "x", "x"]]
    assert tables.change_text(2.5, 4.3, "percent", 1) == "+72.0%"
    assert [tables.change_text(first, 4.3, "percent", 1) for first in (0.0, None)] == ["z", "x"]


def test_intervals_only_where_both_parts_are_held() -> None:
    frame = observations(
        {"value": 35.0, "numerator": 1217.0, "denominator": 3477.0}, {"year": 2024, "value": 34.0}
    )
    out = tables.add_intervals(frame)
    assert out["lower"].iloc[0] < 35.0 < out["upper"].iloc[0]
    assert out[["lower", "upper"]].iloc[1].isna().all()
    assert tables.with_interval(frame.iloc[0]) == "35.0% (33.4 to 36.6)"
    assert tables.with_interval(frame.iloc[1]) == "34.0%"


def ages(*pairs: tuple[str, float]) -> pd.DataFrame:
    return observations(*({"age": age, "value": value, "unit": "count"} for age, value in pairs))


YOUNG = small_numbers.age_band((("under 5", 4), ("5 to 10", 10), ("over 10", 25)))


def test_ages_are_added_up_to_bands() -> None:
    found = small_numbers.bands(ages(("3", 6), ("4", 162), ("7", 203), ("24", 29)), "age", YOUNG)
    assert found[["band", "value"]].values.tolist() == [["under 5", 168], ["5 to 10", 203], ["over 10", 29]]
    assert found["share"].sum() == pytest.approx(100)


def test_a_band_of_a_few_children_is_never_shown() -> None:
    with pytest.raises(NoDataError, match="are withheld"):
        small_numbers.bands(ages(("3", 4), ("7", 203)), "age", YOUNG)


def test_a_band_is_never_derived_from_a_withheld_count() -> None:
    frame = ages(("3", 60), ("7", 203))
    frame.loc[0, ["value", "status"]] = [float("nan"), "c"]
    with pytest.raises(NoDataError, match="all of them known"):
        small_numbers.bands(frame, "age", YOUNG)


def test_an_age_beyond_the_bands_is_refused() -> None:
    with pytest.raises(DataError, match="belongs to no band"):
        small_numbers.bands(ages(("26", 60)), "age", YOUNG)


def test_a_total_is_never_made_from_some_of_its_parts() -> None:
    frame = observations(
        {"year": 2018, "school": "Corley", "value": 88.0, "unit": "count", "decimals": 0},
        {"year": 2018, "school": "Tiverton", "value": 42.0, "unit": "count", "decimals": 0},
        {"year": 2019, "school": "Corley", "value": 88.0, "unit": "count", "decimals": 0},
    )
    table = tables.by_period(frame, rows="school")
    total = tables.add_total(frame, table, rows="school", columns="period", label="Total")
    assert total.iloc[-1].tolist() == ["Total", "130", "x"]


def test_changes_carry_their_sign() -> None:
    assert [tables.signed(value) for value in (1.8, -0.3, 0.0)] == ["+1.8", "−0.3", "0.0"]
    assert tables.signed(673, decimals=0) == "+673"


def test_one_row_is_one_row() -> None:
    frame = observations({"value": 4.3}, {"value": 5.3, **ENGLAND})
    with pytest.raises(DataError, match="expected one"):
        tables.only(frame)
