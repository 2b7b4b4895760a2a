"""Addresses out of data: only those of the web are read, and only they become links."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pydantic import ValidationError

from send_jsna.catalogue.schema import Source
from send_jsna.editions.edition_files import SOURCE_COLUMNS, read_sources
from send_jsna.errors import DataError
from send_jsna.pages import is_web, link_target
from send_jsna.report import blocks
from send_jsna.report.pandoc import run_pandoc
from send_jsna.sources.service_schema import Service

ROOT = Path(__file__).resolve().parents[3]

OTHERS = (
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "vbscript:x",
    "data:text/html;base64,x",
    "file:///etc/passwd",
    "ftp://example.org/x",
    "//example.org/x",
    "example.org/x",
    "https:",
    "https:///x",
    "http://[::1",
    'https://example.org/"onmouseover="x',
    "https://example.org/<script>",
    "https://example.org/a b",
    "https://example.org/\u00a0",
)


@pytest.mark.parametrize("address", OTHERS)
def test_another_address_is_refused_where_it_is_declared(address: str, tmp_path: Path) -> None:
    assert not is_web(address)
    assert link_target(address) == ""
    cells = dict.fromkeys(SOURCE_COLUMNS, "x") | {"url": address, "as_at": "2025-01-01"}
    quoted = ",".join('"{}"'.format(cells[name].replace('"', '""')) for name in SOURCE_COLUMNS)
    content = f"{','.join(SOURCE_COLUMNS)}\n{quoted}\n".encode()
    with pytest.raises(DataError, match=r"line [23], column url: it is no address of the web"):
        read_sources(content, tmp_path / "sources.csv")
    with pytest.raises(ValidationError, match="no address of the web"):
        Source(
            id="x", publisher="x", title="x", url=address, licence="x", as_at=date(2025, 1, 1), reader="gias"
        )
    service = {"id": "x", "name": "x", "status": "active", "url": address, "attributes": []}
    place = {"id": "x", "name": "x", "uri": "https://example.org/E08000026"}
    with pytest.raises(ValidationError, match="no address of the web"):
        Service.model_validate(service | {"organization": {"id": "x", "name": "x"}, "service_areas": [place]})


@pytest.mark.parametrize(
    "address", ["https://example.org/a(b)?c=d&e=%20#f", "HTTP://example.org", "http://127.0.0.1:8000/"]
)
def test_an_address_of_the_web_is_one_link(address: str, tmp_path: Path) -> None:
    assert is_web(address)
    html = _rendered(address, tmp_path)
    (link,) = [each for each in html.find_all("a") if each.text.split() == ["A", "title"]]
    assert link["href"].casefold() == link_target(address).casefold()


@pytest.mark.parametrize(
    "address", [*OTHERS, "https://example.org/)[x](javascript:alert(1)", "x](javascript:y)"]
)
def test_the_list_of_sources_links_to_nothing_that_runs(address: str, tmp_path: Path) -> None:
    targets = [link["href"] for link in _rendered(address, tmp_path).find_all("a", href=True)]
    assert all(is_web(target) for target in targets), targets


def _rendered(address: str, folder: Path) -> BeautifulSoup:
    row = {
        "publisher": "P",
        "title": "A title",
        "source_id": "s",
        "as_at": "2025",
        "licence": "L",
        "url": address,
    }
    (folder / "x.md").write_text(blocks.sources([row]), encoding="utf-8")
    return BeautifulSoup(run_pandoc(["--from=markdown", "--to=html", "x.md"], folder=folder), "lxml")


@pytest.mark.parametrize("to", ["html", "typst", "docx", "latex"])
def test_the_filter_takes_links_away_that_are_none_of_the_web_or_of_mail(to: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"figures": {}, "chapters": {}}), encoding="utf-8")
    others = [
        "javascript:alert(1)",
        "JaVaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
    ]
    kept = ["https://example.org/a", "mailto:a@example.org", "#place", "page.html#a:b"]
    links = " ".join(f"[words](<{target}>)" for target in [*others, *kept])
    (tmp_path / "x.qmd").write_text(
        f"{links} <javascript:y> [ref][r]\n\n[r]: javascript:z\n", encoding="utf-8"
    )
    found = run_pandoc(
        [
            "--from=markdown",
            "--to=json" if to == "docx" else f"--to={to}",
            f"--lua-filter={ROOT / 'reports' / 'filters' / 'report.lua'}",
            "x.qmd",
        ],
        folder=tmp_path,
        environment={"JSNA_REPORT_DATA": str(tmp_path / "report.json"), "JSNA_FIGURES": "figures"},
    )
    if to == "html":
        assert [link["href"] for link in BeautifulSoup(found, "lxml").find_all("a", href=True)] == kept
    assert not any(other in found for other in others)
