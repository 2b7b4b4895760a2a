"""What is not shown, and not compared, where an area has few children."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from synthetic import AREA, COUNTRY, NEIGHBOUR, REGION, make_run, open_run

from send_jsna.catalogue.observations import WITHHELD_HERE
from send_jsna.disclosure import Tables, methods, sealed_counts, suppress_counts
from send_jsna.errors import NoDataError
from send_jsna.evidence import small_numbers
from send_jsna.evidence.headlines import publish_headline
from send_jsna.evidence.measures import measure
from send_jsna.evidence.overviews import publish_overview
from send_jsna.evidence.send import caseload
from send_jsna.evidence.send.groups import publish_request_ages
from send_jsna.evidence.send.process import publish_often_none, publish_outcomes
from send_jsna.figures.records import read_absences, read_figures
from send_jsna.report.missing import unexplained
from send_jsna.report.narrative import Chapter, Narrative, Use
from send_jsna.wording import listed, sentence_case, with_article


def counts(**values: float) -> pd.DataFrame:
    return pd.DataFrame({"age": list(values), "value": list(values.values()), "unit": "count"})


@pytest.mark.parametrize(
    ("values", "withheld"),
    [
        ({"a": 3, "b": 20, "c": 9}, {"a", "c"}),
        ({"a": 3, "b": 3, "c": 9}, {"a", "b"}),
        ({"a": 3, "b": 2, "c": 9}, {"a", "b", "c"}),  # a zero would be shown, so a is four at most
        ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 0}, {"a", "b", "c", "d", "e", "f"}),
        ({"a": 0, "b": 20, "c": 4}, {"c", "b"}),
        ({"a": 0, "b": 20, "c": 9}, set()),
    ],
)
def test_no_band_of_a_few_can_be_worked_out_from_the_total(
    values: dict[str, float], withheld: set[str]
) -> None:
    assert small_numbers.withheld_bands(counts(**values), "age", str) == withheld


def test_a_table_of_bands_shows_what_it_may() -> None:
    table = caseload.composition(
        {"Here": counts(a=3, b=20, c=9, d=30), "England": counts(a=300, b=200, c=90, d=400)},
        "age",
        str,
        head="Age",
        order=["a", "b", "c", "d"],
    )
    assert list(table["Here: number"]) == ["c", "20", "c", "30"]
    assert list(table["England: share"]) == ["30.3%", "20.2%", "9.1%", "40.4%"]


@pytest.mark.parametrize(
    ("unit", "value", "numerator", "denominator", "few"),
    [
        ("count", 4, None, None, True),
        ("count", 0, None, None, False),
        ("count", 5, None, None, False),
        ("%", 100.0, 9, 9, True),
        ("%", 50.0, 5, 10, False),
        ("%", 4.0, 4, 99, True),
        ("%", 0.0, 0, 99, False),
        ("%", 0.6, 4, 675, False),
        ("%", 50.0, None, None, False),
    ],
)
def test_what_stands_for_too_few(
    unit: str, value: float, numerator: float | None, denominator: float | None, few: bool
) -> None:
    row = pd.Series(
        {"unit": unit, "value": value, "numerator": numerator, "denominator": denominator}
    ).fillna(float("nan"))
    assert bool(small_numbers.is_few(row)) is few


@pytest.mark.parametrize(
    ("profile", "few"),
    [("council", {1, 4}), ("nhs_england", {1, 4, 7}), ("opensafely", {0, 1, 4, 7}), ("none", set())],
)
def test_what_is_few_is_said_by_the_profile_of_the_run(profile: str, few: set[int]) -> None:
    sealed_counts.open_sealed(sealed_counts.Sealed(methods.profile(profile), {}))
    try:
        assert {count for count in (0, 1, 4, 7, 8) if small_numbers.is_small(count)} == few
        share_of_nine = pd.Series({"unit": "%", "value": 100.0, "numerator": 9, "denominator": 9})
        assert bool(small_numbers.is_few(share_of_nine)) is bool(few)
    finally:
        sealed_counts.open_sealed(None)


def rows(plans: int) -> list[dict[str, object]]:
    series = [
        {"indicator": "made_up_pct", "area_code": area.code, "period": period, "value": value, "unit": "%"}
        for area, value in ((AREA, 92.3), (REGION, 70.2), (COUNTRY, 68.3))
        for period in ("2021/22", "2022/23", "2023/24")
    ]
    plan = {"indicator": "ehc_plans_count", "area_code": AREA.code, "period": "January 2025", "value": plans}
    return [*series, {**plan, "unit": "count"}]


@pytest.mark.parametrize(("plans", "said"), [(17, "not compared with"), (376, "above")])
def test_shares_without_counts_are_not_compared_where_children_are_few(
    tmp_path: Path, plans: int, said: str
) -> None:
    folder = make_run(tmp_path, rows(plans))
    publish_headline(measure(open_run(folder), "made_up_pct", "made.up", name="Made-up share"))
    shown = {key: record.shown for key, record in read_figures(folder)[0].items()}
    assert shown["made.up.vs_england"] == said
    assert ("made.up.movement" in shown) is (plans > 100)
    assert any(absence.covers("made.up.movement") for absence in read_absences(folder)) is (plans < 100)


@pytest.mark.parametrize(
    "counts",
    [
        {"small": 4, "beside": 6, "large": 80},
        {"small": 2, "beside": 3, "large": 80},  # a sentence on either would say that both are below five
        {"small": 1, "beside": 9, "large": 80},
    ],
)
def test_nothing_tells_a_small_count_from_one_that_is_withheld_beside_it(
    tmp_path: Path, counts: dict[str, int]
) -> None:
    own = {"indicator": "made_up_count", "area_code": AREA.code, "period": "2024", "unit": "count"}
    listed_rows = [{**own, "value": sum(counts.values())}]
    listed_rows += [{**own, "age": name, "value": value} for name, value in counts.items()]
    folder = make_run(tmp_path, listed_rows)
    declared = Tables.model_validate({"breakdowns": [{"indicators": ["made_up_count"], "by": "age"}]})
    frame = pd.read_parquet(folder / "observations.parquet")
    done = suppress_counts(frame, declared, methods.profile("council"))
    hidden = done.frame[done.frame["withheld"] != ""]
    assert {"small", "beside"} <= set(hidden["age"])
    reasons = set()
    for _, row in hidden.iterrows():
        with pytest.raises(NoDataError) as refused:
            small_numbers.refuse_few(row)
        reasons.add((refused.value.reason, str(refused.value).replace(row["observation_id"], "")))
    with pytest.raises(NoDataError) as whole:
        small_numbers.bands(frame[frame["age"] != ""], "age", str)
    assert len(reasons) == 1
    assert {reason for reason, _ in reasons} | {whole.value.reason} == {WITHHELD_HERE}
    assert not any(name in str(whole.value) for name in counts)


def test_an_overview_hides_a_percentage_of_fewer_than_ten(tmp_path: Path) -> None:
    own = {"indicator": "made_up_pct", "area_code": AREA.code, "period": "2024", "value": 100.0}
    other = {**own, "area_code": COUNTRY.code, "value": 46.4, "numerator": 464, "denominator": 1000}
    longer = {**own, "indicator": "other_pct", "value": 40.0, "numerator": 40, "denominator": 100}
    folder = make_run(tmp_path, [{**own, "numerator": 3, "denominator": 3}, other, longer])
    run = open_run(folder)
    made = [measure(run, "made_up_pct", name="Made up"), measure(run, "other_pct", name="Other")]
    record = publish_overview(run, "made.table", made, title="Overview")
    assert record is not None
    assert record.rows[0] == ["Made up", "2024", "c", "x", "46.4%", "not shown: withheld"]


def test_shares_of_no_requests_are_not_applicable(tmp_path: Path) -> None:
    made = [
        {"indicator": name, "area_code": area.code, "period": "2024", "value": value, "unit": "count"}
        for area, values in ((AREA, (0, 0)), (COUNTRY, (100, 25)))
        for name, value in zip(("asked_count", "refused_count"), values, strict=True)
    ]
    folder = make_run(tmp_path, made)
    publish_outcomes(open_run(folder), "made.table", "asked_count", {"Refused": "refused_count"})
    assert read_figures(folder)[0]["made.table"].rows == [["Refused", "0", "z", "25.0%"]]


def test_the_newest_period_is_the_areas_own(tmp_path: Path) -> None:
    newer = {"indicator": "made_up_pct", "area_code": COUNTRY.code, "period": "2024/25", "value": 1.0}
    supplement = open_run(make_run(tmp_path, [*rows(17), newer]))
    found = supplement.observations("made_up_pct", area="headline", period="latest")
    assert set(found["period"]) == {"2023/24"}
    assert supplement.stored("made_up_pct", area=NEIGHBOUR.code).empty


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("West Midlands", "the West Midlands"),
        ("East of England", "the East of England"),
        ("South West", "the South West"),
        ("London", "London"),
        ("Yorkshire and The Humber", "Yorkshire and The Humber"),
        ("Isles of Scilly", "the Isles of Scilly"),
        ("City of London", "the City of London"),
        ("East Riding of Yorkshire", "the East Riding of Yorkshire"),
        ("Bristol, City of", "Bristol"),
        ("Herefordshire, County of", "Herefordshire"),
        ("North East Lincolnshire", "North East Lincolnshire"),
        ("East Sussex", "East Sussex"),
        ("Birmingham", "Birmingham"),
    ],
)
def test_a_place_takes_its_article(name: str, said: str) -> None:
    assert with_article(name) == said


def test_measures_in_a_list() -> None:
    assert [sentence_case(name) for name in ("Births", "EHC plans", "Year 6 children")] == [
        "births",
        "EHC plans",
        "Year 6 children",
    ]
    assert listed(["births", "low income", "exclusions"]) == "births, low income and exclusions"
    assert listed(["births, live", "low income"]) == "births, live; low income"


def test_an_unforeseen_gap_of_an_unreviewed_edition_is_put_in_words() -> None:
    uses = (Use("inline", "autism.wait.under_10.latest", "09.qmd", 3), Use("block", "a.b", "09.qmd", 4))
    narrative = Narrative((Chapter(Path("09.qmd"), 9, "Autism", "sec-autism", uses),))
    found = unexplained(narrative, {"a.b"}, "Isles of Scilly")
    assert list(found) == ["autism.wait.under_10.latest"]
    (absence,) = found.values()
    assert absence.name == "autism, wait, under 10"
    assert absence.reason.endswith("for the Isles of Scilly")


def requests(area: str, unknown: int) -> list[dict[str, object]]:
    base = {"indicator": "ehc_requests_count", "area_code": area, "period": "2024", "unit": "count"}
    return [base | {"age": age, "value": n} for age, n in (("3", 40), ("7", 60), ("unknown", unknown))]


@pytest.mark.parametrize(("own", "region", "columns"), [(9, 9, 5), (9, 2, 4), (0, 0, 5)])
def test_few_requests_without_an_age_cannot_be_told_from_the_total(
    tmp_path: Path, own: int, region: int, columns: int
) -> None:
    # As in the East Midlands, where all but three requests of 2024 have an age.
    made = requests(AREA.code, own) + requests(REGION.code, region) + requests(COUNTRY.code, 300)
    run = make_run(tmp_path, made)
    publish_request_ages(open_run(run), "made")
    table = read_figures(run)[0]["made.age_table"]
    assert len(table.columns) == columns
    assert any(REGION.name in heading for heading in table.columns) is (columns == 5)


def test_an_area_with_few_requests_without_an_age_has_no_table_of_ages(tmp_path: Path) -> None:
    made = requests(AREA.code, 2) + requests(REGION.code, 9) + requests(COUNTRY.code, 300)
    run = make_run(tmp_path, made)
    publish_request_ages(open_run(run), "made")
    assert read_figures(run)[0] == {}
    assert {noted.reason for noted in read_absences(run)} == {WITHHELD_HERE}


@pytest.mark.parametrize(("value", "words"), [(0, "none"), (5, "5"), (1200, "1,200")])
def test_a_count_that_is_often_zero_says_none(tmp_path: Path, value: int, words: str) -> None:
    run = make_run(tmp_path, rows(value))
    publish_often_none(measure(open_run(run), "ehc_plans_count", "made", name="Plans"))
    assert read_figures(run)[0]["made.latest"].shown == words
