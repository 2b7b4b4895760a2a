"""Figures by neighbourhood and ward: rows with their ward, and means of wards from weights that sum to one.

No publisher's figure of a ward is used. A ward is made of the neighbourhoods that are best fitted to it, each
weighed by the residents, households or children that its figure is of; so a share of a ward is the sum of the
counts above the line over the sum of those below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import DataError, NoDataError

if TYPE_CHECKING:
    from send_jsna.catalogue.neighbourhoods import Neighbourhood
    from send_jsna.figures.supplement import Supplement

#: The number of neighbourhoods of an area.
NUMBER = "neighbourhoods_count"

#: What the numbers on a map are.
NUMBERS = (
    "Wards are numbered in the order of their names, on every map alike; a number that would cover another is"
    " left out."
)

#: Fewer wards or neighbourhoods than this are not set beside one another.
FEWEST_WARDS = 3
TOO_FEW = "too few wards to set beside one another"

#: How far the weights of a ward may be from one: no more than numbers in a computer are.
_ROOM = 1e-9

_COLUMNS = ["observation_id", "value", "numerator", "denominator", "period"]

#: The words where an edition has no neighbourhoods.
NO_NEIGHBOURHOODS = "not in this edition, which has no figures by neighbourhood"


def rows_of(supplement: Supplement, indicator: str) -> pd.DataFrame:
    """The rows of an indicator of every neighbourhood of the area, with ``ward_code`` and ``ward_name``.

    What is published by middle layer area is repeated for each of its neighbourhoods.

    Returns:
        One row a neighbourhood, in order of ``code``; the value is NaN where none is published.

    Raises:
        NoDataError: The edition has no neighbourhoods, or none has a value.
        DataError: A neighbourhood has no row.
    """
    places = _places(supplement)
    rows = supplement.observations(indicator, area=[place.code for place in places])
    by_code = rows.set_index("area_code")
    table = pd.DataFrame([_keys(place) for place in places])
    lost = sorted(set(table["code"]) - set(by_code.index))
    if lost:
        raise DataError(
            f"{len(lost)} neighbourhoods have no row of {indicator}, such as {lost[0]}",
            where=f"{supplement.name}.ipynb",
            expected="one for each neighbourhood of the area",
            remedy="look at the validation of the data set",
        )
    return table.merge(by_code[_COLUMNS], left_on="code", right_index=True, validate="1:1")


def middle_rows(supplement: Supplement, indicator: str) -> pd.DataFrame:
    """As :func:`rows_of`, of an indicator that is published by middle layer area."""
    places = _places(supplement)
    codes = sorted({place.middle_code for place in places} - {""})
    by_code = supplement.observations(indicator, area=codes).set_index("area_code")
    table = pd.DataFrame([_keys(place) for place in places])
    return table.merge(by_code[_COLUMNS], left_on="middle_code", right_index=True, how="left", validate="m:1")


def weights_of(weights: pd.Series[float], groups: pd.Series[str]) -> pd.Series[float]:
    """The weight of each neighbourhood in its ward, so that those of a ward sum to one.

    Args:
        weights: What each is weighed by, such as its residents; no NaN.
        groups: Code of the ward of each.

    Raises:
        DataError: One is negative or missing, or those of a ward cannot be made to sum to one.
    """
    if weights.isna().any() or (weights < 0).any():
        raise DataError(
            "a neighbourhood has no weight", expected="for each a number of people that is not negative"
        )
    shares = weights / weights.groupby(groups).transform("sum")
    check_weights(shares, groups)
    return shares


def check_weights(shares: pd.Series[float], groups: pd.Series[str]) -> None:
    """Refuse weights that do not sum to one in every ward: a mean made with them would be none.

    Raises:
        DataError: Those of a ward do not.
    """
    sums = shares.groupby(groups).sum(min_count=1)
    wrong = sums[~((sums - 1).abs() <= _ROOM)]
    if len(wrong):
        raise DataError(
            f"the weights of the neighbourhoods of ward {wrong.index[0]} sum to {wrong.iloc[0]:.4f}",
            expected="one, in every ward",
            remedy="look at the residents of its neighbourhoods",
        )


def ward_means(rows: pd.DataFrame, weights: pd.Series[float]) -> pd.Series[float]:
    """The mean of each ward, of the neighbourhoods that have a value, weighed.

    Args:
        rows: As from :func:`rows_of`, with ``value``.
        weights: What each row is weighed by.

    Returns:
        Ward code → mean; NaN for a ward without a value.

    Raises:
        DataError: The weights of a ward do not sum to one.
    """
    known = rows["value"].notna() & weights.notna() & (weights > 0)
    part = rows[known]
    shares = weights_of(weights[known], part["ward_code"])
    means = (shares * part["value"]).groupby(part["ward_code"]).sum()
    return means.reindex(sorted(set(rows["ward_code"])))


def ward_names(supplement: Supplement) -> dict[str, str]:
    """Name of each ward by its code; two of one name, as a county has, with their district."""
    names = {place.ward_code: place.ward_name for place in supplement.neighbourhoods}
    doubled = {name for name in names.values() if list(names.values()).count(name) > 1}
    districts = {place.ward_code: place.name.rsplit(" ", 1)[0] for place in supplement.neighbourhoods}
    return {code: f"{name} ({districts[code]})" if name in doubled else name for code, name in names.items()}


def refuse_few(rows: pd.DataFrame) -> None:
    """Refuse to set neighbourhoods beside one another where there are too few.

    Raises:
        NoDataError: There are.
    """
    if len(rows) < FEWEST_WARDS:
        raise NoDataError("too few neighbourhoods", reason=TOO_FEW.replace("wards", "neighbourhoods"))


def in_turn(names: Sequence[str], value: str) -> str:
    """The highest wards in words, the first with its value: ``Foleshill (10), then Henley, then Radford``.

    At most three are named, and no more than a third of all.

    Args:
        names: Names of all wards with a value, the highest first.
        value: The value of the first.
    """
    first, *others = names[: max(1, min(3, len(names) // 3))]
    return ", then ".join([f"{first} ({value})", *others])


def ranked(order: Mapping[str, float]) -> list[str]:
    """Codes of wards in order of a value, the highest first; equal values by code, NaN last."""
    return sorted(order, key=lambda code: (order[code] != order[code], -order[code], code))


def numbers_of(supplement: Supplement) -> dict[str, int]:
    """The number of each ward on every map and in every table: its place in the order of names."""
    names = ward_names(supplement)
    return {code: place for place, code in enumerate(sorted(names, key=lambda code: (names[code], code)), 1)}


def _places(supplement: Supplement) -> tuple[Neighbourhood, ...]:
    if not supplement.neighbourhoods:
        raise NoDataError(f"{supplement.area.name} has no neighbourhoods", reason=NO_NEIGHBOURHOODS)
    return supplement.neighbourhoods


def _keys(place: Neighbourhood) -> dict[str, str]:
    return {
        "code": place.code,
        "name": place.name,
        "ward_code": place.ward_code,
        "ward_name": place.ward_name,
        "middle_code": place.middle_code,
    }
