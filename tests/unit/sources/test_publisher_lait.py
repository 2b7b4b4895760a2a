"""The Local Authority Interactive Tool: an unreadable measure costs itself alone, and none is forgotten."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.errors import DataError
from send_jsna.sources import lait, registry

SHARED = docs.ROOT.parent / "shared" / "data" / "publisher" / "lait"
SOURCE = "dfe-lait-2026-04"
#: Shares of several kinds of one thing, which are one indicator: that there are more of one kind is neither.
POLARITY_OF_OUR_OWN = {
    "LAC_Foster_Placements",
    "LAC_Parents_OR_Others",
    "KS4_DES_FEColl",
    "KS4_DES_6FormSchl",
    "KS4_DES_6FormColl",
    "KS4_DES_Apprentice",
    "KS4_DES_NotSus",
}
MEASURES = list(docs.context().names.labels(SOURCE))


def tidied(
    tmp_path: Path, measures: list[str], dictionary: list[tuple[str, str]]
) -> tuple[pd.DataFrame, dict[str, bool]]:
    """Observations of Coventry, and what was left out."""
    rows = [{"Short Desc": name, "Years": "2023", "Values": "5.5", "LA Number": 331.0} for name in measures]
    path = tmp_path / "bds_long_0.parquet"
    pd.DataFrame(rows).to_parquet(path)
    types = docs.write(tmp_path / "dictionary.csv", docs.table(("Measure_short", "Year_Type"), dictionary))
    files = docs.files(SOURCE, main=path, dictionary=types)
    return lait.tidy(files, docs.context()), files.left_out


def plain(*measures: str) -> list[tuple[str, str]]:
    return [(name, "Academic year") for name in measures]


def test_a_measure_that_nobody_asks_for_changes_nothing(tmp_path: Path) -> None:
    whole, none = tidied(tmp_path, MEASURES, plain(*MEASURES))
    dictionary = [*plain(*MEASURES, "Other"), ("Other", "Calendar year"), ("Third", "Financial year")]
    more, left_out = tidied(tmp_path, [*MEASURES, "Other", "Fourth"], dictionary)
    pd.testing.assert_frame_equal(more, whole)
    assert none == left_out == {}


@pytest.mark.parametrize(
    ("measures", "dictionary", "says"),
    [
        (MEASURES[1:], plain(*MEASURES), "is not in the table"),
        (MEASURES, plain(*MEASURES[1:]), "has no line in the dictionary"),
        (
            MEASURES,
            [*plain(*MEASURES), (MEASURES[0], "Calendar year")],
            "has two kinds of year in the dictionary",
        ),
    ],
)
def test_a_measure_that_cannot_be_read_is_left_out_alone(
    tmp_path: Path, measures: list[str], dictionary: list[tuple[str, str]], says: str
) -> None:
    frame, left_out = tidied(tmp_path, measures, dictionary)
    assert len(frame) == len(MEASURES) - 1
    assert left_out == {f"the measure {MEASURES[0]!r} {says}": True}


def test_a_table_without_any_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no measure of the label map can be read"):
        tidied(tmp_path, ["Other"], plain("Other"))


def test_rows_of_no_year_are_left_out_where_they_have_no_value(tmp_path: Path) -> None:
    names = docs.context().names
    measure = "CINPermExclusion"
    rows = [
        {"Short Desc": measure, "Years": year, "Values": value, "LA Number": 331.0}
        for year, value in (("0", "-"), ("2023", "0.8"))
    ]
    path = tmp_path / "bds_long_0.parquet"
    types = docs.write(
        tmp_path / "dictionary.csv", docs.table(("Measure_short", "Year_Type"), plain(*names.labels(SOURCE)))
    )
    pd.DataFrame(rows).to_parquet(path)
    files = docs.files(SOURCE, main=path, dictionary=types)
    frame = lait.tidy(files, docs.context())
    assert frame["period"].tolist() == ["2022/23"]
    assert f"the rows of the measure {measure!r} for the year '0' have no value" in files.left_out

    pd.DataFrame([{**rows[0], "Values": "0.7"}]).to_parquet(path)
    with pytest.raises(DataError, match="a period has no known shape"):
        lait.tidy(files, docs.context())


def test_a_count_of_a_day_is_of_the_year_the_label_map_says(tmp_path: Path) -> None:
    kinds = [("CIN", "Annual"), ("Work_Force_Vac_Rate", "Annual (end of Sept)")]
    frame, _ = tidied(tmp_path, [name for name, _ in kinds], kinds)
    found = frame.set_index("indicator")[["period", "source_period"]].T.to_dict("list")
    assert found["cin_per_10000_lait"] == ["2022-23", "2023 (Annual)"]
    assert found["social_worker_vacancies_pct"] == ["2023", "2023 (Annual (end of Sept))"]


def test_a_measure_that_is_neither_read_nor_left_out_with_a_reason_is_refused_in_one_line(
    tmp_path: Path,
) -> None:
    catalogue, names = docs._catalogue(), docs.context().names
    path = tmp_path / "bds_long_0.parquet"
    declared = sorted(names.declared(SOURCE))
    pd.DataFrame({"Short Desc": declared}).to_parquet(path)
    files = docs.files(SOURCE, main=path)
    registry.check_declared(catalogue.sources[SOURCE], files, names, catalogue)

    pd.DataFrame({"Short Desc": [*declared, "Made up", "More of it"]}).to_parquet(path)
    with pytest.raises(DataError, match="the label 'Made up' and 1 more is not declared") as caught:
        registry.check_declared(catalogue.sources[SOURCE], files, names, catalogue)
    assert "publisher_names.csv" in caught.value.line() and "\n" not in caught.value.line()


# -- the tool itself ---------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the maintainers' publisher files are not beside the checkout"
)
def test_every_measure_of_the_tool_is_read_or_has_a_reason_and_has_the_dictionarys_polarity() -> None:
    names, catalogue = docs.context().names, docs._catalogue()
    table = SHARED / "bds_long_0.parquet"
    files = docs.files(SOURCE, main=table, dictionary=SHARED / "lait_data_dictionary.csv.gz")
    read = names.labels(SOURCE)
    every = set(pd.read_parquet(table, columns=["Short Desc"])["Short Desc"])
    assert names.declared(SOURCE) == every and len(every) == 434
    assert len(read) >= 200
    for label in every - set(read):
        meaning = names.find(SOURCE, label)
        assert meaning is not None and meaning.left_out, label

    frame = lait.tidy(files, docs.context(docs.COVENTRY, docs.ENGLAND))
    assert set(frame["source_label"]) == set(read), "each measure that is declared is found"
    assert [sentence for sentence, is_wrong in files.left_out.items() if is_wrong] == []

    printed = pd.read_csv(files.path("dictionary")).drop_duplicates("Measure_short")
    polarity = printed.set_index("Measure_short")["Polarity"].map({"High": "high_good", "Low": "low_good"})
    differing = {
        label
        for label, meaning in read.items()
        if polarity.notna()[label] and catalogue.indicators[meaning.indicator].polarity != polarity[label]
    }
    assert differing == POLARITY_OF_OUR_OWN
