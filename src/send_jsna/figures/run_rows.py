"""What notebooks read of a run: its area, its comparators, and the observations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from send_jsna.catalogue.areas import Area, Areas, Comparators
from send_jsna.catalogue.observation_table import ObservationTable, as_list
from send_jsna.catalogue.observations import IN_SUMS, WITHHELD_HERE, is_withheld_here
from send_jsna.catalogue.yaml_file import Declared
from send_jsna.errors import DataError, NoDataError, NotebookError
from send_jsna.figures.run_context import RunContext
from send_jsna.wording import with_article

#: Files and folders of ``data/`` that every notebook may read.
ALWAYS_READ = ("areas", "catalogue/dimensions.yaml")
#: An authority that maintains fewer plans than this has few children.
FEW_PLANS = 100


class RunRows:
    """One notebook's view of a run's observations.

    Attributes:
        name: The supplement's id, the notebook's file name without ending.
        context: The run's context.
        area: The area the run is about.
        comparators: What it is read against.
        edition: Edition id.
        project_root: The project's folder.
    """

    def __init__(self, name: str, context: RunContext, observations: pd.DataFrame) -> None:
        self.name = name
        self.context = context
        self.area = Area(**context.area)
        self.comparators = Comparators.from_dict(context.comparators)
        self.edition = context.edition
        self.project_root = Path(context.project_root)
        self._table = ObservationTable(observations)
        places = observations[["area_code", "area_name"]].drop_duplicates("area_code", keep="last")
        self._names = dict(zip(places["area_code"], places["area_name"], strict=True))

    def observations(self, indicator: str | Iterable[str], **selection: Any) -> pd.DataFrame:
        """Observations of an indicator; by default of the supplement's own area, total of every dimension.

        Args:
            indicator: One indicator id or several.
            **selection: As ``ObservationTable.select``; ``area`` may also be an ``Area``, ``"comparators"``
                (area, region, England, neighbours) or ``"headline"`` (the first three). The period
                ``"latest"`` is the newest with a value of the own area, where it is among them.

        Returns:
            The rows with a column ``area_name``. Withheld rows are among them: see ``observations.known``.

        Raises:
            NoDataError: None of them has a value or, where the own area is among the areas, none of its own.
                A withheld row counts as a value where it is used as part of a sum only.
            DataError: A dimension, or an indicator of the catalogue, that does not exist.
        """
        rows = self.stored(indicator, **selection)
        codes = self._codes(selection.get("area", self.area))
        is_among = codes is not None and self.area.code in codes
        lacks = rows["value"].isna() & (rows["withheld"] != IN_SUMS)
        if (lacks[rows["area_code"] == self.area.code] if is_among else lacks).all():
            mine = self.own(rows) if is_among else rows
            place = self.area.name if codes is None or self.area.code in codes else self._name_of(codes[0])
            names = [self.context.indicator_names.get(key, key) for key in as_list(indicator)]
            raise NoDataError(
                f"{place} has no value of {' or '.join(as_list(indicator))} ({'; '.join(names)})",
                reason=self._reason(indicator, mine, place),
                where=self._where(),
            )
        return rows

    def stored(self, indicator: str | Iterable[str], **selection: Any) -> pd.DataFrame:
        """As :meth:`observations`, but with no rows where the edition has none.

        Raises:
            DataError: A dimension, or an indicator of the catalogue, that does not exist.
        """
        area = selection.pop("area", self.area)
        self._require_declared(as_list(indicator))
        wanted = [name for name in as_list(indicator) if not self._is_missing(name)]
        codes = self._codes(area)
        if selection.get("period") == "latest" and codes and len(codes) > 1 and self.area.code in codes:
            newest = self._table.select(wanted, area=[self.area.code], **selection)
            selection["period"] = list(newest["period"].unique()) or "latest"
        rows = self._table.select(wanted, area=codes, **selection)
        if isinstance(area, str) and area in ("comparators", "headline"):
            order = {code: place for place, code in enumerate(codes or [])}
            places = [order[code] for code in rows["area_code"].tolist()]
            keys = list(zip(rows["indicator"].tolist(), places, strict=True))
            rows = rows.iloc[sorted(range(len(keys)), key=keys.__getitem__)].reset_index(drop=True)
        return rows

    def own(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of the supplement's own area."""
        return rows[rows["area_code"] == self.area.code]

    @cached_property
    def has_few_children(self) -> bool:
        """Whether the area has so few children that chance moves a share whose counts are not published.

        Decided by the plans it maintains, which every authority returns: two authorities have fewer than a
        hundred, no other fewer than four hundred.
        """
        plans = self._table.select(
            [name for name in ("ehc_plans_count",) if name in self._table.indicators],
            area=[self.area.code],
            period="latest",
        )
        return bool(is_withheld_here(plans).any() or plans["value"].max() < FEW_PLANS)

    def _require_declared(self, indicators: Sequence[str]) -> None:
        """Refuse indicators of no data set of the supplement: its notebook sees none of their rows."""
        known = self._table.indicators | self.context.indicator_names.keys()
        declared = self.context.supplements.get(self.name)
        unknown = [name for name in indicators if name not in known]
        if declared and unknown:
            raise DataError(
                f"indicator {unknown[0]!r} is in none of the data sets of {self.name}",
                where=self._where(),
                expected=f"an indicator of {', '.join(declared.datasets)}",
                remedy=f"correct the id, or name its data set for {self.name} in"
                " data/catalogue/supplements.yaml",
            )

    def _is_missing(self, indicator: str) -> bool:
        """Whether the catalogue has an indicator of which this edition has no rows."""
        return indicator in self.context.indicator_names and indicator not in self._table.indicators

    def _name_of(self, code: str) -> str:
        """The name of an area of the run, or of one that has rows in it."""
        places = (self.comparators.region, self.comparators.country, *self.comparators.neighbours)
        found = {place.code: place.name for place in places}
        return found.get(code) or self._names.get(code, code)

    def _reason(self, indicator: str | Iterable[str], rows: pd.DataFrame, place: str) -> str:
        """Why an area has no value: the edition has no rows, the publisher withheld it or has no row."""
        if all(self._is_missing(name) for name in as_list(indicator)):
            return f"not in this edition for {with_article(place)}"
        if is_withheld_here(rows).any():
            return WITHHELD_HERE
        withheld = set(rows["status"]) & {"c", "low", "u"}
        if withheld:
            return f"withheld by the publisher for {with_article(place)}"
        return f"not in this edition for {with_article(place)}"

    def _codes(self, area: Any) -> list[str] | None:
        headline = [self.area.code, self.comparators.region.code, self.comparators.country.code]
        if area is None:
            return None
        if isinstance(area, Area):
            return [area.code]
        if area == "headline":
            return headline
        if area == "comparators":
            return headline + [neighbour.code for neighbour in self.comparators.neighbours]
        return [area] if isinstance(area, str) else [a.code if isinstance(a, Area) else a for a in area]

    def path(self, *parts: str) -> Path:
        """A file or folder of the project's ``data`` folder that the supplement declares.

        Raises:
            NotebookError: It does not.
        """
        declared = self.context.supplements.get(self.name)
        name = PurePosixPath(*parts)
        if declared and not any(name.is_relative_to(part) for part in (*ALWAYS_READ, *declared.reads)):
            raise NotebookError(
                f"{self.name} reads data/{name}, which it does not declare",
                where=self._where(),
                remedy=f"name it under reads of {self.name} in data/catalogue/supplements.yaml",
            )
        return self.project_root.joinpath("data", name)

    def labels(self, dimension: str) -> dict[str, str]:
        """The catalogue's labels of a dimension's codes."""
        return dict(Declared(self.path("catalogue", "dimensions.yaml")).data[dimension])

    @property
    def areas(self) -> Areas:
        """All areas."""
        return Areas(self.path("areas"))

    def _where(self) -> str:
        return f"{self.name}.ipynb"
