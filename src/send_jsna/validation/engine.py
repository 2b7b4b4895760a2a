"""Runs the suites through Great Expectations and turns its results into records.

Great Expectations is imported here, and only when a data set is validated. A validation definition shared
between threads gives silently wrong results, and its context is global to the process: one lock keeps
validations in sequence, whoever calls.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from send_jsna.catalogue.dataset_file import write_dataset
from send_jsna.catalogue.observations import COLUMNS, KEY, as_python_text
from send_jsna.errors import CatalogueError
from send_jsna.files import sha256
from send_jsna.validation import outcomes
from send_jsna.validation.basis import ShownRows, ValidationBasis
from send_jsna.validation.record import ValidationRecord
from send_jsna.validation.suite_file import COMMON
from send_jsna.validation.suites import Suite, read_suite

#: Rows an expectation lists at most; Great Expectations takes minutes to list millions.
LISTED = 200

_IN_SEQUENCE = threading.RLock()


def validate_dataset(
    frame: pd.DataFrame, dataset: str, basis: ValidationBasis, shown: ShownRows | None = None
) -> ValidationRecord:
    """Check one data set against its suite.

    Args:
        frame: Its rows: ``dataset_file.read_dataset`` and ``area_name``. Left as it is.
        dataset: Its name.
        basis: What it is validated by.
        shown: The same rows as the report shows them; None where nothing is withheld.

    Returns:
        The record. A data set that fails is not an exception: its record says so.

    Raises:
        CatalogueError: There is no suite for the data set, or the suite is not a valid one.
    """
    with _IN_SEQUENCE:
        return _Engine(basis).validate(frame, dataset, shown)


class _Engine:
    """One Great Expectations context, for one edition."""

    def __init__(self, basis: ValidationBasis) -> None:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        # Its log goes to the run's log where there is one, and never to the console.
        logging.getLogger("great_expectations").addHandler(logging.NullHandler())
        import great_expectations

        from send_jsna.validation import expectations as registered  # makes our types known

        del registered
        self.basis = basis
        self.folder = folder = basis.expectations_folder
        self.name = f"great_expectations {great_expectations.__version__}"
        if not (folder / "great_expectations.yml").is_file():
            raise CatalogueError(
                "no Great Expectations project", where=folder, expected="great_expectations.yml"
            )
        self._context = great_expectations.get_context(mode="file", context_root_dir=folder)
        source = self._context.data_sources.get("editions")
        self._batches = source.get_asset("observations").get_batch_definition("dataset")

    def validate(self, frame: pd.DataFrame, dataset: str, shown: ShownRows | None) -> ValidationRecord:
        basis = self.basis
        suite = read_suite(basis.suite_path(dataset))
        suite = suite if basis.is_reviewed else suite.for_unreviewed()
        prepared = prepare(frame, basis.previous, basis.as_at)
        given = basis.parameters(dataset)
        results = self._evaluate(suite, prepared, given)
        visible: list[outcomes.Shown | None] = [None] * len(results)
        if shown is not None:
            visible = self._visible(suite, results, shown, given)
        ended = [
            outcomes.outcome(entry, result, prepared, basis.subject, seen)
            for entry, result, seen in zip(suite.expectations, results, visible, strict=True)
        ]
        found = [item for item, _ in ended]
        return ValidationRecord(
            edition=basis.edition,
            dataset=dataset,
            suite=suite.name,
            suite_sha256=suite.sha256,
            data_sha256=_data_sha256(frame),
            engine=self.name,
            rows=len(frame),
            passed=all(item.level != "error" for item in found),
            expectations=found,
            counts={
                level: sum(item.level == level for item in found) for level in ("passed", "warning", "error")
            },
            errors=[text for item in found if (text := outcomes.error_sentence(item, suite.name))],
            warnings=[notice for _, notices in ended for notice in notices],
        ).identified()

    def _visible(
        self,
        suite: Suite,
        results: Sequence[dict[str, Any]],
        shown: ShownRows,
        given: dict[str, Any],
    ) -> list[outcomes.Shown | None]:
        """What may be written of each result: what the rows as the report shows them give of it.

        Only what says more than how many rows met the expectation is evaluated again.
        """
        withheld = frozenset(shown.rows.loc[shown.rows["withheld"] != "", "observation_id"])
        again = {
            entry.meta.name
            for entry, result in zip(suite.expectations, results, strict=True)
            if not result["success"] or (result.get("result") or {}).get("observed_value")
        }
        rows = prepare(shown.rows.drop(columns="withheld"), shown.previous, self.basis.as_at)
        found = dict(zip(sorted(again), self._evaluate(suite, rows, given, sorted(again)), strict=True))
        return [outcomes.Shown(found.get(entry.meta.name, {}), withheld) for entry in suite.expectations]

    def _evaluate(
        self,
        suite: Suite,
        frame: pd.DataFrame,
        given: dict[str, Any],
        names: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """The results of Great Expectations, of the expectations named: all, in the order of the suite."""
        self._check_with_great_expectations(suite)
        loaded = self._loaded(suite)
        if names is None:
            names = [entry.meta.name for entry in suite.expectations]
        loaded.expectations = [item for item in loaded.expectations if (item.meta or {}).get("name") in names]
        result = self._batches.get_batch({"dataframe": frame}).validate(
            loaded,
            expectation_parameters=given,
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": LISTED,
                "unexpected_index_column_names": ["observation_id"],
            },
        )
        by_name = {item.expectation_config.meta["name"]: item.to_json_dict() for item in result.results}
        return [by_name[name] for name in names]

    def _loaded(self, suite: Suite) -> Any:
        """The suite as Great Expectations reads it from its two files."""
        loaded = self._context.suites.get(suite.name)
        found = {
            (item.meta or {}).get("name"): item
            for part in (self._context.suites.get(COMMON), loaded)
            for item in part.expectations
        }
        loaded.expectations = [found[entry.meta.name] for entry in suite.expectations]
        return loaded

    def _check_with_great_expectations(self, suite: Suite) -> None:
        """Refuse what Great Expectations cannot build.

        It loads a suite without an expectation whose type or arguments it does not know, and only logs that:
        the check would be gone and the data set would pass.
        """
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        for entry in suite.expectations:
            try:
                ExpectationConfiguration(type=entry.type, kwargs=entry.kwargs).to_domain_obj()
            except Exception as error:  # whatever it raises, the suite's author must learn of it
                raise CatalogueError(
                    f"suite {suite.name}, expectation {entry.meta.name} ({entry.type}) is refused by"
                    f" Great Expectations ({outcomes.one_line(error)})",
                    where=self.folder / "expectations" / suite.file_of(entry),
                    remedy="see docs/validation.md",
                ) from error


def prepare(frame: pd.DataFrame, previous: pd.DataFrame | None, as_at: Mapping[str, str]) -> pd.DataFrame:
    """The rows with what validation compares them with: ``previous_value`` and ``source_as_at``.

    A frame that lacks a key column gets no ``previous_value``: the suite then names what is missing.
    """
    rows = frame.reset_index(drop=True).copy()
    if "source_id" in rows:
        rows["source_as_at"] = rows["source_id"].map(lambda key: str(as_at.get(key) or "")).astype("str")
    if previous is not None and all(column in rows for column in KEY):
        earlier = previous.drop_duplicates(subset=list(KEY))[[*KEY, "value"]]
        rows = rows.merge(
            earlier.rename(columns={"value": "previous_value"}), on=list(KEY), how="left", validate="m:1"
        )
    elif previous is None:
        rows["previous_value"] = float("nan")
    return as_python_text(rows)  # Great Expectations takes rows hundreds of times


def _data_sha256(frame: pd.DataFrame) -> str:
    """The hash of the data set's canonical file, or of what there is of it where columns are missing."""
    if all(column in frame for column in (*COLUMNS, "period_start")):
        return sha256(write_dataset(frame))
    return sha256(frame.to_csv(index=False, lineterminator="\n").encode())
