"""What every edition is made through: sources' observations put together, checked, and completed.

The readers of ``sources`` say what is in each file; here their observations are checked against the
catalogue, and given the units and roundings that are known only once all sources are together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from send_jsna.catalogue import neighbourhoods
from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.dataset_file import write_dataset
from send_jsna.catalogue.observations import KEY
from send_jsna.catalogue.schema import Catalogue, Source
from send_jsna.editions import authorities
from send_jsna.editions.corrections import Record, kept_shares
from send_jsna.editions.quotients import contradicting
from send_jsna.errors import DataError
from send_jsna.ingest.cell_text import Names
from send_jsna.ingest.quoting import area_of
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.ingest.tidy_rows import as_frame
from send_jsna.sources import registry
from send_jsna.sources.context import Context


@dataclass(frozen=True)
class LeftOut:
    """Something of a source that was read and is not used.

    Attributes:
        source_id: The source.
        sentence: What and why.
    """

    source_id: str
    sentence: str


def make_context(subject: str, neighbours: str, data: Path) -> Context:
    """The context for an edition about one area: the area, its comparators and its NHS bodies."""
    areas = Areas(data / "areas")
    area = areas.get(subject)
    bodies = [body.code for role in ("icb", "sub_icb", "trust") for body in areas.bodies(area, role)]
    codes = (area.code, *areas.comparators(area, neighbours).codes, *bodies)
    return Context(areas, area.code, codes, Names.read(data / "catalogue" / "publisher_names.csv"))


def tidied(source: Source, files: SourceFiles, context: Context, catalogue: Catalogue) -> pd.DataFrame:
    """Observations of one source, no two of them with one key.

    Raises:
        DataError: A file is malformed, or has a value twice: England printed with and without its parent,
            or breakdowns that overlap.
    """
    frame = registry.tidy(source, files, context, catalogue)
    _check_keys(frame)
    return frame


def finish(
    frame: pd.DataFrame, catalogue: Catalogue, records: list[Record]
) -> tuple[pd.DataFrame, list[LeftOut]]:
    """Check the observations of all sources together, and give them what is known only of all together.

    Args:
        frame: The observations.
        catalogue: The catalogue.
        records: Correction records: they may say that a percentage is right which its counts contradict.

    Returns:
        The observations with units and roundings, and which lost their counts.

    Raises:
        DataError: Two rows have one key, or an indicator is not declared.
    """
    _check_keys(frame)
    _check_indicators(frame, catalogue)
    frame = _with_rounding(frame)
    frame["unit"] = frame["indicator"].map({key: item.unit for key, item in catalogue.indicators.items()})
    return _without_counts(frame, catalogue, records)


def data_files(frame: pd.DataFrame, catalogue: Catalogue) -> dict[str, bytes]:
    """The data sets' files: name to content."""
    datasets = frame["indicator"].map({key: item.dataset for key, item in catalogue.indicators.items()})
    return {f"{name}.csv": write_dataset(rows) for name, rows in frame.groupby(datasets)}


def authorities_file(frame: pd.DataFrame) -> dict[str, bytes]:
    """The file of the data set with every other authority, whatever data sets its indicators are of."""
    return {f"{authorities.DATASET}.csv": write_dataset(frame)} if len(frame) else {}


def neighbourhoods_file(found: Iterable[tuple[Source, SourceFiles]], context: Context) -> dict[str, bytes]:
    """The file of the neighbourhoods of the area an edition is about; none where no source has any.

    Args:
        found: The sources with their files.
        context: Which area the edition is about.

    Raises:
        DataError: A file is malformed, or a neighbourhood has no ward or no outline.
    """
    places = [place for source, files in found for place in registry.outlines(source, files, context)]
    return {neighbourhoods.FILE: neighbourhoods.render(places)} if places else {}


def collecting(
    tidy_for: Callable[[Source], Callable[[SourceFiles], pd.DataFrame]],
    context: Context,
    places: dict[str, bytes],
) -> Callable[[Source], Callable[[SourceFiles], pd.DataFrame]]:
    """As ``tidy_for``; the file of the area's neighbourhoods is put into ``places`` once it is read."""

    def tidied(source: Source, files: SourceFiles) -> pd.DataFrame:
        frame = tidy_for(source)(files)
        places.update(neighbourhoods_file([(source, files)], context))
        return frame

    return lambda source: lambda files: tidied(source, files)


def together(found: Iterable[tuple[Source, pd.DataFrame]]) -> pd.DataFrame:
    """The observations of all sources; where two have a value, that of the one which supersedes the other."""
    pairs = list(found)
    frames = {source.id: frame for source, frame in pairs}
    for source, _ in pairs:
        mine = frames[source.id]
        if not len(mine):
            continue
        for other in source.supersedes:
            if other in frames:
                frames[other] = without_keys_of(frames[other], mine)
    filled = [frame for frame in frames.values() if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else as_frame([])


def without_keys_of(frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The rows of a frame whose key no row of another has."""
    keys = pd.MultiIndex.from_frame(other[list(KEY)])
    return frame[~pd.MultiIndex.from_frame(frame[list(KEY)]).isin(keys)]


def _check_keys(frame: pd.DataFrame) -> None:
    twice = frame[frame.duplicated(list(KEY), keep=False)]
    if len(twice):
        first = twice.iloc[0]
        key = f"{first['indicator']}, {area_of(first['area_code'])}, {first['period']}"
        raise DataError(
            f"{len(twice)} rows share keys: {key}",
            where=str(first["source_id"]),
            expected="one row for each indicator, area, period and breakdown",
            remedy="give different statistics different indicators in publisher_names.csv",
        )


def _check_indicators(frame: pd.DataFrame, catalogue: Catalogue) -> None:
    unknown = sorted(set(frame["indicator"]) - set(catalogue.indicators))
    if unknown:
        raise DataError(
            f"indicators {', '.join(unknown)} are not in the catalogue",
            where="publisher_names.csv",
            remedy="declare them in indicators.yaml",
        )


def _with_rounding(frame: pd.DataFrame) -> pd.DataFrame:
    """Take the decimals of a release from all its values of one printed series and period.

    Spreadsheets drop the zero of ``65.0``, so that one value alone says too little of how it was rounded.
    """
    groups = frame.groupby(["indicator", "source_id", "source_label", "period"])["decimals"]
    return frame.assign(decimals=groups.transform("max").where(frame["value"].notna()))


def _counts_left_out(frame: pd.DataFrame, catalogue: Catalogue, records: list[Record]) -> pd.Series[str]:
    """Why a row's counts are left out, empty where they are not.

    A percentage that contradicts its counts keeps both, unless the catalogue says that the counts do not
    cover all it is of, or a correction record that the percentage is right: validation must see the rest.
    """
    one, other = frame["numerator"].notna(), frame["denominator"].notna()
    differs = contradicting(frame)
    cover = {key: item.counts_cover for key, item in catalogue.indicators.items()}
    covered = differs & ~contradicting(frame, cover)
    declared = kept_shares(frame, records).where(differs, "")
    why = pd.Series("", index=frame.index)
    why = why.mask(one != other, "only one of the two is printed")
    why = why.mask(one & other & (frame["denominator"] == 0) & ~differs, "they are of nobody")
    why = why.mask(covered, "some of what the percentage is of is printed nowhere")
    return why.mask(declared != "", declared)


def _without_counts(
    frame: pd.DataFrame, catalogue: Catalogue, records: list[Record]
) -> tuple[pd.DataFrame, list[LeftOut]]:
    """Leave out the counts that do not go with their percentage, and say of which source and why."""
    why = _counts_left_out(frame, catalogue, records)
    gone = frame.assign(why=why)[why != ""]
    notes = [
        LeftOut(
            str(source),
            f"{catalogue.indicators[str(name)].name}: the counts beside {len(rows):,} of its values were"
            f" left out ({str(reason).rstrip('.')}).",
        )
        for (source, name, reason), rows in gone.groupby(["source_id", "indicator", "why"])
    ]
    for column in ("numerator", "denominator"):
        frame[column] = frame[column].mask(why != "")
    return frame, notes


def folder_notes(absent: Sequence[str], unread: Sequence[str]) -> list[str]:
    """What the maintainer should know of a folder of publishers' files, one sentence each.

    Args:
        absent: Sources that it has no files of.
        unread: Files of it that are no source's: a name may be misspelt, there or in the catalogue.
    """
    notes = []
    if absent:
        notes.append(f"the folder has no files of {', '.join(absent)}")
    if unread:
        more = f" and {len(unread) - 5} more" if len(unread) > 5 else ""
        notes.append(
            f"not read of the folder: {', '.join(unread[:5])}{more}; no source of data/catalogue/sources.yaml"
            " has such a name under `file` or `mirror`"
        )
    return notes
