"""What a rise is made of: more children, a higher share with a plan, more new plans, plans that last longer.

Where the numbers of children are not held for the years in question, their part cannot be told, and is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.errors import NoDataError
from send_jsna.evidence import compare, tables
from send_jsna.evidence.small_numbers import refuse_any_few, unless_few
from send_jsna.statistics.decomposition import Decomposition, decompose
from send_jsna.wording import format_number, sentence_case

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


def publish_census_parts(supplement: Supplement, stem: str) -> None:
    """Publish how much of the change in pupils with a plan is more pupils, and how much a higher share.

    Figures: ``<stem>.first_period``, ``.last_period``, ``.change``, ``.children``, ``.rate`` (pupils) and
    ``.children_share``, ``.rate_share`` (% of the change).
    """
    name = "change in pupils with a plan, by number of pupils and share with a plan"
    with supplement.covering(name, f"{stem}.*"):
        held = [
            unless_few(supplement.observations(indicator))
            for indicator in ("pupil_headcount_count", "ehc_plan_pupils_count")
        ]
        years = sorted(set(held[0]["period"]) & set(held[1]["period"]))
        if len(years) < 2:
            raise NoDataError(
                "pupils and pupils with a plan have no two years in common", reason=compare.ONE_PERIOD
            )
        ends = [part[part["period"].isin([years[0], years[-1]])] for part in held]
        refuse_any_few(ends[1])
        (pupils, more), (plans, later) = (tuple(part["value"].to_numpy(float)) for part in ends)
        found = decompose(
            {"children": pupils, "rate": plans / pupils}, {"children": more, "rate": later / more}
        )
        if not found.change:
            raise NoDataError("the number of pupils with a plan did not change", reason="no change to divide")
        _publish_parts(
            supplement, stem, "pupils with a plan", years[0], years[-1], found, ends, CENSUS_METHOD
        )


def publish_flow_parts(supplement: Supplement, stem: str) -> None:
    """Publish how much of the caseload's growth is more new plans, and how much plans that last longer.

    Figures: ``<stem>.first_period``, ``.last_period``, ``.change``, ``.as_before``, ``.entries``, ``.longer``
    and ``.rest`` (plans), ``.base`` (the year compared with), ``.exits_before`` and ``.exits_now`` (plans
    ceased for each hundred held at the start of the year).
    """
    name = "growth of the caseload, by new plans and plans that last longer"
    with supplement.covering(name, f"{stem}.*"):
        stock, new, ceased = (
            unless_few(supplement.observations(indicator))
            for indicator in ("ehc_plans_count", "ehc_new_plans_count", "ehc_plans_ceased_count")
        )
        flows = _flows(stock, new, ceased)
        parts = flow_parts(flows)
        rows = [stock[stock["period"].isin([*flows["held"], flows["then"].iloc[-1]])]]
        rows += [part[part["period"].isin(flows.index)] for part in (new, ceased)]
        refuse_any_few(pd.concat(rows))
        first, last = str(flows["held"].iloc[1]), str(flows["then"].iloc[-1])
        _publish_parts(supplement, stem, "plans held", first, last, parts, rows, FLOW_METHOD)
        rates = 100 * flows["ceased"] / flows["stock"]
        for key, value, year in (
            ("exits_before", rates.iloc[0], flows.index[0]),
            ("exits_now", rates.iloc[-1], flows.index[-1]),
        ):
            supplement.number(
                f"{stem}.{key}",
                float(value),
                title=f"Plans ceased in {year} for each hundred held in January, {supplement.area}",
                inputs=rows,
                method="Plans ceased in the year divided by plans held in January of it, times a hundred.",
                decimals=1,
                unit="per 100",
            )
        supplement.phrase(
            f"{stem}.base",
            str(flows.index[0]),
            title="Year whose new plans and share of plans ceasing the later years are compared with",
            inputs=rows,
            method=FLOW_METHOD,
        )


def _flows(stock: pd.DataFrame, new: pd.DataFrame, ceased: pd.DataFrame) -> pd.DataFrame:
    """One row a calendar year with all four numbers: plans at its start and end, begun and ended in it.

    Raises:
        NoDataError: Fewer than two such years, one after the other.
    """
    plans = {int(str(row["period_start"])[:4]): row for _, row in stock.iterrows()}
    begun = {str(row["period"]): float(row["value"]) for _, row in new.iterrows()}
    ended = {str(row["period"]): float(row["value"]) for _, row in ceased.iterrows()}
    lines = {
        year: {
            "held": str(plans[int(year)]["period"]),
            "then": str(plans[int(year) + 1]["period"]),
            "stock": float(plans[int(year)]["value"]),
            "after": float(plans[int(year) + 1]["value"]),
            "new": begun[year],
            "ceased": ended[year],
        }
        for year in sorted(set(begun) & set(ended))
        if int(year) in plans and int(year) + 1 in plans
    }
    years = [int(year) for year in lines]
    if len(years) < 2 or years[-1] - years[0] != len(years) - 1:
        raise NoDataError(
            f"{len(years)} years have plans, new plans and plans ceased",
            reason="too few years with both new plans and plans ceased",
        )
    return pd.DataFrame.from_dict(lines, orient="index")


def flow_parts(flows: pd.DataFrame) -> Decomposition:
    """Divide the caseload's growth since the first year among its flows; see :data:`FLOW_METHOD`.

    Args:
        flows: One row a year, oldest first: ``stock`` (plans at its start), ``after`` (at its end), ``new``,
            ``ceased``. The first year is the base.
    """
    base, later = flows.iloc[0], flows.iloc[1:]
    share = base["ceased"] / base["stock"]
    at_base_share = share * later["stock"]
    change = float(later["after"].iloc[-1] - later["stock"].iloc[0])
    parts = {
        "as_before": float((base["new"] - at_base_share).sum()),
        "entries": float((later["new"] - base["new"]).sum()),
        "longer": float((at_base_share - later["ceased"]).sum()),
    }
    parts["rest"] = change - sum(parts.values())
    return Decomposition(change, parts)


def _publish_parts(
    supplement: Supplement,
    stem: str,
    name: str,
    first: str,
    last: str,
    found: Decomposition,
    inputs: Sequence[pd.DataFrame],
    method: str,
) -> None:
    """The change, its parts in people and as shares of it, and the periods."""
    label = f"Change in {name}, {supplement.area}, {first} to {last}"
    for key, text in (("first_period", first), ("last_period", last)):
        supplement.phrase(
            f"{stem}.{key}",
            text,
            title=f"{label}: {sentence_case(key.replace('_', ' '))}",
            inputs=list(inputs),
            method=method,
        )
    for key, value in {"change": found.change, **found.parts}.items():
        supplement.number(
            f"{stem}.{key}",
            value,
            title=f"{label}: {key.replace('_', ' ')}",
            inputs=list(inputs),
            method=method,
            unit="count",
            decimals=0,
            shown=tables.signed(value, decimals=0),
        )
    for key, value in found.shares.items():
        supplement.phrase(
            f"{stem}.{key}_share",
            format_number(100 * value, unit="%", decimals=0),
            title=f"{label}: {key.replace('_', ' ')}, as a share of the change",
            inputs=list(inputs),
            method=method,
        )
