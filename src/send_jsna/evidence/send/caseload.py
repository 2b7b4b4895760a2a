"""Tables of pupils and plans: the printed SEN table recomputed, special school places, and who has a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE, known
from send_jsna.errors import DataError, NoDataError
from send_jsna.evidence.compare import standing_of
from send_jsna.evidence.small_numbers import age_band, bands, is_small
from send_jsna.evidence.tables import (
    add_total,
    by_period,
    cell,
    change_text,
    number_cell,
    with_interval,
)
from send_jsna.wording import joined

#: Bands that follow the stages of education; broad enough that no band comes to a few children.
AGE_BANDS = (
    ("Under 5", 4),
    ("5 to 10", 10),
    ("11 to 15", 15),
    ("16 to 19", 19),
    ("20 to 25", 25),
)

#: Broad ethnic groups, by the beginning of the school census's codes; the first that fits counts.
ETHNIC_GROUPS = {
    "white_white_british": "White British",
    "white": "Other White",
    "mixed": "Mixed",
    "asian": "Asian",
    "black": "Black",
    "any_other": "Any other ethnic group",
    "unclassified": "Not known",
}

GROUPS = tuple(ETHNIC_GROUPS.values())

plan_age = age_band(AGE_BANDS)


def ethnic_group(code: str) -> str:
    """The broad group of an ethnicity code such as ``asian_indian``.

    Raises:
        DataError: It belongs to none.
    """
    for beginning, group in ETHNIC_GROUPS.items():
        if code.startswith(beginning):
            return group
    raise DataError(f"ethnicity {code!r} belongs to no group", expected="a code of the school census")


# -- the printed table ------------------------------------------------------------------------------------


def sen_table(
    headcount: pd.DataFrame, provisions: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]], *, base: str
) -> pd.DataFrame:
    """The slide deck's table of pupils with SEN, with every change recomputed and the years since added.

    Args:
        headcount: Pupils, one observation a year.
        provisions: Heading (``EHC plan``) → counts of pupils and published percentages, each one observation
            a year.
        base: Year the changes are counted from.

    Returns:
        One row a measure, one column a year from the base on. A year without a count shows ``x``; nothing is
        worked out backwards from a rounded percentage.

    Raises:
        NoDataError: No percentage is published for the base year.
    """
    shares = pd.concat([share for _, share in provisions.values()]).sort_values("period_start")
    starts = shares.loc[shares["period"] == base, "period_start"]
    if starts.empty:
        raise NoDataError(f"no value in {base}, the base year", reason=f"no value for {base} to compare with")
    years = list(shares.loc[shares["period_start"] >= starts.iloc[0], "period"].drop_duplicates())
    lines = {"Pupils in all schools": _texts(headcount, years)}
    for heading, (counts, share) in provisions.items():
        lines |= {
            f"{heading}: pupils": _texts(counts, years),
            f"{heading}: change in pupils since {base}": _changes(counts, years, base, places=0),
            f"{heading}: change since {base} (%)": _changes(counts, years, base, change="percent"),
            f"{heading}: share of pupils": _texts(share, years),
            f"{heading}: change in share since {base} (points)": _changes(share, years, base),
        }
    return pd.DataFrame([[head, *texts] for head, texts in lines.items()], columns=["Measure", *years])


def _texts(frame: pd.DataFrame, years: Sequence[str]) -> list[str]:
    cells = {row["period"]: cell(row) for _, row in frame.iterrows()}
    return [cells.get(year, "x") for year in years]


def _changes(
    frame: pd.DataFrame, years: Sequence[str], base: str, *, change: str = "points", places: int = 1
) -> list[str]:
    values = _values(frame)
    first = values.get(base)
    return [
        "z" if year == base and first is not None else change_text(first, values.get(year), change, places)
        for year in years
    ]


def disagreements(counts: pd.DataFrame, headcount: pd.DataFrame, share: pd.DataFrame) -> list[str]:
    """Years in which a count and the headcount do not give the published percentage, at its printed rounding.

    All three have one observation a year.
    """
    return _differing(_values(counts), _values(headcount), share)


def exchanged(counts: pd.DataFrame, headcount: pd.DataFrame, share: pd.DataFrame) -> bool:
    """Whether the two years that disagree would agree if their counts changed places."""
    years = disagreements(counts, headcount, share)
    if len(years) != 2:
        return False
    other = dict(zip(years, reversed(years), strict=True))
    swapped = {other.get(year, year): count for year, count in _values(counts).items()}
    return not _differing(swapped, _values(headcount), share)


def doubts(years: Sequence[str], heading: str) -> list[str]:
    """A note for a table whose counts and published shares disagree in some years; none where they agree."""
    if not years:
        return []
    return [f"{heading}: the printed counts of {joined(years)} do not give the published shares."]


def _differing(counts: Mapping[str, float], wholes: Mapping[str, float], share: pd.DataFrame) -> list[str]:
    rows = known(share).sort_values("period_start")
    rows = rows[rows["period"].isin(set(counts) & set(wholes))]
    computed = 100 * rows["period"].map(counts) / rows["period"].map(wholes)
    rounding = 0.5 * 10 ** -rows["decimals"].fillna(1.0)
    return list(rows.loc[(computed - rows["value"]).abs() > rounding + 1e-9, "period"])


def _values(frame: pd.DataFrame) -> dict[str, float]:
    rows = known(frame)
    if rows["period"].duplicated().any():
        raise DataError("several observations for one year where one was expected")
    return {str(row["period"]): float(row["value"]) for _, row in rows.iterrows()}


# -- special school places --------------------------------------------------------------------------------


def places_table(
    frame: pd.DataFrame, names: Mapping[str, str], specialisms: Mapping[str, str]
) -> pd.DataFrame:
    """Special school places by school and year, with each school's specialism and the total computed.

    Raises:
        DataError: A school without a name or a specialism.
    """
    schools = list(frame["school"].drop_duplicates())
    unknown = [code for code in schools if code not in names or code not in specialisms]
    if unknown:
        raise DataError(
            f"school {unknown[0]!r} has no name or specialism", expected="both, in the dimensions"
        )
    table = by_period(frame, rows="school", head="School", row_labels=names)
    table = add_total(frame, table, rows="school", columns="period", label="All special schools")
    table.insert(1, "Specialism", [*(specialisms[code] for code in schools), "All"])
    return table


def totals(frame: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Counts added up over a dimension, one row a period, only where every part of it is known.

    Returns:
        ``period``, ``period_start`` and ``value``, oldest first.
    """
    parts = frame[dimension].nunique()
    whole = known(frame).groupby(["period_start", "period"], as_index=False)["value"].agg(["sum", "count"])
    kept = whole[whole["count"] == parts].sort_values("period_start").reset_index(drop=True)
    return kept.rename(columns={"sum": "value"})[["period", "period_start", "value"]]


def indexed_pair(
    first: pd.DataFrame, first_name: str, second: pd.DataFrame, second_name: str
) -> pd.DataFrame:
    """Two series of counts over the years both have, each as a percentage of its own first year.

    Returns:
        ``line`` (the name), ``period``, ``period_start`` and ``value``; the first year of both is 100.

    Raises:
        NoDataError: The two have no year in common.
    """
    years = set(first["period"]) & set(second["period"])
    if not years:
        raise NoDataError(
            f"{first_name} and {second_name} have no year in common", reason="no year in common"
        )
    parts = []
    for frame, name in ((first, first_name), (second, second_name)):
        kept = frame.loc[frame["period"].isin(years), ["period", "period_start", "value"]]
        kept = kept.sort_values("period_start")
        parts.append(kept.assign(line=name, value=100 * kept["value"] / kept["value"].iloc[0]))
    return pd.concat(parts, ignore_index=True)


# -- who has a plan ---------------------------------------------------------------------------------------


def composition(
    frames: Mapping[str, pd.DataFrame],
    dimension: str,
    band_of: Callable[[str], str],
    *,
    head: str,
    order: Sequence[str],
) -> pd.DataFrame:
    """How counts are spread over broad bands: number and share in the first area, share in the others.

    Args:
        frames: Area name → counts by the dimension; the area of the report first.
        dimension: Such as ``age``.
        band_of: Band of a value.
        head: Heading of the first column.
        order: Bands, in order.

    Returns:
        The table. A band of the first area that comes to a small count is ``c``, and another with it.

    Raises:
        NoDataError: A count is withheld, or fewer than two bands can be shown.
    """
    split = {
        name: bands(frame, dimension, band_of, order=order, withhold=place == 0).set_index("band")
        for place, (name, frame) in enumerate(frames.items())
    }
    first = next(iter(split))
    if split[first]["value"].count() < 2:
        raise NoDataError(f"{first} has fewer than two bands that can be shown", reason=WITHHELD_HERE)
    table = pd.DataFrame(
        {head: [band for band in order if any(band in part.index for part in split.values())]}
    )
    columns = {f"{first}: number": (split[first]["value"], "count")}
    columns |= {f"{name}: share": (part["share"], "%") for name, part in split.items()}
    for heading, (values, unit) in columns.items():
        table[heading] = [number_cell(values.get(band, 0.0), unit, code="c") for band in table[head]]
    return table


def mix_table(
    rows: pd.DataFrame, dimension: str, names: Mapping[str, str], area_codes: Sequence[str], *, head: str
) -> pd.DataFrame:
    """Shares by a dimension in several areas, with intervals, and how the first is to the last.

    A share of the first area that is of a small count is shown as ``c``, and is not compared.

    Args:
        rows: Percentages of one period by the dimension, with numerator and denominator.
        dimension: Such as ``need``.
        names: Labels of the dimension's codes.
        area_codes: Areas in the order of the columns: the report's own first, the country last.
        head: Heading of the first column.

    Returns:
        Largest share of the first area first.
    """
    cells = {(row[dimension], row["area_code"]): row for _, row in rows.iterrows()}
    lines = {}
    for code in largest(rows, dimension, area_codes[0]):
        own, country = cells[code, area_codes[0]], cells.get((code, area_codes[-1]))
        few, others = is_small(own["numerator"]), (cells.get((code, area)) for area in area_codes[1:])
        texts = ["c" if few else with_interval(own)]
        texts += ["x" if row is None else with_interval(row) for row in others]
        if few or country is None or pd.isna(country["value"]):
            lines[code] = [*texts, "z"]
        else:
            lines[code] = [*texts, standing_of(own, country)]
    area_names = dict(zip(rows["area_code"], rows["area_name"], strict=True))
    headings = [area_names[code] for code in area_codes]
    return pd.DataFrame(
        [[names.get(code, code), *texts] for code, texts in lines.items()],
        columns=[head, *headings, f"{headings[0]} against {headings[-1]}"],
    )


def largest(rows: pd.DataFrame, dimension: str, area_code: str, number: int | None = None) -> list[str]:
    """The codes of a dimension in order of an area's values, largest first; all, or so many."""
    own = known(rows[rows["area_code"] == area_code]).sort_values("value", ascending=False, kind="stable")
    return list(own[dimension])[:number]
