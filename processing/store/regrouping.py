"""Walks of one SQLite file laid out in time, and several of them made one: moves rows, changes none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from sqlite3 import Connection

from ingest.wire.block import Origin
from processing.store import block_rows
from processing.store.database import Database
from processing.store.recordings import Stretch
from processing.store.walk_reader import Ended, WalkReader, cold_file, unknown_walk

_BLOCKS_AT_ONCE = 1_000
_LONGEST_BLOCK_NS = 600 * 10**9

_STRETCHES = """
SELECT walk.id, name, min(start_t_ns) AS begun, max(end_t_ns), ended, late
FROM walk JOIN part ON part.walk = walk.id WHERE person = ? AND ended < ? GROUP BY walk.id ORDER BY begun, walk.id
"""
_AT_START = "SELECT min(origin = ?) FROM block WHERE walk = ? AND t_ns = ?"
_AT_END = "SELECT min(origin = ?) FROM block WHERE walk = ? AND t_ns > ? AND t_ns + rows * ns_per_row = ?"
_FIND = """
SELECT walk.id, name, ended, cold, coalesce(sum(rows), 0) FROM walk LEFT JOIN part ON part.walk = walk.id
WHERE name = ? GROUP BY walk.id
"""
_JOIN_PARTS = """
INSERT INTO part SELECT ?, stream, side, rows, first, last, start_t_ns, end_t_ns FROM part WHERE walk = ?
ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, first = min(first, excluded.first),
    last = max(last, excluded.last), start_t_ns = min(start_t_ns, excluded.start_t_ns),
    end_t_ns = max(end_t_ns, excluded.end_t_ns)
"""


def stretches(db: Database, person: str) -> list[Stretch]:
    """See `Recordings.stretches`."""
    return [
        Stretch(
            walk=name,
            start_t_ns=start_t_ns,
            end_t_ns=end_t_ns,
            ended=bool(ended),
            late=bool(late),
            late_start=bool(late) and _only_late(db, _AT_START, number, start_t_ns),
            late_end=bool(late) and _only_late(db, _AT_END, number, end_t_ns - _LONGEST_BLOCK_NS, end_t_ns),
        )
        for number, name, start_t_ns, end_t_ns, ended, late in db.rows(_STRETCHES, (person, Ended.TIME_UNKNOWN))
    ]


def _only_late(db: Database, question: str, number: int, *times: int) -> bool:
    return bool(db.rows(question, (str(Origin.BACKFILL), number, *times))[0][0])


def join(db: Database, cold: Path, walks: Sequence[str], name: str) -> None:
    """See `Recordings.join`. The rows of the longest walk stay where they are."""
    gone: list[Path] = []
    with db.transaction() as tx:
        found = [_find(tx, walk) for walk in walks]
        keeper = max(found, key=lambda walk: walk[4])[0]
        for number, its_name, _, generation, _ in found:
            if number != keeper:
                if generation:
                    _thaw(db, tx, cold, its_name, keeper)
                    gone.append(cold_file(cold, number, generation))
                _move(tx, number, keeper)
        ended = min(each[2] for each in found)
        tx.execute("UPDATE walk SET name = ?, ended = ?, late = 1 WHERE id = ?", (name, ended, keeper))
    for file in gone:
        file.unlink(missing_ok=True)


def _find(tx: Connection, walk: str) -> tuple[int, str, int, int, int]:
    found: tuple[int, str, int, int, int] | None = tx.execute(_FIND, (walk,)).fetchone()
    if found is None:
        raise unknown_walk(walk)
    return found


def _move(tx: Connection, number: int, keeper: int) -> None:
    tx.execute("UPDATE block SET walk = ? WHERE walk = ?", (keeper, number))
    tx.execute("UPDATE gap SET walk = ? WHERE walk = ?", (keeper, number))
    tx.execute("UPDATE OR IGNORE layout SET walk = ? WHERE walk = ?", (keeper, number))
    tx.execute(_JOIN_PARTS, (keeper, number))
    for table, key in (("layout", "walk"), ("part", "walk"), ("walk", "id")):
        tx.execute(f"DELETE FROM {table} WHERE {key} = ?", (number,))


def _thaw(db: Database, tx: Connection, cold: Path, walk: str, keeper: int) -> None:
    """The cold rows of a walk as hot ones of another."""
    with closing(WalkReader(db, cold, walk)) as reader:
        rows = _cold_rows(tx, reader, keeper)
        while some := list(islice(rows, _BLOCKS_AT_ONCE)):
            tx.executemany(block_rows.INSERT, some)


def _cold_rows(tx: Connection, reader: WalkReader, keeper: int) -> Iterator[tuple[object, ...]]:
    streams: dict[tuple[str, int], int] = {}
    for block in reader.cold_blocks():
        key = (block.insole, block.boot)
        if key not in streams:
            streams[key] = tx.execute("SELECT id FROM stream WHERE insole = ? AND boot = ?", key).fetchone()[0]
        yield (keeper, streams[key], *block_rows.to_row(block))
