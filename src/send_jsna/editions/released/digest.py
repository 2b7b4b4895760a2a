"""The maintainers' digest of published figures, ``figures.csv``.

It is the only copy of what council pages print, and a second reading of every publisher file: each of its
rows must be found among the observations with an equal value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from send_jsna.catalogue.observations import KEY
from send_jsna.catalogue.periods import Period, academic_year, financial_year, mid_year, parse_period
from send_jsna.ingest.cell_text import Meaning, Names, cells, clean_number, read_text_table
from send_jsna.ingest.tidy_rows import as_frame, row
from send_jsna.sources.context import Context

#: Bodies the digest names without a code.
BODIES = {
    "NHS Coventry and Warwickshire sub-ICB (B2M3M)": "B2M3M",
    "Coventry And Warwickshire ICB": "QWU",
    "Coventry And Warwickshire Partnership NHS Trust": "RYG",
}


@dataclass(frozen=True)
class Landing:
    """What became of the digest's rows.

    Attributes:
        total: Rows of the digest.
        equal: Rows found among the observations with an equal value.
        left_out: Reason to number of rows deliberately left out.
        problems: One sentence for each row that is missing or differs.
    """

    total: int
    equal: int
    left_out: dict[str, int]
    problems: list[str]


#: Its name.
FILE = "figures.csv"


def read_digest(shared: Path) -> pd.DataFrame:
    """The digest as text."""
    return read_text_table(shared / FILE)


def tidy(digest: pd.DataFrame, sources: Iterable[str], context: Context) -> pd.DataFrame:
    """Observations of the sources of which the digest is the only copy."""
    chosen = digest[digest["source_id"].isin(list(sources))]
    rows = []
    for line in cells(chosen):
        meaning = _meaning(line, context.names)
        if not meaning.left_out:
            rows.append(_row(line, meaning))
    return as_frame(rows)


def landing(digest: pd.DataFrame, observations: pd.DataFrame, context: Context) -> Landing:
    """Look for every row of the digest among the observations."""
    values = {
        key: (value, source)
        for key, value, source in zip(
            observations[list(KEY)].itertuples(index=False, name=None),
            observations["value"],
            observations["source_id"],
            strict=True,
        )
    }
    equal, left_out, problems = 0, dict[str, int](), list[str]()
    for number, line in enumerate(cells(digest), 2):
        meaning = _meaning(line, context.names)
        if meaning.left_out:
            left_out[meaning.left_out] = left_out.get(meaning.left_out, 0) + 1
            continue
        wanted = _row(line, meaning)
        found = values.get(tuple(wanted[name] for name in KEY))
        where = f"figures.csv, line {number}: {line['indicator']}, {line['area_name']}, {line['period']}"
        if found is None:
            problems.append(f"{where} is not among the observations")
        elif abs(found[0] - wanted["value"]) > 0.5 * 10 ** -wanted["decimals"] + 1e-9:
            problems.append(f"{where} is {wanted['value']} there and {found[0]} in {found[1]}")
        else:
            equal += 1
    return Landing(len(digest), equal, left_out, problems)


def _meaning(line: dict[str, str], names: Names) -> Meaning:
    return names.require(line["source_id"], line["publisher_code"] or line["indicator"])


def _row(line: dict[str, str], meaning: Meaning) -> dict[str, Any]:
    return row(
        indicator=meaning.indicator,
        dimensions=meaning.dimensions,
        area_code=line["area_code"] or BODIES[line["area_name"]],
        period=_period(line["period"], meaning.period_type),
        text=_without_point(line["value"]),
        provisional="(prov)" in line["period"],
        source_id=line["source_id"],
        source_label=line["indicator"],
        source_period=line["period"],
    )


def _without_point(text: str) -> str:
    """The digest writes whole numbers as ``65.0``; what the page itself printed is not known."""
    number, decimals = clean_number(text)
    return f"{number:.{decimals}f}"


def _period(text: str, period_type: str) -> Period:
    """The period, with the kind of year the label map gives where the text does not state it."""
    if not period_type:
        return parse_period(text)
    end = int(text[:4]) + (1 if len(text) > 4 else 0)
    kinds = {"academic_year": academic_year, "financial_year": financial_year, "mid_year": mid_year}
    return kinds[period_type](end)
