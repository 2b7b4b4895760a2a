"""What earlier runs of an area show of the council's extracts: what is out cannot be withheld any more.

Only the council publishes what is in its extracts, so that one run beside another is all there is to
compare. The same extract under another profile, or a later one that differs by a child, is attacked together
with what the runs before it show.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from send_jsna.disclosure import methods
from send_jsna.disclosure.cells import Cells, cells_of
from send_jsna.disclosure.declared import Tables
from send_jsna.disclosure.methods import Fact
from send_jsna.disclosure.rounding import COUNTS

log = logging.getLogger("send_jsna")


@dataclass(frozen=True)
class Seen:
    """A count as an earlier run shows it.

    Attributes:
        low: Lowest count that run shows in this way.
        high: Highest.
        where: The run.
    """

    low: float
    high: float
    where: str


def seen_in(run: Path, datasets: Collection[str], tables: Tables) -> dict[str, Seen]:
    """The counts that a finished run shows of some data sets, by cell.

    Args:
        run: The run's folder. One that cannot be read is warned of and gives nothing.
        datasets: The data sets.
        tables: How the counts hang together.
    """
    try:
        record = json.loads((run / "disclosure.json").read_text(encoding="utf-8"))
        profile = methods.profile(record["profile"], record["smallest"])
        frame = pd.read_parquet(
            run / "observations.parquet", filters=[("dataset", "in", sorted(datasets))]
        ).reset_index(drop=True)
    except (OSError, ValueError, KeyError) as error:
        log.warning("run %s cannot be read (%s): what it shows is not attacked", run.name, error)
        return {}
    cells = cells_of(frame, tables)
    shown = frame.loc[frame["withheld"] == "", ["observation_id", *COUNTS]]
    found: dict[str, Seen] = {}
    for key, *numbers in shown.itertuples(index=False, name=None):
        for column, label in cells.rows.get(key, {}).items():
            count = numbers[COUNTS.index(column)]
            # A number the profile does not round to is a sum of rounded parts, and says no more than they do.
            if count >= 0 and float(profile.rounded(np.floor(count))) == count:
                low, high = profile.interval(count)
                found[label] = Seen(float(low), float(high), f"run {run.name}")
    return found


def facts_of(earlier: Mapping[str, Seen], cells: Cells, shown: Collection[str]) -> list[Fact]:
    """What an earlier run shows of counts that are withheld now, as far as they are what they were then.

    Args:
        earlier: What it shows, by cell.
        cells: The cells of this run with their counts.
        shown: Cells of which no fact is given, since this run shows them.
    """
    return [
        Fact({label: 1.0}, seen.low, seen.high, seen.where)
        for label, seen in earlier.items()
        if label not in shown and seen.low <= cells.values.get(label, np.nan) <= seen.high
    ]
