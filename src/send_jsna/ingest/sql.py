"""Queries put together from names and texts: how an area, a count, a share or a label is written in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from send_jsna.ingest.cell_text import BLANKS, NUMBER

#: Columns that a table of Explore Education Statistics must have.
EES_COLUMNS = ("time_period", "geographic_level", "country_code", "region_code", "new_la_code")


def among_sql(expression: str, codes: Sequence[str] | None) -> str:
    """SQL for whether an area code is one of those wanted; true where all are."""
    return "true" if codes is None else f"{expression} IN ({', '.join(map(sql_text, codes))})"


def number_sql(expression: str) -> str:
    """SQL for a count in a cell; NULL for a symbol, words, or what is too large for a number."""
    number = f"TRY_CAST(replace({trimmed_sql(expression)}, ',', '') AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({trimmed_sql(expression)}, '{NUMBER}') AND isfinite({number})"
        f" THEN {number} END"
    )


def share_sql(numerator: str, denominator: str) -> str:
    """SQL for a percentage a table gives only the parts of, to four decimals; ``x`` where it cannot be made.

    Args:
        numerator: SQL of the count, a number.
        denominator: SQL of what it is a part of, a number.
    """
    return (
        f"CASE WHEN {numerator} IS NULL OR coalesce({denominator}, 0) = 0 THEN 'x'"
        f" ELSE format('{{:.4f}}', 100 * {numerator} / {denominator}) END"
    )


def template_sql(template: str) -> str:
    """SQL for a label put together from a row's cells: ``{SEN provision}|{phase}``."""
    pieces = []
    for literal, column in _pieces(template):
        if literal:
            pieces.append(sql_text(literal))
        if column:
            pieces.append(sql_name(column))
    return " || ".join(pieces) if pieces else "''"


def template_columns(template: str) -> list[str]:
    """Columns a template names."""
    return [column for _, column in _pieces(template) if column]


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    while template:
        literal, found, rest = template.partition("{")
        column, _, template = rest.partition("}")
        yield literal, column if found else ""


def cells_sql(entries: Iterable[Mapping[str, str]]) -> str:
    """SQL that makes several cells of one row into rows: a list of structs to be unnested.

    Args:
        entries: For each cell SQL of ``label``, ``text``, and where there are any ``numerator`` and
            ``denominator``.
    """
    structs = [
        "{"
        + ", ".join(
            f"{sql_text(key)}: {entry.get(key, 'CAST(NULL AS DOUBLE)')}"
            for key in ("label", "text", "numerator", "denominator")
        )
        + "}"
        for entry in entries
    ]
    return f"[{', '.join(structs)}]"


def trimmed_sql(expression: str) -> str:
    """SQL for a cell without the white space around it."""
    return f"trim({expression}, {sql_text(BLANKS)})"


def sql_text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def sql_name(column: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + column.replace('"', '""') + '"'
