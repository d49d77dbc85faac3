"""What the spool knows of insoles' own memory: what to fetch from it, what to release there, and its boots' clocks."""

from __future__ import annotations

from ingest.held import Held, RowRange
from ingest.ledger import Ledger
from ingest.spool_file import SpoolFile


class InsoleMemory:
    """Blocking and safe to use from any thread, as the spool whose `memory` it is.

    :raises UnderfootError: from every method, DISK_FULL or STORE_DAMAGED.
    """

    def __init__(self, file: SpoolFile, ledger: Ledger, held: Held) -> None:
        self._file = file
        self._ledger = ledger
        self._held = held

    def forget(self, insole: str) -> None:
        """The insole is about to tell anew what it holds."""
        with self._file.lock, self._file.transaction(durable=False):
            self._held.forget(insole)

    def note(self, insole: str, boot: int, rows: RowRange, *, running: bool) -> None:
        """As `Held.note`."""
        with self._file.lock, self._file.transaction(durable=False):
            self._held.note(insole, boot, rows, running=running)

    def lacking(self, insole: str, boot: int, rows: RowRange, *, given_up: bool = False) -> list[RowRange]:
        """As `Held.lacking`."""
        with self._file.reading():
            return self._held.lacking(insole, boot, rows, given_up=given_up)

    def settled_upto(self, insole: str, boot: int, from_seq: int) -> int:
        """As `Held.settled_upto`."""
        with self._file.reading():
            return self._held.settled_upto(insole, boot, from_seq)

    def give_up(self, insole: str, boot: int, rows: RowRange) -> None:
        """The insole was asked for these rows and did not have them."""
        with self._file.lock, self._file.transaction(durable=True):
            self._ledger.given_up(insole, boot, rows.first, rows.next - 1)

    def keep_clock(self, insole: str, boot: int, landmarks: str) -> None:
        with self._file.lock, self._file.transaction(durable=False):
            self._held.keep_clock(insole, boot, landmarks)

    def clock(self, insole: str, boot: int) -> str | None:
        """The landmarks of a boot's clock as `keep_clock` was given them."""
        with self._file.reading():
            return self._held.clock(insole, boot)
