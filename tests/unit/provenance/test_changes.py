"""The change report: what is new, gone, revised or turned, and which claims broke."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from synthetic import AREA, frame_of

from send_jsna.figures.records import FigureRecord
from send_jsna.provenance import changes
from send_jsna.provenance.change_records import Changes


def row(indicator: str, period: str = "2024/25", **values: Any) -> dict[str, Any]:
    return {"indicator": indicator, "area_code": AREA.code, "period": period, **values}


def figure(figure_id: str, shown: str, value: float | None = None) -> FigureRecord:
    return FigureRecord(
        id=figure_id,
        kind="phrase" if value is None else "number",
        title=f"Title of {figure_id}",
        shown=shown,
        value=value,
        method="As published.",
        inputs=["test:2"],
        notebook="needs",
    )


BEFORE = frame_of(
    [
        row("same_pct", value=1.0),
        row("gone_pct", value=1.0),
        row("revised_pct", value=4.0),
        row("revised_pct", "2023/24", value=3.0),
        row("withheld_pct", value=5.0),
        row("still_withheld_pct", status="c"),
    ]
)
NOW = frame_of(
    [
        row("same_pct", value=1.0, dataset="elsewhere"),
        row("new_pct", value=1.0),
        row("revised_pct", value=4.5),
        row("revised_pct", "2023/24", value=3.0, status="provisional"),
        row("withheld_pct", status="c"),
        row("still_withheld_pct", status="c"),
    ]
)


def test_indicators_new_and_gone_and_values_revised() -> None:
    new, gone, revised = changes.compare_observations(BEFORE, NOW)
    assert (new, gone) == (["new_pct"], ["gone_pct"])
    assert [(item.indicator, item.period, item.before, item.now) for item in revised] == [
        ("revised_pct", "2023/24", "3", "3 (provisional)"),
        ("revised_pct", "2024/25", "4", "4.5"),
        ("withheld_pct", "2024/25", "5", "c"),
    ]


def test_indicators_that_go_on_after_the_last_period() -> None:
    now = frame_of(
        [row("a_pct", "2025/26", value=2.0), row("b_pct", "2025/26", status="x"), row("c_pct", value=1.0)]
    )
    before = frame_of([row(key, value=1.0) for key in ("a_pct", "b_pct", "c_pct")])
    assert [(item.indicator, item.before, item.now) for item in changes.continued(before, now)] == [
        ("a_pct", "2024/25", "2025/26")  # of the second the later period has no value
    ]


def test_what_is_new_is_named_by_data_set() -> None:
    names = {"new_pct": ("social_care", "Children in need"), "other_pct": ("finance", "Spend")}
    compared = Changes(
        edition="2", previous_edition="1", previous_run="", indicators_new=["new_pct", "other_pct", "old"]
    )
    page = changes.render_changes(compared, names, report_title="R")
    text = " ".join(BeautifulSoup(page, "lxml").text.split())
    assert "No longer declared old Finance Spend (other_pct) Social care Children in need (new_pct)" in text


def test_an_edition_is_the_same_as_itself() -> None:
    assert changes.continued(NOW, NOW) == []
    assert changes.compare_observations(NOW, NOW) == ([], [], [])


def test_figures_that_turned_are_told_from_those_that_moved() -> None:
    before = {
        "a.standing": figure("a.standing", "above"),
        "b.change": figure("b.change", "0.4", 0.4),
        "c.share": figure("c.share", "4.3%", 4.3),
        "d.same": figure("d.same", "2", 2.0),
        "e.gone": figure("e.gone", "2", 2.0),
    }
    now = {
        "a.standing": figure("a.standing", "below"),
        "b.change": figure("b.change", "−0.4", -0.4),
        "c.share": figure("c.share", "4.4%", 4.4),
        "d.same": figure("d.same", "2", 2.0),
    }
    turned, moved = changes.compare_figures(before, now)
    assert [(item.id, item.before, item.now) for item in turned] == [
        ("a.standing", "above", "below"),
        ("b.change", "0.4", "−0.4"),
    ]
    assert [item.id for item in moved] == ["c.share"]


def test_a_figure_made_from_what_is_withheld_now_does_not_show_what_it_showed_before() -> None:
    before = {key: figure(key, shown, 1.0) for key, shown in (("a.some", "12"), ("b.same", "3"))}
    before["c.other"] = figure("c.other", "15", 15.0).model_copy(update={"inputs": ["test:3"]})
    now = {
        key: figure(key, shown, 1.0) for key, shown in (("a.some", "9"), ("b.same", "3"), ("c.other", "16"))
    }
    had = frame_of([row("some", value=12.0), row("zother", value=15.0)])
    has = frame_of([row("added", value=1.0), row("some", status="c"), row("zother", value=16.0)])
    has["withheld"] = ["", "here", ""]
    withheld = changes.figures_of_withheld(before, had, has)
    _, moved = changes.compare_figures(before, now, withheld)
    assert [(item.id, item.before, item.now) for item in moved] == [
        ("a.some", "withheld so that no child can be recognised", "9"),
        ("c.other", "15", "16"),
    ]


def test_figures_of_runs_under_different_rules_are_not_set_side_by_side(tmp_path: Path) -> None:
    runs = []
    for name, profile, smallest, shown in (
        ("before", "none", 1, "3"),
        ("now", "council", 5, "fewer"),
        ("later", "council", 7, "few"),
    ):
        run = tmp_path / name
        (run / "figures").mkdir(parents=True)
        NOW.to_parquet(run / "observations.parquet", index=False)
        write(run / "edition.json", {"id": name, "previous": None})
        write(run / "disclosure.json", {"profile": profile, "smallest": smallest})
        write(run / "figures" / "a.standing.json", figure("a.standing", shown).model_dump())
        runs.append(run)
    for before, now in ((0, 1), (1, 2)):
        found = changes.compare_runs(runs[now], runs[before], previous_frame=None)
        assert not found.figures_turned
        assert "different disclosure rules" in found.not_compared
        assert "different disclosure rules" in changes.render_changes(found, {}, report_title="Needs")
    assert changes.compare_runs(runs[1], runs[1], previous_frame=None).not_compared == ""


def test_claims_broken_and_mended() -> None:
    outcomes = ("agrees", "differs", "cannot be checked", "agrees")
    before = {f"c{n}": {"outcome": text, "quoted": "words"} for n, text in enumerate(outcomes)}
    now = {f"c{n}": {"outcome": text} for n, text in enumerate(("differs", "agrees", "differs", "agrees"))}
    broken, mended = changes.compare_claims(before, now)
    assert [(item.id, item.before, item.now) for item in broken] == [("c0", "agrees", "differs")]
    assert [item.id for item in mended] == ["c1"]


def test_the_report_is_written_as_data_and_as_an_accessible_page(tmp_path: Path) -> None:
    runs = []
    for name, frame, shown in (("before", BEFORE, "above"), ("now", NOW, "below")):
        run = tmp_path / name
        (run / "figures").mkdir(parents=True)
        frame.to_parquet(run / "observations.parquet", index=False)
        write(run / "edition.json", {"id": name, "previous": "before" if name == "now" else None})
        write(run / "figures" / "a.standing.json", figure("a.standing", shown).model_dump())
        write(run / "claims.json", {"claims": [{"id": "c", "outcome": "agrees", "quoted": "a <b>"}]})
        runs.append(run)
    found = changes.compare_runs(runs[1], runs[0], previous_frame=BEFORE)
    assert (found.edition, found.previous_edition, found.previous_run) == ("now", "before", "before")
    assert found.line() == (
        "1 indicators new, 1 gone, 0 continued, 3 values revised; 1 figures turned, 0 moved; 0 claims broken"
    )
    page = changes.write_changes(runs[1], found, {}, report_title="Needs")
    assert json.loads((runs[1] / "changes.json").read_text(encoding="utf-8")) == found.model_dump()
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    soup = BeautifulSoup(html, "lxml")
    assert soup.html is not None
    assert soup.html["lang"] == "en-GB"
    assert len(soup.find_all("h1")) == 1
    assert all(cell.get("scope") for cell in soup.find_all("th"))
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    text = soup.get_text(" ", strip=True)
    for part in ("new_pct", "gone_pct", "4.5", "a.standing", "Nothing has been"):
        assert part in text, part


def test_without_a_previous_run_or_edition_the_page_says_so(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    write(tmp_path / "edition.json", {"id": "now", "previous": None})
    found = changes.compare_runs(tmp_path, None, previous_frame=None)
    html = changes.render_changes(found, {}, report_title="Needs")
    assert "names no previous one" in html
    assert "no previous run to compare" in html


def write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def test_sources_are_sorted_into_changed_failed_and_unchanged() -> None:
    def entry(key: str, outcome: str, *sentences: str) -> dict[str, object]:
        return {
            "source_id": key,
            "outcome": outcome,
            "as_at": "2025-07-01",
            "version": "1.2.0",
            "sentences": list(sentences),
        }

    def edition(**hashes: str) -> dict[str, object]:
        return {"sources": [{"source_id": key, "publisher_sha256": value} for key, value in hashes.items()]}

    fetched = [
        entry("same", "held"),
        entry("newer", "held"),
        entry("first", "held"),
        entry("stopped", "kept", "the column 'a' is gone"),
        entry("lost", "failed", "could not be reached"),
        entry("council", "carried"),
        entry("unreached", "carried", "could not be reached"),
        entry("elsewhere", "absent"),
    ]
    now = {**edition(same="1", newer="2", first="3", stopped="4"), "fetched": fetched}
    found = {
        item.id: item.outcome
        for item in changes.compare_sources(now, edition(same="1", newer="1", stopped="4"))
    }
    assert found == {
        "same": "unchanged",
        "newer": "changed",
        "first": "new",
        "stopped": "failed",
        "lost": "failed",
        "council": "carried",
        "unreached": "failed",
        "elsewhere": "absent",
    }
    report = Changes(
        edition="live", previous_edition="", previous_run="", sources=changes.compare_sources(now, None)
    )
    assert report.line().startswith("3 sources changed, 3 failed; ")
    page = BeautifulSoup(changes.render_changes(report, {}, report_title="JSNA"), "lxml").get_text()
    assert "the column 'a' is gone" in page
    assert page.index("Failed: the newest files") < page.index("Carried from a released edition")
