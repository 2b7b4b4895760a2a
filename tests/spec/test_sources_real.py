"""Publishers' real files, tidied for every area: against the digest of figures, England and one another.

Each file of the maintainers' folder that a source covers is read once. What is known not to agree stands here
as data, with its size and its reason: a difference that is not listed, or is no longer there, fails.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pytest
from rounding_bounds import rounded_by_publisher

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import DIMENSIONS, KEY
from send_jsna.catalogue.schema import Catalogue
from send_jsna.editions import built
from send_jsna.editions.corrections import apply, load_corrections, load_everywhere, that_apply
from send_jsna.editions.quotients import contradicting
from send_jsna.editions.released import digest
from send_jsna.ingest.cell_text import ENGLAND, Names
from send_jsna.ingest.mirror import Mirror
from send_jsna.sources import registry
from send_jsna.sources.context import Context

pytestmark = pytest.mark.shared

COVENTRY = "E08000026"
AUTHORITY, REGION = re.compile(r"E(06|08|09|10)\d{6}"), re.compile(r"E12\d{6}")

#: Files of the folder that no source of observations reads, and why.
NOT_READ = {
    "bbc_slcn/merged_sen_esl_data.csv": "English as a second language, beside the extract that is read",
    "bbc_slcn/pupilNumbersByYearGroupLA.csv.gz": "the extract's denominators, which merged_sen_data repeats",
    "ees_api/AbsenceSchool.source.csv": "made-up figures of schools, a fixture of the publisher's own tests",
    "ees_api/AbsenceSchool.source.meta.csv": "describes that fixture",
    "ees_api/openapi-v1.json": "the interface that the tests' server is made from",
    "lait/d2i_stat_neighbours.csv": "a list of areas, not figures",
    "lait/la_code_list.xlsx": "a list of areas, not figures",
    "lait/sn_april_2021.xlsx": "a list of areas, not figures",
    "lait/sn_may_2025.xlsx": "a list of areas, not figures",
    "nhs/eng_ch_time_series_derived.csv": "England alone; the workbooks hold it too",
    "oruk/openapi30.json": "the interface, not figures",
    "oruk/service_at_location_list.json": "an example of the interface",
    "oruk/service_full.json": "an example of the interface",
    "oruk/service_list.json": "an example of the interface",
    "places/metadata.csv.gz": "describes the scorecards",
    "places/scorecard_data_2025_2023.csv.gz": "mainstream school places, which the report does not use",
    "sen2_2025/sen2_dmo_dco.csv.gz": "names of medical and clinical officers, not figures",
    "send_ap/mi_ofsted_winter_2223.csv": "sixteen inspections of one winter, no statistic",
    "spc/spc_pupils_ethnicity_and_language.meta.csv": "describes the file that is read",
    **{
        f"send_ap_prepared/{name}.csv.gz": why
        for names, why in (
            (
                "absence_regional eng_absence eng_communityhealth eng_ks1_phonics",
                "the dashboard's sums or rates of change of a table that is read",
            ),
            (
                "eng_ks2_attainment eng_percent_pupils_ehcp provider_types_grouped",
                "the dashboard's sums or rates of change of a table that is read",
            ),
            ("ehcp_timeliness eyfsp tribunals la_communityhealth", "read from the release itself"),
            ("la_ccg_lookup la_region_lookup nhs_lookup", "a list of areas, not figures"),
            ("ofsted", "inspection outcomes in words, no statistic"),
        )
        for name in names.split()
    },
}

#: Sources both at hand of which one supersedes the other: values they share, all of them equal.
SHARED_VALUES = {
    ("dfe-sen2-2025-caseload", "dfe-sen2-2022-caseload"): 646,
    ("dfe-sen2-2025-newplans", "dfe-sen2-2022-process"): 483,
    ("dfe-sen2-2025-requests", "dfe-sen2-2022-process"): 484,
    ("dfe-sen2-2025-timeliness", "dfe-sen2-2022-process"): 968,
    ("nhse-chs-workbooks", "nhse-chs-sitrep"): 1048,
    ("dfe-cin-sen-la", "dfe-cin-sen"): 11784,
    ("dfe-sen2-2025-needs", "dfe-sen2-2025-caseload"): 0,
}


@dataclass(frozen=True)
class Apart:
    """A count whose authorities do not add up to England.

    Attributes:
        difference: Sum of the authorities less England.
        reason: Why.
    """

    difference: float
    reason: str


_GONE = "authorities that are no more are printed by name only and are not kept"
_REPEATED = "every authority of Yorkshire and The Humber repeats the region's 6,078: the publisher's error"
_DOUBLED = (
    "England and the regions are printed about twice what their authorities hold: the publisher's error"
)
_SWAPPED = (
    "656 plans of the South East change between two needs from region to authorities: the publisher's error"
)
_TOOL = "the tool's England takes in plans that it gives to no authority"
_TEN = "England's number is printed to the nearest ten"
_CASES = "the tool's England has fewer cases than its authorities; why is not known"

#: Source, indicator, period and breakdown of the counts that do not add up although no authority is withheld.
APART: dict[tuple[str, str, str, str], Apart] = {
    ("dfe-lait-2026-04", "care_leavers_count", "2023-24", ""): Apart(4, _TEN),
    ("dfe-lait-2026-04", "care_leavers_count", "2024-25", ""): Apart(-3, _TEN),
    ("dfe-lait-2026-04", "care_leavers_learning_or_work_count", "2023-24", ""): Apart(-2, _TEN),
    ("dfe-lait-2026-04", "care_leavers_learning_or_work_count", "2024-25", ""): Apart(-3, _TEN),
    ("dfe-lait-2026-04", "social_care_referrals_count", "2024-25", ""): Apart(-2, _TEN),
    ("dfe-lait-2026-04", "social_work_cases_count", "2023", ""): Apart(5769, _CASES),
    ("dfe-lait-2026-04", "ehc_plans_ceased_count_lait", "2022", ""): Apart(-377, _TOOL),
    ("dfe-sen2-2025-newplans", "ehc_new_plans_count", "2022", ""): Apart(85092, _REPEATED),
    ("dfe-sen2-2025-residential", "residential_placements_count", "January 2023", ""): Apart(-2292, _DOUBLED),
    ("dfe-sen2-2025-needs", "ehc_primary_need_count", "January 2025", "sld"): Apart(-656, _SWAPPED),
    ("dfe-sen2-2025-needs", "ehc_primary_need_count", "January 2025", "spld"): Apart(656, _SWAPPED),
    ("dfe-sen2-2025-needs", "ehc_primary_need_count", "January 2025", "semh"): Apart(1, _SWAPPED),
    ("dfe-sen2-2025-needs", "ehc_primary_need_count", "January 2025", "slcn"): Apart(-1, _SWAPPED),
    **{
        ("dfe-ks4-sen", "ks4_pupils_count", period, provision): Apart(difference, _GONE)
        for period, provision, difference in (
            ("2018/19", "all_sen", -1809),
            ("2018/19", "no_sen", -10659),
            ("2019/20", "all_sen", -1813),
            ("2019/20", "no_sen", -11069),
            ("2020/21", "all_sen", -790),
            ("2020/21", "no_sen", -4280),
            ("2021/22", "all_sen", -748),
            ("2021/22", "no_sen", -4440),
        )
    },
    **{
        ("dfe-sen-mainstream", "mainstream_pupils_count", period, ""): Apart(difference, _GONE)
        for period, difference in (
            ("2017/18", -226274),
            ("2018/19", -228408),
            ("2019/20", -187389),
            ("2020/21", -188309),
            ("2021/22", -69908),
            ("2022/23", -69949),
        )
    },
}


class Real:
    """Every source of which the folder holds a file, tidied for all areas."""

    def __init__(self, root: Path, shared: Path) -> None:
        self.shared = shared
        self.catalogue: Catalogue = load_catalogue(root / "data" / "catalogue")
        areas = Areas(root / "data" / "areas")
        names = Names.read(root / "data" / "catalogue" / "publisher_names.csv")
        self.context = Context(areas, "", None, names)
        mirror = Mirror(shared / "publisher")
        self.frames: dict[str, pd.DataFrame] = {}
        self.files: dict[str, set[Path]] = {}
        for source in self.catalogue.sources.values():
            files = mirror.find(source) if source.reader else None
            if files is not None:
                self.frames[source.id] = registry.tidy(source, files, self.context, self.catalogue)
                self.files[source.id] = set(files.paths.values())

    @cached_property
    def released(self) -> pd.DataFrame:
        """The sources that edition 2025 was made from, together."""
        return pd.concat([frame for key, frame in self.frames.items() if self.catalogue.sources[key].file])

    def of(
        self, source: str, indicator: str, area: str | None = None, period: str | None = None
    ) -> pd.DataFrame:
        frame = self.frames[source]
        wanted = frame["indicator"] == indicator
        if area:
            wanted &= frame["area_code"] == area
        if period:
            wanted &= frame["period"] == period
        return frame[wanted]

    def one(self, source: str, indicator: str, area: str, period: str, **breakdown: str) -> float:
        """The one value of an indicator for an area and a period: of the total, or of the breakdown named."""
        rows = self.of(source, indicator, area, period)
        for name in DIMENSIONS:
            rows = rows[rows[name] == breakdown.get(name, "")]
        assert len(rows) == 1
        return float(rows["value"].iloc[0])

    def raw(self, name: str) -> list[dict[str, str]]:
        path = self.shared / "publisher" / name
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def real(shared: Path, project_root: Path) -> Real:
    return Real(project_root, shared)


def parts(frame: pd.DataFrame) -> pd.Series[str]:
    """A row's breakdown in one text."""
    return frame[list(DIMENSIONS)].agg("".join, axis=1)


def paired(left: pd.DataFrame, right: pd.DataFrame, on: Iterable[str]) -> pd.DataFrame:
    held = [frame[frame["value"].notna()] for frame in (left, right)]
    return held[0].merge(held[1], on=list(on), validate="1:1", suffixes=("", "_other"))


# -- coverage ---------------------------------------------------------------------------------------------


def test_every_file_is_read_or_left_for_a_reason(real: Real) -> None:
    folder = real.shared / "publisher"
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    held = {name for name in held if not name.endswith(".txt")}
    read = {path.relative_to(folder).as_posix() for paths in real.files.values() for path in paths}
    assert sorted(held - read) == sorted(NOT_READ)
    assert len(read) == 42
    assert len(real.frames) >= 40
    assert sum(map(len, real.frames.values())) >= 537_880


def test_every_source_gives_figures_of_declared_indicators(real: Real) -> None:
    for key, frame in real.frames.items():
        assert len(frame), key
        assert not frame.duplicated(list(KEY)).any(), key
        declared = {name for name, item in real.catalogue.indicators.items() if key in item.sources}
        assert set(frame["indicator"]) <= declared, key


def test_sources_that_do_not_supersede_one_another_share_no_key(real: Real, project_root: Path) -> None:
    frames = dict(real.frames)
    for key, source in real.catalogue.sources.items():
        for other in source.supersedes:
            if key in frames and other in frames:
                lost = pd.MultiIndex.from_frame(frames[other][list(KEY)])
                frames[other] = frames[other][~lost.isin(pd.MultiIndex.from_frame(frames[key][list(KEY)]))]
    records = load_everywhere(project_root / "data" / "corrections", "2025")
    finished, _ = built.finish(pd.concat(frames.values(), ignore_index=True), real.catalogue, records)
    assert len(finished) >= 522_600


def test_every_percentage_follows_from_its_counts_or_a_record_says_which_is_right(
    real: Real, project_root: Path
) -> None:
    """Of all authorities: 90 rows are decided by record, the counts of 154 more left out by declaration."""
    folder = project_root / "data" / "corrections"
    records = load_everywhere(folder, "2025")
    every = pd.concat(real.frames.values(), ignore_index=True).drop_duplicates(list(KEY))
    finished, _ = built.finish(every, real.catalogue, records)
    finished = finished.assign(observation_id=[f"all:{place}" for place in range(len(finished))])
    # Those whose counts are rounded are checked with that room, by their suite.
    finished = finished[~finished["indicator"].isin(rounded_by_publisher(project_root))]
    assert contradicting(finished).sum() == 90
    known = load_corrections(folder / "elsewhere" / "2025.yaml")
    applying = that_apply(known, finished)
    # Errors that the guidance of 2026 names are in part of figures no file at hand has.
    assert all("release of 2026" in item.correction.reason for item in known if item not in applying)
    corrected, notes = apply(finished, applying)
    assert all(note.observation_ids for note in notes)
    assert not contradicting(corrected).any()


# -- the digest -------------------------------------------------------------------------------------------


def test_every_figure_of_the_digest_is_among_the_observations(real: Real) -> None:
    figures = digest.read_digest(real.shared)
    published = figures[~figures["source_id"].str.match("coventry|facts|cwpt|one-coventry")]
    found = digest.landing(published, real.released, real.context)
    assert found.problems == []
    assert found.left_out == {}
    assert found.equal == len(published) == 9_974


def test_the_digest_is_of_the_areas_a_report_names(real: Real) -> None:
    """Coventry, its region, England, and its neighbours of May 2025; all of them are checked above."""
    figures = digest.read_digest(real.shared)
    bodies = {"", "RYG", "E47000007"}
    codes = set(figures["area_code"]) - bodies
    comparators = real.context.areas.comparators(real.context.areas.get(COVENTRY), "dfe-2025-05")
    assert codes == {COVENTRY, *comparators.codes}
    counted = figures["area_code"].value_counts()
    assert counted[ENGLAND] >= 900
    assert counted[COVENTRY] >= 1_150
    assert min(counted[area.code] for area in comparators.neighbours) >= 600


# -- totals against England -------------------------------------------------------------------------------


def test_the_authorities_add_up_to_england(real: Real) -> None:
    units = {name: item.unit for name, item in real.catalogue.indicators.items()}
    apart: dict[tuple[str, str, str, str], float] = {}
    checked = 0
    by = ["indicator", "period", *DIMENSIONS]
    for key, frame in real.frames.items():
        counts = frame[frame["indicator"].map(units) == "count"]
        england = counts[counts["area_code"] == ENGLAND].set_index(by)["value"].rename("england")
        authorities = counts[counts["area_code"].str.fullmatch(AUTHORITY)].groupby(by)["value"]
        sums = authorities.agg(["size", "count", "sum"]).join(england, how="inner").reset_index()
        whole = sums[(sums["size"] == sums["count"]) & sums["england"].notna()]
        checked += len(whole)
        for _, row in whole[(whole["sum"] - whole["england"]).abs() > 1e-6].iterrows():
            place = (key, row["indicator"], row["period"], "".join(row[name] for name in DIMENSIONS))
            apart[place] = row["sum"] - row["england"]
    assert apart == {place: item.difference for place, item in APART.items()}
    assert checked >= 627


def test_the_regions_add_up_to_england(real: Real) -> None:
    units = {name: item.unit for name, item in real.catalogue.indicators.items()}
    by = ["indicator", "period", *DIMENSIONS]
    checked, apart = 0, set()
    for key, frame in real.frames.items():
        counts = frame[
            (frame["indicator"].map(units) == "count") & (frame["indicator"] != "ks4_pupils_count")
        ]
        england = counts[counts["area_code"] == ENGLAND].set_index(by)["value"].rename("england")
        regions = counts[counts["area_code"].str.fullmatch(REGION)].groupby(by)["value"].agg(["count", "sum"])
        whole = regions[regions["count"] == 9].join(england, how="inner").reset_index()
        checked += len(whole)
        # Of children's services regions and England are printed to the nearest ten: each may be 5 off.
        datasets = whole["indicator"].map(
            {name: item.dataset for name, item in real.catalogue.indicators.items()}
        )
        room = datasets.eq("childrens_services").map({True: 50, False: 1e-6})
        off = whole[(whole["sum"] - whole["england"]).abs() > room]
        apart |= {(key, *row) for row in off[["indicator", "period"]].itertuples(index=False, name=None)}
    assert apart == REGIONS_APART
    assert checked >= 600


def test_one_region_repeats_itself_for_its_authorities(real: Real) -> None:
    """The publisher's file itself says 6,078 for each of fifteen authorities, and for their region."""
    rows = [
        row
        for row in real.raw("sen2_2025/newplans.csv.gz")
        if row["time_period"] == "2022"
        and row["region_name"] == "Yorkshire and The Humber"
        and row["breakdown"] == row["breakdown_topic"]
    ]
    assert len(rows) == 16
    assert {row["new_ehc_plans"] for row in rows} == {"6078"}


REGIONS_APART: set[tuple[str, str, str]] = set()


def test_the_publishers_errors_elsewhere_are_on_record(real: Real, project_root: Path) -> None:
    """Each record finds in the real file what it expects, and what it drops is what does not add up."""
    records = load_corrections(project_root / "data" / "corrections" / "elsewhere" / "2025.yaml")
    counts = ("ehc_new_plans_count", "residential_placements_count")
    records = [item for item in records if item.correction.indicator in counts]
    sources = ("dfe-sen2-2025-newplans", "dfe-sen2-2025-residential")
    frame = pd.concat([real.frames[key] for key in sources], ignore_index=True)
    result, notes = apply(frame.assign(observation_id=frame.index.astype("str")), records)
    assert len(notes) == 25
    dropped = result[result["status"] == "u"]
    assert len(dropped) == 15
    assert dropped["value"].isna().all()
    assert set(dropped["period"]) == {"2022"}


# -- one statistic, several tellings ----------------------------------------------------------------------


@pytest.mark.parametrize(("newer", "older"), SHARED_VALUES)
def test_a_source_supersedes_one_that_says_the_same(real: Real, newer: str, older: str) -> None:
    both = real.frames[newer].merge(real.frames[older], on=list(KEY), validate="1:1", suffixes=("", "_other"))
    assert len(both) == SHARED_VALUES[newer, older]
    same = (both["value"] - both["value_other"]).abs() <= 1e-9
    assert (same | (both["value"].isna() & both["value_other"].isna())).all()


def test_every_pair_that_is_at_hand_is_checked(real: Real) -> None:
    """A source may only supersede another where it says the same, so that none is left unread."""
    pairs = {
        (key, other)
        for key, source in real.catalogue.sources.items()
        for other in source.supersedes
        if key in real.frames and other in real.frames
    }
    assert pairs == set(SHARED_VALUES)


def test_plans_of_2022_and_2025_may_be_joined(real: Real) -> None:
    """All 2,581 values that the two releases share are equal; the break between them is told."""
    joined = [pair for pair, n in SHARED_VALUES.items() if n and pair[0].startswith("dfe-sen2-2025")]
    assert sum(SHARED_VALUES[pair] for pair in joined) == 2_581
    for pair in joined:
        shared = set(real.frames[pair[0]]["indicator"]) & set(real.frames[pair[1]]["indicator"])
        assert shared
        for name in shared:
            assert "break_in_series" in real.catalogue.indicators[name].usage_warnings, name
    caseload = real.of("dfe-sen2-2022-caseload", "ehc_plans_count", COVENTRY)
    assert caseload["period"].min() == "January 2010"


#: The tool's measure, the dashboard's copy of the same table, how far apart rounding puts them, pairs, and
#: the periods in which the release was revised between the two.
TOLD_TWICE = [
    ("ehc_plan_pct", "dfe-sen-england", "ehc_plan_detail_pct", 0.0501, 954, set()),
    ("sen_support_pct", "dfe-sen-england", "sen_support_detail_pct", 0.0501, 954, set()),
    ("eyfsp_gld_pct", "dfe-eyfsp-2022", "eyfsp_gld_detail_pct", 0.0501, 481, set()),
    (
        "ks2_rwm_expected_pct",
        "dfe-ks2-sen",
        "ks2_rwm_expected_detail_pct",
        0.5051,
        1431,
        {"2022/23", "2018/19"},
    ),
    ("progress8_score", "dfe-ks4-sen", "progress8_detail_score", 1e-6, 480, {"2022/23"}),
    (
        "attainment8_score",
        "dfe-ks4-sen",
        "attainment8_detail_score",
        1e-6,
        796,
        {"2022/23", "2021/22", "2018/19"},
    ),
]


@pytest.mark.parametrize(("tool", "source", "detail", "room", "pairs", "revised"), TOLD_TWICE)
def test_the_tool_repeats_the_release(
    real: Real, tool: str, source: str, detail: str, room: float, pairs: int, revised: set[str]
) -> None:
    """That the two are one statistic is why the release itself may take the tool's place, once fetched."""
    rows = real.of(source, detail)
    others = [name for name in DIMENSIONS if name not in ("provision", "phase")]
    rows = rows[(rows[others] == "").all(axis=1)]
    told = real.of("dfe-lait-2026-04", tool)
    told = told[(told[others] == "").all(axis=1)]
    both = paired(told, rows, ("area_code", "period", "provision", "phase"))
    off = both[(both["value"] - both["value_other"]).abs() > room]
    assert len(both) == pairs
    assert set(off["period"]) == revised
    assert (off[off["period"] != "2022/23"]["area_code"].str.match("E92|E12")).all()


def test_the_tool_repeats_the_phonics_release(real: Real) -> None:
    """The percentages the dashboard took over as printed, not those that it worked out."""
    provision = {"SEN support": "sen_support", "No SEN": "no_sen"}
    areas = real.context.areas.printed_names | {"": ENGLAND}
    tool = real.of("dfe-lait-2026-04", "phonics_y1_expected_pct")
    held = tool.set_index(["area_code", "period", "provision"])["value"].dropna().to_dict()
    compared, off = 0, []
    for row in real.raw("send_ap_prepared/ks1_phonics.csv.gz"):
        if row["characteristic"] not in provision or not row["pt_phonics_y1_met_expected_standard"].isdigit():
            continue
        level = row["geographic_level"]
        name = {"National": "", "Regional": row["region_name"]}.get(level, row["la_name"])
        place = (areas.get(name, name), row["academic_year"], provision[row["characteristic"]])
        if place in held:
            compared += 1
            if held[place] != float(row["pt_phonics_y1_met_expected_standard"]):
                off.append(place)
    assert compared == 1_884
    assert sorted(off) == [
        ("E06000004", "2022/23", "sen_support"),
        ("E10000016", "2022/23", "sen_support"),
    ]


def test_the_tool_repeats_the_release_on_suspensions(real: Real) -> None:
    """England 2023/24 as the data catalogue prints the data set *by geography*, to five decimals."""
    printed = {
        "suspensions_per_100": (11.30744, 2.27093, 22.61338, 12.62498),
        "permanent_exclusions_per_100": (0.12889, 0.03168, 0.25336, 0.07792),
    }
    for indicator, values in printed.items():
        for phase, value in zip(("", "primary", "secondary", "special"), values, strict=True):
            assert real.one("dfe-lait-2026-04", indicator, ENGLAND, "2023/24", phase=phase) == value


# -- findings of the maintainers --------------------------------------------------------------------------


def test_finding_4_years_in_place_are_never_read(real: Real) -> None:
    """Two files of one release label the years a plan has been in place one year apart."""

    def plans(name: str, column: str, years: str) -> int:
        rows = [
            row
            for row in real.raw(f"sen2_2025/{name}.csv.gz")
            if row["old_la_code"].startswith("331")
            and row["time_period"] == "202425"
            and "place" in row["breakdown_topic"].casefold()
            and row["breakdown"].casefold() == years
        ]
        assert len(rows) == 1
        return int(rows[0][column])

    assert plans("caseload", "ehcplans", "less than a year") == 9
    assert plans("sen_needs_all_plans", "ehc_plans", "less than a year") == 674
    for key, frame in real.frames.items():
        if key.startswith("dfe-sen2"):
            assert not frame["source_label"].str.contains(r"(?i)less than a year|in place").any()
    breakdowns = [label for source, label in real.context.names.exact if source.startswith("dfe-sen2")]
    assert not [label for label in breakdowns if "plan in place" in label or "than a year" in label]
    assert real.context.names.find("dfe-sen2-2025-breakdown", "Years EHC plan in place|1") is None


def test_finding_5_plans_issued_are_three_statistics(real: Real) -> None:
    issued = real.one("dfe-sen2-2025-timeliness", "ehc_plans_issued_count", COVENTRY, "2024")
    new = real.one("dfe-sen2-2025-newplans", "ehc_new_plans_count", COVENTRY, "2024")
    assert (issued, new) == (686, 675)
    before = real.one("dfe-sen2-2025-timeliness", "ehc_plans_issued_count", COVENTRY, "2023")
    assert (before, real.one("dfe-sen2-2025-newplans", "ehc_new_plans_count", COVENTRY, "2023")) == (544, 545)
    never_together(real, "ehc_plans_issued_count", "ehc_new_plans_count")
    for name in ("ehc_plans_issued_count", "ehc_new_plans_count"):
        assert "not_comparable" in real.catalogue.indicators[name].usage_warnings


def test_finding_6_tribunal_methods_are_two_statistics(real: Real) -> None:
    tribunals = "dfe-send-tribunals-2025"
    assert real.one(tribunals, "tribunal_appeal_pct", ENGLAND, "2024") != real.one(
        tribunals, "tribunal_appeal_new_method_pct", ENGLAND, "2024"
    )
    old = real.of(tribunals, "tribunal_appeal_pct", COVENTRY)
    new = real.of(tribunals, "tribunal_appeal_new_method_pct", COVENTRY)
    assert round(float(old[old["period"] == "2024"]["value"].iloc[0]), 1) == 3.2
    assert round(float(new["value"].iloc[0]), 1) == 4.9
    assert list(new["period"]) == ["2024"]
    assert len(old) == 11


def test_finding_10_school_and_authority_are_never_joined(real: Real) -> None:
    """Counts where the school is, and counts by the authority responsible, come from sources apart."""
    for school in (
        "ehc_plan_pct",
        "sen_support_pct",
        "ehc_plan_school_pupils_count",
        "sen_pupils_count",
        "sen_primary_need_pupils_count",
    ):
        for authority in ("ehc_plans_count", "ehc_primary_need_count", "ehc_placement_count"):
            never_together(real, school, authority)
    assert real.one("dfe-lait-2026-04", "ehc_plan_pct", COVENTRY, "2024/25") == 4.3
    assert real.one("dfe-sen2-2025-caseload", "ehc_plans_count", COVENTRY, "January 2025") == 3477


def test_finding_10_school_kinds_and_terms_are_statistics_of_their_own(real: Real) -> None:
    for one, other in (
        ("state_funded_pupils_count", "school_pupils_count"),
        ("sen_pupils_count", "ehc_plan_school_pupils_count"),
        ("absence_pct", "absence_two_terms_pct"),
        ("persistent_absence_pct", "persistent_absence_two_terms_pct"),
        ("severe_absence_pct", "severe_absence_two_terms_pct"),
        ("absence_two_terms_pct", "absence_two_terms_pru_pct"),
    ):
        never_together(real, one, other)


@pytest.mark.parametrize("code", ["E09000012", "E06000031"])
def test_finding_11_hackney_and_peterborough_have_a_total_alone_in_2024(real: Real, code: str) -> None:
    plans = real.of("dfe-sen2-2025-caseload", "ehc_plans_count", code, "January 2024")
    total = plans[parts(plans) == ""]
    assert total["value"].notna().all()
    assert plans[parts(plans) != ""]["value"].isna().all()
    assert set(plans[parts(plans) != ""]["status"]) == {"x"}
    placed = real.of("dfe-sen2-2025-caseload", "ehc_placement_count", code, "January 2024")
    assert set(placed["status"]) == {"x"}


@pytest.mark.parametrize("code", ["E10000003", "E06000012"])
def test_finding_11_placements_that_are_missing_are_not_nought(real: Real, code: str) -> None:
    """Cambridgeshire and North East Lincolnshire, January 2025."""
    placed = real.of("dfe-sen2-2025-caseload", "ehc_placement_count", code, "January 2025")
    assert len(placed) == 27
    assert set(placed["status"]) == {"x"}


def test_finding_12_the_break_of_2023_is_told(real: Real) -> None:
    for key in ("caseload", "newplans", "requests", "assessments", "timeliness", "ceased-plans"):
        for name in set(real.frames[f"dfe-sen2-2025-{key}"]["indicator"]):
            periods = real.of(f"dfe-sen2-2025-{key}", name, ENGLAND)
            years = periods[periods["value"].notna()]["period_start"].str[:4]
            if len(years) and years.min() < "2022" and name != "ehc_requests_six_weeks_pct":
                assert "break_in_series" in real.catalogue.indicators[name].usage_warnings, name


def never_together(real: Real, one: str, other: str) -> None:
    """Two indicators are different, and no source fills both, nor one the place of the other."""
    declared = real.catalogue.indicators
    first, second = set(declared[one].sources), set(declared[other].sources)
    if one.startswith("absence") or other.startswith("absence") or "state_funded" in one:
        first, second = first - {"dfe-lait-2026-04"}, second - {"dfe-lait-2026-04"}
    assert not first & second, (one, other)
    for left, right in ((first, second), (second, first)):
        for key in left:
            frame = real.frames.get(key)
            wrong = one if left is second else other
            assert frame is None or wrong not in set(frame["indicator"]), (key, right)
