"""An area against the middle of all authorities, where its source gives no value of England."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.evidence import compare
from send_jsna.evidence.everywhere import newest_everywhere

if TYPE_CHECKING:
    from send_jsna.evidence.measures import Measure
    from send_jsna.figures.records import FigureRecord

MIDDLE_METHOD = "Median of the published values of all upper-tier authorities with one in the same period."
VERDICT_METHOD = (
    "Better or worse by what the catalogue says of a high value, where the value and the median of all "
    "authorities differ by more than the printed rounding. Chance is not taken into account."
)
_VERDICTS = {
    ("above", "high_good"): "better than",
    ("above", "low_good"): "worse than",
    ("below", "high_good"): "worse than",
    ("below", "low_good"): "better than",
}


def publish_middle(measure: Measure, *, decimals: int | None = None) -> FigureRecord | None:
    """Publish the median of all authorities in the area's newest period, and how the area is to it.

    Figures: the number ``<stem>.middle`` and the phrase ``<stem>.vs_middle`` (``better than``, ``worse than``
    or ``similar to``; ``above`` or ``below`` where a high value is neither good nor bad).

    Args:
        measure: What is measured, of those declared in ``data/catalogue/authorities.yaml``.
        decimals: Decimal places.

    Returns:
        The median; None where it cannot be worked out, which is put on record.
    """
    with measure.covering("middle", "vs_middle", of=f"{measure.name}, middle of all authorities"):
        rows = newest_everywhere(measure)
        own = rows.iloc[0]
        middle = float(rows["value"].median())
        title = f"{measure.name}: middle of all authorities, {own['period']}"
        about: dict[str, Any] = {"inputs": rows, "title": title}
        record = measure.number(
            "middle", middle, unit=str(own["unit"]), decimals=decimals, method=MIDDLE_METHOD, **about
        )
        about["title"] = f"{measure.label} against the middle of all authorities, {own['period']}"
        measure.phrase("vs_middle", _verdict(measure, own, middle), method=VERDICT_METHOD, **about)
        return record
    return None


def _verdict(measure: Measure, own: pd.Series, middle: float) -> str:
    side = compare.standing(float(own["value"]), middle, tolerance=compare.rounding_of(own))
    declared = measure.supplement.context.series.get(measure.indicator)
    return _VERDICTS.get((side, declared.polarity if declared else "neutral"), side)
