"""Extracts that only a council holds: read, checked, and aggregated before anything else sees them.

A response file has one row an answer and may hold free text. It is read here, its free text is dropped while
reading, and only counts leave (see :mod:`send_jsna.voice.survey`). A file with a column that could identify
a child is refused, not cleaned: such a file should not have left the council's own systems.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path

import pandas as pd

from send_jsna.edition_files import EditionSource
from send_jsna.errors import DataError
from send_jsna.observations import parse_dataset, write_dataset
from send_jsna.periods import parse_period
from send_jsna.voice.survey import ANSWERS, RESPONDENTS, SOURCE_ID, to_observations

#: Where a response file is looked for, inside the data folder.
RESPONSES = Path("council") / "survey-responses.csv"

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
_AREA_CODE = re.compile(r"[EWSN]\d{8}")
_LONGEST_QUESTION = 300

# Words of a column's name that give it away, and fragments of names written as one word.
_IDENTIFYING_WORDS = {"name", "upn", "nhs", "dob", "birth", "phone", "email", "postcode", "address", "uln"}
_IDENTIFYING_PARTS = (
    *("forename", "surname", "firstname", "lastname", "fullname", "childsname", "pupilname", "nhsn", "nhsid"),
    *("dateofbirth", "birthdate", "birthday", "postcode", "postalcode", "email", "telephone", "mobile"),
    *("pupilnumber", "upnnumber", "homeaddress"),
)
_IDENTIFYING_VALUES = {
    "a unique pupil number": re.compile(r"[A-Za-z]\d{11}[0-9A-Za-z]"),
    "an NHS number": re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}"),
    "an e-mail address": re.compile(r"[^@\s]+@[^@\s]+"),
    "a postcode": re.compile(r"[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}"),
    "a date": re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}"),
}


def load(data_folder: Path) -> dict[str, pd.DataFrame]:
    """The data sets made from council extracts, by name; empty where the council supplied none.

    Args:
        data_folder: The project's ``data`` folder.

    Returns:
        Frames as :func:`send_jsna.observations.read_dataset` returns them.

    Raises:
        DataError: An extract is malformed, or could identify a child.
    """
    return {
        name: parse_dataset(content, dataset=name, where=f"{name}.csv, made from {RESPONSES.name}")
        for name, content in build(data_folder).items()
    }


def build(data_folder: Path) -> dict[str, bytes]:
    """The files of those data sets, by name: aggregated, small numbers withheld, fit for a run folder."""
    path = data_folder / RESPONSES
    if not path.is_file():
        return {}
    return {"survey": write_dataset(to_observations(read_responses(path)))}


def sources(data_folder: Path) -> dict[str, EditionSource]:
    """The sources of the extracts that were supplied, by id; empty where there are none."""
    path = data_folder / RESPONSES
    if not path.is_file():
        return {}
    responses = read_responses(path)
    newest = max(parse_period(period) for period in responses["period"].unique())
    source = EditionSource(
        source_id=SOURCE_ID,
        publisher="Supplied by the council",
        title="Responses to the parent and carer, child and school staff surveys",
        url="",
        licence="council",
        as_at=newest.end,
        publisher_file=RESPONSES.as_posix(),
        publisher_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    return {SOURCE_ID: source}


def read_responses(path: Path) -> pd.DataFrame:
    """Read a response file.

    Args:
        path: CSV in UTF-8 with the columns of ``COLUMNS``; a byte-order mark and CRLF are accepted.

    Returns:
        One row an answer, with columns ``response_id``, ``area_code``, ``period``, ``respondent``,
        ``question_id``, ``question``, ``answer`` (empty where the question was left out) and ``themes`` (a
        list). Free text is not among them.

    Raises:
        DataError: Wrong encoding, columns or values, by line and column; a column, or a response's number,
            that could identify a child. The message never repeats such a value.
    """
    text = _decode(path)
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(reader, [])]
    _check_header(header, path)
    kept = [name for name in header if name != "comment"]
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    for cells in reader:
        if len(cells) != len(header):
            raise DataError(
                f"the row has {len(cells)} cells",
                where=f"{path}, line {reader.line_num}",
                expected=f"{len(header)}",
                remedy="look for a missing or unquoted comma",
            )
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        rows.append({name: row[name] for name in kept} | {"theme": row.get("theme", "")})
        lines.append(reader.line_num)
    if not rows:
        raise DataError("the file holds no answers", where=path, expected="one row for each answer")
    _check_rows(rows, lines, path)
    frame = pd.DataFrame(rows)
    frame["period"] = frame["period"].map(lambda label: parse_period(label).label)
    frame["themes"] = [_themes(theme) for theme in frame["theme"]]
    return frame.drop(columns="theme")


def _decode(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"byte {content[error.start]:#04x} is not UTF-8",
            where=f"{path}, line {line}",
            expected="a file in UTF-8",
            remedy="save it again as CSV UTF-8",
        ) from error


def _check_header(header: list[str], path: Path) -> None:
    where = f"{path}, line 1"
    for name in header:
        if name not in COLUMNS and identifies(name):
            raise DataError(
                f"the column {name!r} could identify a child",
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
                f"the header {what} {', '.join(repr(name) for name in names)}",
                where=where,
                expected=", ".join(COLUMNS),
                remedy="start from data/council/survey-responses.template.csv",
            )


def identifies(column: str) -> bool:
    """Whether a column's name says that it holds a name, a number, a date or an address of a person."""
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).casefold())
    together = "".join(words)
    return (
        not _IDENTIFYING_WORDS.isdisjoint(words)
        or together.endswith("name")
        or any(part in together for part in _IDENTIFYING_PARTS)
    )


def _check_rows(rows: list[dict[str, str]], lines: list[int], path: Path) -> None:
    seen: dict[tuple[str, str], int] = {}
    same: dict[tuple[str, str], tuple[str, int]] = {}
    for row, line in zip(rows, lines, strict=True):
        _check_row(row, line, path)
        key = (row["response_id"], row["question_id"])
        if key in seen:
            raise DataError(
                f"a response answers question {row['question_id']} twice",
                where=f"{path}, lines {seen[key]} and {line}",
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
                raise DataError(what, where=f"{path}, lines {first_line} and {line}, column {name}")


def _check_row(row: dict[str, str], line: int, path: Path) -> None:
    def refuse(column: str, what: str, expected: str) -> DataError:
        return DataError(what, where=f"{path}, line {line}, column {column}", expected=expected)

    if not row["response_id"]:
        raise refuse("response_id", "it is empty", "a number made for this file")
    for kind, pattern in _IDENTIFYING_VALUES.items():
        if pattern.fullmatch(row["response_id"]):
            raise refuse("response_id", f"it looks like {kind}", "a number made for this file")
    if not _AREA_CODE.fullmatch(row["area_code"]):
        raise refuse("area_code", f"{row['area_code']!r} is not an ONS code", "such as E08000026")
    try:
        parse_period(row["period"])
    except DataError as error:
        raise refuse("period", error.what, error.expected) from error
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
