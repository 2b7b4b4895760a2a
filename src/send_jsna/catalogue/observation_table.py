"""Querying the tidy table: observations by indicator, area, period and breakdown.

A notebook asks some hundred times. So each indicator's rows are put in order once, and a query is a look-up:
which breakdowns an indicator has, and on which rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from send_jsna.catalogue.observations import DIMENSIONS, is_withheld_here
from send_jsna.catalogue.periods import parse_period
from send_jsna.errors import DataError

_ORDER = ["area_code", "period_start", *DIMENSIONS]

Places = npt.NDArray[np.intp]


class ObservationTable:
    """The tidy table, in order for many queries.

    Attributes:
        indicators: Ids of the indicators in it.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frames = {str(name): rows for name, rows in frame.groupby("indicator", sort=False)}
        self._parts: dict[str, _Part] = {}
        self._none = frame.iloc[:0].reset_index(drop=True)
        self.indicators = frozenset(self._frames)

    def select(
        self,
        indicator: str | Iterable[str],
        *,
        area: str | Iterable[str] | None = None,
        period: str | Iterable[str] | None = None,
        since: str | None = None,
        **breakdown: str | Iterable[str] | None,
    ) -> pd.DataFrame:
        """Rows of one indicator or several.

        Args:
            indicator: One indicator id or several.
            area: Area code or codes; all areas where it is None.
            period: Canonical label or labels, ``"latest"`` for the newest period with a value in the rows
                that are otherwise selected, also where that value is withheld here; all periods where it is
                None.
            since: Only periods that start no earlier than this one.
            **breakdown: A value or values for a dimension; a dimension that is not named must be empty (the
                total). Pass ``"*"`` for every row but the total and None for every row.

        Returns:
            The rows, in order of indicator, area, period and breakdown. Withheld rows are among them.

        Raises:
            DataError: A dimension or an indicator that does not exist.
        """
        unknown = sorted(set(breakdown) - set(DIMENSIONS))
        if unknown:
            raise DataError(f"no dimension {', '.join(unknown)}", expected="one of " + ", ".join(DIMENSIONS))
        wanted = sorted(set(as_list(indicator)))
        missing = [name for name in wanted if name not in self._frames]
        if missing:
            raise DataError(
                f"no observations of indicator {', '.join(missing)}",
                expected="an indicator of the catalogue that the edition has",
            )
        chosen = [(part, part.of_breakdown(breakdown)) for part in map(self._part, wanted)]
        if area is not None:
            chosen = [(part, places[np.isin(part.areas[places], as_list(area))]) for part, places in chosen]
        if since is not None:
            start = parse_period(since).start.isoformat()
            chosen = [(part, places[part.starts[places] >= start]) for part, places in chosen]
        if period == "latest":
            newest = max((found for part, places in chosen if (found := part.newest(places))), default="")
            chosen = [(part, places[part.starts[places] == newest]) for part, places in chosen]
        elif period is not None:
            labels = as_list(period)
            chosen = [(part, places[np.isin(part.periods[places], labels)]) for part, places in chosen]
        taken = [part.rows.iloc[places] for part, places in chosen if len(places)]
        if len(taken) == 1:
            return taken[0].reset_index(drop=True)
        return pd.concat(taken, ignore_index=True) if taken else self._none

    def _part(self, indicator: str) -> _Part:
        """The rows of an indicator, put in order when they are first asked for."""
        if indicator not in self._parts:
            self._parts[indicator] = _Part(self._frames[indicator])
        return self._parts[indicator]


class _Part:
    """The rows of one indicator, in order, and where each breakdown is among them."""

    def __init__(self, rows: pd.DataFrame) -> None:
        keys = list(zip(*(rows[name].tolist() for name in _ORDER), strict=True))
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self.rows = rows.iloc[order].reset_index(drop=True)
        self.areas = self.rows["area_code"].to_numpy(dtype=object)
        self.periods = self.rows["period"].to_numpy(dtype=object)
        self.starts = self.rows["period_start"].to_numpy(dtype=object)
        self._has_value = (self.rows["value"].notna() | is_withheld_here(self.rows)).to_numpy()
        codes = [keys[place][-len(DIMENSIONS) :] for place in order]
        places: dict[tuple[str, ...], list[int]] = {}
        for place, code in enumerate(codes):
            places.setdefault(code, []).append(place)
        self._places = {code: np.array(found, dtype=np.intp) for code, found in places.items()}

    def of_breakdown(self, breakdown: Mapping[str, str | Iterable[str] | None]) -> Places:
        """Where the rows of a breakdown are, as :meth:`ObservationTable.select` takes it."""
        allowed = [_allowed(breakdown.get(name, "")) for name in DIMENSIONS]
        found = [places for code, places in self._places.items() if all(map(_fits, code, allowed))]
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.intp)

    def newest(self, places: Places) -> str:
        """The start of the newest period that has a value among some rows; empty where none has."""
        starts: list[str] = self.starts[places[self._has_value[places]]].tolist()
        return max(starts, default="")


def _allowed(asked: str | Iterable[str] | None) -> frozenset[str] | str | None:
    """The codes that are asked for; ``"*"`` for all but the total, None for all."""
    return asked if asked is None or asked == "*" else frozenset(as_list(asked))


def _fits(code: str, allowed: frozenset[str] | str | None) -> bool:
    if allowed is None:
        return True
    return code != "" if allowed == "*" else code in allowed


def as_list(value: str | Iterable[str]) -> list[str]:
    """One text or several, as a list."""
    return [value] if isinstance(value, str) else list(value)
