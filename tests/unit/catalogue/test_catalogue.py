"""The catalogue: one clear error with file and line, and generated pages that are in step."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.reference import documents, render_schema
from send_jsna.catalogue.schema import Catalogue
from send_jsna.editions.edition import Edition, load_edition
from send_jsna.editions.supply import check_supply
from send_jsna.errors import CatalogueError
from send_jsna.validation import known_values, read_suite, suite_files

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "data" / "catalogue"
Change = Callable[[str], str]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(FOLDER)


@pytest.fixture(scope="module")
def editions() -> list[Edition]:
    return [load_edition(ROOT / "data" / "editions", name) for name in ("2023", "2025", "2026")]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "catalogue"
    shutil.copytree(FOLDER, folder)
    return folder


def line_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


def test_the_committed_catalogue_is_sound(catalogue: Catalogue, editions: list[Edition]) -> None:
    check_supply(catalogue, *editions)
    assert set(catalogue.supplements) == {
        "population",
        "prevalence",
        "needs_and_placement",
        "ehc_process",
        "child_health_profile",
        "speech_and_language",
        "autism",
        "education",
        "attendance_by_sen",
        "covid_impact",
        "service_mapping",
        "voice",
    }


class DatesAsText(yaml.SafeLoader):
    """Reads YAML as JSON has it: without dates."""


DatesAsText.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)


def test_every_file_meets_the_published_schema() -> None:
    schema = json.loads(render_schema())
    for name in schema["properties"]:
        content = yaml.load((FOLDER / name).read_text(encoding="utf-8"), Loader=DatesAsText)
        jsonschema.validate({name: content}, schema)


@pytest.mark.parametrize("name", ["catalogue.schema.json", "catalogue.md"])
def test_the_generated_pages_are_in_step(catalogue: Catalogue, name: str) -> None:
    committed = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert committed == documents(catalogue)[name], f"docs/{name} is stale: run jsna catalogue docs"


def test_a_code_without_a_label_is_shown_in_words(catalogue: Catalogue) -> None:
    assert catalogue.label("need", "asd") == "Autistic spectrum disorder"
    assert catalogue.label("need", "of_another_kind") == "of another kind"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("indicators", "  polarity: neutral", "  polarty: neutral", "polar"),
        ("indicators", "  polarity: neutral", "  polarity: upwards", "polarity: Input should be"),
        ("indicators", "  counts: in_rows", "  counts: in_words", "counts: Input should be"),
        (
            "indicators",
            "  polarity: neutral",
            "  polarity: neutral\n  interval: none",
            "unknown key .*interval",
        ),
        ("indicators", "  definition:", "  definition: 4\n  note:", "unknown key|valid string"),
        ("indicators", "- id: ehc_plan_pct", "- id: EHC plan %", "id: String should match pattern"),
        ("indicators", "[secondary_source]", "[take_care]", "usage_warnings.*Input should be"),
        ("indicators", "sources: [dfe-lait-2026-04]", "sources: []", "sources: List should have at least 1"),
        ("sources", "as_at: 2026-04-08", "as_at: spring", "as_at: Input should be a valid date"),
        ("sources", "table: {form: tribunals}", "table: {shape: tribunals}", "unknown key .*shape"),
        ("sources", "indicators: [ehc_plans_count]", "indicators: []", "breakdowns.indicators: List should"),
        (
            "sources",
            "indicators: [ehc_plans_count]",
            "indicators: [ehc_plans]",
            "keeps breakdowns of 'ehc_plans'",
        ),
        ("terms", "- term: key stage 1", "- term: key stage", "a term without a digit needs no entry"),
        ("supplements", "  datasets: [slcn", "  data: [slcn", "the key .*datasets is missing"),
    ],
)
def test_a_malformed_entry_is_named_with_its_line(
    copy: Path, file: str, old: str, new: str, message: str
) -> None:
    path = copy / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    line = line_of(path, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=message) as caught:
        load_catalogue(copy)
    assert f"{file}.yaml, line " in caught.value.where
    found = int(caught.value.where.rsplit(" ", 1)[1])
    entry = max(n for n in range(1, line + 1) if text.splitlines()[n - 1].startswith("- "))
    assert entry <= found <= line + 1
    assert "\n" not in str(caught.value)


def test_an_id_that_stands_twice_is_refused(copy: Path) -> None:
    path = copy / "indicators.yaml"
    text = path.read_text(encoding="utf-8")
    line = line_of(path, "- id: sen_support_pct")
    path.write_text(text.replace("- id: sen_support_pct\n", "- id: ehc_plan_pct\n", 1), encoding="utf-8")
    with pytest.raises(
        CatalogueError, match=rf"indicators\.yaml, line {line}: id 'ehc_plan_pct' is duplicated"
    ):
        load_catalogue(copy)


def test_an_unknown_source_is_named_with_the_indicators_line(copy: Path) -> None:
    path = copy / "indicators.yaml"
    text = path.read_text(encoding="utf-8")
    line = line_of(path, "- id: ehc_plan_pct")
    path.write_text(text.replace("[dfe-lait-2026-04", "[dfe-nowhere", 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"line {line}: .*'dfe-nowhere', which does not exist"):
        load_catalogue(copy)


def test_a_usage_warning_without_a_sentence_is_refused(copy: Path) -> None:
    path = copy / "usage_warnings.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if not x.startswith("provisional")), encoding="utf-8")
    with pytest.raises(CatalogueError, match="usage warning 'provisional' has no sentence"):
        load_catalogue(copy)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("indicators", '  unit: "%"\n', '  unit: "%"\n  unit: "count"\n', "the key unit is duplicated"),
        (
            "indicators",
            "{by: {need: asd}",
            "{by: {need: asdf}",
            "has a breakdown by need 'asdf', which does not exist",
        ),
        (
            "indicators",
            '{before: "August 2023"',
            '{by: {service: dentist}, before: "August 2023"',
            "has a break by service 'dentist', which does not exist",
        ),
        ("indicators", '{before: "January 2023"', '{before: "soon"', "period 'soon'"),
        (
            "supplements",
            "[sen_prevalence,",
            "[sen_prevalance,",
            "'prevalence' names the data set 'sen_prevalance'",
        ),
        ("dimensions", "phase:\n", "stage:\n", "unknown dimension stage"),
        ("releases", "[dfe-lait-2026-04]", "[dfe-liat]", "'lait' names the source 'dfe-liat'"),
        ("releases", "[ehc_plan_pct,", "[ehc_plans_pct,", "'sen-census' names the indicator 'ehc_plans_pct'"),
        ("releases", "covers: 2025/26", "covers: soon", "period 'soon'"),
        ("searches", "[dfe-suspensions-sen,", "[dfe-suspension,", "names the source 'dfe-suspension'"),
        ("searches", "    - where: ", "    - there: ", r"searches\.yaml, line 6"),
        (
            "statistics",
            "usage_warnings: [coverage_change]",
            "usage_warnings: [coverage_changed]",
            "rule on coverage names the usage warning 'coverage_changed', which does not exist",
        ),
        ("statistics", "most_times: 3", "most_times: 1", "line 7: range.most_times: Input should be greater"),
        ("statistics", "  least_years: 2\n", "", "the key .*least_years is missing"),
        ("statistics", "  most_breaks: 0", "  most_breaks: 0\n  breaks: 0", "unknown key .*breaks"),
    ],
)
def test_what_does_not_fit_the_other_files_is_refused(
    copy: Path, file: str, old: str, new: str, message: str
) -> None:
    path = copy / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        load_catalogue(copy)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  denominator: mainstream_pupils_count\n", "", "does not say of which counts"),
        ("  counts: not_in_files\n", "", "does not say of which counts"),
        ("counts: not_in_files", "counts: unknown", r"indicators\.yaml, line \d+"),
        ("denominator: school_pupils_count", "denominator: pupils_count", "a share of 'pupils_count'"),
        ("same_as: ehc_plans_count\n", "same_as: ehc_plan_pct\n", "'ehc_plans_count_lait' is the same as"),
        ("same_as: ehc_plans_count\n", "same_as: ehc_plan_count\n", "'ehc_plan_count', which does not exist"),
        (
            "same_as: tribunal_appeal_pct",
            "counts: in_rows\n  same_as: tribunal_appeal_pct",
            "counts of its own",
        ),
    ],
)
def test_a_percentage_names_its_counts_or_says_why_it_has_none(
    copy: Path, old: str, new: str, message: str
) -> None:
    path = copy / "indicators.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        load_catalogue(copy)


def without(text: str, entry: str) -> str:
    """A list file without one of its entries."""
    start = text.index(f"- id: {entry}\n")
    following = text.find("\n- ", start)
    return text[:start] + (text[following + 1 :] if following >= 0 else "")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace("- id: phonics_y1_expected_pct\n", "- id: spelling_pct\n"),
            r"line \d+: indicator 'phonics_y1_expected_pct' is not declared",
        ),
        (
            lambda text: without(text, "infant_mortality_per_1000"),
            r"child_health\.csv, line \d+: indicator 'infant_mortality_per_1000' is not declared",
        ),
        (
            lambda text: text.replace('unit: "per 100 pupils"', 'unit: "per pupil"'),
            "the unit of indicator .* expected per pupil",
        ),
        (
            lambda text: text.replace("counts: in_rows\n", "counts: not_in_files\n"),
            "has counts in .* and `counts` says that there are none",
        ),
        (
            lambda text: text.replace("dataset: tribunal\n", "dataset: ehc_process\n", 1),
            "the data set of indicator 'tribunal_appeal_pct' is tribunal",
        ),
        (
            lambda text: text.replace("sources: [dfe-neet-2025]", "sources: [dfe-ks2-sen]", 1),
            "the source of indicator .* is dfe-neet-2025",
        ),
        (
            lambda text: (
                text
                + "- {id: unheard_of_pct, name: Unheard of, unit: '%', polarity: neutral,"
                + " counts: in_rows, dataset: tribunal, sources: [dfe-lait-2026-04], definition: Nothing}\n"
            ),
            r"indicators\.yaml, line \d+: no data set supplies indicator 'unheard_of_pct'",
        ),
    ],
)
def test_catalogue_and_editions_that_disagree_are_refused(
    copy: Path, editions: list[Edition], change: Change, message: str
) -> None:
    path = copy / "indicators.yaml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        check_supply(load_catalogue(copy), *editions)


def test_a_breakdown_without_a_label_is_refused(copy: Path, editions: list[Edition]) -> None:
    path = copy / "dimensions.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  pmld: Profound and multiple learning difficulty\n", ""), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"need pmld of .* has no label"):
        check_supply(load_catalogue(copy), *editions)


def test_every_suite_knows_every_source_the_catalogue_names_for_its_data_set(catalogue: Catalogue) -> None:
    """A source that is declared for an indicator must not fail its data set only for being new."""
    lacking = {}
    for path in suite_files(ROOT / "expectations"):
        declared = {
            source
            for indicator in catalogue.indicators.values()
            if indicator.dataset == path.stem
            for source in indicator.sources
        }
        given = known_values(path.stem, catalogue=catalogue, known_areas=(), released=date(2026, 1, 31))
        for entry in read_suite(path).expectations:
            if entry.kwargs.get("column") == "source_id" and "value_set" in entry.kwargs:
                known = given[entry.kwargs["value_set"]["$PARAMETER"]]
                lacking[path.stem] = sorted(declared - set(known))
    assert {path.stem for path in suite_files(ROOT / "expectations")} == set(lacking)
    assert {name: missing for name, missing in lacking.items() if missing} == {}
