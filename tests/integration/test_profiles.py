"""No profile shows a figure further off than its rounding explains, and the report says how far that is."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import small_project
from bs4 import BeautifulSoup
from mirrored import AREAS, Mirrored
from rounding_bounds import Bounds, rounded_by_publisher

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.disclosure import load_tables, suppress_counts
from send_jsna.disclosure.attack import exposures
from send_jsna.disclosure.declared import Tables
from send_jsna.disclosure.methods import PROFILES, Profile, precision
from send_jsna.places import EDITION
from send_jsna.runs.inputs import observations_of, open_edition
from send_jsna.settings import Settings

COVENTRY, WEST_MIDLANDS = "E08000026", "E12000005"
ROUNDING = [item for item in PROFILES.values() if item.rounding != "none"]


@pytest.fixture(scope="module")
def tables(mirrored: Mirrored, project_root: Path) -> dict[str, pd.DataFrame]:
    """The observations of each area, from the maintainers' files; of Coventry, those released."""
    settings = Settings(project_root=project_root, state=mirrored.state)
    areas = Areas(settings.data / "areas")
    editions = {COVENTRY: EDITION}
    for area, run in mirrored.runs.items():
        editions[area] = json.loads((run / "run.json").read_text(encoding="utf-8"))["edition"]
    found = {}
    for area, edition in editions.items():
        found[area] = observations_of(settings, open_edition(settings, edition, area), areas)
    return found


#: The observations of an area as a profile shows them, and what it declares of them.
Shown = Callable[[str, Profile], tuple[pd.DataFrame, Tables]]


@pytest.fixture(scope="module")
def shown(tables: dict[str, pd.DataFrame], project_root: Path) -> Shown:
    """Suppresses each area's observations under each profile once."""
    declared = load_tables(project_root / "data")

    @cache
    def suppressed(area: str, profile: Profile) -> tuple[pd.DataFrame, Tables]:
        return suppress_counts(tables[area], declared, profile, area=area).frame, declared

    return suppressed


@pytest.mark.shared
@pytest.mark.parametrize(
    ("area", "profile"),
    [
        *((area, profile) for area in (COVENTRY, *AREAS) for profile in ROUNDING),
        *((COVENTRY, profile) for profile in PROFILES.values() if profile not in ROUNDING),
    ],
    ids=lambda item: item if isinstance(item, str) else item.id,
)
def test_no_figure_of_a_real_area_is_further_off_than_rounding_explains(
    tables: dict[str, pd.DataFrame], shown: Shown, project_root: Path, area: str, profile: Profile
) -> None:
    frame = tables[area]
    out, declared = shown(area, profile)
    exact = ~frame["indicator"].isin(rounded_by_publisher(project_root))
    assert list(Bounds(frame[exact], out[exact], declared, profile).too_far()) == []
    if area == COVENTRY and profile in ROUNDING:
        assert exposures(frame, out, declared, profile) == []
    off = (out["value"] - frame["value"]).abs()
    assert not (off[frame["unit"] == "count"] > 30).any()
    assert not (off[(frame["unit"] == "%") & (frame["denominator"] > 500)] > 2).any()


@pytest.mark.shared
@pytest.mark.parametrize("profile", ROUNDING, ids=lambda item: item.id)
def test_totals_of_which_the_run_has_only_some_parts_are_those_published(
    tables: dict[str, pd.DataFrame], shown: Shown, profile: Profile
) -> None:
    frame = tables[COVENTRY]
    out, _ = shown(COVENTRY, profile)
    whole = (frame[list(DIMENSIONS)] == "").all(axis=1) & (frame["indicator"] == "ehc_requests_count")
    for area, year, true in ((COVENTRY, "2019", 439), (WEST_MIDLANDS, "2022", 11827)):
        row = whole & (frame["area_code"] == area) & (frame["period"] == year)
        assert frame.loc[row, "value"].tolist() == [true]
        assert abs(out.loc[row, "value"].item() - true) <= profile.rounding_base // 2


CHAPTER = "22-audit.qmd"
SECTION = '\n## Disclosure control\n\n::: {generated="disclosure"}\n:::\n'
SAID = {
    "council": "Nothing is rounded: a count that is shown is exact.",
    "none": "Nothing is rounded: a count that is shown is exact.",
    "nhs_england": "Counts are rounded to the nearest 5: each may be off by up to 2.",
    "opensafely": "a total that is the sum of n rounded counts by up to n times 2.",
    "opensafely_midpoint6": "a total that is the sum of n rounded counts by up to n times 3.",
}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_page_says_how_far_off_a_figure_may_be(small: Path, profile: str) -> None:
    text = small_project.CHAPTERS[CHAPTER] + SECTION
    (small / "reports" / CHAPTER).write_text(text, encoding="utf-8")
    done = small_project.jsna(
        small,
        "refresh",
        "--direct",
        "--quiet",
        "--engine",
        "pandoc",
        env={"JSNA_DISCLOSURE": profile, "JSNA_SCOPE": "all"},
    )
    page = small / "runs" / "latest" / "site" / "22-audit.html"
    assert page.is_file(), done.stderr
    text = " ".join(BeautifulSoup(page.read_bytes(), "lxml").get_text(" ", strip=True).split())
    assert SAID[profile] in text
    assert precision(PROFILES[profile]) in text


def test_an_extract_is_not_shown_under_one_profile_and_withheld_under_another(small: Path) -> None:
    head = "response_id,area_code,period,respondent,question_id,question,answer"
    answers = ["strongly_agree"] * 20 + ["agree"] * 15 + ["neither"] * 7 + ["disagree"] * 12
    lines = [
        f"{n},{COVENTRY},October 2023,child,q1,I am safe at school,{each}" for n, each in enumerate(answers)
    ]
    responses = small / "data" / "council" / "survey-responses.csv"
    responses.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    command = ("refresh", "--direct", "--quiet", "--engine", "pandoc")
    assert small_project.jsna(small, *command).returncode == 0
    first = (small / "runs" / "latest").resolve()
    done = small_project.jsna(small, *command, env={"JSNA_SCOPE": "all", "JSNA_SMALLEST_COUNT": "8"})
    assert done.returncode == 15
    assert f"can be worked out exactly from run {first.name}" in done.stderr
    assert (small / "runs" / "latest").resolve() == first
