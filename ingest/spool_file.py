"""The spool's SQLite file: opened alone, written in transactions, its errors as faults of ours."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest import held, ledger
from ingest.alone import take_alone
from ingest.wire.faults import FaultCode, UnderfootError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS blocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    insole TEXT NOT NULL, side TEXT NOT NULL, boot INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,
    published INTEGER NOT NULL DEFAULT 0,
    payload BLOB NOT NULL,
    lane INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS blocks_by_row ON blocks (insole, boot, first);
"""
_LANES = "CREATE INDEX IF NOT EXISTS blocks_by_lane ON blocks (lane, id)"
_ADD_LANE = "ALTER TABLE blocks ADD COLUMN lane INTEGER NOT NULL DEFAULT 0"


class SpoolFile:
    """One connection, one lock; whoever reads or writes holds the lock.

    :raises UnderfootError: STORE_DAMAGED when the file is no spool, DISK_FULL when there is no room for it,
        STORE_IN_USE while another program has it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        with faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._alone = take_alone(path)
            self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        with self.lock:
            self.db.close()
            self._alone.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self.lock, faults(self.path):
            yield self.db

    @contextmanager
    def transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """All or nothing, with the lock held by the caller. Not durable: a power cut may undo it."""
        with faults(self.path):
            self.db.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:  # a full disk has rolled back by itself
                    self.db.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA journal_size_limit=4194304")
        self.db.executescript(_SCHEMA + ledger.SCHEMA + held.SCHEMA)
        if "lane" not in {name for _, name, *_ in self.db.execute("PRAGMA table_info(blocks)")}:
            self.db.execute(_ADD_LANE)
        self.db.execute(_LANES)


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """SQLite's errors as faults of ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        code = FaultCode.DISK_FULL if full else FaultCode.STORE_DAMAGED
        raise UnderfootError(code, f"{path.name}: {error}") from error
    except OSError as error:
        raise UnderfootError(FaultCode.STORE_DAMAGED, f"{path.name}: {error}") from error
