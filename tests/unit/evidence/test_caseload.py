"""Tables of pupils and plans, and shares computed from published counts."""

from __future__ import annotations

import pandas as pd
import pytest

from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.periods import academic_year
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence import shares
from send_jsna.evidence.send import caseload


def series(unit: str, *values: float | None, decimals: int = 0) -> pd.DataFrame:
    """One series from 2017/18 on."""
    rows = []
    for step, value in enumerate(values):
        period = academic_year(2018 + step)
        rows.append(
            dict.fromkeys(DIMENSIONS, "")
            | {
                "indicator": "measure",
                "area_code": "E08000026",
                "area_name": "Coventry",
                "period": period.label,
                "period_start": period.start.isoformat(),
                "value": float("nan") if value is None else float(value),
                "numerator": float("nan"),
                "denominator": float("nan"),
                "unit": unit,
                "decimals": float(decimals),
                "status": "x" if value is None else "final",
            }
        )
    return pd.DataFrame(rows)


def breakdown(dimension: str, values: dict[str, float], **columns: object) -> pd.DataFrame:
    """One period's counts by a dimension."""
    frames = [series("count", value).assign(**{dimension: code}) for code, value in values.items()]
    return pd.concat(frames, ignore_index=True).assign(**columns)


HEADCOUNT = series("count", 58584, 59374, 60078, 60090, 60770, 62377)
PLANS = series("count", 1444, 1539, 1632, 1822, 1979, 2117)
PLAN_SHARE = series("%", 2.5, 2.6, 2.7, 3.0, 3.3, 3.4, 3.7, decimals=1)
SUPPORT = series("count", 7930, 8149, 8436, 8624, 9075, None)
SUPPORT_SHARE = series("%", 13.5, 13.7, 14.4, 14.0, 14.9, 15.8, 16.9, decimals=1)


def test_the_slides_table_is_computed_from_its_counts() -> None:
    table = caseload.sen_table(
        HEADCOUNT, {"EHC plan": (PLANS, PLAN_SHARE), "SEN support": (SUPPORT, SUPPORT_SHARE)}, base="2017/18"
    ).set_index("Measure")
    assert table.loc["EHC plan: change in pupils since 2017/18", "2022/23"] == "+673"  # the slide prints 733
    assert table.loc["EHC plan: change since 2017/18 (%)", "2022/23"] == "+46.6%"  # the slide prints 51%
    assert table.loc["EHC plan: share of pupils", "2023/24"] == "3.7%"
    assert table.loc["SEN support: pupils", "2022/23"] == "x"
    assert table.loc["SEN support: change in share since 2017/18 (points)", "2023/24"] == "+3.4"
    assert set(table["2017/18"].filter(like="change")) == {"z"}


def test_no_count_is_worked_back_from_a_share() -> None:
    table = caseload.sen_table(HEADCOUNT, {"EHC plan": (PLANS, PLAN_SHARE)}, base="2017/18")
    assert table.set_index("Measure").loc["EHC plan: pupils", "2023/24"] == "x"


def test_counts_that_do_not_give_the_published_share_are_found() -> None:
    assert caseload.disagreements(PLANS, HEADCOUNT, PLAN_SHARE) == []
    assert caseload.disagreements(SUPPORT, HEADCOUNT, SUPPORT_SHARE) == ["2019/20", "2020/21"]
    assert caseload.doubts(["2019/20", "2020/21"], "SEN support") == [
        "SEN support: the printed counts of 2019/20 and 2020/21 do not give the published shares."
    ]
    assert caseload.doubts([], "SEN support") == []


def test_two_counts_that_changed_places_are_recognised() -> None:
    assert caseload.exchanged(SUPPORT, HEADCOUNT, SUPPORT_SHARE)
    assert not caseload.exchanged(PLANS, HEADCOUNT, PLAN_SHARE)
    wrong = SUPPORT.assign(value=SUPPORT["value"].where(SUPPORT["period"] != "2019/20", 4000))
    assert not caseload.exchanged(wrong, HEADCOUNT, SUPPORT_SHARE)


def test_special_school_totals_are_computed_and_never_from_some_schools() -> None:
    frame = pd.concat(
        [
            series("count", 88, 88, None).assign(school="corley"),
            series("count", 42, 60, None).assign(school="tiverton"),
        ],
        ignore_index=True,
    )
    names = {"corley": "Corley", "tiverton": "Tiverton"}
    table = caseload.places_table(frame, names, {"corley": "Autism", "tiverton": "Broad spectrum"})
    assert table.iloc[-1].tolist() == ["All special schools", "All", "130", "148", "x"]
    assert table.iloc[0, :2].tolist() == ["Corley", "Autism"]
    assert caseload.totals(frame, "school")["value"].tolist() == [130.0, 148.0]
    with pytest.raises(DataError, match="no name or specialism"):
        caseload.places_table(frame, names, {"corley": "Autism"})


def test_plans_are_counted_in_broad_ages() -> None:
    own = breakdown("age", {"3": 6, "4": 162, "7": 203, "12": 50, "23": 3, "24": 3})
    england = breakdown("age", {"4": 4000, "7": 16000})
    table = caseload.composition(
        {"Coventry": own, "England": england},
        "age",
        caseload.plan_age,
        head="Age",
        order=[name for name, _ in caseload.AGE_BANDS],
    )
    assert table.values.tolist() == [
        ["Under 5", "168", "39.3%", "20.0%"],
        ["5 to 10", "203", "47.5%", "80.0%"],
        ["11 to 15", "50", "11.7%", "0.0%"],
        ["20 to 25", "6", "1.4%", "0.0%"],
    ]


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("white_white_british", "White British"),
        ("white_irish", "Other White"),
        ("asian_chinese", "Asian"),
        ("any_other_ethnic_group", "Any other ethnic group"),
        ("unclassified", "Not known"),
    ],
)
def test_ethnic_groups_are_broad(code: str, group: str) -> None:
    assert caseload.ethnic_group(code) == group


def test_an_unknown_ethnicity_is_refused() -> None:
    with pytest.raises(DataError, match="belongs to no group"):
        caseload.ethnic_group("martian")


def test_a_share_of_a_few_children_is_not_shown() -> None:
    def rows(code: str, name: str, counts: dict[str, float], whole: float) -> pd.DataFrame:
        frame = breakdown("need", counts, area_code=code, area_name=name, unit="%", denominator=whole)
        return frame.assign(numerator=frame["value"], value=100 * frame["value"] / whole, decimals=1.0)

    frame = pd.concat(
        [
            rows("E08000026", "Coventry", {"asd": 1217, "oth": 3}, 3477),
            rows("E92000001", "England", {"asd": 201205, "oth": 7665}, 638745),
        ],
        ignore_index=True,
    )
    table = caseload.mix_table(
        frame, "need", {"asd": "Autism"}, ["E08000026", "E92000001"], head="Primary need"
    )
    assert table.iloc[0].tolist() == [
        "Autism",
        "35.0% (33.4 to 36.6)",
        "31.5% (31.4 to 31.6)",
        "above",
    ]
    assert table.iloc[1].tolist() == ["oth", "c", "1.2% (1.2 to 1.2)", "z"]
    assert caseload.largest(frame, "need", "E08000026", 1) == ["asd"]


def test_two_series_are_indexed_over_the_years_both_have() -> None:
    found = caseload.indexed_pair(
        series("count", 100, 150), "Places", series("count", 10, 12, 20), "Plans"
    ).set_index(["line", "period"])["value"]
    assert found.to_dict() == {
        ("Places", "2017/18"): 100.0,
        ("Places", "2018/19"): 150.0,
        ("Plans", "2017/18"): 100.0,
        ("Plans", "2018/19"): 120.0,
    }
    with pytest.raises(NoDataError, match="no year in common"):
        caseload.indexed_pair(series("count", 1), "a", series("count", 1).assign(period="2030/31"), "b")


def test_a_share_has_an_interval_from_its_counts() -> None:
    frame = breakdown("ethnicity", {"asian_indian": 100, "asian_pakistani": 100, "white_irish": 800})
    part = shares.band_share(frame, "ethnicity", caseload.ethnic_group, "Asian")
    assert (part.count, part.whole, part.percent) == (200, 1000, 20.0)
    assert part.interval == pytest.approx((17.6, 22.6), abs=0.1)
    assert part.label == "Coventry, 2017/18"


def test_a_share_is_never_made_from_withheld_counts() -> None:
    frame = breakdown("sex", {"male": 100, "female": 50})
    with pytest.raises(NoDataError, match="every count"):
        shares.band_share(frame.assign(value=[100.0, float("nan")]), "sex", str, "male")
    with pytest.raises(NoDataError, match="falls into the band"):
        shares.band_share(frame, "sex", str, "unknown")


def test_a_ratio_is_of_one_area_and_period() -> None:
    count, whole = series("count", 90).iloc[0], series("count", 3477).iloc[0]
    assert shares.ratio(count, whole).percent == pytest.approx(2.588, abs=0.001)
    later = series("count", 1, 3477).iloc[1]
    with pytest.raises(DataError, match="not of one area and period"):
        shares.ratio(count, later)


def test_published_percentages_are_added_up_by_their_counts() -> None:
    frame = breakdown("ethnicity", {"asian_indian": 10, "asian_chinese": 20, "white_irish": 70}, unit="%")
    frame = frame.assign(numerator=frame["value"], denominator=100.0)
    found = shares.share_of_parts(frame, "ethnicity", caseload.ethnic_group)
    assert found.to_dict() == {"Asian": 30.0, "Other White": 70.0}
    table = shares.shares_table({"Coventry": found}, head="Group", order=("Asian", "Black"))
    assert table.values.tolist() == [["Asian", "30.0%"], ["Black", "0.0%"]]
    with pytest.raises(DataError, match="one total"):
        shares.share_of_parts(
            frame.assign(denominator=[10.0, 10.0, 11.0]), "ethnicity", caseload.ethnic_group
        )


def test_outcomes_hide_few_children() -> None:
    agreed, refused = series("count", 96), series("count", 4)
    table = shares.outcome_table({"Agreed": agreed, "Refused": refused}, series("count", 100), head="Outcome")
    assert table.values.tolist() == [["Agreed", "96", "96.0%"], ["Refused", "c", "4.0%"]]
