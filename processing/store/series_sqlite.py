"""Series in one SQLite file, with minutes and hours kept ready. See `Series` for the contract.

A minute is summed up again from its points, and an hour from its minutes, whenever one of them is written: so a point
that comes late, twice or changed leaves the same sums as if it had come once and in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from ingest.wire.faults import FaultCode, UnderfootError
from processing.store.database import Database
from processing.store.series import Bucket, Point

_VERSION = 1
_SECOND_NS = 1_000_000_000
_MINUTE_NS = 60 * _SECOND_NS
_HOUR_NS = 60 * _MINUTE_NS

_SUMS = (
    "series INTEGER NOT NULL, t_ns INTEGER NOT NULL, n INTEGER NOT NULL, "
    "total REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL"
)
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL, tags TEXT NOT NULL,
    UNIQUE (person, name, field, tags));
CREATE TABLE IF NOT EXISTS point (
    series INTEGER NOT NULL, t_ns INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, t_ns)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS minute ({_SUMS}, PRIMARY KEY (series, t_ns)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hour ({_SUMS}, PRIMARY KEY (series, t_ns)) WITHOUT ROWID
"""
_SUM_UP = {
    "minute": "INSERT OR REPLACE INTO minute SELECT ?1, ?2, count(*), sum(value), min(value), max(value) "
    f"FROM point WHERE series = ?1 AND t_ns >= ?2 AND t_ns < ?2 + {_MINUTE_NS} GROUP BY series",
    "hour": "INSERT OR REPLACE INTO hour SELECT ?1, ?2, sum(n), sum(total), min(low), max(high) "
    f"FROM minute WHERE series = ?1 AND t_ns >= ?2 AND t_ns < ?2 + {_HOUR_NS} GROUP BY series",
}
_POINTS = "SELECT t_ns, 1 AS n, value AS total, value AS low, value AS high FROM point"
_WITHIN = "WHERE series = :series AND t_ns >= {} AND t_ns < {}"

_THERE = "WHERE series = ? AND t_ns >= ? AND t_ns < ?"

_Key = tuple[str, str, str, str]
_At = tuple[int, int]  # series, and where a minute of it begins


class SqliteSeries:
    """`Series` in the file `path`."""

    def __init__(self, path: Path) -> None:
        self._db = Database(path, _SCHEMA, _VERSION)
        self._ids: dict[_Key, int] = {}

    def write(self, points: Sequence[Point]) -> None:
        with self._writing() as tx:
            _sum_up(tx, self._put(tx, points))

    def repaint(self, person: str, name: str, start_ns: int, stop_ns: int, points: Sequence[Point]) -> None:
        with self._writing() as tx:
            touched = self._erase(tx, person, name, start_ns, stop_ns)
            _sum_up(tx, touched | self._put(tx, points))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._db.lock:
            try:
                with self._db.transaction() as tx:
                    yield tx
            except BaseException:
                self._ids.clear()  # they may name series that the disk does not have
                raise

    def _erase(self, tx: Connection, person: str, name: str, start_ns: int, stop_ns: int) -> set[_At]:
        touched: set[_At] = set()
        find = "SELECT id FROM series WHERE person = ? AND name = ?"
        for (number,) in tx.execute(find, (person, name)).fetchall():
            within = (number, start_ns, stop_ns)
            times = f"SELECT DISTINCT t_ns - t_ns % {_MINUTE_NS} FROM point {_THERE}"
            touched |= {(number, t_ns) for (t_ns,) in tx.execute(times, within)}
            tx.execute(f"DELETE FROM point {_THERE}", within)
        for table, length_ns in (("minute", _MINUTE_NS), ("hour", _HOUR_NS)):
            gone = {(series, t_ns - t_ns % length_ns) for series, t_ns in touched}
            tx.executemany(f"DELETE FROM {table} WHERE series = ? AND t_ns = ?", sorted(gone))
        return touched

    def _put(self, tx: Connection, points: Sequence[Point]) -> set[_At]:
        """The series and minutes that have changed."""
        rows = []
        for point in points:
            tags = _canonical(point.tags)
            for field, value in point.measured().items():
                rows.append((self._id(tx, (point.person, point.name, field, tags)), point.t_ns, value))
        tx.executemany("INSERT OR REPLACE INTO point VALUES (?, ?, ?)", rows)
        return {(series, t_ns - t_ns % _MINUTE_NS) for series, t_ns, _ in rows}

    def _id(self, tx: Connection, key: _Key) -> int:
        if key not in self._ids:
            tx.execute("INSERT OR IGNORE INTO series (person, name, field, tags) VALUES (?, ?, ?, ?)", key)
            find = "SELECT id FROM series WHERE person = ? AND name = ? AND field = ? AND tags = ?"
            self._ids[key] = tx.execute(find, key).fetchone()[0]
        return self._ids[key]

    def query(
        self,
        person: str,
        name: str,
        field: str,
        start_ns: int,
        stop_ns: int,
        step_s: float,
        tags: Mapping[str, str] | None = None,
    ) -> list[Bucket]:
        step_ns = round(step_s * _SECOND_NS)
        if step_ns <= 0:
            raise UnderfootError(FaultCode.CONFIG_INVALID, f"a step of {step_s} s")
        find = (
            "SELECT id FROM series WHERE person = ? AND name = ? AND field = ? AND (tags = ? OR ? IS NULL) ORDER BY id"
        )
        wanted = None if tags is None else _canonical(tags)
        found = [number for (number,) in self._db.rows(find, (person, name, field, wanted, wanted))]
        if not found:
            return []
        source, bounds = _source(start_ns, stop_ns, step_ns)
        several = " UNION ALL ".join(source.replace(":series", str(number)) for number in found)
        rows = self._db.rows(
            f"SELECT t_ns - t_ns % {step_ns} AS began, sum(total), min(low), max(high), sum(n) "
            f"FROM ({several}) GROUP BY began ORDER BY began",
            bounds,
        )
        return [Bucket(t_ns, total / count, low, high, count) for t_ns, total, low, high, count in rows]

    def close(self) -> None:
        self._db.close()


def _sum_up(tx: Connection, minutes: set[_At]) -> None:
    """The sums of these minutes, and of the hours that they lie in."""
    hours = {(series, t_ns - t_ns % _HOUR_NS) for series, t_ns in minutes}
    for table, touched in (("minute", minutes), ("hour", hours)):
        tx.executemany(_SUM_UP[table], sorted(touched))


def _source(start_ns: int, stop_ns: int, step_ns: int) -> tuple[str, tuple[int, ...]]:
    """Where a series' figures come from: whole hours or minutes where the step allows it, points at the ragged ends."""
    table, length_ns = ("hour", _HOUR_NS) if step_ns % _HOUR_NS == 0 else ("minute", _MINUTE_NS)
    whole_from = -(-start_ns // length_ns) * length_ns
    whole_to = stop_ns // length_ns * length_ns
    if step_ns % _MINUTE_NS or whole_from >= whole_to:
        return f"{_POINTS} {_WITHIN.format('?1', '?2')}", (start_ns, stop_ns)
    sums = f"SELECT t_ns, n, total, low, high FROM {table}"
    parts = (
        f"{_POINTS} {_WITHIN.format('?1', '?2')}",
        f"{sums} {_WITHIN.format('?2', '?3')}",
        f"{_POINTS} {_WITHIN.format('?3', '?4')}",
    )
    return " UNION ALL ".join(parts), (start_ns, whole_from, whole_to, stop_ns)


def _canonical(tags: Mapping[str, str]) -> str:
    return json.dumps({key: value for key, value in tags.items() if value}, sort_keys=True)
