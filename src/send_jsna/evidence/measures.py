"""A measure: one indicator, or one breakdown of it, and the blocks every figure about it is made of.

A measure knows from the catalogue what it is called in a title and where its series breaks. The blocks are a
published value with its period, words that set one value against another, and the chart of a series; so that
the same thing is worded alike in every chapter. What a notebook calls is composed of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.observations import QUOTIENTS, known
from send_jsna.errors import NoDataError, NotebookError
from send_jsna.evidence import compare
from send_jsna.evidence.families import Family
from send_jsna.evidence.small_numbers import NOT_COMPARED, unless_few
from send_jsna.evidence.tables import only
from send_jsna.evidence.usefulness import refuse_crossing, refuse_wide
from send_jsna.figures import charts

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.evidence.estimates import Estimated
    from send_jsna.figures.records import FigureRecord
    from send_jsna.figures.supplement import Supplement

AS_PUBLISHED = "As published."

STANDING_METHOD = (
    "Similar where 95% confidence intervals overlap (numerator and denominator published) or values agree "
    "within the printed rounding; else above or below. Values without counts of few children are left alone."
)

DRAWN_METHOD = "Values as published; Wilson 95% intervals where numerator and denominator are published."

MOVEMENT_METHOD = "Risen or fallen where 95% intervals do not overlap, or by more than the printed rounding."

#: What a value is to another where nothing is said of the two.
BESIDE = "not compared with"
#: Why nothing is said of a movement.
NO_EARLIER = "no earlier period to compare with"


@dataclass(frozen=True)
class Measure:
    """An indicator, or one breakdown of it, that a notebook publishes figures about.

    Attributes:
        supplement: The supplement that publishes.
        indicator: Indicator id.
        stem: First parts of the figures' ids; empty where the measure is one row of a table.
        name: What is measured, as a title says it.
        selection: Dimensions, as for ``Supplement.observations``.
        breaks: Breaks in the series, in order of time.
    """

    supplement: Supplement
    indicator: str
    stem: str
    name: str
    selection: Mapping[str, Any] = field(default_factory=dict)
    breaks: tuple[charts.Break, ...] = ()

    @property
    def label(self) -> str:
        """What is measured and where, as most titles begin."""
        return f"{self.name}, {self.supplement.area}"

    @property
    def larger_places(self) -> dict[str, Area]:
        """England and the region, by what figure ids call them."""
        places = self.supplement.comparators
        return {"england": places.country, "region": places.region}

    @property
    def family(self) -> Family:
        """Its figures."""
        return Family(self.supplement, self.stem)

    def about(self, **shared: Any) -> Family:
        """Its figures, with a title, inputs or a method in common."""
        return self.family.about(**shared)

    def covering(self, *parts: str, of: str = "") -> AbstractContextManager[None]:
        """As ``Supplement.covering``, for figures of this measure; ``of`` says what they measure instead."""
        return self.family.covering(of or self.name, *parts)

    def absent(self, *parts: str, reason: str, of: str = "") -> None:
        """As ``Supplement.absent``, for figures of this measure."""
        self.family.absent(of or self.name, *parts, reason=reason)

    def refuse_wide(self, expected: Estimated) -> None:
        """Refuse an estimate of it whose range is too wide to help.

        Raises:
            NoDataError: It is.
        """
        refuse_wide(self.supplement, *expected.limits, unit=expected.unit, of=self.indicator)

    def part(self, key: str, name: str) -> Measure:
        """A part of it, whose figures are under the stem with one more word."""
        return replace(self, stem=f"{self.stem}.{key}", name=name)

    def observations(self, **selection: Any) -> pd.DataFrame:
        """Its observations, as ``Supplement.observations``; by default of the area, of all periods."""
        return self.supplement.observations(self.indicator, **self.selection, **selection)

    def stored(self, **selection: Any) -> pd.DataFrame:
        """As :meth:`observations`, but with no rows where there are none."""
        return self.supplement.stored(self.indicator, **self.selection, **selection)

    def series(self) -> pd.DataFrame:
        """The area's rows with a value, oldest first.

        Raises:
            NoDataError: There is none, or the newest is withheld here.
        """
        return series_of(self.supplement, self.indicator, **self.selection)

    def value(
        self,
        part: str,
        row: pd.Series,
        *,
        decimals: int | None = None,
        interval: bool = True,
        place: Area | None = None,
        when: str = "",
    ) -> FigureRecord:
        """Publish a value as published, with its confidence interval where its counts are published.

        Args:
            part: Last part of the figure's id.
            row: The observation.
            decimals: Decimal places; by default those of the unit.
            interval: Whether to give the interval.
            place: What the place is called, where that is not the observation's name of it.
            when: What the title says after the period.
        """
        title = f"{self.name}, {place or row['area_name']}, {row['period']}"
        return self.number(
            part,
            float(row["value"]),
            title=f"{title}, {when}" if when else title,
            inputs=row,
            unit=str(row["unit"]),
            decimals=decimals,
            interval=compare.interval_of(row) if interval else None,
        )

    def period(self, part: str, row: pd.Series, *, what: str = "Newest period") -> FigureRecord:
        """Publish the period of a value."""
        return self.phrase(part, str(row["period"]), title=f"{what}: {self.name}", inputs=row)

    def against(self, part: str, row: pd.Series, other: pd.Series, *, title: str = "") -> FigureRecord:
        """Publish how the area's value is to another: ``above``, ``below`` or ``similar to``."""
        where = f"{self.supplement.area} against {other['area_name']}, {row['period']}"
        return self.phrase(
            part,
            standing(self.supplement, row, other),
            title=title or f"{self.name}: {where}",
            inputs=[row, other],
            method=STANDING_METHOD,
        )

    def number(self, part: str, value: float, **about: Any) -> FigureRecord:
        """Publish any other number, as published where no method is given; see ``Supplement.number``."""
        return self.family.number(part, value, **{"method": AS_PUBLISHED, **about})

    def phrase(self, part: str, text: str, **about: Any) -> FigureRecord:
        """Publish any other words, as published where no method is given; see ``Supplement.phrase``."""
        return self.family.phrase(part, text, **{"method": AS_PUBLISHED, **about})

    def table(self, part: str, frame: pd.DataFrame, **about: Any) -> FigureRecord:
        """Publish a table; see ``Supplement.table``."""
        return self.family.table(part, frame, **about)

    def chart(self, part: str, chart: charts.Chart, **about: Any) -> FigureRecord:
        """Publish a chart; see ``Supplement.chart``."""
        return self.family.chart(part, chart, **about)

    def lines(
        self, part: str, drawn: pd.DataFrame, *, title: str, decimals: int | None = None, **options: Any
    ) -> FigureRecord:
        """Publish a chart of series, with the measure's breaks and with intervals where there are any.

        Args:
            part: Last part of the figure's id.
            drawn: Observations with columns ``lower`` and ``upper``.
            title: Caption.
            decimals: Decimal places.
            **options: As for ``charts.lines``.

        Raises:
            NoDataError: Those who report changed within the series, so that it does not help.
        """
        refuse_crossing(self.supplement, self.indicator, self.breaks, drawn)
        chart = charts.lines(
            drawn,
            unit=str(drawn["unit"].iloc[0]),
            decimals=decimals,
            breaks=self.breaks,
            **limits(drawn),
            **options,
        )
        return self.chart(part, chart, title=title, inputs=known(drawn), method=drawn_method(drawn))

    def newest(self) -> pd.Series:
        """The area's one observation of its newest period.

        Raises:
            NoDataError: There is none with a value.
            DataError: There are several.
        """
        return only(self.observations(period="latest"))


def measure(
    supplement: Supplement, indicator: str, stem: str = "", *, name: str = "", **selection: Any
) -> Measure:
    """A measure with its words and its breaks from the catalogue.

    Args:
        supplement: The supplement that publishes.
        indicator: Indicator id.
        stem: First parts of the figures' ids, such as ``ehcp.share``.
        name: What is measured, as a title says it, where that is not what the catalogue says.
        **selection: Dimensions, as for ``Supplement.observations``.

    Raises:
        NotebookError: The catalogue has no such indicator, or no name for this breakdown, and none is given.
    """
    declared = supplement.context.series.get(indicator)
    words = name or (declared.title_of(selection) if declared else "")
    if not words and declared is None:
        raise NotebookError(
            f"this run declares no indicator {indicator!r} of a data set that the notebook reads",
            where=f"{supplement.name}.ipynb",
            expected="an id of data/catalogue/indicators.yaml, of a data set that is among `datasets` of"
            f" {supplement.name} in data/catalogue/supplements.yaml",
            remedy="correct the name, or declare what is missing; an indicator that was declared after the"
            " run was made needs jsna refresh",
        )
    if not words:
        by = " and ".join(f"{key} {value}" for key, value in selection.items())
        raise NotebookError(
            f"{indicator} has no title" + (f" by {by}" if by else ""),
            where="data/catalogue/indicators.yaml",
            remedy="add it under `breakdowns`, or give `name`",
        )
    breaks = declared.breaks_of(selection) if declared else []
    marks = tuple(charts.Break(mark.before, mark.label) for mark in breaks)
    return Measure(supplement, indicator, stem, words, selection, marks)


def series_of(supplement: Supplement, indicator: str, **selection: Any) -> pd.DataFrame:
    """The area's rows of an indicator that have a value, oldest first; see :meth:`Measure.series`."""
    rows = supplement.observations(indicator, **selection)
    return unless_few(rows).sort_values("period_start", kind="stable")


def is_chance(supplement: Supplement, *rows: pd.Series) -> bool:
    """Whether chance may move a value of an area of few children, since its counts are not published."""
    return supplement.has_few_children and any(
        row["unit"] != "count" and compare.interval_of(row) is None for row in rows
    )


def refuse_chance(supplement: Supplement, *rows: pd.Series) -> None:
    """Refuse to set values against others where :func:`is_chance`.

    Raises:
        NoDataError: It is.
    """
    if is_chance(supplement, *rows):
        raise NoDataError(f"{rows[0]['indicator']} stands for few children", reason=NOT_COMPARED)


def standing(supplement: Supplement, row: pd.Series, other: pd.Series) -> str:
    """How the area is to another, and ``not compared with`` where :func:`is_chance`."""
    return BESIDE if is_chance(supplement, row) else compare.standing_of(row, other)


def drawn_method(rows: pd.DataFrame) -> str:
    """How the values and the intervals of a chart are made: a rate with counts has Byar's."""
    units = set(rows.loc[rows["numerator"].notna(), "unit"]) & QUOTIENTS.keys() - {"%"}
    return DRAWN_METHOD.replace("Wilson", "Byar") if units else DRAWN_METHOD


def limits(frame: pd.DataFrame) -> dict[str, str]:
    """The columns of the confidence limits to draw, where numerator and denominator gave any."""
    return {"lower": "lower", "upper": "upper"} if frame["lower"].notna().any() else {}


def refuse_none(measures: Sequence[Measure], used: Sequence[pd.DataFrame]) -> None:
    """Go on only where some row of a table has a value.

    Args:
        measures: The rows' measures.
        used: Observations with a value that the table shows.

    Raises:
        NoDataError: None has; the reason is that of the first measure's own lack.
    """
    if not sum(map(len, used)):
        measures[0].supplement.observations(list(dict.fromkeys(item.indicator for item in measures)))
        raise NoDataError("no row of the table has a value")
