"""A percentage that contradicts its counts: it reaches validation as printed, whatever its source is.

All figures are synthetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import publisher_documents as docs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS
from send_jsna.catalogue.schema import Catalogue
from send_jsna.editions import built
from send_jsna.editions.corrections import (
    CONTRADICTS,
    Correction,
    Expectation,
    Record,
    apply,
    of_other_authorities,
)
from send_jsna.editions.quotients import contradicting
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import registry

ROOT = Path(__file__).parents[3]
DERBY, DUDLEY = "E06000015", "E08000027"
SHARE = "ehc_20_weeks_pct"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data" / "catalogue")


def rows(*given: dict[str, Any]) -> pd.DataFrame:
    base = dict.fromkeys(COLUMNS, "") | {
        "indicator": SHARE,
        "area_code": docs.COVENTRY,
        "period": "2024",
        "value": 63.4,
        "numerator": 392.0,
        "denominator": 618.0,
        "unit": "%",
        "decimals": 1.0,
        "status": "final",
        "source_id": "dfe-sen2-2025-timeliness",
    }
    made = [base | {"source_label": str(place)} | row for place, row in enumerate(given)]
    return pd.DataFrame(made).assign(observation_id=[f"made:{place}" for place in range(len(given))])


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({}, False),
        ({"value": 36.4}, True),
        ({"value": 0.6}, True),
        ({"value": 63.0, "decimals": 0.0}, False),
        ({"value": 64.0, "decimals": 0.0}, True),
        ({"value": math.nan}, False),
        ({"numerator": math.nan}, False),
        ({"numerator": 0.0, "denominator": 0.0}, True),
        ({"value": 0.0, "numerator": 0.0, "denominator": 0.0}, False),
        ({"unit": "per 1,000", "value": 12.5, "numerator": 5.0, "denominator": 400.0}, False),
        ({"unit": "per 1,000", "value": 1.25, "numerator": 5.0, "denominator": 400.0}, True),
        ({"unit": "score", "value": 12.5, "numerator": 5.0, "denominator": 400.0}, False),
    ],
)
def test_what_contradicts_its_counts(row: dict[str, Any], wrong: bool) -> None:
    assert contradicting(rows(row)).tolist() == [wrong]


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(0, 4))
def test_no_rounding_of_a_quotient_contradicts_it(part: int, rest: int, decimals: int) -> None:
    whole = part + rest
    value = round(100 * part / whole, decimals)
    frame = rows({"value": value, "numerator": part, "denominator": whole, "decimals": decimals})
    assert not contradicting(frame).any()


def test_counts_that_cover_less_than_the_percentage_is_of_may_give_more() -> None:
    frame = rows({"value": 60.0}, {"value": 50.0}, {"value": 64.0})
    assert contradicting(frame, {SHARE: 0.9}).tolist() == [False, True, True]


# -- making an edition -------------------------------------------------------------------------------------


def test_an_edition_keeps_what_contradicts_itself_as_it_is_printed(catalogue: Catalogue) -> None:
    made, left_out = built.finish(rows({"value": 36.4}), catalogue, [])
    assert made[["value", "numerator", "denominator"]].to_numpy().tolist() == [[36.4, 392, 618]]
    assert left_out == []


def test_counts_are_left_out_by_declaration_only_and_it_is_said(catalogue: Catalogue) -> None:
    frame = rows(
        {"indicator": "ehc_requests_six_weeks_pct", "value": 60.0},
        {"indicator": "ehc_requests_six_weeks_pct", "value": 0.6, "area_code": DERBY},
        {"denominator": math.nan},
    )
    made, left_out = built.finish(frame, catalogue, [])
    assert made["numerator"].isna().tolist() == [True, False, True]
    new_plans, requests = sorted(item.sentence for item in left_out)
    assert new_plans == (
        "New EHC plans issued within 20 weeks: the counts beside 1 of its values were left out"
        " (only one of the two is printed)."
    )
    assert requests == (
        "Requests decided within six weeks: the counts beside 1 of its values were left out"
        " (some of what the percentage is of is printed nowhere)."
    )


def record(action: Any, **more: Any) -> Record:
    declared = {"indicator": SHARE, "reason": "Synthetic.", "reported": date(2026, 11, 29), "action": action}
    return Record(Correction(**declared, **more, expect=Expectation(rows=1)), "synthetic.yaml")


def test_a_record_that_the_share_is_right_leaves_the_counts_out(catalogue: Catalogue) -> None:
    frame = rows({"value": 36.4}, {"value": 36.4, "area_code": DERBY})
    made, left_out = built.finish(frame, catalogue, [record("keep_share", area=docs.COVENTRY)])
    assert made["numerator"].isna().tolist() == [True, False]
    assert made["value"].tolist() == [36.4, 36.4]
    assert left_out[0].sentence.endswith("(Synthetic).")


def test_a_record_that_the_counts_are_right_puts_their_quotient() -> None:
    frame = rows({"value": 36.4})
    corrected, notes = apply(frame, [record("keep_counts")])
    assert corrected["value"].tolist() == [63.4]
    assert notes[0].sentence == "Replaced here: Synthetic."
    assert not contradicting(corrected).any()


def test_a_record_changes_nothing_of_a_row_that_agrees(catalogue: Catalogue) -> None:
    for action in ("keep_share", "keep_counts"):
        corrected, _ = apply(rows({}), [record(action)])
        assert corrected[["value", "numerator"]].to_numpy().tolist() == [[63.4, 392]]
    assert built.finish(rows({}), catalogue, [record("keep_share")])[1] == []


def test_another_authority_loses_its_row_and_the_area_itself_keeps_it_for_validation() -> None:
    frame = rows(
        *({"value": 0.6, "area_code": code} for code in (docs.COVENTRY, docs.REGION, docs.ENGLAND, DUDLEY)),
        {"area_code": DERBY},
    )
    found = of_other_authorities(frame, docs.context().areas, docs.COVENTRY, date(2026, 11, 29))
    corrected, notes = apply(frame, found)
    assert corrected["value"].isna().tolist() == [False, False, False, True, False]
    assert corrected.loc[3, "status"] == "u"
    assert [note.correction.reason for note in notes] == [CONTRADICTS]
    assert contradicting(corrected).tolist() == [True, True, True, False, False]


# -- every reader that reads counts ------------------------------------------------------------------------

PLACE = {
    "time_period": "2024",
    "time_identifier": "Calendar year",
    "geographic_level": "Local authority",
    "country_code": docs.ENGLAND,
    "country_name": "England",
    "region_code": docs.REGION,
    "region_name": "West Midlands",
    "old_la_code": "331",
    "new_la_code": docs.COVENTRY,
    "la_name": "Coventry",
}


def _timeliness(value: str) -> dict[str, str]:
    names = docs.context().names.labels("dfe-sen2-2025-timeliness")
    parts = [part for item in names.values() for part in (item.numerator, item.denominator) if part]
    cells = dict.fromkeys([*names, *parts], "x")
    topic = "All EHC plans issued"
    return {
        **PLACE,
        "breakdown_topic": topic,
        "breakdown": topic,
        **cells,
        "plans_issued_20_weeks_ex": "392",
        "plans_issued_den_ex": "618",
        "PC_plans_issued_20_weeks_ex": value,
    }


def _early_years(value: str) -> dict[str, str]:
    return {
        **PLACE,
        "time_period": "202122",
        "gender": "Total",
        "lad_code": "",
        "characteristic": "SEN provision",
        "characteristic_type": "SEN support",
        "gld_number": "392",
        "children_number": "618",
        "gld_percentage": value,
    }


def _phonics(value: str) -> dict[str, str]:
    return {
        "academic_year": "2022/23",
        "geographic_level": "Local authority",
        "region_name": "West Midlands",
        "la_name": "Coventry",
        "characteristic": "SEN support",
        "Percent meeting expected standards in Y1": value,
        "t_phonics_y1_met_expected_standard": "392",
        "t_phonics_y1_eligible_pupils": "618",
    }


def _process(value: str) -> dict[str, str]:
    names = docs.context().names.labels("dfe-sen2-2022-process")
    return {
        **PLACE,
        "time_period": "2021",
        **dict.fromkeys(names, "x"),
        **dict.fromkeys(("IncExc20weekEHC", "TotIncExcEHC"), "x"),
        "NoExc20weekEHC": "392",
        "TotNoExcEHC": "618",
        "NoExc20weekRate": value,
    }


@pytest.mark.parametrize("value", ["36.4", "0.6"])
@pytest.mark.parametrize(
    ("source_id", "make"),
    [
        ("dfe-sen2-2025-timeliness", _timeliness),
        ("dfe-sen2-2022-process", _process),
        ("dfe-eyfsp-2022", _early_years),
        ("dfe-phonics-sen", _phonics),
        (
            "ohid-fingertips",
            lambda value: docs.fingertips_row(Value=value, Count="392", Denominator="618"),
        ),
    ],
)
def test_of_every_source_the_row_reaches_validation_as_printed(
    tmp_path: Path, catalogue: Catalogue, source_id: str, make: Any, value: str
) -> None:
    found = []
    for printed in (value, "63.4"):
        frame = read(tmp_path, catalogue, source_id, [make(printed)])
        made, _ = built.finish(frame, catalogue, [])
        made = made[made["value"].notna() & (made["unit"] != "count")]
        assert made["numerator"].tolist() == [392], (source_id, printed)
        found.append(contradicting(made).any())
    assert found == [True, False]


def read(folder: Path, catalogue: Catalogue, source_id: str, made: Sequence[dict[str, Any]]) -> pd.DataFrame:
    header = docs.FINGERTIPS if source_id == "ohid-fingertips" else ()
    source = catalogue.sources[source_id]
    path = docs.write(folder / "table.csv", docs.records(header or tuple(made[0]), made))
    files = SourceFiles(source.id, {"main": path}, layout=source.table)
    return registry.tidy(source, files, docs.context(docs.COVENTRY), catalogue)


def test_dimensions_are_part_of_what_a_record_of_another_authority_names() -> None:
    frame = rows({"value": 0.6, "area_code": DUDLEY, DIMENSIONS[0]: "primary"}, {"area_code": DUDLEY})
    found = of_other_authorities(frame, docs.context().areas, docs.COVENTRY, date(2026, 11, 29))
    assert apply(frame, found)[0]["value"].isna().tolist() == [True, False]
