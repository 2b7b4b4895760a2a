"""A new edition of two files that an analyst writes: built whole or not at all, and never over another."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import small_project
import yaml

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.editions.build_file import BuildFile, DigestRows, DigestUse, MadeWith, PrintedDocument
from send_jsna.editions.edition import load_edition
from send_jsna.editions.edition_files import EditionCard
from send_jsna.editions.rebuild import rebuild
from send_jsna.errors import CatalogueError, DataError, JsnaError, UnknownEditionError

ROOT = Path(__file__).parents[2]
CARD = {
    "id": "2027",
    "title": "The edition of 2027",
    "released": "2027-11-22",
    "areas": ["E08000026"],
    "reportable": True,
    "previous": "2025",
    "neighbours": "dfe-2025-05",
}
#: A release of one small file, with a table for every authority, and one that gives the authorities too.
SOURCES = ["dfe-sen2-2025-requests", "dfe-absence-sen"]
CASELOAD = """\
time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,\
new_la_code,la_name,characteristic_age,Total_all
2027,Calendar year,Local authority,E92000001,England,E12000005,West Midlands,331,E08000026,Coventry,Total,4500
"""
Change = Callable[[Path], None]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A project's declared data with an edition 2027 that has still to be built."""
    folder = tmp_path / "project" / "data"
    for name in ("areas", "catalogue", "corrections", "council", "services"):
        shutil.copytree(ROOT / "data" / name, folder / name)
    shutil.copytree(ROOT / "data" / "editions" / "2023", folder / "editions" / "2023")
    shutil.copytree(ROOT / "data" / "editions" / "2025", folder / "editions" / "2025")
    (folder.parent / "notebooks").mkdir()
    write(folder, CARD, {"sources": SOURCES})
    return folder


def write(data: Path, card: dict[str, object], build_file: object) -> Path:
    """Write what an analyst writes of an edition."""
    folder = data / "editions" / str(card["id"])
    folder.mkdir(exist_ok=True)
    (folder / "edition.yaml").write_text(yaml.safe_dump(card, sort_keys=False), encoding="utf-8")
    text = build_file if isinstance(build_file, str) else yaml.safe_dump(build_file)
    (folder / "build.yaml").write_text(text, encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.shared
def test_an_edition_of_two_written_files_is_built_opened_and_proved(data: Path, shared: Path) -> None:
    project = data.parent
    draft = small_project.jsna(project, "edition", "list")
    assert "2027  not built yet: jsna edition rebuild 2027 --from FOLDER" in draft.stdout

    built = small_project.jsna(project, "edition", "rebuild", "2027", "--from", str(shared))
    assert (built.returncode, built.stderr) == (0, "")
    edition = load_edition(data / "editions", "2027")
    assert sorted(edition.datasets) == ["absence_exclusion", "authorities", "ehc_process"]
    assert sorted(edition.sources) == sorted(SOURCES)
    for source in edition.sources.values():
        assert (source.publisher_file, len(source.publisher_sha256)) == (
            load_catalogue(data / "catalogue").sources[source.source_id].file.removesuffix(".gz"),
            64,
        )
    assert (edition.folder / "build.yaml").is_file()
    assert {path.name for path in (data / "editions").iterdir()} == {"2023", "2025", "2027"}

    checked = small_project.jsna(project, "edition", "check", "2027", "--from", str(shared))
    assert checked.stdout == "2027: equal, byte for byte\n"
    assert "2027  The edition of 2027; released" in small_project.jsna(project, "edition", "list").stdout


@pytest.mark.shared
def test_the_files_of_publishers_may_lie_anywhere_in_the_folder(
    data: Path, shared: Path, tmp_path: Path
) -> None:
    flat = tmp_path / "downloads"
    flat.mkdir()
    shutil.copy(shared / "publisher" / "sen2_2025" / "requests.csv.gz", flat)
    write(data, CARD, {"sources": "found", "areas": "comparators", "declared": []})
    target = data / "editions" / "2027"
    notes = rebuild("2027", flat, target, data=data)
    assert any(note.startswith("the folder has no files of dfe-lait-2026-04, ") for note in notes)
    assert sorted(load_edition(data / "editions", "2027").sources) == ["dfe-sen2-2025-requests"]


def test_a_file_of_the_folder_that_no_source_goes_by_is_named(data: Path, tmp_path: Path) -> None:
    """A misspelt name would leave its figures out, and nobody would know."""
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / "sen2_age_caseload.csv").write_text(CASELOAD, encoding="utf-8")
    for name in ("sen2_mi (1).csv", ".listing"):
        (downloads / name).write_text("a\n", encoding="utf-8")
    write(data, CARD, {"sources": "found"})
    notes = rebuild("2027", downloads, data / "editions" / "2027", data=data)
    (unread,) = [note for note in notes if note.startswith("not read of the folder: ")]
    assert unread.startswith(
        "not read of the folder: sen2_mi (1).csv; no source of data/catalogue/sources.yaml"
    )
    write(data, CARD, {"sources": ["dfe-sen2-2022-caseload"]})
    assert len(rebuild("2027", downloads, data / "editions" / "2027", data=data)) == 2


@pytest.mark.shared
def test_a_built_edition_is_not_changed_but_where_it_is_asked_for(data: Path, shared: Path) -> None:
    target = data / "editions" / "2027"
    rebuild("2027", shared, target, data=data)
    before = contents(target)
    assert rebuild("2027", shared, target, data=data)[-1] == "the locked edition is the same"

    write(data, CARD, {"sources": SOURCES[:1]})
    with pytest.raises(
        DataError, match=r"the edition is locked and would change: .*new edition id, or pass --replace while"
    ):
        rebuild("2027", shared, target, data=data)
    (target / "lock.json").unlink()
    with pytest.raises(DataError, match="there without its lock and would change"):
        rebuild("2027", shared, target, data=data)
    (target / "lock.json").write_bytes(before["lock.json"])
    assert contents(target).keys() == before.keys()

    (target / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match=r"notes\.txt is no file of the edition.*move it"):
        rebuild("2027", shared, target, data=data, replace=True)
    (target / "notes.txt").unlink()
    rebuild("2027", shared, target, data=data, replace=True)
    assert sorted(load_edition(data / "editions", "2027").datasets) == ["authorities", "ehc_process"]
    assert "absence_exclusion.csv" not in contents(target)


@pytest.mark.shared
def test_where_the_new_folder_cannot_be_put_in_place_the_old_one_is_there_again(
    data: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = data / "editions" / "2027"
    before = contents(target)
    rename = Path.rename

    def refuse(path: Path, other: Path) -> Path:
        if path.name == "new":
            raise OSError(28, "No space left on device")
        return rename(path, other)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="No space"):
        rebuild("2027", shared, target, data=data)
    assert contents(target) == before
    assert {path.name for path in (data / "editions").iterdir()} == {"2023", "2025", "2027"}


def test_an_edition_that_is_not_built_is_said_to_be_so_and_stops_no_other(data: Path) -> None:
    with pytest.raises(
        UnknownEditionError, match=r"'2027' has not been built; run jsna edition rebuild 2027"
    ):
        load_edition(data / "editions", "2027")
    assert load_edition(data / "editions", "2025").reportable


@pytest.mark.parametrize(
    ("build_file", "error", "message"),
    [
        (
            "sources:\n- dfe-nowhere\n",
            CatalogueError,
            r"build\.yaml, line 2: the source 'dfe-nowhere' does not",
        ),
        ("sources: [council-slt]\n", CatalogueError, r"line 1: the source 'council-slt' has no reader"),
        ("sources: most\n", CatalogueError, r"line 1: sources: expected found, with_file or a list"),
        ("sources: found\nslides: yes\n", CatalogueError, r"line 2: unknown key slides"),
        ("sources: [\nareas\n", CatalogueError, r"build\.yaml, line \d: is not valid YAML"),
        ("areas: all\n", CatalogueError, "the key sources is missing"),
        ("sources: found\nareas: others\n", CatalogueError, r"line 2: `areas` and `extends` .* contradict"),
        (
            "sources: []\ndocuments:\n- {reader: slides, source: council-slt}\n",
            CatalogueError,
            r"line 3: the source 'council-slt' has no file",
        ),
        (
            "sources: []\ndigest:\n  rows:\n  - sources: [dfe-nowhere]\n",
            CatalogueError,
            r"line 4: the source 'dfe-nowhere' does not exist",
        ),
        ("sources: found\n", DataError, "the folder is empty"),
        ("sources: [dfe-absence-sen]\n", DataError, "the folder is empty"),
        ("sources: []\n", DataError, "no observation in the files of the edition's areas"),
        (
            "sources: []\ndocuments:\n- {reader: slides, source: coventry-send-jsna-slides-2023}\n",
            DataError,
            "the document of coventry-send-jsna-slides-2023 cannot be read; expected seeds/",
        ),
        ("sources: []\ndigest: {}\n", DataError, r"figures\.csv: the publisher file cannot be read"),
    ],
)
def test_what_cannot_be_built_is_one_line_and_leaves_the_folder_as_it_was(
    data: Path, tmp_path: Path, build_file: str, error: type[JsnaError], message: str
) -> None:
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    target = write(data, CARD, build_file)
    before = contents(target)
    with pytest.raises(error, match=message) as caught:
        rebuild("2027", downloads, target, data=data)
    assert "\n" not in caught.value.line()
    assert contents(target) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"previous": "2026"},
            r"edition\.yaml, line 7: there is no edition '2026'; expected one of 2023, 2025;",
        ),
        ({"areas": []}, "line 4: the edition has 0 areas"),
        ({"areas": ["E08000026", "E08000025"]}, "line 4: the edition has 2 areas"),
        ({"areas": ["E99999999"]}, "no area 'E99999999'"),
        ({"neighbours": "dfe-1999"}, "no neighbour list 'dfe-1999'"),
        ({"released": "soon"}, "released: Input should be a valid date"),
        ({"colour": "red"}, "unknown key colour"),
    ],
)
def test_a_fault_in_the_card_is_named(
    data: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    target = write(data, {**CARD, **change}, {"sources": "found"})
    with pytest.raises(JsnaError, match=message) as caught:
        rebuild("2027", tmp_path, target, data=data)
    assert caught.value.exit_code in (3, 4)


@pytest.mark.shared
def test_a_folder_that_lacks_a_listed_file_or_a_card_older_than_its_sources_is_refused(
    data: Path, shared: Path
) -> None:
    target = write(data, CARD, {"sources": ["dfe-absence-sen", "ons-births"]})
    with pytest.raises(DataError, match=r"the publisher file of ons-births is missing; expected nm_206_1-"):
        rebuild("2027", shared, target, data=data)
    write(data, {**CARD, "released": "2020-01-31"}, {"sources": ["dfe-absence-sen"]})
    with pytest.raises(DataError, match="dfe-absence-sen is as at 2024-02-29, after the edition's day"):
        rebuild("2027", shared, target, data=data)
    assert sorted(contents(target)) == ["build.yaml", "edition.yaml"]


@pytest.mark.shared
def test_an_edition_that_is_not_as_the_catalogue_declares_it_is_refused(data: Path, shared: Path) -> None:
    dimensions = data / "catalogue" / "dimensions.yaml"
    text = dimensions.read_text(encoding="utf-8")
    label = next(line for line in text.splitlines() if line.startswith("  all_sen:"))
    dimensions.write_text(text.replace(f"{label}\n", "", 1), encoding="utf-8")
    target = data / "editions" / "2027"
    before = contents(target)
    with pytest.raises(CatalogueError, match=r"provision all_sen of absence_exclusion\.csv has no label"):
        rebuild("2027", shared, target, data=data)
    assert contents(target) == before


@pytest.mark.shared
def test_what_was_declared_after_an_edition_was_made_is_no_part_of_it(data: Path, shared: Path) -> None:
    lait = "dfe-lait-2026-04"
    made_with = {
        "labels": {lait: ["SEN_TotStat", "TotAbs", "PriTotAbs"]},
        "indicators": ["ehc_plan_pct"],
    }
    folder = write(data, CARD, {"sources": [lait], "made_with": made_with})
    rebuild("2027", [shared], folder, data=data)
    edition = load_edition(data / "editions", "2027")
    assert sorted(edition.datasets) == ["absence_exclusion", "authorities", "sen_prevalence"]
    assert set(edition.datasets["absence_exclusion"].read()["source_label"]) == {"TotAbs", "PriTotAbs"}
    assert set(edition.datasets["authorities"].read()["indicator"]) == {"ehc_plan_pct"}


@pytest.mark.shared
def test_a_measure_of_the_tool_of_which_nothing_is_declared_stops_the_edition(
    data: Path, shared: Path
) -> None:
    names = data / "catalogue" / "publisher_names.csv"
    lines = names.read_text(encoding="utf-8").splitlines(keepends=True)
    names.write_text("".join(line for line in lines if ",FirstYJS," not in line), encoding="utf-8")
    folder = write(data, CARD, {"sources": ["dfe-lait-2026-04"]})
    before = contents(folder)
    with pytest.raises(DataError, match="the label 'FirstYJS' is not declared"):
        rebuild("2027", shared, folder, data=data)
    assert contents(folder) == before


def test_a_fault_ends_the_command_with_its_documented_code(data: Path, tmp_path: Path) -> None:
    write(data, CARD, {"sources": ["dfe-nowhere"]})
    arguments = ("--from", str(tmp_path))
    refused = small_project.jsna(data.parent, "edition", "rebuild", "2027", *arguments)
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1)
    unknown = small_project.jsna(data.parent, "edition", "rebuild", "2028", *arguments)
    assert unknown.returncode == 4
    assert (
        "no edition '2028' can be built: edition.yaml is missing; expected one of 2023, 2025"
        in unknown.stderr
    )
    (data / "editions" / "2027" / "build.yaml").unlink()
    unsaid = small_project.jsna(data.parent, "edition", "rebuild", "2027", *arguments)
    assert unsaid.returncode == 4
    assert "build.yaml is missing" in unsaid.stderr


def test_the_page_on_editions_names_every_key() -> None:
    text = (ROOT / "docs" / "editions.md").read_text(encoding="utf-8")
    for model in (BuildFile, PrintedDocument, DigestUse, DigestRows, MadeWith):
        assert [name for name in model.model_fields if f"`{name}`" not in text] == [], model.__name__
    for name in EditionCard.model_fields.keys() - {"origin", "corrections", "extends"}:
        assert f"\n    {name}: " in text
