"""Residents by single year of age: how many of each, and how large the year groups in school will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import known
from send_jsna.catalogue.periods import mid_year, parse_period
from send_jsna.errors import NoDataError
from send_jsna.evidence.shares import publish_share, ratio
from send_jsna.evidence.small_numbers import refuse_any_few
from send_jsna.evidence.tables import only, period_of, signed
from send_jsna.figures import charts
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.evidence.measures import Measure
    from send_jsna.figures.records import FigureRecord

RESIDENTS = "population_by_age_count"
#: Ages for which the authority is responsible.
AGES = tuple(str(age) for age in range(26))
#: Ages below which hardly anybody moves away from home to study.
CHILDREN = AGES[:18]
#: Years ahead: the children who will then be in primary school are born.
AHEAD = 5
NOT_EVERY_AGE = "not in this edition by single year of age"

SHARE_METHOD = "Residents of the age divided by residents of all ages."
AHEAD_METHOD = (
    f"Residents {AHEAD} years younger today: nobody moves in or out, and no child dies. It is no projection:"
    " it shows what the size of today's year groups brings by itself."
)


@dataclass(frozen=True)
class Stage:
    """Ages that are in one stage of education.

    Attributes:
        name: What it is called in a table.
        first: Lowest age.
        last: Highest age.
    """

    name: str
    first: int
    last: int

    def ages(self, years: int = 0) -> list[str]:
        """Its ages, or those of the residents who will be in it in so many years."""
        return [str(age - years) for age in range(self.first, self.last + 1)]


STAGES = {
    "primary": Stage("5 to 10", 5, 10),
    "secondary": Stage("11 to 15", 11, 15),
    "sixth_form": Stage("16 and 17", 16, 17),
}


def residents(measure: Measure) -> dict[str, pd.DataFrame]:
    """Residents by single year of age from 0 to 25 in the area's newest year: area, region and England.

    Raises:
        NoDataError: The area has no value of some age.
    """
    rows = measure.stored(area="headline", age=list(AGES), period="latest")
    found = {str(name): known(part) for name, part in rows.groupby("area_name", sort=False)}
    whole = {name: part for name, part in found.items() if set(part["age"]) == set(AGES)}
    if measure.supplement.area.name not in whole:
        raise NoDataError(f"{measure.supplement.area} has no residents by age", reason=NOT_EVERY_AGE)
    refuse_any_few(whole[measure.supplement.area.name])
    return whole


def publish_ages(measure: Measure) -> FigureRecord | None:
    """Publish residents by single year of age from 0 to 25, beside region and England.

    Figures: the chart ``<stem>.chart`` of shares of all residents and the table ``<stem>.table``; of the
    largest and the smallest year group under 18 the phrases ``<stem>.largest`` and ``.smallest`` (such as
    ``aged 12``) and the numbers ``.largest_count`` and ``.smallest_count``.

    Args:
        measure: Residents, by no age.

    Returns:
        The table; None where the area has no single years of age, which is put on record.
    """
    ends = [f"{end}{part}" for end in ("largest", "smallest") for part in ("", "_count")]
    with measure.covering("chart", "table", *ends, of=f"{measure.name} by single year of age"):
        by_area = residents(measure)
        wholes = measure.stored(area="headline", period=period_of(by_area[measure.supplement.area.name]))
        shares = pd.concat([_shares(part, wholes) for part in by_area.values()], ignore_index=True)
        period, drawn = period_of(shares), [*by_area.values(), wholes]
        about = measure.about(inputs=drawn, method=SHARE_METHOD)
        about.chart(
            "chart",
            charts.lines(
                shares,
                x="age",
                y="share",
                unit="% of residents",
                focus=measure.supplement.area.name,
                decimals=1,
            ),
            title=f"Residents of each age from 0 to 25 as a share of all residents, {period}",
        )
        _publish_ends(measure, by_area[measure.supplement.area.name])
        return about.table(
            "table",
            _table(measure, shares),
            title=f"Residents by single year of age, {measure.supplement.area}, {period}",
        )
    return None


def publish_share_of_residents(measure: Measure) -> None:
    """Publish the share of all residents whom a measure counts, such as those aged 0 to 25.

    Figures: the numbers ``<stem>.latest``, ``.england`` and ``.region`` with their intervals, and the phrase
    ``<stem>.vs_england``.
    """
    with measure.covering("latest", "england", "region", "vs_england"):
        rows = measure.observations(area="headline", period="latest")
        wholes = measure.supplement.stored(RESIDENTS, area="headline", period=period_of(rows))
        parts = {}
        for _, row in known(rows).iterrows():
            whole = wholes[wholes["area_code"] == row["area_code"]]
            if len(known(whole)) == 1:
                parts[row["area_code"]] = ratio(row, whole.iloc[0])
        own = parts.get(measure.supplement.area.code)
        country, region = (measure.larger_places[key].code for key in ("england", "region"))
        if own is None or country not in parts:
            raise NoDataError(f"{measure.stem}: residents of all ages are missing", reason=NOT_EVERY_AGE)
        publish_share(measure.family, measure.name, own, parts[country])
        if region in parts:
            parts[region].publish(measure.family, "region", measure.name)
        else:
            measure.absent("region", reason=NOT_EVERY_AGE)


def _shares(rows: pd.DataFrame, wholes: pd.DataFrame) -> pd.DataFrame:
    """The rows of one area with their ``share`` of all residents, in per cent, by rising age."""
    whole = only(wholes[wholes["area_code"] == rows["area_code"].iloc[0]])
    ordered = rows.sort_values("age", key=lambda ages: ages.astype(int), kind="stable")
    return ordered.assign(share=100 * ordered["value"] / float(whole["value"]))


def _table(measure: Measure, shares: pd.DataFrame) -> pd.DataFrame:
    area = measure.supplement.area.name
    own = shares[shares["area_name"] == area]
    labels = measure.supplement.labels("age")
    table = pd.DataFrame(
        {
            "Age": [labels[age] for age in own["age"]],
            f"{area}: number": [format_number(count, unit="count") for count in own["value"]],
        }
    )
    for name, part in shares.groupby("area_name", sort=False):
        table[f"{name}: share of residents"] = [
            format_number(share, unit="%", decimals=2) for share in part["share"]
        ]
    return table


def _publish_ends(measure: Measure, own: pd.DataFrame) -> None:
    """The largest and the smallest year group of children."""
    children, labels = own[own["age"].isin(CHILDREN)], measure.supplement.labels("age")
    for part, place in (("largest", children["value"].argmax()), ("smallest", children["value"].argmin())):
        row = children.iloc[int(place)]
        about = measure.about(
            title=f"The {part} year group under 18, {measure.supplement.area}, {row['period']}",
            inputs=children,
            method=f"The {part} of the counts by single year of age.",
        )
        about.phrase(part, labels[row["age"]].lower())
        about.number(f"{part}_count", row["value"], unit="count")


def publish_ahead(measure: Measure) -> FigureRecord | None:
    """Publish how many of today's residents will be of the ages of each stage of education in five years.

    Figures: the table ``<stem>.table``, the phrase ``<stem>.until``, and for each of ``STAGES`` the numbers
    ``<stem>.<stage>.now``, ``.ahead``, ``.change_pct`` and ``.england_change_pct``.

    Returns:
        The table; None where the area has no single years of age, which is put on record.
    """
    numbers = [
        f"{key}.{part}" for key in STAGES for part in ("now", "ahead", "change_pct", "england_change_pct")
    ]
    with measure.covering(
        "table", "until", *numbers, of=f"{measure.name} by stage of education, in five years"
    ):
        by_area = residents(measure)
        own = by_area[measure.supplement.area.name]
        until = mid_year(parse_period(period_of(own)).start.year + AHEAD).label
        about = measure.about(inputs=list(by_area.values()), method=AHEAD_METHOD)
        about.phrase("until", until, title=f"Year for which today's year groups are added up, {measure.name}")
        for key, stage in STAGES.items():
            _publish_stage(measure, key, stage, by_area, until)
        return about.table(
            "table",
            _ahead_table(measure, by_area, until),
            title=f"Residents of the ages of education, {period_of(own)} and {until} if nobody moved",
        )
    return None


def _publish_stage(
    measure: Measure, key: str, stage: Stage, by_area: Mapping[str, pd.DataFrame], until: str
) -> None:
    area, country = measure.supplement.area.name, measure.supplement.comparators.country.name
    own = by_area[area]
    about = measure.about(method=AHEAD_METHOD, inputs=own)
    now, ahead = _counts(own, stage)
    where = f"{area}, aged {stage.name}"
    about.number(f"{key}.now", now, unit="count", title=f"Residents, {where}, {period_of(own)}")
    about.number(f"{key}.ahead", ahead, unit="count", title=f"Residents, {where}, {until} if nobody moved")
    for part, name in (("change_pct", area), ("england_change_pct", country)):
        if name not in by_area:
            measure.absent(f"{key}.{part}", reason=NOT_EVERY_AGE)
            continue
        change = _change(by_area[name], stage)
        measure.number(
            f"{key}.{part}",
            change,
            unit="%",
            shown=signed(change, unit="%"),
            title=f"Residents, {name}, aged {stage.name}: change to {until} if nobody moved",
            inputs=by_area[name],
            method=AHEAD_METHOD,
        )


def _counts(rows: pd.DataFrame, stage: Stage) -> tuple[float, float]:
    """Residents of the ages of a stage today, and those who will be of them."""
    by_age = rows.set_index("age")["value"]
    return float(by_age[stage.ages()].sum()), float(by_age[stage.ages(AHEAD)].sum())


def _change(rows: pd.DataFrame, stage: Stage) -> float:
    """The change between the two counts, in per cent.

    Raises:
        NoDataError: Nobody is of these ages today.
    """
    now, ahead = _counts(rows, stage)
    if not now:
        raise NoDataError(f"nobody is aged {stage.name}", reason="no percentage change from zero")
    return 100 * (ahead - now) / now


def _ahead_table(measure: Measure, by_area: Mapping[str, pd.DataFrame], until: str) -> pd.DataFrame:
    area = measure.supplement.area.name
    own, lines = by_area[area], []
    for stage in STAGES.values():
        counts = [format_number(count, unit="count") for count in _counts(own, stage)]
        changes = [signed(_change(rows, stage), unit="%") for rows in by_area.values()]
        lines.append([f"Aged {stage.name}", *counts, *changes])
    heads = [f"{area}: {period_of(own)}", f"{area}: {until}", *(f"{name}: change" for name in by_area)]
    return pd.DataFrame(lines, columns=["Age", *heads])
