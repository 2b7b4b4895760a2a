"""Coventry City Council: the slide deck of December 2023 and the summary of March 2024.

The copies are text taken from slides: tables are cut off at the right edge. A cell that is cut off is an
observation without a value, since what it showed cannot be read; the label keeps what is left of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.catalogue.periods import NOT_STATED, academic_year
from send_jsna.editions.released.digest import tidy as digest_rows
from send_jsna.errors import DataError
from send_jsna.ingest.cell_text import as_frame, row, slug
from send_jsna.sources.context import Context

SLIDES = "coventry-send-jsna-slides-2023"
SUMMARY = "coventry-send-jsna-summary-2024"
SLIDES_FILE = "seeds/000_cc97fcd670b55406.txt"

#: Council and trust pages of which only the digest of figures is at hand.
DIGEST_ONLY = (
    "coventry-citywide-profile-2023",
    "facts-about-coventry-about-coventry",
    "coventry-early-years-strategy-2025-2028-the-coventry-context",
    "coventry-early-years-strategy-2025-2028-priority-1",
    "coventry-english-indices-of-deprivation-2019",
    "coventry-marmot-monitoring-tool-headline-statistics",
    "cwpt-statement-on-asd-assessment-waiting-times",
    "coventry-insight-e-bulletin-april-2017-child-health-profile-",
    "one-coventry-plan-annual-performance-report-2019-20",
)

#: Academic years of the slides' tables, by the year they end in; the last column of the places is cut off.
SEN_YEARS = range(2018, 2024)
PLACE_YEARS = range(2018, 2025)

#: Rows of the SEN table: how the copy's line starts, indicator by provision, its name on the slide.
_SEN_ROWS = (
    ("Numbe Coho\t", {"": "pupil_headcount_count"}, "Number in cohort"),
    (
        "Numbe children",
        {"ehc_plan": "ehc_plan_pupils_count", "sen_support": "sen_support_pupils_count"},
        "Number of children with educational need",
    ),
    ("% of w coho", "printed_share_pct", "% of whole cohort"),
    ("Increase 2017/", "printed_increase_count", "Increase on 2017/18"),
    ("% increas", "printed_increase_pct", "% increase on the 17/18 baseline"),
)


def read_slides(seeds: Path) -> str:
    """The text of the slide deck."""
    try:
        return seeds.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError("the slide deck cannot be read", where=seeds) from error


def tidy_2023(slides: str, digest: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Everything the two documents print, as printed."""
    frames = [
        as_frame([*sen_table(slides, context, as_printed=True), *places(slides, context, as_printed=True)]),
        as_frame(_prose(slides, context)),
        _of_the_documents(digest, context),
    ]
    return pd.concat(frames)


def tidy_2025(slides: str, digest: pd.DataFrame, context: Context) -> pd.DataFrame:
    """What a later report needs of council pages; what the slides worked out is worked out anew there."""
    frames = [
        as_frame([*sen_table(slides, context, as_printed=False), *places(slides, context, as_printed=False)]),
        as_frame(_prose(slides, context)),
        _of_the_documents(digest, context),
        digest_rows(digest, DIGEST_ONLY, context),
    ]
    return pd.concat(frames)


def _of_the_documents(digest: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Population and Ofsted figures of the two documents' sentences, from the digest."""
    prose = digest[digest["topic"].isin(["Population", "Ofsted"])]
    return digest_rows(prose, (SLIDES, SUMMARY), context)


def sen_table(slides: str, context: Context, *, as_printed: bool) -> Iterator[dict[str, Any]]:
    """The table of pupils with an EHC plan and on SEN support: six years, twice side by side.

    Args:
        slides: Text of the deck.
        context: The builder's context.
        as_printed: Whether shares and increases, which the council worked out, are kept.
    """
    for start, indicators, name in _SEN_ROWS:
        if isinstance(indicators, str) and not as_printed:
            continue
        cells = [cell.strip() for cell in _line(slides, start).split("\t")][-12:]
        for position, cell in enumerate(cells):
            provision = "ehc_plan" if position < 6 else "sen_support"
            end = SEN_YEARS[position % 6]
            cut = position == 11
            if isinstance(indicators, str):
                indicator, dimensions = f"sen_{indicators}", {"provision": provision}
            elif "" in indicators:
                if provision == "sen_support":  # the cohort stands twice, cut off the second time
                    continue
                indicator, dimensions = indicators[""], {}
            else:
                indicator, dimensions = indicators[provision], {}
            yield _cell(
                context, indicator, dimensions, f"{name}: {provision.replace('_', ' ')}", end, cell, cut
            )


def places(slides: str, context: Context, *, as_printed: bool) -> Iterator[dict[str, Any]]:
    """Special school places by school and year, and the printed total where it is wanted."""
    start = slides.index("Special School\tSpecialism")
    for line in slides[start:].splitlines()[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 8:
            break
        name, counts = ("Total" if "Total" in cells else cells[0]), cells[-7:]
        if name == "Total" and not as_printed:
            continue
        indicator = (
            "special_school_places_printed_total_count" if name == "Total" else "special_school_places_count"
        )
        dimensions = {} if name == "Total" else {"school": _SCHOOLS.get(name, slug(name))}
        for position, (end, cell) in enumerate(zip(PLACE_YEARS, counts, strict=True)):
            yield _cell(
                context, indicator, dimensions, f"Special school places: {name}", end, cell, position == 6
            )


#: Schools the slides name in a short form.
_SCHOOLS = {"Castlewood": "castle_wood", "Baginton": "baginton_fields", "Sherbourne": "sherbourne_fields"}


def _prose(slides: str, context: Context) -> Iterator[dict[str, Any]]:
    """The fall in children under five, which the digest does not hold; the copy has lost its years."""
    match = re.search(r"a (\d+)% decrease in the number of children aged 0 to 4", slides)
    if match is None:
        raise DataError("the fall in children aged 0 to 4 is not in the text", where=SLIDES_FILE)
    yield row(
        indicator="population_age_growth_pct",
        dimensions={"age": "0_to_4"},
        area_code=context.subject,
        period=NOT_STATED,
        text=f"-{match[1]}",
        source_id=SLIDES,
        source_label="Decrease in the number of children aged 0 to 4",
        source_period="not stated",
    )


def _line(slides: str, start: str) -> str:
    lines = [line for line in slides.splitlines() if line.startswith(start)]
    if len(lines) != 1:
        raise DataError(f"{len(lines)} lines begin {start!r}", where=SLIDES_FILE, expected="one")
    return lines[0]


def _cell(
    context: Context,
    indicator: str,
    dimensions: dict[str, str],
    label: str,
    end: int,
    cell: str,
    cut: bool,
) -> dict[str, Any]:
    period = academic_year(end)
    text = cell.replace(" ", "")
    return row(
        indicator=indicator,
        dimensions=dimensions,
        area_code=context.subject,
        period=period,
        text="x" if cut else text,
        source_id=SLIDES,
        source_label=f"{label} (cut off after {cell!r})" if cut else label,
        source_period=f"{str(end - 1)[2:]}/{str(end)[2:]}",
    )
