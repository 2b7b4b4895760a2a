"""Fingertips: overlapping rows, repeated rows, withheld values and pooled years. The values are synthetic."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pandas as pd
import publisher_documents as docs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna.catalogue.periods import PeriodType
from send_jsna.errors import DataError
from send_jsna.sources import fingertips

SOURCE = "ohid-fingertips"


def tidy(tmp_path: Path, *rows: dict[str, Any], header: tuple[str, ...] = docs.FINGERTIPS) -> pd.DataFrame:
    return tidied(tmp_path, *rows, header=header)[0]


def tidied(
    tmp_path: Path, *rows: dict[str, Any], header: tuple[str, ...] = docs.FINGERTIPS
) -> tuple[pd.DataFrame, dict[str, bool]]:
    """Observations, and what was left out."""
    path = docs.write(tmp_path / "fingertips-area-type-502.csv", docs.fingertips(rows, header))
    files = docs.files(SOURCE, path)
    return fingertips.tidy(files, docs.context()), files.left_out


def test_england_that_is_printed_twice_counts_once(tmp_path: Path) -> None:
    twice = [
        docs.fingertips_row(area=docs.ENGLAND),
        docs.fingertips_row(area=docs.ENGLAND, **{"Parent Code": "E92000001"}),
    ]
    frame = tidy(tmp_path, *twice, docs.fingertips_row())
    assert sorted(frame["area_code"]) == [docs.COVENTRY, docs.ENGLAND]


def test_a_value_that_is_printed_twice_and_differs_is_left_out_alone(tmp_path: Path) -> None:
    england = [docs.fingertips_row(area=docs.ENGLAND), docs.fingertips_row(area=docs.ENGLAND, Value="12.6")]
    frame, left_out = tidied(tmp_path, *england, docs.fingertips_row())
    rows = frame.set_index("area_code")
    assert (rows.loc[docs.ENGLAND, "status"], rows.loc[docs.COVENTRY, "value"]) == ("u", 12.5)
    assert pd.isna(rows.loc[docs.ENGLAND, "value"]) and pd.isna(rows.loc[docs.ENGLAND, "numerator"])
    ((sentence, is_wrong),) = left_out.items()
    assert is_wrong and "two rows differ: Smoking" in sentence and "E92000001, 2022/23" in sentence


def test_a_value_one_row_prints_and_another_withholds_stays_confidential(tmp_path: Path) -> None:
    withheld = docs.fingertips_row(Value="", **{"Value note": "Value suppressed for disclosure control"})
    frame, left_out = tidied(tmp_path, docs.fingertips_row(), withheld)
    assert frame["status"].tolist() == ["c"]
    assert frame["value"].isna().all() and len(left_out) == 1


@pytest.mark.parametrize("value", ["12.5", ""])
def test_notes_and_counts_may_differ_between_rows_of_one_value(tmp_path: Path, value: str) -> None:
    noted = {"Value note": "Aggregated from all known lower geography values"}
    england = docs.fingertips_row(area=docs.ENGLAND, Value=value)
    frame, left_out = tidied(
        tmp_path,
        england,
        england | noted,
        docs.fingertips_row(Value=value),
        docs.fingertips_row(Value=value, Count="49"),
    )
    assert left_out == {}
    rows = frame.set_index("area_code")
    assert rows["status"].tolist() == (["final"] * 2 if value else ["x"] * 2)
    assert pd.isna(rows.loc[docs.COVENTRY, "numerator"]), "neither of two counts is known to be right"


def test_an_indicator_that_is_not_wanted_is_left_out_and_stated(tmp_path: Path) -> None:
    more = [
        docs.fingertips_row(Value=value) | {"Indicator ID": key, "Indicator Name": f"Some other {key}"}
        for key, value in (("92196", "12.5"), ("92197", "many"))
    ]
    frame, left_out = tidied(tmp_path, docs.fingertips_row(), *more)
    assert frame["indicator"].tolist() == ["ohid_smoking_at_delivery_pct"]
    assert len(left_out) == 2 and not any(left_out.values())
    assert all("is not wanted" in sentence for sentence in left_out)
    with pytest.raises(DataError, match="no indicator of the table is wanted"):
        tidied(tmp_path, *more)


def test_a_wanted_indicator_without_its_sex_and_age_costs_itself_alone(tmp_path: Path) -> None:
    frame, left_out = tidied(tmp_path, docs.fingertips_row(), docs.fingertips_row("90631", Age="4-5 yrs"))
    assert frame["indicator"].tolist() == ["ohid_smoking_at_delivery_pct"]
    ((sentence, is_wrong),) = left_out.items()
    assert is_wrong and "indicator 90631" in sentence and "Persons, 4-5 yrs" in sentence


@pytest.mark.parametrize(
    ("note", "status"),
    [
        ("Value not published for data quality reasons", "u"),
        ("Value suppressed for data quality reasons", "u"),
        ("Value not robust", "u"),
        ("Value suppressed due to incompleteness of source data", "x"),
        ("Value missing due to incompleteness of source data", "x"),
        ("Data not available", "x"),
        ("Something else", "x"),
        ("", "x"),
        ("Value suppressed for disclosure control due to small count", "c"),
        ("Value suppressed for reasons of confidentiality", "c"),
        ("Value cannot be calculated as number of cases is too small", "c"),
        ("Value suppressed", "c"),
    ],
)
def test_why_a_value_is_not_printed_is_what_its_note_says(tmp_path: Path, note: str, status: str) -> None:
    frame = tidy(tmp_path, docs.fingertips_row(Value="", **{"Value note": note}))
    assert frame["status"].tolist() == [status]


def test_only_the_declared_sex_and_age_of_all_categories_together_are_kept(tmp_path: Path) -> None:
    frame = tidy(
        tmp_path,
        docs.fingertips_row("90631"),
        docs.fingertips_row("90631", Sex="Male", Value="10"),
        docs.fingertips_row("90631", **{"Category Type": "Deprivation deciles", "Category": "Most deprived"}),
    )
    assert frame["value"].tolist() == [12.5]
    row = frame.iloc[0]
    assert (row["numerator"], row["denominator"], row["period"]) == (50.0, 400.0, "2022/23")
    assert row["indicator"] == "ohid_good_level_of_development_pct"


def test_an_indicator_without_its_sex_and_age_is_refused_and_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"indicator '90631' is there for 1 other sexes or ages; expected a sex and age"
    ):
        tidy(tmp_path, docs.fingertips_row("90631", Age="4-5 yrs"))


def test_a_withheld_value_is_confidential_and_never_nought(tmp_path: Path) -> None:
    note = "Value suppressed for disclosure control due to small count"
    frame = tidy(
        tmp_path,
        docs.fingertips_row(Value="", Count="", Denominator="", **{"Value note": note}),
        docs.fingertips_row(area=docs.REGION, Value="", **{"Value note": ""}),
        docs.fingertips_row(area=docs.ENGLAND, Value="", **{"Value note": "Value missing in source data"}),
    )
    assert frame.set_index("area_code")["status"].to_dict() == {
        docs.COVENTRY: "c",
        docs.REGION: "x",
        docs.ENGLAND: "x",
    }
    assert frame["value"].isna().all()


def test_counts_stand_beside_a_value_only_where_they_yield_it(tmp_path: Path) -> None:
    frame = tidy(
        tmp_path,
        docs.fingertips_row("20401", Value="12.5", Count="5", Denominator="400"),
        docs.fingertips_row("90813", Value="431.77", Count="250", Denominator="70000"),
    ).set_index("indicator")
    assert frame.loc["ohid_under_18_conceptions_per_1000", "numerator"] == 5
    assert pd.isna(frame.loc["ohid_self_harm_admissions_per_100000", "numerator"])


def test_the_name_of_the_parents_column_may_vary_but_no_column_that_is_read(tmp_path: Path) -> None:
    other = tuple(name.replace("Regions (statistical)", "ICBs") for name in docs.FINGERTIPS)
    assert len(tidy(tmp_path, docs.fingertips_row(), header=other)) == 1
    renamed = tuple(name.replace("Value note", "Note") for name in docs.FINGERTIPS)
    with pytest.raises(DataError, match="the column 'Value note' is gone"):
        tidy(tmp_path, docs.fingertips_row(), header=renamed)


def test_an_indicator_that_was_found_by_name_is_mapped_by_name(tmp_path: Path) -> None:
    frame = tidy(tmp_path, docs.fingertips_row("90801", Value="4.2", Count="", Denominator=""))
    assert frame["indicator"].tolist() == ["ohid_infant_mortality_per_1000"]
    assert frame["period"].tolist() == ["2020–2022 pooled"]


@pytest.mark.parametrize(
    ("text", "kind", "label", "start", "end"),
    [
        ("2022", "", "2022", "2022-01-01", "2022-12-31"),
        ("2021/22", "", "2021-22", "2021-04-01", "2022-03-31"),
        ("2021/22", "academic_year", "2021/22", "2021-09-01", "2022-08-31"),
        ("2020 - 22", "", "2020–2022 pooled", "2020-01-01", "2022-12-31"),
        ("1999 - 01", "", "1999–2001 pooled", "1999-01-01", "2001-12-31"),
        ("2020/21 - 22/23", "", "2020-21 to 2022-23 pooled", "2020-04-01", "2023-03-31"),
    ],
)
def test_periods_as_fingertips_prints_them(text: str, kind: str, label: str, start: str, end: str) -> None:
    period = fingertips.period_of(text, kind)
    assert (period.label, period.start.isoformat(), period.end.isoformat()) == (label, start, end)
    assert (period.type == PeriodType.POOLED_YEARS) == ("pooled" in label)


@pytest.mark.parametrize("text", ["2021/23", "2022 Q1", "2020/21 - 20/21", "20230000", ""])
def test_a_period_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="no known shape"):
        fingertips.period_of(text)


@given(st.text(alphabet="0123456789/ -–Q", max_size=20))
def test_a_period_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(DataError):
        assert fingertips.period_of(text).start <= fingertips.period_of(text).end
