"""What a rise is made of: more children, a higher share with a plan, more new plans, plans that last longer.

Where the numbers of children of the years in question are missing, their part is not published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence import series_changes, tables
from send_jsna.evidence.estimates import publish_phrases
from send_jsna.evidence.families import Family
from send_jsna.evidence.measures import series_of
from send_jsna.evidence.small_numbers import refuse_any_few
from send_jsna.evidence.yearly import of_periods, years_of
from send_jsna.statistics.decomposition import Decomposition, decompose
from send_jsna.wording import format_number

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

CENSUS_METHOD = (
    "Number of pupils times the share with a plan; the change of their product is divided between the two by "
    "the logarithmic mean Divisia index, without a residual."
)
FLOW_METHOD = (
    "Recorded growth of the caseload over the years in which new plans and plans ceased are both published, "
    "against the growth there would have been with the base year's number of new plans and share of plans "
    "ceasing. More new plans: new plans beyond the base year's number. Longer plans: plans that would have "
    "ceased at the base year's share, less those that did. The rest is moves between authorities and "
    "corrections."
)
EXITS_METHOD = "Plans ceased in the year divided by plans held in January of it, times a hundred."


def publish_census_parts(supplement: Supplement, stem: str) -> None:
    """Publish how much of the change in pupils with a plan is more pupils, and how much a higher share.

    Figures: ``<stem>.first_period``, ``.last_period``, ``.change``, ``.children``, ``.rate`` (pupils) and
    ``.children_share``, ``.rate_share`` (% of the change).
    """
    family = Family(supplement, stem)
    with family.covering("change in pupils with a plan, by number of pupils and share with a plan", "*"):
        pupils, plans = (
            series_of(supplement, name) for name in ("pupil_headcount_count", "ehc_plan_pupils_count")
        )
        years = sorted(set(pupils["period"]) & set(plans["period"]))
        if len(years) < 2:
            raise NoDataError(
                "pupils and plans have no two years in common", reason=series_changes.ONE_PERIOD
            )
        ends = [of_periods(rows, years[0], years[-1]) for rows in (pupils, plans)]
        refuse_any_few(ends[1])
        children, with_plan = (rows["value"].to_numpy(float) for rows in ends)
        rate = with_plan / children
        first, last = ({"children": children[at], "rate": rate[at]} for at in (0, 1))
        found = decompose(first, last)
        if not found.change:
            raise NoDataError("the number of pupils with a plan did not change", reason="no change to divide")
        shared = family.about(inputs=ends, method=CENSUS_METHOD)
        _publish_parts(shared, "pupils with a plan", (years[0], years[-1]), found)


def publish_flow_parts(supplement: Supplement, stem: str) -> None:
    """Publish how much of the caseload's growth is more new plans, and how much plans that last longer.

    Figures: ``<stem>.first_period``, ``.last_period``, ``.change``, ``.as_before``, ``.entries``, ``.longer``
    and ``.rest`` (plans), ``.base`` (the year compared with), ``.exits_before`` and ``.exits_now`` (plans
    ceased for each hundred at the start of the year).
    """
    family = Family(supplement, stem)
    with family.covering("growth of the caseload, by new plans and plans that last longer", "*"):
        stock, new, ceased = (
            series_of(supplement, name)
            for name in ("ehc_plans_count", "ehc_new_plans_count", "ehc_plans_ceased_count")
        )
        flows = _flows(stock, new, ceased)
        rows = [of_periods(stock, *flows["start"], *flows["end"])]
        rows += [of_periods(part, *flows["year"]) for part in (new, ceased)]
        refuse_any_few(pd.concat(rows))
        shared = family.about(inputs=rows, method=FLOW_METHOD)
        span = flows["start"].iloc[1], flows["end"].iloc[-1]
        _publish_parts(shared, "plans held", span, flow_parts(flows))
        for part, at in (("exits_before", 0), ("exits_now", -1)):
            year, share = flows["year"].iloc[at], 100 * flows["ceased"].iloc[at] / flows["stock"].iloc[at]
            title = f"Plans ceased in {year} for each hundred held in January, {supplement.area}"
            shared.number(part, share, title=title, method=EXITS_METHOD, decimals=1, unit="per 100")
        title = "Year whose new plans and share of plans ceasing the later years are compared with"
        shared.phrase("base", flows["year"].iloc[0], title=title)


def _flows(stock: pd.DataFrame, new: pd.DataFrame, ceased: pd.DataFrame) -> pd.DataFrame:
    """One row a calendar year with all four numbers, as :func:`flow_parts` takes it, and its labels.

    Raises:
        NoDataError: Fewer than two such years, one after the other.
    """
    start, end = _by_year(stock, "start", "stock"), _by_year(stock, "end", "after")
    begun, ended = _by_year(new, "year", "new"), _by_year(ceased, "year", "ceased")["ceased"]
    flows = pd.concat([start, end.set_axis(end.index - 1), begun, ended], axis=1, join="inner").sort_index()
    if len(flows) < 2 or (np.diff(flows.index) != 1).any():
        raise NoDataError(
            f"{len(flows)} years have plans, new plans and plans ceased",
            reason="too few years with both new plans and plans ceased",
        )
    return flows


def _by_year(rows: pd.DataFrame, period: str, value: str) -> pd.DataFrame:
    """Periods and values under these names, by the year in which the period starts."""
    return rows[["period", "value"]].set_axis(years_of(rows)).set_axis([period, value], axis=1)


def flow_parts(flows: pd.DataFrame) -> Decomposition:
    """Divide the caseload's growth since the first year among its flows; see :data:`FLOW_METHOD`.

    Args:
        flows: One row a year, oldest first: ``stock`` (plans at its start), ``after`` (at its end), ``new``,
            ``ceased``. The first year is the base.
    """
    base, later = flows.iloc[0], flows.iloc[1:]
    at_base_share = base["ceased"] / base["stock"] * later["stock"]
    change = float(later["after"].iloc[-1] - later["stock"].iloc[0])
    parts = {
        "as_before": float((base["new"] - at_base_share).sum()),
        "entries": float((later["new"] - base["new"]).sum()),
        "longer": float((at_base_share - later["ceased"]).sum()),
    }
    return Decomposition(change, {**parts, "rest": change - sum(parts.values())})


def _publish_parts(family: Family, name: str, span: tuple[str, str], found: Decomposition) -> None:
    """The change, its parts in people and as shares of it, and the periods."""
    label = f"Change in {name}, {family.supplement.area}, {span[0]} to {span[1]}"
    publish_phrases(family, label, {"first_period": span[0], "last_period": span[1]})
    for key, value in {"change": found.change, **found.parts}.items():
        shown = tables.signed(value, decimals=0)
        title = f"{label}: {key.replace('_', ' ')}"
        family.number(key, value, title=title, unit="count", decimals=0, shown=shown)
    for key, value in found.shares.items():
        title = f"{label}: {key.replace('_', ' ')}, as a share of the change"
        family.phrase(f"{key}_share", format_number(100 * value, unit="%", decimals=0), title=title)
