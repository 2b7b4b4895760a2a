"""Observations of the maintainers' copies of publishers' files, and the interactive tool beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import publisher_documents as docs

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import registry


@cache
def observations(source_id: str, path: Path) -> pd.DataFrame:
    """What is read of a source's real file, of all areas."""
    catalogue = load_catalogue(docs.ROOT / "data" / "catalogue")
    source = catalogue.sources[source_id]
    files = SourceFiles(source_id, {"main": path}, source.columns, {"main": path.name}, source.table)
    return registry.tidy(source, files, docs.context(), catalogue)


@cache
def _tool(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path, columns=["Short Desc", "Years", "Values", "LA Number"])
    numbers = {area.dfe_number: area.code for area in docs.context().areas.listed if area.dfe_number}
    area = frame["LA Number"].map(lambda number: "" if pd.isna(number) else f"{number:.0f}").map(numbers)
    years = frame["Years"].str.extract(r"^(?P<first>\d{4})(?:/(?P<last>\d\d))?$")
    last = years["first"].str[:2] + years["last"].fillna(years["first"].str[2:])
    return frame.assign(area_code=area, end=last, tool=pd.to_numeric(frame["Values"], errors="coerce"))


def beside_tool(shared: Path, measure: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Values of local authorities with those of a measure of the interactive tool, by the year they end in.

    Returns:
        The rows that both have, with the tool's value under ``tool``.
    """
    tool = _tool(shared / "publisher" / "lait" / "bds_long_0.parquet")
    theirs = tool[(tool["Short Desc"] == measure) & tool["tool"].notna() & tool["area_code"].notna()]
    ours = frame[frame["value"].notna()].assign(end=frame["period_end"].str[:4])
    return ours.merge(theirs[["area_code", "end", "tool"]], on=["area_code", "end"], validate="m:1")
