"""Every row on disk until a receipt releases it; the ledger of gaps; the books.

One SQLite file, one writer, safe to use from any thread, blocking (callers on an event loop go through a thread).
A block is on disk when `append` returns. What is lost by a crash elsewhere only makes a block go out twice.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from ingest.alone import take_alone
from ingest.ledger import SCHEMA, Books, Ledger
from ingest.wire.block import GapReason
from ingest.wire.codec import encode
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import BootReceipt, Gap, Receipt, Samples

_SCHEMA = """
CREATE TABLE IF NOT EXISTS blocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    insole TEXT NOT NULL, side TEXT NOT NULL, boot INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,
    published INTEGER NOT NULL DEFAULT 0,
    payload BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS blocks_by_row ON blocks (insole, boot, first);
"""
_MAX_HOLES = 400  # in one condition: SQLite nests a thousand deep
_ROW_OVERHEAD_BYTES = 96  # of a block in its table and index, about
_SIZES = f"SELECT coalesce(sum(last - first + 1), 0), coalesce(sum(length(payload) + {_ROW_OVERHEAD_BYTES}), 0)"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A block in the spool: its place in the order, its rows' names and the bytes that are published."""

    id: int
    insole: str
    side: Side
    boot: int
    first: int
    last: int
    payload: bytes

    @property
    def rows(self) -> int:
        return self.last - self.first + 1


class Spool:
    """The keeper of rows between the insole and processing.

    :param max_bytes: of waiting blocks; beyond it new ones are refused.
    :raises UnderfootError: STORE_DAMAGED when the file is no spool, DISK_FULL when there is no room for it,
        STORE_IN_USE while another program has it.
    """

    def __init__(self, path: Path, max_bytes: int = 2 * 1024**3) -> None:
        self.max_bytes = max_bytes
        self._path = path
        self._lock = threading.Lock()
        self._unwritten: list[tuple[str, Gap]] = []  # gaps that a full disk did not take
        with _faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._alone = take_alone(path)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA journal_size_limit=4194304")
                self._db.executescript(_SCHEMA + SCHEMA)
                found = self._db.execute(f"{_SIZES}, insole FROM blocks GROUP BY insole").fetchall()
            except BaseException:
                self.close()
                raise
        self._bytes: int = sum(size for _, size, _ in found)
        self._waiting = Counter({insole: rows for rows, _, insole in found})  # counted here: a backlog may be long
        self._ledger = Ledger(self._db)

    def close(self) -> None:
        with self._lock:
            self._db.close()
            self._alone.close()

    def append(self, samples: Samples) -> None:
        """Take a block and what it says was lost before it.

        :raises UnderfootError: SPOOL_FULL or DISK_FULL: the block was refused and its rows stand in the gap ledger.
        """
        payload = encode(samples)
        size = len(payload) + _ROW_OVERHEAD_BYTES
        end = samples.seq + samples.rows
        reason = samples.lost_reason or GapReason.RADIO
        lost = Gap(boot=samples.boot, first=samples.seq - samples.lost_before, last=samples.seq - 1, reason=reason)
        refused = Gap(boot=samples.boot, first=samples.seq, last=end - 1, reason=GapReason.SPOOL_FULL)
        with self._lock:
            if self._bytes + size > self.max_bytes:
                self._note_gaps(samples.insole, (lost, refused))
                raise UnderfootError(FaultCode.SPOOL_FULL, f"{self._bytes} bytes wait, {self.max_bytes} are allowed")
            try:
                with self._transaction(durable=True):
                    self._settle(samples.insole, (lost,))
                    self._ledger.saw(samples.insole, samples.boot, lost.first, end)
                    self._ledger.received(samples.insole, samples.boot, samples.rows)
                    self._db.execute(
                        "INSERT INTO blocks (insole, side, boot, first, last, payload) VALUES (?, ?, ?, ?, ?, ?)",
                        (samples.insole, samples.side, samples.boot, samples.seq, end - 1, payload),
                    )
            except UnderfootError:
                self._note_gaps(samples.insole, (lost, refused))
                raise
            self._bytes += size
            self._waiting[samples.insole] += samples.rows

    def unsent(self, after_id: int = 0, limit: int = 64) -> list[Spooled]:
        """Blocks without a receipt, in the order in which they came in, over all insoles."""
        return self._blocks("WHERE id > ? ORDER BY id LIMIT ?", (after_id, limit))

    def mark_published(self, ids: Iterable[int]) -> None:
        """The broker has acknowledged these blocks. A block counts once, however often it goes out."""
        with self._lock, self._transaction(durable=False):
            for block_id in ids:
                self._count_published("id = ?", (block_id,))
                self._db.execute("UPDATE blocks SET published = 1 WHERE id = ?", (block_id,))

    def release(self, receipt: Receipt) -> int:
        """Delete the blocks all of whose rows the receipt covers; how many rows that were."""
        rows = size = 0
        with self._lock:
            with self._transaction(durable=False):
                for boot in receipt.boots:
                    covered, values = _covered(receipt.insole, boot)
                    self._count_published(covered, values)
                    gone = self._db.execute(f"{_SIZES} FROM blocks WHERE {covered}", values).fetchone()
                    self._db.execute(f"DELETE FROM blocks WHERE {covered}", values)
                    rows, size = rows + gone[0], size + gone[1]
            self._bytes -= size
            self._waiting[receipt.insole] -= rows
        return rows

    def in_holes(self, receipt: Receipt) -> list[int]:
        """Ids of waiting blocks that hold rows which the receipt says are missing, in order."""
        ids: list[int] = []
        with self._lock, _faults(self._path):
            for boot in receipt.boots:
                for first, last in boot.holes:
                    found = self._db.execute(
                        "SELECT id FROM blocks WHERE insole = ? AND boot = ? AND first <= ? AND last >= ?",
                        (receipt.insole, boot.boot, last, first),
                    )
                    ids += [block_id for (block_id,) in found]
        return sorted(ids)

    def note_taken(self, insole: str, boot: int, first_seq: int, next_seq: int) -> None:
        """The insole says it has taken rows `first_seq … next_seq - 1` of this boot."""
        with self._lock, self._transaction(durable=False):
            self._ledger.took(insole, boot, first_seq, next_seq)

    def note_gap(self, insole: str, gap: Gap) -> None:
        """Rows that will never come and that no later block declares."""
        with self._lock:
            self._note_gaps(insole, (gap,))

    def next_seq(self, insole: str, boot: int) -> int | None:
        """The first row of this boot that is neither received nor in the ledger; None: the boot is new."""
        with self._lock, _faults(self._path):
            return self._ledger.next_seq(insole, boot)

    def gaps(self, insole: str, limit: int = 32) -> tuple[Gap, ...]:
        """The latest gaps, oldest first."""
        with self._lock, _faults(self._path):
            return self._ledger.gaps(insole, limit)

    def books(self, insole: str) -> Books:
        with self._lock, _faults(self._path):
            return self._ledger.books(insole, self._waiting[insole])

    @property
    def empty(self) -> bool:
        return not self.unsent(limit=1)

    @property
    def waiting_bytes(self) -> int:
        """What waiting blocks take, about."""
        return self._bytes

    def _blocks(self, where: str, values: Sequence[int]) -> list[Spooled]:
        with self._lock, _faults(self._path):
            rows = self._db.execute(f"SELECT id, insole, side, boot, first, last, payload FROM blocks {where}", values)
            return [Spooled(i, insole, Side(side), b, f, n, payload) for i, insole, side, b, f, n, payload in rows]

    def _count_published(self, where: str, values: Sequence[object]) -> None:
        """Add the not yet published ones among these blocks to the count (a receipt proves the publishing too)."""
        counted = self._db.execute(
            "SELECT insole, boot, sum(last - first + 1) FROM blocks "
            f"WHERE published = 0 AND {where} GROUP BY insole, boot",
            values,
        ).fetchall()
        for insole, boot, rows in counted:
            self._ledger.published(insole, boot, rows)

    def _note_gaps(self, insole: str, gaps: Iterable[Gap]) -> None:
        """Into the ledger; on a full disk into memory, and into the ledger with the next write."""
        try:
            with self._transaction(durable=True):
                self._settle(insole, gaps)
        except UnderfootError:
            for gap in gaps:
                self._remember(insole, gap)

    def _remember(self, insole: str, gap: Gap) -> None:
        """Until the disk takes it; what goes on where the latest of its kind ended joins it."""
        if gap.first > gap.last:
            return
        for at, (whose, known) in enumerate(self._unwritten):
            alike = (whose, known.boot, known.reason) == (insole, gap.boot, gap.reason)
            if alike and known.first <= gap.first <= known.last + 1:
                self._unwritten[at] = (insole, replace(known, last=max(known.last, gap.last)))
                return
        self._unwritten.append((insole, gap))

    def _settle(self, insole: str, gaps: Iterable[Gap]) -> None:
        for whose, gap in (*self._unwritten, *((insole, gap) for gap in gaps)):
            self._ledger.lost(whose, gap)

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[None]:
        """All or nothing. Not durable: a power cut may undo it, which only makes blocks go out again."""
        with _faults(self._path):
            self._db.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk has rolled back by itself
                    self._db.execute("ROLLBACK")
                raise
        if durable:
            self._unwritten.clear()


def _covered(insole: str, boot: BootReceipt) -> tuple[str, list[str | int]]:
    """Condition for the blocks that lie up to `stored_upto` and touch no hole."""
    holes = sorted(boot.holes)
    upto = boot.stored_upto
    if len(holes) > _MAX_HOLES:
        upto = min(upto, holes[_MAX_HOLES][0] - 1)
    where = "insole = ? AND boot = ? AND first <= ? AND last <= ?"  # `first` lets the index pass over a backlog
    values: list[str | int] = [insole, boot.boot, upto, upto]
    for first, last in holes[:_MAX_HOLES]:
        where += " AND NOT (first <= ? AND last >= ?)"
        values += [last, first]
    return where, values


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """SQLite's errors as faults of ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        code = FaultCode.DISK_FULL if full else FaultCode.STORE_DAMAGED
        raise UnderfootError(code, f"{path.name}: {error}") from error
    except OSError as error:
        raise UnderfootError(FaultCode.STORE_DAMAGED, f"{path.name}: {error}") from error
