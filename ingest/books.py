"""The spool's books, read beside the service that writes them. Cannot write, so it can disturb nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ingest.held import Held
from ingest.ledger import Books, Ledger
from ingest.wire.block import GapReason
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Gap

_ALL_GAPS = 1_000_000


class SpoolReader:
    """Every question opens the file anew and closes it.

    :raises UnderfootError: FILE_UNREADABLE when there is no such file, STORE_DAMAGED when it is no spool.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def insoles(self) -> tuple[str, ...]:
        """Every insole that the spool ever took rows of."""
        with self._reading() as db:
            return tuple(insole for (insole,) in db.execute("SELECT DISTINCT insole FROM boots ORDER BY insole"))

    def sides(self) -> dict[str, Side]:
        """The side of each insole that has rows waiting; what has left the spool has left its side with the rows."""
        with self._reading() as db:
            return {insole: Side(side) for insole, side in db.execute("SELECT DISTINCT insole, side FROM blocks")}

    def books(self, insole: str) -> Books:
        waiting = "SELECT coalesce(sum(last - first + 1), 0) FROM blocks WHERE insole = ?"
        with self._reading() as db:
            ledger = Ledger(db)
            to_fetch = Held(db, ledger).to_fetch(insole)
            return ledger.books(insole, int(db.execute(waiting, (insole,)).fetchone()[0]), to_fetch)

    def gaps(self, insole: str) -> tuple[Gap, ...]:
        """Every gap, oldest first."""
        with self._reading() as db:
            return Ledger(db).gaps(insole, _ALL_GAPS)

    def to_fetch(self, insole: str) -> dict[GapReason, int]:
        """Rows of those gaps that the insole's memory still has, by the gap's reason."""
        with self._reading() as db:
            return Held(db, Ledger(db)).to_fetch_by_reason(insole)

    def waiting_bytes(self) -> int:
        """Of blocks without a receipt."""
        with self._reading() as db:
            return int(db.execute("SELECT coalesce(sum(length(payload)), 0) FROM blocks").fetchone()[0])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise UnderfootError(FaultCode.FILE_UNREADABLE, f"{self.path} is not there")
        try:
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", timeout=10, uri=True)) as db:
                yield db
        except sqlite3.DatabaseError as error:
            raise UnderfootError(FaultCode.STORE_DAMAGED, f"{self.path}: {error}") from error
