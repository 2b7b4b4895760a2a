"""Who has plans, asks for them and goes to school: ages, sex and ethnic groups, added up to broad bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from send_jsna.catalogue.observations import WITHHELD_HERE
from send_jsna.disclosure import sealed_counts
from send_jsna.errors import NoDataError
from send_jsna.evidence import shares
from send_jsna.evidence.families import Family
from send_jsna.evidence.send import caseload
from send_jsna.evidence.small_numbers import is_national, is_small, withheld_bands
from send_jsna.evidence.tables import period_of, reason_notes

if TYPE_CHECKING:
    from send_jsna.figures.supplement import Supplement

_STAGES = {"under_5": "Under 5", "primary": "5 to 10", "secondary": "11 to 15", "young_adults": "20 to 25"}
_COMPARED = {"asian": "Asian", "black": "Black", "white_british": "White British"}


@dataclass(frozen=True)
class Grouping:
    """A breakdown and the broad bands it is added up to.

    Attributes:
        dimension: Such as ``age``.
        band_of: Band of a value of the dimension.
        head: Heading of a table's first column.
        order: Bands, in order.
    """

    dimension: str
    band_of: Callable[[str], str]
    head: str
    order: Sequence[str]

    def table(self, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Counts by area, the area of the report first, as ``caseload.composition``."""
        return caseload.composition(frames, self.dimension, self.band_of, head=self.head, order=self.order)

    def shares_table(self, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Percentages by heading, added up, as ``shares.shares_table``."""
        found = {
            name: shares.share_of_parts(rows, self.dimension, self.band_of) for name, rows in frames.items()
        }
        return shares.shares_table(found, head=self.head, order=self.order)

    def share(self, rows: pd.DataFrame, band: str, *, is_own: bool = False) -> shares.Part:
        """The share of one band.

        Raises:
            NoDataError: The area's own table beside it withholds the band.
        """
        if is_own and band in withheld_bands(rows, self.dimension, self.band_of):
            raise NoDataError(f"the band {band} is withheld", reason=WITHHELD_HERE)
        return shares.band_share(rows, self.dimension, self.band_of, band)


_AGE_NAMES = [name for name, _ in caseload.AGE_BANDS]
_AGES = Grouping("age", caseload.plan_age, "Age", _AGE_NAMES)
_AGES_AT_REQUEST = Grouping("age", caseload.plan_age, "Age at request", _AGE_NAMES)
_ETHNICITY = Grouping("ethnicity", caseload.ethnic_group, "Ethnic group", caseload.GROUPS)


def publish_pupil_groups(supplement: Supplement, figure_id: str) -> None:
    """Publish a table of the broad ethnic groups of pupils, for the area, its region and England."""
    with supplement.covering("Pupils of state-funded schools by ethnic group", figure_id):
        pupils = _pupils(supplement)
        supplement.table(
            figure_id,
            _ETHNICITY.shares_table(_by_area(pupils)),
            title=f"Pupils of state-funded schools by broad ethnic group, {period_of(pupils)}",
            inputs=pupils,
            method="Numerators of the published groups added up, divided by all pupils.",
        )


def publish_plan_ages(supplement: Supplement, stem: str) -> None:
    """Publish who has plans by age: ``<stem>.table`` and, for each stage, a share beside England's."""
    family = Family(supplement, stem)
    with family.covering("EHC plans by age", "table"):
        plans = _counts(supplement, "ehc_plans_count", "age")
        _publish_ages(family, "table", _AGES, plans, title="EHC plans by age", whole="all plans")
    for key, band in _STAGES.items():
        name = f"EHC plans, aged {band.lower()}"
        with family.covering(name, f"{key}.*"):
            plans = _counts(supplement, "ehc_plans_count", "age")
            _publish_band(Family(supplement, f"{stem}.{key}"), name, plans, band)


def publish_plan_sex(supplement: Supplement, stem: str) -> None:
    """Publish the share of plans that boys and young men have, beside England's."""
    family = Family(supplement, stem)
    with family.covering("EHC plans by sex", "*"):
        own, *_, other = (
            shares.band_share(rows[rows["sex"] != "unknown"], "sex", str, "male")
            for rows in _counts(supplement, "ehc_plans_count", "sex").values()
        )
        shares.publish_share(family, "EHC plans, boys and young men", own, other)


def publish_plan_ethnicity(supplement: Supplement, stem: str) -> None:
    """Publish who has plans by broad ethnic group, beside all pupils: ``<stem>.table`` and shares."""
    family = Family(supplement, stem)
    with family.covering("EHC plans by ethnic group", "table"):
        plans = _plans_by_ethnicity(supplement)
        census = supplement.own(_pupils(supplement))
        table = _ETHNICITY.table(plans)
        pupils = _ETHNICITY.shares_table({f"Pupils, {supplement.area}, {period_of(census)}": census})
        family.table(
            "table",
            table.merge(pupils, on=_ETHNICITY.head, validate="1:1"),
            title=f"EHC plans by broad ethnic group, {_period(plans)}, beside pupils of state-funded schools",
            inputs=[*plans.values(), census],
            method="Published groups added up to broad ones.",
            notes=[
                "Plans are those of residents aged 0 to 25, pupils those of state schools; years differ.",
                *reason_notes(table),
            ],
        )
    for key, group in _COMPARED.items():
        with family.covering(f"{group} children and young people with an EHC plan", f"{key}.*"):
            own = _plans_by_ethnicity(supplement)[supplement.area.name]
            census = supplement.own(_pupils(supplement))
            shares.publish_share(
                Family(supplement, f"{stem}.{key}"),
                f"{group} children and young people, share of EHC plans",
                _ETHNICITY.share(own, group, is_own=True),
                _ETHNICITY.share(census, group),
                other_key="pupils",
                other_name=f"{group} pupils, share of pupils of state-funded schools",
            )


def publish_request_ages(supplement: Supplement, stem: str) -> None:
    """Publish who is put forward for an assessment by age: ``<stem>.age_table`` and ``<stem>.under_5``."""
    name, family = "Requests for an EHC needs assessment by age", Family(supplement, stem)
    with family.covering(name, "age_table"):
        whole = "all requests with a known age"
        _publish_ages(family, "age_table", _AGES_AT_REQUEST, _requests(supplement), title=name, whole=whole)
    young = "Requests for children under 5"
    with family.covering(young, "under_5.*"):
        _publish_band(Family(supplement, f"{stem}.under_5"), young, _requests(supplement), "Under 5")


def _publish_ages(
    family: Family, part: str, ages: Grouping, frames: Mapping[str, pd.DataFrame], *, title: str, whole: str
) -> None:
    """A table of counts by age."""
    family.explained_table(
        part,
        ages.table(frames),
        title=f"{title}, {_period(frames)}",
        inputs=list(frames.values()),
        method=f"Counts by single year of age added up to bands; shares of {whole}.",
    )


def _publish_band(family: Family, name: str, frames: Mapping[str, pd.DataFrame], band: str) -> None:
    """The share of an age band in the area, beside England's."""
    own, *_, other = frames.values()
    shares.publish_share(family, name, _AGES.share(own, band, is_own=True), _AGES.share(other, band))


def _requests(supplement: Supplement) -> dict[str, pd.DataFrame]:
    """Requests by age where it is known; an area whose few others the total would give away is left out.

    Raises:
        NoDataError: The area of the report is such a one.
    """
    requests = _counts(supplement, "ehc_requests_count", "age")
    kept = {name: rows for name, rows in requests.items() if not _has_few_unknown(rows)}
    if supplement.area.name not in kept:
        raise NoDataError("few requests are without an age", reason=WITHHELD_HERE)
    return {name: rows[rows["age"] != "unknown"] for name, rows in kept.items()}


def _has_few_unknown(rows: pd.DataFrame) -> bool:
    unknown = sealed_counts.current().counts(rows)[rows["age"] == "unknown"]
    return not is_national(rows) and is_small(unknown.sum())


def _plans_by_ethnicity(supplement: Supplement) -> dict[str, pd.DataFrame]:
    """Plans of the area and of England."""
    own, *_, country = _counts(supplement, "ehc_plans_count", "ethnicity").items()
    return dict((own, country))


def _counts(supplement: Supplement, indicator: str, dimension: str) -> dict[str, pd.DataFrame]:
    """Counts by a dimension in the area's newest period: the area first, England last."""
    return _by_area(supplement.observations(indicator, area="headline", period="latest", **{dimension: "*"}))


def _pupils(supplement: Supplement) -> pd.DataFrame:
    return supplement.observations("pupil_ethnicity_pct", area="headline", period="latest", ethnicity="*")


def _by_area(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(name): part for name, part in rows.groupby("area_name", sort=False)}


def _period(frames: Mapping[str, pd.DataFrame]) -> str:
    return period_of(next(iter(frames.values())))
