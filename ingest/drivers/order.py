"""Rows go on in number and in time, or are left out with a fault: the guard every driver can put before its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ingest.events import FaultSeen, Rows
from ingest.wire.faults import Fault, FaultCode

_LATEST_DEVICE_NS = 2**62  # what the contract can still carry, with room to add
_BOOTS_REMEMBERED = 64  # a poor source of random numbers draws one again, and its rows would have names that are taken
_INSISTS = 8  # so many times running behind what came before, the insole's clock was wrong then and is right now


class RowOrder:
    """Remembers the newest row of every boot. Rows that come again or earlier than it do not pass.

    `due_seq`: the number that the next row may have at the earliest. `fastest_row_ns`: no insole takes rows faster,
    whatever rate it was asked for while nobody of ours listened.
    """

    def __init__(self, fastest_row_ns: int) -> None:
        self._fastest_row_ns = fastest_row_ns
        self._boot: int | None = None
        self._earlier: dict[int, tuple[int, int]] = {}  # boot: the due row and the newest time
        self.due_seq = 0
        self._newest_ns = -1
        self._backwards_in_a_row = 0

    def begin(self, boot: int) -> None:
        """A hand-shake is done. Numbers and time go on within a boot, but an insole that insists is believed."""
        if self._boot is not None:
            self._earlier[self._boot] = (self.due_seq, -1 if self.insists else self._newest_ns)
        self._boot, self._backwards_in_a_row = boot, 0
        self.due_seq, self._newest_ns = self._earlier.pop(boot, (0, -1))
        for oldest in list(self._earlier)[:-_BOOTS_REMEMBERED]:
            del self._earlier[oldest]

    @property
    def insists(self) -> bool:
        """The insole's clock stays behind what it once said; another hand-shake is due."""
        return self._backwards_in_a_row >= _INSISTS

    def admit(self, rows: Rows) -> Iterator[Rows | FaultSeen]:
        """What may pass of `rows`, and the faults of what may not."""
        again = min(max(0, self.due_seq - rows.seq), len(rows.codes))
        if again:
            yield FaultSeen(Fault(FaultCode.ROWS_REPEATED, f"rows {rows.seq} to {rows.seq + again - 1}"))
        fresh = _without_head(rows, again)
        if not len(fresh.codes):
            return
        first_ns = fresh.ticks * fresh.tick_ns
        last_ns = first_ns + (len(fresh.codes) - 1) * fresh.ns_per_row
        if first_ns <= self._newest_ns:
            self._backwards_in_a_row += 1
            behind_ms = (self._newest_ns - first_ns) / 1e6
            yield FaultSeen(Fault(FaultCode.TIME_BACKWARDS, f"row {fresh.seq} is {behind_ms:g} ms before the last one"))
            return
        if last_ns >= _LATEST_DEVICE_NS or self._leaps(fresh, first_ns):
            yield FaultSeen(Fault(FaultCode.FRAME_MALFORMED, f"row {fresh.seq} at tick {fresh.ticks}"))
            return
        self._backwards_in_a_row = 0
        self.due_seq = fresh.seq + len(fresh.codes)
        self._newest_ns = last_ns
        yield fresh

    def _leaps(self, rows: Rows, first_ns: int) -> bool:
        """The number runs ahead of the time: believed, it would make every true row after it one that came again."""
        newest_seq, newest_ns = (0, 0) if self._newest_ns < 0 else (self.due_seq - 1, self._newest_ns)
        return first_ns - newest_ns < (rows.seq - newest_seq - 1) * self._fastest_row_ns


def _without_head(rows: Rows, head: int) -> Rows:
    if not head:
        return rows
    later_ticks = head * rows.ns_per_row // rows.tick_ns
    return replace(rows, seq=rows.seq + head, ticks=rows.ticks + later_ticks, codes=rows.codes[head:])
