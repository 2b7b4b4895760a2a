"""What every publisher's module needs: reading files as text, and the label map.

Publisher files are read as text cells, because a code such as ``c`` or ``x`` in a column of numbers is
information, and because the decimals a publisher printed say how the value was rounded.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from send_jsna.catalogue import label_map
from send_jsna.catalogue.csv_file import csv_rows
from send_jsna.catalogue.observations import DIMENSIONS, WITHHELD
from send_jsna.errors import CatalogueError, DataError
from send_jsna.files import sha256_of_blocks
from send_jsna.ingest.opening import published
from send_jsna.ingest.quoting import named

ENGLAND = "E92000001"

#: A number as publishers print it: thousands in groups of three, so that a decimal comma is no number.
NUMBER = r"[-+]?(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"

#: A number that is printed whole.
WHOLE = r"[-+]?[0-9,]+"

#: White space around a cell that is not part of it.
BLANKS = " \t\r\n\u00a0"

#: What publishers print in place of a number, and the reason code it means. ``-`` in the Local Authority
#: Interactive Tool is any missing value; the tool does not say why, so it is "not available".
SYMBOLS = {
    "": "x",
    "-": "x",
    ":": "x",
    "*": "c",
    "..": "x",
    "NA": "x",
    "n/a": "z",
    "k": "low",
    "~": "low",
    **{code: code for code in WITHHELD},
}


def read_bytes(path: Path) -> bytes:
    """A publisher file's bytes as published: a ``.gz`` copy is unpacked.

    Raises:
        DataError: There is no such file, or it is damaged.
    """
    if not path.is_file():
        raise DataError(
            "the publisher file cannot be read",
            where=path,
            expected="the maintainers' folder of publisher files",
            remedy="pass its path with --from",
        )
    return b"".join(published(path, str(path)))


def published_sha256(path: Path) -> str:
    """SHA-256 of a publisher file's bytes as published."""
    return sha256_of_blocks(published(path, str(path)))


def read_text_table(path: Path) -> pd.DataFrame:
    """A CSV file, packed or not, as a frame of text cells; an empty cell is an empty text."""
    text = read_bytes(path).decode("utf-8-sig")
    return pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)


def cells(table: pd.DataFrame) -> list[dict[str, str]]:
    """A text table's rows, each a dictionary by column."""
    names = list(table.columns)
    return [dict(zip(names, line, strict=True)) for line in table.to_numpy(dtype="object")]


def clean_number(text: str) -> tuple[float, int]:
    """A number and its printed decimals from a cell, without binary noise.

    ``'1.0999999999999999'`` was 1.1 before some software read and wrote it again; ten significant
    digits are more than any of these publications print after a point. A whole number has no such noise.

    Raises:
        ValueError: It is no number, or too large for one.
    """
    if not re.fullmatch(NUMBER, text):
        raise ValueError(f"{text!r} is not a number")
    number = float(text.replace(",", ""))
    if not re.fullmatch(WHOLE, text):
        number = float(f"{number:.10g}")
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is too large")
    if abs(number) >= 1e10:
        return number, 0
    digits = f"{number:.10g}" if abs(number) >= 1 else f"{number:.10f}".rstrip("0")
    return number, len(digits.partition(".")[2])


def parse_value(text: str, where: str) -> tuple[float | None, int | None, str]:
    """Value, decimals and status of a cell: a number, or the reason code of what is printed in its place."""
    plain = text.strip(BLANKS)
    if plain in SYMBOLS:
        return None, None, SYMBOLS[plain]
    try:
        number, decimals = clean_number(plain.rstrip("%"))
    except ValueError:
        known = ", ".join(repr(symbol) for symbol in SYMBOLS)
        raise DataError(
            "a cell is not a number", where=where, expected=f"a number or one of {known}"
        ) from None
    return number, decimals, "final"


def slug(label: str) -> str:
    """The code of a breakdown's label: ``Asian - Any other`` becomes ``asian_any_other``."""
    return re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")


@dataclass(frozen=True)
class Meaning:
    """What a publisher's label means.

    Attributes:
        indicator: Indicator id; empty where the label only names a breakdown.
        dimensions: Breakdown values, by dimension.
        numerator: Publisher column with the numerator.
        denominator: Publisher column with the denominator.
        period_type: Kind of year, where the publisher's text does not say (``2021/22`` of health statistics
            is a financial year, ``2019`` of an attainment report an academic year); else empty.
        left_out: Why rows under this label are deliberately left out; empty where they are not.
    """

    indicator: str
    dimensions: Mapping[str, str]
    numerator: str = ""
    denominator: str = ""
    period_type: str = ""
    left_out: str = ""


@dataclass
class Names:
    """The label map ``publisher_names.csv``: source and label to indicator and breakdown."""

    path: Path
    exact: dict[tuple[str, str], Meaning] = field(default_factory=dict)
    patterns: dict[str, list[tuple[re.Pattern[str], Meaning]]] = field(default_factory=dict)

    HEADER = label_map.COLUMNS

    @classmethod
    def read(cls, path: Path) -> Names:
        """Read the map; a label of kind ``pattern`` is a regular expression for the whole label.

        Raises:
            CatalogueError: A malformed row, an unknown dimension or a label that is mapped twice.
        """
        names = cls(path)
        for line, row in csv_rows(path, label_map.COLUMNS):
            names._add(row, f"{path}, line {line}")
        return names

    def _add(self, row: dict[str, str], where: str) -> None:
        parts = [part.partition("=") for part in row["breakdown"].split("; ") if part]
        dimensions = {dimension: code for dimension, _, code in parts}
        unknown = sorted(set(dimensions) - set(DIMENSIONS))
        if unknown:
            raise CatalogueError(
                f"unknown dimension {', '.join(unknown)}",
                where=where,
                expected="one of " + ", ".join(DIMENSIONS),
            )
        meaning = Meaning(
            row["indicator"],
            dimensions,
            row["numerator"],
            row["denominator"],
            row["period_type"],
            row["left_out"],
        )
        if row["match"] == "pattern":
            self.patterns.setdefault(row["source_id"], []).append((_pattern(row["label"], where), meaning))
            return
        if row["match"] != "exact":
            raise CatalogueError(f"match {row['match']!r}", where=where, expected="exact or pattern")
        key = (row["source_id"], row["label"])
        if key in self.exact:
            raise CatalogueError(
                f"label {row['label']!r} is mapped twice", where=where, remedy="remove one of the two"
            )
        self.exact[key] = meaning

    def only(self, labels: Mapping[str, Collection[str]]) -> Names:
        """The map without the exact labels of some sources that an edition was not made with.

        Args:
            labels: Source → the labels that are kept of it; sources that are not named keep all of theirs.
        """
        kept = {
            (source, label): meaning
            for (source, label), meaning in self.exact.items()
            if source not in labels or label in labels[source]
        }
        return replace(self, exact=kept)

    def find(self, source_id: str, label: str) -> Meaning | None:
        """The meaning of a label, with a pattern's groups put into the breakdown; None where it has none."""
        meaning = self.exact.get((source_id, label))
        if meaning is not None:
            return meaning
        for pattern, general in self.patterns.get(source_id, []):
            match = pattern.fullmatch(label)
            if match:
                groups = {name: slug(text or "") for name, text in match.groupdict().items()}
                filled = {key: value.format(**groups) for key, value in general.dimensions.items()}
                return replace(general, dimensions=filled)
        return None

    def require(self, source_id: str, label: str) -> Meaning:
        """The meaning of a label of a table every label of which is mapped.

        Raises:
            DataError: It is not mapped.
        """
        meaning = self.find(source_id, label)
        if meaning is None:
            raise DataError(
                f"a label{named(label, self.labels(source_id))} of {source_id} is not mapped",
                where=f"{self.path}, {source_id}",
                remedy="look at the source's file and add a row for it",
            )
        return meaning

    def columns(self, source_id: str) -> dict[str, Meaning]:
        """Columns of numbers the map knows of a source, each with a meaning that names its parts.

        A label is a column, or ``column|breakdown``.
        """
        found: dict[str, Meaning] = {}
        for label, meaning in self._all(source_id):
            found.setdefault(label.partition("|")[0], meaning)
        return found

    def _all(self, source_id: str) -> Iterator[tuple[str, Meaning]]:
        """Labels of a source that name an indicator, exact ones and patterns, as they are written."""
        yield from self.labels(source_id).items()
        for pattern, meaning in self.patterns.get(source_id, []):
            if meaning.indicator:
                yield pattern.pattern.replace("\\", ""), meaning

    def declared(self, source_id: str) -> set[str]:
        """Exact labels of a source, also those that are left out."""
        return {label for source, label in self.exact if source == source_id}

    def labels(self, source_id: str) -> dict[str, Meaning]:
        """Exact labels of a source that name an indicator."""
        return {
            label: meaning
            for (source, label), meaning in self.exact.items()
            if source == source_id and meaning.indicator
        }


def _pattern(label: str, where: str) -> re.Pattern[str]:
    """A label of kind ``pattern``.

    Raises:
        CatalogueError: It is no regular expression.
    """
    try:
        return re.compile(label)
    except re.error as error:
        raise CatalogueError(
            f"label {label!r} is no regular expression ({error})",
            where=where,
            expected="a pattern for the whole label",
            remedy="correct it, or write `exact` under match",
        ) from error


def number_or_none(text: str) -> float | None:
    """A count from a cell, None for a symbol."""
    plain = text.strip(BLANKS)
    number = float(plain.replace(",", "")) if re.fullmatch(NUMBER, plain) else math.nan
    return number if math.isfinite(number) else None
