"""Files from outside: links, packed files that lie or burst, and what a message may repeat of a file.

All files are synthetic. ``SECRET`` stands for what only the file's owner may see, such as a pupil's row.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
import resource
import struct
import traceback
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import publisher_documents as docs
import pytest
from test_damaged_files import CATALOGUE, CSV_FILES, as_csv, outcome, pupil_referral_units

from send_jsna import cli
from send_jsna.editions import obtain
from send_jsna.errors import DataError, JsnaError
from send_jsna.ingest import opening, sheets, text_tables
from send_jsna.ingest.dates import latest_day
from send_jsna.ingest.intake import IntakeResult
from send_jsna.ingest.mirror import Mirror
from send_jsna.ingest.profile import profile
from send_jsna.progress import Stage
from send_jsna.runs.inputs import open_edition
from send_jsna.settings import Settings, get_settings
from send_jsna.sources import reading, registry

SECRET = "Zebedee Quill"
UNITS = CATALOGUE.sources["dfe-absence-two-terms-pru"]
GIAS = CATALOGUE.sources["dfe-gias"]
UNITS_FILE = "4_absence_2term_pru.csv"
GIAS_FILE = "edubasealldata20251114.csv"


def folder_of(tmp_path: Path, **files: bytes) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def gias(*changes: dict[str, Any], encoding: str = "cp1252") -> bytes:
    rows = [docs.gias_school(number, **each) for number, each in enumerate(changes or ({},), 1)]
    return docs.records(docs.GIAS, rows, encoding)


def brought(folder: Path, tmp_path: Path, *sources: Any, accept: bool = False) -> dict[str, IntakeResult]:
    """What came of some sources of a folder, by id, as every command brings them."""
    settings = Settings(state=tmp_path / "state")
    found = obtain.obtain_all(list(sources), settings, folder, Stage("fetch"), accept=accept)
    return {item.source.id: item for item in found}


def only_line(item: IntakeResult) -> str:
    (line,) = item.sentences
    assert "\n" not in line
    assert SECRET not in line
    return line


class TestFolder:
    """What is read of a folder of downloads."""

    def secret(self, tmp_path: Path) -> Path:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / UNITS_FILE).write_text(f"{SECRET}\n{SECRET},1\n", encoding="utf-8")
        return outside

    @pytest.mark.parametrize("name", [UNITS_FILE, f"{UNITS_FILE}.gz", f"deep/{UNITS_FILE}"])
    def test_a_link_out_of_it_is_refused_and_not_read(self, tmp_path: Path, name: str) -> None:
        folder = folder_of(tmp_path, **{GIAS_FILE: gias()})
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(self.secret(tmp_path) / UNITS_FILE)
        found = brought(folder, tmp_path, UNITS, GIAS)
        line = only_line(found[UNITS.id])
        assert line.startswith(f"{folder / name}: it is a link that leads out of the folder")
        assert found[GIAS.id].outcome == "new"
        stored = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
        assert stored and all(SECRET.encode() not in path.read_bytes() for path in stored)

    def test_a_relative_link_out_of_it_is_refused(self, tmp_path: Path) -> None:
        self.secret(tmp_path)
        folder = folder_of(tmp_path)
        (folder / UNITS_FILE).symlink_to(f"../outside/{UNITS_FILE}")
        with pytest.raises(DataError, match="leads out of the folder"):
            Mirror(folder).find(UNITS)

    def test_a_linked_folder_is_not_entered(self, tmp_path: Path) -> None:
        folder = folder_of(tmp_path, **{GIAS_FILE: gias()})
        (folder / "more").symlink_to(self.secret(tmp_path), target_is_directory=True)
        assert Mirror(folder).find(UNITS) is None

    def test_a_name_that_climbs_finds_nothing(self, tmp_path: Path) -> None:
        self.secret(tmp_path)
        folder = folder_of(tmp_path, **{GIAS_FILE: gias()})
        climbing = UNITS.model_copy(update={"file": f"../outside/{UNITS_FILE}", "mirror": ["../outside/*"]})
        assert Mirror(folder).find(climbing) is None

    def test_links_within_it_are_followed_and_broken_ones_are_none(self, tmp_path: Path) -> None:
        folder = folder_of(tmp_path, kept=as_csv(pupil_referral_units()))
        (folder / UNITS_FILE).symlink_to("kept")
        (folder / "loop").symlink_to("loop")
        (folder / "nowhere").symlink_to("gone")
        assert brought(folder, tmp_path, UNITS)[UNITS.id].outcome == "new"

    def test_the_folder_itself_may_be_a_link(self, tmp_path: Path) -> None:
        folder_of(tmp_path, **{UNITS_FILE: as_csv(pupil_referral_units())})
        (tmp_path / "link").symlink_to(tmp_path / "mirror")
        assert Mirror(tmp_path / "link").find(UNITS) is not None


WHOLE = gzip.compress(as_csv(pupil_referral_units()), mtime=0)
DAMAGED = {
    "cut short": WHOLE[:-9],
    "cut in its first bytes": WHOLE[:11],
    "not packed at all": as_csv(pupil_referral_units()),
    "words": SECRET.encode(),
    "a flipped bit": WHOLE[:60] + bytes([WHOLE[60] ^ 4]) + WHOLE[61:],
}


def gzip_of_zeros(millions: int) -> bytes:
    """Millions of zero bytes, packed: a million is compressed once, since the blocks are all the same."""
    zeros = bytes(1_000_000)
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = compressor.compress(zeros) + compressor.flush(zlib.Z_FULL_FLUSH)
    sum_of_all = 0
    for _ in range(millions):
        sum_of_all = zlib.crc32(zeros, sum_of_all)
    end = struct.pack("<II", sum_of_all, millions * len(zeros) % 2**32)
    return b"\x1f\x8b\x08" + bytes(5) + b"\x02\xff" + block * millions + compressor.flush() + end


class TestPacked:
    """Files that are not packed as they say, or burst."""

    @pytest.mark.parametrize("places", [("",), ("a/", "b/")])
    @pytest.mark.parametrize("how", DAMAGED)
    def test_a_damaged_one_is_its_sources_line(
        self, tmp_path: Path, how: str, places: tuple[str, ...]
    ) -> None:
        folder = folder_of(tmp_path, **{GIAS_FILE: gias()})
        for place in places:
            (folder / place).mkdir(exist_ok=True)
            (folder / f"{place}{UNITS_FILE}.gz").write_bytes(DAMAGED[how])
        found = brought(folder, tmp_path, UNITS, GIAS)
        assert only_line(found[UNITS.id]).startswith(f"{folder}/{places[0]}{UNITS_FILE}.gz: ")
        assert found[UNITS.id].outcome == "failed"
        assert found[GIAS.id].outcome == "new"

    def test_a_bomb_is_refused_in_little_memory_and_leaves_nothing(self, tmp_path: Path) -> None:
        packed = gzip_of_zeros(3_000)
        assert len(packed) < 4_000_000
        folder = folder_of(tmp_path, **{f"{UNITS_FILE}.gz": packed, GIAS_FILE: gias()})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = brought(folder, tmp_path, UNITS, GIAS)
        assert "unpacks to more than 200 times its" in only_line(found[UNITS.id])
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000
        state = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in state) < 1_000_000

    def test_a_bomb_inside_a_fetched_file_is_refused_by_every_reader(self, tmp_path: Path) -> None:
        path = tmp_path / "packed"
        path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 30_000_000))
        for read in (
            lambda: profile(path, where="here"),
            lambda: list(opening.chunks(path, "here")),
            lambda: opening.text_of(path, "here"),
        ):
            with pytest.raises(DataError, match=r"unpacks to more than|has more than"):
                read()

    def test_a_bomb_in_a_zip_or_a_workbook_is_refused_before_it_is_unpacked(self, tmp_path: Path) -> None:
        path = tmp_path / "bomb"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", b"a,b\n" + b"1,2\n" * 10_000_000)
            archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 10_000_000)
        with pytest.raises(DataError, match="here: it unpacks to"), reading.csv_files(path, "x", "here"):
            pass
        with pytest.raises(DataError, match="here: the workbook unpacks to"):
            sheets.read(path, "here")

    @pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
    def test_a_workbook_or_zip_that_is_cut_short_is_one_line(self, tmp_path: Path, share: float) -> None:
        content = docs.workbook({"IMD": [["a", SECRET], [1, 2]]})
        path = tmp_path / "cut"
        path.write_bytes(content[: int(len(content) * share)])
        for read in (
            lambda: sheets.read(path, "here"),
            lambda: reading.csv_files(path, "x", "here").__enter__(),
        ):
            with pytest.raises(DataError) as caught:
                read()
            assert caught.value.line().startswith("here: ")
            assert SECRET not in caught.value.line()


class TestOpening:
    """Encodings, days and accepting: gate and reader take the same."""

    def test_a_file_in_windows_1252_passes_gate_and_reader_and_so_does_the_next(self, tmp_path: Path) -> None:
        name = "Schön – ’s"
        for number in (1, 2):
            made = gias(*[{"EstablishmentName": name}] * (number + 2))
            found = brought(folder_of(tmp_path, **{GIAS_FILE: made}), tmp_path, GIAS, accept=number == 2)
            assert (found[GIAS.id].outcome, found[GIAS.id].sentences) == ("new", ())
        (used,) = found[GIAS.id].retrievals.values()
        assert used.published == date(2025, 11, 14)

    def test_a_file_after_one_that_a_person_accepted_is_held_against_nothing(self, tmp_path: Path) -> None:
        """A person may have accepted, long ago, what the gate cannot look through."""
        found = brought(folder_of(tmp_path, **{GIAS_FILE: gias()}), tmp_path, GIAS)
        (used,) = found[GIAS.id].retrievals.values()
        (tmp_path / "state" / "snapshots" / used.sha256).write_bytes(b"")
        for path in (tmp_path / "state" / "snapshots" / "profiles").iterdir():
            path.unlink()
        again = brought(folder_of(tmp_path, **{GIAS_FILE: gias({}, {})}), tmp_path, GIAS)
        assert again[GIAS.id].outcome == "new"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    def test_every_way_to_write_a_text_is_the_same_text(
        self, tmp_path: Path, encoding: str, end: str, pack: Callable[[bytes], bytes]
    ) -> None:
        lines = ["naïve,Größe", "Café – ’s,1", '"a, b",2', ""]
        path = tmp_path / "text.csv"
        path.write_bytes(pack(end.join(lines).encode(encoding)))
        assert opening.text_of(path, "here") == "\n".join(lines)
        with text_tables.connection() as con:
            table = text_tables.open_csv(con, path, where="here")
            assert table.columns == ("naïve", "Größe")
            found = con.execute(f"SELECT * FROM {table.name}").fetchall()
        assert found == [("Café – ’s", "1"), ("a, b", "2")]
        assert list(profile(path, where="here").columns) == ["naïve", "Größe"]

    def test_a_line_end_and_a_letter_across_two_pieces_are_read_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "text.csv"
        for shift in range(-2, 3):
            filler = "x" * ((1 << 20) - 4 + shift)
            path.write_bytes(f"a\n{filler}\r\né\r\n".encode())
            assert opening.text_of(path, "here") == f"a\n{filler}\né\n"

    def test_an_undefined_byte_matters_only_where_it_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "bytes.csv"
        path.write_bytes(b"read,other\n1,\x81\n2,x\n")
        with text_tables.connection() as con:
            table = text_tables.open_csv(con, path, where="here")
            assert con.execute(f"SELECT read FROM {table.name}").fetchall() == [("1",), ("2",)]
            with (
                pytest.raises(DataError, match="here, column 2: a letter cannot be read"),
                text_tables.plain_errors("here"),
            ):
                con.execute(f"SELECT other FROM {table.name}").fetchall()
        assert profile(path, where="here").rows == 2

    @pytest.mark.parametrize(
        ("name", "day"),
        [
            (GIAS_FILE, date(2025, 11, 14)),
            ("latest_inspections_as_at_31_Jan_2026.csv", date(2026, 1, 31)),
            ("community_health_2023-12-01.xlsx", date(2023, 12, 1)),
            ("1_eyfsp_headline_measures_2022.csv", None),
            ("sen2_2025.csv", None),
        ],
    )
    def test_the_day_in_a_name_is_read_and_no_year_is_taken_for_one(
        self, name: str, day: date | None
    ) -> None:
        assert latest_day(name) == day


class TestOneSource:
    """No exception of a library leaves a source."""

    @pytest.mark.parametrize("fault", [KeyError(SECRET), ValueError(SECRET), RecursionError(SECRET)])
    @pytest.mark.parametrize("place", ["tidy", "profile", "find"])
    def test_a_fault_of_code_is_its_sources_line_and_is_logged(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        fault: Exception,
        place: str,
    ) -> None:
        find = Mirror.find

        def fails(*_: Any, **__: Any) -> Any:
            raise fault

        def fails_for_one(mirror: Mirror, source: Any) -> Any:
            return fails() if source is UNITS else find(mirror, source)

        if place == "tidy":
            module = registry.module_of(UNITS.reader, "here")
            monkeypatch.setattr(module, "tidy", fails)
        elif place == "profile":
            monkeypatch.setattr("send_jsna.ingest.intake.profile", fails)
        else:
            monkeypatch.setattr(Mirror, "find", fails_for_one)
        folder = folder_of(tmp_path, **{UNITS_FILE: as_csv(pupil_referral_units()), GIAS_FILE: gias()})
        with caplog.at_level(logging.ERROR, logger="send_jsna"):
            found = brought(folder, tmp_path, UNITS, GIAS)
        assert f"failed ({type(fault).__name__})" in only_line(found[UNITS.id])
        assert "in fails" in caplog.text
        assert SECRET not in caplog.text
        assert found[GIAS.id].outcome == ("refused" if place == "profile" else "new")

    def test_a_fault_in_an_extract_repeats_nothing_of_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: Any) -> Any:
            raise ValueError(SECRET)

        monkeypatch.setattr("send_jsna.council.build", fails)
        with pytest.raises(
            DataError, match=r"reading the council's extracts failed \(ValueError\)"
        ) as caught:
            open_edition(Settings(), "2025", "E08000026")
        assert SECRET not in "".join(traceback.format_exception(caught.value))

    def test_two_columns_that_differ_in_capitals_are_refused_where_one_is_read(self, tmp_path: Path) -> None:
        rows = [{**row, "SESS_Overall_Percent": SECRET} for row in pupil_referral_units()]
        folder = folder_of(tmp_path, **{UNITS_FILE: as_csv(rows), GIAS_FILE: gias()})
        found = brought(folder, tmp_path, UNITS, GIAS)
        assert "'sess_overall_percent' stands twice, in capital and in small" in only_line(found[UNITS.id])
        assert found[GIAS.id].outcome == "new"


def _last_cell(content: bytes, text: bytes) -> bytes:
    return content[: content.rstrip(b"\n").rindex(b",") + 1] + text + b"\n"


#: A file in which the secret stands, made of a sound one.
PLANTED: dict[str, Callable[[bytes], bytes]] = {
    "another file": lambda c: f"{SECRET},UPN\n{SECRET},A123\n".encode(),
    "no table": lambda c: f"root:x:0:0:{SECRET}:/root:/bin/sh\n{SECRET}\n".encode(),
    "a row too short": lambda c: c + f"{SECRET}\n".encode(),
    "a row too long": lambda c: c + c.splitlines()[-1] + f",{SECRET},{SECRET}\n".encode(),
    "a quotation mark without its end": lambda c: c + f'"{SECRET}\n'.encode(),
    "words after a quotation": lambda c: c + f'"{SECRET}" {SECRET}\n'.encode(),
    "a line of five megabytes": lambda c: c + SECRET.encode() * 400_000 + b"\n",
    "in the last cell": lambda c: _last_cell(c, SECRET.encode()),
    "in every cell": lambda c: b"\n".join(
        [
            c.splitlines()[0],
            *(b",".join([SECRET.encode()] * (line.count(b",") + 1)) for line in c.splitlines()[1:]),
        ]
    ),
    "a header without names": lambda c: b"," + SECRET.encode() + b",\n1,2,3\n",
    "an undefined byte": lambda c: c.replace(b",", SECRET.encode() + b"\x81,"),
    "a web page": lambda c: f"<html>{SECRET}</html>".encode(),
    "json": lambda c: f'{{"a": "{SECRET}"'.encode(),
}


@pytest.mark.parametrize("how", PLANTED)
@pytest.mark.parametrize("reader", CSV_FILES)
def test_no_message_repeats_a_file_that_is_refused(
    tmp_path: Path, reader: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    source, resource_name, make = CSV_FILES[reader]
    path = tmp_path / "planted.csv"
    path.write_bytes(PLANTED[how](as_csv(make())))
    found = outcome(source, resource_name, path)
    if isinstance(found, str):
        assert not any(word in found for word in (*SECRET.split(), SECRET)), found
    try:
        profile(path, where="here")
    except JsnaError as error:
        assert SECRET.split()[0] not in error.line()
    assert SECRET.split()[0] not in caplog.text


def test_a_name_close_to_a_declared_one_is_given_as_advice_and_no_other(tmp_path: Path) -> None:
    rows = [
        {("LA_Name" if key == "la_name" else key): cell for key, cell in row.items()}
        for row in pupil_referral_units()
    ]
    path = tmp_path / "renamed.csv"
    path.write_bytes(as_csv([{**row, SECRET: "1"} for row in rows]))
    with (
        text_tables.connection() as con,
        pytest.raises(DataError, match="'LA_Name' may be its new name") as caught,
    ):
        text_tables.open_csv(con, path, where="here").need("la_name")
    assert SECRET not in caught.value.line()


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "a" * 300],
        ["refresh", "--direct", "--edition", "é" * 200],
        ["refresh", "--direct", f"--mirror={'a' * 300}"],
        ["fetch", "dfe-gias", "--mirror", f"x/{'a' * 300}"],
        ["trace", "a" * 300],
    ],
)
def test_a_name_no_file_can_have_is_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    assert capsys.readouterr().err == (
        "jsna: an argument has a name of more than 255 bytes; expected one that a file can have\n"
    )


def test_a_path_the_system_does_not_take_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JSNA_RUNS", "/tmp/" + "a" * 300)
    get_settings.cache_clear()
    assert cli.run(["runs"]) == 11
    get_settings.cache_clear()
    assert capsys.readouterr().err.startswith("jsna: a path is longer than the system takes")


def _planted_csv(content: bytes) -> Iterator[bytes]:
    """The file with the secret in every row of one column, and in one cell of its header, for each column."""
    rows = list(csv.reader(io.StringIO(content.decode("cp1252"))))
    for column in range(len(rows[0])):
        for changed in (slice(0, 1), slice(1, None)):
            made = [list(row) for row in rows]
            for row in made[changed]:
                row[column] = SECRET
            yield docs.table(made[0], made[1:])


def _planted_workbook(content: bytes) -> Iterator[bytes]:
    """The workbook with the secret in a column of a sheet, in a row, and as a title, for each."""

    def lines(sheet: Any) -> list[Any]:
        return [*sheet.iter_rows(), *sheet.iter_cols(min_row=sheet.max_row)]

    whole = openpyxl.load_workbook(io.BytesIO(content))
    for title in whole.sheetnames:
        book = openpyxl.load_workbook(io.BytesIO(content))
        book[title].title = SECRET
        yield _saved(book)
        for place in range(len(lines(whole[title]))):
            book = openpyxl.load_workbook(io.BytesIO(content))
            for cell in lines(book[title])[place]:
                cell.value = SECRET
            yield _saved(book)


def _saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _planted_json(content: bytes) -> Iterator[bytes]:
    """The document with the secret in the place of one of its parts, for each, and cut in the midst of it."""

    def places(part: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, inner in items:
            yield (*place, key)
            yield from places(inner, (*place, key))

    for *way, last in places(json.loads(content)):
        made = json.loads(content)
        part = made
        for step in way:
            part = part[step]
        part[last] = SECRET
        yield json.dumps(made).encode()
    yield content[:200] + SECRET.encode()


def _community() -> bytes:
    services = ["(A) Podiatry", "(CYP) Audiology", "(CYP) Community paediatric service"]
    services += [
        f"(CYP) Therapy interventions: {one}" for one in ("Occupational therapy", "Speech and language")
    ]
    rows = [
        ["Waiting list by service, October 2023"],
        ["Organisation Type", "Organisation Code", "Organisation Name", *services],
        ["National", "", "England", 1, 2, 3, 4, 5],
        ["ICB", "QWU", "COVENTRY AND WARWICKSHIRE", 1, 2, 3, 4, 5],
    ]
    return docs.workbook(dict.fromkeys(("Table 4", "Table 4f", "Table 4g"), rows))


def _pupils() -> bytes:
    """Pupils by ethnic group, whose labels are made of the file's words by an open pattern."""
    rows = []
    for place in ("National", "Local authority"):
        row = dict.fromkeys(("region_code", "new_la_code", "language"), "")
        row |= {"time_period": "202324", "geographic_level": place, "country_code": docs.ENGLAND}
        row |= {"new_la_code": docs.COVENTRY if place == "Local authority" else "", "ethnicity": "Asian"}
        row |= {
            "language": "Total",
            "phase_type_grouping": "Total",
            "headcount": "5",
            "percent_of_pupils": "2",
        }
        rows += [row, row | {"ethnicity": "Total"}, row | {"ethnicity": SECRET, "percent_of_pupils": "many"}]
    return docs.records(list(rows[0]), rows)


#: A sound file of each of the other readers: source, name, content, and the ways the secret is planted.
SOUND: dict[str, tuple[str, str, Callable[[], bytes], Callable[[bytes], Iterator[bytes]]]] = {
    "gias": ("dfe-gias", GIAS_FILE, gias, _planted_csv),
    "ofsted": (
        "ofsted-inspections",
        "as_at_31_Jan_2026.csv",
        lambda: docs.records(docs.OFSTED, [docs.ofsted_school(1, "2")]),
        _planted_csv,
    ),
    "fingertips": (
        "ohid-fingertips",
        "fingertips-area-type-502.csv",
        lambda: docs.fingertips([docs.fingertips_row(), docs.fingertips_row(area=docs.ENGLAND)]),
        _planted_csv,
    ),
    "nomis": (
        "ons-population-by-age",
        "p.csv",
        lambda: docs.nomis_page(docs.nomis_lines(range(3))),
        _planted_csv,
    ),
    "pupils": ("dfe-spc-2022", "spc.csv", _pupils, _planted_csv),
    "autism": ("nhse-autism-statistics", "a.csv", lambda: docs.autism(docs.autism_row()), _planted_csv),
    "deprivation": ("mhclg-iod-2019", "File_11_-_IoD2019.xlsx", docs.deprivation, _planted_workbook),
    "community": ("nhse-chs-workbooks", "community_health_2023-12-01.xlsx", _community, _planted_workbook),
    "services": ("open-referral-services", "s.json", lambda: docs.feed(docs.service(1)), _planted_json),
}


@pytest.mark.parametrize("reader", SOUND)
def test_no_message_repeats_a_cell_of_any_other_reader(
    tmp_path: Path, reader: str, caplog: pytest.LogCaptureFixture
) -> None:
    source, name, make, plant = SOUND[reader]
    declared = CATALOGUE.sources[source]
    path = tmp_path / name
    refused = 0
    for content in plant(make()):
        path.write_bytes(content)
        try:
            registry.tidy(declared, docs.files(source, main=path), docs.context(), CATALOGUE)
        except JsnaError as error:
            refused += 1
            assert SECRET.split()[0] not in error.line(), error.line()
            assert "failed (" not in error.line(), error.line()
    assert refused
    assert SECRET.split()[0] not in caplog.text
