"""Which statistics help a reader, by rules that are the same for every area: ``statistics.yaml``.

A statistic that a rule excludes is not printed in a chapter; the Methods section lists it with the reason.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class StatisticRule(BaseModel):
    """One rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="what the rule is about, as a table of the report says it")
    reason: str = Field(
        min_length=1, description="why a statistic is left out, printed before a colon and its name"
    )
    because: str = Field(min_length=1, description="why the limits are where they are, with the source")


class RangeRule(StatisticRule):
    """How wide the range of an estimate may be."""

    most_times: float = Field(gt=1, description="upper limit of the range, in multiples of the lower one")
    most_points: float = Field(gt=0, le=100, description="span of the range of a percentage, in points")

    def allows(self, low: float, high: float, unit: str) -> bool:
        """Whether a range from ``low`` to ``high``, in the unit of the estimate, helps."""
        return high <= self.most_times * low and (unit != "%" or high - low <= self.most_points)


class ForecastRule(StatisticRule):
    """How well the 80 % range of a forecast must have done in its backtest."""

    least_held_pct: float = Field(
        gt=0, lt=80, description="outcomes of each tested year ahead that fell into the range, in per cent"
    )
    least_years: int = Field(ge=1, description="years ahead that were tested")

    def allows(self, held_pct: list[float]) -> bool:
        """Whether a range helps that held these shares of outcomes, one for each year ahead tested."""
        return len(held_pct) >= self.least_years and min(held_pct) >= self.least_held_pct


class FunnelRule(StatisticRule):
    """How many authorities may lie outside the outer limits of a funnel."""

    most_outside_pct: float = Field(
        gt=0, lt=100, description="authorities outside the 99.8 % limits, in per cent of those drawn"
    )

    def allows(self, outside: int, drawn: int) -> bool:
        """Whether a funnel helps that leaves so many of the authorities drawn outside."""
        return 100 * outside <= self.most_outside_pct * drawn


class CoverageRule(StatisticRule):
    """How often those who report may change within a series."""

    usage_warnings: list[str] = Field(
        min_length=1,
        description="usage warnings that say that breaks of an indicator's series are of coverage",
    )
    most_breaks: int = Field(ge=0, description="breaks of coverage between its first and its last value")


class StatisticRules(BaseModel):
    """``statistics.yaml``: each rule by what it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    range: RangeRule = Field(description="estimates printed with a range: expected values and forecasts")
    forecast: ForecastRule = Field(description="forecasts with a fan of ranges")
    funnel: FunnelRule = Field(description="funnel plots and the places read from them")
    coverage: CoverageRule = Field(description="series, and changes from one period to another")
