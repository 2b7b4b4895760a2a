"""The pages of the real report in a browser: no rule of WCAG broken, nothing that scrolls sideways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, axe_violations
from mirrored import Mirrored

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)"),
]

CHAPTERS = (
    "index 01-summary 02-about 03-population 04-send 05-ehc-process 06-education 08-child-health"
    " 09-speech-language 10-autism 12-social-care 14-covid 15-services 16-voice 17-adulthood"
    " 19-recommendations 21-claims"
)
PAGES = [
    *(f"{name}.html" for name in CHAPTERS.split()),
    "audit/gld.series.html",
    "notebooks/education.html",
    "validation/index.html",
]


@pytest.mark.parametrize("name", PAGES)
def test_no_page_breaks_a_rule_of_wcag_or_scrolls_sideways(page: Any, built_run: Path, name: str) -> None:
    page.goto((built_run / "site" / name).as_uri())
    width, wanted = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    assert wanted <= width
    assert axe_violations(page) == []


def test_the_long_audit_chapter_does_not_scroll_sideways(page: Any, built_run: Path) -> None:
    """Its rules are tested on the sample book: axe takes minutes over a thousand entries."""
    page.goto((built_run / "site" / "22-audit.html").as_uri())
    width, wanted = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    assert wanted <= width


@pytest.mark.shared
@pytest.mark.parametrize("name", ["01-summary.html", "04-send.html", "15-services.html", "21-claims.html"])
def test_pages_that_say_what_is_missing_break_no_rule(page: Any, mirrored: Mirrored, name: str) -> None:
    """The report of the Isles of Scilly, where most of a chapter may fall away."""
    page.goto((mirrored.runs["E06000053"] / "site" / name).as_uri())
    width, wanted = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    assert wanted <= width
    assert axe_violations(page) == []
