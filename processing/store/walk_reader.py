"""One walk as it is on disk now: hot rows from SQLite and cold ones from Parquet, in event-time order."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

from ingest.wire.block import Block
from ingest.wire.faults import FaultCode, UnderfootError
from processing.store import block_rows, parquet
from processing.store.database import Database, in_our_words

_IN_TIME = (
    f"SELECT stream.insole, stream.boot, {', '.join('block.' + name for name in block_rows.NAMES)} "
    "FROM block JOIN stream ON stream.id = block.stream WHERE block.walk = ? "
    "ORDER BY block.t_ns, block.side, block.seq, block.stream"
)
_BACK_NS = 10**9  # more than the hub's clock steps back: what began before a block that is over by then is over as well
_REACHING_IN = (
    "WITH near AS (SELECT id FROM block WHERE walk = :walk AND t_ns > :start - :back AND t_ns < :stop UNION "
    "SELECT (SELECT id FROM block AS last WHERE last.walk = :walk AND last.stream = part.stream "
    "AND last.side = part.side AND last.t_ns <= :start - :back ORDER BY last.t_ns DESC LIMIT 1) "
    "FROM part WHERE part.walk = :walk) "
    f"SELECT stream.insole, stream.boot, {', '.join('block.' + name for name in block_rows.NAMES)} "
    "FROM near JOIN block ON block.id = near.id JOIN stream ON stream.id = block.stream "
    "WHERE block.t_ns < :stop AND block.t_ns + block.rows * block.ns_per_row > :start "
    "ORDER BY block.t_ns, block.side, block.seq, block.stream"
)


class Ended(IntEnum):
    """Whether a walk has ended, as it stands on disk."""

    NO = 0
    YES = 1
    TIME_UNKNOWN = 2  # it was never under way: no clock tells when its rows were taken


def cold_file(folder: Path, number: int, generation: int) -> Path:
    """Where a walk lies after being archived so often; a new name each time, so that a crash leaves the old one."""
    return folder / f"walk-{number}-{generation}.parquet"


def unknown_walk(walk: str) -> UnderfootError:
    return UnderfootError(FaultCode.UNKNOWN_NAME, f"walk {walk}")


class WalkReader:
    """A snapshot of one walk; what is appended or archived later does not show. Close it.

    :raises UnderfootError: UNKNOWN_NAME, STORE_DAMAGED, DEPENDENCY_MISSING when it is cold and pyarrow is gone.
    """

    def __init__(self, db: Database, cold: Path, walk: str) -> None:
        self._path = db.path
        self._hot = db.snapshot()
        try:
            with in_our_words(self._path):
                self._find(walk)
            self._cold_blocks = self._open_cold(cold)
        except BaseException:
            self._hot.close()
            raise

    def _find(self, walk: str) -> None:
        found = self._hot.execute("SELECT id, ended, cold FROM walk WHERE name = ?", (walk,)).fetchone()
        if found is None:
            raise unknown_walk(walk)
        self.number: int = found[0]
        self.ended = bool(found[1])
        self.time_known = found[1] != Ended.TIME_UNKNOWN
        self.generation: int = found[2]
        newest = self._hot.execute("SELECT max(id) FROM block WHERE walk = ?", (self.number,)).fetchone()
        self.newest_hot: int | None = newest[0]

    def _open_cold(self, folder: Path) -> Iterator[Block]:
        if not self.generation:
            return iter(())
        try:
            return parquet.read_walk(cold_file(folder, self.number, self.generation))[1]
        except UnderfootError as error:
            raise _as_damage(error) from error

    def blocks(self) -> Iterator[Block]:
        """The blocks once, in event-time order, left before right where both begin at the same time."""
        try:
            with in_our_words(self._path):
                yield from heapq.merge(self._cold_blocks, self._hot_blocks(), key=_when)
        except UnderfootError as error:
            raise _as_damage(error) from error

    def blocks_within(self, start_t_ns: int, stop_t_ns: int) -> Iterator[Block]:
        """Those of `blocks` that hold a row's time of `start_t_ns ≤ t < stop_t_ns`, whole; the hot ones by an index."""
        cold = (block for block in self._cold_until(stop_t_ns) if block.end_t_ns > start_t_ns)
        values = {"walk": self.number, "start": start_t_ns, "stop": stop_t_ns, "back": _BACK_NS}
        try:
            with in_our_words(self._path):
                yield from heapq.merge(cold, self._hot_of(_REACHING_IN, values), key=_when)
        except UnderfootError as error:
            raise _as_damage(error) from error

    def _cold_until(self, stop_t_ns: int) -> Iterator[Block]:
        for block in self._cold_blocks:
            if block.t_ns >= stop_t_ns:
                return
            yield block

    def cold_blocks(self) -> Iterator[Block]:
        """Those that were archived, once."""
        try:
            yield from self._cold_blocks
        except UnderfootError as error:
            raise _as_damage(error) from error

    def _hot_blocks(self) -> Iterator[Block]:
        return self._hot_of(_IN_TIME, (self.number,))

    def _hot_of(self, sql: str, values: tuple[int] | dict[str, int]) -> Iterator[Block]:
        for insole, boot, *row in self._hot.execute(sql, values):
            yield block_rows.from_row(insole, boot, tuple(row), time_known=self.time_known)

    def close(self) -> None:
        self._hot.close()


def _when(block: Block) -> tuple[int, str, int]:
    return block.t_ns, block.side, block.seq


def _as_damage(error: UnderfootError) -> UnderfootError:
    """A file of ours that cannot be read is damage to the store."""
    if error.code is FaultCode.FILE_UNREADABLE:
        return UnderfootError(FaultCode.STORE_DAMAGED, error.fault.detail)
    return error
