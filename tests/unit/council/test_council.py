"""Council extracts: what is made of them, their templates, and whether catalogue and suites agree."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_project
from council_files import AREA, BY_STEM, EXTRACTS, SAMPLES, as_csv, as_workbook, cases, counts, put, repacked
from openpyxl import load_workbook

from send_jsna import council
from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.council import templates
from send_jsna.council.extract import Extract
from send_jsna.errors import CatalogueError, DataError
from send_jsna.runs.inputs import open_edition
from send_jsna.settings import Settings
from send_jsna.validation import ValidationBasis, known_values, read_suite, suite_files, validate_dataset

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "data" / "council"
EXTRACT = pytest.mark.parametrize("extract", EXTRACTS, ids=lambda extract: extract.stem)


def loaded(data_folder: Path, extract: Extract) -> pd.DataFrame:
    (frame,) = [
        frame for name, frame in council.read_supplied(data_folder, AREA).items() if name == extract.dataset
    ]
    return frame


def cell(frame: pd.DataFrame, indicator: str, period: str, **codes: str) -> dict[str, Any]:
    """The one row of an indicator with exactly these codes."""
    rows = frame[(frame["indicator"] == indicator) & (frame["period"] == period)]
    for dimension in DIMENSIONS:
        rows = rows[rows[dimension] == codes.get(dimension, "")]
    (row,) = rows.to_dict("records")
    return {str(key): value for key, value in row.items()}


# -- files ------------------------------------------------------------------------------------------------


@EXTRACT
def test_a_csv_file_and_a_workbook_give_the_same_data_set(tmp_path: Path, extract: Extract) -> None:
    rows = counts(extract.stem)
    put(tmp_path, f"{extract.stem}.csv", b"\xef\xbb\xbf" + as_csv(rows).replace(b"\n", b"\r\n"))
    from_csv = council.build(tmp_path, AREA)
    (tmp_path / "council" / f"{extract.stem}.csv").unlink()
    put(tmp_path, f"{extract.stem}.xlsx", as_workbook(rows))
    assert council.build(tmp_path, AREA) == from_csv
    assert list(from_csv) == [extract.dataset]
    assert set(loaded(tmp_path, extract)["indicator"]) == set(extract.indicators)


@pytest.mark.parametrize("stem", [extract.stem for extract in EXTRACTS if extract.case])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_for_each_case_adds_up_to_the_counts(tmp_path: Path, stem: str, kind: str) -> None:
    rows = counts(stem)
    put(tmp_path, f"{stem}.csv", as_csv(rows))
    expected = council.build(tmp_path)
    (tmp_path / "council" / f"{stem}.csv").unlink()
    single = cases(BY_STEM[stem], rows)
    put(tmp_path, f"{stem}.{kind}", as_csv(single) if kind == "csv" else as_workbook(single))
    made = council.build(tmp_path)
    # A check nobody is due, a group nobody is in: a file of cases does not know of it.
    assert made == expected
    assert len(made[BY_STEM[stem].dataset].splitlines()) < len(single)


def test_rows_and_columns_may_stand_in_any_order_with_blank_rows_between(tmp_path: Path) -> None:
    rows = counts("slt")
    put(tmp_path, "slt.csv", as_csv(rows))
    expected = council.build(tmp_path)
    turned = [dict(reversed(row.items())) for row in reversed(rows)]
    put(tmp_path, "slt.csv", as_csv(turned).replace(b"\n", b"\n,,,,,\n\n"))
    assert council.build(tmp_path) == expected


def test_a_workbook_may_have_notes_beside_the_sheet_data_and_a_wrong_size(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        notes = book.create_sheet("notes", 0)
        notes["A1"] = "Counted on the last day of the month."
        notes.merge_cells("A1:C1")
        book.create_sheet("empty").sheet_state = "hidden"

    content = as_workbook(counts("slt"), change)
    wrong = repacked(
        content, {"xl/worksheets/sheet2.xml": lambda part: part.replace(b'ref="A1:F8"', b'ref="A1:B2"')}
    )
    assert wrong != content
    put(tmp_path, "slt.xlsx", wrong)
    from_workbook = council.build(tmp_path)
    (tmp_path / "council" / "slt.xlsx").unlink()
    put(tmp_path, "slt.csv", as_csv(counts("slt")))
    assert council.build(tmp_path) == from_workbook


def test_all_extracts_and_the_survey_stand_side_by_side(tmp_path: Path) -> None:
    for stem in SAMPLES:
        put(tmp_path, f"{stem}.csv", as_csv(counts(stem)))
    answer = ["1", AREA, "October 2023", "child", "q1", "We are heard", "agree", "", ""]
    put(tmp_path, "survey-responses.xlsx", as_workbook([dict(zip(council.COLUMNS, answer, strict=True))]))
    declared = ("survey", *(extract.dataset for extract in EXTRACTS))
    assert tuple(council.build(tmp_path)) == council.datasets(tmp_path) == declared
    assert list(council.sources(tmp_path)) == [
        "council-survey-responses",
        *(extract.source_id for extract in EXTRACTS),
    ]


def test_a_source_stands_for_the_newest_period_and_holds_no_hash_of_the_counts(tmp_path: Path) -> None:
    path = put(tmp_path, "two-year-offer.csv", as_csv(counts("two-year-offer")))
    (source,) = council.sources(tmp_path).values()
    assert source.as_at == date(2025, 1, 31)
    assert source.publisher_file == "council/two-year-offer.csv, added up"
    assert source.publisher_sha256 != hashlib.sha256(path.read_bytes()).hexdigest()
    built = council.build(tmp_path)["council_two_year_offer"]
    assert source.publisher_sha256 == hashlib.sha256(built).hexdigest()
    put(tmp_path, "special-school-places.csv", as_csv(counts("special-school-places")))
    # A school year that has begun: places are commissioned for the whole of it.
    assert council.sources(tmp_path)["council-special-school-places"].as_at == date(2025, 9, 1)


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    put(tmp_path, "slt.csv", as_csv(counts("slt")))
    before = council.build(tmp_path)
    put(tmp_path, "slt.csv", as_csv(counts("slt")).replace(b",400\n", b",401\n"))
    assert council.build(tmp_path) != before


# -- values -----------------------------------------------------------------------------------------------


def test_special_school_places_by_school_and_by_specialism(tmp_path: Path) -> None:
    put(tmp_path, "special-school-places.csv", as_csv(counts("special-school-places")))
    frame = loaded(tmp_path, BY_STEM["special-school-places"])
    places = "council_special_places_count"
    assert cell(frame, places, "2025/26")["value"] == 250
    assert cell(frame, places, "2025/26", school="oak")["value"] == 110
    assert cell(frame, places, "2025/26", need="broad_spectrum")["value"] == 190
    assert cell(frame, "council_special_roll_count", "2024/25", school="elm")["value"] == 83


def test_lists_and_waits_of_speech_and_language_therapy(tmp_path: Path) -> None:
    put(tmp_path, "slt.csv", as_csv(counts("slt")))
    frame = loaded(tmp_path, BY_STEM["slt"])
    month = "October 2025"
    assert cell(frame, "council_slt_caseload_count", month)["value"] == 722
    assert cell(frame, "council_slt_waiting_count", month)["value"] == 150
    assert cell(frame, "council_slt_waiting_count", month, age="under_5")["value"] == 105
    # Nobody waits for 6 to 11 weeks: a true zero.
    assert cell(frame, "council_slt_waiting_count", month, service="6_to_11_weeks")["value"] == 0
    share = cell(frame, "council_slt_waiting_18_weeks_or_more_pct", month)
    assert (share["value"], share["numerator"], share["denominator"]) == (40, 60, 150)


def test_pathways_are_never_added_together(tmp_path: Path) -> None:
    put(tmp_path, "neurodevelopment.csv", as_csv(counts("neurodevelopment")))
    frame = loaded(tmp_path, BY_STEM["neurodevelopment"])
    assert (frame["need"] != "").all()
    assert cell(frame, "council_nd_referrals_count", "2024-25", need="asd")["value"] == 500
    assert cell(frame, "council_nd_open_count", "2024-25", need="adhd")["value"] == 40
    assert cell(frame, "council_nd_open_13_weeks_or_more_pct", "2024-25", need="asd")["value"] == 60
    assert cell(frame, "council_nd_completed_13_weeks_or_more_pct", "2024-25", need="asd")["value"] == 80


def test_the_register_by_age_need_and_placement_each_by_itself(tmp_path: Path) -> None:
    put(tmp_path, "ehc-register.csv", as_csv(counts("ehc-register")))
    frame = loaded(tmp_path, BY_STEM["ehc-register"])
    plans = "council_ehc_register_plans_count"
    assert cell(frame, plans, "January 2025")["value"] == 475
    assert cell(frame, plans, "January 2025", need="asd")["value"] == 285
    assert cell(frame, plans, "January 2025", age="5_to_10")["value"] == 360
    assert cell(frame, plans, "January 2025", placement="ap_pru")["value"] == 40
    assert not ((frame["age"] != "") & (frame["need"] != "")).any()
    assert set(frame["period_type"]) == {"january"}


def test_take_up_by_ethnic_group(tmp_path: Path) -> None:
    put(tmp_path, "two-year-offer.csv", as_csv(counts("two-year-offer")))
    frame = loaded(tmp_path, BY_STEM["two-year-offer"])
    share, month = "council_two_year_taken_up_pct", "January 2025"
    assert cell(frame, share, month)["value"] == pytest.approx(100 * 450 / 610)
    assert cell(frame, share, month, ethnicity="white_white_british")["value"] == 75
    # A share of nobody is not applicable.
    assert cell(frame, share, month, ethnicity="asian_chinese")["status"] == "z"


def test_checks_with_and_without_asq3(tmp_path: Path) -> None:
    put(tmp_path, "health-visiting.csv", as_csv(counts("health-visiting")))
    frame = loaded(tmp_path, BY_STEM["health-visiting"])
    two = {"service": "2_to_2_and_a_half_years"}
    assert cell(frame, "council_hv_done_pct", "2024-25", service="new_birth")["value"] == pytest.approx(
        100 * 3850 / 3900
    )
    assert cell(frame, "council_hv_asq3_done_count", "2024-25", **two)["value"] == 3500
    assert cell(frame, "council_hv_asq3_above_threshold_pct", "2024-25", **two)["denominator"] == 3500
    assert set(frame.loc[frame["indicator"].str.contains("asq3"), "service"]) == {two["service"]}


def test_january_is_a_month_among_other_months(tmp_path: Path) -> None:
    rows = [row | {"period": period} for period in ("Dec 2024", "January 2025") for row in counts("slt")]
    put(tmp_path, "slt.csv", as_csv(rows))
    frame = loaded(tmp_path, BY_STEM["slt"])
    assert list(dict.fromkeys(frame["period"])) == ["December 2024", "January 2025 (month)"]


def test_a_column_of_codes_may_be_left_out(tmp_path: Path) -> None:
    rows = [
        {"area_code": AREA, "period": "January 2026", "need": need, "count": count}
        for need, count in (("asd", "300"), ("slcn", "200"))
    ]
    put(tmp_path, "ehc-register.csv", as_csv(rows))
    frame = loaded(tmp_path, BY_STEM["ehc-register"])
    assert set(frame["age"]) == set(frame["placement"]) == {""}
    assert cell(frame, "council_ehc_register_plans_count", "January 2026")["value"] == 500


def _checks(asq: list[str], above: list[str], done: list[str] | None = None) -> bytes:
    """Synthetic cases of one check: who had it, and what is known of the questionnaire."""
    done = done or ["yes"] * len(asq)
    fixed = {"area_code": AREA, "period": "2025-26", "check": "2_to_2_and_a_half_years"}
    return as_csv(
        [
            fixed | {"done": d, "asq3_done": a, "asq3_above_threshold": t}
            for d, a, t in zip(done, asq, above, strict=True)
        ]
    )


@pytest.mark.parametrize(
    ("asq", "above", "shown"),
    [
        # Half are blank: not known, and so no share of all.
        (["yes"] * 50 + [""] * 50, [""] * 100, {}),
        (["yes"] * 50 + ["no"] * 50, ["yes"] * 30 + [""] * 70, {"asq3_done": (50, 100)}),
        (
            ["yes"] * 50 + ["no"] * 50,
            ["yes"] * 30 + ["no"] * 20 + [""] * 50,
            {"asq3_done": (50, 100), "asq3_above_threshold": (30, 50)},
        ),
        ([""] * 100, [""] * 100, {}),
    ],
)
def test_a_blank_in_a_file_of_cases_is_not_known_and_never_a_no(
    tmp_path: Path, asq: list[str], above: list[str], shown: dict[str, tuple[int, int]]
) -> None:
    """A column that is not known of every child of a check gives no figure; where none can be, it is none."""
    put(tmp_path, "health-visiting.csv", _checks(asq, above))
    frame = loaded(tmp_path, BY_STEM["health-visiting"])
    shares = frame[frame["indicator"].str.startswith("council_hv_asq3") & (frame["unit"] == "%")]
    found = {
        row["indicator"].removeprefix("council_hv_").removesuffix("_pct"): (
            row["numerator"],
            row["denominator"],
        )
        for row in shares.to_dict("records")
    }
    assert found == shown
    assert set(frame.loc[frame["indicator"] == "council_hv_done_count", "value"]) == {100}


def test_a_child_who_had_no_check_needs_no_answer_on_what_it_used(tmp_path: Path) -> None:
    done = ["yes"] * 60 + ["no"] * 40
    put(tmp_path, "health-visiting.csv", _checks(["yes"] * 30 + ["no"] * 30 + [""] * 40, [""] * 100, done))
    frame = loaded(tmp_path, BY_STEM["health-visiting"])
    assert (
        cell(frame, "council_hv_asq3_done_pct", "2025-26", service="2_to_2_and_a_half_years")["value"] == 50
    )


def test_a_column_that_a_case_must_fill_is_refused_where_it_is_blank(tmp_path: Path) -> None:
    put(tmp_path, "health-visiting.csv", _checks([""] * 3, [""] * 3, ["yes", "", "no"]))
    with pytest.raises(DataError, match="line 3, column done: its value is unknown; expected yes or no"):
        council.read_supplied(tmp_path)


@pytest.mark.parametrize(
    ("stem", "column", "unknown", "indicator"),
    [
        ("ehc-register", "age_band", {"age": "unknown"}, "council_ehc_register_plans_count"),
        ("ehc-register", "need", {"need": "not_recorded"}, "council_ehc_register_plans_count"),
        ("ehc-register", "placement", {"placement": "not_recorded"}, "council_ehc_register_plans_count"),
        ("slt", "age_band", {"age": "unknown"}, "council_slt_waiting_count"),
        ("neurodevelopment", "age_band", {"age": "unknown"}, "council_nd_open_count"),
        ("two-year-offer", "ethnicity", {"ethnicity": "unclassified"}, "council_two_year_eligible_count"),
    ],
)
def test_a_blank_code_of_a_case_counts_as_unknown(
    tmp_path: Path, stem: str, column: str, unknown: dict[str, str], indicator: str
) -> None:
    rows = cases(BY_STEM[stem], counts(stem)[-3:])
    put(tmp_path, f"{stem}.csv", as_csv([row | {column: ""} for row in rows[:40]] + rows[40:]))
    frame = loaded(tmp_path, BY_STEM[stem])
    found = frame[frame["indicator"] == indicator]
    for dimension, code in unknown.items():
        found = found[found[dimension] == code]
    assert found["value"].sum() == sum(
        row.get("state", "waiting") in ("waiting", "open") for row in rows[:40]
    )


def _schools(listed: str) -> bytes:
    """Synthetic places of schools: name, specialism and count."""
    fixed = {"area_code": AREA, "period": "2025/26"}
    rows = [row.split() for row in listed.split(",")]
    return as_csv(
        [
            fixed | {"school": name, "specialism": need, "commissioned_places": n, "number_on_roll": n}
            for name, need, n in rows
        ]
    )


def test_a_school_may_have_several_specialisms(tmp_path: Path) -> None:
    rows = [
        {"school": school, "specialism": need, "commissioned_places": str(n), "number_on_roll": str(n - 2)}
        for school, need, n in (
            ("oak", "asd", 50),
            ("oak", "semh", 30),
            ("elm", "asd", 40),
            ("ash", "mld", 12),
        )
    ]
    put(
        tmp_path,
        "special-school-places.csv",
        as_csv([{"area_code": AREA, "period": "2025/26"} | r for r in rows]),
    )
    frame = loaded(tmp_path, BY_STEM["special-school-places"])
    places = "council_special_places_count"
    assert cell(frame, places, "2025/26")["value"] == 132
    assert cell(frame, places, "2025/26", school="oak")["value"] == 80
    assert cell(frame, places, "2025/26", need="asd")["value"] == 90
    assert cell(frame, places, "2025/26", need="semh")["value"] == 30


def test_a_small_part_of_a_school_with_several_specialisms_is_not_to_be_worked_out(tmp_path: Path) -> None:
    """Of the school's total less the part that its other specialism gives, three would remain."""
    rows = [
        {"school": school, "specialism": need, "commissioned_places": str(n), "number_on_roll": str(n)}
        for school, need, n in (
            ("oak", "asd", 50),
            ("oak", "semh", 3),
            ("elm", "asd", 40),
            ("ash", "semh", 60),
        )
    ]
    put(
        tmp_path,
        "special-school-places.csv",
        as_csv([{"area_code": AREA, "period": "2025/26"} | r for r in rows]),
    )
    frame = loaded(tmp_path, BY_STEM["special-school-places"])
    rolls = frame[(frame["indicator"] == "council_special_roll_count") & frame["value"].notna()]
    shown = {(row["school"], row["need"]): row["value"] for row in rolls.to_dict("records")}
    assert shown[("", "")] == 153 and len(shown) >= 4, "no more is withheld than it takes"
    for school, need in (("elm", "asd"), ("ash", "semh")):
        assert not {("oak", ""), (school, ""), ("", need)} <= shown.keys(), (
            "oak's part is the rest of a group"
        )
    assert not {("elm", ""), ("", "asd"), ("ash", ""), ("", "semh")} <= shown.keys()


def test_a_need_that_came_later_is_none_only_where_it_is_used(tmp_path: Path) -> None:
    """Before Down Syndrome was a need of its own its children were others: none would be false."""
    rows = [
        {"area_code": AREA, "period": f"January {year}", "need": need, "count": "20"}
        for year, need in ((2025, "oth"), (2026, "ds"), (2026, "oth"))
    ]
    put(tmp_path, "ehc-register.csv", as_csv(rows))
    frame = loaded(tmp_path, BY_STEM["ehc-register"])
    down = frame[frame["need"] == "ds"]
    assert dict(zip(down["period"], down["value"], strict=True)) == {"January 2026": 20}


def test_an_extract_is_of_the_area_of_the_run(tmp_path: Path) -> None:
    put(tmp_path, "slt.csv", as_csv(counts("slt")))
    assert list(council.read_supplied(tmp_path)) == ["council_slt"]
    with pytest.raises(DataError, match="expected E08000025, the area of the run"):
        council.read_supplied(tmp_path, "E08000025")


def test_the_extracts_join_the_edition_of_a_run(tmp_path: Path) -> None:
    project = small_project.make(tmp_path)
    put(project / "data", "slt.csv", as_csv(counts("slt")))
    project_settings = Settings(project_root=project)
    edition = open_edition(project_settings, small_project.EDITION, AREA)
    frame = edition.frame(Areas(project / "data" / "areas"))
    assert set(frame.loc[frame["dataset"] == "council_slt", "source_id"]) == {"council-slt"}
    assert edition.sources["council-slt"].publisher_file == "council/slt.csv, added up"
    with pytest.raises(DataError, match="the area of the run"):
        open_edition(project_settings, small_project.EDITION, "E08000025")


# -- declaration, catalogue, suites, documents ------------------------------------------------------------


def test_the_catalogue_declares_what_the_extracts_become() -> None:
    catalogue = load_catalogue(ROOT / "data" / "catalogue")
    for extract in EXTRACTS:
        held = {
            name: entry for name, entry in catalogue.indicators.items() if entry.dataset == extract.dataset
        }
        assert {name: entry.unit for name, entry in held.items()} == extract.indicators
        assert {source for entry in held.values() for source in entry.sources} == {extract.source_id}
        assert f"data/council/{extract.stem}.csv" in catalogue.sources[extract.source_id].title
        for column in extract.columns:
            labelled = catalogue.dimensions.get(column.dimension, {})
            assert set(column.codes) <= set(labelled) or column.name == extract.state
            assert column.dimension in DIMENSIONS or column.name == extract.state


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("stem: slt\n", "stem: neurodevelopment\n", "the extract neurodevelopment is declared twice"),
        (
            "breakdowns: [school]",
            "breakdowns: [schol]",
            r"special-school-places has no column 'schol'; expected",
        ),
        ("        column: wait\n", "        column: weight\n", "slt has no column 'weight'"),
        ("is_needed: false", "needed: false", "unknown key"),
        ("as_at: start", "as_at: middle", "as_at: Input should be 'start' or 'end'"),
    ],
)
def test_a_fault_in_the_declaration_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "catalogue" / "extracts.yaml"
    path.parent.mkdir()
    text = (ROOT / "data" / "catalogue" / "extracts.yaml").read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=message) as caught:
        council.load_extracts(tmp_path)
    assert "extracts.yaml, line " in caught.value.where


@EXTRACT
@pytest.mark.parametrize("small", [False, True], ids=["large", "small"])
def test_an_extract_passes_its_suite(tmp_path: Path, extract: Extract, small: bool) -> None:
    rows = counts(extract.stem)
    if small:
        first = extract.measures[0].column
        rows = [
            row | {first: "3"} | {m.column: "2" for m in extract.measures[1:] if row[m.column]}
            for row in rows
        ]
    put(tmp_path, f"{extract.stem}.csv", as_csv(rows))
    areas = Areas(ROOT / "data" / "areas")
    basis = ValidationBasis(
        edition="2025",
        expectations_folder=ROOT / "expectations",
        catalogue=load_catalogue(ROOT / "data" / "catalogue"),
        known_areas={area.code for area in areas},
        released=date(2026, 11, 22),
        as_at={key: source.as_at.isoformat() for key, source in council.sources(tmp_path).items()},
        subject=AREA,
    )
    rows = loaded(tmp_path, extract).assign(area_name="Coventry")
    record = validate_dataset(rows, extract.dataset, basis)
    assert record.errors == []
    assert [notice.text for notice in record.warnings] == []


def test_each_suite_knows_the_declared_indicators_and_source() -> None:
    catalogue = load_catalogue(ROOT / "data" / "catalogue")
    suites = {path.stem: path for path in suite_files(ROOT / "expectations")}
    for extract in EXTRACTS:
        suite = read_suite(suites[extract.dataset])
        given = known_values(
            extract.dataset, catalogue=catalogue, known_areas=(), released=date(2026, 11, 22)
        )
        declared = {"indicators_known": sorted(extract.indicators), "sources_known": [extract.source_id]}
        for name, expected in declared.items():
            assert given[suite.entry(name).kwargs["value_set"]["$PARAMETER"]] == expected


def test_the_templates_and_the_readme_are_those_of_the_declaration() -> None:
    made = templates.templates(EXTRACTS)
    held = {path.name: path.read_bytes() for path in FOLDER.glob("*.template.*")}
    remedy = "python -m send_jsna.council.templates data/council"
    assert held == made, remedy
    assert templates.columns_page(EXTRACTS) in (FOLDER / "README.md").read_text(encoding="utf-8"), remedy
    assert templates.templates(EXTRACTS) == made


@EXTRACT
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_template_that_is_not_filled_holds_no_rows(tmp_path: Path, extract: Extract, kind: str) -> None:
    path = put(
        tmp_path, f"{extract.stem}.{kind}", templates.templates(EXTRACTS)[f"{extract.stem}.template.{kind}"]
    )
    with pytest.raises(DataError, match="the file has no rows") as caught:
        council.build(tmp_path)
    assert caught.value.where == str(path)


@EXTRACT
def test_a_template_filled_in_a_spreadsheet_is_read(tmp_path: Path, extract: Extract) -> None:
    put(tmp_path, f"{extract.stem}.csv", as_csv(counts(extract.stem)))
    expected = council.build(tmp_path)
    (tmp_path / "council" / f"{extract.stem}.csv").unlink()
    book = load_workbook(FOLDER / f"{extract.stem}.template.xlsx")
    assert [sheet.title for sheet in book.worksheets] == ["data", "columns"]
    assert [cell.value for cell in book["data"][1]] == extract.headings
    assert book["data"].column_dimensions["A"].width == 22
    # Cells are text, so that a typed period stays as it was typed.
    assert book["data"]["A1"].number_format == "@"
    for row in counts(extract.stem):
        book["data"].append([row[name] or None for name in extract.headings])
    book.save(tmp_path / "council" / f"{extract.stem}.xlsx")
    assert council.build(tmp_path) == expected


def test_templates_are_under_version_control_and_filled_files_are_not() -> None:
    stems = ["survey-responses", *(extract.stem for extract in EXTRACTS)]
    filled = [f"data/council/{stem}.{kind}" for stem in stems for kind in ("csv", "xlsx")]
    kept = [f"data/council/{name}" for name in templates.templates(EXTRACTS)]
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", *filled, *kept],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 128:
        pytest.skip("not a checkout")
    assert asked.stdout.split() == filled
