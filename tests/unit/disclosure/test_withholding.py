"""What a run withholds of its observations, and the attack on what it shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic import AREA, COUNTRY, NEIGHBOUR, frame_of, make_run, open_run

from send_jsna.catalogue.observations import known
from send_jsna.disclosure import (
    BEFORE,
    SEALED,
    Tables,
    attack_run,
    load_tables,
    methods,
    remove_sealed,
    require_safe,
    restored,
    seal,
    sealed_counts,
    shown_cells,
    suppress_beside_shares,
    suppress_counts,
    without_withheld,
)
from send_jsna.disclosure.attack import Beside, exposures
from send_jsna.disclosure.cells import cells_of
from send_jsna.disclosure.chosen import chosen_profile
from send_jsna.disclosure.lowest import lowest_of
from send_jsna.disclosure.sealed_counts import read_sums
from send_jsna.errors import CatalogueError, DisclosureError, WithheldInputError
from send_jsna.evidence import small_numbers
from send_jsna.evidence.shares import band_share
from send_jsna.report.disclosure import disclosure_text
from send_jsna.settings import Settings

COUNCIL = methods.profile("council")
PERIOD = "January 2025"

TABLES = Tables.model_validate(
    {
        "not_people": {"services": "services"},
        "same": {"plans_again": "plans"},
        "shares": {"placed_pct": {"numerator": "placed", "denominator": "plans"}},
        "sums": [{"total": "requests", "parts": ["agreed", "refused"]}],
        "breakdowns": [
            {
                "indicators": ["placed"],
                "by": "placement",
                "total": "plans",
                "groups": {"special": ["day", "boarding"]},
            },
            {"indicators": ["plans"], "by": "age", "in_sums": True},
            {"indicators": ["plans"], "by": "sex"},
        ],
    }
)


def count(indicator: str, value: float, area: str = AREA.code, **codes: str) -> dict[str, Any]:
    """A made-up count."""
    return {
        "indicator": indicator,
        "area_code": area,
        "period": PERIOD,
        "value": value,
        "unit": "count",
        "decimals": 0,
        **codes,
    }


def share(indicator: str, numerator: float, denominator: float, **codes: str) -> dict[str, Any]:
    """A made-up percentage."""
    return {
        "indicator": indicator,
        "area_code": AREA.code,
        "period": PERIOD,
        "value": round(100 * numerator / denominator, 1),
        "numerator": numerator,
        "denominator": denominator,
        **codes,
    }


def shown(rows: list[dict[str, Any]], profile: methods.Profile = COUNCIL) -> dict[str, Any]:
    """Value by indicator and breakdown, ``withheld`` for what is."""
    frame = frame_of(rows)
    out = suppress_counts(frame, TABLES, profile, area=AREA.code).frame
    assert not exposures(frame, out, TABLES, profile)
    assert out.loc[out["withheld"] != "", ["value", "numerator", "denominator"]].isna().all(axis=None)
    return {
        "/".join(filter(None, (row["indicator"], row["placement"], row["age"], row["sex"]))): (
            "withheld" if row["withheld"] else row["value"]
        )
        for _, row in out.iterrows()
    }


PLACED = [
    count("plans", 100),
    count("placed", 60, placement="mainstream"),
    count("placed", 37, placement="special"),
    count("placed", 3, placement="elsewhere"),
    count("placed", 30, placement="day"),
    count("placed", 7, placement="boarding"),
]


def test_a_small_count_takes_another_with_it_so_that_the_total_does_not_give_it_away() -> None:
    found = shown(PLACED)
    assert found["placed/elsewhere"] == "withheld"
    assert found["plans"] == 100
    others = {key for key, value in found.items() if value == "withheld"} - {"placed/elsewhere"}
    assert others & {"placed/mainstream", "placed/special"}


def test_a_group_that_is_withheld_cannot_be_added_up_from_its_members() -> None:
    rows = [row for row in PLACED if row.get("placement") != "mainstream"]
    found = shown([row | {"value": 40.0} if row["indicator"] == "plans" else row for row in rows])
    assert found["placed/special"] == "withheld"
    assert "withheld" in (found["placed/day"], found["placed/boarding"])


def test_a_count_is_withheld_in_every_place_it_stands_in() -> None:
    rows = [
        count("plans", 100),
        *(
            share("placed_pct", value, 100, placement=code)
            for code, value in (("mainstream", 60), ("special", 37), ("elsewhere", 3))
        ),
        count("placed", 60, placement="mainstream"),
        count("placed", 37, placement="special"),
        count("placed", 3, placement="elsewhere"),
    ]
    found = shown(rows)
    for code in ("mainstream", "special", "elsewhere"):
        assert (found[f"placed/{code}"] == "withheld") == (found[f"placed_pct/{code}"] == "withheld")
    assert found["placed_pct/elsewhere"] == "withheld"


def test_a_second_name_of_a_count_is_withheld_with_it() -> None:
    assert shown([count("plans", 3), count("plans_again", 3)]) == {
        "plans": "withheld",
        "plans_again": "withheld",
    }


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(("girls", "boys"), [(56, 131), (3, 184), (90, 97)])
@pytest.mark.parametrize("otherwise", [3, 2, 1])
def test_a_total_that_is_withheld_since_it_is_printed_as_few_elsewhere_cannot_be_added_up(
    otherwise: int, girls: int, boys: int, is_first: bool
) -> None:
    """A file of 2025 gives the Isle of Wight 187 new plans, by sex, and 3 as the whole of their needs."""
    plans = [
        count("plans", girls + boys),
        count("plans", girls, sex="female"),
        count("plans", boys, sex="male"),
    ]
    few = [share("placed_pct", 1, otherwise, placement="special")]
    frame = frame_of([*few, *plans] if is_first else [*plans, *few])
    for profile in ("council", "nhs_england", "opensafely"):
        out = suppress_counts(frame, TABLES, rules := methods.profile(profile)).frame
        assert not exposures(frame, out, TABLES, rules)
        withheld = out[out["withheld"] == "here"]
        assert list(withheld.loc[withheld["sex"] == "", "indicator"]) == ["placed_pct", "plans"]
        if profile == "council":
            assert set(withheld["sex"]) & {"female", "male"}


def test_sums_are_of_the_values_that_add_up_where_counts_are_published_with_more_than_one() -> None:
    rows = [
        count("plans", 100),
        share("placed_pct", 1, 90, placement="special"),
        count("plans", 40, sex="female"),
        count("plans", 50, sex="male"),
        count("plans_again", 60, sex="male"),
    ]
    sums = cells_of(frame_of(rows), TABLES).sums
    values = cells_of(frame_of(rows), TABLES).values
    by_sex = [item for item in sums if "sex" in item.parts[0]]
    assert all(item.is_exact for item in by_sex)
    assert {values[item.total] for item in by_sex} == {90, 100}


def test_zero_is_shown_and_is_not_a_small_count() -> None:
    assert shown([count("plans", 0)]) == {"plans": 0}


def test_counts_of_anything_but_children_are_left_alone() -> None:
    assert shown([count("services", 1)]) == {"services": 1}


def test_national_counts_are_left_alone() -> None:
    frame = frame_of([count("plans", 3)]).assign(area_code="E92000001")
    assert suppress_counts(frame, TABLES, COUNCIL).frame["value"].tolist() == [3]


def test_a_percentage_of_fewer_than_ten_is_withheld_and_one_that_leaves_few_over() -> None:
    assert shown([share("met_pct", 0, 9)]) == {"met_pct": "withheld"}
    assert shown([share("met_pct", 98, 100)]) == {"met_pct": "withheld"}
    assert shown([share("met_pct", 90, 100)]) == {"met_pct": 90}


def test_what_its_publisher_withheld_stays_as_it_was() -> None:
    frame = frame_of([count("plans", float("nan")) | {"status": "c"}])
    row = suppress_counts(frame, TABLES, COUNCIL).frame.iloc[0]
    assert (row["status"], row["withheld"]) == ("c", "")


def test_small_and_secondary_counts_are_marked_alike_in_the_run_and_apart_in_the_sealed_record() -> None:
    done = suppress_counts(frame_of(PLACED), TABLES, COUNCIL, area=AREA.code)
    assert set(done.frame["withheld"]) == {"", "here"}
    assert done.record.withheld == done.record.own
    assert done.record.withheld["small"] == 1
    assert done.record.withheld["with_it"] >= 1


def test_what_was_taken_out_can_be_put_back_for_validation() -> None:
    frame = frame_of(PLACED)
    done = suppress_counts(frame, TABLES, COUNCIL)
    back = restored(done.frame, done.sealed).drop(columns="withheld")
    pd.testing.assert_frame_equal(back, frame)


def test_profile_none_withholds_nothing() -> None:
    done = suppress_counts(frame_of(PLACED), TABLES, methods.profile("none"))
    assert done.frame["withheld"].eq("").all()
    assert done.sealed.empty


def test_nhs_england_rounds_counts_and_makes_percentages_of_rounded_parts() -> None:
    profile = methods.profile("nhs_england")
    found = shown([count("requests", 43), share("met_pct", 12, 43), count("agreed", 7)], profile)
    assert found == {"requests": 45, "met_pct": 22, "agreed": "withheld"}  # 10 of 45, no decimal below 4,000


def test_opensafely_makes_totals_the_sums_of_rounded_counts() -> None:
    profile = methods.profile("opensafely")
    rows = [count("requests", 41), count("agreed", 33), count("refused", 8)]
    assert shown(rows, profile) == {"requests": 45, "agreed": 35, "refused": 10}


# -- a percentage beside its denominator --------------------------------------------------------------------


def bare(indicator: str, value: float, decimals: int = 1, **codes: str) -> dict[str, Any]:
    """A made-up percentage that is published without its counts."""
    return {
        "indicator": indicator,
        "area_code": AREA.code,
        "period": PERIOD,
        "value": value,
        "decimals": decimals,
        **codes,
    }


@pytest.mark.parametrize(
    ("percentage", "whole", "withheld"),
    [
        (40.0, 5, True),  # two of five
        (1.3, 77, True),  # one of 77
        (96.1, 77, True),  # all but three
        (0.0, 77, False),
        (100.0, 77, False),
        (50.6, 77, False),
        (0.1, 3000, True),  # two, three or four
        (0.4, 3000, False),
    ],
)
@pytest.mark.parametrize(
    ("share_id", "whole_id", "codes"),
    [
        ("ehc_new_plans_mainstream_pct", "ehc_new_plans_count", {}),
        ("mainstream_sen_pct", "mainstream_pupils_count", {"provision": "ehc_plan"}),
        ("free_school_meals_pct", "state_funded_pupils_count", {"phase": "nursery"}),
        ("ehc_20_weeks_pct_lait", "ehc_plans_issued_no_exceptions_count", {}),
        ("council_hv_done_pct", "council_hv_due_count", {}),
    ],
)
def test_a_percentage_is_withheld_where_its_denominator_gives_few_children(
    project_root: Path,
    share_id: str,
    whole_id: str,
    codes: dict[str, str],
    percentage: float,
    whole: int,
    withheld: bool,
) -> None:
    tables = load_tables(project_root / "data")
    divided = codes if share_id == "free_school_meals_pct" else {}
    frame = frame_of([bare(share_id, percentage, **codes), count(whole_id, whole, **divided)])
    done = suppress_counts(frame, tables, COUNCIL)
    rows = done.frame.set_index("indicator")
    assert rows.loc[whole_id, "value"] == whole
    assert (rows.loc[share_id, "withheld"] == "here") is withheld
    assert not exposures(frame, done.frame, tables, COUNCIL)


def test_a_count_is_given_away_by_a_percentage_and_its_denominator_under_other_names(
    project_root: Path,
) -> None:
    tables = load_tables(project_root / "data")
    frame = frame_of(
        [
            count("ehc_plan_school_pupils_count", 3),
            count("school_pupils_count", 90),
            bare("ehc_plan_detail_pct", 3.33, decimals=2),
        ]
    )
    done = suppress_counts(frame, tables, COUNCIL).frame
    marks = done.set_index("indicator")["withheld"].to_dict()
    assert marks["ehc_plan_school_pupils_count"] == marks["ehc_plan_detail_pct"] == "here"
    careless = done.copy()
    careless.loc[careless["unit"] == "%", ["value", "status", "withheld"]] = [3.33, "final", ""]
    (caught,) = exposures(frame, careless, tables, COUNCIL)
    assert caught.label.startswith("ehc_plan_school_pupils_count")


def test_a_percentage_that_was_revised_after_its_counts_is_no_fact(project_root: Path) -> None:
    tables = load_tables(project_root / "data")
    frame = frame_of(
        [
            count("ehc_plan_school_pupils_count", 300),
            count("school_pupils_count", 9000),
            bare("ehc_plan_pct", 4.9),
        ]
    )
    done = suppress_counts(frame, tables, COUNCIL).frame
    assert (done["withheld"] == "").all()
    assert not exposures(frame, done, tables, COUNCIL)


@pytest.mark.parametrize(
    ("declared", "keys"),
    [
        (
            "shares:\n  ehc_placement_pct: {numerator: ehc_placement_count, denominator: ehc_plans_count}\n",
            "numerator and denominator",
        ),
        ("same:\n  ehc_plans_count_lait: ehc_plans_count\n", "same_as"),
    ],
)
def test_what_the_catalogue_says_is_not_declared_again(
    tmp_path: Path, project_root: Path, declared: str, keys: str
) -> None:
    for name in ("catalogue", "disclosure"):
        shutil.copytree(project_root / "data" / name, tmp_path / name)
    tables = tmp_path / "disclosure" / "tables.yaml"
    assert load_tables(tmp_path) == load_tables(project_root / "data")
    text = tables.read_text(encoding="utf-8")
    line = text.count("\n") + 1
    tables.write_text(text + declared, encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"tables\.yaml, line {line}: .*expected {keys} in .*alone"):
        load_tables(tmp_path)


def test_the_counts_of_a_percentage_and_a_second_name_are_those_the_catalogue_declares(
    tmp_path: Path, project_root: Path
) -> None:
    for name in ("catalogue", "disclosure"):
        shutil.copytree(project_root / "data" / name, tmp_path / name)
    (tmp_path / "disclosure" / "tables.yaml").write_text("{}\n", encoding="utf-8")
    indicators = tmp_path / "catalogue" / "indicators.yaml"
    rest = "polarity: neutral, dataset: a, sources: [a], definition: A"
    entry = f"- {{{{id: {{}}, name: A, unit: '{{}}', {rest}, {{}}}}}}\n"
    indicators.write_text(
        entry.format("a_pct", "%", "numerator: a_count, denominator: b_count")
        + entry.format("b_pct", "%", "denominator: b_count")
        + entry.format("c_pct", "%", "counts: in_rows")
        + entry.format("d_pct", "%", "same_as: a_pct")
        + entry.format("a_count", "count", "usage_warnings: []")
        + entry.format("b_count", "count", "usage_warnings: []"),
        encoding="utf-8",
    )
    tables = load_tables(tmp_path)
    assert {key: (share.numerator, share.denominator) for key, share in tables.shares.items()} == {
        "a_pct": ("a_count", "b_count"),
        "b_pct": ("", "b_count"),
    }
    assert tables.same == {"d_pct": "a_pct"}


# -- single years and groups that are shown in sums only ----------------------------------------------------

AGES = {"3": 2, "4": 5, "5": 9, "6": 12, "12": 20, "13": 30, "19": 8}
BY_AGE = [
    count("plans", sum(AGES.values())),
    *(count("plans", value, age=age) for age, value in AGES.items()),
]


def band(age: str) -> str:
    return "young" if int(age) < 7 else "older"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run under construction whose single years of age are sealed."""
    folder = make_run(tmp_path, BY_AGE)
    done = suppress_counts(pd.read_parquet(folder / "observations.parquet"), TABLES, COUNCIL)
    done.frame.to_parquet(folder / "observations.parquet", index=False)
    seal(folder, done.sealed, {})
    return folder


def test_single_years_are_all_withheld_where_one_is_small() -> None:
    found = shown(BY_AGE)
    assert found.pop("plans") == 86
    assert set(found.values()) == {"withheld"}


def test_bands_are_made_of_sealed_counts_and_put_on_record(run: Path) -> None:
    s = open_run(run)
    rows = s.observations("plans", age="*")
    assert rows["value"].isna().all()
    made = small_numbers.bands(rows, "age", band, withhold=True)
    assert made.set_index("band")["value"].to_dict() == {"young": 28, "older": 58}
    assert band_share(rows, "age", band, "young").count == 28
    told = {tuple(sorted(ids)) for _, _, ids in read_sums(run)}
    assert len(told) == 2
    s.number("plans.young", 28, title="Plans of the young", inputs=rows, method="Sum.")


def test_a_withheld_row_that_went_into_no_sum_is_no_input(run: Path) -> None:
    s = open_run(run)
    rows = s.observations("plans", age="*")
    with pytest.raises(WithheldInputError, match="is withheld"):
        s.number("plans.four", 5, title="Plans at four", inputs=rows.iloc[[1]], method="Guessed.")


def test_a_finished_run_holds_no_sealed_count(run: Path) -> None:
    (run / SEALED).unlink()
    with pytest.raises(Exception, match="all of them known"):
        small_numbers.bands(open_run(run).observations("plans", age="*"), "age", band)


def test_bands_of_few_are_withheld_with_others_that_would_give_them_away(run: Path) -> None:
    names = dict(zip(AGES, ("a", "b", "c", "c", "c", "c", "c"), strict=True))
    made = small_numbers.bands(
        open_run(run).observations("plans", age="*"), "age", names.__getitem__, withhold=True
    )
    hidden = set(made.loc[made["value"].isna(), "band"])
    assert "a" in hidden
    assert len(hidden) > 1


def test_an_estimate_of_sealed_counts_is_attacked_and_kept_out_of_the_finished_run(run: Path) -> None:
    s = open_run(run)
    rows = s.observations("plans", age="*")
    weights = [1.0 if age == "3" else 0.0 for age in rows["age"]]
    sealed_counts.Sealed.of_run(run, COUNCIL, "made_up").disclose_estimate(rows, weights, within=0.5)
    found = attack_run(run, pd.read_parquet(run / "observations.parquet"), TABLES, COUNCIL)
    assert [item.message() for item in found if "an estimate in made_up" in item.message()]
    remove_sealed(run)
    assert not [path for path in run.iterdir() if path.name.startswith(".")]


def test_sealed_counts_are_closed_to_others_and_gone_with_the_run(run: Path) -> None:
    s = open_run(run)
    sealed_counts.Sealed.of_run(run, COUNCIL, "made_up").disclose_estimate(
        s.observations("plans", age="*"), [1.0] * len(AGES), within=0.5
    )
    assert run.stat().st_mode & 0o777 == 0o700
    seal(run, pd.DataFrame({"observation_id": []}), {})  # tried again: what was there is no obstacle
    hidden = [path for name in (SEALED, BEFORE, ".estimates/made_up.jsonl") for path in [run / name]]
    assert [path.stat().st_mode & 0o777 for path in hidden] == [0o600] * 3
    remove_sealed(run)
    assert not any(path.exists() for path in hidden)
    assert run.stat().st_mode & 0o777 == run.parent.stat().st_mode & 0o777


def test_what_another_run_shows_is_blank_where_this_one_withholds_it() -> None:
    here = suppress_counts(frame_of([*BY_AGE, count("agreed", 8)]), TABLES, COUNCIL).frame
    there = frame_of([*(row | {"value": row["value"] + 5} for row in BY_AGE), count("agreed", 7)])
    out = without_withheld(there.assign(withheld=""), here).set_index(["indicator", "age"])
    assert out.loc[("plans", ""), "value"] == 91
    assert out.loc[("agreed", ""), "value"] == 7
    assert out.loc[("plans", "12"), ["value", "status", "withheld"]].tolist()[1:] == ["c", "here"]
    assert out["value"].notna().sum() == 2


# -- the attack ---------------------------------------------------------------------------------------------


def test_two_sums_that_differ_by_one_small_count_are_caught() -> None:
    frame = frame_of(BY_AGE)
    out = suppress_counts(frame, TABLES, COUNCIL).frame
    ages = frame[frame["age"] != ""]
    without_two = list(ages.loc[~ages["age"].isin(["3", "4"]), "observation_id"])
    assert not exposures(frame, out, TABLES, COUNCIL, Beside(sums=[("n", "value", without_two)]))
    without_one = list(ages.loc[ages["age"] != "3", "observation_id"])
    caught = exposures(frame, out, TABLES, COUNCIL, Beside(sums=[("n", "value", without_one)]))
    assert [item.label for item in caught if item.is_exact] == [f"plans, {AREA.code}, {PERIOD}, age 3"]


def placed(**counts: float) -> list[dict[str, Any]]:
    """Plans by placement, and all of them."""
    parts = [count("placed", value, placement=code) for code, value in counts.items()]
    return [count("plans", sum(counts.values())), *parts]


def test_marks_that_add_up_to_as_many_as_there_are_give_each_other_away() -> None:
    ones = dict.fromkeys(("a", "b", "c", "d", "e"), 1.0)
    rows = placed(**ones, none=0.0, many=100.0)
    found = shown(rows)
    assert found["placed/none"] == 0
    assert {key for key, value in found.items() if value == "withheld"} == {
        f"placed/{code}" for code in (*ones, "many")
    }
    # As if no more than the small ones were withheld.
    frame = frame_of(rows)
    few = frame["value"] == 1
    naive = frame.assign(value=frame["value"].mask(few), withheld=few.map({True: "here", False: ""}))
    caught = exposures(frame, naive, TABLES, COUNCIL)
    assert [item.is_exact for item in caught] == [True] * 5


def test_of_a_total_of_few_no_part_is_shown_not_even_a_zero() -> None:
    assert set(shown(placed(a=1, b=2, none=0)).values()) == {"withheld"}


def test_a_percentage_of_none_of_many_is_shown_and_so_its_mark_stands_for_one_at_least() -> None:
    rows = [share("agreed", value, 40, sex=code) for code, value in (("f", 0), ("m", 3), ("x", 12))]
    tables = TABLES.model_copy(update={"breakdowns": []})
    frame = frame_of([*rows, share("refused", 2, 8)])
    lowest = lowest_of(cells_of(frame, tables), frame, COUNCIL, {})
    assert {label.split(",")[0] for label, least in lowest.items() if least} == {"agreed"}
    out = suppress_counts(frame, tables, COUNCIL).frame
    assert out["withheld"].tolist() == ["", "here", "", "here"]


def test_the_edition_before_can_give_a_count_away() -> None:
    frame = frame_of([count("plans", 3)])
    out = suppress_counts(frame, TABLES, COUNCIL).frame
    assert not exposures(frame, out, TABLES, COUNCIL)
    assert exposures(frame, out, TABLES, COUNCIL, before=cells_of(frame, TABLES).values)


def test_what_the_edition_before_showed_is_not_withheld_in_vain() -> None:
    frame = frame_of(PLACED)
    first = suppress_counts(frame, TABLES, COUNCIL)
    before = shown_cells(frame, first.frame, TABLES)
    same = suppress_counts(frame, TABLES, COUNCIL, before=before).frame
    assert same["withheld"].tolist() == first.frame["withheld"].tolist()
    assert not exposures(frame, same, TABLES, COUNCIL, before=before)

    every = cells_of(frame, TABLES).values
    partner = next(label for label in every if "mainstream" in label)
    assert partner not in before
    told = {partner: every[partner]}
    again = suppress_counts(frame, TABLES, COUNCIL, before=told).frame
    assert again.loc[again["placement"] == "special", "withheld"].tolist() == ["here"]
    assert not exposures(frame, again, TABLES, COUNCIL, before=told)
    assert exposures(frame, first.frame, TABLES, COUNCIL, before=told)


def test_a_rounded_percentage_can_give_a_count_away() -> None:
    tables = TABLES.model_copy(update={"shares": {"met_pct": TABLES.shares["placed_pct"]}})
    bare = share("met_pct", 3, 40) | {"numerator": float("nan"), "denominator": float("nan")}
    frame = frame_of([count("plans", 40), count("placed", 3), bare])
    out = frame.assign(withheld=["", "here", ""], value=[7.5, float("nan"), 40.0])
    assert exposures(frame, out, tables, COUNCIL)


def test_a_breach_ends_the_run_and_its_message_names_the_count_but_not_its_value() -> None:
    frame = frame_of([count("plans", 3)])
    out = suppress_counts(frame, TABLES, COUNCIL).frame
    found = exposures(frame, out, TABLES, COUNCIL, before=cells_of(frame, TABLES).values)
    with pytest.raises(DisclosureError, match="plans, E99999901, January 2025") as caught:
        require_safe(found, Path("run"))
    assert " 3" not in str(caught.value)
    require_safe([], Path("run"))


# -- what is declared ---------------------------------------------------------------------------------------


def test_every_sum_of_counts_that_validation_requires_is_known_to_the_attack(project_root: Path) -> None:
    tables = load_tables(project_root / "data")
    known = {(name, *item.by[-1:]) for item in tables.breakdowns for name in item.indicators}
    known |= {(name, item.by[0]) for item in tables.breakdowns for name in item.indicators}
    for path in (project_root / "expectations" / "expectations").glob("*.json"):
        if path.stem.startswith("council_"):
            continue  # aggregated and protected before they are observations: send_jsna.council.protection
        for entry in json.loads(path.read_text(encoding="utf-8"))["expectations"]:
            rule = entry["kwargs"]
            if entry["type"] != "expect_parts_to_sum_to_total" or rule.get("total"):
                continue
            for name in rule["indicators"]:
                numerator = getattr(tables.shares.get(name), "numerator", name)
                if name.endswith("_count") or rule.get("measure") == "numerator":
                    required = (numerator, rule["dimension"])
                    assert required in known or name in tables.not_people, (path.name, required)


def test_every_indicator_the_declaration_names_exists(project_root: Path) -> None:
    from send_jsna.catalogue.loading import load_catalogue

    known_indicators = set(load_catalogue(project_root / "data" / "catalogue").indicators)
    assert load_tables(project_root / "data", known_indicators).breakdowns
    with pytest.raises(CatalogueError, match=r"no indicator .*ehc_plans_count"):
        load_tables(project_root / "data", known_indicators - {"ehc_plans_count"})


def test_the_smallest_count_can_be_raised_and_not_lowered() -> None:
    assert chosen_profile(Settings(smallest_count=10)).smallest_shown == 10
    with pytest.raises(CatalogueError, match="can be raised, not lowered"):
        chosen_profile(Settings(smallest_count=3))
    with pytest.raises(CatalogueError, match="no disclosure profile 'strict'"):
        chosen_profile(Settings(disclosure="strict"))


def test_all_areas_of_a_run_are_protected() -> None:
    rows = [count("plans", 3, area=place.code) for place in (AREA, NEIGHBOUR, COUNTRY)]
    out = suppress_counts(frame_of(rows), TABLES, COUNCIL).frame
    assert known(out).empty


@pytest.mark.parametrize(
    ("profile_id", "zero"),
    [("council", "It is shown, except in a breakdown of so few"), ("opensafely", "it is withheld as well")],
)
def test_the_page_says_what_a_mark_means_and_what_is_not_covered(
    tmp_path: Path, profile_id: str, zero: str
) -> None:
    done = suppress_counts(frame_of(PLACED), TABLES, methods.profile(profile_id), area=AREA.code)
    (tmp_path / "disclosure.json").write_text(done.record.model_dump_json(), encoding="utf-8")
    text = " ".join(disclosure_text(tmp_path).split())
    assert zero in text
    assert "for a reader who takes a mark for one child at least" in text
    assert "A family whose child is the only one behind a withheld count knows that count" in text


def test_a_percentage_of_a_total_nobody_prints_is_withheld_where_it_tells_a_small_part() -> None:
    """To two decimals 31.33 % is a share of 814 or 817 children and none between: two, not one."""
    tables = Tables.model_validate(
        {
            "shares": {"mainstream_pct": {"denominator": "plans"}},
            "breakdowns": [{"indicators": ["placed"], "by": "placement", "total": "plans"}],
        }
    )
    rows = [count("placed", number, placement=place) for place, number in (("day", 812), ("unknown", 2))]
    bare = share("mainstream_pct", 255, 814) | {"value": 31.33, "decimals": 2, "numerator": None}
    unknown = count("plans", float("nan")) | {"status": "u"}
    frame = frame_of([*rows, unknown, bare | {"denominator": None}])
    naive = suppress_counts(frame, tables, COUNCIL).frame
    assert exposures(frame, naive, tables, COUNCIL), "the linear pattern does not foresee it"
    done = suppress_beside_shares(frame, tables, COUNCIL).frame.set_index("indicator")
    assert done["withheld"]["mainstream_pct"] == "here"
    assert done.loc[done["placement"] == "day", "value"].tolist() == [812]
    assert not exposures(frame, done.reset_index(), tables, COUNCIL)


@pytest.mark.parametrize("parts", [(2, 3), (1, 4), (4, 2), (5, 0), (6, 0)])
def test_parts_of_a_low_total_another_report_shows_keep_their_range(parts: tuple[int, int]) -> None:
    """Of five in two parts of one at least neither could be five: then a mark may be a zero's too."""
    rows = [count("plans", number, sex=sex) for sex, number in zip(("female", "male"), parts, strict=True)]
    frame = frame_of([count("plans", sum(parts)), *rows])
    total = next(label for label, value in cells_of(frame, TABLES).values.items() if value == sum(parts))
    before = {total: float(sum(parts))}
    done = suppress_counts(frame, TABLES, COUNCIL, before=before).frame
    assert not exposures(frame, done, TABLES, COUNCIL, before=before)
    withheld = done.loc[done["sex"] != "", "withheld"]
    assert (withheld == "here").all() or min(parts) == 0
