"""Published claims: how they are declared, how they are checked, and what is found in the two documents."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent, indent

import pandas as pd
import pypandoc
import pytest
from bs4 import BeautifulSoup

from send_jsna.catalogue.dataset_file import read_dataset
from send_jsna.catalogue.observation_table import ObservationTable
from send_jsna.catalogue.observations import DIMENSIONS, known
from send_jsna.errors import CatalogueError
from send_jsna.report.claims import (
    ClaimOutcome,
    ClaimResult,
    check_claims,
    claims_record,
    load_claims,
    render_claims,
    summary_figures,
    write_claims,
)
from send_jsna.report.claims.checking import round_half_up
from send_jsna.report.claims.working import explanation

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared"

HEAD = """\
document:
  id: leaflet
  title: A leaflet
  published: May 2023
  edition: 2023
  area: E08000026
  source_id: council-leaflet

topics:
  plans: Plans

claims:
"""
CLAIM = """\
- id: plans.number
  place: page one
  topic: plans
  quoted: plans in the city
  printed: "%(printed)s"
  value: %(value)s
  unit: "%(unit)s"
  decimals: %(decimals)s
  period: 2022/23
  checks:
    - kind: %(kind)s
      against: the data
      of:
%(of)s
"""


def observation(
    indicator: str, value: float | None, *, period: str = "2022/23", unit: str = "count", **cells: object
) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(DIMENSIONS, "")
    row |= {
        "indicator": indicator,
        "area_code": "E08000026",
        "period": period,
        "period_start": period,
        "value": float("nan") if value is None else value,
        "unit": unit,
        "decimals": float("nan"),
        "status": "final",
        "dataset": "tests",
    }
    return row | cells


def tidy(*rows: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame["observation_id"] = [f"tests:{line}" for line in range(2, len(frame) + 2)]
    return frame


def declare(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "leaflet.yaml").write_text(HEAD + indent(dedent(text), "  "), encoding="utf-8")
    return folder


def claim(kind: str, of: list[str], value: float, *, unit: str = "count", decimals: int = 0) -> str:
    lines = "\n".join(f"        - {{{part}}}" for part in of)
    return CLAIM % {
        "kind": kind,
        "of": lines,
        "value": value,
        "printed": value,
        "unit": unit,
        "decimals": decimals,
    }


def check_one(tmp_path: Path, text: str, *rows: dict[str, object], **options: object) -> ClaimResult:
    claims = load_claims(declare(tmp_path / "claims", text))
    (result,) = check_claims(claims, {"2023": tidy(*rows)}, **options)  # type: ignore[arg-type]
    return result


# -- the arithmetic ---------------------------------------------------------------------------------------

NOW = observation("plans", 2117)
THEN = observation("plans", 1444, period="2017/18")
PUPILS = observation("pupils", 62377)
SHARE = observation("plans_pct", 3.39, unit="%", decimals=2.0)
SCHOOLS = [
    observation("places", 100, school="a"),
    observation("places", 60, school="b"),
    observation("places_total", 160),
]


@pytest.mark.parametrize(
    ("kind", "of", "value", "unit", "decimals", "outcome", "difference"),
    [
        (
            "difference",
            ["indicator: plans", "indicator: plans, period: 2017/18"],
            673,
            "count",
            0,
            "agrees",
            0,
        ),
        (
            "difference",
            ["indicator: plans", "indicator: plans, period: 2017/18"],
            733,
            "count",
            0,
            "differs",
            60,
        ),
        (
            "percent_change",
            ["indicator: plans", "indicator: plans, period: 2017/18"],
            47,
            "%",
            0,
            "agrees",
            0,
        ),
        (
            "percent_change",
            ["indicator: plans", "indicator: plans, period: 2017/18"],
            51,
            "%",
            0,
            "differs",
            4,
        ),
        (
            "percent_change",
            ["indicator: plans", "indicator: plans, period: 2017/18"],
            46.5,
            "%",
            1,
            "differs",
            -0.1,
        ),
        ("share", ["indicator: plans", "indicator: pupils"], 3.4, "%", 1, "agrees", 0),
        ("share", ["indicator: plans", "indicator: pupils"], 3.0, "%", 1, "differs", -0.4),
        ("value", ["indicator: plans_pct"], 3.4, "%", 1, "agrees", 0),
        ("value", ["indicator: plans_pct"], 3, "%", 0, "agrees", 0),
        ("sum", ['indicator: places, dimensions: {school: "*"}'], 160, "count", 0, "agrees", 0),
        ("sum", ['indicator: places, dimensions: {school: "*"}'], 156, "count", 0, "differs", -4),
        ("complement", ["indicator: plans_pct"], 97, "%", 0, "agrees", 0),
        ("ratio", ["indicator: pupils", "indicator: plans"], 29, "count", 0, "agrees", 0),
        # 3.39 % stands for anything from 3.385 % to 3.395 %: 2,112 to 2,117 pupils.
        ("implied_count", ["indicator: plans_pct", "indicator: pupils"], 2117, "count", 0, "agrees", 2),
        ("implied_count", ["indicator: plans_pct", "indicator: pupils"], 2119, "count", 0, "differs", 4),
        ("implied_total", ["indicator: plans", "indicator: plans_pct"], 62377, "count", 0, "agrees", -71),
        ("implied_total", ["indicator: plans", "indicator: plans_pct"], 61377, "count", 0, "differs", -1071),
        (
            "implied_difference",
            ["indicator: plans_pct", "indicator: pupils", "indicator: plans, period: 2017/18"],
            673,
            "count",
            0,
            "agrees",
            2,
        ),
        (
            "implied_percent_change",
            ["indicator: plans_pct", "indicator: pupils", "indicator: plans, period: 2017/18"],
            51,
            "%",
            0,
            "differs",
            5,
        ),
    ],
)
def test_each_kind_of_check(
    tmp_path: Path,
    kind: str,
    of: list[str],
    value: float,
    unit: str,
    decimals: int,
    outcome: str,
    difference: float,
) -> None:
    text = claim(kind, of, value, unit=unit, decimals=decimals)
    result = check_one(tmp_path, text, NOW, THEN, PUPILS, SHARE, *SCHOOLS)
    assert str(result.outcome) == outcome
    assert result.checks[0].difference == difference


@pytest.mark.parametrize(("value", "outcome"), [(42900, ClaimOutcome.DIFFERS), (45500, ClaimOutcome.AGREES)])
def test_two_parts_must_fit_one_population(tmp_path: Path, value: int, outcome: ClaimOutcome) -> None:
    parts = [
        "indicator: under_16, rounded_to: 100",
        "indicator: under_16_pct, rounded_to: 0.1",
        "indicator: students, rounded_to: 100",
        "indicator: students_pct, rounded_to: 1",
    ]
    result = check_one(
        tmp_path,
        claim("implied_population", parts, 68300, decimals=-2),
        observation("under_16", 68300),
        observation("under_16_pct", 19.5, unit="%"),
        observation("students", value),
        observation("students_pct", 13, unit="%"),
    )
    assert result.outcome is outcome


def test_parts_of_a_column_that_does_not_add_up_cannot_be_checked(tmp_path: Path) -> None:
    of = [
        "indicator: places_total",
        "indicator: places, dimensions: {school: a}",
        'indicator: places, dimensions: {school: "*"}',
    ]
    text = claim("part_of_sum", of, 100)
    assert check_one(tmp_path, text, *SCHOOLS).outcome is ClaimOutcome.AGREES
    wrong = [*SCHOOLS[:2], observation("places_total", 161)]
    result = check_one(tmp_path, text, *wrong)
    assert result.outcome is ClaimOutcome.CANNOT
    assert "does not add up" in result.why_not


def test_vague_words_are_read_as_a_range(tmp_path: Path) -> None:
    text = claim("percent_change", ["indicator: plans", "indicator: plans, period: 2017/18"], 50, unit="%")
    text += "  reads_as: {lower: 47.5, upper: 50}\n"
    low = check_one(tmp_path, text, observation("plans", 139.9), observation("plans", 100, period="2017/18"))
    assert (low.outcome, low.difference) == (ClaimOutcome.DIFFERS, 10)
    near = check_one(tmp_path, text, observation("plans", 148), observation("plans", 100, period="2017/18"))
    assert near.outcome is ClaimOutcome.AGREES


def test_rounding_is_that_of_printed_tables() -> None:
    assert [round_half_up(value, 0) for value in (0.5, 1.5, 2.5, -2.5)] == [1, 2, 3, -3]
    assert round_half_up(1.005, 2) == 1.01
    assert round_half_up(68_250, -2) == 68_300
    # 100 * 0.285 is 28.499999999999996 in binary.
    assert round_half_up(100 * 0.285, 0) == 29


@pytest.mark.parametrize(
    ("row", "options", "reason"),
    [
        (observation("plans", None, status="c"), {}, "withheld plans 2022/23 (confidential)"),
        (observation("plans", 5, period="2021/22"), {}, "holds no observation of plans 2022/23"),
        (observation("other", 5), {}, "holds no observation of plans 2022/23"),
        (observation("plans", 5), {"failed": {"2023": {"tests": "ranges"}}}, "failed validation: ranges"),
    ],
)
def test_what_is_not_to_be_had_is_not_checked_against(
    tmp_path: Path, row: dict[str, object], options: dict[str, object], reason: str
) -> None:
    result = check_one(tmp_path, claim("value", ["indicator: plans"], 5), row, **options)
    assert result.outcome is ClaimOutcome.CANNOT
    assert reason in result.why_not


def test_a_claim_differs_if_one_of_its_checks_does(tmp_path: Path) -> None:
    text = claim("value", ["indicator: plans"], 2117) + (
        "    - kind: difference\n"
        "      against: the counts\n"
        "      of: [{indicator: plans}, {indicator: plans, period: 2017/18}]\n"
        "  if_differs: The reason.\n"
    )
    result = check_one(tmp_path, text, NOW, THEN)
    assert result.outcome is ClaimOutcome.DIFFERS
    assert explanation(result) == (
        "The counts: 2,117 (2022/23) less 1,444 (2017/18) is 673; the printed figure is 1,444 more."
        " The data: 2,117. The reason."
    )
    assert result.evidence == ("2023/tests:2", "2023/tests:3")


# -- how claims are declared ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            claim("value", ["indicator: plans"], 5) + "  colour: red\n",
            r"line 27: unknown key claims.0.colour",
        ),
        (
            claim("guess", ["indicator: plans"], 5),
            r"line 23: claims.0.checks.0.kind: Input should be 'value'",
        ),
        (claim("share", ["indicator: plans"], 5), r"line 23: .*a share takes part, whole; found 1"),
        (claim("value", ["indicator: plans, dimensions: {shoe: a}"], 5), r"line 26: .*no dimension shoe"),
        (
            claim("share", ['indicator: a, dimensions: {age: "*"}', "indicator: b"], 5),
            r'"\*" can be used only',
        ),
        (
            claim("value", ["indicator: plans"], 5) + "  cannot: no data\n",
            r"line 13: .*give either checks, or",
        ),
        (
            claim("value", ["indicator: plans"], 5) * 2,
            r"line 27: the claim id leaflet.plans.number is duplicated",
        ),
        (claim("value", ["indicator: plans"], 5) + "  value: 6\n", r"line 27: the key value is duplicated"),
        (
            claim("value", ["indicator: plans"], 5).replace("topic: plans", "topic: trees"),
            r"line 15: claim leaflet.plans.number has the unknown topic trees; expected one of plans",
        ),
        (claim("value", ["indicator: plans"], 5).replace("  unit", " unit"), r"line 19: is not valid YAML"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    folder = declare(tmp_path / "claims", text)
    with pytest.raises(CatalogueError, match=message) as caught:
        load_claims(folder)
    assert caught.value.line().count("\n") == 0
    assert "leaflet.yaml" in caught.value.line()


def test_a_folder_without_claims_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no claims"):
        load_claims(tmp_path)


# -- the two documents ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def editions() -> dict[str, pd.DataFrame]:
    """The data sets the claims name: reading the others would only take time."""
    datasets = ("ofsted", "population", "sen_prevalence", "special_school_places")
    return {
        name: pd.concat(
            [read_dataset(ROOT / "data" / "editions" / name / f"{one}.csv") for one in datasets],
            ignore_index=True,
        )
        for name in ("2023", "2025")
    }


@pytest.fixture(scope="module")
def results(editions: dict[str, pd.DataFrame]) -> dict[str, ClaimResult]:
    found = check_claims(load_claims(ROOT / "data" / "claims"), editions)
    return {result.claim.id: result for result in found}


DIFFERS = ClaimOutcome.DIFFERS
KNOWN = {
    "slides-2023.ehc-plan.increase.2022-23": 60,
    "slides-2023.ehc-plan.increase-pct.2022-23": 4,
    "slides-2023.sen-support.share.2019-20": 0.4,
    "slides-2023.places.total.2019-20": -4,
    "slides-2023.places.total.2020-21": 14,
    "slides-2023.places.growth": 10,
    "slides-2023.schools.good-or-outstanding": -3,
    "summary-2024.schools.good-or-outstanding": 3,
    "slides-2023.population.under-16": 20256,
    "slides-2023.population.under-16-share": 20256,
    "slides-2023.population.18-24": -20256,
    "slides-2023.population.18-24-share": -20256,
    # Found by this checker.
    "slides-2023.ehc-plan.increase-pct.2018-19": -0.1,
    "slides-2023.sen-support.number.2019-20": -185,
    "slides-2023.sen-support.number.2020-21": 187,
    "slides-2023.sen-support.increase.2019-20": -185,
    "slides-2023.sen-support.increase.2020-21": 187,
    "slides-2023.sen-support.increase-pct.2019-20": -3,
    "slides-2023.sen-support.increase-pct.2020-21": 3,
}


def test_the_known_disagreements_are_found_and_no_others(results: dict[str, ClaimResult]) -> None:
    found = {key: r.difference for key, r in results.items() if r.outcome is ClaimOutcome.DIFFERS}
    assert found == KNOWN


@pytest.mark.parametrize(
    ("claim_id", "change", "outcome"),
    [
        # What the data would have to be for the printed figure to be right, or an agreeing one wrong.
        ("slides-2023.ehc-plan.increase.2022-23", ("2023", "ehc_plan_pupils_count", "2022/23", 2177), None),
        (
            "slides-2023.ehc-plan.number.2022-23",
            ("2025", "ehc_plan_detail_pct", "2022/23", 3.3),
            ClaimOutcome.DIFFERS,
        ),
        (
            "slides-2023.ehc-plan.share.2022-23",
            ("2025", "ehc_plan_pct", "2022/23", 3.9),
            ClaimOutcome.DIFFERS,
        ),
        (
            "slides-2023.sen-support.number.2019-20",
            ("2025", "sen_support_detail_pct", "2019/20", 14.04),
            ClaimOutcome.AGREES,
        ),
        # Cells that are cut off: other data cannot begin with the digits that are left.
        ("slides-2023.sen-support.share.2022-23", ("2025", "sen_support_pct", "2022/23", 16.1), DIFFERS),
        (
            "slides-2023.sen-support.number.2022-23",
            ("2025", "sen_support_detail_pct", "2022/23", 16.1),
            DIFFERS,
        ),
        (
            "slides-2023.sen-support.increase.2022-23",
            ("2025", "sen_support_detail_pct", "2022/23", 15.5),
            DIFFERS,
        ),
        (
            "slides-2023.sen-support.increase-pct.2022-23",
            ("2025", "sen_support_detail_pct", "2022/23", 16.1),
            DIFFERS,
        ),
        (
            "slides-2023.sen-support.headcount.2022-23",
            ("2023", "pupil_headcount_count", "2022/23", 61377),
            DIFFERS,
        ),
        (
            "slides-2023.sen-support.share.2019-20",
            ("2023", "sen_support_pupils_count", "2019/20", 8624),
            ClaimOutcome.AGREES,
        ),
        (
            "slides-2023.places.growth",
            ("2023", "special_school_places_printed_total_count", "2022/23", 1290),
            ClaimOutcome.AGREES,
        ),
        (
            "slides-2023.schools.good-or-outstanding",
            ("2023", "schools_good_outstanding_summary_pct", "March 2024", 86),
            ClaimOutcome.AGREES,
        ),
    ],
)
def test_other_data_change_the_outcome(
    editions: dict[str, pd.DataFrame],
    claim_id: str,
    change: tuple[str, str, str, float],
    outcome: ClaimOutcome | None,
) -> None:
    name, indicator, period, value = change
    broken = {key: frame.copy() for key, frame in editions.items()}
    frame = broken[name]
    rows = (
        (frame["indicator"] == indicator)
        & (frame["period"] == period)
        & (frame["area_code"] == "E08000026")
        & (frame[list(DIMENSIONS)] == "").all(axis=1)
    )
    assert rows.sum() == 1
    frame.loc[rows, "value"] = value
    chosen = [one for one in load_claims(ROOT / "data" / "claims") if one.id == claim_id]
    (result,) = check_claims(chosen, broken)
    if outcome is None:  # its other check still differs, this one agrees
        assert result.checks[0].outcome is ClaimOutcome.AGREES
    else:
        assert result.outcome is outcome


def test_claims_quote_what_the_edition_records_as_printed(editions: dict[str, pd.DataFrame]) -> None:
    """Two transcriptions of the slides' table, made apart, agree cell by cell."""
    records = {"share": "sen_printed_share_pct", "increase": "sen_printed_increase_count"}
    records["increase-pct"] = "sen_printed_increase_pct"
    frame = known(editions["2023"])
    compared = 0
    for one in load_claims(ROOT / "data" / "claims"):
        _, provision, part, *_ = [*one.id.split("."), "", ""]
        if part not in records or one.value is None:
            continue
        rows = ObservationTable(frame).select(
            records[part], period=one.period, provision=provision.replace("-", "_")
        )
        assert list(rows["value"]) == [one.value], one.id
        compared += 1
    assert compared > 30


def test_a_cell_that_is_cut_off_is_held_against_the_data_as_far_as_it_can_be_read(
    results: dict[str, ClaimResult],
) -> None:
    result = results["slides-2023.sen-support.share.2022-23"]
    assert result.outcome is ClaimOutcome.AGREES
    assert result.claim.printed == "15."
    assert explanation(result) == (
        "The cell is cut off in the copy we hold, and read as 15.0% to 15.9%."
        " DfE's published percentage: 15.8%."
    )
    assert summary_figures(list(results.values()))["claims.cannot"] == 37


def test_what_cannot_be_checked_is_declared_so_or_follows_from_the_data(
    results: dict[str, ClaimResult],
) -> None:
    """No claim drops out because its selectors name an observation that is not there."""
    for result in results.values():
        for part in result.checks:
            assert "holds no observation" not in part.why_not, (result.claim.id, part.why_not)


def test_there_are_well_over_sixty(results: dict[str, ClaimResult]) -> None:
    counts = summary_figures(list(results.values()))
    assert counts["claims.total"] > 100
    assert counts["claims.total"] == sum(counts[f"claims.{name}"] for name in ("agrees", "differs", "cannot"))


def test_explanations_hold_no_typed_numbers() -> None:
    """A number in the explanation of a claim comes from the data; the files may hold periods only."""
    for one in load_claims(ROOT / "data" / "claims"):
        for text in (one.cannot, one.if_differs):
            left = re.sub(r"\b20\d\d(/\d\d)?\b|\bEdition 20\d\d\b|aged 0 to 4", "", text)
            assert not re.search(r"\d", left), (one.id, text)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the documents beside the checkout")
def test_every_number_the_documents_print_is_a_claim() -> None:
    # Dates, names of things and ages that hold a number and state no quantity.
    names = [
        r"Subgroup \d", r"Tier 2", r"\b2[- ]?year\w*", r"2 yr year", r"1[46] years old|age of 16\+|16\+",
        r"COVID-?19", r"\b20[12]\d\b", r"^\d\)|\n\d\)",
        r"aged under 18|aged 65|\(18-64\)|under the age of 16",
        r"ages of 18 and 24|ages of 25 and 39|aged 0 to 4|aged 5-14|for 3 services|2017/",
        r"\b(17/18|18/19|19/20|20/21|21/22|22/23|22/)(?=\s)", r"\t23\b",
    ]  # fmt: skip
    wanted: set[str] = set()
    for path in sorted((SHARED / "seeds").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        for pattern in names:
            text = re.sub(pattern, " ", text)
        wanted |= {number.rstrip(".,") for number in re.findall(r"\d[\d,.]*", text)}
    printed = {
        number.rstrip(".,")
        for one in load_claims(ROOT / "data" / "claims")
        for number in re.findall(r"\d[\d,.]*", one.printed)
    }
    assert wanted - printed == set()


# -- what a reader gets -----------------------------------------------------------------------------------


def rendered(block: str) -> BeautifulSoup:
    return BeautifulSoup(pypandoc.convert_text(block, "html", format="json"), "html.parser")


def test_the_block_puts_differences_first_and_counts_outcomes(results: dict[str, ClaimResult]) -> None:
    page = rendered(render_claims(claims_record(list(results.values()))))
    headings = [heading.get_text() for heading in page.find_all("h2")]
    assert headings == ["Figures that differ", "Figures that cannot be checked", "Figures that agree"]
    counts = summary_figures(list(results.values()))
    opening = " ".join(page.p.get_text().split())
    assert f"print {counts['claims.total']} figures" in opening
    assert f"{counts['claims.differs']} differ and {counts['claims.cannot']} cannot" in opening
    marks = [tag["id"] for tag in page.find_all("span", id=True)]
    assert sorted(marks) == sorted("claim-" + key.replace(".", "-") for key in results)
    row = page.find(id="claim-slides-2023-ehc-plan-increase-2022-23").find_parent("tr")
    cells = [" ".join(cell.get_text().split()) for cell in row.find_all("td")]
    assert cells[1] == "733"
    assert "2,117 (2022/23) less 1,444 (2017/18) is 673; the printed figure is 60 more." in cells[2]
    assert re.search(r"edition 2023, \w+, lines \d+, \d+", cells[2])


def test_every_table_has_a_caption_and_column_headings(results: dict[str, ClaimResult]) -> None:
    tables = rendered(render_claims(claims_record(list(results.values())))).find_all("table")
    assert len(tables) > 3
    for found in tables:
        assert found.caption.get_text(strip=True)
        assert all(cell.get_text(strip=True) for cell in found.find_all(["th", "td"]))
        assert len(found.thead.find_all("th")) == 3


def test_cells_hold_no_markup_of_their_own(tmp_path: Path) -> None:
    text = claim("value", ["indicator: plans"], 5).replace("plans in the city", "plans | *all* [x]")
    result = check_one(tmp_path, text, observation("plans", 5))
    cell = rendered(render_claims(claims_record([result]))).find("td")
    assert cell.get_text() == "plans | *all* [x], page one"


def test_the_record_is_written_whole_and_the_same_each_time(
    tmp_path: Path, results: dict[str, ClaimResult]
) -> None:
    write_claims(list(results.values()), tmp_path / "claims.json")
    first = (tmp_path / "claims.json").read_bytes()
    write_claims(list(results.values()), tmp_path / "claims.json")
    assert (tmp_path / "claims.json").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["claims.json"]
    record = json.loads(first)
    assert record["summary"]["claims.total"] == len(record["claims"])
    one = next(item for item in record["claims"] if item["id"] == "slides-2023.places.total.2019-20")
    assert (one["outcome"], one["difference"], one["checks"][0]["recomputed"]) == ("differs", -4.0, 965.0)
