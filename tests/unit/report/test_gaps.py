"""What a chapter lacks, who has it, and what would bring it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from send_jsna.catalogue.gaps import Gap
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.council.extracts import load_extracts
from send_jsna.report.gaps import NONE_OPEN, SUPPLEMENTS, available_indicators, gaps_block

DATA = Path(__file__).parents[3] / "data"
ABOUT = {"id": "made-up", "supplement": "waits", "subject": "A made-up service", "holder": "The board"}


def gap(**more: object) -> Gap:
    """A made-up gap."""
    return Gap.model_validate({**ABOUT, "what": "Children waiting", **more})


def test_a_gap_says_who_has_it_and_what_would_bring_it() -> None:
    open_gap = gap(indicators=["waiting"], extract="slt", sources=["a"], search="looked-for")
    block = gaps_block([open_gap], set(), {"a": "Made-up waits"}, "22-audit.qmd")
    assert "| A made\\-up service | Children waiting | The board |" in block
    assert "The council's extract `slt`; the declared source Made\\-up waits; " in block
    assert "[what was searched for](22-audit.qmd#searched-looked-for)" in block


def test_a_gap_without_a_way_in_says_so() -> None:
    assert "No source or extract is declared" in gaps_block([gap()], {"waiting"}, {}, "22-audit.qmd")


def test_a_gap_is_closed_by_any_of_its_indicators() -> None:
    closed = gap(indicators=["waiting", "waiting_long"])
    assert gaps_block([closed], {"waiting_long"}, {}, "22-audit.qmd") == NONE_OPEN


def test_only_values_of_the_area_itself_close_a_gap(tmp_path: Path) -> None:
    rows = [
        ("waiting", "E06000001", 1.0),
        ("waiting_long", "E06000001", None),
        ("waiting_long", "E92000001", 2.0),
    ]
    frame = pd.DataFrame(rows, columns=["indicator", "area_code", "value"])
    frame.to_parquet(tmp_path / "observations.parquet")
    assert available_indicators(tmp_path, "E06000001") == {"waiting"}
    assert available_indicators(tmp_path / "none", "E06000001") == set()


def test_what_would_bring_it_needs_an_indicator_that_closes_it() -> None:
    with pytest.raises(ValidationError, match="no indicator that would fill it"):
        gap(extract="slt")


def test_every_declared_gap_names_a_chapter_that_lists_it_and_an_extract_that_exists() -> None:
    gaps = load_catalogue(DATA / "catalogue").gaps.values()
    stems = {extract.stem for extract in load_extracts(DATA)}
    assert {item.supplement for item in gaps} == set(SUPPLEMENTS)
    assert {item.extract for item in gaps} - {""} <= stems
