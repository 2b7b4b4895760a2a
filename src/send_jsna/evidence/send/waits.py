"""Waits for health services: published for NHS bodies, which serve more than one authority.

No movement is drawn from any of them: the lists change with the providers that report. A series across such a
change, and the values on its two sides, are printed only as far as the rules for statistics allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence.measures import Measure, measure
from send_jsna.evidence.usefulness import refuse_crossing
from send_jsna.figures import charts
from send_jsna.wording import in_words, with_article

if TYPE_CHECKING:
    from send_jsna.catalogue.areas import Area
    from send_jsna.figures.supplement import Supplement

#: Age groups of the autism statistics.
_AGES = ("under_10", "10_to_17", "18_to_24")
#: What is published of a waiting list: last part of the stem → indicator.
WAITS = {"list": "community_waiting_list_count", "over_18": "community_waiting_over_18_weeks_pct"}
#: Last parts of the ids of the values on the two sides of a change of coverage.
_SIDES = ("before", "before_period", "after", "after_period")
#: Kinds of NHS body, as the report calls them.
BODIES = {
    "icb": "integrated care board",
    "sub_icb": "part of an integrated care board",
    "trust": "NHS trust",
}


@dataclass(frozen=True)
class ServingBody:
    """An NHS body that serves the area, and its values of a measure.

    Attributes:
        body: The body; the first with a value where several serve the area.
        role: A key of :data:`BODIES`.
        rows: Its observations, those without a value among them.
        words: What a sentence calls it, with whether it is one of several.
    """

    body: Area
    role: str
    rows: pd.DataFrame
    words: str

    @classmethod
    def of(cls, measure: Measure, role: str, **selection: Any) -> ServingBody:
        """The body of a kind that serves the measure's area; ``selection`` adds dimensions to the measure's.

        Raises:
            NoDataError: No such body is declared for the area, or none has a value.
        """
        area, kind = measure.supplement.area, BODIES[role]
        place = with_article(area.name)
        bodies = measure.supplement.areas.bodies(area, role)
        for body in bodies:
            rows = measure.stored(area=body, **selection)
            if len(known(rows)):
                words = with_article(body.name)
                if len(bodies) > 1:
                    words += f", one of {in_words(len(bodies))} that serve {place}"
                return cls(body, role, rows, words)
        names = " and ".join(body.name for body in bodies)
        raise NoDataError(
            f"{area} has no {kind} with a value of {measure.indicator}",
            reason=f"not in this edition for {names}"
            if names
            else f"not in this edition, since no {kind} is declared for {place}",
        )

    @property
    def valued(self) -> pd.DataFrame:
        """Its observations with a value, oldest first."""
        return known(self.rows)

    def publish(self, measure: Measure, inputs: pd.Series) -> None:
        """Publish which body's figures are shown, as ``<stem>.body``."""
        measure.phrase(
            "body",
            self.words,
            title=f"{BODIES[self.role].capitalize()} whose figures are shown for {measure.supplement.area}",
            inputs=inputs,
            method="The bodies that serve an area are declared in data/areas/nhs.csv.",
        )


def publish_waits(supplement: Supplement, stem: str, service: str) -> None:
    """Publish the children's waiting list of the integrated care board for one community service.

    Figures: ``<stem>.list.latest``, ``.period`` and ``.body``, the same with ``over_18``, and the charts
    ``<stem>.list.series`` and ``<stem>.over_18.series``; for the last change of coverage also
    ``<stem>.list.before``, ``.before_period``, ``.after`` and ``.after_period``, the months on its two sides.
    The charts and the two sides are left out where the rules for statistics say that they do not help.
    """
    for part, indicator in WAITS.items():
        waiting = measure(supplement, indicator, f"{stem}.{part}", service=service)
        with waiting.covering("*"):
            _publish_list(waiting, ServingBody.of(waiting, "icb"))


def _publish_list(measure: Measure, serving: ServingBody) -> None:
    """The newest value and, as far as they help, the two sides of a change of coverage, and the series."""
    body, valued = serving.body, serving.valued
    latest = valued.iloc[-1]
    measure.value("latest", latest, place=body)
    measure.period("period", latest, what="Newest month")
    serving.publish(measure, latest)
    with measure.covering("series", *_SIDES):
        refuse_crossing(measure.supplement, measure.indicator, measure.breaks, valued)
        _publish_sides(measure, serving)
        measure.chart(
            "series",
            charts.lines(serving.rows, unit=str(latest["unit"]), breaks=measure.breaks),
            title=f"{measure.name}, {body}",
            inputs=valued,
            method="Values as published; months are not compared across a change of coverage.",
        )


def _publish_sides(measure: Measure, serving: ServingBody) -> None:
    """The values on the two sides of the last change of coverage."""
    body, sides = serving.body, _sides(serving.valued, measure.breaks)
    for side, row in sides.items():
        measure.value(side, row, place=body, when=f"{side} the change of coverage")
        measure.period(f"{side}_period", row, what=f"Month {side} the change of coverage")
    if not sides:
        measure.absent(*_SIDES, reason="not in this edition on both sides of the change of coverage")


def publish_referral_waits(measure: Measure) -> None:
    """Publish the share of autism referrals first seen after more than thirteen weeks, by age.

    Figures: the chart ``<stem>.series``, ``<stem>.<age>.latest`` for each age group, ``<stem>.period`` and
    ``<stem>.body``.

    Args:
        measure: What is measured, with the dimension ``age`` left open.
    """
    with measure.covering("*"):
        serving = ServingBody.of(measure, "sub_icb", age="*")
        body, rows, valued = serving.body, serving.rows, serving.valued
        labels = measure.supplement.labels("age")
        groups = rows.assign(group=rows["age"].map(labels))
        measure.chart(
            "series",
            charts.lines(groups, series="group", decimals=0, breaks=measure.breaks),
            inputs=valued,
            method="Values as published, by month.",
            title=f"{measure.name}, {body}",
        )
        for age in _AGES:
            group = valued[valued["age"] == age]
            if group.empty:
                title = f"{measure.name}, {labels[age].lower()}"
                measure.absent(f"{age}.latest", reason=f"not in this edition for {body.name}", of=title)
                continue
            last = group.iloc[-1]
            title = f"{measure.name}, {labels[age]}, {last['period']}"
            measure.number(f"{age}.latest", last["value"], unit="%", decimals=0, inputs=last, title=title)
        newest = valued.iloc[-1]
        measure.phrase("period", newest["period"], title="Newest month", inputs=newest)
        serving.publish(measure, newest)


def publish_stated_wait(measure: Measure) -> None:
    """Publish the average wait an NHS trust stated, as ``<stem>.latest``, with ``.period`` and ``.body``."""
    with measure.covering("*"):
        serving = ServingBody.of(measure, "trust")
        last = serving.valued.iloc[-1]
        stated = measure.about(inputs=last)
        stated.number(
            "latest",
            last["value"],
            unit="weeks",
            decimals=0,
            method="As stated by the trust.",
            title=f"{measure.name}, {serving.body}, {last['period']}",
        )
        stated.phrase("period", last["period"], title="Month of the statement", method="As stated.")
        serving.publish(measure, last)


def _sides(valued: pd.DataFrame, breaks: Sequence[charts.Break]) -> dict[str, pd.Series]:
    """The last observation before the last break and the first one after it."""
    if not breaks:
        return {}
    start = max(parse_period(mark.before).start for mark in breaks).isoformat()
    before, after = valued[valued["period_start"] < start], valued[valued["period_start"] >= start]
    if not len(before) or not len(after):
        return {}
    return {"before": before.iloc[-1], "after": after.iloc[0]}
