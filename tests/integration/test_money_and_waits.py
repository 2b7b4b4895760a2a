"""The chapters on places and money and on waits, of the embedded edition and of areas made from files."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from mirrored import AREAS

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.figures.records import FigureRecord, read_figures
from send_jsna.wording import in_words

MONEY, WAITS = "07-places-and-money.html", "11-waits.html"


@pytest.fixture(
    scope="module", params=["embedded", *(pytest.param(area, marks=pytest.mark.shared) for area in AREAS)]
)
def run(request: pytest.FixtureRequest) -> Path:
    if request.param == "embedded":
        return Path(request.getfixturevalue("built_run"))
    return Path(request.getfixturevalue("mirrored").runs[request.param])


@pytest.fixture(scope="module")
def figures(run: Path) -> dict[str, FigureRecord]:
    return read_figures(run)[0]


def page(run: Path, name: str) -> Tag:
    """The narrative of a page."""
    found = BeautifulSoup((run / "site" / name).read_text(encoding="utf-8"), "lxml").select_one("main")
    assert found is not None
    return found


def area_of(run: Path) -> str:
    return str(json.loads((run / "context.json").read_text(encoding="utf-8"))["area"]["code"])


def number(text: str) -> float:
    return float(text.replace(",", ""))


def test_kinds_of_provision_add_up_to_no_more_than_all_plans(
    run: Path, figures: dict[str, FigureRecord]
) -> None:
    table = figures.get("places.provision.table")
    if table is None:
        assert "EHC plans by kind of provision" in page(run, MONEY).get_text()
        return
    month = table.columns[2]
    rows = pd.read_parquet(run / "observations.parquet")
    plans = rows[
        (rows["indicator"] == "ehc_plans_count")
        & (rows["area_code"] == area_of(run))
        & (rows["period"] == month)
        & (rows["dataset"] == "ehc_caseload")
        & (rows[["age", "sex", "ethnicity", "need", "service"]] == "").all(axis="columns")
    ]["value"]
    placed = sum(number(row[2]) for row in table.rows if row[2] != "c")
    assert 0.9 * plans.iloc[0] <= placed <= plans.iloc[0]


def test_every_sum_of_money_in_a_sentence_is_a_figure(run: Path) -> None:
    chapter = page(run, MONEY)
    for made in chapter.select("table, figcaption, .figure-block, .figure-warnings"):
        made.decompose()
    for sentence in chapter.select("p, li"):
        for link in sentence.select("a"):
            link.extract()
        assert "£" not in sentence.get_text()


def test_the_same_wait_is_the_same_number_in_every_chapter(
    run: Path, figures: dict[str, FigureRecord]
) -> None:
    table = figures.get("waits.table")
    waiting = {
        "Speech and language therapy": "slt.list.latest",
        "Occupational therapy": "ot.list.latest",
        "Community paediatrics": "paediatrics.list.latest",
    }
    if table is None:
        assert not [key for key in waiting.values() if key in figures]
        assert "waits for therapy and diagnosis" in page(run, WAITS).get_text().lower()
        return
    assert figures["waits.rows"].shown == in_words(len(table.rows))
    board = table.columns.index("Board")
    cells = {row[0]: row[board] for row in table.rows if row[1] == "Children waiting"}
    for service, key in waiting.items():
        if key in figures:
            assert figures[key].shown in cells[service]
    directions = [row[-1] for row in table.rows]
    assert not [text for text in directions if text.startswith("has ") and "(" not in text]


@pytest.mark.parametrize(("name", "supplement"), [(MONEY, "places_and_money"), (WAITS, "waits")])
def test_a_gap_is_listed_as_long_as_nothing_fills_it(
    run: Path, project_root: Path, name: str, supplement: str
) -> None:
    gaps = load_catalogue(project_root / "data" / "catalogue").gaps.values()
    rows = pd.read_parquet(run / "observations.parquet", columns=["indicator", "area_code", "value"])
    available = set(rows.loc[(rows["area_code"] == area_of(run)) & rows["value"].notna(), "indicator"])
    listed = [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")][:3]
        for table in page(run, name).select("table")
        if "Who has it" in table.get_text()
        for row in table.select("tbody tr")
    ]
    wanted = [
        [gap.subject, gap.what, gap.holder]
        for gap in gaps
        if gap.supplement == supplement and not available & set(gap.indicators)
    ]
    assert wanted
    assert [[cell.replace("’", "'") for cell in row] for row in listed] == wanted
