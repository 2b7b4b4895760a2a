"""The tables of a run's ledger; ``docs/ledger.md`` describes them.

What many figures share (observations, data sets with their validation, sources, warnings, cells) is stored
once, and linked to the figures in the order in which they use it.
"""

from __future__ import annotations

#: File of a run folder.
LEDGER = "ledger.sqlite"
#: ``PRAGMA application_id``: "JSNA" in ASCII; any other database is refused by it.
APPLICATION = 0x4A534E41
#: ``PRAGMA user_version``: raised whenever a table changes.
VERSION = 1

#: A table comes after the tables it refers to.
SCHEMA = """
CREATE TABLE sources (
    source_id TEXT PRIMARY KEY NOT NULL,
    publisher TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    licence TEXT NOT NULL,
    as_at TEXT NOT NULL,
    publisher_file TEXT NOT NULL,
    publisher_sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE datasets (
    dataset TEXT PRIMARY KEY NOT NULL,
    file TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    validation_id TEXT NOT NULL,
    passed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE warnings (
    warning INTEGER PRIMARY KEY,
    text TEXT NOT NULL
);
CREATE TABLE dataset_warnings (
    dataset TEXT NOT NULL REFERENCES datasets,
    position INTEGER NOT NULL,
    warning INTEGER NOT NULL REFERENCES warnings,
    PRIMARY KEY (dataset, position)
) WITHOUT ROWID;
CREATE TABLE indicators (
    indicator TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE areas (
    area INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE TABLE observations (
    observation INTEGER PRIMARY KEY,
    observation_id TEXT NOT NULL UNIQUE,
    indicator TEXT NOT NULL REFERENCES indicators,
    area INTEGER NOT NULL REFERENCES areas,
    period TEXT NOT NULL,
    breakdown TEXT NOT NULL,
    value REAL,
    unit TEXT NOT NULL,
    numerator REAL,
    denominator REAL,
    status TEXT NOT NULL,
    withheld INTEGER NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources,
    dataset TEXT NOT NULL REFERENCES datasets,
    line INTEGER NOT NULL
);
CREATE TABLE cells (
    cell INTEGER PRIMARY KEY,
    notebook TEXT NOT NULL,
    number INTEGER NOT NULL,
    cell_id TEXT NOT NULL
);
CREATE TABLE figures (
    figure INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    shown TEXT NOT NULL,
    value REAL,
    unit TEXT NOT NULL,
    lower REAL,
    upper REAL,
    method TEXT NOT NULL,
    cell INTEGER NOT NULL REFERENCES cells,
    disclosure TEXT NOT NULL,
    withheld_inputs INTEGER NOT NULL
);
CREATE TABLE figure_inputs (
    figure INTEGER NOT NULL REFERENCES figures,
    position INTEGER NOT NULL,
    observation INTEGER NOT NULL REFERENCES observations,
    PRIMARY KEY (figure, position)
) WITHOUT ROWID;
CREATE TABLE figure_datasets (
    figure INTEGER NOT NULL REFERENCES figures,
    position INTEGER NOT NULL,
    dataset TEXT NOT NULL REFERENCES datasets,
    PRIMARY KEY (figure, position)
) WITHOUT ROWID;
CREATE TABLE figure_warnings (
    figure INTEGER NOT NULL REFERENCES figures,
    position INTEGER NOT NULL,
    warning INTEGER NOT NULL REFERENCES warnings,
    PRIMARY KEY (figure, position)
) WITHOUT ROWID;
"""
