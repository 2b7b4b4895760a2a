"""What a profile that rounds shows of counts, totals, shares and rates, and how far off it may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rounding_bounds import Bounds
from synthetic import AREA, frame_of, make_run, open_run

from send_jsna.disclosure import SEALED, Tables, restored, suppress_counts, taken_out
from send_jsna.disclosure.attack import exposures
from send_jsna.disclosure.cells import cells_of
from send_jsna.disclosure.methods import PROFILES, Profile, precision
from send_jsna.disclosure.methods.precision import furthest, furthest_share
from send_jsna.errors import DataError
from send_jsna.evidence.shares import band_share
from send_jsna.evidence.small_numbers import bands

PERIOD = "January 2025"
NATION = "E92000001"
NHS, OPENSAFELY, MIDPOINT = (PROFILES[name] for name in ("nhs_england", "opensafely", "opensafely_midpoint6"))
ROUNDING = [NHS, OPENSAFELY, MIDPOINT]
TABLES = Tables.model_validate(
    {
        "same": {"met_again_pct": "met_pct", "plans_again": "plans"},
        "shares": {
            "met_pct": {"numerator": "met", "denominator": "plans"},
            "met_rate": {"numerator": "met", "denominator": "plans"},
        },
        "sums": [{"total": "plans", "parts": ["met", "late", "open"]}],
        "breakdowns": [
            {"indicators": ["plans"], "by": "need"},
            {"indicators": ["plans"], "by": "sex"},
            {
                "indicators": ["placed"],
                "by": "placement",
                "total": "plans",
                "groups": {"special": ["day", "boarding"]},
            },
        ],
    }
)


def count(indicator: str, value: float, **cells: Any) -> dict[str, Any]:
    """A made-up count."""
    return {
        "indicator": indicator,
        "area_code": AREA.code,
        "period": PERIOD,
        "value": value,
        "unit": "count",
        "decimals": 0,
        **cells,
    }


def bare(indicator: str, value: float, **cells: Any) -> dict[str, Any]:
    """A made-up percentage that is published without its counts."""
    return {"indicator": indicator, "area_code": AREA.code, "period": PERIOD, "value": value, **cells}


def share(indicator: str, numerator: float, denominator: float, **cells: Any) -> dict[str, Any]:
    """A made-up percentage with its counts."""
    value = round(100 * numerator / denominator, 1)
    return bare(indicator, value, numerator=numerator, denominator=denominator, **cells)


def shown(rows: list[dict[str, Any]], profile: Profile) -> dict[str, Any]:
    """Value by indicator, breakdown and year; none is too far off, and none that is withheld can be told."""
    frame = frame_of(rows)
    out = suppress_counts(frame, TABLES, profile, area=AREA.code).frame
    assert list(Bounds(frame, out, TABLES, profile).too_far()) == []
    assert exposures(frame, out, TABLES, profile) == []
    found = {}
    for _, row in out.iterrows():
        year = "" if row["period"] == PERIOD else row["period"]
        key = "/".join(filter(None, (row["indicator"], row["sex"], row["need"], row["placement"], year)))
        found[key] = "withheld" if row["withheld"] else row["value"]
    return found


# -- totals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "total"), [(OPENSAFELY, 440), (MIDPOINT, 441), (NHS, 440)])
def test_a_total_of_which_only_some_parts_are_there_is_rounded_itself(profile: Profile, total: float) -> None:
    some = [count("plans", 439), count("met", 62), count("late", 67)]
    assert shown(some, profile)["plans"] == total
    assert shown([*some, count("open", 20)], profile)["plans"] == total


@pytest.mark.parametrize(("profile", "total"), [(OPENSAFELY, 140), (MIDPOINT, 147), (NHS, 145)])
def test_a_total_whose_parts_are_all_there_is_their_sum_where_the_profile_wants_it(
    profile: Profile, total: float
) -> None:
    rows = [count("plans", 143), count("met", 62), count("late", 67), count("open", 14)]
    assert shown(rows, profile)["plans"] == total


def test_a_total_with_a_redacted_part_is_rounded_itself() -> None:
    needs = {"asd": 7, "semh": 52, "slcn": 48, "mld": 57, "hi": 42}
    rows = [count("plans", 206), *(count("plans", value, need=need) for need, value in needs.items())]
    found = shown(rows, OPENSAFELY)
    assert (found["plans"], found["plans/asd"], found["plans/hi"]) == (205, "withheld", 40)


@pytest.mark.parametrize("profile", [NHS, OPENSAFELY], ids=lambda item: item.id)
def test_where_the_rounded_total_would_tell_a_redacted_part_another_goes_with_it(profile: Profile) -> None:
    rows = [count("plans", 37), count("plans", 33, sex="male"), count("plans", 4, sex="female")]
    assert list(shown(rows, profile).values()).count("withheld") == 2


@pytest.mark.parametrize("profile", [OPENSAFELY, MIDPOINT], ids=lambda item: item.id)
def test_of_two_breakdowns_the_one_of_fewer_counts_decides_in_whatever_order_they_stand(
    profile: Profile,
) -> None:
    needs = ("asd", "semh", "slcn", "mld", "hi", "vi", "pd")
    rows = [
        count("plans", 231),
        count("plans", 172, sex="male"),
        count("plans", 59, sex="female"),
        *(count("plans", 33, need=need) for need in needs),
    ]
    expected = float(sum(profile.rounded([172, 59])))
    assert expected != float(sum(profile.rounded([33] * len(needs))))
    frame = frame_of(rows)
    for seed in range(5):
        out = suppress_counts(frame.sample(frac=1, random_state=seed), TABLES, profile).frame
        assert out.loc[(out["sex"] + out["need"]) == "", "value"].tolist() == [expected]


def test_a_total_of_sums_is_made_of_their_parts() -> None:
    groups = {"mainstream": 60, "special": 31, "elsewhere": 9, "day": 16, "boarding": 15}
    placed = [count("placed", value, placement=code) for code, value in groups.items()]
    found = shown([count("plans", 100), *placed], MIDPOINT)
    assert found["placed/special"] == found["placed/day"] + found["placed/boarding"] == 15 + 15
    assert found["plans"] == 57 + 30 + 9


# -- one count, whatever name it has ------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ROUNDING, ids=lambda item: item.id)
def test_a_share_under_a_second_name_is_made_of_the_rounded_counts_too(profile: Profile) -> None:
    rows = [
        share("met_pct", 62, 251),
        bare("met_again_pct", 24.70, decimals=2),
        bare("met_again_pct", 24.71, decimals=2, period="January 2024"),
        count("met", 62),
        count("plans", 251),
        count("plans_again", 251),
    ]
    found = shown(rows, profile)
    assert found["met_again_pct"] == found["met_pct"]
    assert found["met_again_pct/January 2024"] == 24.71  # of a year of which there are no counts
    assert found["plans"] == found["plans_again"] == profile.rounded(251)


def test_a_second_name_with_another_value_is_made_of_what_it_stands_for() -> None:
    found = shown([share("met_pct", 62, 251), bare("met_again_pct", 35.1)], NHS)
    assert found == {"met_pct": 24, "met_again_pct": 36}  # 35.1 % of 251 are 88: 90 of 250


def test_a_share_that_stands_for_few_is_withheld_under_a_second_name_too() -> None:
    assert shown([bare("met_again_pct", 2.0), count("plans", 250)], NHS)["met_again_pct"] == "withheld"


@pytest.mark.parametrize("profile", ROUNDING, ids=lambda item: item.id)
def test_a_rate_is_made_of_the_rounded_counts(profile: Profile) -> None:
    rate = bare("met_rate", 24.7, unit="per 1,000", numerator=62, denominator=2513)
    top, whole = profile.rounded([62, 2513])
    assert shown([rate], profile)["met_rate"] == round(1000 * top / whole, 1)


def test_counts_that_are_printed_where_the_share_is_not_are_rounded() -> None:
    frame = frame_of([share("met_pct", 62, 251) | {"value": float("nan"), "status": "u"}])
    row = suppress_counts(frame, TABLES, NHS).frame.iloc[0]
    assert (row["numerator"], row["denominator"], row["withheld"]) == (60, 250, "")


def test_a_count_its_publisher_withheld_is_not_filled_in_from_a_second_name() -> None:
    rows = [count("plans", 251), count("plans_again", float("nan"), status="c")]
    assert pd.isna(shown(rows, NHS)["plans_again"])


def test_a_count_published_with_two_values_is_withheld_with_both_and_its_label_names_neither() -> None:
    rows = [count("plans", 7), count("plans_again", 9), count("plans_again", 9, period="January 2024")]
    found = shown(rows, NHS)
    assert (found["plans"], found["plans_again"]) == ("withheld", "withheld")
    assert found["plans_again/January 2024"] == 10
    numerator = [count("met", 7), share("met_pct", 9, 250), count("plans", 250)]
    assert shown(numerator, NHS)["met_pct"] == "withheld"
    labels = cells_of(frame_of(rows), TABLES).values
    assert not [label for label in labels if "9" in label.replace(AREA.code, "")]


def test_a_number_below_zero_is_rounded_and_withheld_where_it_is_small() -> None:
    found = shown([count("outstanding", -129), count("outstanding", -3, sex="male")], NHS)
    assert found == {"outstanding": -130, "outstanding/male": "withheld"}


@pytest.mark.parametrize("profile", ROUNDING, ids=lambda item: item.id)
def test_a_share_of_more_than_all_or_less_than_none_is_not_made_one_of_all(profile: Profile) -> None:
    top, whole = profile.rounded([1300, 1250])
    rows = [share("met_pct", 1300, 1250), bare("met_again_pct", 104.0)]
    expected, _ = profile.share(top, whole)
    assert set(shown(rows, profile).values()) == {float(expected)}
    rows = [count("plans", 1250), bare("met_again_pct", -3.0)]
    assert shown(rows, profile)["met_again_pct"] == -3


def test_a_share_of_none_stays_as_it_is_published() -> None:
    rows = [bare("met_again_pct", 0.0), count("plans", 0), count("met", 0)]
    assert shown(rows, MIDPOINT)["met_again_pct"] == 0


@pytest.mark.parametrize(
    ("profile", "england"), [(NHS, [3, 1001]), (OPENSAFELY, ["withheld", 1000]), (MIDPOINT, [3, 999])]
)
def test_only_nhs_england_leaves_national_figures_alone(profile: Profile, england: list[Any]) -> None:
    found = shown([count("plans", 3, area_code=NATION), count("met", 1001, area_code=NATION)], profile)
    assert [found["plans"], found["met"]] == england


@pytest.mark.parametrize("profile", ROUNDING, ids=lambda item: item.id)
def test_everything_that_is_rounded_can_be_put_back(profile: Profile) -> None:
    frame = frame_of([share("met_pct", 100, 250, decimals=2), bare("met_again_pct", 40.0, decimals=2)])
    done = suppress_counts(frame, TABLES, profile)
    pd.testing.assert_frame_equal(restored(done.frame, done.sealed).drop(columns="withheld"), frame)


@pytest.mark.parametrize("profile", [PROFILES["council"], *ROUNDING], ids=lambda item: item.id)
def test_what_was_taken_out_is_found_again_from_the_same_observations(profile: Profile) -> None:
    rows = [
        count("plans", 251),
        count("met", 2),
        count("late", 149),
        bare("other_pct", float("nan"), status="z"),
    ]
    frame, is_rounded = frame_of(rows), profile.rounding_base > 1
    done = suppress_counts(frame, TABLES, profile)
    assert not done.sealed.empty
    found = taken_out(done.frame, frame, is_rounded=is_rounded)
    pd.testing.assert_frame_equal(found, done.sealed, check_dtype=False)
    assert taken_out(frame.assign(withheld=""), frame, is_rounded=is_rounded).empty


@pytest.mark.parametrize("column", ["value", "status", "observation_id"])
def test_other_observations_are_refused(column: str) -> None:
    frame = frame_of([count("plans", 250), count("met", 150), count("other", 60)])
    done = suppress_counts(frame, TABLES, PROFILES["council"])
    other = frame.copy()
    other[column] = {"value": 61.0, "status": "provisional", "observation_id": "x"}[column]
    with pytest.raises(DataError, match="not those the run was made from"):
        taken_out(done.frame, other, is_rounded=False)
    with pytest.raises(DataError):
        taken_out(done.frame, frame.iloc[1:], is_rounded=True)


# -- how far off --------------------------------------------------------------------------------------------


def test_the_precision_is_said_for_each_profile() -> None:
    said = {name: precision(item) for name, item in PROFILES.items()}
    assert said["council"] == said["none"] == "Nothing is rounded: a count that is shown is exact."
    assert said["nhs_england"].startswith(
        "Counts are rounded to the nearest 5: each may be off by up to 2. A"
    )
    assert "the sum of n rounded counts by up to n times 2. A percentage" in said["opensafely"]
    assert "the middle of bands of 6: each may be off by up to 3, and" in said["opensafely_midpoint6"]
    assert precision(NHS.raised_to(2000)) == said["nhs_england"]


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.sampled_from(ROUNDING), st.integers(100, 1000), st.data())
def test_no_percentage_is_further_off_than_is_said(profile: Profile, whole: int, data: Any) -> None:
    part = data.draw(st.integers(0, whole))
    value, _ = profile.percentage(part, whole)
    assert pd.isna(value) or abs(float(value) - 100 * part / whole) <= furthest_share(profile, whole)


AGES = {"4": 31, "5": 58, "6": 62, "12": 203, "13": 307, "19": 88}


@pytest.mark.parametrize("profile", ROUNDING, ids=lambda item: item.id)
def test_bands_of_sealed_counts_are_as_near_as_is_said(tmp_path: Path, profile: Profile) -> None:
    rows = [count("plans", number, age=age) for age, number in AGES.items()]
    run = make_run(tmp_path, rows, disclosure=profile.id)
    done = suppress_counts(pd.read_parquet(run / "observations.parquet"), TABLES, profile)
    done.frame.to_parquet(run / "observations.parquet", index=False)
    done.sealed.to_parquet(run / SEALED, index=False)
    counts = open_run(run).observations("plans", age="*")

    def band(age: str) -> str:
        return "young" if int(age) < 7 else "older"

    made = bands(counts, "age", band).set_index("band")
    young, whole = sum(list(AGES.values())[:3]), sum(AGES.values())
    assert abs(made["value"]["young"] - young) <= furthest(profile)
    share_of_young = 100 * young / whole
    assert abs(made["share"]["young"] - share_of_young) <= furthest_share(profile, whole)
    part = band_share(counts, "age", band, "young")
    assert abs(part.percent - share_of_young) <= furthest_share(profile, whole)


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Plans by outcome, sex, need and placement, some of the parts left out, with shares of them."""
    number = st.one_of(st.integers(0, 12), st.integers(0, 400))
    parts = {
        dimension: {code: draw(number) for code in codes}
        for dimension, codes in {
            "sex": ["male", "female"],
            "need": ["asd", "semh", "slcn", "mld"],
            "outcome": ["met", "late", "open"],
        }.items()
    }
    whole = sum(parts[draw(st.sampled_from(sorted(parts)))].values())
    rows = [count("plans", whole), count("plans_again", whole)]
    for dimension, counts in parts.items():
        for code, value in counts.items():
            if draw(st.integers(0, 4)):
                rows.append(
                    count(code, value)
                    if dimension == "outcome"
                    else count("plans", value, **{dimension: code})
                )
    placed = {code: draw(number) for code in ("mainstream", "day", "boarding")}
    placed["special"] = placed["day"] + placed["boarding"] + draw(st.sampled_from([0, 0, 6]))
    rows += [count("placed", value, placement=code) for code, value in placed.items()]
    met = parts["outcome"]["met"]
    if whole >= met and whole:
        rows.append(share("met_pct", met, whole))
        if draw(st.booleans()):
            rows.append(bare("met_again_pct", round(100 * met / whole, 2), decimals=2))
    return rows


@settings(max_examples=60, derandomize=True, deadline=None)
@given(tables(), st.sampled_from(list(PROFILES.values())))
def test_no_figure_of_any_table_is_further_off_than_rounding_explains(
    rows: list[dict[str, Any]], profile: Profile
) -> None:
    frame = frame_of(rows)
    out = suppress_counts(frame, TABLES, profile, area=AREA.code).frame
    assert list(Bounds(frame, out, TABLES, profile).too_far()) == []
    assert exposures(frame, out, TABLES, profile) == []
