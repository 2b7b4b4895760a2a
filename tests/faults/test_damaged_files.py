"""Damaged publishers' files: one clear line or the right figures, never another error or too much memory.

The files are synthetic: real columns with made-up numbers, so that nothing of a publisher stands here.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import resource
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import KEY
from send_jsna.catalogue.periods import Period, parse_period
from send_jsna.errors import DataError, JsnaError
from send_jsna.ingest import sql, text_tables
from send_jsna.ingest.cell_text import Meaning, Names, number_or_none, parse_value
from send_jsna.ingest.mirror import Mirror
from send_jsna.ingest.profile import profile
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import registry, tidying
from send_jsna.sources.context import Context
from send_jsna.sources.ees_table import period_of
from send_jsna.sources.registry import stored_of

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = load_catalogue(ROOT / "data" / "catalogue")
CONTEXT = Context(
    Areas(ROOT / "data" / "areas"), "", None, Names.read(ROOT / "data" / "catalogue" / "publisher_names.csv")
)
#: Resident memory a reader may take of these small files: DuckDB's limit of a table and the libraries.
MEMORY_CAP = 1_500_000_000

AREAS = (
    {"geographic_level": "National", "country_code": "E92000001", "country_name": "England"},
    {
        "geographic_level": "Regional",
        "country_code": "E92000001",
        "region_code": "E12000005",
        "region_name": "West Midlands",
    },
    {
        "geographic_level": "Local authority",
        "country_code": "E92000001",
        "region_code": "E12000005",
        "region_name": "West Midlands",
        "new_la_code": "E08000026",
        "old_la_code": "331",
        "la_name": "Coventry",
    },
)
KEYS = (
    *("time_period", "time_identifier", "geographic_level", "country_code", "country_name"),
    *("region_code", "region_name", "old_la_code", "new_la_code", "la_name"),
)

Rows = list[dict[str, str]]


def ees(periods: tuple[str, ...], *breakdowns: dict[str, str], columns: tuple[str, ...] = ()) -> Rows:
    """Rows in the layout of Explore Education Statistics."""
    names = [*KEYS, *{name: "" for each in breakdowns for name in each}, *columns]
    rows = []
    for period in periods:
        for area in AREAS:
            for each in breakdowns or ({},):
                row = dict.fromkeys(names, "")
                row |= {"time_period": period, "time_identifier": "Academic year", **area, **each}
                row |= {name: str(100 + len(rows)) for name in columns}
                rows.append(row)
    return rows


def columns_of(source: str) -> tuple[str, ...]:
    """Columns of numbers that the label map names of a source, with their parts."""
    found = CONTEXT.names.columns(source)
    parts = [part for each in found.values() for part in (each.numerator, each.denominator) if part]
    return tuple(dict.fromkeys([*found, *(name for part in parts for name in part.split("+"))]))


def sen2() -> Rows:
    totals = {"breakdown_topic": "All requests", "breakdown": "All requests"}
    return ees(("2023", "2024"), totals, columns=columns_of("dfe-sen2-2025-requests"))


def early_years() -> Rows:
    columns = ("gld_percentage", "gld_number", "children_number")
    places = {"gender": "Total", "lad_code": "", "lad_name": ""}
    kinds = ("All SEN", "EHC plan")
    breakdowns = [
        {"characteristic": "SEN provision", "characteristic_type": kind, **places} for kind in kinds
    ]
    return [row | {"gld_percentage": "65.2"} for row in ees(("202122",), *breakdowns, columns=columns)]


def scorecard() -> Rows:
    return ees(("2025",), {"Age": "16-17"}, columns=tuple(_neet_columns()))


def _neet_columns() -> list[str]:
    from send_jsna.sources.school_statistics import NEET_COLUMNS

    return list(NEET_COLUMNS)


def pupil_referral_units() -> Rows:
    rows = ees(("202122", "202223"), columns=columns_of("dfe-absence-two-terms-pru"))
    return [row | {"time_identifier": "Autumn and spring term"} for row in rows]


def dashboard() -> Rows:
    return [
        {
            "time_period": "202122",
            "geographic_level": "Local authority",
            "characteristic": kind,
            "region_name": "West Midlands",
            "new_la_code": "E08000026",
            "la_name": "Coventry",
            "Absence measure": "Overall",
            "Percentage": f"{value}.25",
            "academic_year": "2021/22",
        }
        for value, kind in enumerate(("EHCP or Statement", "SEN support", "No SEN", "All SEN"), 5)
    ]


def community() -> Rows:
    return [
        {
            "Organisation Name": "England",
            "formattedDate": date,
            "Therapy": "Audiology",
            "Total waiting list": "1000",
            "Waiting >18-52 weeks": "100",
            "Waiting >52 weeks": "20",
        }
        for date in ("2023-09-01", "2023-10-01")
    ]


def tool_dictionary() -> Rows:
    return [{"Measure_short": "SEN_TotStat", "Year_Type": "Academic Year"}]


#: A CSV file of each reader: source, resource, its rows.
CSV_FILES: dict[str, tuple[str, str, Callable[[], Rows]]] = {
    "sen2": ("dfe-sen2-2025-requests", "main", sen2),
    "send_dashboard": ("dfe-absence-sen", "main", dashboard),
    "school_statistics": ("dfe-eyfsp-2022", "main", early_years),
    "school_statistics, scorecard": ("dfe-neet-2025", "main", scorecard),
    "nhs": ("nhse-chs-sitrep", "main", community),
    "ees_table": ("dfe-absence-two-terms-pru", "main", pupil_referral_units),
    "lait, dictionary": ("dfe-lait-2026-04", "dictionary", tool_dictionary),
}


def as_csv(rows: Rows) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def tool_values(folder: Path) -> Path:
    """The tool's table of values, synthetic."""
    frame = pd.DataFrame(
        {
            "Short Desc": ["SEN_TotStat"] * 2,
            "Years": ["2024", "2025"],
            "Values": ["4.1", "c"],
            "LA Number": [331.0, 970.0],
        }
    )
    path = folder / "values.parquet"
    frame.to_parquet(path)
    return path


def read(source: str, resource: str, path: Path) -> pd.DataFrame:
    """The observations of a file, by the way every run takes."""
    declared = CATALOGUE.sources[source]
    paths = {resource: path}
    if source == "dfe-lait-2026-04":
        other = path.parent / "other"
        other.mkdir(exist_ok=True)
        if resource == "dictionary":
            paths["main"] = tool_values(other)
        else:
            (other / "dictionary.csv").write_bytes(as_csv(tool_dictionary()))
            paths["dictionary"] = other / "dictionary.csv"
    files = SourceFiles(source, paths, declared.columns, {}, declared.table)
    return registry.tidy(declared, files, CONTEXT, CATALOGUE)


def outcome(source: str, resource: str, path: Path) -> pd.DataFrame | str:
    """The observations, or the one line that refuses them."""
    try:
        return read(source, resource, path)
    except DataError as error:
        assert "\n" not in error.line()
        assert len(error.line()) < 2_000
        assert error.where is not None and source in str(error.where), error.line()
        return error.line()


def figures(frame: pd.DataFrame) -> dict[tuple[str, ...], tuple[str, float | None]]:
    rows = frame[[*KEY, "status", "value"]].itertuples(index=False, name=None)
    return {row[:-2]: (row[-2], None if math.isnan(row[-1]) else row[-1]) for row in rows}


@cache
def sound(reader: str) -> dict[tuple[str, ...], tuple[str, float | None]]:
    """The figures of a reader's file as it is made, undamaged."""
    source, resource, make = CSV_FILES[reader]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole.csv"
        path.write_bytes(as_csv(make()))
        return figures(read(source, resource, path))


# -- by hand ----------------------------------------------------------------------------------------------


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def _flip(content: bytes, place: float) -> bytes:
    at = int(len(content) * place)
    return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


def _with_cell(content: bytes, text: bytes) -> bytes:
    """The first cell of the last row replaced."""
    lines = _lines(content)
    return b"".join([*lines[:-1], text + lines[-1][lines[-1].index(b",") :]])


def _with_column(content: bytes, text: bytes) -> bytes:
    """A further column, which nothing reads."""
    first, *others = content.splitlines()
    return b"\n".join([first + b",Head", *(line + b"," + text for line in others)]) + b"\n"


def _in_every_cell(content: bytes, text: bytes) -> bytes:
    """A byte at the end of every cell under the header."""
    first, *others = content.splitlines()
    return b"\n".join([first, *(line.replace(b",", text + b",") + text for line in others)]) + b"\n"


def _zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", content)
    return buffer.getvalue()


#: Damage that changes nothing a reader may heed: the figures must be the same.
HARMLESS: dict[str, Callable[[bytes], bytes]] = {
    "as it was": lambda content: content,
    "packed": lambda content: gzip.compress(content),
    "packed in two parts": lambda c: gzip.compress(c[:200]) + gzip.compress(c[200:]),
    "line ends of Windows": lambda content: content.replace(b"\n", b"\r\n"),
    "line ends of old Macintoshes": lambda content: content.replace(b"\n", b"\r"),
    "line ends of Windows in the header alone": lambda content: content.replace(b"\n", b"\r\n", 1),
    "line ends of Windows but in one line": lambda c: c.replace(b"\n", b"\r\n").replace(b"\r\n", b"\n", 2),
    "line ends made twice": lambda content: content.replace(b"\n", b"\r\r\n"),
    "mixed line ends, packed": lambda content: gzip.compress(content.replace(b"\n", b"\r\n", 1)),
    "byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "Windows-1252 in a column nothing reads": lambda c: _with_column(c, "Isère – ’".encode("cp1252")),
    "an undefined byte in a column nothing reads": lambda content: _with_column(content, b"\x81\x9d"),
    "UTF-8 in a column nothing reads": lambda content: _with_column(content, "Isère – ’".encode()),
    "a second spelling of a column nothing reads": lambda c: (
        c.replace(b"\n", b",Zz,zZ\n", 1).replace(b"\n", b",1,2\n").replace(b",Zz,zZ,1,2\n", b",Zz,zZ\n", 1)
    ),
    "no end of the last line": lambda content: content[:-1],
    "every cell quoted": lambda content: (
        b"\n".join(
            b",".join(b'"' + cell + b'"' for cell in next(csv_cells(line))) for line in content.splitlines()
        )
        + b"\n"
    ),
}


def csv_cells(line: bytes) -> list[list[bytes]] | object:
    return iter([[cell.encode() for cell in next(csv.reader([line.decode()]))]])


#: Damage that must be refused, in one line.
REFUSED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "only white space": lambda content: b" \n\n ",
    "cut short while packed": lambda content: gzip.compress(content)[:-20],
    "cut in half while packed": lambda c: gzip.compress(c)[: len(gzip.compress(c)) // 2],
    "packed header alone": lambda content: gzip.compress(content)[:10],
    "one bit of the packed body": lambda content: _flip(gzip.compress(content), 0.5),
    "one bit of the packed checksum": lambda content: _flip(gzip.compress(content), 0.985),
    "rubbish after a packed header": lambda content: b"\x1f\x8b\x08\x00" + content,
    "zlib and not gzip": lambda content: zlib.compress(content),
    "a web page": lambda content: b"<!DOCTYPE html><html><body>Sorry</body></html>",
    "a web page, packed": lambda content: gzip.compress(b"\n<html>Sorry</html>"),
    "json": lambda content: json.dumps({"results": [content.decode()]}).encode(),
    "a zip": _zipped,
    "a parquet file": lambda content: b"PAR1" + content + b"PAR1",
    "utf-16": lambda content: content.decode().encode("utf-16"),
    "no header": lambda content: b"".join(_lines(content)[1:]),
    "a column without a name": lambda content: content.replace(b",", b",,", 1),
    "a null in the header": lambda content: b"\x00" + content,
    "a row too short": lambda content: content + b"a\n",
    "a row too long": lambda content: content + _lines(content)[-1].rstrip(b"\n") + b",1,2,3\n",
    "a quotation mark without its end": lambda content: _with_cell(content, b'"2024'),
    "a quotation mark too many": lambda content: _with_cell(content, b'"20"24"'),
    "a line of five megabytes": lambda content: _with_cell(content, b"x" * 5_000_000),
    "a line of five megabytes, packed": lambda c: gzip.compress(_with_cell(c, b"x" * 5_000_000)),
    "an undefined byte where it is read": lambda content: _in_every_cell(content, b"\x81"),
}


@pytest.mark.parametrize("damage", HARMLESS)
@pytest.mark.parametrize("reader", CSV_FILES)
def test_what_does_not_matter_changes_no_figure(tmp_path: Path, reader: str, damage: str) -> None:
    source, resource, make = CSV_FILES[reader]
    other = tmp_path / "other.csv"
    other.write_bytes(HARMLESS[damage](as_csv(make())))
    assert len(sound(reader)) >= 2
    assert figures(read(source, resource, other)) == sound(reader)


@pytest.mark.parametrize("damage", REFUSED)
@pytest.mark.parametrize("reader", CSV_FILES)
def test_what_is_damaged_is_refused_in_one_line(tmp_path: Path, reader: str, damage: str) -> None:
    source, resource, make = CSV_FILES[reader]
    path = tmp_path / "damaged.csv"
    path.write_bytes(REFUSED[damage](as_csv(make())))
    found = outcome(source, resource, path)
    assert isinstance(found, str), found


@pytest.mark.parametrize("reader", CSV_FILES)
def test_a_header_alone_gives_no_figure(tmp_path: Path, reader: str) -> None:
    source, resource, make = CSV_FILES[reader]
    path = tmp_path / "header.csv"
    path.write_bytes(_lines(as_csv(make()))[0])
    found = outcome(source, resource, path)
    assert isinstance(found, str) or found.empty


@pytest.mark.parametrize("reader", CSV_FILES)
def test_a_column_that_stands_twice_is_refused_where_it_is_read(tmp_path: Path, reader: str) -> None:
    source, resource, make = CSV_FILES[reader]
    rows = make()
    path = tmp_path / "twice.csv"
    for column in rows[0]:
        doubled = [",".join([*rows[0], column]), *(",".join([*row.values(), "9"]) for row in rows)]
        path.write_text("\n".join(doubled) + "\n", encoding="utf-8")
        found = outcome(source, resource, path)
        if isinstance(found, pd.DataFrame):
            assert figures(found) == sound(reader), column
        else:
            assert "stands twice" in found


@pytest.mark.parametrize("reader", CSV_FILES)
def test_a_column_that_is_gone_is_named(tmp_path: Path, reader: str) -> None:
    source, resource, make = CSV_FILES[reader]
    rows = make()
    path = tmp_path / "gone.csv"
    for column in rows[0]:
        path.write_bytes(as_csv([{key: cell for key, cell in row.items() if key != column} for row in rows]))
        found = outcome(source, resource, path)
        if isinstance(found, str):
            assert f"the column {column!r} is gone" in found
        else:
            assert figures(found) == sound(reader), column


#: Cells in the place of a number, and what becomes of them: a value, a reason code, or None for an error.
CELLS = {
    "1,234": 1234.0,
    "1,234,567.5": 1234567.5,
    " 12 ": 12.0,
    "12%": 12.0,
    "-3.5": -3.5,
    "+3": 3.0,
    ".5": 0.5,
    "5.": 5.0,
    "1e3": 1000.0,
    "1e-400": 0.0,
    "c": "c",
    "": "x",
    ":": "x",
    "..": "x",
    "low": "low",
    "1e999": None,
    "-1e999": None,
    "nan": None,
    "NaN": None,
    "inf": None,
    "-Infinity": None,
    "−5": None,
    "1.2.3": None,
    "1,5": None,
    "1.234,5": None,
    "1,23,456": None,
    "12 345": None,
    "1_000": None,
    "٣": None,
    "0x10": None,
    "12 (p)": None,
    "%": None,
    "é": None,
    "C": None,
    "1\x00": None,
}


@pytest.mark.parametrize("text", CELLS, ids=ascii)
def test_a_cell_is_a_number_a_reason_or_an_error(tmp_path: Path, text: str) -> None:
    rows = pupil_referral_units()
    rows[-1]["sess_overall_percent"] = text
    path = tmp_path / "cells.csv"
    path.write_bytes(as_csv(rows))
    found = outcome("dfe-absence-two-terms-pru", "main", path)
    expected = CELLS[text]
    if expected is None:
        assert isinstance(found, str), text
        assert "is not a number" in found or "cannot be read" in found
        return
    assert isinstance(found, pd.DataFrame), found
    row = found[
        (found["indicator"] == "absence_two_terms_pru_pct")
        & (found["area_code"] == "E08000026")
        & (found["period"] == "2022/23")
    ].iloc[0]
    assert (row["status"] if isinstance(expected, str) else row["value"]) == expected


class TestParquet:
    """The tool's table, the one file that is not CSV."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tool_values(tmp_path)

    def test_it_is_read(self, path: Path) -> None:
        found = read("dfe-lait-2026-04", "main", path)
        assert figures(found) == {
            ("ehc_plan_pct", "E08000026", "2023/24", *[""] * 12): ("final", 4.1),
            ("ehc_plan_pct", "E92000001", "2024/25", *[""] * 12): ("c", None),
        }

    @pytest.mark.parametrize("place", [0.0, 0.001, 0.2, 0.5, 0.9, 0.995, 0.999])
    @pytest.mark.parametrize("how", ["flip", "cut", "nulls", "cut before"])
    def test_damage_is_refused_or_changes_nothing(self, path: Path, how: str, place: float) -> None:
        whole, at = path.read_bytes(), int(path.stat().st_size * place)
        expected = figures(read("dfe-lait-2026-04", "main", path))
        path.write_bytes(
            {
                "flip": _flip(whole, place),
                "cut": whole[:at],
                "nulls": whole[:at] + bytes(min(64, len(whole) - at)) + whole[at + 64 :],
                "cut before": whole[at + 1 :],
            }[how]
        )
        found = outcome("dfe-lait-2026-04", "main", path)
        assert isinstance(found, str) or set(figures(found).items()) <= set(expected.items())

    @pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1PAR1", b"a,b\n1,2\n", b"<html>"])
    def test_what_is_no_parquet_is_refused(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        assert isinstance(outcome("dfe-lait-2026-04", "main", path), str)


@pytest.mark.parametrize("damage", [*HARMLESS, *REFUSED])
def test_a_profile_is_made_or_refused_in_one_line(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "profiled"
    path.write_bytes((HARMLESS | REFUSED)[damage](as_csv(pupil_referral_units())))
    try:
        found = profile(path, where="a source, profiled")
    except DataError as error:
        assert "\n" not in error.line()
        assert damage in REFUSED
    else:
        assert found.size == path.stat().st_size
        if damage in HARMLESS:
            assert (found.rows, found.areas, found.latest) == (6, ("E08000026",), "2022-09-01")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00broken", gzip.compress(b"a,b\n", mtime=0)[:-4], b"\x00" * 50],
)
def test_a_damaged_file_of_a_folder_is_one_line(tmp_path: Path, content: bytes) -> None:
    from send_jsna.ingest.incoming import from_mirror

    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "4_absence_2term_pru.csv.gz").write_bytes(content)
    (folder / "sub").mkdir()
    (folder / "sub" / "4_absence_2term_pru.csv").write_bytes(b"a\n")
    source = CATALOGUE.sources["dfe-absence-two-terms-pru"]
    try:
        files = Mirror(folder).find(source)
        assert files is not None
        from_mirror(source, files, tmp_path / "scratch", {}, stored_of(source))
    except JsnaError as error:
        assert "\n" not in error.line()


# -- by Hypothesis ----------------------------------------------------------------------------------------

SLOW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(st.binary(max_size=400))
@pytest.mark.parametrize("reader", CSV_FILES)
def test_rubbish_is_refused_or_empty(tmp_path: Path, reader: str, content: bytes) -> None:
    source, resource, _make = CSV_FILES[reader]
    path = tmp_path / "rubbish"
    path.write_bytes(content)
    found = outcome(source, resource, path)
    assert isinstance(found, str) or found.empty


@SLOW
@given(st.data())
@pytest.mark.parametrize("reader", CSV_FILES)
def test_a_packed_file_with_changed_bytes_is_refused_or_the_same(
    tmp_path: Path, reader: str, data: st.DataObject
) -> None:
    """Its checksum tells; a change that unpacks to the same bytes is none."""
    source, resource, make = CSV_FILES[reader]
    whole = as_csv(make())
    packed = bytearray(gzip.compress(whole, mtime=0))
    for place in data.draw(st.lists(st.integers(0, len(packed) - 1), min_size=1, max_size=3)):
        packed[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "packed"
    path.write_bytes(packed)
    found = outcome(source, resource, path)
    if isinstance(found, pd.DataFrame):
        assert figures(found) == sound(reader)


@SLOW
@given(st.data())
@pytest.mark.parametrize("reader", CSV_FILES)
def test_rows_that_are_lost_or_moved_give_no_other_figure(
    tmp_path: Path, reader: str, data: st.DataObject
) -> None:
    source, resource, make = CSV_FILES[reader]
    lines = _lines(as_csv(make()))
    order = data.draw(st.permutations(range(1, len(lines))))
    kept = order[: data.draw(st.integers(0, len(order)))]
    path = tmp_path / "moved"
    path.write_bytes(b"".join([lines[0], *(lines[place] for place in kept)]))
    found = outcome(source, resource, path)
    if isinstance(found, pd.DataFrame):
        assert set(figures(found).items()) <= set(sound(reader).items())


NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.integers(-(10**25), 10**25).map(str),
    st.integers(-(10**9), 10**9).map(lambda number: f"{number:,}"),
    st.decimals(allow_nan=True).map(str),
    st.text(alphabet="0123456789.,eE+-% _\t", max_size=12),
    st.text(max_size=6),
    st.sampled_from([*CELLS, "*", "-", "NA", "n/a", "k", "~", "z", "u", "x"]),
)


def by_sql(texts: list[str]) -> list[tuple[float | None, int | None, str] | None]:
    """What the tables' SQL makes of cells: value, decimals and status, or None where it refuses them."""
    found: list[tuple[float | None, int | None, str] | None] = []
    for text in texts:
        with text_tables.connection() as con:
            frame = pd.DataFrame({"text": pd.Series([text], dtype="str")})
            table = text_tables.open_frame(con, frame, where="a table")
            try:
                row = tidying.observations(
                    con,
                    f"SELECT 'a' AS label, 'E08000026' AS area_code, '2024' AS source_period, text"
                    f" FROM {table.name}",
                    source_id="s",
                    where="a table",
                    meaning=lambda _: Meaning("x_count", {}),
                    codes=None,
                ).iloc[0]
            except DataError:
                found.append(None)
                continue
        value = None if pd.isna(row["value"]) else float(row["value"])
        decimals = None if pd.isna(row["decimals"]) else int(row["decimals"])
        found.append((value, decimals, str(row["status"])))
    return found


def by_python(text: str) -> tuple[float | None, int | None, str] | None:
    try:
        return parse_value(text, "a table")
    except DataError:
        return None


@settings(max_examples=25, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=4))
@example(list(CELLS))
def test_sql_and_python_read_a_cell_alike(texts: list[str]) -> None:
    for text, found in zip(texts, by_sql(texts), strict=True):
        assert found == by_python(text), repr(text)


@settings(max_examples=120, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=8))
@example(list(CELLS))
def test_sql_and_python_read_a_count_alike(texts: list[str]) -> None:
    with text_tables.connection() as con:
        frame = pd.DataFrame({"text": pd.Series(texts, dtype="str")})
        con.register("counts", frame)
        rows = con.execute(f"SELECT text, {sql.number_sql('text')} FROM counts").fetchall()
    for text, found in rows:
        expected = number_or_none(text)
        assert found == expected, repr(text)
        assert found is None or math.isfinite(found), repr(text)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12), st.integers(0, 6))
def test_a_printed_number_comes_back_with_its_decimals(number: float, places: int) -> None:
    text = f"{number:,.{places}f}"
    value, decimals, status = parse_value(text, "here")
    assert status == "final"
    assert value is not None and decimals is not None
    assert value == pytest.approx(float(text.replace(",", "")), rel=1e-9, abs=1e-12)
    assert decimals <= places


@settings(deadline=None)
@given(st.integers(1950, 2098))
def test_every_way_to_print_an_academic_year_is_the_same_period(start: int) -> None:
    end = start + 1
    ways = [f"{start}/{end % 100:02d}", f"{start}/{end}", f"{end} (Academic Year)"]
    found = {parse_period(way) for way in ways}
    assert len(found) == 1
    period = found.pop()
    assert (period.start.year, period.end.year) == (start, end)
    assert parse_period(period.label) == period


@settings(deadline=None)
@given(st.integers(2000, 2098), st.sampled_from(["", "january", "winter", "academic_year", "calendar_year"]))
def test_a_period_of_six_digits_ends_a_year_later(start: int, kind: str) -> None:
    text = f"{start}{(start + 1) % 100:02d}"
    found = period_of(text, kind)
    assert found.end.year == start + 1
    assert found == period_of(f"{text}.0", kind)
    wrong = f"{start}{(start + 3) % 100:02d}"
    with pytest.raises(DataError, match="no known shape"):
        period_of(wrong, kind)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=20), st.from_regex(r"[0-9 /()A-Za-z-]{0,16}", fullmatch=True)))
def test_a_period_is_read_or_refused(text: str) -> None:
    for read_one in (parse_period, lambda each: period_of(each, "january")):
        try:
            found = read_one(text)
        except DataError as error:
            assert "\n" not in error.line() or "\n" in text or not text.isprintable()
        else:
            assert isinstance(found, Period)
            assert found.start <= found.end


# -- memory -----------------------------------------------------------------------------------------------

_PROBE = """
import sys, time
sys.path[:0] = {tests!r}
from faults.test_damaged_files import *
from faults.test_damaged_files import _lines
path = Path(sys.argv[1]) / "probed"
damages = [
    REFUSED["a line of five megabytes"],
    REFUSED["a line of five megabytes, packed"],
    lambda content: gzip.compress(content + b"x" * 200_000_000, compresslevel=1),
    lambda content: content + (_lines(content)[-1] * 100)[:-2] + b'"' + b"a,\\n" * 10_000_000,
]
right = 0
for source, resource, make in CSV_FILES.values():
    for damage in damages:
        path.write_bytes(damage(as_csv(make())))
        found = outcome(source, resource, path)
        if not isinstance(found, str):
            path.write_bytes(as_csv(make()))
            assert figures(found) == figures(read(source, resource, path)), source
        right += 1
print(right, len(damages))
"""


def test_no_damage_takes_more_than_its_memory(tmp_path: Path) -> None:
    """Long lines, 200 MB packed into one line and a quotation mark that swallows 30 MB, in one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _PROBE.replace("{tests!r}", repr([str(ROOT / "tests"), str(ROOT / "tests" / "support")])),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    right, tried = map(int, done.stdout.split())
    assert right == tried * len(CSV_FILES)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert peak < MEMORY_CAP or peak == before * 1024
