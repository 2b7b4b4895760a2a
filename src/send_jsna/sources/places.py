"""Which area a row of a publisher's table is of: one rule for the keys of every table.

A row says its area up to three times: by ONS code, by the number the Department for Education gives an
authority, and by name. Each is read without the blanks around it, a number also as ``331.0``, a level in any
case. What is printed must be of one area: where code, number and name are of two, no rule can say which is
right, and a neighbour's figure would be published under the area's name. A row of a level that is read and
that names no area is refused as well, since it would be missing without a word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

from send_jsna.errors import DataError
from send_jsna.ingest import text_tables
from send_jsna.ingest.cell_text import BLANKS, ENGLAND
from send_jsna.ingest.sql import sql_name, sql_text, trimmed_sql
from send_jsna.sources.context import Context

#: The column that :func:`located` adds; empty in rows of other levels than those that are read.
AREA = "area_code"

#: Levels that are read, and those that the layout knows besides, by their letters alone.
NATIONAL, REGIONAL, LOCAL = "national", "regional", "localauthority"
OTHER_LEVELS = frozenset(
    (
        *("school", "provider", "institution", "mat", "multiacademytrust", "trust", "sponsor"),
        *("ward", "parliamentaryconstituency", "localauthoritydistrict", "planningarea", "opportunityarea"),
        *("localenterprisepartnership", "mayoralcombinedauthority", "englishdevolvedarea", "rscregion"),
        *("lsip", "localskillsimprovementplanarea", "policeforcearea"),
    )
)

#: Halves of a region that are published as regions and are none here.
_HALVES = ("inner london", "outer london")

_SEPARATOR = "\x1f"

#: Words that publishers put before or after an authority's name.
_TITLES = frozenset(
    (
        "city",
        "county",
        "borough",
        "royal",
        "metropolitan",
        "council",
        "of",
        "the",
        "ua",
        "region",
        "statistical",
    )
)


def level_sql(column: str) -> str:
    """SQL for a row's geographic level by its letters alone, such as ``localauthority``."""
    return f"regexp_replace(lower({sql_name(column)}), '[^a-z]', '', 'g')"


@dataclass(frozen=True)
class Keys:
    """The columns that say a row's area; empty where the table has none.

    Attributes:
        level: Geographic level; every row of a table without one is of a local authority.
        country: ONS code of the country.
        country_name: Its name.
        region: ONS code of the region.
        region_name: Its name.
        code: ONS code of the local authority, or of an area of any level in a table without levels.
        number: The number of the local authority.
        name: Name of the local authority, or of an area of any level in a table without levels.
    """

    level: str = ""
    country: str = ""
    country_name: str = ""
    region: str = ""
    region_name: str = ""
    code: str = ""
    number: str = ""
    name: str = ""


#: The key columns of Explore Education Statistics.
EES = Keys(
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "new_la_code",
    "old_la_code",
    "la_name",
)


def located(
    con: text_tables.Connection,
    table: text_tables.Table,
    context: Context,
    keys: Keys = EES,
    *,
    numbers: Mapping[str, str] | None = None,
) -> text_tables.Table:
    """A table with the further column ``area_code``: the ONS code of each row's area, as it is printed.

    Only the different keys pass through Python.

    Args:
        con: The connection.
        table: The publisher's table.
        context: Which areas are kept, and all areas.
        keys: Its columns; those it does not have are left aside.
        numbers: Numbers this publisher gives areas besides those of local authorities, with their codes.

    Raises:
        DataError: A row's code, number and name are not of one area and one of them is kept, or a row of a
            level that is read names no area.
    """
    present = [item.name for item in fields(Keys) if getattr(keys, item.name) in table.columns]
    cells = [
        f"coalesce({trimmed_sql(f'CAST({sql_name(getattr(keys, name))} AS VARCHAR)')}, '')"
        for name in present
    ]
    places = Places(context, present, table.where, numbers or {})
    name = f"{table.name}_located"
    with text_tables.plain_errors(table.where):
        rows = con.execute(f"SELECT DISTINCT {', '.join(cells)} FROM {table.name}").fetchall()
        found = {
            _SEPARATOR.join(row): places.code(Keys(**dict(zip(present, row, strict=True)))) for row in rows
        }
        text_tables.register_map(con, f"{name}_map", found)
        key = f" || {sql_text(_SEPARATOR)} || ".join(cells)
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT t.*, m.value AS {AREA}"
            f" FROM {table.name} t JOIN {name}_map m ON m.key = {key}"
        )
    return text_tables.Table(name, (*table.columns, AREA), table.where)


class Places:
    """What the keys of a table's rows mean.

    Args:
        context: Which areas are kept, and all areas.
        keys: Names of the :class:`Keys` the table has.
        where: The file, for messages.
        numbers: Further numbers of areas.
    """

    def __init__(
        self, context: Context, keys: Collection[str], where: str, numbers: Mapping[str, str]
    ) -> None:
        self._context = context
        self._keys = keys
        self._where = where
        self._areas = {area.code: area for area in context.areas}
        self._now = {**dict.fromkeys(self._areas), **context.areas.recodings}
        own = {area.dfe_number: area.code for area in context.areas if area.dfe_number}
        self._numbers = {**numbers, **own}
        self._names: dict[str, set[str]] = {}
        for name, code in [
            *context.areas.printed_names.items(),
            *((name, self._today(code)) for code, name in context.areas.former),
        ]:
            for form in {name.casefold(), plain(name)}:
                self._names.setdefault(form, set()).add(code)

    def code(self, printed: Keys) -> str:
        """The code of the area that a row's keys name, as it is printed; empty for a level that is not read.

        Raises:
            DataError: They are not of one area, or name none.
        """
        if "level" not in self._keys:
            return self._agreed(printed.code, printed.number, printed.name)
        level = re.sub(r"[^a-z]", "", printed.level.casefold())
        if level == NATIONAL:
            if not {"country", "country_name"} & set(self._keys):
                return ENGLAND
            return self._agreed(printed.country, "", printed.country_name, "country")
        if level == REGIONAL:
            return self._agreed(printed.region, "", printed.region_name, "region")
        if level == LOCAL:
            return self._agreed(printed.code, printed.number, printed.name, "local_authority")
        if level in OTHER_LEVELS:
            return ""
        raise DataError(
            "the geographic level of a row is none of those that are known",
            where=self._where,
            expected="National, Regional, Local authority or another level of the layout",
            remedy="look at the column in the publisher's file",
        )

    def _agreed(self, code: str, number: str, name: str, kind: str = "") -> str:
        """The code, given that number and name are of the same area."""
        code = code.upper()
        if "/" in code:  # two authorities that report together: the row is of neither
            return code
        by_code = {self._today(code)} - {""}
        by_number = {self._numbers.get(number_of(number), "")} - {""}
        by_name = self._named(name, kind)
        if code and not by_code and not kind:  # of a small area, or of a body that is not listed
            return code
        stated = [by_code] if code else []
        stated += [codes for codes in (by_number, by_name) if codes]
        agreed = set.intersection(*stated) if stated else set()
        if len(stated) > 1 and not agreed:
            self._refuse_two(by_code, by_number, by_name)
            return code
        if code or plain(name) in _HALVES:
            return code
        if not agreed and not number_of(number):
            raise self._nameless()
        return next(iter(agreed & self._areas.keys()), "")

    def _today(self, code: str) -> str:
        """The area a code means: that of today, or itself where the area is no more."""
        return (self._now[code] or code) if code in self._now else ""

    def _named(self, name: str, kind: str) -> set[str]:
        """Areas of a kind that go by a name: one that is no more and one of today may have the same."""
        codes = self._names.get(name.casefold()) or self._names.get(plain(name)) or set()
        if not kind:
            return codes
        return {code for code in codes if code not in self._areas or self._areas[code].kind == kind}

    def _refuse_two(self, by_code: set[str], by_number: set[str], by_name: set[str]) -> None:
        """Refuse keys of different areas, where one of them is kept; of any others nothing is read."""
        if not any(self._is_kept(code) for code in by_code | by_number | by_name):
            return
        named = [f"its code is {self._called(by_code)}"]
        named += [f"its number that of {self._called(by_number)}"] if by_number else []
        named += [f"its name that of {self._called(by_name)}"] if by_name else []
        raise DataError(
            f"the keys of a row are not of one area: {', '.join(named)}",
            where=self._where,
            expected="code, number and name of the same area",
            remedy="ask the publisher which is right; a new code of an area belongs into"
            " data/areas/recodings.csv",
        )

    def _is_kept(self, code: str) -> bool:
        return any(self._context.keeps(one) for one in self._context.areas.codes_of(code))

    def _called(self, codes: set[str]) -> str:
        """The name of an area as it is known here: what a file prints is not repeated."""
        former = dict(self._context.areas.former)
        return next(
            (self._areas[code].name if code in self._areas else former[code] for code in sorted(codes)),
            "of no area that is known",
        )

    def _nameless(self) -> DataError:
        return DataError(
            "a row has no key of an area that is known",
            where=self._where,
            expected="in every row of England, a region or a local authority its code, number or name",
            remedy="look at the key columns of the publisher's file; a further spelling of a name belongs"
            " into data/areas/aliases.csv",
        )


def number_of(text: str) -> str:
    """A DfE number as it is declared here: ``331.0`` is ``331``; empty where it is none."""
    found = re.fullmatch(r"([0-9]+)(?:\.0*)?", text.strip(BLANKS))
    return found[1] if found else ""


def plain(name: str) -> str:
    """A name without case, signs and the titles put beside it; all its words where none is left."""
    words = re.sub(r"[^a-z0-9 ]", " ", name.casefold().replace("&", " and ").replace("'", "")).split()
    return " ".join(word for word in words if word not in _TITLES) or " ".join(words)
