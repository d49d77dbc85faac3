"""Rows go on in number and in time, or are left out with a fault: the guard every driver can put before its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ingest.events import FaultSeen, Rows
from ingest.wire.faults import Fault, FaultCode

_LATEST_DEVICE_NS = 2**62  # what the contract can still carry, with room to add


class RowOrder:
    """Remembers the newest row of the present boot. Rows that come again or earlier than it do not pass."""

    def __init__(self) -> None:
        self._boot: int | None = None
        self._due_seq = 0
        self._newest_ns = -1
        self.backwards_in_a_row = 0

    def begin(self, boot: int) -> None:
        """A hand-shake is done. Numbers go on within a boot; the clock is believed afresh, in case it was set right."""
        if boot != self._boot:
            self._boot, self._due_seq = boot, 0
        self._newest_ns = -1
        self.backwards_in_a_row = 0

    def admit(self, rows: Rows) -> Iterator[Rows | FaultSeen]:
        """What may pass of `rows`, and the faults of what may not."""
        again = min(max(0, self._due_seq - rows.seq), len(rows.codes))
        if again:
            yield FaultSeen(Fault(FaultCode.ROWS_REPEATED, f"rows {rows.seq} to {rows.seq + again - 1}"))
        fresh = _without_head(rows, again)
        if not len(fresh.codes):
            return
        first_ns = fresh.ticks * fresh.tick_ns
        last_ns = first_ns + (len(fresh.codes) - 1) * fresh.ns_per_row
        if last_ns >= _LATEST_DEVICE_NS:
            yield FaultSeen(Fault(FaultCode.FRAME_MALFORMED, f"row {fresh.seq} at tick {fresh.ticks}"))
            return
        if first_ns <= self._newest_ns:
            self.backwards_in_a_row += 1
            behind_ms = (self._newest_ns - first_ns) / 1e6
            yield FaultSeen(Fault(FaultCode.TIME_BACKWARDS, f"row {fresh.seq} is {behind_ms:g} ms before the last one"))
            return
        self.backwards_in_a_row = 0
        self._due_seq = fresh.seq + len(fresh.codes)
        self._newest_ns = last_ns
        yield fresh


def _without_head(rows: Rows, head: int) -> Rows:
    if not head:
        return rows
    later_ticks = head * rows.ns_per_row // rows.tick_ns
    return replace(rows, seq=rows.seq + head, ticks=rows.ticks + later_ticks, codes=rows.codes[head:])
