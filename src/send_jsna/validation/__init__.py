"""Validation is a gate: a data set is checked against its suite before any figure is made from it.

Great Expectations is imported when a data set is validated, not when this package is.
"""

from send_jsna.validation.basis import ShownRows, ValidationBasis
from send_jsna.validation.edition import validate_edition
from send_jsna.validation.engine import validate_dataset
from send_jsna.validation.parameters import known_values
from send_jsna.validation.record import (
    Notice,
    Outcome,
    ValidationRecord,
    levels_of,
    read_records,
    reader_warnings,
    summarise,
)
from send_jsna.validation.suites import Suite, read_suite, suite_files, suite_name

__all__ = [
    "Notice",
    "Outcome",
    "ShownRows",
    "Suite",
    "ValidationBasis",
    "ValidationRecord",
    "known_values",
    "levels_of",
    "read_records",
    "read_suite",
    "reader_warnings",
    "suite_files",
    "suite_name",
    "summarise",
    "validate_dataset",
    "validate_edition",
]
