"""Counts a notebook may add up but not show.

What a run withholds is blank in its table of observations. The counts themselves lie sealed beside the run
while it is built, and are removed before it is finished. A notebook gets at them in one way only: as the sum
over several of them, or as an estimate made of many, and each that it is given is recorded, so that the
attack at the end of the run knows of it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from send_jsna.disclosure import methods
from send_jsna.disclosure.methods import Profile
from send_jsna.errors import DataError

#: The sealed counts of a run under construction, in its folder; gone once it is finished.
SEALED = ".withheld.parquet"
#: What the edition before and other reports show, by cell, kept beside the sealed counts for the attack.
BEFORE = ".shown-before.json"
#: The edition before, as a report of it shows it and without what this run withholds; gone with the others.
PREVIOUS = ".previous.parquet"
#: What the estimates show of the counts, one file a notebook, beside the sealed counts and as close as they.
ESTIMATES = ".estimates"
#: The counts of the council's extracts, beside the sealed counts and as close as they.
EXTRACTS = ".extracts.json"
_COUNTS = ("value", "numerator", "denominator")
#: Folder of a run with the sums its notebooks were given, one file a notebook.
SUMS = "disclosed"
#: Why a row is withheld, as the sealed file says; a run marks small ones and those beside them alike.
STATES = {
    "small": "a count of few children",
    "with_it": "withheld with a small one, which it would give away",
    "in_sums": "part of a breakdown so fine that only sums of it are shown",
}


@dataclass(frozen=True)
class SealedEstimate:
    """What a number that was made of many counts shows of them.

    Attributes:
        notebook: The notebook that shows it.
        change: Observation id → what it changes by for one more child there.
        within: How far the number may be from what is shown: half of its rounding.
    """

    notebook: str
    change: Mapping[str, float]
    within: float


class Sealed:
    """The sealed counts of one run, as one notebook sees them."""

    def __init__(
        self,
        profile: Profile,
        values: Mapping[str, tuple[float, ...]],
        folder: Path | None = None,
        notebook: str = "",
    ) -> None:
        """Keep counts.

        Args:
            profile: The run's disclosure profile.
            values: Observation id → value, numerator and denominator.
            folder: The run folder, where sums and estimates are recorded.
            notebook: The notebook that is given them.
        """
        self.profile = profile
        self._values = values
        self._folder = folder
        self._notebook = notebook
        #: Ids whose counts went into a sum or into a band that was withheld.
        self.used: set[str] = set()

    @classmethod
    def of_run(cls, folder: Path, profile: Profile, notebook: str) -> Sealed:
        """The sealed counts of a run under construction; none once it is finished."""
        path = folder / SEALED
        values: dict[str, tuple[float, ...]] = {}
        if path.is_file():
            stored = pd.read_parquet(path, columns=["observation_id", *_COUNTS])
            counts = zip(*(stored[name].tolist() for name in _COUNTS), strict=True)
            values = dict(zip(stored["observation_id"].tolist(), counts, strict=True))
        return cls(profile, values, folder, notebook)

    def counts(self, frame: pd.DataFrame, column: str = "value") -> pd.Series[float]:
        """The counts of observations, sealed ones among them; NaN where the publisher withholds one.

        For sums and for deciding what a sum may show. Never to be shown one by one.
        """
        if not self._may_have_sealed(frame):
            return frame[column]
        place = _COUNTS.index(column)
        filled = [
            self._values[key][place] if key in self._values else shown
            for key, shown in zip(frame["observation_id"], frame[column], strict=True)
        ]
        return pd.Series(filled, index=frame.index, dtype="float64")

    def disclose(self, frame: pd.DataFrame, column: str = "value") -> None:
        """Record that the sum over these observations is shown."""
        if self.use(frame):
            ids = [str(key) for key in frame["observation_id"]]
            self._record(SUMS, {"column": column, "observations": ids})

    def disclose_estimate(self, frame: pd.DataFrame, change: Sequence[float], within: float) -> None:
        """Record that a number made of these observations is shown, rounded.

        It is attacked as the straight line it follows near the counts as they are.

        Args:
            frame: The observations.
            change: What the number changes by for one more child in each of them.
            within: Half of its rounding.
        """
        if self.use(frame):
            pairs = zip(frame["observation_id"], change, strict=True)
            found = {str(key): float(by) for key, by in pairs if by}
            self._record(ESTIMATES, {"change": found, "within": float(within)})

    def use(self, frame: pd.DataFrame) -> bool:
        """Note that a figure is made of observations and shows nothing of those that are sealed.

        Returns:
            Whether there are such.
        """
        if not self._may_have_sealed(frame):
            return False
        hidden = [str(key) for key in frame["observation_id"] if key in self._values]
        self.used.update(hidden)
        return bool(hidden)

    def _record(self, kind: str, entry: Mapping[str, object]) -> None:
        if self._folder is None:
            return
        path = self._folder / kind / f"{self._notebook}.jsonl"
        path.parent.mkdir(exist_ok=True)
        opener = closed if kind == ESTIMATES else None
        with open(path, "a", encoding="utf-8", opener=opener) as file:
            file.write(json.dumps(entry) + "\n")

    def _may_have_sealed(self, frame: pd.DataFrame) -> bool:
        return bool(self._values) and "observation_id" in frame


_open: Sealed | None = None


def open_sealed(sealed: Sealed | None) -> None:
    """Make a run's sealed counts the ones that :func:`current` gives in this process."""
    global _open
    _open = sealed


def current() -> Sealed:
    """The sealed counts of the run this process executes a notebook of; none outside a run."""
    return _open if _open is not None else Sealed(methods.profile("council"), {})


def read_sums(folder: Path) -> list[tuple[str, str, list[str]]]:
    """The sums a run's notebooks were given: notebook, column and observation ids of each."""
    found = []
    for path in sorted((folder / SUMS).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            found.append((path.stem, str(entry["column"]), [str(key) for key in entry["observations"]]))
    return found


def read_estimates(folder: Path) -> list[SealedEstimate]:
    """What the estimates of a run under construction show of its sealed counts."""
    found = []
    for path in sorted((folder / ESTIMATES).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            found.append(SealedEstimate(path.stem, entry["change"], entry["within"]))
    return found


def seal(folder: Path, counts: pd.DataFrame, before: Mapping[str, float]) -> None:
    """Lay sealed counts beside a run under construction, where only its user can read them.

    Args:
        folder: The run folder, which is closed to others too until :func:`remove_sealed`.
        counts: What was taken out of its observations.
        before: What the edition before and reports of other areas show, by cell.
    """
    folder.chmod(0o700)
    for name in (SEALED, BEFORE, EXTRACTS):  # a stage that is tried again finds what the first try left
        (folder / name).unlink(missing_ok=True)
    with open(folder / SEALED, "xb", opener=closed) as file:
        counts.to_parquet(file, index=False)
    with open(folder / BEFORE, "x", encoding="utf-8", opener=closed) as file:
        json.dump(before, file)


def taken_out(shown: pd.DataFrame, originals: pd.DataFrame, *, is_rounded: bool) -> pd.DataFrame:
    """What was taken out of a finished run's observations, found again in those the run was made from.

    Args:
        shown: The run's observations, with the column ``withheld``.
        originals: Those of its edition, corrected, in the same order.
        is_rounded: Whether the run's profile rounds what it shows.

    Returns:
        As :attr:`send_jsna.disclosure.Protected.sealed`.

    Raises:
        DataError: The two do not belong together.
    """
    names = ["status", *_COUNTS, "decimals"]
    withheld = (shown["withheld"] != "").to_numpy()
    fits = list(shown["observation_id"]) == list(originals["observation_id"])
    if fits:
        ours, theirs = shown[names].reset_index(drop=True), originals[names].reset_index(drop=True)
        changed = (ours.ne(theirs) & ~(ours.isna() & theirs.isna())).to_numpy()
        checked = changed[:, :1] if is_rounded else changed
        fits = not checked[~withheld].any()
    if not fits:
        raise DataError(
            "the observations are not those the run was made from",
            expected="the same edition, corrections and disclosure profile",
        )
    moved = withheld | changed.any(axis=1)
    return originals.loc[moved, ["observation_id", *names]].reset_index(drop=True)


def closed(path: str, flags: int) -> int:
    """Open a file that is its user's alone from the moment it exists."""
    return os.open(path, flags, 0o600)


def remove_sealed(folder: Path) -> None:
    """Remove the sealed counts of a run and all that is kept beside them, and open its folder again."""
    for name in (SEALED, BEFORE, PREVIOUS, EXTRACTS):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / ESTIMATES, ignore_errors=True)
    folder.chmod(folder.parent.stat().st_mode & 0o777)
