"""Nothing a run withholds stands anywhere in its folder: planted values are looked for in every file."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import small_project
from bs4 import BeautifulSoup
from planted import forms, found_in, texts

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.dataset_file import read_dataset, write_dataset
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.disclosure import load_tables, suppress_counts
from send_jsna.disclosure.attack import exposures
from send_jsna.disclosure.chosen import chosen_profile
from send_jsna.report.disclosure import disclosure_text
from send_jsna.runs.inputs import observations_of, open_edition
from send_jsna.settings import Settings

#: The edition of ``guarded_run``.
AREA, EDITION = small_project.AREA, "2025"

#: Planted numbers: data set, beginning of the row up to its breakdown, what is written there instead.
#: They are primes that no publisher's table has; with the smallest count raised, all of them are withheld.
CANARIES = {
    7919: ("ehc_process", "residential_placements_count,E08000026,january,January 2025", ",1,,,count"),
    7907: ("ehc_caseload", "ehc_plans_count,E08000026,january,January 2025", ",10,,,,,,,,,,234,,,count"),
    7901: ("ehc_caseload", "ehc_plans_count,E08000026,january,January 2025", ",male,,,,,,,,,2475,,,count"),
    7883: (
        "placement",
        "ehc_placement_count,E08000026,january,January 2025",
        ",special_independent,,,,90,,,count",
    ),
    7879: (
        "primary_need",
        "ehc_primary_need_count,E08000026,january,January 2025",
        ",,,,asd,,,,,1217,,,count",
    ),
    7877: ("ehc_process", "personal_budgets_count,E08000005,january,January 2025", ",186,,,count"),
}
#: A percentage whose counts are withheld, and how it might be shown.
PERCENTAGE = (
    "placement",
    "ehc_placement_pct,E08000026,january,January 2025",
    ",special,,,,41.6,1445,3477,%,1,",
)
PLANTED_PERCENTAGE = "61.827391"
SMALLEST = 8000


def planted(folder: Path) -> Path:
    """A copy of the project in which the numbers are planted, locked as it is."""
    for name in ("data", "notebooks", "expectations", "reports"):
        shutil.copytree(small_project.ROOT / name, folder / name)
    for number, place in CANARIES.items():
        old = place[2]
        value = re.findall(r"\d+(?=,,,count)", old)[0]
        replace(folder, *place, old.replace(f"{value},,,count", f"{number},,,count"))
    # The documents of 2023 print counts that are small by this measure; what is out cannot be withheld.
    card = folder / "data" / "editions" / "2025" / "edition.yaml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace('previous: "2023"', "previous: null"), encoding="utf-8")
    replace(folder, *PERCENTAGE, PERCENTAGE[2].replace("41.6", PLANTED_PERCENTAGE).replace("%,1,", "%,6,"))
    small_project.relock(folder, EDITION)
    return folder


def replace(folder: Path, dataset: str, beginning: str, old: str, new: str) -> None:
    """Change one row of a data set."""
    path = folder / "data" / "editions" / "2025" / f"{dataset}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines) if line.startswith(beginning) and old in line]
    if dataset == "primary_need":
        found = [number for number in found if lines[number].count(",,,,,,,,asd") == 1]
    assert len(found) == 1, (beginning, old, found)
    lines[found[0]] = lines[found[0]].replace(old, new)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_no_planted_value_stands_anywhere_in_a_run(tmp_path: Path) -> None:
    project = planted(tmp_path / "project")
    edition = project / "data" / "editions" / "2025"
    pattern = forms(CANARIES, r"61\.82\d*")
    found = pattern.findall("\n".join(texts(path) for path in edition.glob("*.csv")))
    assert len(found) == len(CANARIES) + 1, "the scanner sees what it is to look for"

    runs = tmp_path / "runs"
    done = small_project.jsna(
        project,
        *("refresh", "--edition", EDITION, "--direct", "--quiet", "--engine", "pandoc", "--runs", str(runs)),
        env={"JSNA_SCOPE": "all", "JSNA_SMALLEST_COUNT": str(SMALLEST)},
    )
    built = [path for path in runs.glob("2*-E08000026-2025") if path.is_dir()]
    assert len(built) == 1, done.stderr
    run = built[0]
    record = json.loads((run / "disclosure.json").read_text(encoding="utf-8"))
    assert (record["profile"], record["smallest"]) == ("council", SMALLEST), done.stderr
    assert (run / "site" / "send-jsna.pdf").is_file()

    files = [path for path in run.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {
        ".html",
        ".svg",
        ".png",
        ".pdf",
        ".docx",
        ".json",
        ".ipynb",
        ".sqlite",
    }
    assert found_in(run, pattern) == {}


def test_the_report_does_not_depend_on_what_it_withholds(tmp_path: Path, guarded_run: Path) -> None:
    project = tmp_path / "project"
    for name in ("data", "notebooks", "expectations", "reports"):
        shutil.copytree(small_project.ROOT / name, project / name)
    beginning = "residential_placements_count,E08000026,january,January 2025"
    replace(project, "ehc_process", beginning, ",1,,,count", ",3,,,count")
    small_project.relock(project, EDITION)
    # What does not read the data set is taken from what the other run stored.
    env = {"JSNA_SCOPE": "all", "JSNA_STATE": f"{guarded_run.parent}-state"}
    plain = ("--edition", EDITION, "--direct", "--quiet", "--engine", "pandoc")
    done = small_project.jsna(project, "refresh", *plain, env=env)
    assert done.returncode == 0, done.stderr
    run = (project / "runs" / "latest").resolve()
    changed = hash_of(small_project.ROOT, "ehc_process"), hash_of(project, "ehc_process")
    for folder in ("figures", "site", "notebooks", "absences"):
        names = sorted(path.relative_to(guarded_run) for path in (guarded_run / folder).rglob("*.*"))
        assert names == sorted(path.relative_to(run) for path in (run / folder).rglob("*.*"))
        for name in names:
            if name.suffix in (".html", ".json", ".svg", ".md", ".jsonl", ".sqlite"):
                mine = texts(run / name).replace(changed[1], changed[0])
                assert without_ids(mine) == without_ids(texts(guarded_run / name)), name


def hash_of(project: Path, dataset: str) -> str:
    lock = json.loads((project / "data" / "editions" / "2025" / "lock.json").read_text(encoding="utf-8"))
    return str(lock[f"{dataset}.csv"])


def without_ids(text: str) -> str:
    """Text without the ids of validation records, which are made from the hash of the data."""
    return re.sub(r"(2025/ehc_process/)[0-9a-f]{12}", r"\1", re.sub(r'"data_sha256": "[0-9a-f]+"', "", text))


@pytest.mark.parametrize(("profile", "plans"), [("nhs_england", 3475), ("opensafely", 3475)])
def test_another_profile_rounds_the_real_edition(
    tmp_path: Path, project_root: Path, built_run: Path, profile: str, plans: int
) -> None:
    settings = Settings(project_root=project_root, disclosure=profile)
    edition = open_edition(settings, "2025", AREA)
    frame = observations_of(settings, edition, Areas(settings.data / "areas"))
    tables = load_tables(settings.data)
    done = suppress_counts(frame, tables, chosen_profile(settings), area=AREA)
    assert not exposures(frame, done.frame, tables, chosen_profile(settings))
    counts = done.frame[done.frame["indicator"] == "ehc_plans_count"]
    local = counts[~counts["area_code"].str.startswith("E92")]
    assert (local["value"].dropna() % 5 == 0).all()
    total = local[(local["area_code"] == AREA) & (local["period"] == "January 2025")]
    assert total.loc[(total[list(DIMENSIONS)] == "").all(axis=1), "value"].tolist() == [plans]
    (tmp_path / "disclosure.json").write_text(done.record.model_dump_json(), encoding="utf-8")
    text = disclosure_text(tmp_path)
    assert f"`{profile}`" in text
    assert "observations were rounded" in text
    record = json.loads((built_run / "figures" / "ehcp.caseload.latest.json").read_text(encoding="utf-8"))
    assert (record["disclosure"], record["value"]) == ("none", 3477)


def test_zero_not_applicable_missing_and_withheld_are_four_things_on_the_page(small: Path) -> None:
    path = small_project.dataset(small)
    frame = read_dataset(path)
    newest = frame.index[frame["value"].notna()][-4:]
    frame.loc[newest, "period"] = frame.loc[newest, "period"].iloc[-1]
    frame = frame.loc[newest].assign(value=[0.0, float("nan"), float("nan"), float("nan")])
    frame["status"] = ["final", "z", "x", "c"]
    frame["school"] = ["corley", "kingsbury", "riverbank", "tiverton"]
    for column in ("period_start", "period_end", "source_period"):
        frame[column] = frame[column].iloc[-1]
    path.write_bytes(write_dataset(frame))
    small_project.relock(small)
    cells = {name: text for name, text in small_project.CELLS.items() if name in ("open", "total")}
    cells["table"] = (
        "from send_jsna.evidence.tables import by_period, reason_notes\n"
        "from send_jsna.catalogue.observations import known\n\n"
        'table = by_period(s.observations("special_school_places_count", school="*"), rows="school")\n'
        's.table("places.table", table, title="Places by school", inputs=known(rows),'
        ' method="As printed.", notes=reason_notes(table))'
    )
    cells["total"] = cells["total"].replace("inputs=rows", 'inputs=rows[rows["value"].notna()]')
    small_project.write_notebook(small, cells)
    done = small_project.jsna(small, "refresh", "--direct", "--quiet", "--engine", "pandoc")
    assert (small / "runs" / "latest").exists(), done.stderr
    page = BeautifulSoup((small / "runs/latest/site/01-places.html").read_bytes(), "lxml")
    table = page.find("table")
    assert table is not None
    assert [cell.get_text(strip=True) for cell in table.select("tbody td")] == ["0", "z", "x", "c"]
    text = page.get_text(" ", strip=True)
    for meaning in ("z: not applicable.", "x: not available.", "c: confidential."):
        assert meaning in text
