"""The other authorities: what is declared of them, what is chosen, and the companion beside edition 2025."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.kept import Kept, load_kept
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.catalogue.schema import Catalogue
from send_jsna.editions import authorities, built, make
from send_jsna.editions.edition import Edition, companion, load_edition
from send_jsna.editions.edition_files import render_lock
from send_jsna.editions.rebuild import check
from send_jsna.editions.supply import check_supply
from send_jsna.errors import CatalogueError, DataError, HashMismatchError
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.runs.inputs import open_edition
from send_jsna.settings import Settings
from send_jsna.sources.context import Context
from send_jsna.validation import known_values, read_suite

ROOT = Path(__file__).parents[3]
EDITIONS = ROOT / "data" / "editions"
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data" / "catalogue")


@pytest.fixture(scope="module")
def beside() -> Edition:
    return load_edition(EDITIONS, "2025-authorities")


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_edition(EDITIONS, "2025")


def rows(*given: tuple[str, str, str, float | None], **dimensions: str) -> pd.DataFrame:
    """Observations by indicator, area, year and value."""
    made = [
        {
            "indicator": indicator,
            "area_code": area,
            "period": year,
            "period_start": f"{year}-01-01",
            "value": value,
            **dict.fromkeys(DIMENSIONS, ""),
            **dimensions,
        }
        for indicator, area, year, value in given
    ]
    return pd.DataFrame(made)


# -- what is chosen --------------------------------------------------------------------------------------


def test_only_what_is_declared_of_the_wanted_authorities_is_chosen() -> None:
    kept = [Kept(indicator="a_pct")]
    frame = pd.concat(
        [
            rows(("a_pct", "E06000001", "2024", 1.0), ("a_pct", "E92000001", "2024", 2.0)),
            rows(("b_pct", "E06000001", "2024", 3.0)),
            rows(("a_pct", "E06000001", "2024", 4.0), phase="primary"),
        ],
        ignore_index=True,
    )
    chosen = authorities.chosen(frame, kept, ["E06000001"])
    assert chosen["value"].tolist() == [1.0]


def test_a_declared_breakdown_is_chosen_and_the_total_is_not() -> None:
    kept = [Kept(indicator="a_pct", breakdowns=[{"phase": "primary"}])]
    frame = pd.concat(
        [
            rows(("a_pct", "E06000001", "2024", 1.0)),
            rows(("a_pct", "E06000001", "2024", 4.0), phase="primary"),
        ]
    )
    assert authorities.chosen(frame, kept, ["E06000001"])["value"].tolist() == [4.0]


def test_the_newest_periods_are_those_in_which_somebody_has_a_value() -> None:
    frame = rows(
        ("a_pct", "E06000001", "2022", 1.0),
        ("a_pct", "E06000001", "2023", 2.0),
        ("a_pct", "E06000001", "2024", None),
        ("a_pct", "E06000002", "2023", None),
        ("a_pct", "E06000002", "2024", None),
    )
    codes = ["E06000001", "E06000002"]
    one = authorities.chosen(frame, [Kept(indicator="a_pct", periods=1)], codes)
    assert sorted(one["period"].unique()) == ["2023", "2024"]
    assert len(authorities.chosen(frame, [Kept(indicator="a_pct")], codes)) == 5
    nothing = frame.assign(value=float("nan"))
    assert authorities.chosen(nothing, [Kept(indicator="a_pct", periods=1)], codes).empty


def test_a_value_that_stands_twice_is_left_out_altogether() -> None:
    frame = rows(
        ("a_pct", "E06000001", "2024", 1.0),
        ("a_pct", "E06000001", "2024", 2.0),
        ("a_pct", "E06000002", "2024", 3.0),
    )
    chosen = authorities.chosen(frame, [Kept(indicator="a_pct")], ["E06000001", "E06000002"])
    assert chosen["area_code"].tolist() == ["E06000002"]


def test_an_empty_declaration_keeps_nothing() -> None:
    assert authorities.chosen(rows(("a_pct", "E06000001", "2024", 1.0)), [], ["E06000001"]).empty


def test_the_others_are_all_local_authorities_that_are_not_held() -> None:
    areas = Areas(ROOT / "data" / "areas")
    found = authorities.others(areas, ["E08000026", "E92000001"])
    assert len(found) == 152
    assert "E08000026" not in found and "E92000001" not in found and "E08000025" in found


# -- the declaration ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- indicator: no_such_pct\n", r"authorities\.yaml, line 1: indicator 'no_such_pct' is not declared"),
        ("- indicator: ehc_plan_pct\n- indicator: ehc_plan_pct\n", r"line 2: .*'ehc_plan_pct' is duplicated"),
        ("- indicator: ehc_plan_pct\n  period: 1\n", r"line 2: unknown key"),
        ("- indicator: ehc_plan_pct\n  periods: 0\n", r"line 2"),
        ("- indicator: ehc_plan_pct\n  breakdowns: [{colour: red}]\n", r"no dimension colour"),
    ],
)
def test_a_fault_in_the_declaration_is_named(
    tmp_path: Path, catalogue: Catalogue, text: str, message: str
) -> None:
    (tmp_path / "authorities.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        load_kept(catalogue.model_copy(update={"folder": tmp_path}))


def test_a_project_need_not_declare_any(tmp_path: Path, catalogue: Catalogue) -> None:
    assert load_kept(catalogue.model_copy(update={"folder": tmp_path})) == []


def test_the_suite_knows_what_is_declared(catalogue: Catalogue) -> None:
    suite = read_suite(ROOT / "expectations" / "expectations" / "authorities.json")
    given = known_values("authorities", catalogue=catalogue, known_areas=(), released=date(2026, 1, 31))

    def known(name: str) -> Any:
        return given[suite.entry(name).kwargs["value_set"]["$PARAMETER"]]

    kept = load_kept(catalogue)
    declared = sorted(entry.indicator for entry in kept)
    sources = {name for key in declared for name in catalogue.indicators[key].sources}
    assert known("indicators_known") == declared
    assert set(known("sources_known")) == sources
    assert {catalogue.indicators[key].unit for key in declared} == set(known("units_known"))


# -- the committed companion -------------------------------------------------------------------------------


def test_the_companion_holds_every_authority_the_edition_does_not(beside: Edition, edition: Edition) -> None:
    held = set(beside.datasets["authorities"].read()["area_code"])
    main = {code for item in edition.datasets.values() for code in item.read()["area_code"]}
    every = {area.code for area in Areas(ROOT / "data" / "areas").listed if area.kind == "local_authority"}
    assert held.isdisjoint(main)
    assert held | (main & every) == every
    assert len(held) == 142


def test_the_companion_agrees_with_the_edition_in_indicators_units_and_sources(
    beside: Edition, edition: Edition, catalogue: Catalogue
) -> None:
    check_supply(catalogue, *(load_edition(EDITIONS, name) for name in ("2023", "2026")), edition, beside)
    for key, source in beside.sources.items():
        assert source == edition.sources[key]
    frame = beside.datasets["authorities"].read()
    main = pd.concat([item.read() for item in edition.datasets.values()])
    pairs = {(i, p) for i, p in zip(main["indicator"], main["period"], strict=True)}
    assert set(zip(frame["indicator"], frame["period"], strict=True)) <= pairs


def test_values_of_the_companion_are_those_that_were_published(beside: Edition) -> None:
    frame = beside.datasets["authorities"].read()
    birmingham = frame[(frame["area_code"] == "E08000025") & (frame["period"] == "2024")]
    timely = birmingham[birmingham["indicator"] == "ehc_20_weeks_pct"].iloc[0]
    assert timely["value"] == pytest.approx(100 * timely["numerator"] / timely["denominator"], abs=0.05)


def test_a_run_gets_the_companion_and_released_files_stay_as_they_are(edition: Edition) -> None:
    settings = Settings(project_root=ROOT)
    opened = open_edition(settings, "2025")
    assert "authorities" in opened.datasets
    assert set(opened.sources) == set(edition.sources)
    assert {name: item.sha256 for name, item in edition.datasets.items()} == {
        name: item.sha256 for name, item in opened.datasets.items() if name in edition.datasets
    }
    assert "authorities" not in open_edition(settings, "2023").datasets


@pytest.mark.shared
@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the maintainers' publisher files are not beside the checkout"
)
def test_the_committed_companion_is_rebuilt_to_the_byte() -> None:
    assert check("2025-authorities", SHARED, EDITIONS, data=ROOT / "data") == []


# -- a companion that does not fit -------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(EDITIONS / "2025-authorities", tmp_path / "2025-authorities")
    return tmp_path


def change_card(folder: Path, before: str, after: str) -> None:
    """Change the card and lock the folder anew."""
    card = folder / "edition.yaml"
    text = card.read_text(encoding="utf-8")
    assert before in text
    card.write_text(text.replace(before, after), encoding="utf-8")
    files: dict[str, Any] = {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock.json"
    }
    (folder / "lock.json").write_bytes(render_lock(files))


def test_a_companion_changed_by_hand_stops_the_run(copy: Path, edition: Edition) -> None:
    path = copy / "2025-authorities" / "authorities.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(HashMismatchError, match=r"authorities\.csv"):
        companion(copy, edition)


def test_a_companion_of_other_neighbours_is_refused(copy: Path, edition: Edition) -> None:
    change_card(copy / "2025-authorities", "neighbours: dfe-2025-05", "neighbours: dfe-2021-04")
    with pytest.raises(DataError, match="list of neighbours 'dfe-2021-04'; expected 'dfe-2025-05'"):
        companion(copy, edition)


def test_a_companion_that_extends_another_edition_is_refused(copy: Path, edition: Edition) -> None:
    change_card(copy / "2025-authorities", 'extends: "2025"', 'extends: "2023"')
    with pytest.raises(CatalogueError, match="a companion of edition 2023"):
        companion(copy, edition)


def test_an_edition_without_a_companion_is_complete(tmp_path: Path, edition: Edition) -> None:
    assert companion(tmp_path, edition) is None


# -- editions made for a run -------------------------------------------------------------------------------


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_fault_in_another_authoritys_rows_costs_the_area_nothing(
    monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, is_damaged: bool
) -> None:
    """The file is read for every authority; where that fails, for the area and its comparators alone."""
    asked: list[int] = []

    def tidied(_source: Any, _files: Any, context: Context, _catalogue: Any) -> pd.DataFrame:
        asked.append(len(context.codes or ()))
        if is_damaged and len(context.codes or ()) > 100:
            raise DataError("a cell is no number")
        return pd.DataFrame({"area_code": list(context.codes or ())})

    monkeypatch.setattr(built, "tidied", tidied)
    context = built.make_context("E08000026", "dfe-2025-05", ROOT / "data")
    others = authorities.others(context.areas, context.codes or ())
    source, narrow = catalogue.sources["dfe-lait-2026-04"], len(context.codes or ())
    files = SourceFiles(source.id, {})

    narrowed: list[built.LeftOut] = []
    found = make._tidy_for(context, catalogue, {source.id}, others, narrowed)(source)(files)
    assert len(found) == (narrow if is_damaged else narrow + len(others))
    assert asked == ([narrow + len(others), narrow] if is_damaged else [narrow + len(others)])

    sentences = [item.sentence for item in narrowed]
    told = "The rows of authorities that are no comparators were left out: a cell is no number."
    assert sentences == ([told] if is_damaged else [])

    asked.clear()
    make._tidy_for(context, catalogue, set(), others, narrowed)(source)(files)
    assert asked == [narrow]
