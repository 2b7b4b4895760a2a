"""The change report of a rebuild in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, axe_violations

from send_jsna.provenance.change_records import Changes, ClaimChange, Continuation, FigureChange, Revision
from send_jsna.provenance.changes import write_changes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)"),
]

REPORT = Changes(
    edition="2025",
    previous_edition="2023",
    previous_run="20250101T000000Z-E08000026-2023",
    indicators_new=["new_pct"],
    continued=[Continuation(indicator="new_pct", before="2023/24", now="2024/25")],
    indicators_gone=["an_indicator_with_a_name_that_is_too_long_for_a_narrow_screen_pct"],
    revised=[
        Revision(
            indicator="revised_pct",
            area_code="E08000026",
            period="2024/25",
            breakdown="provision: EHC plan",
            before="4.2",
            now="4.3",
            observation_before="sen_prevalence:3",
            observation_now="sen_prevalence:9",
        )
    ],
    figures_turned=[FigureChange(id="ehcp.share.standing", title="Standing", before="above", now="below")],
    figures_moved=[FigureChange(id="ehcp.share.latest", title="Share", before="4.2%", now="4.3%")],
    claims_broken=[ClaimChange(id="slides-2023.x", quoted="words", before="agrees", now="differs")],
)


def test_the_change_report_breaks_no_rule_of_wcag_and_does_not_scroll_sideways(
    page: Any, tmp_path: Path
) -> None:
    names = {"new_pct": ("sen_prevalence", "A share")}
    page.goto(write_changes(tmp_path, REPORT, names, report_title="Needs").as_uri())
    assert axe_violations(page) == []
    width, wanted = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    assert wanted <= width
