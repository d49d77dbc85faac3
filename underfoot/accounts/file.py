"""accounts.sqlite: opening and asking it. Only its owner may read it.

No WAL: the service and the command line may both write, which SQLite before 3.51.3 does not survive in WAL.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.database import in_our_words

_BUSY_S = 5.0
_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL UNIQUE, roles TEXT NOT NULL, people TEXT, language TEXT,
    home_hub_user TEXT NOT NULL, password TEXT NOT NULL, one_time INTEGER NOT NULL,
    created_t_ns INTEGER NOT NULL, changed_t_ns INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, csrf TEXT NOT NULL,
    begun_t_ns INTEGER NOT NULL, seen_t_ns INTEGER NOT NULL, stays INTEGER NOT NULL,
    network TEXT NOT NULL, agent TEXT NOT NULL, browser TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sessions_of ON sessions (account);
CREATE TABLE IF NOT EXISTS networks (
    account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, network TEXT NOT NULL, t_ns INTEGER NOT NULL,
    PRIMARY KEY (account, network));
CREATE TABLE IF NOT EXISTS labels (person TEXT PRIMARY KEY, label TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS trail (
    id INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, what TEXT NOT NULL, who TEXT NOT NULL, place TEXT NOT NULL,
    detail TEXT NOT NULL, times INTEGER NOT NULL)
"""


class AccountsFile:
    """Calls from several threads take turns.

    :raises UnderfootError: DISK_FULL, STORE_DAMAGED, FILE_UNREADABLE; PAYLOAD_VERSION when a newer version wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
        except OSError as error:
            raise UnderfootError(FaultCode.FILE_UNREADABLE, str(error)) from error
        with in_our_words(path):
            self._open = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._open.close()
                raise

    def _prepare(self) -> None:
        run = self._open.execute
        run("PRAGMA foreign_keys=ON")
        run("PRAGMA synchronous=FULL")
        run("PRAGMA secure_delete=ON")
        found = run("PRAGMA user_version").fetchone()[0]
        if found > _VERSION:
            raise UnderfootError(FaultCode.PAYLOAD_VERSION, f"{self.path} has version {found}, known is {_VERSION}")
        if found < _VERSION:
            with self.transaction() as tx:
                for statement in _TABLES.split(";"):
                    tx.execute(statement)
                tx.execute(f"PRAGMA user_version={_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; durable when it ends without an error."""
        with self._lock, in_our_words(self.path):
            self._open.execute("BEGIN IMMEDIATE")
            try:
                yield self._open
                self._open.execute("COMMIT")
            except BaseException:
                if self._open.in_transaction:
                    self._open.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock, in_our_words(self.path):
            return self._open.execute(sql, tuple(values)).fetchall()

    def close(self) -> None:
        with self._lock:
            self._open.close()
