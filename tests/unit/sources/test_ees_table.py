"""Tables of Explore Education Statistics, read as the catalogue declares them.

Each declared source is read from a synthetic file that is made of its own declaration: its columns, the words
of its breakdowns and the labels that are mapped, with made-up numbers. So a declaration that contradicts
itself fails here, before any publisher is asked.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import DIMENSIONS, KEY
from send_jsna.catalogue.schema import Catalogue, Source, TableLayout
from send_jsna.errors import CatalogueError, DataError
from send_jsna.ingest.cell_text import Meaning, Names
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.ingest.sql import template_columns
from send_jsna.sources import ees_table, registry
from send_jsna.sources.context import Context

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE: Catalogue = load_catalogue(ROOT / "data" / "catalogue")
NAMES = Names.read(ROOT / "data" / "catalogue" / "publisher_names.csv")
CONTEXT = Context(Areas(ROOT / "data" / "areas"), "", None, NAMES)
DECLARED = [source for source in CATALOGUE.sources.values() if source.reader == "ees_table"]

Row = dict[str, str]


def sample(pattern: str) -> str:
    """One text that a pattern of the label map matches: the first of each choice."""
    text = re.sub(r"\(\?P<\w+>\.\+\)", "Unknown", pattern.replace("\\|", "\x00"))
    while "(" in text:
        text = re.sub(r"\(([^()|]*)[^()]*\)\??", r"\1", text)
    text = re.sub(r"\[(.)[^\]]*\]", r"\1", text).replace("?", "").replace("\x00", "|")
    assert re.fullmatch(pattern, text), (pattern, text)
    return text


def labels(source: Source) -> list[str]:
    """A label for each thing that is mapped of a source, exact ones and one for each pattern."""
    patterns = [each.pattern for each, meaning in NAMES.patterns.get(source.id, []) if meaning.indicator]
    return [*NAMES.labels(source.id), *map(sample, patterns)]


def made_up(source: Source, period: str = "202223") -> list[Row]:
    """Rows of England and Coventry that hold all that is declared of a source."""
    layout = source.table or TableLayout()
    mapped = NAMES.columns(source.id)
    parts = [part for each in mapped.values() for part in (each.numerator, each.denominator) if part]
    numbers = dict.fromkeys([*mapped, *(name for part in parts for name in part.split("+"))], "12.34567")
    places = (
        {"geographic_level": "National"},
        {"geographic_level": "Local authority", "region_code": "E12000005", "new_la_code": "E08000026"},
    )
    columns = template_columns(layout.breakdown)
    words = list(dict.fromkeys(label.partition("|")[2] for label in labels(source)))
    rows = []
    for word in words if columns else [""]:
        cells = word.split("|") if len(columns) > 1 else [word][: len(columns)]
        keys = dict.fromkeys(["region_code", "new_la_code"], "")
        for place in places:
            row = {"time_period": period, "country_code": "E92000001", **keys, **place}
            row |= {column: values[0] for column, values in layout.keep.items()}
            row |= dict(zip(columns, cells, strict=True)) | numbers
            rows.append(row)
    return rows


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(source: Source, path: Path, renamed: dict[str, str] | None = None) -> pd.DataFrame:
    files = SourceFiles(source.id, {"main": path}, renamed or source.columns, {}, source.table)
    return registry.tidy(source, files, CONTEXT, CATALOGUE)


@pytest.mark.parametrize("source", DECLARED, ids=lambda source: source.id)
class TestEachDeclaration:
    def test_what_it_names_is_read(self, source: Source, tmp_path: Path) -> None:
        found = read(source, write(tmp_path / "made_up.csv", made_up(source)))
        declared = {
            name
            for name, item in CATALOGUE.indicators.items()
            if source.id in item.sources and item.among is None  # else it is worked out of what is read
        }
        assert set(found["indicator"]) == declared
        assert not found.duplicated(list(KEY)).any()
        assert set(found["area_code"]) == {"E92000001", "E08000026"}
        assert len(found) == 2 * len(labels(source))
        for name in DIMENSIONS:
            assert set(found[name]) - {""} <= set(CATALOGUE.dimensions.get(name, {})), name

    def test_a_word_that_is_missing_is_named(self, source: Source, tmp_path: Path) -> None:
        layout = source.table or TableLayout()
        if not layout.breakdown:
            pytest.skip("it has no breakdown")
        rows = made_up(source)
        columns = template_columns(layout.breakdown)
        gone = tuple(rows[-1][name] for name in columns)
        left = [row for row in rows if tuple(row[name] for name in columns) != gone]
        if not left or gone == ("Unknown",):
            pytest.skip("any word will do")
        with pytest.raises(DataError, match="no row has") as caught:
            read(source, write(tmp_path / "left.csv", left))
        assert source.id in caught.value.line()
        assert "publisher_names.csv" in caught.value.line()

    def test_a_column_that_is_missing_is_named(self, source: Source, tmp_path: Path) -> None:
        rows = made_up(source)
        column = next(iter(NAMES.columns(source.id)))
        left = [{name: cell for name, cell in row.items() if name != column} for row in rows]
        with pytest.raises(DataError, match=f"the column {column!r} is gone"):
            read(source, write(tmp_path / "left.csv", left))

    def test_a_folder_or_the_service_can_supply_it(self, source: Source) -> None:
        assert source.mirror
        assert not any("*" in name for name in source.mirror)
        assert not source.file or source.file.startswith("further/")
        if "sen2-2022" not in source.id:
            assert source.fetch is not None and source.fetch.kind == "ees"


PRU = CATALOGUE.sources["dfe-absence-two-terms-pru"]


def test_rows_of_schools_and_districts_are_not_their_authoritys(tmp_path: Path) -> None:
    rows = made_up(PRU)
    more = [
        row | {"geographic_level": level} for level in ("School", "Local authority district") for row in rows
    ]
    expected = read(PRU, write(tmp_path / "a.csv", rows))
    assert read(PRU, write(tmp_path / "b.csv", [*more, *rows])).equals(expected)
    with pytest.raises(DataError, match="no row is of England, a region or an authority"):
        read(PRU, write(tmp_path / "c.csv", more))


def test_terms_are_never_taken_for_years(tmp_path: Path) -> None:
    terms = made_up(PRU)
    years = [row | {"time_identifier": "Academic year", "sess_overall_percent": "99"} for row in terms]
    assert 99 not in set(read(PRU, write(tmp_path / "a.csv", [*terms, *years]))["value"])
    with pytest.raises(
        DataError, match="no row has 'Autumn and spring term' under time_identifier"
    ) as caught:
        read(PRU, write(tmp_path / "b.csv", years))
    assert "Academic year" not in caught.value.line()


def test_more_decimals_than_a_reader_wants_are_not_shown_and_not_lost(tmp_path: Path) -> None:
    found = read(PRU, write(tmp_path / "a.csv", made_up(PRU)))
    assert set(found["value"]) == {12.34567}
    assert set(found["decimals"]) == {1.0}
    whole = [row | {"sess_overall_percent": "12"} for row in made_up(PRU)]
    found = read(PRU, write(tmp_path / "b.csv", whole))
    assert set(found[found["indicator"] == "absence_two_terms_pru_pct"]["decimals"]) == {0.0}


def test_a_later_release_may_call_its_columns_otherwise(tmp_path: Path) -> None:
    """Columns the catalogue renames are read under either name; under both of them none is guessed."""
    source = CATALOGUE.sources["dfe-eyfsp-headline"]
    rows = made_up(source)
    new = [{source.columns.get(name, name): cell for name, cell in row.items()} for row in rows]
    assert "breakdown_topic" in new[0]
    old = read(source, write(tmp_path / "old.csv", rows))
    assert read(source, write(tmp_path / "new.csv", new)).equals(old)
    with pytest.raises(DataError, match="is there again beside its new name"):
        read(source, write(tmp_path / "both.csv", [row | {"breakdown_topic": "x"} for row in rows]))


def test_areas_that_are_not_wanted_are_left_out(tmp_path: Path) -> None:
    context = Context(CONTEXT.areas, "E08000026", ("E08000026",), NAMES)
    files = SourceFiles(PRU.id, {"main": write(tmp_path / "a.csv", made_up(PRU))}, layout=PRU.table)
    assert set(ees_table.tidy(files, context)["area_code"]) == {"E08000026"}


def test_a_source_without_a_table_is_refused(tmp_path: Path) -> None:
    files = SourceFiles(PRU.id, {"main": write(tmp_path / "a.csv", made_up(PRU))})
    with pytest.raises(CatalogueError, match="declares no table"):
        ees_table.tidy(files, CONTEXT)


def test_two_words_for_one_thing_need_one_of_them(tmp_path: Path) -> None:
    """A release says *State-funded AP school* where the one before said *Pupil referral unit*."""
    source = CATALOGUE.sources["dfe-sen-phase-type"]
    rows = made_up(source)
    other = [
        row | {"phase_type_grouping": row["phase_type_grouping"].replace("State-funded AP school", word)}
        for word in ("Pupil referral unit",)
        for row in rows
    ]
    first = read(source, write(tmp_path / "a.csv", rows))
    second = read(source, write(tmp_path / "b.csv", other))
    assert (
        second[list(KEY)]
        .sort_values(list(KEY), ignore_index=True)
        .equals(first[list(KEY)].sort_values(list(KEY), ignore_index=True))
    )


@pytest.mark.parametrize(
    ("text", "kind", "label"),
    [
        ("202425", "", "2024/25"),
        ("202425", "january", "January 2025"),
        ("2025", "january", "January 2025"),
        ("2024", "", "2024"),
        ("2024", "calendar_year", "2024"),
        ("2025", "winter", "December 2024 to February 2025"),
        ("202425.0", "", "2024/25"),
    ],
)
def test_periods(text: str, kind: str, label: str) -> None:
    assert ees_table.period_of(text, kind).label == label


def test_labels_of_the_map_are_what_the_reader_asks_for() -> None:
    meaning = NAMES.find(
        "dfe-sen-year-group", "nc_year_3|SEN support|Speech, Language and Communications needs"
    )
    assert meaning == Meaning("slcn_sen_support_count", {"need": "slcn", "year_group": "year_3"})
    later = (
        "nc_year_3_pupil_count|SEN support / SEN without an EHC plan|Speech, language and communication needs"
    )
    assert NAMES.find("dfe-sen-year-group-2026", later) == meaning
