"""The inspection crosswalk: what is declared of it, and how its chapter shows it."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from textwrap import dedent

import pytest

from send_jsna.errors import CatalogueError
from send_jsna.figures.records import Absence, FigureRecord
from send_jsna.report.inspection import (
    Crosswalk,
    check_figures,
    load_crosswalk,
    render_crosswalk,
)
from send_jsna.report.named_figures import NamedFigures

ROOT = Path(__file__).resolve().parents[3]
TOPICS = ROOT.parent / "shared" / "data" / "further" / "inspection" / "topics_by_report.csv"

CROSSWALK = """\
source: made-up-reports
reports: 8
subjects:
  - id: waits
    title: Waits
    counted_as: wait
    reports: 8
    mentions: 20
    figures: [slt.latest, slt.list.series, births.latest]
    chapters: [sec-waits]
    lacking: "*how* long"
    holder: The trust
    extract: slt
  - id: dashboards
    title: Dashboards
    counted_as: dashboard
    reports: 1
    mentions: 1
    chapters: [sec-waits]
"""


def write(tmp_path: Path, text: str = CROSSWALK) -> Path:
    path = tmp_path / "data" / "catalogue" / "inspection.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return path


def figure(name: str, kind: str, unit: str = "") -> FigureRecord:
    return FigureRecord(
        id=name,
        kind=kind,
        title=f"Title of {name}",
        shown="9",
        unit=unit,
        method="As printed.",
        inputs=["tests:2"],
        notebook="n",
    )


FIGURES = {
    "slt.latest": figure("slt.latest", "number", "weeks"),
    "slt.list.series": figure("slt.list.series", "chart"),
}
ABSENT = [Absence(figures=["births.*"], name="births", reason="not in this edition for here", notebook="n")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "reports: 1\n    mentions: 1\n",
            "reports: 9\n    mentions: 9\n",
            "dashboards is named in more reports than were read",
        ),
        ("mentions: 20", "mentions: 7", "line 4: .*named at least once in each report that names it"),
        ("    holder: The trust\n", "", "line 4: .*who has it .holder. go together"),
        (
            "chapters: [sec-waits]\n",
            "extract: slt\n",
            "an extract or a search is for something that is lacking",
        ),
        ("id: dashboards", "id: waits", r"line 14: the id waits is duplicated \(first in .*line 4\)"),
        ("slt.latest,", "slt,", "'slt' is no figure id"),
        ("counted_as: wait\n", "counted_as: wait\n    count: 3\n", "line 7: unknown key subjects.0.count"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CROSSWALK
    head, _, tail = CROSSWALK.rpartition(old)
    with pytest.raises(CatalogueError, match=message) as caught:
        load_crosswalk(write(tmp_path, head + new + tail))
    assert "inspection.yaml" in caught.value.where


def test_each_subject_shows_its_figures_what_is_missing_and_who_has_it(tmp_path: Path) -> None:
    crosswalk = load_crosswalk(write(tmp_path))
    named = NamedFigures(FIGURES, ["slt.list.series"], ABSENT)
    block = render_crosswalk(crosswalk, named, source=None, extracts={"slt": "Therapy"})
    assert "The words of eight full reports were counted under two subjects." in block
    waits = next(line for line in block.splitlines() if "#subject-waits" in line)
    assert "in 8 of 8 reports, 20 times" in waits
    assert 'Title of slt\\.latest: []{figure="slt.latest"} weeks.' in waits
    assert '([]{ref="slt.list.series"})' in waits
    assert "Not in this edition for here: births." in waits
    assert r"**Not here:** \*how\* long. **Who has it:** The trust." in waits
    assert "The council's extract *Therapy* brings it." in waits
    assert block.index("#subject-waits") < block.index("Subjects that fewer reports name")
    assert block.index("Subjects that fewer reports name") < block.index("#subject-dashboards")


def test_a_figure_that_no_notebook_publishes_is_refused(tmp_path: Path) -> None:
    crosswalk = load_crosswalk(write(tmp_path))
    check_figures(crosswalk, FIGURES, ABSENT)
    with pytest.raises(CatalogueError, match=r"line 9: subject waits names figure births\.latest"):
        check_figures(crosswalk, FIGURES, [])


# -- the subjects of the project --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def declared() -> Crosswalk:
    return load_crosswalk(ROOT / "data" / "catalogue" / "inspection.yaml")


def test_twenty_six_subjects_are_named_by_a_quarter_of_the_reports_or_more(declared: Crosswalk) -> None:
    assert sum(map(declared.is_frequent, declared.subjects)) == 26
    assert len(declared.subjects) == 35
    order = [(-subject.reports, -subject.mentions) for subject in declared.subjects]
    assert order == sorted(order)


def test_no_number_is_typed_into_what_is_said_of_a_subject(declared: Crosswalk) -> None:
    for subject in declared.subjects:
        text = re.sub(r"by 18|from 14", "", f"{subject.title} {subject.lacking} {subject.holder}")
        assert not re.search(r"\d", text), subject.id


@pytest.mark.shared
def test_the_counts_are_those_of_the_copy_they_were_taken_from(declared: Crosswalk) -> None:
    rows = list(csv.DictReader(TOPICS.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == declared.reports
    assert {subject.counted_as for subject in declared.subjects} == rows[0].keys() - {"urn_area"}
    for subject in declared.subjects:
        counts = [int(row[subject.counted_as]) for row in rows]
        assert (subject.reports, subject.mentions) == (sum(map(bool, counts)), sum(counts)), subject.id
