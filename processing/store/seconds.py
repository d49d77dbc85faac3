"""The packed seconds of walks that have ended, in one SQLite file. One writer; a reader opens the file for itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from processing.store.database import Database, in_our_words

_VERSION = 1
_BUSY_S = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS walks (
    person TEXT NOT NULL, walk TEXT NOT NULL, begun_t_ns INTEGER NOT NULL, ended_t_ns INTEGER NOT NULL,
    PRIMARY KEY (person, walk)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS packs (
    person TEXT NOT NULL, walk TEXT NOT NULL, part INTEGER NOT NULL, pack BLOB NOT NULL,
    PRIMARY KEY (person, walk, part))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedSeconds:
    """A walk whose seconds are kept; `ended_t_ns`: of its last row."""

    walk: str
    begun_t_ns: int
    ended_t_ns: int


class SecondsWriter(Protocol):
    def put(self, person: str, walk: WalkedSeconds, packs: Sequence[bytes]) -> None:
        """Keep a walk; what stood there under its name is replaced. :raises UnderfootError: DISK_FULL and its like."""

    def drop(self, person: str, walk: str) -> None:
        """Forget a walk that has become part of another one, or goes on."""


class SqliteSeconds:
    """The writer."""

    def __init__(self, path: Path) -> None:
        self._db = Database(path, _SCHEMA, _VERSION)

    def put(self, person: str, walk: WalkedSeconds, packs: Sequence[bytes]) -> None:
        values = ((person, walk.walk, part, pack) for part, pack in enumerate(packs))
        with self._db.transaction() as tx:
            _drop(tx, person, walk.walk)
            tx.execute("INSERT INTO walks VALUES (?, ?, ?, ?)", (person, walk.walk, walk.begun_t_ns, walk.ended_t_ns))
            tx.executemany("INSERT INTO packs VALUES (?, ?, ?, ?)", values)

    def drop(self, person: str, walk: str) -> None:
        with self._db.transaction() as tx:
            _drop(tx, person, walk)

    def close(self) -> None:
        self._db.close()


class SecondsReader:
    """Reads beside a writer in another process.

    :raises UnderfootError: FILE_UNREADABLE when there is no such file, STORE_DAMAGED.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def walks(self, person: str, start_t_ns: int, stop_t_ns: int) -> list[WalkedSeconds]:
        """Those that began from `start_t_ns` on and before `stop_t_ns`, the earliest first."""
        sql = (
            "SELECT walk, begun_t_ns, ended_t_ns FROM walks "
            "WHERE person = ? AND begun_t_ns >= ? AND begun_t_ns < ? ORDER BY begun_t_ns, walk"
        )
        with in_our_words(self._path), closing(self._open()) as reader:
            found = reader.execute(sql, (person, start_t_ns, stop_t_ns)).fetchall()
        return [WalkedSeconds(walk=walk, begun_t_ns=begun, ended_t_ns=ended) for walk, begun, ended in found]

    def packs(self, person: str, walk: str) -> Iterator[bytes]:
        with in_our_words(self._path), closing(self._open()) as reader:
            sql = "SELECT pack FROM packs WHERE person = ? AND walk = ? ORDER BY part"
            for (pack,) in reader.execute(sql, (person, walk)):
                yield pack

    def _open(self) -> sqlite3.Connection:
        uri = f"{self._path.resolve().as_uri()}?mode=ro"
        return sqlite3.connect(uri, timeout=_BUSY_S, uri=True)


def _drop(tx: sqlite3.Connection, person: str, walk: str) -> None:
    for table in ("walks", "packs"):
        tx.execute(f"DELETE FROM {table} WHERE person = ? AND walk = ?", (person, walk))
