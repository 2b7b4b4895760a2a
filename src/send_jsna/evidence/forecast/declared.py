"""The calibration of the forecasts against the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError
from send_jsna.statistics.pooled_learner import NAME, Learner

_LEARN = "correct FAMILIES in benchmarks/forecast.py, and run it with --write"


def calibration_faults(data_folder: Path, catalogue: Catalogue) -> Iterator[CatalogueError]:
    """Families of forecasts that are no indicator's, and trees that cannot be read; none without the file.

    Args:
        data_folder: The project's ``data`` folder.
        catalogue: The catalogue.

    Raises:
        CatalogueError: The file cannot be read.
    """
    path = data_folder / "forecast" / "calibration.yaml"
    if not path.is_file():
        return
    file = Declared(path)
    families = file.data.get("families") if isinstance(file.data, dict) else None
    if not isinstance(families, dict):
        yield file.fault("it has no families", remedy=_LEARN)
        return
    for name in families:
        if name not in catalogue.indicators:
            yield file.fault(
                f"the family {name!r} is no indicator",
                *("families", name),
                expected="an id of data/catalogue/indicators.yaml",
                remedy=_LEARN,
            )
    if any(isinstance(record, dict) and NAME in record.get("weights", ()) for record in families.values()):
        yield from _learner_faults(path.with_name("learner.json"))


def _learner_faults(path: Path) -> Iterator[CatalogueError]:
    try:
        Learner.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        yield CatalogueError(
            f"the trees that forecasts are combined with cannot be read ({reason})",
            where=path,
            expected="what the benchmark that learned the calibration wrote beside it",
            remedy="restore it from version control, or run benchmarks/forecast.py with --write",
        )
