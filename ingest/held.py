"""What insoles still have in their own memory, and the clocks of their boots, as tables in the spool's file.

A gap is *obtainable* while its rows are held by the insole and were not asked for in vain (`GapReason.NOT_KEPT`).
The spool calls this inside its own transactions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.ledger import Ledger
from ingest.wire.block import GapReason
from ingest.wire.messages import Gap

SCHEMA = """
CREATE TABLE IF NOT EXISTS held (
    insole TEXT NOT NULL, boot INTEGER NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (insole, boot)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    insole TEXT NOT NULL, boot INTEGER NOT NULL, landmarks TEXT NOT NULL, UNIQUE (insole, boot));
"""
_CLOCKS_KEPT = 64  # of an insole: four times what one remembers


@dataclass(frozen=True, slots=True, order=True)
class RowRange:
    """Rows `first … next - 1`."""

    first: int
    next: int

    @property
    def rows(self) -> int:
        return self.next - self.first


class Held:
    """Every method needs an open transaction or reads alone."""

    def __init__(self, db: sqlite3.Connection, ledger: Ledger) -> None:
        self._db = db
        self._ledger = ledger

    def forget(self, insole: str) -> None:
        """Nothing is known of this insole's memory until it tells."""
        self._db.execute("DELETE FROM held WHERE insole = ?", (insole,))

    def note(self, insole: str, boot: int, rows: RowRange, *, running: bool) -> None:
        """The insole has these rows; what of them is nowhere in the ledger becomes a gap.

        :param running: the boot streams: rows beyond those that came are under way and no gap.
        """
        self._db.execute("INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)", (insole, boot, rows.first, rows.next))
        known = self._ledger.span(insole, boot)
        if known is None and running:
            return
        first, came, taken = known or (rows.first, rows.first, rows.first)
        self._ledger.lost(insole, Gap(boot=boot, first=rows.first, last=first - 1, reason=GapReason.AWAY))
        if not running:
            end = max(rows.next, taken)
            self._ledger.lost(insole, Gap(boot=boot, first=came, last=end - 1, reason=GapReason.AWAY))

    def lacking(self, insole: str, boot: int, rows: RowRange, *, given_up: bool = False) -> list[RowRange]:
        """Which of these rows are missing, ascending; with or without those that were asked for in vain."""
        return list(self._lacking(insole, boot, rows, given_up=given_up))

    def _lacking(self, insole: str, boot: int, rows: RowRange, *, given_up: bool = False) -> Iterator[RowRange]:
        for _, first, last, reason in self._ledger.lines(insole, boot, rows.first, rows.next - 1):
            if given_up or reason != GapReason.NOT_KEPT:
                yield RowRange(max(first, rows.first), min(last + 1, rows.next))

    def is_lacking(self, insole: str, boot: int, first: int, rows: int) -> bool:
        """Whether every one of these rows is missing here."""
        missing = self._lacking(insole, boot, RowRange(first, first + rows), given_up=True)
        return sum(each.rows for each in missing) == rows

    def settled_upto(self, insole: str, boot: int, from_seq: int) -> int:
        """The first row from `from_seq` on that is not durable here and may still be obtainable."""
        known = self._ledger.span(insole, boot)
        if known is None or not known[0] <= from_seq < known[1]:
            return from_seq  # of rows that are not in the ledger nobody knows anything
        lacking = next(self._lacking(insole, boot, RowRange(from_seq, known[1])), None)
        return known[1] if lacking is None else lacking.first

    def to_fetch(self, insole: str) -> int:
        """Rows that the insole has and that are still lacking."""
        return sum(self.to_fetch_by_reason(insole).values())

    def to_fetch_by_reason(self, insole: str) -> dict[GapReason, int]:
        """The same, by what kept them from coming at once."""
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'held'").fetchone():
            return {}  # a spool of before insoles remembered, read by somebody who may not write
        found = self._db.execute(
            "SELECT gaps.reason, sum(min(gaps.last + 1, held.next) - max(gaps.first, held.first)) "
            "FROM held JOIN gaps USING (insole, boot) "
            "WHERE insole = ? AND gaps.last >= held.first AND gaps.first < held.next AND gaps.reason != ? "
            "GROUP BY gaps.reason",
            (insole, GapReason.NOT_KEPT),
        )
        return {GapReason(reason): int(rows) for reason, rows in found}

    def keep_clock(self, insole: str, boot: int, landmarks: str) -> None:
        self._db.execute(
            "INSERT INTO clocks (insole, boot, landmarks) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET landmarks = excluded.landmarks",
            (insole, boot, landmarks),
        )
        self._db.execute(
            "DELETE FROM clocks WHERE insole = ? AND id NOT IN "
            "(SELECT id FROM clocks WHERE insole = ? ORDER BY id DESC LIMIT ?)",
            (insole, insole, _CLOCKS_KEPT),
        )

    def clock(self, insole: str, boot: int) -> str | None:
        found = self._db.execute(
            "SELECT landmarks FROM clocks WHERE insole = ? AND boot = ?", (insole, boot)
        ).fetchone()
        return None if found is None else str(found[0])
