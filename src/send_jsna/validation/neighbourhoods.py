"""What the expectations check of neighbourhoods: none is lost, and together they are the area."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import pandas as pd

from send_jsna.validation.checks import CheckFindings, Row, groups, plain, records

#: How codes of small areas begin: of neighbourhoods (LSOAs) and of middle layer areas (MSOAs).
SMALL = ("E01", "E02")


def whole(frame: pd.DataFrame, neighbourhoods: Collection[str]) -> CheckFindings:
    """Each neighbourhood has a row of each indicator, and each that has a row has a ward and an outline.

    Args:
        frame: The tidy table.
        neighbourhoods: Codes of those with a ward and an outline, and of their middle layer areas.
    """
    known = set(neighbourhoods)
    checked, found = 0, dict[str, str]()
    for (indicator, _), rows in groups(_small(records(frame)), ["indicator", "period"]).items():
        have = {row["area_code"] for row in rows}
        kinds = {code[:3] for code in have}
        checked += len(rows)
        lost = sorted(code for code in known - have if code[:3] in kinds)
        if lost:
            found[str(rows[0]["observation_id"])] = f"{indicator} has no row of {_some(lost)}"
        for row in rows:
            if row["area_code"] not in known:
                found[str(row["observation_id"])] = f"{row['area_code']} has no outline"
    return CheckFindings(checked, found)


def sums(
    frame: pd.DataFrame, subject: str, rounded_to: Mapping[str, float], within_pct: Mapping[str, float]
) -> CheckFindings:
    """The neighbourhoods add up to the area: their counts, or the counts behind their percentages.

    A neighbourhood whose count is not printed leaves the sum open to below; the rest may not exceed the area.

    Args:
        frame: The tidy table.
        subject: Code of the area.
        rounded_to: Indicator → the multiple that its counts of neighbourhoods are rounded to.
        within_pct: Indicator → how far, in per cent of the area, the sum may be from it for other reasons.
    """
    rows = records(frame)
    areas = {(row["indicator"], row["period"]): row for row in rows if row["area_code"] == subject}
    checked, found = 0, dict[str, str]()
    for key, parts in groups(_small(rows), ["indicator", "period"]).items():
        area = areas.get((key[0], key[1]))
        if area is None:
            continue
        columns = ("value",) if area["unit"] == "count" else ("numerator", "denominator")
        for column in columns:
            numbers = [row[column] for row in parts]
            known = [number for number in numbers if not math.isnan(number)]
            if math.isnan(area[column]) or not known:
                continue
            checked += 1
            room = len(numbers) * rounded_to.get(key[0], 0.0) / 2
            room += area[column] * within_pct.get(key[0], 0.0) / 100
            beyond = math.fsum(known) - area[column]
            if beyond > room + 1e-6 or (len(known) == len(numbers) and beyond < -room - 1e-6):
                found[str(area["observation_id"])] = (
                    f"its {len(numbers)} neighbourhoods add up to {plain(math.fsum(known))},"
                    f" the area is {plain(area[column])}"
                )
    return CheckFindings(checked, found)


def _small(rows: list[Row]) -> list[Row]:
    return [row for row in rows if str(row["area_code"]).startswith(SMALL)]


def _some(codes: list[str]) -> str:
    return ", ".join(codes[:3]) + (f" and {len(codes) - 3} more" if len(codes) > 3 else "")
