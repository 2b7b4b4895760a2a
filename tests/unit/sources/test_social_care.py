"""Children's social care: the real files' values of Coventry, and every row the interactive tool has too."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest
from real_tables import beside_tool, observations

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.editions.quotients import contradicting
from send_jsna.editions.worked_out import with_worked_out

FILES = {
    "dfe-residents-0-17": "ons_mid-year_population_estimates_2012_to_2024.csv.gz",
    "dfe-cin": "b1_children_in_need_2013_to_2025.csv.gz",
    "dfe-cin-factors": "c3_factors_identified_at_end_of_assessment_2018_to_2025.csv.gz",
    "dfe-cpp": "d5_cpps_at31march_by_duration_2013_to_2025.csv.gz",
    "dfe-cpp-second": "d3_cpps_subsequent_plan_2013_to_2025.csv.gz",
    "dfe-cla": "cla_number_and_rate_per_10k_children.csv.gz",
    "dfe-cla-health": "la_conviction_health_outcome_cla.csv.gz",
    "dfe-social-care-ks2": "ks2_la.csv.gz",
    "dfe-social-care-ks4": "ks4_la.csv.gz",
    "dfe-social-care-absence": "absence_la.csv.gz",
}

#: Measures of the interactive tool that are the same, and the rounding they are printed with.
IN_THE_TOOL = {
    "LACnum": ("cla_count", 0),
    "LAC": ("cla_per_10000", 0),
    "CIN": ("cin_per_10000", 1),
    "CPP_Num": ("child_protection_count", 0),
    "CPP_rate": ("child_protection_per_10000", 1),
    "PrevRegCPR": ("child_protection_second_plan_pct", 1),
    "CIN_KS2_ExpStd_RWM": ("cin_ks2_rwm_expected_pct", 0),
    "CPPO_KS2_RWM": ("child_protection_ks2_rwm_expected_pct", 0),
    "LAC_KS2_ExpStd_RWM": ("cla_ks2_rwm_expected_pct", 0),
    "CIN_Avg_Attain8_KS4": ("cin_attainment8_score", 1),
    "CPPO_KS4_A8": ("child_protection_attainment8_score", 1),
    "LAC_KS4_AVG_Attain8": ("cla_attainment8_score", 1),
    "CINTotalAb_3Term": ("cin_absence_pct", 1),
    "CPPTotalAb_3Term": ("child_protection_absence_pct", 1),
    "LAC_Over_Abs": ("cla_absence_pct", 1),
    "CINPermAbsent_3Term": ("cin_persistent_absence_pct", 1),
    "CPPPerAbs_3Term": ("child_protection_persistent_absence_pct", 1),
    "LAC_Pers_Abs": ("cla_persistent_absence_pct", 1),
}

#: Coventry, West Midlands and England: the newest value of the year named.
VALUES = {
    "cin_count": ("2024-25", 3350, 46_660, 402_400),
    "child_protection_count": ("2024-25", 398, 5450, 49_420),
    "child_protection_second_plan_pct": ("2024-25", 27.3, 26.7, 24.5),
    "cla_count": ("2024-25", 684, 11_560, 81_770),
    "cla_per_10000": ("2024-25", 82, 86, 67),
    "cin_assessments_count": ("2024-25", 3894, 46_040, 513_250),
    "cin_factor_learning_disability_count": ("2024-25", 624, 6430, 63_240),
    "cla_sdq_concern_pct": ("2024-25", 41, 41, 42),
    "cla_development_checks_pct": ("2024-25", 97, 84, 88),
    "cin_ks2_rwm_expected_pct": ("2024/25", 38, 31, 30),
    "cla_attainment8_score": ("2024/25", 18, 19.3, 17.3),
    "child_protection_severe_absence_pct": ("2024/25", 15.1, 12.9, 15.4),
}


@pytest.fixture(scope="module")
def frame(shared: Path) -> pd.DataFrame:
    folder = shared / "further" / "csc"
    catalogue = load_catalogue(docs.ROOT / "data" / "catalogue")
    read = pd.concat([observations(source, folder / name) for source, name in FILES.items()])
    made = with_worked_out(read.reset_index(drop=True), catalogue)
    units = {name: item.unit for name, item in catalogue.indicators.items()}
    return made.assign(unit=made["indicator"].map(units))


@pytest.mark.parametrize("indicator", VALUES)
def test_values(frame: pd.DataFrame, indicator: str) -> None:
    period, *expected = VALUES[indicator]
    rows = frame[(frame["indicator"] == indicator) & (frame["period"] == period)].set_index("area_code")
    assert rows.loc[[docs.COVENTRY, docs.REGION, docs.ENGLAND], "value"].to_list() == expected


def test_every_row_that_the_tool_has_is_the_same(frame: pd.DataFrame, shared: Path) -> None:
    compared = 0
    for measure, (indicator, decimals) in IN_THE_TOOL.items():
        both = beside_tool(shared, measure, frame[frame["indicator"] == indicator])
        assert len(both) > 250, measure
        differ = both[(both["value"] - both["tool"]).abs() > 0.5 * 10.0**-decimals + 1e-6]
        assert differ.empty, (
            measure,
            differ[["area_code", "period", "value", "tool"]].to_dict("records")[:3],
        )
        compared += len(both)
    assert compared > 15_000


def test_percentages_of_authorities_are_those_of_their_counts(frame: pd.DataFrame) -> None:
    of_authorities = frame[~frame["area_code"].str.startswith(("E12", "E13", "E92"))]
    assert not contradicting(of_authorities).any()


def test_what_a_publisher_withholds_has_no_value(frame: pd.DataFrame) -> None:
    mine = frame[(frame["area_code"] == docs.COVENTRY) & (frame["indicator"] == "cla_ks2_rwm_expected_pct")]
    newest = mine[mine["period"] == "2024/25"].iloc[0]
    assert (newest["status"], pd.isna(newest["value"]), pd.isna(newest["numerator"])) == ("c", True, True)


def test_all_of_them_are_of_coventry_region_and_england(frame: pd.DataFrame) -> None:
    for indicator, rows in frame[frame["value"].notna()].groupby("indicator"):
        assert {docs.COVENTRY, docs.REGION, docs.ENGLAND} <= set(rows["area_code"]), indicator


@pytest.fixture(scope="module")
def sen(shared: Path) -> pd.DataFrame:
    """The release of 2021/22, the newest whose file is at hand."""
    return observations("dfe-cin-sen-la", shared / "publisher" / "send_ap" / "sen_la.csv")


class TestNeedsOfThoseWithSen:
    def test_coventry(self, sen: pd.DataFrame) -> None:
        mine = sen[(sen["area_code"] == docs.COVENTRY) & (sen["period"] == "2021/22")]
        counts = ["value", "numerator", "denominator"]
        found = mine.set_index(["indicator", "provision", "need"])[counts].sort_index()
        assert found.loc[("cla_sen_need_pct", "", "semh")].to_list() == [48.2, 109, 226]
        assert found.loc[("cin_not_protected_or_looked_after_sen_need_pct", "", "asd")].to_list() == [
            18.3,
            100,
            546,
        ]

    def test_a_percentage_is_that_of_its_counts(self, sen: pd.DataFrame) -> None:
        of_authorities = sen[~sen["area_code"].str.startswith(("E12", "E13", "E92"))].assign(unit="%")
        assert not contradicting(of_authorities).any()
        assert of_authorities["numerator"].notna().sum() > 10_000
