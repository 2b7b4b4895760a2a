"""The ledger: every figure of a run leads back to the publisher, and a gap in the chain is an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from synthetic import code, make_run, notebook

from send_jsna.errors import IntegrityError, JsnaError
from send_jsna.figures.records import FigureRecord
from send_jsna.provenance import lineage, tracing
from send_jsna.report.audit_page import AuditPages, Use

DIGEST = "d" * 64
CHAPTER = """# Needs {#sec-needs}

The share of pupils with a plan in []{setting="area.name"} is
[]{figure="share.latest"}, as []{ref="share.table"} shows. It was lower before.

::: {figure="share.table"}
:::
"""


def number(**changes: Any) -> dict[str, Any]:
    record = FigureRecord(
        id="share.latest",
        kind="number",
        title="Share, Testborough, 2024/25",
        shown="12.0%",
        value=12.0,
        unit="%",
        lower=10.5,
        upper=13.7,
        method="As published.",
        inputs=["test:4"],
        datasets=["test"],
        warnings=["Provisional."],
        notebook="needs",
        execution_count=3,
    )
    return record.model_copy(update=changes).model_dump()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one notebook that published a number and a table."""
    folder = make_run(tmp_path, indicator_names={"test_pct": "Share with a plan"})
    source = {
        "source_id": "made-up",
        "publisher": "Nobody",
        "title": "Made-up figures",
        "url": "https://example.org/made-up",
        "licence": "OGL-UK-3.0",
        "as_at": "2025-06-01",
        "publisher_file": "made-up.csv",
        "publisher_sha256": "e" * 64,
    }
    write(
        folder / "edition.json",
        {
            "id": "synthetic",
            "previous": None,
            "datasets": {"test": {"file": "data/editions/synthetic/test.csv", "sha256": DIGEST}},
            "sources": [source],
            "dimensions": {},
        },
    )
    cell = code("publish", 's.number("share.latest")')
    cell["execution_count"] = 3
    write(folder / "notebooks" / "needs.ipynb", notebook(cell))
    record = {"id": "synthetic/test/abc", "passed": True, "warnings": [{"text": "Look twice."}]}
    write(folder / "validation" / "test.json", record)
    write(folder / "figures" / "share.latest.json", number())
    table = number(id="share.table", kind="table", shown="", value=None, lower=None, upper=None)
    write(folder / "figures" / "share.table.json", {**table, "inputs": ["test:2", "test:4"]})
    (folder / "report" / "_generated").mkdir(parents=True)
    (folder / "report" / "01-needs.qmd").write_text(CHAPTER, encoding="utf-8")
    filled = {
        "settings": {"area.name": "Testborough"},
        "figures": {"share.latest": {"shown": "12.0%"}, "share.table": {"label": "Table 1.1"}},
        "passages": {
            "when": {"": True, "claims": False},
            "unless": {"": True, "claims": True},
            "needs": {"": [], "share.latest": []},
        },
        "chapters": {"01-needs": {"id": "sec-needs", "number": "1", "title": "Needs"}},
    }
    write(folder / "report" / "_generated" / "report.json", filled)
    return folder


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def recorded(run: Path) -> Path:
    lineage.build_lineage(run)
    return run


def test_an_entry_holds_the_whole_chain(run: Path) -> None:
    entry = lineage.build_lineage(run)["share.latest"]
    assert entry["cell"] == {"id": "publish", "number": 3}
    assert entry["inputs"] == [
        {
            "observation_id": "test:4",
            "indicator": "test_pct",
            "indicator_name": "Share with a plan",
            "area_code": "E99999901",
            "area_name": "Testborough",
            "period": "2024/25",
            "breakdown": "",
            "value": 12,
            "unit": "%",
            "numerator": 102,
            "denominator": 1000,
            "status": "final",
            "withheld": False,
            "source_id": "made-up",
            "file": "data/editions/synthetic/test.csv",
            "line": 4,
            "file_sha256": DIGEST,
        }
    ]
    assert entry["datasets"] == [
        {
            "dataset": "test",
            "validation_id": "synthetic/test/abc",
            "passed": True,
            "warnings": ["Look twice."],
        }
    ]
    (source,) = entry["sources"]
    assert (source["publisher"], source["snapshot_sha256"], source["publisher_sha256"]) == (
        "Nobody",
        DIGEST,
        "e" * 64,
    )


def test_the_ledger_is_the_same_each_time(run: Path) -> None:
    assert json.dumps(lineage.build_lineage(run)) == json.dumps(lineage.build_lineage(run))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": ["test:99"]}, "test:99, which the run does not have"),
        ({"execution_count": 9}, "no cell of notebook needs has number 9"),
        ({"execution_count": None}, "no cell"),
        ({"notebook": "gone"}, "gone.ipynb"),
        ({"datasets": ["gone"]}, "gone.json"),
    ],
)
def test_a_gap_in_the_chain_is_an_error(run: Path, changes: dict[str, Any], message: str) -> None:
    write(run / "figures" / "share.latest.json", number(**changes))
    with pytest.raises(IntegrityError, match=message):
        lineage.build_lineage(run)


def test_a_source_nobody_declared_is_an_error(run: Path) -> None:
    edition = json.loads((run / "edition.json").read_text(encoding="utf-8"))
    write(run / "edition.json", {**edition, "sources": []})
    with pytest.raises(IntegrityError, match="made-up is not among"):
        lineage.build_lineage(run)


def test_a_trace_reads_from_the_sentence_to_the_publisher(run: Path) -> None:
    text = tracing.trace(recorded(run), "share.latest")
    parts = [
        "share.latest: 12.0%",
        "10.5 to 13.7",
        "report/01-needs.qmd, line 4",
        "“The share of pupils with a plan in Testborough is 12.0%, as Table 1.1 shows.”",
        "notebooks/needs.ipynb, cell [3] (id publish)",
        "data/editions/synthetic/test.csv, line 4: test_pct, Testborough, 2024/25 = 12 % (102 of 1,000)",
        "test: passed, record synthetic/test/abc",
        "Provisional.",
        f"SHA-256 {DIGEST}",
        "Nobody: Made-up figures (as at 2025-06-01)",
        "https://example.org/made-up",
    ]
    places = [text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("chapter", "sentence"),
    [
        (
            'It is []{figure="share.latest"}[, against []{figure="share.base"} before]{.clause}. Next.',
            "It is 12.0%.",
        ),
        (
            'First. It is []{figure="share.latest"}[, see []{ref="share.table"} (@sec-needs)]{.clause}; so.',
            "It is 12.0%, see Table 1.1 (Chapter 1); so.",
        ),
        (
            '[By then. It is []{figure="share.latest"}.]{needs="share.latest"} [It was.]{when="claims"}',
            "It is 12.0%.",
        ),
        (
            'One [[said]{when="claims"}[found]{unless="claims"} of **all**]{.x} *[]{figure="share.latest"}*.',
            "One found of all 12.0%.",
        ),
        ('- Not this.\n- But []{figure="share.latest"}\n  is.\n- Nor this.', "But 12.0% is."),
        ('It is []{figure="share.latest"} (before: []{figure="share.base"}), so.', "It is 12.0%, so."),
        (
            '*Evidence:* []{ref="share.chart"}, []{figure="share.latest"}, @sec-needs.',
            "Evidence: 12.0%, Chapter 1.",
        ),
        ('[]{figure="share.latest"} here and []{figure="share.base"} there.', ""),
        ('That is 3. 5 is not. []{figure="share.latest"} is [here](x.html).', "12.0% is here."),
    ],
)
def test_a_trace_prints_the_sentence_as_a_reader_sees_it(run: Path, chapter: str, sentence: str) -> None:
    """No markup, and nothing of what the page leaves out because its figure or its condition is not there."""
    (run / "report" / "01-needs.qmd").write_text(chapter + "\n", encoding="utf-8")
    text = tracing.trace(recorded(run), "share.latest")
    assert (f"“{sentence}”" in text) if sentence else ("“" not in text)


def test_a_trace_of_a_table_names_the_place_but_no_sentence(run: Path) -> None:
    text = tracing.trace(recorded(run), "share.table")
    assert "report/01-needs.qmd, line 4" in text
    assert "report/01-needs.qmd, line 6" in text
    assert text.count("“") == 1
    assert text.count("  observed ") == 2


def test_a_trace_of_everything_has_a_line_for_each_figure(run: Path) -> None:
    lines = tracing.trace_all(recorded(run)).splitlines()
    assert [line.split("\t")[0] for line in lines] == ["share.latest", "share.table"]


def test_an_unknown_figure_is_said_to_be_so_with_the_nearest(run: Path) -> None:
    with pytest.raises(JsnaError, match=r"no figure 'share.last'.*did you mean share.latest"):
        tracing.trace(recorded(run), "share.last")


def test_a_run_without_a_ledger_is_an_error(run: Path) -> None:
    with pytest.raises(IntegrityError, match=r"ledger.sqlite"):
        tracing.trace(run, "share.latest")


def test_the_audit_page_shows_the_chain_accessibly(run: Path) -> None:
    entry = lineage.build_lineage(run)["share.latest"]
    html = AuditPages("Needs & <more>", "02-audit.html").render(entry, [Use("01-needs.html", "1. Needs")])
    page = BeautifulSoup(html, "lxml")
    assert page.html is not None
    assert page.html["lang"] == "en-GB"
    assert len(page.find_all("h1")) == 1
    assert [tag.name for tag in page.find_all(["h1", "h2", "h3"])][:2] == ["h1", "h2"]
    skip = page.find("a", class_="skip")
    assert skip is not None
    assert page.find(id=str(skip["href"]).removeprefix("#")) is not None
    assert all(cell.get("scope") for cell in page.find_all("th"))
    region = page.find(class_="scroll")
    assert region is not None
    assert region["tabindex"] == "0"
    assert page.find(id=str(region["aria-labelledby"])) is not None
    links = {str(link["href"]) for link in page.find_all("a", href=True)}
    assert {
        "../index.html",
        "../01-needs.html",
        "../02-audit.html",
        "../notebooks/needs.html#cell-publish",
        "../validation/index.html#test",
        "https://example.org/made-up",
    } <= links
    text = page.get_text(" ", strip=True)
    for part in (
        "12.0%",
        "As published.",
        "Testborough",
        "test.csv, line 4",
        DIGEST,
        "OGL-UK-3.0",
        "Provisional.",
    ):
        assert part in text, part
    assert "Needs & <more>" in text


def test_an_audit_page_is_the_same_each_time(run: Path) -> None:
    entry = lineage.build_lineage(run)["share.table"]
    pages = AuditPages("x", "02-audit.html")
    first, second = pages.render(entry), pages.render(entry)
    assert first == second == AuditPages("x", "02-audit.html").render(entry)


def test_pages_made_together_are_those_made_alone(run: Path) -> None:
    entries = lineage.build_lineage(run)
    one, both = entries["share.latest"], dict(entries["share.table"])
    both["sources"] = [*both["sources"], {**both["sources"][0], "dataset": "further"}]
    alone = [AuditPages("x", "02-audit.html").render(entry) for entry in (one, both, one)]
    pages = AuditPages("x", "02-audit.html")
    assert [pages.render(entry) for entry in (one, both, one)] == alone
    assert "Made-up figures (further)</h3>" in alone[1]
    assert "Made-up figures</h3>" in alone[0]
    pages.write(run / "audit", {"share.latest": one, "share.table": both}, {})
    assert [path.read_text(encoding="utf-8") for path in sorted((run / "audit").iterdir())] == alone[:2]
