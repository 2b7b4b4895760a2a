"""What no publisher has released is protected; official figures are shown as released."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic import AREA, frame_of

from send_jsna.catalogue.observations import IN_SUMS
from send_jsna.disclosure import Tables, methods, suppress_beside_shares, suppress_counts
from send_jsna.disclosure.attack import exposures
from send_jsna.errors import SettingsError
from send_jsna.report.disclosure import disclosure_text
from send_jsna.runs.inputs import counts_of_children
from send_jsna.settings import Settings, get_settings

PERIOD = "January 2025"
TABLES = Tables.model_validate(
    {
        "breakdowns": [
            {"indicators": ["placed"], "by": "placement", "total": "plans"},
            {"indicators": ["plans"], "by": "age", "in_sums": True},
        ],
        "protected": ["register"],
    }
)


def count(indicator: str, value: float, dataset: str = "caseload", **codes: str) -> dict[str, Any]:
    """A made-up count."""
    return {
        "indicator": indicator,
        "dataset": dataset,
        "area_code": AREA.code,
        "period": PERIOD,
        "value": value,
        "unit": "count",
        "decimals": 0,
        **codes,
    }


def made(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A made-up table; each row keeps its data set."""
    return frame_of(rows).assign(dataset=[row["dataset"] for row in rows])


OFFICIAL = [count("plans", 104), count("plans", 2, age="3"), count("plans", 102, age="4")]


@pytest.mark.parametrize("profile", ["council", "nhs_england", "opensafely"])
def test_official_counts_are_shown_as_released(profile: str) -> None:
    frame = made(OFFICIAL)
    done = suppress_beside_shares(frame, TABLES, methods.profile(profile), area=AREA.code)
    assert done.frame["value"].tolist() == [104, 2, 102]
    assert set(done.frame["withheld"]) == {""}
    assert done.sealed.empty
    assert (done.record.scope, done.record.withheld, done.record.protected) == ("unpublished", {}, [])


def test_all_are_protected_where_the_scope_says_so() -> None:
    everything = TABLES.model_copy(update={"protected": None})
    done = suppress_counts(made(OFFICIAL), everything, methods.profile("council"), area=AREA.code)
    assert (done.frame["withheld"] != "").sum() == 2
    assert done.record.scope == "all"


@pytest.mark.parametrize("profile", ["council", "nhs_england"])
def test_an_unpublished_count_is_protected_against_a_reader_who_knows_every_official_one(
    profile: str,
) -> None:
    """The official total less the parts that are shown would give the small part away."""
    parts = [
        count("placed", 60, "register", placement="mainstream"),
        count("placed", 41, "register", placement="special"),
        count("placed", 3, "register", placement="elsewhere"),
    ]
    frame, rules = made([*OFFICIAL, *parts]), methods.profile(profile)
    done = suppress_beside_shares(frame, TABLES, rules, area=AREA.code)
    assert done.frame["value"].tolist()[:3] == [104, 2, 102], "official counts stay"
    withheld = done.frame.loc[done.frame["withheld"] != "", "placement"].tolist()
    assert "elsewhere" in withheld
    assert not exposures(frame, done.frame, TABLES, rules)
    assert done.record.protected == ["register"]
    shown = done.frame.assign(
        value=frame["value"].mask(frame["placement"] == "elsewhere"),
        withheld=(frame["placement"] == "elsewhere").map({True: "here", False: ""}),
    )
    found = exposures(frame, shown, TABLES, rules)
    assert [item.label for item in found] == [f"placed, {AREA.code}, {PERIOD}, placement elsewhere"]


def test_only_unpublished_counts_of_a_fine_breakdown_are_shown_in_sums_alone() -> None:
    """The official ages have a count of two as well, and are shown one by one."""
    fine = {"indicators": ["placed"], "by": "age", "in_sums": True}
    tables = Tables.model_validate(
        TABLES.model_dump(exclude={"breakdowns"})
        | {"breakdowns": [*(item.model_dump() for item in TABLES.breakdowns), fine]}
    )
    own = [count("placed", 50, "register"), count("placed", 2, "register", age="3")]
    own.append(count("placed", 48, "register", age="4"))
    done = suppress_counts(made([*OFFICIAL, *own]), tables, methods.profile("council"), area=AREA.code)
    marks = done.frame["withheld"].tolist()
    assert marks == ["", "", "", "", IN_SUMS, IN_SUMS]
    assert done.record.datasets == {"register": 2}
    everything = tables.model_copy(update={"protected": None})
    done = suppress_counts(made([*OFFICIAL, *own]), everything, methods.profile("council"), area=AREA.code)
    assert done.frame["withheld"].tolist() == ["", IN_SUMS, IN_SUMS, "", IN_SUMS, IN_SUMS]


def test_the_settings_choose_the_scope(project_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert counts_of_children(Settings(project_root=project_root)).protected == {
        *("survey", "council_ehc_register", "council_neurodevelopment", "council_slt"),
        *("council_health_visiting", "council_two_year_offer", "council_special_school_places"),
    }
    assert counts_of_children(Settings(project_root=project_root, scope="all")).protected is None
    monkeypatch.setenv("JSNA_SCOPE", "some")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="JSNA_SCOPE is 'some'"):
        get_settings()
    get_settings.cache_clear()


def test_the_report_says_what_is_protected_and_why(tmp_path: Path) -> None:
    rules = methods.profile("council")
    for rows, said in (
        (OFFICIAL, "This run has no unpublished data."),
        (
            [*OFFICIAL, count("placed", 9, "register", placement="special")],
            "these are the data sets: register",
        ),
    ):
        record = suppress_counts(made(rows), TABLES, rules, area=AREA.code).record
        (tmp_path / "disclosure.json").write_text(record.model_dump_json(), encoding="utf-8")
        text = " ".join(disclosure_text(tmp_path).split())
        assert "scope `unpublished`" in text
        assert said in text
