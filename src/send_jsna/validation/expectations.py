"""The project's own expectation types for Great Expectations.

Core expectations see one column, or one row, at a time, and are used wherever that is enough. What a series,
a breakdown or an indicator as a whole must satisfy is beyond them, so each such rule is an expectation of its
own: a suite names it, with its tolerances and declared exceptions as arguments, like any core one. (Helper
columns asserted by core expectations were the alternative; they would have put the tolerances and exceptions
into code.)

Each class only names its arguments; the rule is a pure function of :mod:`send_jsna.validation.checks` or
:mod:`send_jsna.validation.structure`.
Importing this module imports Great Expectations, which takes seconds: do it only where validation runs.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal

import pandas as pd
from great_expectations.compatibility.pydantic import Field
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from send_jsna.validation import checks, neighbourhoods, structure
from send_jsna.validation.checks import CheckFindings

_ROWS = "send_jsna.rows"
_DEFAULT_CAP = 20


class TidyRows(TableMetricProvider):
    """The rows themselves, as the metric the expectations below depend on."""

    metric_name = _ROWS

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> pd.DataFrame:
        frame, *_ = execution_engine.get_compute_domain(metric_domain_kwargs, MetricDomainTypes.TABLE)
        return frame


class TidyExpectation(BatchExpectation):
    """An expectation on the tidy table as a whole; its subclasses call one function of ``checks``."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_ROWS,)

    @abstractmethod
    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """Apply the rule to the rows of one data set."""

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        outcome = self.findings(metrics[_ROWS])
        form = (runtime_configuration or {}).get("result_format")
        cap = form.get("partial_unexpected_count", _DEFAULT_CAP) if isinstance(form, dict) else _DEFAULT_CAP
        listed = list(outcome.found.items())[:cap]
        return {
            "success": not outcome.found,
            "result": {
                "element_count": outcome.checked,
                "unexpected_count": len(outcome.found),
                "observed_value": outcome.observed,
                "partial_unexpected_index_list": [
                    {"observation_id": key, "detail": detail} for key, detail in listed
                ],
            },
        }


class ExpectColumnsToHaveTypes(TidyExpectation):
    """Each column has its type."""

    types: dict[str, str]

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`checks.column_types`."""
        return checks.column_types(frame, self.types)


class ExpectCountsToBeWhole(TidyExpectation):
    """Counts are whole numbers, zero or more."""

    units: list[str]

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`checks.whole_numbers`."""
        return checks.whole_numbers(frame, self.units)


class ExpectValuesToEqualRatio(TidyExpectation):
    """A printed value is its numerator over its denominator, within the printed rounding."""

    factors: dict[str, float]
    rounded_to: dict[str, float] = Field(default_factory=dict)
    exempt: dict[str, str] = Field(default_factory=dict)

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`checks.ratios`."""
        return checks.ratios(frame, self.factors, self.rounded_to, self.exempt)


class ExpectPartsToSumToTotal(TidyExpectation):
    """The parts of a breakdown add up to its total."""

    indicators: list[str]
    dimension: str
    parts: list[str] | None = None
    total: float | None = None
    total_indicator: str | None = None
    measure: Literal["value", "numerator"] = "value"
    absent: Literal["skip", "none"] = "skip"
    tolerance: float = 0.0

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`structure.sums`."""
        return structure.sums(
            frame,
            self.indicators,
            self.dimension,
            parts=self.parts,
            total=self.total,
            total_indicator=self.total_indicator,
            measure=self.measure,
            absent=self.absent,
            tolerance=self.tolerance,
        )


class ExpectSeriesToBeContiguous(TidyExpectation):
    """Each series has every period between its first and its last, but for declared gaps."""

    gaps: list[dict[str, Any]] = Field(default_factory=list)
    exempt: dict[str, str] = Field(default_factory=dict)

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`structure.contiguous`."""
        return structure.contiguous(frame, self.gaps, self.exempt)


class ExpectRegionAndEnglandPresent(TidyExpectation):
    """Where an indicator has local authorities in a period, it has region and England as well."""

    exempt: dict[str, str] = Field(default_factory=dict)

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`structure.comparators`."""
        return structure.comparators(frame, self.exempt)


class ExpectDatesNotAfterRelease(TidyExpectation):
    """No date lies after the day the edition was released."""

    columns: list[str]
    released: Any

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`checks.not_after`."""
        return checks.not_after(frame, self.columns, str(self.released))


class ExpectValuesNearPreviousEdition(TidyExpectation):
    """A value in both editions has not moved beyond tolerance."""

    relative: float
    points: float
    exempt: dict[str, str] = Field(default_factory=dict)

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`checks.drift`."""
        return checks.drift(frame, self.relative, self.points, self.exempt)


class ExpectIndicatorsToAgree(TidyExpectation):
    """Two publications of one statistic say the same, within their printed rounding."""

    pairs: dict[str, str]
    within: float

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`checks.agreement`."""
        return checks.agreement(frame, self.pairs, self.within)


class ExpectNeighbourhoodsToBeWhole(TidyExpectation):
    """Each neighbourhood has a row and an outline, and none is of another area."""

    neighbourhoods: Any

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`neighbourhoods.whole`."""
        return neighbourhoods.whole(frame, self.neighbourhoods)


class ExpectNeighbourhoodsToSumToAuthority(TidyExpectation):
    """The neighbourhoods of the area add up to the area, within the rounding of their counts."""

    subject: Any
    rounded_to: dict[str, float] = Field(default_factory=dict)
    within_pct: dict[str, float] = Field(default_factory=dict)

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`neighbourhoods.sums`."""
        return neighbourhoods.sums(frame, str(self.subject), self.rounded_to, self.within_pct)


class ExpectSeriesWithoutJumps(TidyExpectation):
    """No value is many times, or a small part of, the one before it."""

    indicators: list[str]
    factor: float
    at_least: float = 0.0

    def findings(self, frame: pd.DataFrame) -> CheckFindings:
        """See :func:`structure.jumps`."""
        return structure.jumps(frame, self.indicators, self.factor, self.at_least)
