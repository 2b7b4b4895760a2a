"""What a supplement knows of the run it is executed in: its context and its observations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from send_jsna.catalogue.areas import Comparators
from send_jsna.catalogue.schema import BreakdownTitle, BreakInSeries, DeclaredSupplement, Indicator
from send_jsna.catalogue.statistic_rules import StatisticRules
from send_jsna.errors import NotebookError

if TYPE_CHECKING:
    import pandas as pd

#: Files of a run folder.
OBSERVATIONS = "observations.parquet"
CONTEXT = "context.json"
DISCLOSURE = "disclosure.json"


class SeriesContext(BaseModel):
    """What the catalogue says of an indicator that titles, charts and trends need.

    Attributes:
        dataset: The data set it is declared for.
        title: What is measured, as a title says it.
        breakdowns: What its breakdowns are called.
        breaks: Breaks in the series, in order of time.
        polarity: Whether a high value is good.
        usage_warnings: What to heed when using it, by code.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str = ""
    title: str = ""
    breakdowns: list[BreakdownTitle] = []
    breaks: list[BreakInSeries] = []
    polarity: Literal["high_good", "low_good", "neutral"] = "neutral"
    usage_warnings: list[str] = []

    @classmethod
    def of(cls, indicator: Indicator) -> SeriesContext:
        """That of an indicator of the catalogue."""
        return cls(
            dataset=indicator.dataset,
            title=indicator.title or indicator.name,
            breakdowns=indicator.breakdowns,
            breaks=indicator.breaks,
            polarity=indicator.polarity,
            usage_warnings=list(indicator.usage_warnings),
        )

    def title_of(self, selection: Mapping[str, Any]) -> str:
        """What a breakdown is called in a title, the whole where it is empty; empty where it has no name."""
        if not selection:
            return self.title
        return next((part.title for part in self.breakdowns if part.by == selection), "")

    def breaks_of(self, selection: Mapping[str, Any]) -> list[BreakInSeries]:
        """The breaks of a breakdown: those of the whole indicator, and its own."""
        return [mark for mark in self.breaks if mark.by.items() <= selection.items()]


class SupplementContext(BaseModel):
    """What is declared of a supplement: all that its notebook may read.

    Attributes:
        datasets: Data sets.
        reads: Files and folders of ``data/``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    datasets: list[str] = []
    reads: list[str] = []

    @classmethod
    def of(cls, declared: DeclaredSupplement) -> SupplementContext:
        """That of a supplement of the catalogue."""
        return cls(datasets=declared.datasets, reads=declared.reads)


class RunContext(BaseModel):
    """What a supplement needs to know of the run it is executed in; ``context.json`` of the run folder."""

    model_config = ConfigDict(extra="forbid")

    area: dict[str, Any]
    comparators: dict[str, Any]
    edition: str
    failed_datasets: dict[str, str] = {}
    warnings: dict[str, list[str]] = {}
    indicator_warnings: dict[str, list[str]] = {}
    observation_warnings: dict[str, list[str]] = {}
    indicator_names: dict[str, str] = {}
    series: dict[str, SeriesContext] = {}
    statistics: StatisticRules | None = None
    supplements: dict[str, SupplementContext] = {}
    citations: dict[str, str] = {}
    project_root: str
    disclosure: str = "council"
    smallest_count: int | None = None
    protected: list[str] | None = None

    def protects(self, datasets: Collection[str]) -> bool:
        """Whether the disclosure profile applies to one of some data sets."""
        return self.protected is None or not set(self.protected).isdisjoint(datasets)


def read_context(folder: Path) -> RunContext:
    """The context of a run."""
    return RunContext.model_validate_json((folder / CONTEXT).read_text(encoding="utf-8"))


def checked_context(
    name: str, run_folder: str, *, area: str, edition: str, comparators: Sequence[str]
) -> RunContext:
    """The context of a run, checked against the parameters of a notebook that opens it.

    Args:
        name: The notebook's file name without ending.
        run_folder: Absolute path of the run folder.
        area: ONS code.
        edition: Edition id.
        comparators: ONS codes of region, country and neighbours.

    Raises:
        NotebookError: There is no run in that folder, or the parameters are not the run's.
    """
    if not run_folder or not (Path(run_folder) / CONTEXT).is_file():
        raise NotebookError(
            f"no run in {run_folder!r}",
            where=f"{name}.ipynb, parameters cell",
            remedy="execute the notebook with jsna refresh, or set run_folder to a run folder",
        )
    context = read_context(Path(run_folder))
    found = {"area": area, "edition": edition, "comparators": list(comparators)}
    run = {
        "area": context.area["code"],
        "edition": context.edition,
        "comparators": Comparators.from_dict(context.comparators).codes,
    }
    for key, value in run.items():
        if found[key] != value:
            raise NotebookError(
                f"parameter {key} is {found[key]!r}",
                where=f"{name}.ipynb, parameters cell",
                expected=f"the run's {value!r}",
            )
    return context


def withheld_ids(folder: Path) -> set[str]:
    """Ids of the observations a run withholds."""
    rows = read_observations(folder)
    return {str(key) for key in rows.loc[rows["withheld"] != "", "observation_id"]}


def read_observations(folder: Path, datasets: Sequence[str] | None = None) -> pd.DataFrame:
    """The tidy table of a run.

    Args:
        folder: The run folder.
        datasets: Only the rows of these data sets are read; None reads all.
    """
    import pandas as pd

    # An empty list has no type for Arrow; no data set is named by the empty text.
    wanted = None if datasets is None else [("dataset", "in", list(datasets) or [""])]
    return pd.read_parquet(folder / OBSERVATIONS, filters=wanted)
