"""Recordings in one SQLite file, ended walks in Parquet beside it. See `Recordings` for the contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection
from threading import Lock

import msgspec

from ingest.wire.block import Block
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, Receipt
from processing.store import block_rows, parquet, regrouping, row_ledger
from processing.store.database import Database, Row
from processing.store.recordings import Portion, SideBooks, Stretch, WalkInfo
from processing.store.walk_reader import Ended, WalkReader, cold_file, unknown_walk

_VERSION = 1
_PAGE_SIZE = 16_384  # a packed block is about 1 kB; small pages would waste the packing

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS walk (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, person TEXT NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0, late INTEGER NOT NULL DEFAULT 0,
    cold INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS layout (
    id INTEGER PRIMARY KEY, walk INTEGER NOT NULL, message TEXT NOT NULL, UNIQUE (walk, message));
CREATE TABLE IF NOT EXISTS part (
    walk INTEGER NOT NULL, stream INTEGER NOT NULL, side TEXT NOT NULL, rows INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, start_t_ns INTEGER NOT NULL, end_t_ns INTEGER NOT NULL,
    PRIMARY KEY (walk, stream, side)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS block (
    id INTEGER PRIMARY KEY, walk INTEGER NOT NULL, stream INTEGER NOT NULL, side TEXT NOT NULL, seq INTEGER NOT NULL,
    ticks INTEGER NOT NULL, tick_ns INTEGER NOT NULL, t_ns INTEGER NOT NULL, ns_per_row INTEGER NOT NULL,
    rows INTEGER NOT NULL, cells INTEGER NOT NULL, unit TEXT NOT NULL, scale REAL NOT NULL, not_measured TEXT NOT NULL,
    origin TEXT NOT NULL, lost_before INTEGER NOT NULL, lost_reason TEXT, t_error_ns INTEGER, codes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS block_in_time ON block (walk, t_ns, side, seq, stream);
{row_ledger.SCHEMA}
"""

_ADD_PART = """
INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, first = min(first, excluded.first),
    last = max(last, excluded.last), start_t_ns = min(start_t_ns, excluded.start_t_ns),
    end_t_ns = max(end_t_ns, excluded.end_t_ns)
"""
_WALKS = "SELECT id, name, person, ended, late FROM walk"


@dataclass(slots=True)
class _Append:
    """One append under way."""

    tx: Connection
    walk: int
    new: list[Block] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    parts: list[Row] = field(default_factory=list)
    streams: dict[int, row_ledger.Stream] = field(default_factory=dict)


class SqliteRecordings:
    """`Recordings` in the file `path`; ended walks that were archived lie in the folder `<path>.cold`.

    A block whose numbers no file can hold is left out and noted in `faults` as PAYLOAD_NOT_OURS.
    """

    def __init__(self, path: Path, faults: FaultBook | None = None) -> None:
        self._db = Database(path, _SCHEMA, _VERSION, _PAGE_SIZE)
        self._cold = path.with_name(path.name + ".cold")
        self._faults = faults if faults is not None else FaultBook()
        self._ledger = row_ledger.RowLedger(self._db)
        self._archiving = Lock()

    def append(self, person: str, walk: str, blocks: Sequence[Block]) -> list[Block]:
        return self.append_all([Portion(person, walk, blocks)])[0]

    def append_all(self, portions: Sequence[Portion]) -> list[list[Block]]:
        with self._db.lock:
            try:
                with self._db.transaction() as tx:
                    self._ledger.refresh()
                    return [self._append(tx, portion) for portion in portions]
            except BaseException:
                self._ledger.forget()
                raise

    def _append(self, tx: Connection, portion: Portion) -> list[Block]:
        time_known = all(block.time_known for block in portion.blocks)
        begins = Ended.TIME_UNKNOWN if not time_known else Ended.YES if portion.late else Ended.NO
        work = _Append(tx, self._begun(tx, portion.person, portion.walk, begins))
        for block in portion.blocks:
            self._take(work, block)
        self._write(work)
        if work.new:
            is_late = "UPDATE walk SET late = 1 WHERE id = ? AND (ended = ? OR NOT ended AND ?)"
            tx.execute(is_late, (work.walk, Ended.YES, portion.late))
        return work.new

    def _begun(self, tx: Connection, person: str, walk: str, begins: Ended = Ended.NO) -> int:
        found = tx.execute("SELECT id, person FROM walk WHERE name = ?", (walk,)).fetchone()
        if found is None:
            new = "INSERT INTO walk (name, person, ended) VALUES (?, ?, ?)"
            return int(tx.execute(new, (walk, person, begins)).lastrowid or 0)
        if found[1] != person:
            raise UnderfootError(FaultCode.UNKNOWN_NAME, f"walk {walk} is not one of {person}")
        return int(found[0])

    def _take(self, work: _Append, block: Block) -> None:
        if not block_rows.storable(block):
            self._faults.note(
                Fault(FaultCode.PAYLOAD_NOT_OURS, f"a block from {block.insole!r} with impossible numbers")
            )
            return
        stream = self._ledger.stream(work.tx, block.insole, block.boot)
        work.streams[stream.id] = stream
        self._ledger.declare(work.tx, work.walk, stream, block)
        for first, last in stream.stored.missing(block.seq, block.end_seq - 1):
            whole = last - first + 1 == block.rows
            part = block if whole else block.cut(first - block.seq, last + 1 - block.seq)
            stream.keep(first, last)
            work.new.append(part)
            work.rows.append((work.walk, stream.id, *block_rows.to_row(part)))
            times = (part.t_ns, part.end_t_ns)
            work.parts.append((work.walk, stream.id, str(part.side), part.rows, first, last, *times))

    def _write(self, work: _Append) -> None:
        work.tx.executemany(block_rows.INSERT, work.rows)
        work.tx.executemany(_ADD_PART, work.parts)
        self._ledger.write(work.tx, work.streams.values())

    def put_layout(self, person: str, walk: str, layout: Layout) -> None:
        with self._db.transaction() as tx:
            row = (self._begun(tx, person, walk), msgspec.json.encode(layout).decode())
            tx.execute("INSERT OR IGNORE INTO layout (walk, message) VALUES (?, ?)", row)

    def receipt(self, insole: str, side: Side, session: str) -> Receipt:
        with self._db.lock:
            self._ledger.refresh()
            return self._ledger.receipt(insole, side, session)

    def lacks(self, block: Block) -> bool:
        with self._db.lock:
            self._ledger.refresh()
            return self._ledger.lacks(block)

    def walks(self, person: str | None = None) -> list[WalkInfo]:
        with self._db.lock:
            found = self._db.rows(f"{_WALKS} WHERE person = ? OR ? IS NULL ORDER BY id", (person, person))
            infos = [self._info(row) for row in found]
        return sorted(infos, key=lambda info: (info.start_t_ns is None, info.start_t_ns or 0))

    def open_walk(self, person: str) -> WalkInfo | None:
        with self._db.lock:
            found = self._db.rows(f"{_WALKS} WHERE person = ? AND NOT ended ORDER BY id DESC LIMIT 1", (person,))
            return self._info(found[0]) if found else None

    def _info(self, row: Row) -> WalkInfo:
        number, name, person, ended, late = row
        parts = self._db.rows(
            "SELECT side, rows, start_t_ns, end_t_ns, insole FROM part JOIN stream ON stream.id = part.stream "
            "WHERE walk = ? ORDER BY side, stream.id",
            (number,),
        )
        return WalkInfo(
            walk=name,
            person=person,
            start_t_ns=min((part[2] for part in parts), default=None),
            end_t_ns=max((part[3] for part in parts), default=None),
            insoles=tuple(dict.fromkeys(part[4] for part in parts)),
            rows={side: sum(part[1] for part in parts if part[0] == side) for side in Side},
            ended=bool(ended),
            late=bool(late),
            time_known=ended != Ended.TIME_UNKNOWN,
        )

    def end_walk(self, walk: str, *, late: bool = False) -> None:
        self._set(walk, f"ended = max(ended, 1){', late = 1' if late else ''}")

    def mark_recomputed(self, walk: str) -> None:
        self._set(walk, "late = 0")

    def stretches(self, person: str) -> list[Stretch]:
        with self._db.lock:
            return regrouping.stretches(self._db, person)

    def join(self, walks: Sequence[str], name: str) -> None:
        with self._archiving:
            regrouping.join(self._db, self._cold, walks, name)

    def _set(self, walk: str, what: str) -> None:
        with self._db.transaction() as tx:
            if not tx.execute(f"UPDATE walk SET {what} WHERE name = ?", (walk,)).rowcount:
                raise unknown_walk(walk)

    def layouts(self, walk: str) -> list[Layout]:
        found = self._db.rows("SELECT message FROM layout WHERE walk = ? ORDER BY id", (self._number(walk),))
        try:
            return [msgspec.json.decode(message, type=Layout) for (message,) in found]
        except msgspec.DecodeError as error:
            raise UnderfootError(FaultCode.STORE_DAMAGED, f"layout of walk {walk}: {error}") from error

    def books(self, walk: str) -> dict[Side, SideBooks]:
        with self._db.lock:
            self._ledger.refresh()
            return self._ledger.books(self._number(walk))

    def _number(self, walk: str) -> int:
        found = self._db.rows("SELECT id FROM walk WHERE name = ?", (walk,))
        if not found:
            raise unknown_walk(walk)
        return int(found[0][0])

    def blocks(self, walk: str) -> Iterator[Block]:
        with closing(self._reader(walk)) as reader:
            yield from reader.blocks()

    def blocks_within(self, walk: str, start_t_ns: int, stop_t_ns: int) -> Iterator[Block]:
        with closing(self._reader(walk)) as reader:
            yield from reader.blocks_within(start_t_ns, stop_t_ns)

    def walk(self, walk: str) -> WalkInfo:
        with self._db.lock:
            found = self._db.rows(f"{_WALKS} WHERE name = ?", (walk,))
            if not found:
                raise unknown_walk(walk)
            return self._info(found[0])

    def _reader(self, walk: str) -> WalkReader:
        with self._db.lock:  # an archive in between would take the cold file away
            return WalkReader(self._db, self._cold, walk)

    def archive(self, walk: str) -> bool:
        with self._archiving, closing(self._reader(walk)) as reader:
            if not reader.ended or not parquet.available():
                return False
            if reader.newest_hot is None:
                return True
            generation = reader.generation + 1
            self._cold.mkdir(exist_ok=True)
            parquet.write_walk(cold_file(self._cold, reader.number, generation), reader.blocks(), self.layouts(walk))
            with self._db.transaction() as tx:  # until here the rows are hot, whatever lies beside the file
                tx.execute("DELETE FROM block WHERE walk = ? AND id <= ?", (reader.number, reader.newest_hot))
                tx.execute("UPDATE walk SET cold = ? WHERE id = ?", (generation, reader.number))
                cold_file(self._cold, reader.number, reader.generation).unlink(missing_ok=True)
        self._db.give_back_free_pages()
        return True

    def close(self) -> None:
        self._db.close()
