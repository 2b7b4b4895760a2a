"""Figures by neighbourhood: the Indices of Deprivation 2025, the census of 2021, children of mid-2020.

The files are those that the R packages IMD and demographr carry, one row a neighbourhood (LSOA of 2021) or
middle layer area (MSOA). Of the area an edition is about each of them is read; of its comparators, its region
and England the sum. Which table a source is, its ``form`` says.

The indices print how many people, and how many children, are in households deprived of income, rounded to
five; a number below ten is not printed. The score of the Income Deprivation Affecting Children Index itself
is in none of these files. Children are counted by the neighbourhoods of 2011: where one has been divided or
merged since, its children are shared out by the residents of 2021, within the same middle layer area.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from send_jsna.catalogue.periods import calendar_year, mid_year
from send_jsna.ingest import text_tables
from send_jsna.ingest.sql import number_sql, share_sql, sql_name, sql_text
from send_jsna.sources import reading, small_area_members, tidying
from send_jsna.sources.small_area_members import MEMBERS, Lookup

if TYPE_CHECKING:
    import pandas as pd

    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.sources.context import Context

#: Columns of the indices: people and children in households deprived of income.
INCOME = "income_domain_numerator"
CHILDREN = "income_deprivation_affecting_children_index_idaci_numerator"
DECILE = "IMD_decile"
#: Columns of the indices' summaries for districts.
DISTRICT_SHARE = "imd_proportion_of_lso_as_in_most_deprived_10_percent_nationally"
DISTRICT_PEOPLE = "income_scale"

#: Years of age of children.
AGES = tuple(str(age) for age in range(16))

#: Answers to the census that are counted: column, answers, column of the whole, and the label they go by.
ANSWERS = {
    "disability": ("disability", ("Disabled under the Equality Act",), "total_residents", "Disabled"),
    "ethnicity": (
        "ethnic_group",
        (
            "Asian, Asian British or Asian Welsh",
            "Black, Black British, Black Welsh, Caribbean or African",
            "Mixed or Multiple ethnic groups",
            "Other ethnic group",
        ),
        "total_residents",
        "Asian, Black, mixed or other",
    ),
    "households": (
        "deprivation_dimensions",
        (
            "Household is deprived in two dimensions",
            "Household is deprived in three dimensions",
            "Household is deprived in four dimensions",
        ),
        "total_households",
        "Deprived in two dimensions or more",
    ),
}

_LANGUAGE = "Main language is not English (English or Welsh in Wales)"
LITTLE_ENGLISH = (f"{_LANGUAGE}: Cannot speak English well", f"{_LANGUAGE}: Cannot speak English")
LANGUAGES = ("Main language is English (English or Welsh in Wales)", _LANGUAGE)

#: A form's query of the long form, given the connection, the files and the lookup.
_Query = Callable[[text_tables.Connection, "SourceFiles", Lookup], str]


def tidy(files: SourceFiles, context: Context) -> pd.DataFrame:
    """Counts and shares by neighbourhood, and of the larger areas they add up to.

    Raises:
        CatalogueError: The source declares no form, or one that is not known.
        DataError: A file or a column is missing, or a neighbourhood of the lookup has no row.
    """
    query = reading.of_form(files, _FORMS)
    with text_tables.connection() as con:
        lookup = small_area_members.read(con, files, context)
        return tidying.observations(
            con,
            query(con, files, lookup),
            source_id=files.source_id,
            where=files.where(),
            meaning=lambda label: reading.wanted(context.names, files.source_id, label),
            codes=None,
            period=lambda text, _meaning: (
                mid_year(int(text[4:])) if text.startswith("mid-") else calendar_year(int(text))
            ),
        )


def _opened(
    con: text_tables.Connection, files: SourceFiles, resource: str, *columns: str
) -> text_tables.Table:
    table = text_tables.open_csv(con, files.path(resource), where=files.where(resource))
    table.need(*columns)
    return table


def _deprivation(con: text_tables.Connection, files: SourceFiles, lookup: Lookup) -> str:
    """Tenth of England by neighbourhood, people and children deprived of income, sums of larger areas.

    Of an authority the summaries for districts print the share of neighbourhoods in the most deprived tenth
    and the number of people; both are read, so that what is counted here is checked against them.
    """
    ranks = _opened(con, files, "main", "lsoa21_code", DECILE)
    counts = _opened(con, files, "indicators", "lsoa21_code", INCOME, CHILDREN)
    printed = _opened(con, files, "totals", "ltla24_code", DISTRICT_SHARE, DISTRICT_PEOPLE)
    small_area_members.check_complete(con, f"SELECT lsoa21_code FROM {ranks.name}", ranks.where)
    small_area_members.check_complete(con, f"SELECT lsoa21_code FROM {counts.name}", counts.where)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE deprivation AS
        SELECT m.area_code, m.area_code = m.small AS is_small,
          count(*) AS places, count(*) FILTER ({number_sql(f"r.{DECILE}")} = 1) AS most,
          sum({number_sql(f"r.{DECILE}")}) AS decile,
          sum({number_sql(f"c.{INCOME}")}) AS people, sum({number_sql(f"c.{CHILDREN}")}) AS children
        FROM {MEMBERS} m JOIN {ranks.name} r ON r.lsoa21_code = m.small
        JOIN {counts.name} c ON c.lsoa21_code = m.small GROUP BY ALL
        """
    )
    _register_printed(con, printed, lookup)
    return """
        SELECT area_code, label, text, numerator, denominator, '2025' AS source_period FROM (
          SELECT d.area_code, unnest([
            {'label': 'IMD decile', 'text': CASE WHEN is_small THEN format('{:.0f}', decile) END,
              'numerator': NULL::DOUBLE, 'denominator': NULL::DOUBLE},
            {'label': 'Most deprived tenth', 'text': CASE WHEN NOT is_small THEN
                format('{:.2f}', 100 * coalesce(printed.share, most / places)) END,
              'numerator': most::DOUBLE, 'denominator': places::DOUBLE},
            {'label': 'Income deprived people',
              'text': coalesce(format('{:.0f}', coalesce(printed.people, d.people)), 'x'),
              'numerator': NULL, 'denominator': NULL},
            {'label': 'Income deprived children', 'text': coalesce(format('{:.0f}', children), 'x'),
              'numerator': NULL, 'denominator': NULL}
          ], recursive := true) FROM deprivation d LEFT JOIN printed ON printed.area_code = d.area_code
        ) WHERE text IS NOT NULL
    """


def _register_printed(con: text_tables.Connection, printed: text_tables.Table, lookup: Lookup) -> None:
    """What the summaries print of authorities: people, and of one that is a single district the share."""
    rows = {
        str(code): (share, people)
        for code, share, people in con.execute(
            f"SELECT ltla24_code, {number_sql(DISTRICT_SHARE)}, {number_sql(DISTRICT_PEOPLE)}"
            f" FROM {printed.name}"
        ).fetchall()
    }
    con.execute("CREATE OR REPLACE TEMP TABLE printed (area_code VARCHAR, share DOUBLE, people DOUBLE)")
    for authority, districts in lookup.districts.items():
        found = [rows.get(district, (None, None)) for district in districts]
        people = [number for _, number in found if number is not None]
        share = found[0][0] if len(found) == 1 else None
        total = sum(people) if len(people) == len(found) else None
        con.execute("INSERT INTO printed VALUES (?, ?, ?)", [authority, share, total])


def _answers(form: str) -> _Query:
    """Shares of residents or households who gave one of some answers to the census."""
    column, answers, whole, label = ANSWERS[form]

    def query(con: text_tables.Connection, files: SourceFiles, lookup: Lookup) -> str:
        table = _opened(con, files, "main", "lsoa21_code", column, "n", whole)
        small_area_members.check_complete(con, f"SELECT lsoa21_code FROM {table.name}", table.where)
        listed = ", ".join(map(sql_text, answers))
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE answers AS
            SELECT m.area_code, sum(n) AS n, sum(total) AS total FROM {MEMBERS} m JOIN (
              SELECT lsoa21_code, max({number_sql(whole)}) AS total,
                coalesce(sum({number_sql("n")}) FILTER (trim({column}) IN ({listed})), 0) AS n
              FROM {table.name} GROUP BY lsoa21_code
            ) t ON t.lsoa21_code = m.small GROUP BY m.area_code
            """
        )
        shares = _shares("answers", label, "2021")
        if form != "disability":
            return shares
        totals = _opened(con, files, "totals", "ltla21_code", "total_population")
        _register_residents(con, totals, lookup)
        return f"""
            {shares} UNION ALL
            SELECT a.area_code, 'Residents', format('{{:.0f}}', coalesce(r.residents, a.total)), NULL, NULL,
              '2021' FROM answers a LEFT JOIN residents r ON r.area_code = a.area_code
        """

    return query


def _shares(table: str, label: str, year: str) -> str:
    """The long form of a table with the counts ``n`` of ``total`` of each area."""
    return (
        f"SELECT area_code, {sql_text(label)} AS label, {share_sql('n', 'total')} AS text,"
        f" n::DOUBLE AS numerator, total::DOUBLE AS denominator, {sql_text(year)} AS source_period"
        f" FROM {table}"
    )


def _register_residents(con: text_tables.Connection, totals: text_tables.Table, lookup: Lookup) -> None:
    """Residents of authorities as the census prints them, where all their districts are as in 2021."""
    rows = dict(
        con.execute(f"SELECT ltla21_code, {number_sql('total_population')} FROM {totals.name}").fetchall()
    )
    con.execute("CREATE OR REPLACE TEMP TABLE residents (area_code VARCHAR, residents DOUBLE)")
    for authority, districts in lookup.districts.items():
        people = [rows[district] for district in districts if rows.get(district) is not None]
        if len(people) == len(districts):
            con.execute("INSERT INTO residents VALUES (?, ?)", [authority, sum(people)])


def _language(con: text_tables.Connection, files: SourceFiles, lookup: Lookup) -> str:
    """Residents whose main language is not English and who speak it not well or not at all."""
    small_area_members.use_middle_layer(con, files)
    table = _opened(con, files, "main", "msoa21_code", *LITTLE_ENGLISH, *LANGUAGES)
    small_area_members.check_complete(con, f"SELECT msoa21_code FROM {table.name}", table.where)
    little, everyone = (
        " + ".join(number_sql(sql_name(name)) for name in names) for names in (LITTLE_ENGLISH, LANGUAGES)
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE answers AS SELECT m.area_code, sum({little}) AS n,"
        f" sum({everyone}) AS total FROM {MEMBERS} m JOIN {table.name} t ON t.msoa21_code = m.small"
        " GROUP BY m.area_code"
    )
    return _shares("answers", "Speaks English not well or not at all", "2021")


def _children(con: text_tables.Connection, files: SourceFiles, lookup: Lookup) -> str:
    """Children under 16 of mid-2020, those of neighbourhoods that are no more shared out among the new ones.

    Within the middle layer area of the same name the residents of 2021 are the weights; a new neighbourhood
    of an area that has no namesake has no number.
    """
    ages = " + ".join(number_sql(sql_name(age)) for age in AGES)
    table = _opened(con, files, "main", "lsoa11_code", "lsoa11_name", *AGES)
    residents = _opened(con, files, "residents", "lsoa21_code", "total_residents")
    middle = small_area_members.MIDDLE_NAME
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE children AS
        WITH earlier AS (
          SELECT lsoa11_code AS code, {middle.format("lsoa11_name")} AS middle, {ages} AS children
          FROM {table.name} WHERE lsoa11_code LIKE 'E01%'),
        today AS (
          SELECT p.lsoa21_code AS code, {middle.format("p.lsoa21_name")} AS middle, r.residents
          FROM places p JOIN (
            SELECT lsoa21_code, max({number_sql("total_residents")}) AS residents
            FROM {residents.name} GROUP BY lsoa21_code) r ON r.lsoa21_code = p.lsoa21_code),
        divided AS (
          SELECT middle, sum(children) AS children FROM earlier WHERE code NOT IN (SELECT code FROM today)
          GROUP BY middle),
        weighed AS (
          SELECT code, middle, residents / sum(residents) OVER (PARTITION BY middle) AS weight
          FROM today WHERE code NOT IN (SELECT code FROM earlier))
        SELECT code, children FROM earlier WHERE code IN (SELECT code FROM today)
        UNION ALL
        SELECT code, round(weight * children) FROM weighed JOIN divided USING (middle)
        """
    )
    return f"""
        SELECT m.area_code, 'Children' AS label,
          CASE WHEN m.area_code = m.small AND any_value(c.children) IS NULL THEN 'x'
            ELSE format('{{:.0f}}', sum(c.children)) END AS text, 'mid-2020' AS source_period
        FROM {MEMBERS} m LEFT JOIN children c ON c.code = m.small
        GROUP BY m.area_code, m.area_code = m.small, CASE WHEN m.area_code = m.small THEN m.small END
    """


_FORMS: dict[str, _Query] = {
    "deprivation": _deprivation,
    "disability": _answers("disability"),
    "ethnicity": _answers("ethnicity"),
    "households": _answers("households"),
    "language": _language,
    "children": _children,
}
