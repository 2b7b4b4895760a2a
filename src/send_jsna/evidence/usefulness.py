"""Whether a statistic helps a reader: the one place that asks the rules of ``statistics.yaml``.

What a rule excludes is refused with the rule's reason. It is put on record as any other figure that cannot be
published, and the Methods section of the report lists it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError, NotebookError

if TYPE_CHECKING:
    from send_jsna.catalogue.statistic_rules import StatisticRules
    from send_jsna.figures.charts import Break
    from send_jsna.figures.supplement import Supplement
    from send_jsna.statistics.calibration import Calibration


def refuse_wide(supplement: Supplement, low: float, high: float, *, unit: str, of: str) -> None:
    """Refuse an estimate whose range is too wide to help.

    Args:
        supplement: The supplement that publishes.
        low: Lower limit of the range.
        high: Upper limit, in the same unit.
        unit: The unit of both.
        of: What is estimated, for the message.

    Raises:
        NoDataError: It is.
    """
    rule = _rules(supplement).range
    if not rule.allows(low, high, unit):
        raise NoDataError(f"{of}: a range from {low:g} to {high:g}", reason=rule.reason, rule="range")


def refuse_untested(supplement: Supplement, calibration: Calibration) -> None:
    """Refuse a forecast whose 80 % range did not do well enough in the backtest, or was tested too little.

    Raises:
        NoDataError: It did not, or was.
    """
    rule = _rules(supplement).forecast
    held = [100 * float(row["coverage_80"]["combined"]) for row in calibration.backtest]
    if not rule.allows(held):
        shares = ", ".join(f"{share:.0f}%" for share in held) or "none"
        raise NoDataError(
            f"{calibration.family}: outcomes within the 80% range, by years ahead: {shares}",
            reason=rule.reason,
            rule="forecast",
        )


def refuse_dispersed(supplement: Supplement, outside: int, drawn: int, *, of: str) -> None:
    """Refuse a funnel plot with so many authorities outside its outer limits that it sets none apart.

    Args:
        supplement: The supplement that publishes.
        outside: Authorities outside the 99.8 % limits.
        drawn: Authorities drawn.
        of: What is drawn, for the message.

    Raises:
        NoDataError: They are too many.
    """
    rule = _rules(supplement).funnel
    if not rule.allows(outside, drawn):
        raise NoDataError(
            f"{of}: {outside} of {drawn} authorities lie outside", reason=rule.reason, rule="funnel"
        )


def changes_coverage(supplement: Supplement, indicator: str) -> bool:
    """Whether the catalogue warns that those who report an indicator, or its totals, change."""
    declared = supplement.context.series.get(indicator)
    if declared is None:
        return False
    return not set(_rules(supplement).coverage.usage_warnings).isdisjoint(declared.usage_warnings)


def crosses_coverage(
    supplement: Supplement, indicator: str, breaks: Sequence[Break], rows: pd.DataFrame
) -> bool:
    """Whether those who report changed too often between the first and the last value of a series.

    Args:
        supplement: The supplement that publishes.
        indicator: Indicator id; its usage warnings say whether its breaks are of coverage.
        breaks: The breaks of its series.
        rows: The observations that would be drawn or compared.
    """
    valued = known(rows)
    if not breaks or valued.empty or not changes_coverage(supplement, indicator):
        return False
    rule = _rules(supplement).coverage
    first, last = str(valued["period_start"].min()), str(valued["period_start"].max())
    starts = (parse_period(mark.before).start.isoformat() for mark in breaks)
    return sum(first < start <= last for start in starts) > rule.most_breaks


def refuse_crossing(
    supplement: Supplement, indicator: str, breaks: Sequence[Break], rows: pd.DataFrame
) -> None:
    """Refuse a series, or a change, that :func:`crosses_coverage`; the arguments are the same.

    Raises:
        NoDataError: It does.
    """
    if crosses_coverage(supplement, indicator, breaks, rows):
        reason = _rules(supplement).coverage.reason
        raise NoDataError(f"{indicator} crosses a break of coverage", reason=reason, rule="coverage")


def _rules(supplement: Supplement) -> StatisticRules:
    """The rules of the run.

    Raises:
        NotebookError: The run was made before there were any.
    """
    if supplement.context.statistics is None:
        raise NotebookError(
            "this run does not say which statistics help a reader",
            where=f"{supplement.name}.ipynb",
            expected="the rules of data/catalogue/statistics.yaml",
            remedy="make the run again with jsna refresh",
        )
    return supplement.context.statistics
