"""What a supplement knows of the run it is executed in: its context and its observations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pandas as pd

#: Files of a run folder.
OBSERVATIONS = "observations.parquet"
CONTEXT = "context.json"
DISCLOSURE = "disclosure.json"


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
    citations: dict[str, str] = {}
    project_root: str
    disclosure: str = "council"
    smallest_count: int | None = None


def read_context(folder: Path) -> RunContext:
    """The context of a run."""
    return RunContext.model_validate_json((folder / CONTEXT).read_text(encoding="utf-8"))


def withheld_ids(folder: Path) -> set[str]:
    """Ids of the observations a run withholds."""
    rows = read_observations(folder)
    return {str(key) for key in rows.loc[rows["withheld"] != "", "observation_id"]}


def read_observations(folder: Path) -> pd.DataFrame:
    """The tidy table of a run."""
    import pandas as pd

    return pd.read_parquet(folder / OBSERVATIONS)
