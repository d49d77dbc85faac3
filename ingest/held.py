"""What insoles still have in their own memory, and the clocks of their boots, as tables in the spool's file.

A gap is *obtainable* while its rows are held by the insole and were not asked for in vain (`GapReason.NOT_KEPT`).
The spool calls this inside its own transactions.
"""

from __future__ import annotations

import sqlite3
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
        found = self._db.execute(
            "SELECT first, last FROM gaps WHERE insole = ? AND boot = ? AND last >= ? AND first < ? AND reason != ? "
            "ORDER BY first",
            (insole, boot, rows.first, rows.next, "" if given_up else GapReason.NOT_KEPT),
        )
        return [RowRange(max(first, rows.first), min(last + 1, rows.next)) for first, last in found]

    def is_lacking(self, insole: str, boot: int, first: int, rows: int) -> bool:
        """Whether every one of these rows is missing here."""
        (missing,) = self._db.execute(
            "SELECT coalesce(sum(min(last, ?) - max(first, ?) + 1), 0) FROM gaps "
            "WHERE insole = ? AND boot = ? AND last >= ? AND first <= ?",
            (first + rows - 1, first, insole, boot, first, first + rows - 1),
        ).fetchone()
        return bool(missing == rows)

    def settled_upto(self, insole: str, boot: int, from_seq: int) -> int:
        """The first row from `from_seq` on that is not durable here and still obtainable."""
        held = self._db.execute("SELECT next FROM held WHERE insole = ? AND boot = ?", (insole, boot)).fetchone()
        known = self._ledger.span(insole, boot)
        if known is None:
            return from_seq
        lacking = self.lacking(insole, boot, RowRange(from_seq, held[0] if held else from_seq))
        return lacking[0].first if lacking else max(from_seq, known[1])

    def to_fetch(self, insole: str) -> int:
        """Rows that the insole has and that are still lacking."""
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'held'").fetchone():
            return 0  # a spool of before insoles remembered, read by somebody who may not write
        (rows,) = self._db.execute(
            "SELECT coalesce(sum(min(gaps.last + 1, held.next) - max(gaps.first, held.first)), 0) "
            "FROM held JOIN gaps USING (insole, boot) "
            "WHERE insole = ? AND gaps.last >= held.first AND gaps.first < held.next AND gaps.reason != ?",
            (insole, GapReason.NOT_KEPT),
        ).fetchone()
        return int(rows)

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
