"""What the documents name, arranged by level, need and age for the services chapter.

Every function takes the frame of :func:`named`: one row a service, with its observation. Cells are text.
Where nothing is named a cell says so, because a service the documents leave out may exist.
"""

from __future__ import annotations

import pandas as pd

from send_jsna.errors import DataError
from send_jsna.evidence.tables import in_order
from send_jsna.figures.charts.base import lower_first
from send_jsna.sources.service_schema import Directory, Need, ages_in_words
from send_jsna.wording import joined

#: Cell of a table where the documents name no service.
NONE_NAMED = "none named"

_NO_AGE = "No age stated"


def named(directory: Directory, observations: pd.DataFrame) -> pd.DataFrame:
    """The services of a directory beside their observations.

    Args:
        directory: The directory of the area.
        observations: All rows of indicator ``service_named`` for the area.

    Returns:
        One row a service in the order of the directory, with columns ``code``, ``name``, ``level``,
        ``needs`` (a tuple of codes), ``minimum``, ``maximum`` (None where not stated), ``ages``, ``provider``
        (None where not named), ``named_in`` and ``observation_id``.

    Raises:
        DataError: The directory and the edition do not name the same services.
    """
    documents = {document.source_id: document.name for document in directory.vocabulary.documents}
    frame = pd.DataFrame(
        {
            "code": service.code,
            "name": service.name,
            "level": service.terms("level")[0].term,
            "needs": tuple(term.term for term in service.terms("need")),
            "minimum": service.minimum_age,
            "maximum": service.maximum_age,
            "ages": ages_in_words(service),
            "provider": service.provider,
            "named_in": "; ".join(f"{documents[t.term]}: {t.name}" for t in service.terms("source")),
        }
        for service in directory.services
    ).astype({"minimum": "object", "maximum": "object", "provider": "object"})
    ids = observations.set_index("service")["observation_id"]
    differing = sorted(set(frame["code"]) ^ set(ids.index))
    if differing:
        raise DataError(
            f"the service directory and the edition's data set services differ in {differing[0]}",
            expected="the same services in both",
            remedy="rebuild the data set from the directory",
        )
    frame["observation_id"] = frame["code"].map(ids)
    return frame.where(frame.notna(), None)


def listing(directory: Directory, frame: pd.DataFrame) -> pd.DataFrame:
    """Every service: level, need, ages, provider, and where it is named; universal ones first."""
    levels = {level.code: level.name for level in directory.vocabulary.levels}
    needs = {need.code: need.name for need in directory.vocabulary.needs}
    ordered = in_order(frame, "level", list(levels))
    return pd.DataFrame(
        {
            "Service": ordered["name"],
            "Level": ordered["level"].map(levels),
            "Need": [joined([needs[code] for code in codes]) for codes in ordered["needs"]],
            "Ages": ordered["ages"].replace("", "not stated"),
            "Provider": ordered["provider"].fillna("not named"),
            "Named in": ordered["named_in"],
        }
    )


def by_level(directory: Directory, frame: pd.DataFrame) -> pd.DataFrame:
    """The levels, what each means here, and how many services are named at it."""
    counts = _counts(directory, frame)
    return pd.DataFrame(
        {
            "Level": level.name,
            "What it means here": level.definition,
            "Services named": counts[level.name],
        }
        for level in directory.vocabulary.levels
    )


def matrix(directory: Directory, frame: pd.DataFrame) -> pd.DataFrame:
    """How many services are named for each need at each level."""
    return pd.DataFrame(
        {"Need": need.name} | _counts(directory, _for(frame, need.code))
        for need in directory.vocabulary.needs
    )


def ages(directory: Directory, frame: pd.DataFrame) -> pd.DataFrame:
    """How many services whose ages are stated cover an age group, by level, and how many state none.

    A service counts in every group that it covers in part.
    """
    stated = frame[frame["minimum"].notna() | frame["maximum"].notna()]
    youngest = stated["minimum"].astype("float").fillna(0)
    oldest = stated["maximum"].astype("float").fillna(float("inf"))
    groups = {
        group.name: stated[(youngest <= group.maximum) & (oldest >= group.minimum)]
        for group in directory.vocabulary.age_groups
    } | {_NO_AGE: frame.drop(stated.index)}
    return pd.DataFrame({"Age group": name} | _counts(directory, part) for name, part in groups.items())


def gaps(directory: Directory, frame: pd.DataFrame) -> pd.DataFrame:
    """For each need, the levels at which the documents name no service of its own."""
    rows = []
    for need in _particular(directory):
        absent = [name.lower() for name in _absent_levels(directory, _for(frame, need.code))]
        if absent:
            levels = " or ".join(filter(None, [", ".join(absent[:-1]), absent[-1]]))
            rows.append({"Need": need.name, "The documents name no": f"{levels} service"})
    return pd.DataFrame(
        rows or [{"Need": "Every need listed", "The documents name no": "level without a service"}]
    )


def overlaps(directory: Directory, frame: pd.DataFrame) -> pd.DataFrame:
    """Where several services are named for one need at one level: pathways that have to fit together."""
    rows = []
    for need in _particular(directory):
        for level in directory.vocabulary.levels:
            found = _for(frame, need.code)
            names = found.loc[found["level"] == level.code, "name"]
            if len(names) > 1:
                rows.append({"Need": need.name, "Level": level.name, "Services named": "; ".join(names)})
    return pd.DataFrame(rows or [{"Need": "No need", "Level": "No level", "Services named": NONE_NAMED}])


def needs_without_service(directory: Directory, frame: pd.DataFrame) -> str:
    """The needs for which no service at all is named, parted by semicolons; ``none`` for none."""
    absent = [need.name for need in _particular(directory) if _for(frame, need.code).empty]
    return "; ".join(map(lower_first, absent)) or "none"


def levels_without_particular_need(directory: Directory, frame: pd.DataFrame) -> str:
    """The levels at which no service is named for any one need in particular; ``none`` for none."""
    codes = {need.code for need in _particular(directory)}
    particular = frame[[bool(codes.intersection(needs)) for needs in frame["needs"]]]
    return joined([name.lower() for name in _absent_levels(directory, particular)])


def _particular(directory: Directory) -> list[Need]:
    return [need for need in directory.vocabulary.needs if need.particular]


def _for(frame: pd.DataFrame, need: str) -> pd.DataFrame:
    return frame[[need in codes for codes in frame["needs"]]]


def _counts(directory: Directory, frame: pd.DataFrame) -> dict[str, str]:
    """How many of the services are named at each level, by the level's name."""
    numbers = {level.name: int((frame["level"] == level.code).sum()) for level in directory.vocabulary.levels}
    return {name: str(number) if number else NONE_NAMED for name, number in numbers.items()}


def _absent_levels(directory: Directory, frame: pd.DataFrame) -> list[str]:
    """The names of the levels none of the services is at."""
    present = set(frame["level"])
    return [level.name for level in directory.vocabulary.levels if level.code not in present]
