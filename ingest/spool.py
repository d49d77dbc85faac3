"""Every row on disk until a receipt releases it; the ledger of gaps; the books.

One SQLite file, one writer, safe to use from any thread, blocking (callers on an event loop go through a thread).
A block is on disk when `append` returns. What is lost by a crash elsewhere only makes a block go out twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from ingest.held import Held
from ingest.ledger import Books, Ledger
from ingest.memory import InsoleMemory
from ingest.spool_file import SpoolFile
from ingest.spooled import Lane, Released, Spooled, covered_by
from ingest.wire.block import GapReason
from ingest.wire.codec import encode
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Gap, Receipt, Samples

_ROW_OVERHEAD_BYTES = 96  # of a block in its table and index, about
_SIZES = f"SELECT coalesce(sum(last - first + 1), 0), coalesce(sum(length(payload) + {_ROW_OVERHEAD_BYTES}), 0)"
_LATE_SHARE = 0.75  # of the room: what an insole remembers can wait there, what it streams cannot


class Spool:
    """The keeper of rows between the insole and processing.

    :param max_bytes: of waiting blocks; beyond it new ones are refused.
    :raises UnderfootError: STORE_DAMAGED when the file is no spool, DISK_FULL when there is no room for it,
        STORE_IN_USE while another program has it.
    """

    def __init__(self, path: Path, max_bytes: int = 2 * 1024**3) -> None:
        self.max_bytes = max_bytes
        self._unwritten: list[tuple[str, Gap]] = []  # gaps that a full disk did not take
        self._file = SpoolFile(path)
        self._db = self._file.db
        self._lock = self._file.lock
        self._ledger = Ledger(self._db)
        self._held = Held(self._db, self._ledger)
        self.memory = InsoleMemory(self._file, self._ledger, self._held)
        try:
            with self._file.reading():
                totals = f"{_SIZES}, insole, lane, max(id) FROM blocks GROUP BY insole, lane"
                found = self._db.execute(totals).fetchall()
        except BaseException:
            self.close()
            raise
        self._bytes: int = sum(size for _, size, _, _, _ in found)
        # counted here: a backlog may be long
        self._waiting = Counter({(insole, Lane(lane)): rows for rows, _, insole, lane, _ in found})
        self._newest_id = dict.fromkeys(Lane, 0)
        for _, _, _, lane, newest in found:
            self._newest_id[Lane(lane)] = max(self._newest_id[Lane(lane)], newest)

    def close(self) -> None:
        self._file.close()

    def append(self, samples: Samples) -> None:
        """Take a block and what it says was lost before it.

        :raises UnderfootError: SPOOL_FULL or DISK_FULL: the block was refused and its rows stand in the gap ledger.
        """
        payload = encode(samples)
        end = samples.seq + samples.rows
        reason = samples.lost_reason or GapReason.RADIO
        lost = Gap(boot=samples.boot, first=samples.seq - samples.lost_before, last=samples.seq - 1, reason=reason)
        refused = Gap(boot=samples.boot, first=samples.seq, last=end - 1, reason=GapReason.SPOOL_FULL)
        with self._lock:
            try:
                self._make_sure_of_room(len(payload), self.max_bytes)
                with self._transaction(durable=True):
                    self._settle(samples.insole, (lost,))
                    self._ledger.saw(samples.insole, samples.boot, lost.first, end)
                    self._ledger.received(samples.insole, samples.boot, samples.rows)
                    self._insert(samples, payload, Lane.LIVE)
            except UnderfootError:
                self._note_gaps(samples.insole, (lost, refused))
                raise
            self._took(samples, payload, Lane.LIVE)

    def append_late(self, blocks: Sequence[Samples]) -> int:
        """Take blocks out of an insole's memory, all or none; how many rows that were.

        Every row must stand in the ledger as missing. A block of which any row does not is left out.

        :raises UnderfootError: SPOOL_FULL, before live rows are refused, or DISK_FULL; nothing was taken.
        """
        payloads = [encode(each) for each in blocks]
        with self._lock:
            self._make_sure_of_room(sum(map(len, payloads)), round(_LATE_SHARE * self.max_bytes))
            taken = []
            with self._transaction(durable=True):
                self._settle("", ())
                for samples, payload in zip(blocks, payloads, strict=True):
                    if self._held.is_lacking(samples.insole, samples.boot, samples.seq, samples.rows):
                        end = samples.seq + samples.rows
                        self._ledger.filled(samples.insole, samples.boot, samples.seq, end - 1)
                        self._insert(samples, payload, Lane.LATE)
                        taken.append((samples, payload))
            for samples, payload in taken:
                self._took(samples, payload, Lane.LATE)
        return sum(samples.rows for samples, _ in taken)

    def unsent(self, after_id: int = 0, limit: int = 64, lane: Lane | None = None) -> list[Spooled]:
        """Blocks without a receipt, in the order in which they came in, over all insoles; of one lane or of both."""
        if lane is None:
            return self._blocks("WHERE id > ? ORDER BY id LIMIT ?", (after_id, limit))
        return self._blocks("WHERE lane = ? AND id > ? ORDER BY id LIMIT ?", (lane, after_id, limit))

    def has_after(self, block_id: int, lane: Lane) -> bool:
        """Whether `unsent` may find anything after this block; asked of memory, not of the disk."""
        return block_id < self._newest_id[lane]

    def mark_published(self, ids: Iterable[int]) -> None:
        """The broker has acknowledged these blocks. A block counts once, however often it goes out."""
        with self._lock, self._transaction(durable=False):
            for block_id in ids:
                self._count_published("id = ?", (block_id,))
                self._db.execute("UPDATE blocks SET published = 1 WHERE id = ?", (block_id,))

    def release(self, receipt: Receipt) -> Released:
        """Delete the blocks all of whose rows the receipt covers; how many rows that were."""
        rows = dict.fromkeys(Lane, 0)
        with self._lock:
            gone = []
            with self._transaction(durable=False):
                for lane, covered, values in covered_by(receipt):
                    self._count_published(covered, values)
                    gone.append((lane, *self._db.execute(f"{_SIZES} FROM blocks WHERE {covered}", values).fetchone()))
                    self._db.execute(f"DELETE FROM blocks WHERE {covered}", values)
            for lane, count, size in gone:
                self._bytes -= size
                self._waiting[receipt.insole, lane] -= count
                rows[lane] += count
        return Released(rows[Lane.LIVE], rows[Lane.LATE])

    def in_holes(self, receipt: Receipt) -> list[int]:
        """Ids of waiting live blocks that hold rows which the receipt says are missing, in order."""
        ids: list[int] = []
        with self._file.reading() as db:
            for boot in receipt.boots:
                for first, last in boot.holes:
                    found = db.execute(
                        "SELECT id FROM blocks WHERE insole = ? AND boot = ? AND first <= ? AND last >= ? AND lane = ?",
                        (receipt.insole, boot.boot, last, first, Lane.LIVE),
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
        with self._file.reading():
            return self._ledger.next_seq(insole, boot)

    def gaps(self, insole: str, limit: int = 32) -> tuple[Gap, ...]:
        """The latest gaps, oldest first."""
        with self._file.reading():
            return self._ledger.gaps(insole, limit)

    def books(self, insole: str) -> Books:
        with self._file.reading():
            to_fetch = self._held.to_fetch(insole)
            return self._ledger.books(insole, sum(self._waiting[insole, lane] for lane in Lane), to_fetch)

    def late_waiting(self, insole: str) -> int:
        """Rows out of the insole's memory that have no receipt yet."""
        return self._waiting[insole, Lane.LATE]

    @property
    def empty(self) -> bool:
        return not self.unsent(limit=1)

    @property
    def waiting_bytes(self) -> int:
        """What waiting blocks take, about."""
        return self._bytes

    @property
    def has_room_for_late(self) -> bool:
        """Whether to fetch what insoles remember: they keep it better than a spool that runs full."""
        return self._bytes < self.max_bytes // 2

    def _make_sure_of_room(self, more_bytes: int, allowed_bytes: int) -> None:
        if self._bytes + more_bytes + _ROW_OVERHEAD_BYTES > allowed_bytes:
            raise UnderfootError(FaultCode.SPOOL_FULL, f"{self._bytes} bytes wait, {allowed_bytes} are allowed")

    def _insert(self, samples: Samples, payload: bytes, lane: Lane) -> None:
        last = samples.seq + samples.rows - 1
        made = self._db.execute(
            "INSERT INTO blocks (insole, side, boot, first, last, payload, lane) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (samples.insole, samples.side, samples.boot, samples.seq, last, payload, lane),
        )
        self._newest_id[lane] = made.lastrowid or 0

    def _took(self, samples: Samples, payload: bytes, lane: Lane) -> None:
        self._bytes += len(payload) + _ROW_OVERHEAD_BYTES
        self._waiting[samples.insole, lane] += samples.rows

    def _blocks(self, where: str, values: Sequence[int]) -> list[Spooled]:
        with self._file.reading():
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
        for whose, gap in self._unwritten:
            self._ledger.lost(whose, gap)
        for gap in gaps:
            self._ledger.lost(insole, self._news_of(insole, gap))

    def _news_of(self, insole: str, gap: Gap) -> Gap:
        """What was refused stands in the ledger from then on, or has come out of the insole's memory since."""
        due = self._ledger.next_seq(insole, gap.boot) if gap.reason is GapReason.SPOOL_FULL else None
        return gap if due is None else replace(gap, first=max(gap.first, due))

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[None]:
        with self._file.transaction(durable=durable):
            yield
        if durable:
            self._unwritten.clear()
