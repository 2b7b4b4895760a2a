"""The action register: what it must hold, and how its chapter shows it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from textwrap import dedent

import pypandoc
import pytest
from bs4 import BeautifulSoup, Tag

from send_jsna.catalogue.releases import PlaceSearched, Search
from send_jsna.errors import CatalogueError
from send_jsna.figures.records import FigureRecord
from send_jsna.report.recommendations import (
    UNMEASURED,
    Register,
    check_measures,
    load_register,
    render_recommendations,
)

ROOT = Path(__file__).resolve().parents[3]

REGISTER = """\
title: Recommendations
area: E99999901
source_id: council-slides
edition: 2023
themes:
  - id: waits
    title: Shorter waits
    owner: Subgroup 1
    board: Joint commissioning group
    actions:
      - id: pathway
        text: Look at the *pathway* again.
        measured_by: [autism.wait.series, autism.wait.latest]
      - id: redesign
        text: Redesign the service.
        lead: Integrated care board
        measured_by: []
"""


def write(tmp_path: Path, text: str = REGISTER) -> Path:
    path = tmp_path / "data" / "recommendations" / "register.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return path


def figure(name: str, kind: str) -> FigureRecord:
    return FigureRecord(
        id=name,
        kind=kind,
        title=f"Title of {name}",
        shown="9",
        method="As published.",
        inputs=["a:2"],
        notebook="n",
    )  # type: ignore[arg-type]


FIGURES = {
    "autism.wait.series": figure("autism.wait.series", "chart"),
    "autism.wait.latest": figure("autism.wait.latest", "number"),
}


def rendered(block: str) -> BeautifulSoup:
    return BeautifulSoup(pypandoc.convert_text(block, "html", format="markdown"), "html.parser")


def words(cell: Tag) -> str:
    return " ".join(cell.get_text().split())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    owner: Subgroup 1\n", "", r"line 6: the key themes.0.owner is missing"),
        ("    board:", "    colour: red\n    board:", r"line 9: unknown key themes.0.colour"),
        ("id: redesign", "id: pathway", r"line 14: the id pathway is duplicated \(first in .*line 11\)"),
        ("autism.wait.latest", "Autism", r"line 11: .*'Autism' is no figure id"),
        ("measured_by: []", "measured_by: []\n        status: done", r"line 14: .*reported_in"),
        (
            "    board:",
            "    board: Ann, 07700 900123, #",
            r"line \d+: themes\.0\.board contains a tele",
        ),
        ("measured_by: []", "measured_by: []\n        status: nearly", r"line 18: .*Input should be"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert REGISTER.count(old) >= 1
    path = write(tmp_path, REGISTER.replace(old, new, 1))
    with pytest.raises(CatalogueError, match=message) as caught:
        load_register(path)
    assert caught.value.line().startswith("data/recommendations/register.yaml, line ")


def test_an_action_measured_by_a_figure_nobody_publishes_is_refused(tmp_path: Path) -> None:
    register = load_register(write(tmp_path))
    check_measures(register, FIGURES)
    with pytest.raises(
        CatalogueError, match=r"line 13: action pathway is measured by figure autism.wait.latest"
    ):
        check_measures(register, {"autism.wait.series"})


def test_the_block_shows_owner_measure_status_and_change(tmp_path: Path) -> None:
    register = load_register(write(tmp_path))
    page = rendered(render_recommendations(register, FIGURES, shown=["autism.wait.series"]))
    opening = words(page.p)
    assert opening.startswith(
        "The register holds the actions of the published documents, by theme. No document of this edition"
    )
    overview, actions = page.find_all("table")
    cells = [words(cell) for cell in overview.tbody.find_all("td")]
    assert cells == ["Shorter waits", "Subgroup 1", "Joint commissioning group", "2"]
    first, second = ([words(cell) for cell in row.find_all("td")] for row in actions.tbody.find_all("tr"))
    assert first[0] == "Look at the *pathway* again."
    assert first[1].startswith("Title of autism.wait.series (")
    assert second == [
        "Redesign the service. Lead: Integrated care board.",
        UNMEASURED,
        "Nothing reported since",
        "Carried over",
    ]
    # The filter of the report fills these in, linked.
    asked = {tag.get("data-figure") or tag.get("data-ref") for tag in actions.find_all("span") if tag.attrs}
    assert asked >= {"autism.wait.series", "autism.wait.latest"}


def test_an_action_without_a_measure_says_whether_anybody_searched(tmp_path: Path) -> None:
    assert UNMEASURED.endswith("Not searched for.")
    named = REGISTER.replace("measured_by: []", "measured_by: []\n        searched: checks")
    register = load_register(write(tmp_path, named))

    def shown(found: str) -> str:
        place = PlaceSearched(where="a made-up page", when=date(2026, 11, 28), found=found)
        searches = {"checks": Search(id="checks", what="checks", searched=[place])}
        return render_recommendations(register, FIGURES, searches=searches, audit="audit.qmd")

    found = "[Published](audit.qmd#searched-checks) and not in this edition: made up, monthly."
    assert found in shown("made up, monthly")
    assert "[Not published](audit.qmd#searched-checks), as far as was searched." in shown("")


def test_a_measure_that_was_refused_is_said_to_be_withheld(tmp_path: Path) -> None:
    block = render_recommendations(load_register(write(tmp_path)), {})
    assert "Withheld in this run" in block
    assert "figure=" not in block


def test_a_reported_status_names_its_document(tmp_path: Path) -> None:
    text = REGISTER.replace(
        "measured_by: []", "measured_by: []\n        status: done\n        reported_in: Board paper"
    )
    block = render_recommendations(load_register(write(tmp_path, text)), FIGURES)
    assert "Done" in block
    assert "Board paper" in block


# -- the register of the project --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def register() -> Register:
    return load_register(ROOT / "data" / "recommendations" / "register.yaml")


def test_the_register_holds_every_theme_and_action_of_the_slides(register: Register) -> None:
    assert [len(theme.actions) for theme in register.themes] == [9, 9, 5, 7, 5]


def test_no_status_is_invented(register: Register) -> None:
    """The two documents report on no action; a status comes with the document that reports it."""
    assert {action.status for action in register.actions if not action.reported_in} == {"not_reported"}


def test_owners_are_groups(register: Register) -> None:
    groups = {theme.owner for theme in register.themes} | {theme.board for theme in register.themes}
    groups |= {action.lead for action in register.actions if action.lead}
    words = r"(?i)subgroup|group|board|forum|lead$"
    assert [name for name in groups if not re.search(words, name)] == []
