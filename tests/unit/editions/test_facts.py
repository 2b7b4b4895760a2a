"""Figures read on publishers' pages: what is declared, and what is refused. Broken ones are invented."""

from __future__ import annotations

import shutil
from pathlib import Path

import publisher_documents as docs
import pytest

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.editions import built, facts
from send_jsna.errors import CatalogueError, DataError

DATA = docs.ROOT / "data"
CATALOGUE = load_catalogue(DATA / "catalogue")


def test_the_appeal_rate_of_2025() -> None:
    found = facts.observations(DATA, None)
    rows = found[found["indicator"] == "tribunal_appeal_new_method_pct"].set_index("area_code")
    assert rows.loc[docs.COVENTRY, ["period", "value", "numerator", "denominator"]].to_list() == [
        "2025",
        5.1,
        128.0,
        2496.0,
    ]
    assert rows.loc[docs.ENGLAND, ["period", "value"]].to_list() == ["2025", 6.6]
    assert rows["numerator"].isna().to_list() == [False, True]
    finished, left_out = built.finish(found, CATALOGUE, [])
    assert not left_out
    assert set(finished["unit"]) == {"%"}


def test_areas_that_are_not_wanted_are_left_out() -> None:
    assert set(facts.observations(DATA, (docs.ENGLAND,))["area_code"]) == {docs.ENGLAND}


def test_what_is_declared_exists() -> None:
    assert not list(facts.fact_faults(DATA, CATALOGUE, docs.context().areas))


def invented(tmp_path: Path, text: str) -> Path:
    """A data folder with areas, and with facts that are made up."""
    shutil.copytree(DATA / "areas", tmp_path / "areas")
    (tmp_path / "facts").mkdir()
    (tmp_path / facts.FILE).write_text(text, encoding="utf-8")
    return tmp_path


FACT = """\
- indicator: tribunal_appeal_new_method_pct
  source: dfe-send-tribunals-2026
  label: Made up
  period: "2025"
  values:
    - {area: E08000026, value: "1.0"}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("tribunal_appeal_new_method_pct", "appeals", "the indicator 'appeals' does not exist"),
        (
            "dfe-send-tribunals-2026",
            "dfe-neet-2025",
            "'dfe-neet-2025' is no source of tribunal_appeal_new_method_pct",
        ),
        ("E08000026", "E09999999", "area E09999999 is unknown"),
    ],
)
def test_what_does_not_exist_is_a_sentence_with_its_line(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    data = invented(tmp_path, FACT.replace(right, wrong))
    (fault,) = facts.fact_faults(data, CATALOGUE, docs.context().areas)
    assert says in fault.line()
    assert "published.yaml, line" in fault.line()


def test_a_malformed_file_and_a_word_in_place_of_a_figure_are_refused(tmp_path: Path) -> None:
    data = invented(tmp_path, FACT.replace('"1.0"', '"about one"'))
    with pytest.raises(DataError, match="a cell is not a number"):
        facts.observations(data, None)
    (data / facts.FILE).write_text(FACT.replace("label:", "labelled:"), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"line 1: the key 0.label is missing"):
        facts.observations(data, None)


def test_a_project_without_facts_has_none(tmp_path: Path) -> None:
    assert facts.observations(tmp_path, None).empty
    assert not list(facts.fact_faults(tmp_path, CATALOGUE, docs.context().areas))
