"""Which rows are on disk and which are known to be lost, per insole and boot; receipts come from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from ingest.wire.block import Block, GapReason
from ingest.wire.geometry import Side
from ingest.wire.messages import BootReceipt, Gap, Receipt
from processing.store.database import Database
from processing.store.recordings import SideBooks
from processing.store.spans import Span, Spans, rows_in

SCHEMA = """
CREATE TABLE IF NOT EXISTS stream (
    id INTEGER PRIMARY KEY, insole TEXT NOT NULL, boot INTEGER NOT NULL, touched INTEGER NOT NULL,
    UNIQUE (insole, boot));
CREATE TABLE IF NOT EXISTS span (
    stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (stream, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gap (
    stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL,
    walk INTEGER NOT NULL, side TEXT NOT NULL, PRIMARY KEY (stream, first)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gap_of_walk ON gap (walk)
"""

_BOOTS_IN_RECEIPT = 8
_HOLES_IN_RECEIPT = 256


@dataclass(slots=True)
class Stream:
    """The rows of one insole and boot: on disk, and declared lost when they had not come.

    `told_of` are both together: few spans, however many losses there were, so that a receipt costs the same all day.
    """

    id: int
    stored: Spans
    declared: Spans
    told_of: Spans

    @classmethod
    def of(cls, number: int, stored: Iterable[Span], declared: Iterable[Span]) -> Stream:
        have, lost = list(stored), list(declared)
        return cls(number, Spans(have), Spans(lost), Spans(sorted((*have, *lost))))

    def keep(self, first: int, last: int) -> None:
        self.stored.add(first, last)
        self.told_of.add(first, last)

    def lose(self, first: int, last: int) -> None:
        self.declared.add(first, last)
        self.told_of.add(first, last)


class RowLedger:
    """What the disk holds, with a copy in memory that must be forgotten when a transaction fails."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._streams: dict[tuple[str, int], Stream] = {}
        self._latest: dict[str, int] = {}
        self._version: int | None = None

    def refresh(self) -> None:
        """Forget the copy when another program has written to the file since last asked."""
        version = self._db.rows("PRAGMA data_version")[0][0]
        if version != self._version:
            self.forget()
        self._version = version

    def stream(self, tx: Connection, insole: str, boot: int) -> Stream:
        """The stream that rows are coming for now."""
        if self._latest.get(insole) != boot:
            tx.execute(
                "INSERT INTO stream (insole, boot, touched) "
                "VALUES (?, ?, (SELECT ifnull(max(touched), 0) + 1 FROM stream)) "
                "ON CONFLICT DO UPDATE SET touched = excluded.touched",
                (insole, boot),
            )
            self._latest[insole] = boot
        return self._known(insole, boot)

    def lacks(self, block: Block) -> bool:
        """Whether some of its rows are not stored."""
        key = (block.insole, block.boot)
        if key not in self._streams and not self._db.rows("SELECT 1 FROM stream WHERE insole = ? AND boot = ?", key):
            return True
        return bool(self._known(*key).stored.missing(block.seq, block.end_seq - 1))

    def _known(self, insole: str, boot: int) -> Stream:
        if (insole, boot) not in self._streams:
            number = self._db.rows("SELECT id FROM stream WHERE insole = ? AND boot = ?", (insole, boot))[0][0]
            self._streams[insole, boot] = Stream.of(number, self._spans("span", number), self._spans("gap", number))
        return self._streams[insole, boot]

    def _spans(self, table: str, stream: int) -> list[Span]:
        found = self._db.rows(f"SELECT first, last FROM {table} WHERE stream = ? ORDER BY first", (stream,))
        return [(first, last) for first, last in found]

    def declare(self, tx: Connection, walk: int, stream: Stream, block: Block) -> None:
        """Keep the loss that a block declares, as far as those rows are not here and not declared already."""
        reason = str(block.lost_reason or GapReason.RADIO)
        for gap in stream.declared.missing(max(0, block.seq - block.lost_before), block.seq - 1):
            for first, last in stream.stored.missing(*gap):
                stream.lose(first, last)
                row = (stream.id, first, last, reason, walk, str(block.side))
                tx.execute("INSERT INTO gap VALUES (?, ?, ?, ?, ?, ?)", row)

    def write(self, tx: Connection, streams: Iterable[Stream]) -> None:
        """Put down what changed in the rows stored."""
        for stream in streams:
            for first, last in stream.stored.take_changes().items():
                if last is None:
                    tx.execute("DELETE FROM span WHERE stream = ? AND first = ?", (stream.id, first))
                else:
                    tx.execute("INSERT OR REPLACE INTO span VALUES (?, ?, ?)", (stream.id, first, last))
            stream.declared.take_changes()  # those were put down as they came
            stream.told_of.take_changes()

    def forget(self) -> None:
        """The copy in memory may know more than the disk: read it again."""
        self._streams.clear()
        self._latest.clear()

    def receipt(self, insole: str, side: Side, session: str) -> Receipt:
        latest = "SELECT boot FROM stream WHERE insole = ? ORDER BY touched DESC LIMIT ?"
        boots = [boot for (boot,) in self._db.rows(latest, (insole, _BOOTS_IN_RECEIPT))]
        told = (_boot_receipt(boot, self._known(insole, boot)) for boot in boots)
        return Receipt(insole=insole, side=side, session=session, boots=tuple(one for one in told if one is not None))

    def books(self, walk: int) -> dict[Side, SideBooks]:
        """The books of a walk by side, from its parts."""
        parts = self._db.rows(
            "SELECT side, insole, boot, rows, first, last FROM part JOIN stream ON stream.id = part.stream "
            "WHERE walk = ? ORDER BY side, stream.id",
            (walk,),
        )
        books = {side: SideBooks() for side in Side}
        for side, insole, boot, rows, first, last in parts:
            gaps = self._gaps(walk, self._known(insole, boot), side, boot)
            start = min([first, *(gap.first for gap in gaps)])
            missing = _nobody_knows(self._known(insole, boot), start, last)
            books[Side(side)] = _added(books[Side(side)], rows, gaps, rows_in(missing))
        return books

    def _gaps(self, walk: int, stream: Stream, side: str, boot: int) -> list[Gap]:
        declared = self._db.rows(
            "SELECT first, last, reason FROM gap WHERE walk = ? AND stream = ? AND side = ? ORDER BY first",
            (walk, stream.id, side),
        )
        return [
            Gap(boot=boot, first=first, last=last, reason=GapReason(reason))
            for gap_first, gap_last, reason in declared
            for first, last in stream.stored.missing(gap_first, gap_last)  # late rows may have filled it
        ]


def _added(books: SideBooks, stored: int, gaps: list[Gap], missing: int) -> SideBooks:
    return SideBooks(
        stored=books.stored + stored,
        declared=books.declared + rows_in((gap.first, gap.last) for gap in gaps),
        missing=books.missing + missing,
        gaps=(*books.gaps, *gaps),
    )


def _nobody_knows(stream: Stream, first: int, last: int) -> list[Span]:
    """Rows that are neither here nor declared lost."""
    return stream.told_of.missing(first, last)


def _boot_receipt(boot: int, stream: Stream) -> BootReceipt | None:
    upto = stream.stored.last
    if upto is None:
        return None
    holes = _nobody_knows(stream, 0, upto)
    if len(holes) > _HOLES_IN_RECEIPT:  # a receipt may promise less than there is, never more
        upto = holes[_HOLES_IN_RECEIPT][0] - 1
        holes = holes[:_HOLES_IN_RECEIPT]
    return BootReceipt(boot=boot, stored_upto=upto, holes=tuple(holes))
