"""Whether needs are more complex than among the neighbours: the measures, the rule, and what is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest
import synthetic
from synthetic import AREA, COUNTRY, REGION, make_run, open_run

from send_jsna.catalogue.areas import Area, Comparators
from send_jsna.catalogue.observations import WITHHELD_HERE
from send_jsna.errors import NoDataError
from send_jsna.evidence.benchmark.against_neighbours import FEWER, Word, read
from send_jsna.evidence.send.complexity import conclude, publish_complexity, why
from send_jsna.evidence.send.needs_profile import observed_and_expected, publish_adjusted, publish_profile
from send_jsna.evidence.shares import Part
from send_jsna.figures.records import FigureRecord, read_absences, read_figures

NEIGHBOURS = tuple(
    Area(f"E999999{place:02d}", f"Neighbour {place}", "local_authority", f"8{place:02d}", REGION.code)
    for place in range(10, 15)
)


def part(count: float, whole: float = 1000) -> Part:
    return Part(count, whole, pd.DataFrame({"area_name": ["Made up"]}), "Made up, January 2025")


# -- reading one measure --------------------------------------------------------------------------------


def test_a_share_above_the_neighbours_together_and_most_of_them_is_more() -> None:
    found = read(part(200), [part(100)] * 5)
    assert (found.own.percent, found.pooled.percent, found.difference) == pytest.approx((20, 10, 10))
    assert found.limits[0] < 10 < found.limits[1]
    assert (found.above, found.below) == (5, 0)
    assert found.word(found.p) == "more"


def test_a_difference_from_the_pool_alone_does_not_do() -> None:
    # One large neighbour pulls the pool down; against the four others there is no difference.
    found = read(part(150), [*[part(150)] * 4, part(500, 50_000)])
    assert found.p < 0.001
    assert (found.above, found.below) == (1, 0)
    assert found.word(found.p) == "no clear difference"


def test_a_lower_share_is_less_and_a_like_one_is_neither() -> None:
    assert read(part(100), [part(200)] * 5).word(0.0001) == "less"
    assert read(part(101), [part(100)] * 5).word(0.9) == "no clear difference"


def test_the_p_value_that_counts_is_the_adjusted_one() -> None:
    found = read(part(200), [part(100)] * 5)
    assert found.word(0.2) == "no clear difference"


def test_many_comparisons_are_held_to_a_higher_mark() -> None:
    # At 5% each of these would count; ten comparisons at once are held to less than 1%.
    few, many = read(part(130), [part(100)] * 3), read(part(130), [part(100)] * 40)
    assert few.neighbours[0].percent == many.neighbours[0].percent
    assert few.above >= many.above == 0


def test_few_children_and_few_neighbours_are_refused() -> None:
    with pytest.raises(NoDataError) as few:
        read(part(3), [part(100)] * 5)
    assert few.value.reason == WITHHELD_HERE
    with pytest.raises(NoDataError) as alone:
        read(part(30), [part(100)] * 2)
    assert alone.value.reason == FEWER


# -- the rule -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ({"needs": "more", "special": "more"}, "supported"),
        ({"needs": "more", "special": "no clear difference"}, "supported"),
        ({"needs": "more", "special": "less"}, "cannot be told"),
        ({"needs": "less", "special": "more"}, "cannot be told"),
        ({"needs": "no clear difference", "special": "more"}, "cannot be told"),
        ({"needs": "less", "special": "less"}, "not supported"),
        ({"needs": "no clear difference", "special": "no clear difference"}, "not supported"),
        ({"special": "more"}, "cannot be told"),
    ],
)
def test_the_answer_follows_the_measures(words: Mapping[str, Word], answer: str) -> None:
    assert conclude(words) == answer


def test_too_few_plans_are_no_evidence_against() -> None:
    assert not read(part(0, 26), [part(30)] * 5).is_precise
    assert read(part(30), [part(30)] * 5).is_precise
    words: dict[str, Word] = {"needs": "no clear difference", "special": "no clear difference"}
    assert conclude(words, precise=False) == "cannot be told"
    assert why(words, precise=False) == "the plans are too few to tell"
    assert conclude({"needs": "more"}, precise=False) == "supported"


# -- publishing -----------------------------------------------------------------------------------------


def plans(
    area: Area, needs: Mapping[str, float], special: float, ages: Mapping[str, float]
) -> list[dict[str, object]]:
    """The plans of one authority: a thousand, by need, placement and age."""
    fixed: dict[str, object] = {"area_code": area.code, "period": "January 2025"}
    share: dict[str, object] = fixed | {"unit": "%", "denominator": 1000.0}
    count: dict[str, object] = fixed | {"unit": "count", "decimals": 0}
    rows = [
        share | {"indicator": "ehc_primary_need_pct", "need": need, "value": value / 10, "numerator": value}
        for need, value in needs.items()
    ]
    rows.append(
        share
        | {
            "indicator": "ehc_placement_pct",
            "placement": "special",
            "value": special / 10,
            "numerator": special,
        }
    )
    rows += [
        count | {"indicator": "ehc_plans_count", "age": age, "value": value} for age, value in ages.items()
    ]
    rows.append(count | {"indicator": "ehc_plans_count", "value": 1000.0})
    rows.append(count | {"indicator": "residential_placements_count", "value": 3.0 if area == AREA else 9.0})
    return rows


def needs(complex_plans: float) -> dict[str, float]:
    return {"sld": complex_plans - 30, "pmld": 20, "msi": 10, "asd": 1000 - complex_plans}


AGES = {"3": 20.0, "4": 80.0, "5": 900.0}


def published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: Sequence[Mapping[str, object]]
) -> dict[str, FigureRecord]:
    monkeypatch.setattr("send_jsna.figures.supplement.Supplement.labels", lambda *_: {})
    comparators = Comparators(REGION, COUNTRY, NEIGHBOURS, "synthetic")
    monkeypatch.setattr(synthetic, "COMPARATORS", comparators)
    names = {area.code: area.name for area in (AREA, REGION, COUNTRY, *NEIGHBOURS)}
    frame = synthetic.frame_of
    monkeypatch.setattr(
        synthetic, "frame_of", lambda r: (f := frame(r)).assign(area_name=f["area_code"].map(names))
    )
    publish_complexity(open_run(make_run(tmp_path, rows)), "complexity")
    return read_figures(tmp_path / "run")[0]


def test_more_complex_needs_are_supported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = plans(AREA, needs(200), 400, AGES)
    rows += [row for area in NEIGHBOURS for row in plans(area, needs(100), 300, AGES)]
    figures = published(tmp_path, monkeypatch, rows)
    assert figures["complexity.answer"].shown == "is supported"
    assert figures["complexity.why"].shown.startswith("plans for complex needs are a larger part")
    assert figures["complexity.needs.latest"].shown == "20.0%"
    assert figures["complexity.needs.neighbours"].shown == "10.0%"
    assert figures["complexity.needs.difference"].shown == "+10.0 percentage points"
    assert figures["complexity.needs.place"].shown == "highest of six"
    words = {row[0]: row[-1] for row in figures["complexity.table"].rows}
    assert words["EHC plans for complex needs"] == "More"
    assert words["EHC plans of children under five"] == "No clear difference"
    assert "fixed before the neighbours" in figures["complexity.answer"].method
    assert len(figures["complexity.chart"].rows) == 6


def test_a_count_of_three_children_is_no_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = plans(AREA, needs(200), 400, AGES)
    rows += [row for area in NEIGHBOURS for row in plans(area, needs(100), 300, AGES)]
    figures = published(tmp_path, monkeypatch, rows)
    assert not [key for key in figures if key.startswith("complexity.residential")]
    noted = {absence.figures[0]: absence.reason for absence in read_absences(tmp_path / "run")}
    assert noted["complexity.residential.*"] == WITHHELD_HERE


def test_signs_that_disagree_tell_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = plans(AREA, needs(100), 400, AGES)
    rows += [row for area in NEIGHBOURS for row in plans(area, needs(200), 300, AGES)]
    figures = published(tmp_path, monkeypatch, rows)
    assert figures["complexity.needs.word"].shown == "less"
    assert figures["complexity.special.word"].shown == "more"
    assert figures["complexity.answer"].shown == "can be neither supported nor refused"
    assert figures["complexity.why"].shown == "the signs point different ways"
    assert "EHC plans for complex needs: less (10.0% against 20.0%)" in figures["complexity.because"].shown


def test_a_neighbour_with_a_count_withheld_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = published(tmp_path, monkeypatch, _withheld("pmld", 1))
    assert figures["complexity.needs.place"].shown == "highest of five"
    assert figures["complexity.needs.latest"].shown == "20.0%"


def test_a_need_withheld_by_many_is_left_out_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = published(tmp_path, monkeypatch, _withheld("msi", 2))
    assert figures["complexity.needs.place"].shown == "highest of six"
    assert figures["complexity.needs.latest"].shown == "19.0%"  # without the 10 plans for it
    assert figures["complexity.needs.counted"].shown == "pmld and sld"


def _withheld(need: str, neighbours: int) -> list[dict[str, object]]:
    """Plans, with the count of a need withheld for so many neighbours."""
    rows = plans(AREA, needs(200), 400, AGES)
    rows += [row for area in NEIGHBOURS for row in plans(area, needs(100), 300, AGES)]
    for row in rows:
        if row.get("need") == need and row["area_code"] in [area.code for area in NEIGHBOURS[:neighbours]]:
            row |= {"value": float("nan"), "numerator": float("nan"), "status": "c"}
    return rows


def test_without_neighbours_nothing_can_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = published(tmp_path, monkeypatch, plans(AREA, needs(200), 400, AGES))
    assert not figures
    assert any(absence.covers("complexity.answer") for absence in read_absences(tmp_path / "run"))


# -- the profile, and ages taken into account -----------------------------------------------------------


def test_the_profile_compares_each_need_placement_and_band_of_ages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = plans(AREA, {**needs(200), "vi": 2.0}, 400, AGES)
    rows += [row for area in NEIGHBOURS for row in plans(area, {**needs(100), "vi": 20.0}, 300, AGES)]
    published(tmp_path, monkeypatch, rows)
    monkeypatch.setattr("send_jsna.figures.supplement.Supplement.labels", lambda *_: {"sld": "Severe"})
    publish_profile(open_run(tmp_path / "run"), "made.profile")
    table = read_figures(tmp_path / "run")[0]["made.profile"]
    found = {row[0]: row for row in table.rows}
    assert found["Need: Severe"][-1] == "Higher"
    assert found["Need: asd"][-1] == "Lower"
    assert found["Need: pmld"][-1] == "No clear difference"
    assert found["Place: special"][1].startswith("40.0% (37.0 to")
    assert found["Age: under 5"][-1] == "No clear difference"
    assert found["Need: vi"][1] == "c"  # two children
    assert "2.0%" in found["Need: vi"][2]


def by_age(code: str, counts: Mapping[tuple[str, str], float]) -> list[dict[str, object]]:
    fixed: dict[str, object] = {"indicator": "ehc_primary_need_count", "area_code": code, "unit": "count"}
    return [
        fixed | {"period": "January 2025", "need": need, "age": age, "value": value, "decimals": 0}
        for (need, age), value in counts.items()
    ]


def test_ages_are_taken_into_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # At each age the area has England's rates, but twice the share in all, because its plans are old.
    england = {("sld", "5"): 10.0, ("asd", "5"): 90.0, ("sld", "15"): 50.0, ("asd", "15"): 50.0}
    area = {("sld", "5"): 10.0, ("asd", "5"): 90.0, ("sld", "15"): 450.0, ("asd", "15"): 450.0}
    run = open_run(make_run(tmp_path, by_age(AREA.code, area) + by_age(COUNTRY.code, england)))
    monkeypatch.setattr("send_jsna.evidence.send.needs_profile.counted", lambda _: ["sld"])
    rows = run.observations("ehc_primary_need_count", area=None, need="*", age="*")
    own, other = (rows[rows["area_code"] == code] for code in (AREA.code, COUNTRY.code))
    observed, expected, rates = observed_and_expected(own, other, ["sld"])
    assert (observed, expected) == pytest.approx((460.0, 460.0))
    assert rates.to_dict() == pytest.approx({"5": 0.1, "15": 0.5})
    publish_adjusted(run, "made.adjusted")
    figures = read_figures(tmp_path / "run")[0]
    assert figures["made.adjusted.ratio"].shown == "100"
    assert figures["made.adjusted.word"].shown == "about as many as"


@pytest.mark.parametrize(("complex_plans", "is_printed"), [(10.0, False), (30.0, True)])
def test_a_ratio_of_few_plans_has_too_wide_a_range_to_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complex_plans: float, is_printed: bool
) -> None:
    england = {("sld", "5"): 100.0, ("asd", "5"): 900.0}
    area = {("sld", "5"): complex_plans, ("asd", "5"): 9 * complex_plans}
    run = open_run(make_run(tmp_path, by_age(AREA.code, area) + by_age(COUNTRY.code, england)))
    monkeypatch.setattr("send_jsna.evidence.send.needs_profile.counted", lambda _: ["sld"])
    publish_adjusted(run, "made.adjusted")
    assert ("made.adjusted.ratio" in read_figures(tmp_path / "run")[0]) == is_printed
    assert [noted.rule for noted in read_absences(tmp_path / "run")] == ([] if is_printed else ["range"])
