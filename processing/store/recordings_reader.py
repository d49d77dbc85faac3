"""Recordings read beside the service that writes them, from another process."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Lock, RLock

from ingest.wire.faults import FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from processing.store.database import Database, in_our_words
from processing.store.recordings_sqlite import SqliteRecordings
from processing.store.row_ledger import RowLedger


class _ReadOnly(Database):
    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = RLock()
        with in_our_words(path):
            uri = f"{path.resolve().as_uri()}?mode=ro"
            self._writer = sqlite3.connect(uri, timeout=10.0, isolation_level=None, check_same_thread=False, uri=True)
            made = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if not made:
            self.close()
            raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{path} is only just being made")


class SqliteRecordingsReader(SqliteRecordings):
    """`Recordings` whose writing methods are refused. Make a new one to see what was written since.

    :raises UnderfootError: FILE_UNREADABLE when there is no such file or it is written to, STORE_DAMAGED.
    """

    def __init__(self, path: Path) -> None:
        self._db = _ReadOnly(path)
        self._cold = path.with_name(path.name + ".cold")
        self._faults = FaultBook()
        self._ledger = RowLedger(self._db)
        self._archiving = Lock()

    def sides(self) -> dict[str, Side]:
        """The side of every insole that has rows here; an insole worn on both counts for its latest."""
        found = self._db.rows("SELECT insole, side FROM part JOIN stream ON stream.id = part.stream ORDER BY stream.id")
        return {insole: Side(side) for insole, side in found}
