"""The response file of the surveys: one row an answer.

It may have free text, which is dropped while reading; only counts leave: see
:mod:`send_jsna.council.survey`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from send_jsna.catalogue.identifying import DATE, identifies, looks_like
from send_jsna.catalogue.periods import PERIOD_SHAPES, parse_period
from send_jsna.catalogue.recodings import in_use
from send_jsna.council.extract_rows import check_area
from send_jsna.council.grid import Grid
from send_jsna.council.grids import read_file, read_grid
from send_jsna.council.headings import shown_heading
from send_jsna.council.survey import ANSWERS, RESPONDENTS
from send_jsna.errors import DataError
from send_jsna.ingest.quoting import heading

STEM = "survey-responses"

#: Where a response file is looked for, inside the data folder; a workbook may be there instead.
RESPONSES = Path("council") / f"{STEM}.csv"

#: Columns of a response file: name, and whether it must be there.
COLUMNS = {
    "response_id": True,
    "area_code": True,
    "period": True,
    "respondent": True,
    "question_id": True,
    "question": True,
    "answer": True,
    "theme": False,
    "comment": False,
}

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_QUESTION = 300


def read_responses(
    path: Path,
    area_code: str = "",
    recodings: Mapping[str, str] | None = None,
    named: Callable[[str], str] = str,
) -> pd.DataFrame:
    """Read a response file; rows of empty cells are skipped.

    Args:
        path: CSV in UTF-8 with the columns of ``COLUMNS``, where a byte-order mark and CRLF are accepted, or
            a workbook.
        area_code: The area the file must be of; empty where any one area will do.
        recodings: Other codes of areas to the code used here, which the answers are given under.
        named: Gives an area's code with its name, for messages.

    Returns:
        One row an answer, with columns ``response_id``, ``area_code``, ``period``, ``respondent``,
        ``question_id``, ``question``, ``answer`` (empty where the question was left out) and ``themes`` (a
        list). Free text is not among them.

    Raises:
        DataError: Wrong encoding, columns or values, by line and column; a row of another area; a column or a
            value, other than of free text, that could identify a child. No message repeats a value, but for
            the code of another area.
    """
    grid = read_grid(path, read_file(path), _check_header)
    kept = [name for name in grid.header if name != "comment"]
    rows: list[dict[str, str]] = []
    for _, cells in grid.rows:
        row = dict(zip(grid.header, cells, strict=True))
        rows.append({name: row[name] for name in kept} | {"theme": row.get("theme", "")})
    if not rows:
        raise DataError("the file has no answers", where=path, expected="one row for each answer")
    codes = recodings or {}
    _check_rows(rows, grid, area_code, codes, named)
    frame = pd.DataFrame(rows)
    frame["area_code"] = [in_use(code, codes) for code in frame["area_code"]]
    frame["period"] = frame["period"].map(lambda label: parse_period(label).label)
    frame["themes"] = [_themes(theme) for theme in frame["theme"]]
    return frame.drop(columns="theme")


def _check_header(grid: Grid) -> None:
    header, where = grid.header, grid.place(1)
    for name in header:
        if name not in COLUMNS and identifies(name):
            raise DataError(
                f"the column {shown_heading(name)} could identify a child",
                where=where,
                expected="no name, UPN, NHS number, date of birth, postcode or e-mail address",
                remedy="take the column out where the file is kept; nothing of it was read",
            )
    missing = [name for name, needed in COLUMNS.items() if needed and name not in header]
    extra = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if header.count(name) > 1})
    for what, names in (("lacks", missing), ("has the unknown", extra), ("repeats", twice)):
        if names:
            raise DataError(
                f"the header {what} {', '.join(heading(name, header, COLUMNS) for name in names)}",
                where=where,
                expected=", ".join(COLUMNS),
                remedy=f"start from data/council/{STEM}.template{grid.path.suffix}",
            )


def _check_rows(
    rows: list[dict[str, str]],
    grid: Grid,
    area_code: str,
    recodings: Mapping[str, str],
    named: Callable[[str], str],
) -> None:
    area = area_code
    harmless: set[tuple[str, str]] = set()
    seen: dict[tuple[str, str], int] = {}
    same: dict[tuple[str, str], tuple[str, int]] = {}
    for row, (line, _) in zip(rows, grid.rows, strict=True):
        _check_cells(row, line, grid, harmless)
        area = check_area(
            grid, line, row["area_code"], area, recodings, is_given=bool(area_code), named=named
        )
        _check_row(row, line, grid)
        key = (row["response_id"], row["question_id"])
        if key in seen:
            raise DataError(
                f"a response answers question {row['question_id']} twice",
                where=grid.places(seen[key], line),
                expected="one row for each response and question; several themes parted by semicolons",
            )
        seen[key] = line
        person = "; ".join(row[name] for name in ("area_code", "period", "respondent"))
        for name, key_value, value in (
            ("question", row["question_id"], row["question"]),
            ("response_id", row["response_id"], person),
        ):
            first, first_line = same.setdefault((name, key_value), (value, line))
            if value != first:
                what = (
                    f"question {key_value} is worded in two ways"
                    if name == "question"
                    else "one response has two areas, periods or kinds of respondent"
                )
                raise DataError(what, where=grid.places(first_line, line, name))


def _check_cells(row: dict[str, str], line: int, grid: Grid, harmless: set[tuple[str, str]]) -> None:
    """Refuse a value that could identify a child, before any message may repeat it."""
    for name, value in row.items():
        if (name, value) in harmless:
            continue
        kind = looks_like(value)
        if kind and not (kind == DATE and name == "period"):
            raise DataError(
                f"it looks like {kind}" if name == "response_id" else f"it contains {kind}",
                where=grid.place(line, name),
                expected="a number made for this file"
                if name == "response_id"
                else "nothing that could identify a child",
                remedy="take it out where the file is kept; nothing of the file was kept",
            )
        harmless.add((name, value))


def _check_row(row: dict[str, str], line: int, grid: Grid) -> None:
    def refuse(column: str, what: str, expected: str) -> DataError:
        return DataError(what, where=grid.place(line, column), expected=expected)

    if not row["response_id"]:
        raise refuse("response_id", "it is empty", "a number made for this file")
    try:
        parse_period(row["period"])
    except DataError as error:
        raise refuse("period", "it has no known shape", error.expected) from None
    except (ValueError, OverflowError):
        raise refuse("period", "it is no day of a calendar", PERIOD_SHAPES) from None
    for column, allowed in (("respondent", list(RESPONDENTS)), ("answer", [*ANSWERS, ""])):
        if row[column] not in allowed:
            # The value is not repeated: free text that slipped into the column may name a child.
            raise refuse(
                column, "its value is unknown", "one of " + ", ".join(a or "nothing" for a in allowed)
            )
    if not _CODE.fullmatch(row["question_id"]):
        raise refuse("question_id", "it is no code", "lower-case letters, digits and underscores")
    if not 0 < len(row["question"]) <= _LONGEST_QUESTION:
        raise refuse("question", "it is empty or very long", "the question as the survey printed it")
    for theme in _themes(row["theme"]):
        if not _CODE.fullmatch(theme):
            raise refuse("theme", "it is no code", "codes such as waiting_times, parted by semicolons")


def _themes(text: str) -> list[str]:
    return [theme.strip() for theme in text.split(";") if theme.strip()]
