"""Coventry City Council: the slide deck of December 2023.

The copy is text taken from slides: tables are cut off at the right edge. A cell that is cut off is an
observation without a value, since what it showed cannot be read; the label keeps what is left of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.catalogue.periods import NOT_STATED, academic_year
from send_jsna.errors import DataError
from send_jsna.ingest.tidy_rows import as_frame, row
from send_jsna.sources.context import Context

#: Academic years of the slides' tables, by the year they end in; the last column of the places is cut off.
SEN_YEARS = range(2018, 2024)
PLACE_YEARS = range(2018, 2025)

#: Who the two halves of the SEN table are about.
PROVISIONS = ("ehc plan", "sen support")


@dataclass(frozen=True)
class SlideRow:
    """A row of the SEN table.

    Attributes:
        start: How the copy's line starts.
        label: Its name on the slide; what it means is mapped in ``publisher_names.csv``.
        worked_out: Whether the council worked it out from the others.
    """

    start: str
    label: str
    worked_out: bool = False


_SEN_ROWS = (
    SlideRow("Numbe Coho\t", "Number in cohort"),
    SlideRow("Numbe children", "Number of children with educational need"),
    SlideRow("% of w coho", "% of whole cohort", worked_out=True),
    SlideRow("Increase 2017/", "Increase on 2017/18", worked_out=True),
    SlideRow("% increas", "% increase on the 17/18 baseline", worked_out=True),
)


@dataclass(frozen=True)
class Slides:
    """The slide deck.

    Attributes:
        source_id: Its source.
        text: What it says.
    """

    source_id: str
    text: str


def read_slides(source_id: str, path: Path) -> Slides:
    """The slide deck.

    Raises:
        DataError: The file cannot be read.
    """
    try:
        return Slides(source_id, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "the slide deck cannot be read", where=path, expected="a text file in UTF-8"
        ) from error


def tidy(slides: Slides, context: Context, *, as_printed: bool) -> pd.DataFrame:
    """Everything the deck prints in tables, and the one figure of its text that the digest lacks.

    Args:
        slides: The deck.
        context: Which areas are kept, and what labels mean.
        as_printed: Whether shares, increases and totals, which the council worked out, are kept.

    Raises:
        DataError: A row or a sentence is not in the text, or a cell is no number.
    """
    return pd.concat(
        [
            as_frame(
                [
                    *sen_table(slides, context, as_printed=as_printed),
                    *places(slides, context, as_printed=as_printed),
                ]
            ),
            as_frame(_prose(slides, context)),
        ]
    )


def sen_table(slides: Slides, context: Context, *, as_printed: bool) -> Iterator[dict[str, Any]]:
    """The table of pupils with an EHC plan and on SEN support: six years, twice side by side."""
    for line in _SEN_ROWS:
        if line.worked_out and not as_printed:
            continue
        cells = [cell.strip() for cell in _line(slides, line.start).split("\t")][-12:]
        for position, cell in enumerate(cells):
            provision = PROVISIONS[position // 6]
            yield from _cell(
                slides,
                context,
                f"{line.label}: {provision}",
                SEN_YEARS[position % 6],
                "x" if position == 11 else cell,
                cell,
            )


def places(slides: Slides, context: Context, *, as_printed: bool) -> Iterator[dict[str, Any]]:
    """Special school places by school and year, and the printed total where it is wanted."""
    start = slides.text.index("Special School\tSpecialism")
    for line in slides.text[start:].splitlines()[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 8:
            break
        name, counts = ("Total" if "Total" in cells else cells[0]), cells[-7:]
        if name == "Total" and not as_printed:
            continue
        for position, (end, cell) in enumerate(zip(PLACE_YEARS, counts, strict=True)):
            text = "x" if position == 6 else cell
            yield from _cell(slides, context, f"Special school places: {name}", end, text, cell)


def _prose(slides: Slides, context: Context) -> Iterator[dict[str, Any]]:
    """The fall in children under five, which the digest lacks; the copy has lost its years."""
    match = re.search(r"a (\d+)% decrease in the number of children aged 0 to 4", slides.text)
    if match is None:
        raise DataError("the fall in children aged 0 to 4 is not in the text", where=slides.source_id)
    label = "Decrease in the number of children aged 0 to 4"
    meaning = context.names.require(slides.source_id, label)
    yield row(
        indicator=meaning.indicator,
        dimensions=meaning.dimensions,
        area_code=context.subject,
        period=NOT_STATED,
        text=f"-{match[1]}",
        source_id=slides.source_id,
        source_label=label,
        source_period="not stated",
    )


def _line(slides: Slides, start: str) -> str:
    lines = [line for line in slides.text.splitlines() if line.startswith(start)]
    if len(lines) != 1:
        raise DataError(f"{len(lines)} lines begin {start!r}", where=slides.source_id, expected="one")
    return lines[0]


def _cell(
    slides: Slides, context: Context, label: str, end: int, text: str, printed: str
) -> Iterator[dict[str, Any]]:
    """The observation of a cell of a table; none where the label map leaves its row out.

    Args:
        slides: The deck.
        context: Which areas are kept, and what labels mean.
        label: The row's label.
        end: Year in which the academic year ends.
        text: The value, ``x`` where the cell is cut off.
        printed: What is left of the cell.
    """
    meaning = context.names.require(slides.source_id, label)
    if meaning.left_out:
        return
    yield row(
        indicator=meaning.indicator,
        dimensions=meaning.dimensions,
        area_code=context.subject,
        period=academic_year(end),
        text=text.replace(" ", ""),
        source_id=slides.source_id,
        source_label=f"{label} (cut off after {printed!r})" if text == "x" else label,
        source_period=f"{str(end - 1)[2:]}/{str(end)[2:]}",
    )
