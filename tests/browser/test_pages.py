"""The report's pages in a browser: accessible, readable on a phone, searchable, usable with the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, axe_violations
from sample_book import build_sample

from send_jsna.report import assemble

PAGES = [
    "index.html",
    "01-summary.html",
    "02-plans.html",
    "22-audit.html",
    "audit/ehcp.share.latest.html",
    "audit/ehcp.share.series.html",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sample = build_sample(tmp_path_factory.mktemp("run"))
    return assemble(sample.run_folder, engine="pandoc", **sample.arguments())


def show(page: Any, site: Path, name: str) -> None:
    page.goto((site / name).as_uri())


@pytest.mark.parametrize("name", PAGES)
def test_no_page_breaks_a_rule_of_wcag_or_scrolls_sideways(page: Any, site: Path, name: str) -> None:
    show(page, site, name)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert axe_violations(page) == []
    width, wanted = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    assert wanted <= width


def test_standalone_links_and_controls_are_large_enough(page: Any, site: Path) -> None:
    for name in ("01-summary.html", "02-plans.html", "22-audit.html"):
        show(page, site, name)
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        small = page.evaluate(
            """() => [...document.querySelectorAll('nav a, .imprint-links a, summary, input, header a')]
                 .map(tag => [tag.textContent.trim(), tag.getBoundingClientRect()])
                 .filter(([, box]) => box.height < 24 || box.width < 24)
                 .map(([text]) => text)"""
        )
        assert small == []


def test_search_finds_words_in_other_chapters(page: Any, site: Path) -> None:
    show(page, site, "index.html")
    page.fill("#search-words", "cannot tell")
    first = page.locator("#search-results a").first
    assert first.locator("strong").inner_text() == "What we cannot tell"
    assert page.locator("#search-status").inner_text() == "1 section found"
    assert axe_violations(page) == []
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/01-summary.html#what-we-cannot-tell")


def test_search_says_when_nothing_is_found_and_closes(page: Any, site: Path) -> None:
    show(page, site, "02-plans.html")
    page.fill("#search-words", "zzzz")
    assert page.locator("#search-status").inner_text() == "Nothing found"
    page.fill("#search-words", "plans")
    assert page.locator("#search-results").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#search-results").is_visible()


def test_every_number_leads_to_a_visible_audit_entry(page: Any, site: Path) -> None:
    show(page, site, "01-summary.html")
    targets = page.eval_on_selector_all(
        "a[data-figure]", "links => [...new Set(links.map(link => link.getAttribute('href')))]"
    )
    assert targets
    for target in targets:
        show(page, site, "01-summary.html")
        page.locator(f'a[href="{target}"]').first.click()
        entry = page.locator("[id='" + target.partition("#")[2] + "']")
        assert entry.is_visible()
        assert "Method:" in entry.inner_text()


def test_the_keyboard_reaches_the_content_and_sees_where_it_is(page: Any, site: Path) -> None:
    show(page, site, "02-plans.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_the_chapters_open_and_close_with_the_keyboard(page: Any, site: Path) -> None:
    show(page, site, "02-plans.html")
    is_phone = page.viewport_size["width"] < 400
    details = page.locator(".chapters details")
    assert details.evaluate("part => part.open") is not is_phone
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    assert details.evaluate("part => part.open") is is_phone


def test_a_charts_data_open_below_it(page: Any, site: Path) -> None:
    show(page, site, "02-plans.html")
    table = page.locator("#f-ehcp-share-series details table")
    assert not table.is_visible()
    page.locator("#f-ehcp-share-series summary").click()
    assert table.is_visible()
    assert "4.3%" in table.inner_text()
