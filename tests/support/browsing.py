"""Chromium for tests, and axe-core in it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]


def axe_violations(page: Any, without: str = "") -> list[str]:
    """What axe finds on a page, but for the elements of a selector."""
    import axe_playwright_python

    script = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
    page.evaluate(script.read_text(encoding="utf-8"))
    # Without preload: axe would ask for the style sheet a second time, which a page from a folder may not.
    # Only violations are listed by element: what passes is thousands of elements on a long page.
    options = "{preload: false, resultTypes: ['violations'], runOnly: {type: 'tag', values: rules}}"
    run = f"([rules, without]) => axe.run(without ? {{exclude: [[without]]}} : document, {options})"
    found = page.evaluate(run, [RULES, without])
    return [
        f"{item['id']}: {node['target']} {node['failureSummary']}"
        for item in found["violations"]
        for node in item["nodes"]
    ]
