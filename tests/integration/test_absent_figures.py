"""An area that lacks what a notebook needs: the run goes on, and the page says what is missing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import small_project as small
from synthetic import RULES

from send_jsna.figures.records import read_absences, read_figures

OPEN = small.CELLS["open"].rsplit("\n", 1)[0]
PLACES = 'rows = s.observations("special_school_places_count", school="*", period="latest")\n'
CELLS = {
    "open": OPEN,
    "births": (
        'with s.covering("Births", "births.*"):\n'
        '    rows = s.observations("live_births_latest_count")\n'
        '    s.number("births.latest", rows["value"].iloc[0], unit="count", title="Births", inputs=rows,'
        ' method="As printed.")'
    ),
    "rank": (
        'rank = s.observations("imd_rank")\n'
        's.number("deprivation.rank", rank["value"].iloc[0], title="Rank", inputs=rank, method="As is.")'
    ),
    "funnel": (
        "from send_jsna.evidence.usefulness import refuse_dispersed\n"
        + PLACES
        + 'with s.covering("Places, funnel plot", "places.funnel"):\n'
        '    refuse_dispersed(s, 127, 148, of="places")\n'
        '    s.phrase("places.funnel", "outside", title="Funnel", inputs=rows, method="As is.")'
    ),
    "total": PLACES + small.CELLS["total"],
    "share": PLACES + small.CELLS["total"].replace("places.total", "places.share"),
    "table": PLACES + small.CELLS["table"],
}
CHAPTER = """# Places {#sec-places}

There were []{figure="births.latest"} births. []{figure="places.total"} places, see []{ref="places.table"}.

::: {figure="places.table"}
:::

## Births

They fell to []{figure="births.latest"}.

## Deprivation

The rank is []{figure="deprivation.rank"}.

## Funnel

Schools have []{figure="places.share"} places[; they lie []{figure="places.funnel"}]{.clause}. Among all, they
lie []{figure="places.funnel"}. [A place outside says little.]{needs="places.funnel"}

## Methods

::: {generated="methods"}
:::

## Claims

[The slides say so.]{unless="area:E08000026"} [Nobody says so.]{when="area:E08000026"}

## Editions

[Births are elsewhere.]{unless="figure:births.latest"} [Births are here.]{when="figure:births.latest"}
[Places are elsewhere.]{unless="figure:places.total"} [Places are here.]{when="figure:places.total"}
"""


def project(folder: Path, chapter: str = CHAPTER) -> Path:
    small.make(folder)
    declared = [{"id": small.NOTEBOOK, "datasets": [small.DATASET, "population", "deprivation"]}]
    (folder / "data" / "catalogue" / "supplements.yaml").write_text(json.dumps(declared), encoding="utf-8")
    small.write_notebook(folder, CELLS)
    (folder / "reports" / "01-places.qmd").write_text(chapter, encoding="utf-8")
    return folder


def refresh(folder: Path) -> tuple[int, str]:
    done = small.jsna(folder, "refresh", "--direct", "--area", small.AREA, "--edition", small.EDITION)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(name="page", scope="module")
def _page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = project(tmp_path_factory.mktemp("absent"))
    code, told = refresh(folder)
    assert code == 0, told
    return (folder / "runs" / "latest" / "site" / "01-places.html").read_text(encoding="utf-8")


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_sentence_goes_and_the_paragraph_says_why(page: str) -> None:
    shown = words(page)
    assert "There were" not in shown
    assert "Not in this edition for Coventry: births." in shown
    assert "places, see Table 1.1" in shown


def test_a_section_without_figures_holds_one_line(page: str) -> None:
    section = page.split('id="births"')[1].split("<h2")[0]
    assert words(section).endswith("Births Not in this edition for Coventry: births.")


def test_a_cell_that_stops_for_lack_of_data_is_excused_by_the_figure_it_names(page: str) -> None:
    assert "Not in this edition for this area: deprivation.rank." in words(page)


def test_what_does_not_help_leaves_its_sentence_whole_and_is_listed_in_the_methods(page: str) -> None:
    section = words(page.split('id="funnel"')[1].split("<h2")[0])
    assert re.search(
        r"Funnel Schools have [\d,]+ \S+ \[ a \] places\. Authorities differ by so much", section
    )
    assert "Among all" not in section and "A place outside" not in section
    methods = words(page.split('id="left-out"')[1].split("<h3")[0])
    assert "Places, funnel plot places.funnel Authorities differ by so much more than chance" in methods
    assert "births" not in methods


def test_a_condition_chooses_the_words(page: str) -> None:
    assert "Nobody says so." in words(page)
    assert "The slides say so." not in words(page)


def test_what_is_not_in_the_edition_is_said_of_that_alone(page: str) -> None:
    section = words(page.split('id="editions"')[1].split("</section")[0])
    assert "Births are elsewhere. Places are here." in section
    assert "Births are here" not in section
    assert "Places are elsewhere" not in section


def test_a_notebook_that_stopped_is_no_reason_to_say_that_the_edition_lacks_its_figures(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path)
    small.write_notebook(folder, CELLS | {"births": "raise ValueError('stopped')"})
    refresh(folder)
    runs = sorted((folder / "runs").glob("*/report/_generated/report.json"))
    unless = json.loads(runs[-1].read_text(encoding="utf-8"))["passages"]["unless"]
    assert unless["figure:births.latest"] is False


def test_a_figure_no_record_covers_still_stops_the_build(tmp_path: Path) -> None:
    folder = project(tmp_path, CHAPTER.replace("births.latest", "birth.latest"))
    code, told = refresh(folder)
    assert code == 8
    assert "figure birth.latest is published by no notebook" in told


def test_an_unknown_condition_stops_the_build(tmp_path: Path) -> None:
    folder = project(tmp_path, CHAPTER.replace('when="area:E08000026"', 'when="claim"'))
    code, told = refresh(folder)
    assert code == 8
    assert "01-places.qmd" in told
    assert "no condition 'claim'" in told


#: How full schools are, and what the high needs block pays: gaps.yaml names what brings them.
AWAITED = ("utilisation.", "spend.high_needs.")


def test_the_embedded_edition_lacks_only_what_does_not_help(built_run: Path) -> None:
    """A chapter that names a figure no notebook can publish for its own area is a mistake, not a gap.

    But for those that wait for a declared source or for the council's extract, and say who has them.
    """
    data = json.loads((built_run / "report" / "_generated" / "report.json").read_text(encoding="utf-8"))
    reasons = {
        absence["reason"] for figure, absence in data["absent"].items() if not figure.startswith(AWAITED)
    }
    assert reasons <= {rule.reason for _, rule in RULES}
    assert data["figures"]["residential.latest"]["shown"] == "1", "official, small, and shown as released"


def test_each_rule_leaves_something_of_coventrys_out_and_the_methods_list_it(built_run: Path) -> None:
    noted = [absence for absence in read_absences(built_run) if absence.rule]
    assert {absence.rule for absence in noted} == {"range", "forecast", "funnel", "coverage"}
    audit = (built_run / "site" / "22-audit.html").read_text(encoding="utf-8")
    listed = words(audit.split('id="left-out"')[1].split("<h3")[0])
    assert all(figure in listed for absence in noted for figure in absence.figures)
    published = read_figures(built_run)[0]
    assert not [figure for figure in published if any(absence.covers(figure) for absence in noted)]
    # On the other side of each limit: a narrow range, a range that held, breaks that are not of coverage.
    assert {"expected.plans.chart", "outlook.special.fan", "asq3.series", "absence.series"} <= set(published)
