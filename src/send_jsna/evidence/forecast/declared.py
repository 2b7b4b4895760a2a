"""The calibration of the forecasts against the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from send_jsna.catalogue.schema import Catalogue
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import CatalogueError

_LEARN = "correct FAMILIES in benchmarks/forecast.py, and run it with --write"


def calibration_faults(data_folder: Path, catalogue: Catalogue) -> Iterator[CatalogueError]:
    """Families of forecasts that are no indicator's; none where there is no file.

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
