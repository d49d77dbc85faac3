"""The ledger of gaps and the books, as tables in the spool's file. The spool calls this inside its own transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.wire.block import GapReason
from ingest.wire.messages import Gap

SCHEMA = """
CREATE TABLE IF NOT EXISTS gaps (
    id INTEGER PRIMARY KEY,
    insole TEXT NOT NULL, boot INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS gaps_by_row ON gaps (insole, boot, last, first);
CREATE INDEX IF NOT EXISTS gaps_in_order ON gaps (insole);
CREATE TABLE IF NOT EXISTS boots (
    insole TEXT NOT NULL, boot INTEGER NOT NULL,
    first INTEGER NOT NULL, next INTEGER NOT NULL, taken_next INTEGER NOT NULL,
    received INTEGER NOT NULL DEFAULT 0, published INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (insole, boot)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Books:
    """Rows of one insole since the spool was made. `taken = received + missing` once all that was taken is settled."""

    taken: int = 0
    received: int = 0
    published: int = 0
    waiting: int = 0
    missing: int = 0
    to_fetch: int = 0  # of the missing ones: those that the insole's memory still has


class Ledger:
    """What became of every row of every boot. Every method needs an open transaction or reads alone."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def saw(self, insole: str, boot: int, first: int, end: int) -> None:
        """Rows `first … end - 1` are received or settled."""
        self._db.execute(
            "INSERT INTO boots (insole, boot, first, next, taken_next) VALUES (?, ?, ?, ?, 0) "
            "ON CONFLICT DO UPDATE SET first = min(first, excluded.first), next = max(next, excluded.next)",
            (insole, boot, first, end),
        )

    def took(self, insole: str, boot: int, first: int, taken_next: int) -> None:
        """The insole says it has taken rows `first … taken_next - 1`; of a known boot none is settled by that."""
        self._db.execute(
            "INSERT INTO boots (insole, boot, first, next, taken_next) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET first = min(first, excluded.first), "
            "taken_next = max(taken_next, excluded.taken_next)",
            (insole, boot, first, first, taken_next),
        )

    def received(self, insole: str, boot: int, rows: int) -> None:
        self._db.execute("UPDATE boots SET received = received + ? WHERE insole = ? AND boot = ?", (rows, insole, boot))

    def published(self, insole: str, boot: int, rows: int) -> None:
        self._db.execute(
            "UPDATE boots SET published = published + ? WHERE insole = ? AND boot = ?", (rows, insole, boot)
        )

    def lost(self, insole: str, gap: Gap) -> None:
        """One line; what an earlier line covers is left out, what continues one of its kind joins it."""
        key = (insole, gap.boot)
        (covered,) = self._db.execute(
            "SELECT max(last) FROM gaps WHERE insole = ? AND boot = ? AND last >= ? AND first <= ?",
            (*key, gap.first, gap.last),
        ).fetchone()
        first = gap.first if covered is None else covered + 1
        if first > gap.last:
            return
        joined = self._db.execute(
            "UPDATE gaps SET last = ? WHERE insole = ? AND boot = ? AND last = ? AND reason = ?",
            (gap.last, *key, first - 1, gap.reason),
        )
        if not joined.rowcount:
            self._db.execute(
                "INSERT INTO gaps (insole, boot, first, last, reason) VALUES (?, ?, ?, ?, ?)",
                (*key, first, gap.last, gap.reason),
            )
        self.saw(insole, gap.boot, first, gap.last + 1)

    def filled(self, insole: str, boot: int, first: int, last: int) -> None:
        """Rows that stood in the ledger as missing have come after all."""
        self._cut_out(insole, boot, first, last)
        self.received(insole, boot, last - first + 1)

    def given_up(self, insole: str, boot: int, first: int, last: int) -> None:
        """Rows that stood in the ledger as missing were asked for in vain."""
        for gap_first, gap_last in self._cut_out(insole, boot, first, last):
            self.lost(insole, Gap(boot=boot, first=gap_first, last=gap_last, reason=GapReason.NOT_KEPT))

    def _cut_out(self, insole: str, boot: int, first: int, last: int) -> list[tuple[int, int]]:
        """Shorten, split or take away the lines that touch these rows; the parts that were in lines, ascending."""
        lines = list(self.lines(insole, boot, first, last))
        for number, line_first, line_last, reason in lines:
            rests = [(line_first, first - 1), (last + 1, line_last)]
            left = [(number if k == 0 else None, f, n) for k, (f, n) in enumerate(r for r in rests if r[0] <= r[1])]
            self._db.execute("DELETE FROM gaps WHERE id = ?", (number,))
            self._db.executemany(
                "INSERT INTO gaps (id, insole, boot, first, last, reason) VALUES (?, ?, ?, ?, ?, ?)",
                [(line, insole, boot, f, n, reason) for line, f, n in left],
            )
        return [(max(first, line_first), min(last, line_last)) for _, line_first, line_last, _ in lines]

    def lines(self, insole: str, boot: int, first: int, last: int) -> Iterator[tuple[int, int, int, str]]:
        """Number, first row, last row and reason of the gaps that touch these rows, ascending; later ones cost nothing.

        Gaps of a boot never overlap: in the order of their last rows they are in that of their first ones too.
        """
        found = self._db.execute(
            "SELECT id, first, last, reason FROM gaps WHERE insole = ? AND boot = ? AND last >= ? ORDER BY last",
            (insole, boot, first),
        )
        for line in found:
            if line[1] > last:
                return
            yield line

    def gaps(self, insole: str, limit: int) -> tuple[Gap, ...]:
        """The latest, oldest first."""
        rows = self._db.execute(
            "SELECT boot, first, last, reason FROM gaps WHERE insole = ? ORDER BY id DESC LIMIT ?", (insole, limit)
        ).fetchall()
        return tuple(Gap(boot=b, first=f, last=n, reason=GapReason(r)) for b, f, n, r in reversed(rows))

    def next_seq(self, insole: str, boot: int) -> int | None:
        """The first row of this boot that is neither received nor lost; None: the boot is new."""
        row = self._db.execute("SELECT next FROM boots WHERE insole = ? AND boot = ?", (insole, boot)).fetchone()
        return int(row[0]) if row else None

    def span(self, insole: str, boot: int) -> tuple[int, int, int] | None:
        """First row, `next_seq`, and one past the last row that the insole says it took; None: the boot is new."""
        found = self._db.execute(
            "SELECT first, next, taken_next FROM boots WHERE insole = ? AND boot = ?", (insole, boot)
        ).fetchone()
        return None if found is None else (int(found[0]), int(found[1]), int(found[2]))

    def books(self, insole: str, waiting: int, to_fetch: int = 0) -> Books:
        taken, received, published = self._db.execute(
            "SELECT coalesce(sum(max(taken_next, next) - first), 0), coalesce(sum(received), 0), "
            "coalesce(sum(published), 0) FROM boots WHERE insole = ?",
            (insole,),
        ).fetchone()
        (missing,) = self._db.execute(
            "SELECT coalesce(sum(last - first + 1), 0) FROM gaps WHERE insole = ?", (insole,)
        ).fetchone()
        return Books(taken, received, published, waiting, missing, to_fetch)
