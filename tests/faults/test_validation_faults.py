"""Each check is broken by one bad row, on a synthetic data set, and the record must name it."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS, KEY
from send_jsna.catalogue.periods import january
from send_jsna.catalogue.schema import Catalogue, Indicator
from send_jsna.errors import CatalogueError
from send_jsna.validation import (
    ShownRows,
    ValidationBasis,
    ValidationRecord,
    reader_warnings,
    validate_dataset,
    validate_edition,
)

PROJECT = Path(__file__).parents[2]
RELEASED = date(2026, 1, 31)
AREAS = {"E08000026": "Coventry", "E12000005": "West Midlands", "E92000001": "England"}
Frame = pd.DataFrame


def _condition(column: str, operator: str, parameter: Any) -> dict[str, Any]:
    return {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}


def _entry(name: str, kind: str, severity: str = "error", **kwargs: Any) -> dict[str, Any]:
    return {
        "type": f"expect_{kind}",
        "description": f"Synthetic rule {name}.",
        "kwargs": kwargs,
        "meta": {"name": name, "severity": severity, "problem": f"Broken: {name}"},
    }


def _suite() -> dict[str, Any]:
    """A suite with one expectation of each kind that the real ones use."""
    published = _condition("status", "IN", ["final", "provisional"])
    withheld = _condition("status", "IN", ["z", "x", "c", "low", "u"])
    return {
        "name": "synthetic",
        "expectations": [
            _entry(
                "columns_present", "table_columns_to_match_set", column_set=list(COLUMNS), exact_match=False
            ),
            _entry("column_types", "columns_to_have_types", types={"value": "float64", "indicator": "str"}),
            _entry("key_unique", "compound_columns_to_be_unique", column_list=list(KEY)),
            _entry(
                "areas_known",
                "column_values_to_be_in_set",
                column="area_code",
                value_set={"$PARAMETER": "known_areas"},
            ),
            _entry("units_known", "column_values_to_be_in_set", column="unit", value_set=["%", "count"]),
            _entry("value_given", "column_values_to_not_be_null", column="value", row_condition=published),
            _entry("withheld_empty", "column_values_to_be_null", column="value", row_condition=withheld),
            _entry(
                "percent_range",
                "column_values_to_be_between",
                column="value",
                min_value=0,
                max_value=100,
                row_condition=_condition("unit", "==", "%"),
            ),
            _entry("counts_whole", "counts_to_be_whole", units=["count"]),
            _entry(
                "numerator_at_most_denominator",
                "column_pair_values_a_to_be_greater_than_b",
                column_A="denominator",
                column_B="numerator",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
            _entry("value_is_ratio", "values_to_equal_ratio", factors={"%": 100}),
            _entry(
                "sexes_sum",
                "parts_to_sum_to_total",
                indicators=["plans_count"],
                dimension="sex",
                parts=["f", "m"],
            ),
            _entry(
                "contiguous",
                "series_to_be_contiguous",
                gaps=[{"periods": ["January 2021"], "reason": "not collected"}],
            ),
            _entry("comparators", "region_and_england_present"),
            _entry(
                "dates_past",
                "dates_not_after_release",
                columns=["period_end", "source_as_at"],
                released={"$PARAMETER": "released"},
            ),
            _entry("copies_agree", "indicators_to_agree", pairs={"plan_pct": "copy_pct"}, within=0.1),
            _entry("no_jumps", "series_without_jumps", indicators=["plans_count"], factor=1.5, at_least=10),
            _entry("drift", "values_near_previous_edition", "warning", relative=0.1, points=2.0),
        ],
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the Great Expectations project with the synthetic suite alone."""
    folder = tmp_path / "gx"
    (folder / "expectations").mkdir(parents=True)
    shutil.copy(PROJECT / "expectations" / "great_expectations.yml", folder)
    _write(folder, _suite())
    return folder


#: Those of the synthetic expectations that are in the common file.
COMMON = {"key_unique", "areas_known", "percent_range", "drift"}


def _write(folder: Path, suite: dict[str, Any]) -> None:
    """Write a suite as the two files it is made of."""
    for name, wanted in (("_common", True), (suite["name"], False)):
        entries = [entry for entry in suite["expectations"] if (entry["meta"]["name"] in COMMON) is wanted]
        content = {**suite, "name": name, "expectations": entries}
        (folder / "expectations" / f"{name}.json").write_text(json.dumps(content, indent=2))


def _catalogue() -> Catalogue:
    """A catalogue that declares the synthetic indicators."""
    units = {"plan_pct": "%", "copy_pct": "%", "plans_count": "count"}
    indicators = {
        name: Indicator(
            id=name,
            name=name,
            unit=unit,
            polarity="neutral",
            counts="in_rows" if unit == "%" else None,
            dataset="synthetic",
            sources=["synthetic-source"],
            definition="Synthetic.",
        )
        for name, unit in units.items()
    }
    return Catalogue(
        folder=Path("nowhere"),
        sources={},
        indicators=indicators,
        supplements={},
        dimensions={},
        usage_warnings={},
        terms=[],
        places={},
    )


def _row(indicator: str, area: str, year: int, sex: str = "", **values: Any) -> dict[str, Any]:
    period = january(year)
    count = indicator == "plans_count"
    return {
        "indicator": indicator,
        "area_code": area,
        "period_type": str(period.type),
        "period": period.label,
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        **dict.fromkeys(DIMENSIONS, ""),
        "sex": sex,
        "value": {"": 30.0, "f": 10.0, "m": 20.0}[sex] if count else 4.3,
        "numerator": float("nan") if count else 43.0,
        "denominator": float("nan") if count else 1000.0,
        "unit": "count" if count else "%",
        "decimals": 0.0 if count else 1.0,
        "status": "final",
        "source_id": "synthetic-source",
        "source_label": "",
        "source_period": "",
        "dataset": "synthetic",
        "area_name": AREAS.get(area, ""),
        **values,
    }


@pytest.fixture
def frame() -> Frame:
    """Synthetic rows that meet every expectation: a share, and a count by sex, in three areas."""
    rows = [
        _row(indicator, area, year, sex)
        for indicator, sexes in (("plan_pct", [""]), ("copy_pct", [""]), ("plans_count", ["", "f", "m"]))
        for area in AREAS
        for year in (2019, 2020, 2022, 2023)
        for sex in sexes
    ]
    frame = pd.DataFrame(rows)
    frame["line"] = range(2, len(frame) + 2)
    frame["observation_id"] = "synthetic:" + frame["line"].astype("str")
    return frame


def _validate(project: Path, frame: Frame, previous: Frame | None = None, **options: Any) -> ValidationRecord:
    return validate_dataset(frame, "synthetic", _basis(project, previous, **options))


def _basis(project: Path, previous: Frame | None, **options: Any) -> ValidationBasis:
    return ValidationBasis(
        edition="2025",
        expectations_folder=project,
        catalogue=_catalogue(),
        known_areas=set(AREAS),
        released=RELEASED,
        previous=previous,
        **options,
    )


def _broken(record: ValidationRecord) -> list[str]:
    return [item.name for item in record.expectations if item.level != "passed"]


def test_a_sound_data_set_passes_every_expectation(project: Path, frame: Frame) -> None:
    record = _validate(project, frame, previous=frame)

    assert record.passed
    assert _broken(record) == []
    assert record.counts == {"passed": 18, "warning": 0, "error": 0}
    assert record.id.startswith("2025/synthetic/")
    assert record.rows == len(frame)


def _share(frame: Frame) -> int:
    """Index of Coventry's share in January 2020."""
    rows = frame["indicator"].eq("plan_pct") & frame["area_code"].eq("E08000026")
    return int(frame.index[rows & frame["period"].eq("January 2020")][0])


def _count(frame: Frame, sex: str = "") -> int:
    """Index of Coventry's count in January 2020."""
    rows = frame["indicator"].eq("plans_count") & frame["area_code"].eq("E08000026") & frame["sex"].eq(sex)
    return int(frame.index[rows & frame["period"].eq("January 2020")][0])


def _set(pick: Callable[[Frame], int], **values: Any) -> Callable[[Frame], Frame]:
    def change(frame: Frame) -> Frame:
        for column, value in values.items():
            frame.loc[pick(frame), column] = value
        return frame

    return change


@pytest.mark.parametrize(
    ("check", "change", "also"),
    [
        ("areas_known", _set(_share, area_code="E09999999"), {"contiguous"}),
        ("units_known", _set(_share, unit="percent"), set()),
        ("value_given", _set(_share, value=float("nan")), set()),
        ("withheld_empty", _set(_share, status="c"), set()),
        ("percent_range", _set(_share, value=101.0, numerator=float("nan")), {"copies_agree"}),
        ("percent_range", _set(_share, value=-0.1, numerator=float("nan")), {"copies_agree"}),
        ("counts_whole", _set(_count, value=30.5), {"sexes_sum"}),
        ("counts_whole", _set(lambda f: _count(f, "f"), value=-10.0), {"sexes_sum", "no_jumps"}),
        ("numerator_at_most_denominator", _set(_share, numerator=1001.0), {"value_is_ratio"}),
        ("value_is_ratio", _set(_share, value=4.4), set()),
        ("copies_agree", _set(_share, value=4.5, numerator=45.0), set()),
        ("no_jumps", _set(_count, value=50.0), {"sexes_sum"}),
        ("sexes_sum", _set(lambda f: _count(f, "m"), value=21.0), set()),
        ("dates_past", _set(_share, period_end="2026-02-01"), set()),
        ("key_unique", lambda f: pd.concat([f, f.iloc[[0]]], ignore_index=True), set()),
        ("contiguous", lambda f: f.drop(index=_share(f)), set()),
        (
            "comparators",
            lambda f: f[~(f["area_code"].eq("E92000001") & f["period"].eq("January 2023"))],
            set(),
        ),
        ("column_types", lambda f: f.assign(value=f["value"].astype("float32")), set()),
    ],
)
def test_one_bad_row_breaks_the_expectation_that_is_meant_for_it(
    project: Path, frame: Frame, check: str, change: Callable[[Frame], Frame], also: set[str]
) -> None:
    record = _validate(project, change(frame))

    assert not record.passed
    assert check in _broken(record)
    assert set(_broken(record)) <= {check} | also
    outcome = next(item for item in record.expectations if item.name == check)
    assert outcome.unexpected_count >= 1
    assert outcome.unexpected_rows[0].startswith("synthetic:")
    assert any(f"expectation {check} " in sentence for sentence in record.errors)


def test_an_as_at_date_in_the_future_is_an_error(project: Path, frame: Frame) -> None:
    late = _validate(project, frame, as_at={"synthetic-source": "2026-02"})
    sound = _validate(project, frame, as_at={"synthetic-source": "2026-01"})

    assert _broken(late) == ["dates_past"]
    assert "source_as_at 2026-02 is after 2026-01-31" in late.errors[0]
    assert sound.passed


def test_drift_against_the_previous_edition_warns_and_does_not_gate(project: Path, frame: Frame) -> None:
    previous = frame.copy()
    previous.loc[_share(previous), "value"] = 1.2

    record = _validate(project, frame, previous=previous)

    assert record.passed
    assert record.counts["warning"] == 1
    (notice,) = record.warnings
    assert notice.indicator == "plan_pct"
    assert notice.areas == ["E08000026"]
    assert reader_warnings({"synthetic": record}, {"E08000026"}) == ({}, {"plan_pct": [notice.text]})
    assert reader_warnings({"synthetic": record}, {"E08000031"}) == ({}, {})
    assert notice.text == ("Broken: drift: Coventry, January 2020 (now 4.3, 1.2 in the previous edition).")
    assert record.errors == []


def test_a_warning_names_the_area_of_the_report_first_and_counts_the_others(
    project: Path, frame: Frame
) -> None:
    previous = frame.copy()
    rows = previous["indicator"].eq("plan_pct") & previous["period"].isin(["January 2020", "January 2022"])
    previous.loc[rows, "value"] = 1.2

    (notice,) = _validate(project, frame, previous=previous, subject="E12000005").warnings
    (general,) = _validate(project, frame, previous=previous).warnings

    assert notice.areas == sorted(AREAS)
    assert notice.text == (
        "Broken: drift: West Midlands, January 2022 (now 4.3, 1.2 in the previous edition);"
        " 1 more in this area and 4 in other areas."
    )
    assert general.text.startswith("Broken: drift: England, January 2022 ")


def test_a_withheld_part_is_not_derived_from_the_total(project: Path, frame: Frame) -> None:
    row = _count(frame, "m")
    frame.loc[row, ["value", "status"]] = [float("nan"), "c"]

    assert _validate(project, frame).passed


@pytest.mark.parametrize("column", ["unit", "value", "period_start", "source_id", "indicator"])
def test_a_missing_column_is_an_error_and_never_a_quiet_fail(
    project: Path, frame: Frame, column: str
) -> None:
    record = _validate(project, frame.drop(columns=column))

    assert not record.passed
    assert any(column in sentence and "columns_present" in sentence for sentence in record.errors)
    for outcome in record.expectations:
        assert outcome.level in ("passed", "error")
    assert any(outcome.exception for outcome in record.expectations)


def test_an_exception_inside_an_expectation_is_an_error_even_where_it_would_only_warn(
    project: Path, frame: Frame
) -> None:
    suite = _suite()
    gaps = next(entry for entry in suite["expectations"] if entry["meta"]["name"] == "contiguous")
    gaps["meta"]["severity"] = "warning"
    _write(project, suite)
    frame.loc[_share(frame), "period_start"] = "not a date"

    record = _validate(project, frame)

    assert not record.passed
    outcome = next(item for item in record.expectations if item.name == "contiguous")
    assert outcome.level == "error"
    assert "ValueError" in outcome.exception
    assert "could not be evaluated" in record.errors[0]
    assert "\n" not in record.errors[0]


def test_a_suite_that_names_a_column_that_is_not_there_is_refused_in_one_line(
    project: Path, frame: Frame
) -> None:
    suite = _suite()
    suite["expectations"][4]["kwargs"]["column"] = "units"
    _write(project, suite)

    with pytest.raises(CatalogueError) as caught:
        _validate(project, frame)

    line = caught.value.line()
    assert "suite synthetic, expectation units_known (expect_column_values_to_be_in_set)" in line
    assert "column 'units' does not exist" in line
    assert "\n" not in line


def test_a_condition_that_names_a_column_that_is_not_there_is_refused(project: Path, frame: Frame) -> None:
    suite = _suite()
    suite["expectations"][7]["kwargs"]["row_condition"]["column"] = {"name": "unity"}
    _write(project, suite)

    with pytest.raises(CatalogueError, match=r"expectation percent_range .* column 'unity' does not exist"):
        _validate(project, frame)


def test_an_unknown_expectation_type_is_refused_in_one_line(project: Path, frame: Frame) -> None:
    suite = _suite()
    suite["expectations"][0]["type"] = "expect_the_unexpected"
    _write(project, suite)

    with pytest.raises(
        CatalogueError, match=r"expectation columns_present .* is refused by Great Expectations"
    ) as caught:
        _validate(project, frame)
    assert "expect_the_unexpected" in caught.value.line()


@pytest.mark.parametrize(("number", "file"), [(2, "_common.json"), (8, "synthetic.json")])
def test_the_file_is_named_whose_expectation_great_expectations_refuses(
    project: Path, frame: Frame, number: int, file: str
) -> None:
    suite = _suite()
    suite["expectations"][number]["type"] = "expect_the_unexpected"
    _write(project, suite)

    with pytest.raises(CatalogueError, match="is refused by Great Expectations") as caught:
        _validate(project, frame)
    assert str(project / "expectations" / file) in caught.value.line()


def test_an_argument_the_expectation_does_not_have_is_refused(project: Path, frame: Frame) -> None:
    suite = _suite()
    suite["expectations"][8]["kwargs"]["unit"] = "count"
    _write(project, suite)

    with pytest.raises(CatalogueError, match=r"expectation counts_whole .* is refused by Great Expectations"):
        _validate(project, frame)


def test_a_data_set_without_a_suite_stops_before_anything_is_validated(
    project: Path, frame: Frame, tmp_path: Path
) -> None:
    other = frame.assign(dataset="unguarded")

    with pytest.raises(CatalogueError, match="no suite guards the data set unguarded of edition 2025"):
        _edition(project, pd.concat([frame, other]), tmp_path / "out")

    assert not (tmp_path / "out").exists()


def _declare(project: Path, check: str, **known: Any) -> None:
    suite = _suite()
    entry = next(entry for entry in suite["expectations"] if entry["meta"]["name"] == check)
    entry["meta"]["known"] = [known]
    _write(project, suite)


def test_a_declared_publisher_error_is_a_warning_that_gives_the_reason(project: Path, frame: Frame) -> None:
    frame.loc[_share(frame), "numerator"] = 99.0
    where = {"indicator": "plan_pct", "area_code": "E08000026", "period": ["January 2020"]}
    _declare(project, "value_is_ratio", reason="The publisher printed another year's share.", where=where)

    record = _validate(project, frame)

    assert record.passed
    outcome = next(item for item in record.expectations if item.name == "value_is_ratio")
    assert (outcome.level, outcome.success, outcome.known_count) == ("warning", False, 1)
    (notice,) = record.warnings
    assert notice.known
    assert notice.text == "The publisher printed another year's share."


def test_a_new_error_beside_a_declared_one_still_gates(project: Path, frame: Frame) -> None:
    frame.loc[_share(frame), "numerator"] = 99.0
    frame.loc[_share(frame) + 1, "numerator"] = 99.0
    where = {"indicator": "plan_pct", "area_code": "E08000026", "period": "January 2020"}
    _declare(project, "value_is_ratio", reason="Known.", where=where)

    assert not _validate(project, frame).passed


def test_a_declared_error_that_the_publisher_has_mended_fails_loudly(project: Path, frame: Frame) -> None:
    where = {"indicator": "plan_pct", "area_code": "E08000026", "period": "January 2020"}
    _declare(project, "value_is_ratio", reason="Known once.", where=where)

    record = _validate(project, frame)

    assert not record.passed
    assert "no longer occurs (Known once.): remove it from the suite" in record.errors[0]


def test_many_bad_rows_are_counted_in_full_and_listed_in_part(project: Path, frame: Frame) -> None:
    many = pd.concat(
        [frame] + [frame.assign(observation_id=frame["observation_id"] + f"/{n}") for n in range(20)],
        ignore_index=True,
    )

    record = _validate(project, many)

    outcome = next(item for item in record.expectations if item.name == "key_unique")
    assert outcome.unexpected_count == len(many)
    assert len(outcome.unexpected_rows) == 20


def test_the_frame_is_left_as_it_was(project: Path, frame: Frame) -> None:
    before = frame.copy(deep=True)

    _validate(project, frame, previous=frame)

    pd.testing.assert_frame_equal(frame, before)


def test_validations_from_several_threads_are_kept_in_sequence_and_right(project: Path, frame: Frame) -> None:
    """Great Expectations mixes up results between threads; the same calls must stay right here."""
    bad = frame.copy()
    bad.loc[_share(bad), "value"] = 101.0
    outcomes: dict[int, bool] = {}

    def work(number: int) -> None:
        outcomes[number] = _validate(project, bad if number % 2 else frame).passed

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == {number: number % 2 == 0 for number in range(8)}


def _edition(
    project: Path,
    frame: Frame,
    out: Path,
    previous: Frame | None = None,
    *,
    shown: Frame | None = None,
    shown_previous: Frame | None = None,
) -> dict[str, ValidationRecord]:
    rows = None if shown is None else ShownRows(shown, shown_previous)
    return validate_edition(frame, _basis(project, previous), out, shown=rows)


def test_two_validations_of_one_edition_leave_the_same_bytes_and_the_project_untouched(
    project: Path, frame: Frame, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}

    _edition(project, frame, tmp_path / "a")
    _edition(project, frame, tmp_path / "b")

    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["index.html", "summary.json", "synthetic.json"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_one_failing_data_set_does_not_hide_the_others(project: Path, frame: Frame, tmp_path: Path) -> None:
    _write(project, _suite() | {"name": "other"})
    other = frame.assign(dataset="other", value=frame["value"] + 100)

    records = _edition(project, pd.concat([other, frame]), tmp_path / "out")

    assert list(records) == ["other", "synthetic"]
    assert (records["other"].passed, records["synthetic"].passed) == (False, True)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["failed"] == ["other"]


def _withheld(frame: Frame, *hidden: int) -> Frame:
    """The rows as a report shows them that withholds some of them."""
    out = frame.assign(withheld="")
    out.loc[list(hidden), ["value", "numerator", "denominator"]] = float("nan")
    out.loc[list(hidden), ["status", "withheld"]] = ["c", "here"]
    return out


def _at(frame: Frame, indicator: str, year: int, sex: str = "", area: str = "E08000026") -> int:
    rows = frame["indicator"].eq(indicator) & frame["area_code"].eq(area) & frame["sex"].eq(sex)
    return int(frame.index[rows & frame["period"].eq(f"January {year}")][0])


@pytest.mark.parametrize(
    ("check", "wrong", "named"),
    [
        # Expectation, cell that is wrong and withheld, whether the row of the finding may be named.
        ("sexes_sum", ("plans_count", 2020, "f"), True),
        ("sexes_sum", ("plans_count", 2020, "m"), True),
        ("sexes_sum", ("plans_count", 2020, ""), False),
        ("no_jumps", ("plans_count", 2019, "m"), True),
        ("no_jumps", ("plans_count", 2023, "m"), False),
        ("copies_agree", ("copy_pct", 2020, ""), True),
        ("copies_agree", ("plan_pct", 2020, ""), False),
        ("percent_range", ("plan_pct", 2020, ""), False),
        ("value_is_ratio", ("plan_pct", 2020, ""), False),
        ("counts_whole", ("plans_count", 2020, "f"), False),
    ],
)
def test_what_rests_on_a_withheld_number_is_said_without_it(
    project: Path,
    frame: Frame,
    tmp_path: Path,
    check: str,
    wrong: tuple[str, int, str],
    named: bool,
) -> None:
    frame.loc[_at(frame, *wrong), "value"] = 7919.5 if check == "counts_whole" else 7919.0
    shown = _withheld(frame, _at(frame, *wrong))

    (record,) = _edition(project, frame, tmp_path / "out", shown=shown).values()

    written = "\n".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert check in _broken(record)
    # Neither the number nor what it comes to with those that are shown; hashes hold digits of their own.
    numbers = {int(text) for text in re.findall(r"(?<![\da-f])\d{4,5}(?![\da-f])", written)}
    assert not numbers & {*range(7859, 7980), 18416}
    (found,) = (item for item in record.expectations if item.name == check)
    told = [text for text in found.details if "withheld so that no child can be recognised" in text]
    assert told
    assert any("Coventry" in text for text in told) is named
    assert "jsna validate" in next(text for text in record.errors if check in text)


def test_the_same_findings_are_written_in_full_where_every_number_is_shown(
    project: Path, frame: Frame, tmp_path: Path
) -> None:
    frame.loc[_at(frame, "plans_count", 2020, "f"), "value"] = 11.0

    bare = _edition(project, frame, tmp_path / "bare")["synthetic"]
    seen = _edition(project, frame, tmp_path / "seen", shown=_withheld(frame))["synthetic"]

    assert seen == bare
    assert "parts add to 31, total is 30" in seen.errors[0]


def test_numbers_are_written_as_a_profile_that_rounds_shows_them(
    project: Path, frame: Frame, tmp_path: Path
) -> None:
    frame.loc[_at(frame, "plans_count", 2020, "f"), "value"] = 13.0
    counts = frame["unit"].eq("count")
    rounded = frame["value"].where(~counts, (frame["value"] / 5).round() * 5)
    shown = _withheld(frame).assign(value=rounded)

    (record,) = _edition(project, frame, tmp_path / "out", shown=shown).values()

    assert "parts add to 35, total is 30" in record.errors[0]
    assert "33" not in record.errors[0]


@pytest.mark.parametrize("side", ["now", "before"])
def test_a_warning_does_not_quote_what_either_edition_withholds(
    project: Path, frame: Frame, tmp_path: Path, side: str
) -> None:
    place = _at(frame, "plan_pct", 2020)
    previous = frame.copy()
    previous.loc[place, "value"] = 91.2
    shown = _withheld(frame, *([place] if side == "now" else []))
    before = _withheld(previous, *([place] if side == "before" else []))

    (record,) = _edition(
        project, frame, tmp_path / "out", previous, shown=shown, shown_previous=before
    ).values()

    assert _broken(record) == ["drift"]
    written = "\n".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert "91.2" not in written
    assert [("Coventry, January 2020" in text) for text in (notice.text for notice in record.warnings)] == (
        [] if side == "now" else [True]
    )


def test_a_failure_of_an_expectation_quotes_no_withheld_text(
    project: Path, frame: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from send_jsna.validation import checks

    place = _at(frame, "plans_count", 2020, "f")

    def fails(rows: Frame, units: list[str]) -> checks.CheckFindings:
        worst = rows.loc[rows["value"].idxmax(), "value"]
        if worst > 100:
            raise ValueError(f"cannot make anything of {worst}")
        return checks.CheckFindings(len(rows))

    monkeypatch.setattr(checks, "whole_numbers", fails)
    frame.loc[place, "value"] = 7919.0

    (record,) = _edition(project, frame, tmp_path / "out", shown=_withheld(frame, place)).values()

    assert not record.passed
    assert "7919" not in record.to_json()
    assert "could not be evaluated" in " ".join(record.errors)
