"""NHS England: Community Health Services SitRep, the monthly workbooks as published.

Tables 4 and 4a to 4g have one organisation a row and one service a column: the whole list, then the list by
length of wait. Their layout changed in August and again in the autumn of 2023 (organisations under a merged
cell of their kind; then a column of the kind; then one of the organisation's code beside it), services are
written in small or capital letters, and headers are misprinted in places (``level`` and ``name`` in Table 4g
of September 2023). The header row is therefore found by its services, and the cells left of them by their
content. A file is named by its day of publication; its month is in the title of each table.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.periods import Period
from send_jsna.catalogue.periods import month as of_month
from send_jsna.errors import DataError
from send_jsna.ingest import sheets, sql, text_tables
from send_jsna.ingest.cell_text import ENGLAND
from send_jsna.ingest.sql import number_sql, share_sql, sql_name, sql_text
from send_jsna.sources import tidying
from send_jsna.sources.nhs import plain_name

if TYPE_CHECKING:
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: The tables that are read: the whole list, and those who waited over 18 to 52 and over 52 weeks.
WHOLE, LONG, LONGEST = "Table 4", "Table 4f", "Table 4g"

#: Labels of the label map, before the service as the workbooks print it.
LISTED, OVER_18 = "Waiting list: ", "Waiting over 18 weeks: "

#: Kinds of organisation as the layouts print them. England is printed without one in two of the three.
_ICB, _TRUST, _OTHER = {"ICB"}, {"Organisation", "Provider"}, {"National", "Region", ""}

_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December) 20[0-9][0-9]"
)


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Children waiting for the mapped services, and the share of them who waited over 18 weeks.

    Every workbook of the source is read. One that cannot be, and values two of them differ in, are left out.

    Raises:
        DataError: No workbook can be read: it is damaged, or lacks a table or a service.
    """
    frames, faults = [], []
    for resource in sorted(files.paths):
        try:
            frames.append(_workbook(files, resource, context))
        except DataError as error:
            faults.append(error)
    if not frames:
        raise faults[0]
    for fault in faults:
        files.leave_out(f"{fault.where}: {fault.what}")
    key = ["indicator", "area_code", "period", "service"]
    frame = pd.concat(frames, ignore_index=True).drop_duplicates([*key, "value", "status"])
    twice = frame.duplicated(key, keep=False)
    for (label, area, period), _ in frame[twice].groupby(["source_label", "area_code", "period"]):
        files.leave_out(f"two workbooks differ: {label}, {area}, {period}")
    # Neither is known to be right; a value that one of them withholds stays confidential.
    is_withheld = frame["status"].eq("c").groupby([frame[name] for name in key]).transform("any")
    frame.loc[twice, ["value", "numerator", "denominator", "decimals"]] = float("nan")
    frame.loc[twice, "status"] = is_withheld[twice].map({True: "c", False: "u"})
    return frame.drop_duplicates(key).reset_index(drop=True)


def organisation_codes(context: Context) -> dict[tuple[str, str], str]:
    """Codes of the areas that are NHS bodies, by kind (``icb`` or ``trust``) and plain name."""
    found = {}
    for area in context.areas:
        # A sub-ICB location, five signs long, goes by the name of its ICB in these lists.
        if area.kind == "nhs" and len(area.code) == 3:
            found["icb" if area.code.startswith("Q") else "trust", plain_name(area.name)] = area.code
    return found


def _workbook(files: SourceFiles, resource: str, context: Context) -> pd.DataFrame:
    where = files.where(resource)
    meanings = context.names.labels(files.source_id)
    services = [label.removeprefix(LISTED) for label in meanings if label.startswith(LISTED)]
    book = sheets.read(files.path(resource), where, lambda title: title in (WHOLE, LONG, LONGEST))
    month = ""
    with text_tables.connection() as con:
        names = {}
        for title in (WHOLE, LONG, LONGEST):
            rows = book.get(title)
            if not rows:
                raise DataError(
                    f"the sheet {title!r} is gone or empty",
                    where=where,
                    expected="Tables 4 to 4g, one organisation a row",
                    remedy="look whether the publisher renamed it",
                )
            place = f"{where}, {title}"
            found = _month_of(rows, place)
            if month and found != month:
                raise DataError(
                    f"it is of {found}",
                    where=place,
                    expected=f"{month}, as {WHOLE}",
                    remedy="ask the publisher for a corrected workbook",
                )
            month = found
            names[title] = _open(con, rows, files.renamed, services, context, place)
        return tidying.observations(
            con,
            _long_form(names, services, month),
            source_id=files.source_id,
            where=where,
            meaning=meanings.get,
            codes=context.codes,
            period=lambda text, _meaning: _period(text),
        )


def _month_of(rows: list[sheets.Row], where: str) -> str:
    """The month of a table, from its title."""
    title = next((sheets.plain(cell) for row in rows[:3] for cell in row if sheets.plain(cell)), "")
    found = re.search(_MONTH, title)
    if found is None:
        raise DataError(
            "its title names no month",
            where=where,
            expected="a title such as 'Total waiting list by service, October 2023'",
        )
    return found[0]


def _period(text: str) -> Period:
    """The month of a monthly series, from its name; January alone would be read as the annual count."""
    name, year = text.split()
    return of_month(int(year), list(calendar.month_name).index(name))


def _open(
    con: text_tables.Connection,
    rows: list[sheets.Row],
    renamed: Mapping[str, str],
    services: list[str],
    context: Context,
    where: str,
) -> str:
    """A sheet as a table with ``area_code`` and a column for each service; its name in queries.

    Rows of organisations that are no areas here are left out.
    """
    wanted = [renamed.get(service, service) for service in services]
    place = sheets.header_row(rows, lambda cells: any(cell.startswith("(CYP)") for cell in cells))
    if place is None:
        raise DataError(
            "no row of the sheet is a header of services",
            where=where,
            expected=f"a row that names services such as {wanted[0]!r}",
            remedy="look whether the publisher renamed them",
        )
    capital = {name.casefold(): name for name in wanted}
    header = [capital.get(text.casefold(), text) for text in map(sheets.plain, rows[place])]
    text_tables.Table("", tuple(cell for cell in header if cell), where).need(*wanted)
    first = next(index for index, cell in enumerate(header) if cell.startswith(("(A)", "(CYP)")))
    codes = _area_codes(rows[place + 1 :], first, context, where)
    frame = pd.DataFrame(
        [
            [code, *(sheets.plain(row[header.index(name)]) for name in wanted)]
            for code, row in zip(codes, rows[place + 1 :], strict=True)
            if code
        ],
        columns=["area_code", *services],
        dtype="str",
    )
    if frame.empty:
        raise DataError("the sheet names no organisation that is known", where=where, expected="England")
    twice = frame["area_code"][frame["area_code"].duplicated()]
    if len(twice):
        raise DataError(f"{twice.iloc[0]} stands twice", where=where, expected="one row an organisation")
    return text_tables.open_frame(con, frame, where=where).name


def _area_codes(rows: list[sheets.Row], first: int, context: Context, where: str) -> list[str]:
    """The code of each row's organisation; empty where it is none of our areas."""
    left = [[sheets.plain(cell) for cell in row[:first]] for row in rows]
    kinds = [index for index in range(first) if any(row[index] in _ICB for row in left)]
    if first < 2 or len(kinds) != 1 or first - 1 - kinds[0] not in (1, 2):
        raise DataError(
            "the organisations cannot be told",
            where=where,
            expected="their kind (such as ICB), and their names next to the services",
            remedy="the layout is new: look at the sheet and at sources/nhs_workbooks.py",
        )
    known = organisation_codes(context)
    known_codes = set(known.values())
    codes, kind = [], ""
    for number, row in enumerate(left, 1):
        # Where the kind is a merged cell it is printed once, over many rows.
        kind = row[kinds[0]] or kind
        if kind not in _ICB | _TRUST | _OTHER:
            raise DataError(
                "an organisation is of no known kind",
                where=f"{where}, row {number} under the header",
                expected="National, Region, ICB, Provider or Organisation",
            )
        name = row[first - 1]
        code = row[first - 2] if first - 1 - kinds[0] == 2 else ""
        if name == "England":
            codes.append(ENGLAND)
        elif code in known_codes and kind not in _OTHER:
            codes.append(code)
        elif kind in _OTHER or code:
            codes.append("")
        else:
            codes.append(known.get(("icb" if kind in _ICB else "trust", plain_name(name)), ""))
    return codes


def _long_form(names: Mapping[str, str], services: list[str], month: str) -> str:
    """One row an organisation, service and measure."""
    selects = []
    for service in services:
        whole, long, longest = (f"{letter}.{sql_name(service)}" for letter in "wlm")
        over = f"({number_sql(long)} + {number_sql(longest)})"
        # A share is not worked out from a withheld count, and says that it was withheld.
        worked_out = share_sql(over, number_sql(whole))
        share = f"CASE WHEN '*' IN ({whole}, {long}, {longest}) THEN '*' ELSE {worked_out} END"
        entries = [
            {"label": sql_text(LISTED + service), "text": whole},
            {
                "label": sql_text(OVER_18 + service),
                "text": share,
                "numerator": over,
                "denominator": number_sql(whole),
            },
        ]
        selects.append(
            f"SELECT w.area_code AS area_code, unnest({sql.cells_sql(entries)}) AS cell"
            f" FROM {names[WHOLE]} w LEFT JOIN {names[LONG]} l ON l.area_code = w.area_code"
            f" LEFT JOIN {names[LONGEST]} m ON m.area_code = w.area_code"
        )
    return (
        "SELECT area_code, cell.label AS label, cell.text AS text, cell.numerator AS numerator,"
        f" cell.denominator AS denominator, {sql_text(month)} AS source_period"
        f" FROM ({' UNION ALL '.join(selects)})"
    )
