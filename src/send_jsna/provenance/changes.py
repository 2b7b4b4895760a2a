"""What is different from last time: the report a person reads before publishing a rebuilt assessment."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import DIMENSIONS, KEY, WITHHELD_HERE, is_withheld_here
from send_jsna.figures.records import FigureRecord, read_figures
from send_jsna.figures.run_context import DISCLOSURE, OBSERVATIONS
from send_jsna.files import write_json
from send_jsna.provenance.change_records import (
    Changes,
    ClaimChange,
    Continuation,
    FigureChange,
    Revision,
    SourceChange,
)
from send_jsna.wording import title_of

JSON_NAME = "changes.json"
PAGE_NAME = "changes.html"

#: Data set and name of an indicator, by its id.
Indicators = Mapping[str, tuple[str, str]]


def compare_observations(
    before: pd.DataFrame, now: pd.DataFrame
) -> tuple[list[str], list[str], list[Revision]]:
    """Compare two editions' tidy tables.

    Args:
        before: The previous edition, with the columns of a data set read by ``read_dataset``.
        now: This edition, likewise.

    Returns:
        Indicators new, indicators gone, and the observations in both with another value or status. An
        indicator that moved to another data set is neither new nor gone.
    """
    had, has = set(before["indicator"]), set(now["indicator"])
    both = before.merge(now, on=list(KEY), suffixes=("_before", "_now"), validate="1:1")
    same = (both["status_before"] == both["status_now"]) & (
        (both["value_before"] == both["value_now"]) | (both["value_before"].isna() & both["value_now"].isna())
    )
    revised = [
        Revision(
            indicator=row["indicator"],
            area_code=row["area_code"],
            period=row["period"],
            breakdown="; ".join(f"{name}: {row[name]}" for name in DIMENSIONS if row[name]),
            before=_shown(row["value_before"], row["status_before"]),
            now=_shown(row["value_now"], row["status_now"]),
            observation_before=row["observation_id_before"],
            observation_now=row["observation_id_now"],
        )
        for row in both[~same].sort_values(list(KEY)).to_dict("records")
    ]
    return sorted(has - had), sorted(had - has), revised


def continued(before: pd.DataFrame, now: pd.DataFrame) -> list[Continuation]:
    """Indicators of two editions that this one takes to a later period, by id.

    Args:
        before: The previous edition, with the columns of a data set read by ``read_dataset``.
        now: This edition, likewise.
    """
    latest = [
        frame[frame["value"].notna()].sort_values("period_end").groupby("indicator").last()
        for frame in (before, now)
    ]
    both = latest[0].merge(latest[1], left_index=True, right_index=True, suffixes=("_before", "_now"))
    later = both[both["period_end_now"] > both["period_end_before"]]
    return [
        Continuation(indicator=str(key), before=row["period_before"], now=row["period_now"])
        for key, row in zip(later.index, later.to_dict("records"), strict=True)
    ]


def compare_sources(edition: Mapping[str, Any], previous: Mapping[str, Any] | None) -> list[SourceChange]:
    """What came of each source of a fetched edition, against the edition of the previous run.

    Args:
        edition: ``edition.json`` of the run.
        previous: That of the previous run; None where there is none.
    """
    earlier = {item["source_id"]: item["publisher_sha256"] for item in (previous or {}).get("sources", [])}
    now = {item["source_id"]: item["publisher_sha256"] for item in edition.get("sources", [])}
    found = []
    for entry in edition.get("fetched", []):
        key, outcome = entry["source_id"], entry["outcome"]
        if outcome == "held":
            outcome = (
                "new" if key not in earlier else "unchanged" if earlier[key] == now.get(key) else "changed"
            )
        elif outcome not in ("carried", "absent") or entry["sentences"]:
            outcome = "failed"
        found.append(
            SourceChange(
                id=key,
                outcome=outcome,
                as_at=entry["as_at"],
                version=entry["version"],
                sentences=entry["sentences"],
            )
        )
    return found


def compare_figures(
    before: Mapping[str, FigureRecord], now: Mapping[str, FigureRecord], withheld: Collection[str] = ()
) -> tuple[list[FigureChange], list[FigureChange]]:
    """Compare the figures two runs published under the same ids.

    Args:
        before: The figures of the previous run, by id.
        now: Those of this run.
        withheld: Ids whose earlier value is not shown.

    Returns:
        Figures whose direction or position changed, and numbers that are shown differently otherwise.
    """
    turned: list[FigureChange] = []
    moved: list[FigureChange] = []
    for key in sorted(set(before) & set(now)):
        old, new = before[key], now[key]
        if old.kind not in ("number", "phrase") or old.kind != new.kind or old.shown == new.shown:
            continue
        shown = WITHHELD_HERE if key in withheld else old.shown
        change = FigureChange(id=key, title=new.title, before=shown, now=new.shown)
        (turned if new.kind == "phrase" or _sign(old) != _sign(new) else moved).append(change)
    return turned, moved


def figures_of_withheld(
    figures: Mapping[str, FigureRecord], before: pd.DataFrame, now: pd.DataFrame
) -> set[str]:
    """Ids of the figures of a previous run that were made from what this run withholds.

    Args:
        figures: The figures the previous run published, by id.
        before: Its observations.
        now: The observations of this run.
    """
    here = pd.MultiIndex.from_frame(now.loc[is_withheld_here(now), list(KEY)])
    hidden = set(before.loc[pd.MultiIndex.from_frame(before[list(KEY)]).isin(here), "observation_id"])
    return {key for key, record in figures.items() if hidden & set(record.inputs)}


def compare_claims(
    before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> tuple[list[ClaimChange], list[ClaimChange]]:
    """Compare the outcomes of the published claims in two runs.

    Args:
        before: For each claim id its outcome and what it quotes, in the previous run.
        now: Likewise, in this run.

    Returns:
        Claims that agreed and no longer do, and claims that do now and did not before.
    """
    broken, mended = [], []
    for key in sorted(set(before) & set(now)):
        was, is_ = str(before[key]["outcome"]), str(now[key]["outcome"])
        change = ClaimChange(id=key, quoted=str(now[key].get("quoted", "")), before=was, now=is_)
        if was == "agrees" and is_ != "agrees":
            broken.append(change)
        elif was != "agrees" and is_ == "agrees":
            mended.append(change)
    return broken, mended


def compare_runs(run: Path, previous: Path | None, *, previous_frame: pd.DataFrame | None) -> Changes:
    """Compare a run with the previous edition and the previous run.

    Args:
        run: The run's folder.
        previous: Folder of the previous run, if there is one.
        previous_frame: Observations of the edition this run's edition names as its previous one, if any: as
            a report of it shows them, without what this run withholds.

    Returns:
        The change report.
    """
    edition = _read(run / "edition.json", {})
    new: list[str] = []
    gone: list[str] = []
    revised: list[Revision] = []
    later: list[Continuation] = []
    if previous_frame is not None:
        now = pd.read_parquet(run / OBSERVATIONS)
        new, gone, revised = compare_observations(previous_frame, now)
        later = continued(previous_frame, now)
    turned: list[FigureChange] = []
    moved: list[FigureChange] = []
    broken: list[ClaimChange] = []
    mended: list[ClaimChange] = []
    figures, _ = read_figures(run)
    old_figures: dict[str, FigureRecord] = {}
    old_edition = _read(previous / "edition.json", {}) if previous is not None else None
    not_compared = ""
    if previous is not None:
        old_figures, _ = read_figures(previous)
        not_compared = _why_not_compared(_read(previous / DISCLOSURE, {}), _read(run / DISCLOSURE, {}))
        if not not_compared:
            tables = (pd.read_parquet(folder / OBSERVATIONS) for folder in (previous, run))
            withheld = figures_of_withheld(old_figures, *tables)
            turned, moved = compare_figures(old_figures, figures, withheld)
        broken, mended = compare_claims(read_outcomes(previous), read_outcomes(run))
    return Changes(
        edition=str(edition.get("id", "")),
        previous_edition=str(edition.get("previous") or ""),
        previous_run=previous.name if previous is not None else "",
        not_compared=not_compared,
        sources=compare_sources(edition, old_edition),
        indicators_new=new,
        indicators_gone=gone,
        continued=later,
        revised=revised,
        figures_turned=turned,
        figures_moved=moved,
        figures_new=sorted(set(figures) - set(old_figures)) if previous is not None else [],
        figures_gone=sorted(set(old_figures) - set(figures)),
        claims_broken=broken,
        claims_mended=mended,
    )


def write_changes(folder: Path, changes: Changes, indicators: Indicators, *, report_title: str) -> Path:
    """Write the change report into a run folder, as JSON and as an accessible page.

    Args:
        folder: The run's folder.
        changes: The change report.
        indicators: Data set and name of each indicator that is declared, by id.
        report_title: What the report is called.

    Returns:
        Path of the page.
    """
    write_json(folder / JSON_NAME, changes.model_dump())
    page = folder / PAGE_NAME
    page.write_text(render_changes(changes, indicators, report_title=report_title), encoding="utf-8")
    return page


def render_changes(changes: Changes, indicators: Indicators, *, report_title: str) -> str:
    """The change report as an HTML page."""
    from send_jsna.pages import CSS, template

    return template("changes.html.j2").render(
        changes=changes,
        new=_by_dataset(changes.indicators_new, indicators),
        gone=_by_dataset(changes.indicators_gone, indicators),
        names={key: name for key, (_, name) in indicators.items()},
        report_title=report_title,
        css=CSS,
    )


def read_outcomes(run: Path) -> dict[str, dict[str, Any]]:
    """Outcome and quoted words of each claim a run checked, by id."""
    found = _read(run / "claims.json", [])
    rows = found["claims"] if isinstance(found, dict) else found
    return {str(row["id"]): {"outcome": row["outcome"], "quoted": row.get("quoted", "")} for row in rows}


def _by_dataset(ids: Collection[str], indicators: Indicators) -> dict[str, list[tuple[str, str]]]:
    """Ids and names of indicators, in the order of the names, by what their data set is called."""
    found: dict[str, list[tuple[str, str]]] = {}
    for dataset, name, key in sorted((*indicators.get(key, ("", key)), key) for key in ids):
        heading = title_of(dataset) or "No longer declared"
        found.setdefault(heading, []).append((key, name))
    return found


def _why_not_compared(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Why what two runs show is not set side by side: one may show what the other withholds."""
    rules = [
        (str(item.get("profile", "")), str(item.get("smallest", "")), str(item.get("scope", "all")))
        for item in (before, now)
    ]
    if rules[0] == rules[1]:
        return ""
    made = [f"{profile} (smallest count {smallest}, scope {scope})" for profile, smallest, scope in rules]
    return f"The runs were made under different disclosure rules: {made[0]} before, {made[1]} now."


def _sign(record: FigureRecord) -> int:
    value = record.value or 0.0
    return (value > 0) - (value < 0)


def _shown(value: float, status: str) -> str:
    if math.isnan(value):
        return status
    number = f"{value:,.10g}"
    return number if status == "final" else f"{number} ({status})"


def _read(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default
