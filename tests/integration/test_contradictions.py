"""``jsna refresh --mirror`` with a percentage that contradicts its counts: no figure, no sentence, exit 6.

The file has the real schema and made-up numbers.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import small_project
import yaml

from send_jsna.catalogue.areas import Areas
from send_jsna.ingest.cell_text import Names

ROOT = Path(__file__).parents[2]
SOURCE, SHARE = "dfe-sen2-2025-timeliness", "ehc_20_weeks_pct"
COLUMN, PART, WHOLE = "PC_plans_issued_20_weeks_ex", "plans_issued_20_weeks_ex", "plans_issued_den_ex"
COVENTRY, DERBY, DUDLEY = "E08000026", "E06000015", "E08000027"
CELLS = {
    "open": small_project.CELLS["open"].replace(
        '"special_school_places_count", school="*", period="latest"', f'"{SHARE}"'
    ),
    "latest": (
        'last = rows[rows["area_code"] == area].iloc[-1]\ns.number("places.total", last["value"], unit="%",'
        ' title="In time", inputs=last, method="As published.")'
    ),
    "table": (
        's.table("places.table", rows[["period", "value"]].astype(str), title="In time by year",'
        ' inputs=rows, method="As published.")'
    ),
}
CORRECTED = f"""- indicator: {SHARE}
  area: {COVENTRY}
  periods: ["2024"]
  action: keep_counts
  reason: A slip.
  reported: 2026-11-29
  expect: {{rows: 1, value: 36.4}}
"""

#: What a case prints as the percentage, by area and year.
Printed = Callable[[str, int], str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with the one source that is tried here, and the one check."""
    folder = small_project.make(tmp_path / "small")
    sources = folder / "data" / "catalogue" / "sources.yaml"
    declared = yaml.safe_load(sources.read_text(encoding="utf-8"))
    for entry in declared:
        entry.pop("fetch", None)
        if entry["id"] != SOURCE:
            entry.pop("reader", None)
    sources.write_text(yaml.safe_dump(declared, sort_keys=False, allow_unicode=True), encoding="utf-8")
    supplements = folder / "data" / "catalogue" / "supplements.yaml"
    listed = yaml.safe_load(supplements.read_text(encoding="utf-8"))
    listed[0]["datasets"] = ["ehc_process"]
    supplements.write_text(yaml.safe_dump(listed, sort_keys=False), encoding="utf-8")
    kept = ("value_is_ratio", "indicators_known", "value_given")
    small_project.keep_checks(
        folder, ("ehc_process", "authorities"), lambda entry: entry["meta"]["name"] in kept
    )
    small_project.write_notebook(folder, CELLS)
    return folder


def release(folder: Path, printed: Printed) -> Path:
    """A synthetic release: 392 of 618 plans everywhere."""
    names = Names.read(ROOT / "data" / "catalogue" / "publisher_names.csv").labels(SOURCE)
    parts = [part for item in names.values() for part in (item.numerator, item.denominator) if part]
    numbers = dict.fromkeys([*names, *parts], "x") | {PART: "392", WHOLE: "618"}
    levels = {"local_authority": "Local authority", "region": "Regional", "country": "National"}
    rows = []
    for area in (area for area in Areas(ROOT / "data" / "areas") if area.kind in levels):
        local = area.kind == "local_authority"
        region = area.region_code if local else area.code if area.kind == "region" else ""
        place = {
            "geographic_level": levels[area.kind],
            "country_code": "E92000001",
            "country_name": "England",
            "region_code": region,
            "region_name": "",
            "old_la_code": area.dfe_number,
            "new_la_code": area.code if local else "",
            "la_name": area.name if local else "",
        }
        rows += [
            {
                "time_period": str(year),
                "time_identifier": "Calendar year",
                **place,
                "breakdown_topic": "All EHC plans issued",
                "breakdown": "All EHC plans issued",
                **numbers,
                COLUMN: printed(area.code, year),
            }
            for year in (2023, 2024)
        ]
    path = folder / "downloads" / "timeliness_20_week.csv"
    path.parent.mkdir()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path.parent


def refreshed(project: Path, printed: Printed) -> tuple[int, str, Path]:
    """Exit code, what is said on standard error, and the run."""
    downloads = release(project, printed)
    done = small_project.jsna(
        project,
        *("refresh", "--direct", "--mirror", str(downloads), "--area", COVENTRY, "--engine", "pandoc"),
        "--quiet",
    )
    runs = [path for path in (project / "runs").iterdir() if (path / "run.json").is_file()]
    return done.returncode, done.stderr, runs[0]


@pytest.mark.parametrize(
    "printed",
    [
        lambda area, year: "36.4" if (area, year) == (COVENTRY, 2024) else "63.4",
        lambda _area, _year: "0.6",
    ],
    ids=["one_row", "proportions"],
)
def test_a_contradiction_feeds_no_figure_and_no_sentence(project: Path, printed: Printed) -> None:
    code, said, run = refreshed(project, printed)
    assert code == 6, said
    assert "value_is_ratio" in said
    assert [path.name for path in (run / "figures").glob("*.json") if ".refused." not in path.name] == []
    page = (run / "site" / "01-places.html").read_text(encoding="utf-8")
    assert "failed validation" in page
    assert f"{printed(COVENTRY, 2024)}% places" not in page


def test_a_record_lets_it_through_and_other_authorities_lose_their_own_row(project: Path) -> None:
    known = project / "data" / "corrections"
    (known / "elsewhere").mkdir(parents=True)
    (known / "2025.yaml").write_text("[]\n", encoding="utf-8")
    (known / "elsewhere" / "2025.yaml").write_text(CORRECTED, encoding="utf-8")
    wrong = {(COVENTRY, 2024), (DERBY, 2024), (DUDLEY, 2024)}
    code, said, run = refreshed(project, lambda area, year: "36.4" if (area, year) in wrong else "63.4")
    assert code == 0, said
    figure = json.loads((run / "figures" / "places.total.json").read_text(encoding="utf-8"))
    assert figure["value"] == 63.4
    assert "Replaced here: A slip." in json.dumps(figure)
    fetched = json.loads((run / "edition.json").read_text(encoding="utf-8"))["fetched"]
    sentences = " ".join(text for entry in fetched for text in entry["sentences"])
    for name in ("Derby, 2024", "Dudley, 2024"):
        assert f"{name}: left out. The percentage does not follow from the counts" in sentences
    assert "36.4" not in sentences
