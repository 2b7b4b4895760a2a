"""The report of the real edition: every figure a reader sees can be walked back to the bytes it came from."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from send_jsna.recommendations import load_register
from send_jsna.report.digits import compile_terms, stray_digits
from send_jsna.report.narrative import load_terms

CHAPTERS = 16

#: Blocks made from data: charts and tables, the words of warnings, and the generated lists.
GENERATED = ("figure-block", "figure-warnings", "generated")


@pytest.fixture(scope="module")
def lineage(built_run: Path) -> dict[str, dict[str, Any]]:
    return json.loads((built_run / "lineage.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pages(built_run: Path) -> dict[str, BeautifulSoup]:
    found = sorted((built_run / "site").glob("[01][0-9]-*.html"))
    return {path.name: BeautifulSoup(path.read_text(encoding="utf-8"), "lxml") for path in found}


def figures(pages: dict[str, BeautifulSoup]) -> Iterator[tuple[str, Tag]]:
    for name, page in pages.items():
        for tag in page.select("main [data-figure]"):
            yield name, tag


def test_all_sixteen_chapters_are_there(pages: dict[str, BeautifulSoup]) -> None:
    assert len(pages) == CHAPTERS


def test_every_number_chart_and_table_resolves_to_its_audit_entry(
    built_run: Path, pages: dict[str, BeautifulSoup], lineage: dict[str, dict[str, Any]]
) -> None:
    entries = {tag["id"] for tag in pages["16-audit.html"].select("[id^=audit-]")}
    seen = 0
    for name, tag in figures(pages):
        key = str(tag["data-figure"])
        assert key in lineage, f"{name}: {key} has no entry in lineage.json"
        assert (built_run / "site" / "audit" / f"{key}.html").is_file(), f"{name}: {key} has no audit page"
        href = str(tag["href"])
        assert href.rpartition("#")[2] in entries, f"{name}: {href} leads nowhere"
        if tag["data-kind"] in ("number", "phrase"):
            assert tag.get_text() == lineage[key]["shown"]
        seen += 1
    assert seen > 800


def test_no_picture_stands_outside_a_published_chart(pages: dict[str, BeautifulSoup]) -> None:
    pictures = [(name, tag) for name, page in pages.items() for tag in page.select("main img")]
    assert len(pictures) > 70
    for name, tag in pictures:
        block = tag.find_parent(id=lambda value: bool(value) and value.startswith("f-"))
        assert block is not None, f"{name}: {tag.get('src')} is no published chart"
        assert block.select("[data-figure][data-kind=chart]")
        assert any(letter.isdigit() for letter in str(tag["alt"])), (
            f"{name}: {tag.get('src')} states no values"
        )


def test_no_number_in_a_sentence_is_anything_but_a_figure_a_date_or_a_term(
    pages: dict[str, BeautifulSoup], project_root: Path
) -> None:
    register = load_register(project_root / "data" / "recommendations" / "register.yaml")
    owners = [name for theme in register.themes for name in (theme.owner, theme.board)]
    terms = compile_terms([*load_terms(project_root / "data" / "catalogue" / "terms.yaml"), *owners])
    for name, page in pages.items():
        if name >= "15":
            continue  # the claims and the audit are lists of figures themselves
        sentences = 0
        for sentence in page.select("main p, main li"):
            if sentence.find_parent(class_=GENERATED) or sentence.find_parent("nav"):
                continue
            copy = BeautifulSoup(str(sentence), "lxml")
            for inner in copy.select("a, sup, code, .title, .header-section-number"):
                inner.replace_with(" ")
            stray = stray_digits(copy.get_text(), terms)
            assert not stray, f"{name}: {stray[0]} in {copy.get_text()[:120]!r}"
            sentences += 1
        assert sentences > 5


def test_every_observation_is_the_line_of_the_locked_file_it_names(
    lineage: dict[str, dict[str, Any]], project_root: Path
) -> None:
    files: dict[str, list[dict[str, str]]] = {}
    checked = set()
    for entry in lineage.values():
        assert entry["inputs"], f"{entry['id']} has no observations"
        for used in entry["inputs"]:
            if used["observation_id"] in checked:
                continue
            if used["file"] not in files:
                content = (project_root / used["file"]).read_bytes()
                assert hashlib.sha256(content).hexdigest() == used["file_sha256"]
                files[used["file"]] = list(csv.DictReader(content.decode("utf-8").splitlines()))
            row = files[used["file"]][used["line"] - 2]
            assert (row["indicator"], row["area_code"], row["period"]) == (
                used["indicator"],
                used["area_code"],
                used["period"],
            )
            assert float(row["value"]) == used["value"]
            assert row["source_id"] == used["source_id"]
            checked.add(used["observation_id"])
    assert len(checked) > 2000


def test_every_entry_names_cell_validation_snapshot_publisher_and_licence(
    built_run: Path, lineage: dict[str, dict[str, Any]]
) -> None:
    for entry in lineage.values():
        notebook = json.loads((built_run / "notebooks" / f"{entry['notebook']}.ipynb").read_bytes())
        assert entry["cell"]["id"] in {cell["id"] for cell in notebook["cells"]}
        assert entry["method"]
        for dataset in entry["datasets"]:
            record = json.loads((built_run / "validation" / f"{dataset['dataset']}.json").read_bytes())
            assert record["id"] == dataset["validation_id"]
            assert dataset["passed"]
        for source in entry["sources"]:
            assert source["publisher"] and source["title"] and source["licence"] and source["as_at"]
            for digest in str(source["snapshot_sha256"]).split():
                content = (built_run / "snapshots" / digest).read_bytes()
                assert hashlib.sha256(content).hexdigest() == digest


def test_known_figures_stand_in_the_report(lineage: dict[str, dict[str, Any]]) -> None:
    """Headline figures as the publishers print them: a wrong selection would change one of these."""
    published = {
        "ehcp.share.latest": 4.3,
        "ehcp.share.england": 5.3,
        "ehcp.share.region": 5.0,
        "sen_support.share.latest": 17.7,
        "sen_support.share.england": 14.2,
        "ehcp.caseload.latest": 3477,
        "ehcp.requests.latest": 1144,
        "ehcp.timeliness.latest": 63.4,
        "gld.latest": 65.3,
        "autism.plans.latest": 35.0,
        "slcn.plans.latest": 20.1,
        "ks2.sen_support.latest": 28,
        "special.places.latest": 1214,
    }
    assert {key: lineage[key]["value"] for key in published} == published


def test_nothing_published_holds_a_path_of_the_machine_or_the_time_of_the_run(built_run: Path) -> None:
    run_id = built_run.name
    for path in sorted((built_run / "site").rglob("*")):
        if path.suffix in (".html", ".json", ".svg", ".js"):
            text = path.read_text(encoding="utf-8")
            assert str(built_run.parent) not in text, path
            assert run_id not in text, path
