"""Numbers as the report prints them."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def format_number(value: float, *, unit: str = "", decimals: int | None = None) -> str:
    """A number as the report prints it.

    Args:
        value: The unrounded number.
        unit: ``%`` (also of ``% change`` and the like) is put after the number, ``pp`` as percentage points;
            other units stay out.
        decimals: Decimal places; by default none for counts and one for other units. A number that rounds to
            zero but is not zero is shown as ``less than`` the smallest number that could be.

    Returns:
        The number with thousands separators and a true minus sign.
    """
    places = decimals if decimals is not None else (0 if unit in ("count", "rank") else 1)
    rounded = _half_up(value, places)
    text = f"{abs(rounded):,.{places}f}"
    sign = "−" if rounded < 0 else ""
    suffix = "%" if unit.startswith("%") else " percentage points" if unit == "pp" else ""
    if rounded == 0 and value != 0:
        return f"less than {10**-places:.{places}f}{suffix}"
    return f"{sign}{text}{suffix}"


def _half_up(value: float, places: int) -> float:
    """Round half away from zero on the decimal digits, as published tables do."""
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def cell_text(cell: Any) -> str:
    """A table's cell as text: numbers as counts, nothing for a missing value."""
    if isinstance(cell, str):
        return cell
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return format_number(float(cell), unit="count")
