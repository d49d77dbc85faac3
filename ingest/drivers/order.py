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
    head = min(head, len(rows.codes))
    later_ticks = head * rows.ns_per_row // rows.tick_ns
    return replace(rows, seq=rows.seq + head, ticks=rows.ticks + later_ticks, codes=rows.codes[head:])


class KeptOrder:
    """Guards the rows of one fetch, `first_seq … next_seq - 1` of one boot: none beside them, none twice.

    Number and time ascend within the fetch. Rows before and after the range, in a record that holds some of it, are
    left out without a fault: an insole sends its records as it keeps them.
    """

    def __init__(self, first_seq: int, next_seq: int, fastest_row_ns: int) -> None:
        self._first_seq = self._due_seq = first_seq
        self._next_seq = next_seq
        self._fastest_row_ns = fastest_row_ns
        self._newest = (0, 0)  # row and time, from the boot on

    @property
    def admitted(self) -> bool:
        return self._due_seq > self._first_seq

    def admit(self, rows: Rows) -> Iterator[Rows | FaultSeen]:
        """What may pass of `rows`, and the faults of what may not."""
        end_seq = rows.seq + len(rows.codes)
        if end_seq <= self._first_seq or rows.seq >= self._next_seq:
            yield FaultSeen(Fault(FaultCode.FRAME_MALFORMED, f"row {rows.seq} was not asked for"))
            return
        if self.admitted and rows.seq < self._due_seq:
            yield FaultSeen(Fault(FaultCode.ROWS_REPEATED, f"rows from {rows.seq} on"))
        wanted = _without_head(rows, max(0, self._due_seq - rows.seq))
        wanted = replace(wanted, codes=wanted.codes[: max(0, self._next_seq - wanted.seq)])
        if not len(wanted.codes):
            return
        first_ns = wanted.ticks * wanted.tick_ns
        last_ns = first_ns + (len(wanted.codes) - 1) * wanted.ns_per_row
        newest_seq, newest_ns = self._newest
        if self.admitted and first_ns <= newest_ns:
            yield FaultSeen(Fault(FaultCode.TIME_BACKWARDS, f"row {wanted.seq} is not after row {newest_seq}"))
            return
        too_early = first_ns - newest_ns < (wanted.seq - newest_seq - 1) * self._fastest_row_ns
        if too_early or last_ns >= _LATEST_DEVICE_NS:
            yield FaultSeen(Fault(FaultCode.FRAME_MALFORMED, f"row {wanted.seq} at tick {wanted.ticks}"))
            return
        self._due_seq = wanted.seq + len(wanted.codes)
        self._newest = self._due_seq - 1, last_ns
        yield wanted
