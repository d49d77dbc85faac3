"""One SQLite file with one writer: opening, transactions, snapshots, and SQLite's errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from ingest.wire.faults import FaultCode, UnderfootError

Row = tuple[Any, ...]

_BUSY_S = 10.0
_WAL_KEPT_BYTES = 64 << 20  # a burst may grow the log; it shrinks back to this

_CODES = {
    sqlite3.SQLITE_FULL: FaultCode.DISK_FULL,
    sqlite3.SQLITE_CORRUPT: FaultCode.STORE_DAMAGED,
    sqlite3.SQLITE_NOTADB: FaultCode.STORE_DAMAGED,
    sqlite3.SQLITE_IOERR: FaultCode.STORE_DAMAGED,
    sqlite3.SQLITE_CANTOPEN: FaultCode.FILE_UNREADABLE,
    sqlite3.SQLITE_READONLY: FaultCode.FILE_UNREADABLE,
    sqlite3.SQLITE_PERM: FaultCode.FILE_UNREADABLE,
    sqlite3.SQLITE_BUSY: FaultCode.FILE_UNREADABLE,
    sqlite3.SQLITE_LOCKED: FaultCode.FILE_UNREADABLE,
}


@contextmanager
def in_our_words(path: Path) -> Iterator[None]:
    """SQLite's errors as `UnderfootError`; a mistake in our own SQL stays what it is."""
    try:
        yield
    except sqlite3.Error as error:
        code = _code_of(error)
        if code is None:
            raise
        raise UnderfootError(code, f"{path}: {error}") from error


def _code_of(error: sqlite3.Error) -> FaultCode | None:
    extended = getattr(error, "sqlite_errorcode", None)
    if extended is None:
        return None
    if extended == sqlite3.SQLITE_IOERR_SHMSIZE:  # how a full disk shows when the shared index cannot grow
        return FaultCode.DISK_FULL
    return _CODES.get(extended & 0xFF)


class Database:
    """The only writer of one file; calls from several threads take turns.

    Readers get a snapshot through a read-only connection of their own: SQLite before 3.51.3 can damage a WAL that two
    connections write or checkpoint at once.

    :raises UnderfootError: DISK_FULL, STORE_DAMAGED, FILE_UNREADABLE; PAYLOAD_VERSION when a newer version wrote it.
    """

    def __init__(self, path: Path, schema: str, version: int, page_size: int = 4096) -> None:
        self.path = path
        self.lock = RLock()
        with in_our_words(path):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UnderfootError(FaultCode.FILE_UNREADABLE, str(error)) from error
            self._writer = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(schema, version, page_size)
            except BaseException:
                self._writer.close()
                raise

    def _prepare(self, schema: str, version: int, page_size: int) -> None:
        run = self._writer.execute
        run(f"PRAGMA page_size={page_size}")
        run("PRAGMA auto_vacuum=INCREMENTAL")  # has no effect once WAL is on
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run(f"PRAGMA journal_size_limit={_WAL_KEPT_BYTES}")
        found = run("PRAGMA user_version").fetchone()[0]
        if found > version:
            raise UnderfootError(FaultCode.PAYLOAD_VERSION, f"{self.path} has version {found}, known is {version}")
        with self.transaction() as tx:
            for statement in schema.split(";"):
                tx.execute(statement)
            tx.execute(f"PRAGMA user_version={version}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; what was written is durable when this ends without an error."""
        with self.lock, in_our_words(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:  # a full disk may have rolled it back already
                    self._writer.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        """The whole answer to a small question."""
        with self.lock, in_our_words(self.path):
            return self._writer.execute(sql, tuple(values)).fetchall()

    def snapshot(self) -> sqlite3.Connection:
        """A read-only connection that keeps seeing the file as it is now; the caller closes it."""
        with in_our_words(self.path):
            uri = f"{self.path.resolve().as_uri()}?mode=ro"
            reader = sqlite3.connect(uri, timeout=_BUSY_S, isolation_level=None, check_same_thread=False, uri=True)
            try:
                reader.execute("BEGIN")
                reader.execute("SELECT 1 FROM sqlite_schema").fetchone()  # the snapshot begins with the first read
            except BaseException:
                reader.close()
                raise
            return reader

    def give_back_free_pages(self) -> None:
        """Return the space of deleted rows to the disk."""
        with self.lock, in_our_words(self.path):
            self._writer.executescript("PRAGMA incremental_vacuum")  # `execute` stops after one page

    def close(self) -> None:
        with self.lock:
            self._writer.close()
