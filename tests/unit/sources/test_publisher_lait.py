"""The Local Authority Interactive Tool: a measure that cannot be read costs itself alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.errors import DataError
from send_jsna.sources import lait

SOURCE = "dfe-lait-2026-04"
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
