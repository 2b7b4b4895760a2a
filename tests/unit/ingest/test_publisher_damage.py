"""Whatever arrives in place of a publisher's file: one sentence, or the right values; never another error."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType

import publisher_documents as docs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from send_jsna.errors import DataError
from send_jsna.ingest import sheets, web
from send_jsna.sources import (
    deprivation,
    fingertips,
    gias,
    neighbours,
    nhs_autism,
    nhs_workbooks,
    nomis,
    ofsted,
    open_referral,
)

OFSTED_NAME = "latest_inspections_as_at_31_Jan_2026.csv"
Document = tuple[ModuleType, str, str, bytes]

TABLES: list[Document] = [
    (fingertips, "ohid-fingertips", "fingertips-1.csv", docs.fingertips([docs.fingertips_row()])),
    (nomis, docs.POPULATION, "nm_2002_1-0.csv", docs.nomis_page(docs.nomis_lines())),
    (
        gias,
        "dfe-gias",
        "edubasealldata20251114.csv",
        docs.records(docs.GIAS, [docs.gias_school(1)], "cp1252"),
    ),
    (
        ofsted,
        "ofsted-inspections",
        OFSTED_NAME,
        docs.records(docs.OFSTED, [docs.ofsted_school(1, "2")], "cp1252"),
    ),
    (nhs_autism, "nhse-autism-statistics", "AutismStats.csv", docs.autism(docs.autism_row())),
]
OTHERS: list[Document] = [
    (deprivation, "mhclg-iod-2019", "File_11_IoD2019.xlsx", docs.deprivation()),
    (open_referral, "open-referral-services", "open-referral-1.json", docs.feed(docs.service(1))),
]
ALL = TABLES + OTHERS
NAMES = [document[1] for document in ALL]


def read(document: Document, folder: Path, content: bytes) -> None:
    module, source_id, name, _ = document
    module.tidy(docs.files(source_id, docs.write(folder / name, content)), docs.context())


@pytest.mark.parametrize("document", ALL, ids=NAMES)
def test_the_documents_themselves_are_read(tmp_path: Path, document: Document) -> None:
    read(document, tmp_path, document[3])


CORPUS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "a web page": lambda _: b"<!DOCTYPE html><html><body>Sorry, there is a problem</body></html>",
    "nulls": lambda _: b"\x00" * 5_000,
    "half a gzip": lambda content: gzip.compress(content * 50)[:-20],
    "gzip of nothing": lambda _: gzip.compress(b""),
    "not a zip": lambda _: b"PK\x03\x04 and no more",
    "a first line alone": lambda content: content.split(b"\n")[0][:2_000].removesuffix(b"}") + b"\n",
    "an open quotation mark": lambda content: content.replace(b",", b',"', 30),
    "bytes of no encoding": lambda content: content.replace(b"e", b"\x81\xff"),
}


@pytest.mark.parametrize("document", ALL, ids=NAMES)
@pytest.mark.parametrize("damage", CORPUS)
def test_damage_is_one_sentence(tmp_path: Path, document: Document, damage: str) -> None:
    with pytest.raises(DataError) as caught:
        read(document, tmp_path, CORPUS[damage](document[3]))
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize("document", TABLES, ids=NAMES[: len(TABLES)])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_cut_and_overwritten_tables_are_read_or_refused(
    tmp_path: Path, document: Document, data: st.DataObject
) -> None:
    content = bytearray(document[3])
    content = content[: data.draw(st.integers(0, len(content)))]
    for _ in range(data.draw(st.integers(0, 6))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(document, tmp_path, bytes(content))
    except DataError as error:
        assert "\n" not in error.line()


@pytest.mark.parametrize("document", OTHERS, ids=NAMES[len(TABLES) :])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_cut_and_overwritten_documents_are_read_or_refused(
    tmp_path: Path, document: Document, data: st.DataObject
) -> None:
    content = bytearray(document[3])
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(document, tmp_path, bytes(content[: data.draw(st.integers(1, len(content)))]))
    except DataError as error:
        assert "\n" not in error.line()


def test_damaged_workbooks_of_the_other_readers_are_refused(tmp_path: Path) -> None:
    content = docs.neighbours([int(a.dfe_number) for a in docs.context().areas if a.dfe_number])
    for cut in range(0, len(content), len(content) // 25):
        path = docs.write(tmp_path / "sn.xlsx", content[:cut])
        with pytest.raises(DataError):
            neighbours.read(path, {}, where="sn.xlsx")
        with pytest.raises(DataError):
            nhs_workbooks.tidy(docs.files("nhse-chs-workbooks", path), docs.context())


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"xl/workbook.xml": b" " * 30_000_000}, "unpacks to 30,000,000 bytes"),
        ({"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}, "declares a document type"),
        ({"readme.txt": b"no workbook"}, "the workbook is damaged"),
    ],
)
def test_a_workbook_made_to_burst_is_refused(tmp_path: Path, parts: dict[str, bytes], message: str) -> None:
    path = docs.write(tmp_path / "x.xlsx", _packed(parts))
    with pytest.raises(DataError, match=message):
        sheets.read(path, "x.xlsx")


# -- names and links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("latest_inspections_as_at_31_Jan_2026.csv", date(2026, 1, 31)),
        ("latest_inspections_as_at_31_July_2025.csv", date(2025, 7, 31)),
        ("as at 30 Sept 2025", date(2025, 9, 30)),
        ("edubasealldata20251114.csv", date(2025, 11, 14)),
        ("community_health_2023-12-01.xlsx", date(2023, 12, 1)),
        ("october-2024-to-september-2025", date(2025, 9, 1)),
        ("AutismStats_Apr2019_Mar2020_ICB.csv", date(2020, 3, 1)),
        ("File_11_IoD2019.xlsx", date(2019, 1, 1)),
        ("Market 2024 edition 3", date(2024, 1, 1)),
        ("31_Feb_2025", date(2025, 2, 1)),
        ("no date", None),
    ],
)
def test_dates_in_names(text: str, expected: date | None) -> None:
    assert web.latest_date(text) == expected


@given(st.text(max_size=60))
def test_any_name_has_a_date_or_none(text: str) -> None:
    found = web.latest_date(text)
    assert found is None or found.year >= 2000


@given(st.text(max_size=200))
@example('<![0 <a href="/x">x</a>')
def test_any_page_has_links_or_none(text: str) -> None:
    for link in web.links_in(text, "https://www.example.org/"):
        assert link.url.startswith(("http://", "https://"))
