"""What one notebook sees of its run: what its supplement declares, and nothing else.

So a notebook depends on what is declared for it alone, and something else that changes does not execute it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from send_jsna.figures.run_context import RunContext

if TYPE_CHECKING:
    import pandas as pd

_Value = TypeVar("_Value")


def view_of(name: str, context: RunContext, observations: pd.DataFrame) -> tuple[RunContext, pd.DataFrame]:
    """The part of a run that a supplement declares.

    Args:
        name: The supplement's id. One that is not declared sees the whole run.
        context: The run's context.
        observations: The run's observations.

    Returns:
        The context, with what it says of the supplement's data sets, their indicators, rows and sources only;
        and the rows of these data sets.
    """
    declared = context.supplements.get(name)
    if declared is None:
        return context, observations
    datasets = set(declared.datasets)
    rows = observations[observations["dataset"].isin(datasets)]
    used = {str(indicator) for indicator in rows["indicator"].unique()}
    indicators = used | {key for key, series in context.series.items() if series.dataset in datasets}
    protected = context.protects(set(rows["dataset"].unique()))
    view = context.model_copy(
        update={
            "supplements": {name: declared},
            "failed_datasets": _only(context.failed_datasets, datasets),
            "warnings": _only(context.warnings, datasets),
            "indicator_warnings": _only(context.indicator_warnings, indicators),
            "observation_warnings": _only(context.observation_warnings, set(rows["observation_id"])),
            "indicator_names": _only(context.indicator_names, indicators),
            "series": _only(context.series, indicators),
            "citations": _only(context.citations, set(rows["source_id"])),
            # What its publishers have released is shown as released.
            **({} if protected else {"disclosure": "none", "smallest_count": None}),
        }
    )
    return view, rows


def _only(found: Mapping[str, _Value], names: set[str]) -> dict[str, _Value]:
    return {key: value for key, value in found.items() if key in names}
