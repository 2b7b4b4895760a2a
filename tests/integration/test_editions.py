"""Editions: locked, loaded whole or not at all, and rebuilt to the byte from the publishers' files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.observation_table import ObservationTable
from send_jsna.catalogue.observations import COLUMNS, WITHHELD, known
from send_jsna.editions.edition import Edition, load_edition
from send_jsna.editions.rebuild import check, rebuild
from send_jsna.errors import DataError, HashMismatchError, UnknownEditionError

ROOT = Path(__file__).parents[2]
EDITIONS = ROOT / "data" / "editions"
SHARED = ROOT.parent / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the maintainers' publisher files are not beside the checkout"
)


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_edition(EDITIONS, "2025")


@pytest.fixture(scope="module")
def frame(edition: Edition) -> pd.DataFrame:
    return edition.frame(Areas(ROOT / "data" / "areas"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(EDITIONS / "2023", tmp_path / "2023")
    return tmp_path


def test_the_editions_say_what_they_are_for(edition: Edition) -> None:
    earlier = load_edition(EDITIONS, "2023")
    assert (edition.reportable, edition.previous, edition.areas) == (True, "2023", ["E08000026"])
    assert (earlier.reportable, earlier.previous, earlier.neighbours) == (False, None, "dfe-2021-04")
    assert max(source.as_at for source in edition.sources.values()) <= edition.released


def test_every_observation_has_a_source_and_a_named_area(edition: Edition, frame: pd.DataFrame) -> None:
    assert set(frame["source_id"]) == set(edition.sources)
    assert frame["area_name"].notna().all()
    assert frame["observation_id"].is_unique


def test_every_source_file_has_its_hash(edition: Edition) -> None:
    for source in edition.sources.values():
        assert bool(source.publisher_file) == (len(source.publisher_sha256) == 64), source.source_id


@pytest.mark.parametrize(
    ("indicator", "area", "period", "breakdown", "value"),
    [
        ("ehc_plan_pct", "E08000026", "2024/25", {}, 4.3),
        ("ehc_plan_pct", "E92000001", "2015/16", {}, 2.8),
        ("sen_support_pct", "E12000005", "2024/25", {}, 14.9),
        ("ehc_plans_count", "E08000026", "January 2025", {}, 3477),
        ("ehc_requests_count", "E08000026", "2024", {}, 1144),
        ("ehc_20_weeks_pct", "E08000026", "2024", {}, 63.4),
        ("ehc_primary_need_pct", "E08000026", "January 2025", {"need": "asd"}, 35.0),
        ("eyfsp_gld_pct", "E08000026", "2024/25", {"provision": "ehc_plan"}, 0.6),
        ("ks2_rwm_expected_pct", "E08000026", "2024/25", {"provision": "no_sen"}, 73),
        ("tribunal_appeal_pct", "E08000026", "2024", {}, 3.2),
        ("tribunal_appeal_new_method_pct", "E08000026", "2024", {}, 4.9),
    ],
)
def test_headline_figures(
    frame: pd.DataFrame, indicator: str, area: str, period: str, breakdown: dict[str, str], value: float
) -> None:
    rows = ObservationTable(frame).select(indicator, area=area, period=period, **breakdown)
    assert rows["value"].tolist() == [value]


def test_numerator_and_denominator_give_the_value_within_its_rounding(frame: pd.DataFrame) -> None:
    rows = frame[frame["numerator"].notna() | frame["denominator"].notna()]
    assert rows["numerator"].notna().all() and rows["denominator"].notna().all()
    quotient = 100 * rows["numerator"] / rows["denominator"]
    assert ((rows["value"] - quotient).abs() <= 0.5 * 10.0 ** -rows["decimals"] + 1e-6).all()
    assert len(rows) > 2000


def test_percentages_are_between_nought_and_a_hundred(frame: pd.DataFrame) -> None:
    values = known(frame[frame["unit"] == "%"])["value"]
    assert values.between(0, 100).all()


def test_withheld_values_are_kept_with_their_reason(frame: pd.DataFrame) -> None:
    withheld = frame[frame["value"].isna()]
    assert set(withheld["status"]) <= set(WITHHELD)
    assert len(withheld) > 1000
    cancelled = ObservationTable(frame).select("ks2_rwm_expected_pct", area="E08000026", period="2019/20")
    assert cancelled["status"].tolist() == ["x"]


def test_printed_errors_stand_in_the_edition_of_what_was_printed_only(frame: pd.DataFrame) -> None:
    printed = load_edition(EDITIONS, "2023").frame(Areas(ROOT / "data" / "areas"))
    increase = ObservationTable(printed).select(
        "sen_printed_increase_count", period="2022/23", provision="ehc_plan"
    )
    assert increase["value"].tolist() == [733]
    totals = ObservationTable(printed).select(
        "special_school_places_printed_total_count", period=["2019/20", "2020/21"]
    )
    assert totals["value"].tolist() == [961, 1057]
    assert not frame["indicator"].str.contains("printed").any()
    places = ObservationTable(frame).select("special_school_places_count", period="2019/20", school="*")
    assert places["value"].sum() == 965


def test_an_unknown_edition_names_those_there_are() -> None:
    with pytest.raises(UnknownEditionError, match=r"no edition '2024'.*one of 2023, 2025"):
        load_edition(EDITIONS, "2024")
    with pytest.raises(UnknownEditionError):
        load_edition(EDITIONS, "")


def test_a_file_edited_by_hand_is_named(copy: Path) -> None:
    path = copy / "2023" / "ofsted.csv"
    path.write_bytes(path.read_bytes().replace(b",86,", b",96,"))
    with pytest.raises(HashMismatchError, match=r"ofsted\.csv: the file was changed.*restore") as caught:
        load_edition(copy, "2023")
    assert caught.value.exit_code == 5


def test_a_file_nobody_locked_is_named(copy: Path) -> None:
    (copy / "2023" / "more.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(HashMismatchError, match=r"more\.csv: the file is not in the edition's lock"):
        load_edition(copy, "2023")


@pytest.mark.parametrize("name", ["population.csv", "sources.csv"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / "2023" / name).unlink()
    with pytest.raises(HashMismatchError, match=f"{name}: a locked file is missing"):
        load_edition(copy, "2023")


@pytest.mark.parametrize("content", [None, "not json"])
def test_a_lost_lock_is_named(copy: Path, content: str | None) -> None:
    lock = copy / "2023" / "lock.json"
    lock.unlink()
    if content is not None:
        lock.write_text(content, encoding="utf-8")
    with pytest.raises(HashMismatchError, match=r"lock\.json: the lock file cannot be read"):
        load_edition(copy, "2023")


def test_a_folder_under_another_name_is_refused(copy: Path) -> None:
    (copy / "2023").rename(copy / "2022")
    with pytest.raises(DataError, match="the edition's id is '2023'; expected '2022'"):
        load_edition(copy, "2022")


@pytest.mark.shared
@needs_shared
def test_the_committed_edition_of_what_was_printed_is_proved_equal() -> None:
    assert check("2023", SHARED, EDITIONS, data=ROOT / "data") == []


@pytest.mark.shared
@needs_shared
def test_the_committed_edition_is_rebuilt_to_the_byte_and_accounts_for_every_row_of_the_digest(
    tmp_path: Path,
) -> None:
    notes = rebuild("2025", SHARED, tmp_path / "2025", data=ROOT / "data")
    assert "10,111 of the digest's 10,117 rows are among the observations, all equal" in notes
    assert any(note.startswith("6 rows of the digest left out") for note in notes)
    committed = {path.name: path.read_bytes() for path in (EDITIONS / "2025").iterdir()}
    del committed["build.yaml"]  # of what it is made, which is not locked
    for name, content in sorted(committed.items()):
        assert (tmp_path / "2025" / name).read_bytes() == content, name
    lock = json.loads((tmp_path / "2025" / "lock.json").read_text(encoding="utf-8"))
    assert {path.name for path in (tmp_path / "2025").iterdir()} == {*lock, "lock.json"} == set(committed)


@pytest.mark.shared
@needs_shared
@pytest.mark.parametrize("name", ["2026", "2026-authorities"])
def test_the_edition_of_2026_is_proved_equal_from_two_folders(name: str) -> None:
    assert check(name, (SHARED, SHARED / "further"), EDITIONS, data=ROOT / "data") == []


def test_an_edition_that_is_released_does_not_gain_what_was_declared_since(edition: Edition) -> None:
    after = load_edition(EDITIONS, "2026")
    assert set(after.datasets) - set(edition.datasets) == {
        *("attendance_by_sen", "childrens_services", "deprivation_local", "ehc_rates", "finance"),
        *("population_by_age", "small_areas", "social_care", "workforce"),
    }
    assert after.previous == "2025" and after.reportable
    for name, stored in edition.datasets.items():
        older = stored.read()[list(COLUMNS)]
        newer = after.datasets[name].read()[list(COLUMNS)]
        assert len(older.merge(newer, how="inner")) == len(older), name


@pytest.mark.parametrize(
    ("indicator", "area", "period", "breakdown", "value"),
    [
        ("sen_services_cost_per_week", "E08000026", "2024-25", {}, 95),
        ("sen_services_cost_per_week", "E92000001", "2024-25", {}, 110),
        ("children_services_spend_pounds", "E92000001", "2024-25", {}, 16012355892),
        ("children_services_spend_pounds", "E08000026", "2024-25", {"service": "family_support"}, 11787936),
        ("pupils_suspended_pct", "E08000026", "2023/24", {"phase": "special"}, 7.14853),
        ("level2_english_maths_age_19_pct", "E08000026", "2023/24", {"provision": "ehc_plan"}, 11.29),
        ("ks2_maths_progress_score", "E08000026", "2022/23", {"provision": "ehc_plan"}, -5.48),
        ("ks4_sustained_destination_pct", "E92000001", "2022/23", {"provision": "all_sen"}, 85.2),
        ("cin_per_10000_lait", "E08000026", "2024-25", {}, 400.9),
        ("cla_count_lait", "E08000026", "2024-25", {}, 684),
        ("cin_persistent_absence_pct_lait", "E08000026", "2024/25", {}, 43.5),
        ("social_worker_vacancies_pct", "E08000026", "2025", {}, 7.4),
        (
            "alcohol_admissions_per_100000",
            "E08000026",
            "2021-22 to 2023-24 pooled",
            {"age": "under_18"},
            14.45,
        ),
    ],
)
def test_figures_that_edition_2026_is_the_first_to_have(
    indicator: str, area: str, period: str, breakdown: dict[str, str], value: float
) -> None:
    frame = load_edition(EDITIONS, "2026").frame(Areas(ROOT / "data" / "areas"))
    rows = ObservationTable(frame).select(indicator, area=area, period=period, **breakdown)
    assert rows["value"].tolist() == [value]


@pytest.mark.shared
@needs_shared
def test_a_locked_edition_is_not_changed_by_a_rebuild(copy: Path) -> None:
    target = copy / "2023"
    assert rebuild("2023", SHARED, target, data=ROOT / "data")[-1] == "the locked edition is the same"
    path = target / "ofsted.csv"
    path.write_bytes(path.read_bytes().replace(b",86,", b",96,"))
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"locked and would change: ofsted\.csv differs"):
        rebuild("2023", SHARED, target, data=ROOT / "data")
    assert path.read_bytes() == before


@pytest.mark.shared
@needs_shared
def test_a_lost_publisher_file_stops_the_rebuild_before_anything_is_written(tmp_path: Path) -> None:
    shared = tmp_path / "shared" / "data"
    shared.mkdir(parents=True)
    with pytest.raises(DataError, match="cannot be read"):
        rebuild("2025", shared, tmp_path / "target", data=ROOT / "data")
    assert not (tmp_path / "target").exists()
