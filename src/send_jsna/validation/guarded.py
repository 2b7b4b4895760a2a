"""Whether each declared data set has a suite, and each suite a data set and its indicators."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from send_jsna.catalogue.schema import OTHER_AUTHORITIES, Catalogue
from send_jsna.errors import CatalogueError
from send_jsna.validation.suite_file import COMMON
from send_jsna.validation.suites import suite_files

#: Arguments of expectations that name indicators.
_NAMING = ("indicator", "indicators", "total_indicator", "pairs", "exempt")


def suite_faults(catalogue: Catalogue, folder: Path, editions: Collection[str]) -> Iterator[CatalogueError]:
    """Data sets without a suite, and suites without a data set, or of another one's indicators.

    Args:
        catalogue: The catalogue.
        folder: The Great Expectations project.
        editions: Ids of the editions: a suite may be that of all data sets of one, or of one data set in it.
    """
    datasets = {indicator.dataset for indicator in catalogue.indicators.values()} | {OTHER_AUTHORITIES}
    suites = {path.stem: path for path in suite_files(folder)}
    for dataset in sorted(datasets - set(suites)):
        first = next(name for name, one in catalogue.indicators.items() if one.dataset == dataset)
        yield CatalogueError(
            f"no suite guards the data set {dataset} of indicator {first!r}",
            where=catalogue.where("indicators", first),
            expected=f"expectations/expectations/{dataset}.json",
            remedy="write it (docs/validation.md says how), or correct the name of the data set",
        )
    for name, path in suites.items():
        dataset = _guarded(name, datasets, editions)
        if not dataset:
            yield CatalogueError(
                f"the suite {name} guards nothing: no data set or edition has this name",
                where=path,
                expected="a data set of data/catalogue/indicators.yaml, an edition, or <edition>_<data set>",
                remedy="rename the file, or remove it",
            )
        else:
            yield from _strangers(path, dataset, catalogue)
    yield from _strangers(folder / "expectations" / f"{COMMON}.json", "", catalogue)


def _guarded(name: str, datasets: Collection[str], editions: Collection[str]) -> str:
    """What a suite guards: a data set, an edition, or nothing."""
    if name in datasets or name in editions:
        return name
    edition, _, dataset = name.partition("_")
    return dataset if edition in editions and dataset in datasets else ""


def _strangers(path: Path, dataset: str, catalogue: Catalogue) -> Iterator[CatalogueError]:
    """Indicators that a suite names and that do not exist, or are in another data set."""
    try:
        text = path.read_text(encoding="utf-8")
        entries = json.loads(text)["expectations"]
        named = [(entry["meta"]["name"], name) for entry in entries for name in _named(entry)]
    except (OSError, ValueError, KeyError, TypeError):
        return  # read_suite says what is wrong with such a file
    own = {name for name, one in catalogue.indicators.items() if one.dataset == dataset}
    for expectation, name in dict.fromkeys(named):
        if name not in catalogue.indicators:
            fault = "which is not declared"
        elif own and name not in own:
            fault = f"which is in the data set {catalogue.indicators[name].dataset}"
        else:
            continue
        line = text[: max(text.find(f'"{name}"'), 0)].count("\n") + 1
        yield CatalogueError(
            f"suite {path.stem}, expectation {expectation}: names the indicator {name!r}, {fault}",
            where=f"{path}, line {line}",
            expected=f"an indicator of {dataset}" if own else "an indicator of indicators.yaml",
            remedy="correct the name, or take it out",
        )


def _named(entry: dict[str, Any]) -> Iterator[str]:
    """The indicators an expectation names."""
    for key, value in entry["kwargs"].items():
        if key in _NAMING:
            yield from _texts(value)
    yield from _compared(entry["kwargs"].get("row_condition"))
    for known in entry["meta"].get("known", []):
        yield from _texts(known["where"].get("indicator", []))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (name for name in value if isinstance(name, str))
    elif isinstance(value, dict) and "$PARAMETER" not in value:
        yield from value
        yield from (other for other in value.values() if isinstance(other, str) and " " not in other)


def _compared(condition: Any) -> Iterator[str]:
    """The indicators that a condition on rows compares with."""
    if not isinstance(condition, dict):
        return
    if (condition.get("column") or {}).get("name") == "indicator":
        yield from _texts(condition.get("parameter"))
    for part in condition.get("conditions", []):
        yield from _compared(part)
