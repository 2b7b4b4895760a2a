"""Who holds plans, asks for them and goes to school: ages, sex and ethnic groups, added up to broad bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE
from send_jsna.disclosure import sealed_counts
from send_jsna.errors import NoDataError
from send_jsna.evidence import shares
from send_jsna.evidence.send import caseload
from send_jsna.evidence.small_numbers import is_national, is_small, withheld_bands
from send_jsna.evidence.tables import reason_notes

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

_STAGES = {"under_5": "Under 5", "primary": "5 to 10", "secondary": "11 to 15", "young_adults": "20 to 25"}
_AGES = [name for name, _ in caseload.AGE_BANDS]
_COMPARED = {"asian": "Asian", "black": "Black", "white_british": "White British"}


def publish_pupil_groups(supplement: Supplement, figure_id: str) -> None:
    """Publish a table of the broad ethnic groups of pupils, for the area, its region and England."""
    with supplement.covering("Pupils of state-funded schools by ethnic group", figure_id):
        pupils = _pupils(supplement)
        groups = {
            str(name): shares.share_of_parts(rows, "ethnicity", caseload.ethnic_group)
            for name, rows in pupils.groupby("area_name", sort=False)
        }
        supplement.table(
            figure_id,
            shares.shares_table(groups, head="Ethnic group", order=caseload.GROUPS),
            title=f"Pupils of state-funded schools by broad ethnic group, {pupils['period'].iloc[0]}",
            inputs=pupils,
            method="Numerators of the published groups added up, divided by all pupils.",
        )


def publish_plan_ages(supplement: Supplement, stem: str) -> None:
    """Publish who holds plans by age: ``<stem>.table`` and, for each stage, a share beside England's."""
    name = "EHC plans by age"
    with supplement.covering(name, f"{stem}.table"):
        spread = _counts(supplement, "ehc_plans_count", "age")
        table = caseload.composition(spread, "age", caseload.plan_age, head="Age", order=_AGES)
        supplement.table(
            f"{stem}.table",
            table,
            notes=reason_notes(table),
            title=f"EHC plans by age, {_period(spread)}",
            inputs=list(spread.values()),
            method="Counts by single year of age added up to bands; shares of all plans.",
        )
    for key, band in _STAGES.items():
        with supplement.covering(f"EHC plans, aged {band.lower()}", f"{stem}.{key}.*"):
            own, other = _ends(_counts(supplement, "ehc_plans_count", "age"), "age", band)
            shares.publish_share(
                supplement, f"{stem}.{key}", own, other, name=f"EHC plans, aged {band.lower()}"
            )


def publish_plan_sex(supplement: Supplement, stem: str) -> None:
    """Publish the share of plans that boys and young men hold, beside England's."""
    with supplement.covering("EHC plans by sex", f"{stem}.*"):
        counts = _counts(supplement, "ehc_plans_count", "sex")
        own, *_, other = (
            shares.band_share(rows[rows["sex"] != "unknown"], "sex", str, "male") for rows in counts.values()
        )
        shares.publish_share(supplement, stem, own, other, name="EHC plans, boys and young men")


def publish_plan_ethnicity(supplement: Supplement, stem: str) -> None:
    """Publish who holds plans by broad ethnic group, beside all pupils: ``<stem>.table`` and shares."""
    name, own_name = "EHC plans by ethnic group", supplement.area.name
    with supplement.covering(name, f"{stem}.table"):
        held = _counts(supplement, "ehc_plans_count", "ethnicity", region=False)
        census = supplement.own(_pupils(supplement))
        table = caseload.composition(
            held, "ethnicity", caseload.ethnic_group, head="Ethnic group", order=caseload.GROUPS
        )
        column = f"Pupils, {supplement.area}, {census['period'].iloc[0]}"
        school = shares.shares_table(
            {column: shares.share_of_parts(census, "ethnicity", caseload.ethnic_group)},
            head="Ethnic group",
            order=caseload.GROUPS,
        )
        supplement.table(
            f"{stem}.table",
            table.merge(school, on="Ethnic group", validate="1:1"),
            title=f"EHC plans by broad ethnic group, {_period(held)}, beside pupils of state-funded schools",
            inputs=[*held.values(), census],
            method="Published groups added up to broad ones.",
            notes=[
                "Plans are those of residents aged 0 to 25, pupils those of state schools; years differ.",
                *reason_notes(table),
            ],
        )
    for key, group in _COMPARED.items():
        with supplement.covering(f"{group} children and young people with an EHC plan", f"{stem}.{key}.*"):
            held = _counts(supplement, "ehc_plans_count", "ethnicity", region=False)
            census = supplement.own(_pupils(supplement))
            _refuse_withheld(held[own_name], "ethnicity", caseload.ethnic_group, group)
            shares.publish_share(
                supplement,
                f"{stem}.{key}",
                shares.band_share(held[own_name], "ethnicity", caseload.ethnic_group, group),
                shares.band_share(census, "ethnicity", caseload.ethnic_group, group),
                name=f"{group} children and young people, share of EHC plans",
                other_key="pupils",
                other_name=f"{group} pupils, share of pupils of state-funded schools",
            )


def publish_request_ages(supplement: Supplement, stem: str) -> None:
    """Publish who is put forward for an assessment by age: ``<stem>.age_table`` and ``<stem>.under_5``."""
    name = "Requests for an EHC needs assessment by age"
    with supplement.covering(name, f"{stem}.age_table"):
        asked = _requests(supplement)
        table = caseload.composition(asked, "age", caseload.plan_age, head="Age at request", order=_AGES)
        supplement.table(
            f"{stem}.age_table",
            table,
            notes=reason_notes(table),
            title=f"{name}, {_period(asked)}",
            inputs=list(asked.values()),
            method="Counts by single year of age added up to bands; shares of all requests with a known age.",
        )
    with supplement.covering("Requests for children under 5", f"{stem}.under_5.*"):
        own, other = _ends(_requests(supplement), "age", "Under 5")
        shares.publish_share(supplement, f"{stem}.under_5", own, other, name="Requests for children under 5")


def _requests(supplement: Supplement) -> dict[str, pd.DataFrame]:
    """Requests by age where it is known; an area whose few others could be told from the total is left out.

    Raises:
        NoDataError: The area of the report is such a one.
    """
    asked = _counts(supplement, "ehc_requests_count", "age")
    told = {name: rows for name, rows in asked.items() if not _has_few_unknown(rows)}
    if supplement.area.name not in told:
        raise NoDataError("few requests are without an age", reason=WITHHELD_HERE)
    return {name: rows[rows["age"] != "unknown"] for name, rows in told.items()}


def _has_few_unknown(rows: pd.DataFrame) -> bool:
    unknown = sealed_counts.current().counts(rows)[rows["age"] == "unknown"]
    return not is_national(rows) and is_small(unknown.sum())


def _counts(
    supplement: Supplement, indicator: str, dimension: str, *, region: bool = True
) -> dict[str, pd.DataFrame]:
    """Counts by a dimension in the area's newest period: the area first, England last."""
    rows = supplement.observations(indicator, area="headline", period="latest", **{dimension: "*"})
    found = {str(name): part for name, part in rows.groupby("area_name", sort=False)}
    return found if region else {name: found[name] for name in (next(iter(found)), list(found)[-1])}


def _pupils(supplement: Supplement) -> pd.DataFrame:
    return supplement.observations("pupil_ethnicity_pct", area="headline", period="latest", ethnicity="*")


def _ends(frames: Mapping[str, pd.DataFrame], dimension: str, band: str) -> tuple[shares.Part, shares.Part]:
    """The share of an age band in the first and in the last of several areas."""
    first, *_, last = frames.values()
    _refuse_withheld(first, dimension, caseload.plan_age, band)
    return (
        shares.band_share(first, dimension, caseload.plan_age, band),
        shares.band_share(last, dimension, caseload.plan_age, band),
    )


def _refuse_withheld(frame: pd.DataFrame, dimension: str, band_of: Callable[[str], str], band: str) -> None:
    """Refuse the share of a band that the table beside it withholds."""
    if band in withheld_bands(frame, dimension, band_of):
        raise NoDataError(f"the band {band} is withheld", reason=WITHHELD_HERE)


def _period(frames: Mapping[str, pd.DataFrame]) -> str:
    return str(next(iter(frames.values()))["period"].iloc[0])
