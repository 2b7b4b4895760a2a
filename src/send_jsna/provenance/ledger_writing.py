"""Writing a run's ledger: the same rows give the same bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from send_jsna.files import write_whole
from send_jsna.provenance.ledger_schema import APPLICATION, LEDGER, SCHEMA, VERSION

Row = tuple[Any, ...]


def write_ledger(folder: Path, tables: Mapping[str, Iterable[Row]]) -> Path:
    """Write the ledger of a run folder, whole or not at all.

    It is made in memory, so that no journal is left beside it, and a full disk is met by the one write.

    Args:
        folder: The run folder.
        tables: The rows of each table of ``ledger_schema.SCHEMA``, in its order, stored as they come.

    Returns:
        Path of the ledger.

    Raises:
        sqlite3.IntegrityError: A row refers to one that does not exist, or has a key that is there already.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(
            # All that a build of SQLite may have another default for, and the file would show.
            "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA auto_vacuum = NONE;"
            f"PRAGMA foreign_keys = ON; PRAGMA application_id = {APPLICATION};"
            f"PRAGMA user_version = {VERSION}; BEGIN; {SCHEMA}"
        )
        for name, rows in tables.items():
            columns = len(connection.execute(f"PRAGMA table_info({name})").fetchall())
            connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * columns)})", rows)
        connection.execute("COMMIT")
        content = connection.serialize()
    path = folder / LEDGER
    write_whole(path, content)
    return path
