"""The suites as files, the editions held against them, the record and its page."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.schema import Catalogue
from send_jsna.editions.edition import load_edition
from send_jsna.errors import CatalogueError
from send_jsna.validation import (
    Notice,
    Outcome,
    ValidationBasis,
    ValidationRecord,
    known_values,
    read_suite,
    suite_files,
    suite_name,
    validate_dataset,
)
from send_jsna.validation.record import read_records
from send_jsna.validation.record_page import render_page
from send_jsna.validation.suite_file import PARAMETERS, read_common, read_own
from send_jsna.validation.suite_model import SuiteFile

PROJECT = Path(__file__).parents[3]
EXPECTATIONS = PROJECT / "expectations"
STORE = EXPECTATIONS / "expectations"
#: What every suite of a data set must check, whatever else it checks.
REQUIRED = {
    "columns_present",
    "column_types",
    "key_unique",
    "areas_known",
    "indicators_known",
    "units_known",
    "sources_known",
    "statuses_known",
    "value_given",
    "withheld_empty",
    "percent_range",
    "counts_whole",
    "not_negative",
    "numerator_at_most_denominator",
    "value_is_ratio",
    "contiguous",
    "comparators",
    "dates_past",
    "drift",
}

#: A survey is asked once, in one area: it has no series, no comparators and no earlier edition.
NOT_NEEDED = {"survey": {"contiguous", "comparators", "drift"}}


# -- suites as files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", suite_files(EXPECTATIONS), ids=lambda path: path.stem)
def test_every_suite_is_valid_complete_and_canonically_written(path: Path) -> None:
    suite = read_suite(path)

    names = {entry.meta.name for entry in suite.expectations}
    missing = REQUIRED - names - NOT_NEEDED.get(path.stem, set())
    assert not missing, f"{path.stem} lacks {sorted(missing)}"
    for file in (path, path.with_name("_common.json")):
        content = file.read_text(encoding="utf-8")
        assert content == json.dumps(json.loads(content), indent=2, ensure_ascii=False) + "\n"


def test_great_expectations_itself_loads_every_suite_whole() -> None:
    """It drops an expectation that it cannot build and only logs so: the numbers must agree."""
    gx = pytest.importorskip("great_expectations")
    from send_jsna.validation import expectations

    assert expectations.TidyExpectation
    context = gx.get_context(mode="file", context_root_dir=EXPECTATIONS)
    files: dict[str, SuiteFile] = {path.stem: read_own(path)[0] for path in suite_files(EXPECTATIONS)}
    files["_common"] = read_common(STORE)[0]

    assert {suite.name for suite in context.suites.all()} == set(files)
    for name, suite in files.items():
        loaded = context.suites.get(name)
        types = [(entry.type, entry.meta.name) for entry in suite.expectations]
        assert types == [(item.expectation_type, item.meta["name"]) for item in loaded.expectations]


@pytest.mark.parametrize("path", suite_files(EXPECTATIONS), ids=lambda path: path.stem)
def test_a_suite_has_the_common_expectations_in_their_order_and_all_of_its_own(path: Path) -> None:
    common = [entry.meta.name for entry in read_common(STORE)[0].expectations]
    own, _ = read_own(path)
    suite = read_suite(path)

    names = [entry.meta.name for entry in suite.expectations]
    own_names = [entry.meta.name for entry in own.expectations]
    assert len(names) == len(set(names))
    assert set(names) == set(common) - set(own.meta.without) | set(own_names)
    assert [name for name in names if name in common] == [
        name for name in common if name not in own.meta.without or name in own_names
    ]
    further = [entry for entry in suite.expectations if entry.meta.name not in common]
    assert further == [entry for entry in own.expectations if entry.meta.name not in common]
    assert suite.common == set(common) - set(own.meta.without)


def test_own_expectations_follow_the_ratio_or_come_last() -> None:
    """The order in which a record lists them: sums and series, then dates and drift, then what is special."""
    names = [entry.meta.name for entry in read_suite(STORE / "placement.json").expectations]

    assert names[14:] == [
        "value_is_ratio",
        "placement_sum",
        "new_placement_sum",
        "school_type_sum",
        "spend_sum",
        "contiguous",
        "comparators",
        "dates_past",
        "drift",
        "deficit_range",
    ]


def test_an_own_expectation_takes_the_place_of_a_common_one_that_the_file_leaves_out() -> None:
    suite = read_suite(STORE / "early_years.json")

    names = [entry.meta.name for entry in suite.expectations]
    assert names.index("percent_range") == names.index("withheld_empty") + 1
    assert suite.entry("percent_range").meta.known
    assert suite.file_of(suite.entry("percent_range")) == "early_years.json"
    assert suite.file_of(suite.entry("counts_whole")) == "_common.json"


def test_the_hash_of_a_suite_is_that_of_its_two_files_one_after_the_other() -> None:
    content = (STORE / "_common.json").read_bytes() + (STORE / "tribunal.json").read_bytes()

    assert read_suite(STORE / "tribunal.json").sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("path", suite_files(EXPECTATIONS), ids=lambda path: path.stem)
def test_no_file_repeats_a_common_expectation_or_what_the_catalogue_declares(path: Path) -> None:
    common = read_common(STORE)[0].expectations
    for entry in read_own(path)[0].expectations:
        assert entry not in common
        assert entry.kwargs.get("column") not in ("indicator", "unit", "source_id")


def test_every_parameter_a_suite_may_name_has_a_value() -> None:
    catalogue = load_catalogue(PROJECT / "data" / "catalogue")

    given = known_values(
        "tribunal",
        catalogue=catalogue,
        known_areas={"E1"},
        released=date(2026, 1, 31),
        subject="E1",
        neighbourhoods={"E01"},
    )

    assert tuple(given) == PARAMETERS
    assert given["known_areas"] == ["E1"]
    assert given["known_units"] == ["%", "count"]
    assert given["released"] == "2026-01-31"
    assert all(given.values())


def test_every_exception_gives_its_reason() -> None:
    for path in suite_files(EXPECTATIONS):
        for entry in read_suite(path).expectations:
            for indicator, reason in entry.kwargs.get("exempt", {}).items():
                assert len(reason.split()) > 3, (path.stem, entry.meta.name, indicator)
            for gap in entry.kwargs.get("gaps", []):
                assert len(gap["reason"].split()) > 3, (path.stem, gap)


def _suite(tmp_path: Path, **changes: Any) -> Path:
    entry = {
        "type": "expect_column_values_to_not_be_null",
        "description": "There is a value.",
        "kwargs": {"column": "value"},
        "meta": {"name": "value_given", "severity": "error", "problem": "A value is missing"},
    }
    for key, value in changes.items():
        part, _, name = key.partition("__")
        if name:
            entry[part] = {**entry[part], name: value}  # type: ignore[dict-item]
        else:
            entry[part] = value
    path = tmp_path / "synthetic.json"
    path.write_text(json.dumps({"name": "synthetic", "expectations": [entry]}, indent=2))
    return path


def _common(tmp_path: Path, **changes: Any) -> Path:
    """A common file of two expectations, changed where asked; returns its path."""
    entries = [
        {
            "type": "expect_column_values_to_not_be_null",
            "description": "There is an indicator.",
            "kwargs": {"column": column},
            "meta": {"name": f"{column}_given", "severity": "error", "problem": "None"},
        }
        for column in ("indicator", "period")
    ]
    path = tmp_path / "_common.json"
    path.write_text(json.dumps({"name": "_common", "expectations": entries, **changes}, indent=2))
    return path


@pytest.fixture
def common(tmp_path: Path) -> Path:
    """A sound common file beside the synthetic suite."""
    return _common(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kwargs__column": "valeu"}, r"value_given .* column 'valeu' does not exist"),
        ({"meta__severity": "fatal"}, "severity"),
        ({"meta__colour": "red"}, "colour"),
        ({"severity": "critical"}, "severity"),
        ({"kwargs__value_set": {"$PARAMETER": "areas"}}, "parameter 'areas' is not provided"),
        (
            {"meta__known": [{"reason": "Misprint.", "where": {"value": "1"}}]},
            "known errors cannot be distinguished by 'value'",
        ),
    ],
)
def test_a_mistake_in_a_suite_is_one_clear_line(
    tmp_path: Path, common: Path, changes: dict[str, Any], message: str
) -> None:
    path = _suite(tmp_path, **changes)

    with pytest.raises(CatalogueError, match=message) as caught:
        read_suite(path)

    assert str(path) in caught.value.line()
    assert "\n" not in caught.value.line()


def test_a_suite_that_is_not_json_names_the_line(tmp_path: Path, common: Path) -> None:
    path = tmp_path / "synthetic.json"
    path.write_text('{"name": "synthetic",\n "expectations": [}')

    with pytest.raises(CatalogueError, match=r"synthetic.json, line 2: not readable as JSON"):
        read_suite(path)


def _refused(path: Path, culprit: Path, message: str) -> None:
    """Reading a suite ends in one line that names the file at fault and says what to do."""
    with pytest.raises(CatalogueError, match=message) as caught:
        read_suite(path)
    line = caught.value.line()
    assert str(culprit) in line
    assert "\n" not in line
    assert caught.value.expected and caught.value.remedy


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"name": "x",\n "expectations": [}', r"line 2: not readable as JSON"),
        (b'{"name":\n "caf\xe9"}', r"line 2: not readable as JSON \(not UTF-8\)"),
        (b"[]", "the file: Input should be"),
        (b"", "not readable as JSON"),
        (b'{"name": "another", "expectations": [ENTRY]}', "the suite is named another"),
        (b'{"name": "NAME"}', "expectations: Field required"),
        (b'{"name": "NAME", "expectations": [ENTRY], "colour": 1}', "colour: Extra inputs"),
        (b'{"name": "NAME", "expectations": [ENTRY], "meta": {"colour": 1}}', "meta.colour: Extra inputs"),
        (b'{"name": "NAME", "expectations": [ENTRY, ENTRY]}', "expectation value_given .* is duplicated"),
        (None, "not readable"),
    ],
)
@pytest.mark.parametrize("name", ["_common", "synthetic"])
def test_a_broken_file_is_one_line_whichever_of_the_two_it_is(
    tmp_path: Path, common: Path, name: str, content: bytes | None, message: str
) -> None:
    suite = _suite(tmp_path)
    entry = json.dumps(json.loads(suite.read_text())["expectations"][0]).encode()
    path = tmp_path / f"{name}.json"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content.replace(b"ENTRY", entry).replace(b"NAME", name.encode()))

    _refused(suite, path, message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expectations": []}, "expectations: List should have at least 1 item"),
        ({"meta": {"own_after": {"drift": []}}}, "meta.own_after names 'drift', which is no expectation"),
        ({"meta": {"own_after": {"period_given": ["sum"]}}}, "own_after.period_given.0: String should match"),
        (
            {"meta": {"own_after": {"period_given": ["expect_a"], "indicator_given": ["expect_a"]}}},
            "meta.own_after names expect_a twice",
        ),
        ({"meta": {"without": {"drift": "It is not needed."}}}, "meta.without: Extra inputs"),
    ],
)
def test_a_common_file_that_cannot_be_followed_is_one_line(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    _refused(_suite(tmp_path), _common(tmp_path, **changes), message)


def test_a_name_in_the_common_file_and_in_a_suites_own_is_refused(tmp_path: Path, common: Path) -> None:
    path = _suite(tmp_path, meta__name="period_given")

    _refused(path, path, r"synthetic.json, line \d+: .* _common.json has an expectation of this name, too")


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ({"drift": "There is none."}, "meta.without names 'drift', which is not in _common.json"),
        ({"period_given": " "}, "meta.without.period_given: String should have at least 1 character"),
        (["period_given"], "meta.without: Input should be a valid dictionary"),
    ],
)
def test_what_a_suite_leaves_out_is_a_common_expectation_and_has_a_reason(
    tmp_path: Path, common: Path, without: Any, message: str
) -> None:
    path = _suite(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "meta": {"without": without}}))

    _refused(path, path, message)


def test_a_suite_without_expectations_of_its_own_has_the_common_ones(tmp_path: Path, common: Path) -> None:
    path = tmp_path / "synthetic.json"
    path.write_text('{"name": "synthetic", "expectations": []}')

    names = [entry.meta.name for entry in read_suite(path).expectations]

    assert names == ["indicator_given", "period_given"]


def test_a_suite_for_one_edition_goes_before_the_suite_of_the_data_set(tmp_path: Path) -> None:
    store = tmp_path / "expectations"
    store.mkdir()
    for name in ("sen", "2023", "2025_sen"):
        (store / f"{name}.json").write_text("{}")

    assert suite_name("2025", "sen", tmp_path) == "2025_sen"
    assert suite_name("2023", "anything", tmp_path) == "2023"
    assert suite_name("2027", "sen", tmp_path) == "sen"


# -- the editions --------------------------------------------------------------------------------------------


def _real(
    edition: str,
    dataset: str,
    change: dict[str, Any] | None = None,
    catalogue: Catalogue | None = None,
    indicator: str = "",
) -> ValidationRecord:
    """The record of a data set of the repository, with the first row that has a value changed where asked.

    It is the first percentage, or the first undivided value of the indicator.
    """
    held = load_edition(PROJECT / "data" / "editions", edition)
    areas = Areas(PROJECT / "data" / "areas")
    frame = held.frame(areas)
    frame = frame[frame["dataset"] == dataset].copy()
    if change:
        wanted = frame["indicator"].eq(indicator) if indicator else frame["unit"].eq("%")
        row = frame.index[frame["value"].notna() & wanted][0]
        for column, value in change.items():
            frame.loc[row, column] = value
    basis = ValidationBasis(
        edition=edition,
        expectations_folder=EXPECTATIONS,
        catalogue=catalogue or load_catalogue(PROJECT / "data" / "catalogue"),
        known_areas={area.code for area in areas},
        released=held.released,
        subject="E08000026",
    )
    return validate_dataset(frame, dataset, basis)


@pytest.mark.parametrize(
    ("dataset", "indicator", "value", "name"),
    [
        (
            "finance",
            "children_services_spend_pounds",
            1.0,
            "services_sum",
        ),
        ("finance", "sen_services_cost_per_week", -5.0, "not_negative"),
        ("workforce", "social_work_cases_average", 1280.0, "caseload_range"),
        ("workforce", "social_worker_vacancies_pct", 140.0, "percent_range"),
        (
            "childrens_services",
            "cla_emotional_health_score",
            41.0,
            "questionnaire_range",
        ),
        ("childrens_services", "cin_attainment8_score_lait", 175.0, "attainment8_range"),
        ("childrens_services", "cla_count_lait", 684.5, "counts_whole"),
    ],
)
def test_the_suites_of_the_data_sets_of_2026_pass_and_find_a_broken_row(
    dataset: str, indicator: str, value: float, name: str
) -> None:
    assert _real("2026", dataset).errors == []
    broken = _real("2026", dataset, {"value": value}, indicator=indicator)
    assert any(f"expectation {name} (" in text for text in broken.errors), broken.errors


def test_the_printed_totals_of_the_slides_are_found_wrong_and_shown_as_known_errors() -> None:
    record = _real("2023", "special_school_places")

    assert record.passed
    texts = [notice.text for notice in record.warnings]
    assert "The slide prints 961 special school places in 2019/20; its rows add up to 965." in texts
    assert "The slide prints 1,057 special school places in 2020/21; its rows add up to 1,043." in texts


@pytest.mark.parametrize("dataset", ["tribunal", "ehc_process", "ehc_caseload"])
def test_a_data_set_of_the_edition_passes_with_its_known_errors_as_warnings(dataset: str) -> None:
    record = _real("2025", dataset)

    assert record.errors == []
    known = {notice.indicator for notice in record.warnings if notice.known}
    expected = {
        "tribunal": set(),
        "ehc_process": {"annual_reviews_decision_outstanding_count", "ehc_new_plans_count"},
        "ehc_caseload": {"ehc_plans_count"},
    }
    assert known == expected[dataset]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"value": 101.0, "numerator": math.nan}, "percent_range"),
        ({"area_code": "E08000099"}, "areas_known"),
        ({"indicator": "ehc_plan_pct"}, "indicators_known"),
        ({"source_id": "hearsay"}, "sources_known"),
        ({"unit": "per cent"}, "units_known"),
        ({"numerator": 5.0, "denominator": 10.0, "value": 5.0}, "value_is_ratio"),
        ({"period_end": "2030-12-31"}, "dates_past"),
    ],
)
def test_one_bad_row_in_a_data_set_of_the_edition_gates_it(change: dict[str, Any], check: str) -> None:
    record = _real("2025", "tribunal", change)

    assert not record.passed
    assert any(f"expectation {check} " in sentence for sentence in record.errors)


def test_a_new_indicator_of_the_catalogue_is_known_with_its_unit_and_source_and_no_suite_is_edited() -> None:
    catalogue = load_catalogue(PROJECT / "data" / "catalogue")
    new = catalogue.indicators["tribunal_appeals_count"].model_copy(
        update={"id": "tribunal_new_rate", "unit": "per 1,000", "sources": ["a-new-source"]}
    )
    wider = catalogue.model_copy(update={"indicators": catalogue.indicators | {new.id: new}})
    change = {"indicator": new.id, "unit": new.unit, "source_id": "a-new-source"}
    checks = ("indicators_known", "units_known", "sources_known")

    def levels(record: ValidationRecord) -> list[str]:
        return [item.level for item in record.expectations if item.name in checks]

    assert levels(_real("2025", "tribunal", change)) == ["error", "error", "error"]
    assert levels(_real("2025", "tribunal", change, wider)) == ["passed", "passed", "passed"]


# -- record and page -----------------------------------------------------------------------------------------


def _record(**changes: Any) -> ValidationRecord:
    outcome = Outcome(
        name="percent_range",
        type="expect_column_values_to_be_between",
        description="A percentage lies between 0 and 100 <always>.",
        severity="error",
        success=False,
        level="error",
        checked=1200,
        unexpected_count=7,
        unexpected_rows=["sen:2"],
        details=["Coventry, 2023/24 (value is 101)"],
    )
    values = {
        "edition": "2025",
        "dataset": "sen_prevalence",
        "suite": "sen_prevalence",
        "suite_sha256": "0" * 64,
        "data_sha256": "1" * 64,
        "engine": "synthetic",
        "rows": 1200,
        "passed": False,
        "expectations": [outcome],
        "counts": {"passed": 0, "warning": 0, "error": 1},
        "errors": ["A percentage is out of range."],
        "warnings": [Notice(text="Mind the break.", expectation="drift")],
    }
    return ValidationRecord(**{**values, **changes}).identified()


def test_a_record_is_identified_by_its_content() -> None:
    assert _record().id == _record().id
    assert _record().id != _record(rows=1201).id
    assert _record().id.startswith("2025/sen_prevalence/")


def test_records_are_read_back_from_a_run_folder(tmp_path: Path) -> None:
    (tmp_path / "validation").mkdir()
    (tmp_path / "validation" / "sen_prevalence.json").write_text(_record().to_json())
    (tmp_path / "validation" / "summary.json").write_text("{}")

    assert read_records(tmp_path) == {"sen_prevalence": _record()}


def test_the_page_meets_the_structure_accessibility_needs() -> None:
    html = render_page("2025", date(2026, 1, 31), [_record()])
    page = BeautifulSoup(html, "lxml")

    assert page.html is not None and page.html["lang"] == "en-GB"
    assert [h.get_text() for h in page.find_all("h1")] == ["Validation of edition 2025"]
    levels = [int(h.name[1]) for h in page.find_all(["h1", "h2", "h3", "h4"])]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    skip = page.find("a", class_="skip")
    assert skip is not None and page.find(id=str(skip["href"])[1:]) is not None
    for table in page.find_all("table"):
        assert table.caption is not None
        assert all(head.get("scope") in ("col", "row") for head in table.find_all("th"))
        region = table.parent
        assert region is not None and region.get("tabindex") == "0" and region.get("aria-label")
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert not page.find_all(["script", "link", "img"])
    assert "http" not in html
    assert "&lt;always&gt;" in html


def test_the_page_says_the_outcome_in_words_and_counts_what_it_leaves_out() -> None:
    text = BeautifulSoup(render_page("2025", date(2026, 1, 31), [_record()]), "lxml").get_text(
        " ", strip=True
    )

    assert "Observations: 1,200." in text
    assert "SEN prevalence" in text
    assert "31 January 2026" in text
    assert "Failed" in text
    assert "Mind the break." in text
    assert "Coventry, 2023/24 (value is 101)" in text
    assert "and 6 more" in text
