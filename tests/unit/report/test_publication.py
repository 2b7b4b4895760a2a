"""What a report says of releases newer than its edition, and of what was searched for."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from pydantic import ValidationError

from send_jsna.catalogue.releases import PlaceSearched, Release, Search
from send_jsna.report.publication import (
    NONE_KNOWN,
    newer_block,
    newer_releases,
    newest_periods,
    releases_block,
    searches_block,
)

DAY = date(2026, 11, 28)
PAGE = "https://publisher.example/release"


def release(covers: str, **more: object) -> Release:
    """A made-up release."""
    made = {"id": "made-up", "sources": ["a"], "title": "Made-up figures", "where": PAGE, "looked": DAY}
    return Release.model_validate({**made, "covers": covers, **more})


def observations() -> pd.DataFrame:
    rows = [("a", "one", "2023/24", "2024-08-31"), ("a", "one", "2024/25", "2025-08-31")]
    rows += [("b", "two", "January 2025", "2025-01-31")]
    return pd.DataFrame(rows, columns=["source_id", "indicator", "period", "period_end"])


@pytest.mark.parametrize(
    ("known", "has"),
    [
        (release("2025/26"), "2024/25"),
        (release("2024/25"), None),
        (release("January 2026", sources=["b"]), "January 2025"),
        (release("2025/26", sources=["nothing"]), None),
        (release("2025/26", sources=["nothing"], indicators=["one"]), "2024/25"),
    ],
)
def test_a_release_is_newer_where_it_reaches_a_later_period(known: Release, has: str | None) -> None:
    found = newer_releases([known], newest_periods(observations()))
    assert [item.has for item in found] == ([] if has is None else [has])


def test_the_front_page_names_what_is_newer_and_what_the_edition_has() -> None:
    found = newer_releases([release("2025/26")], newest_periods(observations()))
    assert found[0].sentence == "Made-up figures: figures to 2025/26; this edition has them to 2024/25."
    assert f"]({PAGE})" in newer_block(found)
    assert newer_block([]) == NONE_KNOWN


def test_the_audit_says_when_a_release_was_looked_for_and_when_the_next_is_due() -> None:
    block = releases_block([release("2025/26", due="2027-06-30"), release("2023/24", id="second")])
    assert "2026\\-11\\-28" in block
    assert "2027\\-06\\-30" in block
    assert "not known" in block


def test_searches_are_listed_with_what_was_found_and_those_of_another_area_are_not() -> None:
    places = [
        PlaceSearched(where="Here", url=PAGE, when=DAY),
        PlaceSearched(where="There", when=DAY, found="it"),
    ]
    own = Search(id="own", what="Something", area="E08000026", searched=places)
    other = Search(id="other", what="Another", area="E08000025", searched=places)
    block = searches_block([own, other], ["E08000026"])
    assert "{#searched-own}" in block
    assert "searched-other" not in block
    assert "nothing found" in block
    assert "): it" in block


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"covers": "some day"}, "some day"),
        ({"sources": []}, "names neither sources nor indicators"),
        ({"where": "javascript:alert(1)"}, "where"),
        ({"looked": None}, "looked"),
    ],
)
def test_a_release_that_does_not_say_what_it_must_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        release(**{"covers": "2025/26", **change})  # type: ignore[arg-type]
