"""Names and even times for the rows of insoles that number or stamp them poorly, or not at all. Pure.

An insole without a boot id gets one per connection (`boot_of`); its rows are numbered from 0. Three ways to number:

- a counter per row, that comes round: `RowCounter`;
- a stamp of the insole's clock per packet: `Unwrap`, then `RowGrid`. The stamp says how many periods went by, rounded,
  so a gap shows as missing numbers. The rows' times stay on an even grid, whatever the stamps' jitter: the grid follows
  their offset, smoothed over 8 packets, and is moved only when that has grown to a quarter of a period. A stamp that is
  off by more than half a period looks like a lost row and is counted as one; a long gap is numbered as well as the
  nominal period is true;
- nothing: `ArrivalGrid`. Rows are counted as they come; a row that never came cannot be told from one never taken.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ingest.wire.faults import Fault, FaultCode

_BOOTS_PER_S = 32  # no link is made and made again so fast; comes round after 4.2 years
_BOOTS_REMEMBERED = 64
_LONGEST_GAP_NS = 600_000_000_000  # beyond it the hub's or the insole's clock was set
_INSISTS = 8  # so many odd stamps in a row: the insole's clock was set, and is believed
_LEAD_NS = 2_000_000_000  # further ahead of the hub's time no stamp is believed at once
_SMOOTHING = 8
_LATE_SMOOTHING = 16  # an arrival can only be late, so being early tells more
_PAUSE_PERIODS, _PAUSE_NS = 4, 250_000_000
_NUMBERS = 1 << 32


def boot_of(now_ns: int) -> int:
    """The 32-bit boot id of a connection that is made at `now_ns` (UTC of the hub)."""
    return now_ns * _BOOTS_PER_S // 1_000_000_000 % _NUMBERS


class Unwrap:
    """A counter of `bits` bits that comes round, as one that only grows. One count lasts `unit_ns`.

    Each count is taken for the one nearest to the newest; after a silence of more than half the range, for the one
    nearest to where the hub's time says that it should be.
    """

    def __init__(self, bits: int, unit_ns: int) -> None:
        self._range = 1 << bits
        self._unit_ns = unit_ns
        self._newest: int | None = None
        self._newest_at_ns = 0

    def at(self, count: int, now_ns: int) -> int:
        """The whole count; less than the one before when `count` is from before it."""
        if self._newest is None:
            whole = count % self._range + self._range  # so that one from before it is not below 0
        else:
            silent = (now_ns - self._newest_at_ns) // self._unit_ns
            around = self._newest + (silent if silent > self._range // 2 else 0)
            ahead = (count - around + self._range // 2) % self._range - self._range // 2
            whole = around + ahead
        if self._newest is None or whole > self._newest:
            self._newest, self._newest_at_ns = whole, now_ns
        return whole


@dataclass(frozen=True, slots=True)
class Placed:
    """The name and the time of the first of some rows."""

    boot: int
    seq: int
    ticks: int


class _Grid:
    """Rows from 0 at even times; `_phase_ns` is by how much the stamps run behind the grid, smoothed."""

    def __init__(self, ns_per_row: int, tick_ns: int = 1_000_000) -> None:
        if ns_per_row % tick_ns:
            raise ValueError(f"{ns_per_row} ns a row is no whole number of ticks of {tick_ns} ns")
        self.ns_per_row, self.tick_ns = ns_per_row, tick_ns
        self.boot = -1
        self._past_boots: deque[int] = deque(maxlen=_BOOTS_REMEMBERED)
        self._next_seq = 0
        self._due_ns: int | None = None
        self._phase_ns = 0

    def begin(self, now_ns: int) -> None:
        """A connection: a boot of its own, rows from 0."""
        self.boot = boot_of(now_ns)
        while self.boot in self._past_boots:  # the hub's clock was set back
            self.boot = (self.boot + 1) % _NUMBERS
        self._past_boots.append(self.boot)
        self._next_seq, self._due_ns, self._phase_ns = 0, None, 0

    def _put(self, due_ns: int, rows: int) -> Placed:
        """Rows from `_next_seq` on at `due_ns`, moved if the stamps have gone away from the grid."""
        if abs(self._phase_ns) > self.ns_per_row // 4:
            whole = round(self._phase_ns / self.tick_ns) * self.tick_ns
            back = -(self.ns_per_row // 2 // self.tick_ns * self.tick_ns)  # time goes on, whatever the stamps say
            move_ns = max(whole, back)
            due_ns += move_ns
            self._phase_ns -= move_ns
        placed = Placed(self.boot, self._next_seq, due_ns // self.tick_ns)
        self._next_seq += rows
        self._due_ns = due_ns + rows * self.ns_per_row
        return placed


class _Stamped(_Grid):
    """Rows with a clock or a counter of the insole's own, which has to go on, and no faster than the hub's time."""

    def __init__(self, ns_per_row: int, tick_ns: int = 1_000_000) -> None:
        super().__init__(ns_per_row, tick_ns)
        self._newest_ns: int | None = None
        self._newest_at_ns = 0
        self._odd_in_a_row = 0

    def begin(self, now_ns: int) -> None:
        super().begin(now_ns)
        self._newest_ns, self._odd_in_a_row = None, 0

    def _judge(self, stamp_ns: int, rows: int, now_ns: int) -> Fault | None:
        """Why rows of this stamp belong nowhere. What insists is believed, as a boot of its own."""
        if stamp_ns < 0:
            return Fault(FaultCode.TIME_BACKWARDS, "before the insole's own beginning")
        fault = self._odd(stamp_ns, now_ns)
        if fault is not None and fault.code is not FaultCode.ROWS_REPEATED:
            self._odd_in_a_row += 1
            if self._odd_in_a_row >= _INSISTS:
                self.begin(now_ns)
                fault = None
        if fault is not None:
            return fault
        leaps = self._newest_ns is not None and stamp_ns - self._newest_ns > _LONGEST_GAP_NS
        if leaps or self._next_seq + rows + _LONGEST_GAP_NS // self.ns_per_row > _NUMBERS:
            self.begin(now_ns)
        self._newest_ns, self._newest_at_ns, self._odd_in_a_row = stamp_ns, now_ns, 0
        return None

    def _odd(self, stamp_ns: int, now_ns: int) -> Fault | None:
        if self._newest_ns is None:
            return None
        ahead_ns = stamp_ns - self._newest_ns
        if ahead_ns == 0:
            return Fault(FaultCode.ROWS_REPEATED, f"stamp {stamp_ns // 1_000_000} ms came again")
        if ahead_ns < 0:
            return Fault(FaultCode.TIME_BACKWARDS, f"{-ahead_ns / 1e6:g} ms before the newest row")
        if ahead_ns > _LEAD_NS + 2 * max(0, now_ns - self._newest_at_ns):
            return Fault(FaultCode.FRAME_MALFORMED, f"a stamp that leaps by {ahead_ns / 1e9:g} s")
        return None


class RowGrid(_Stamped):
    """Stamps of the insole's clock, in ns, to names and even times."""

    def place(self, stamp_ns: int, rows: int, now_ns: int) -> Placed | Fault:
        """Where `rows` even rows belong, the first of which was taken at `stamp_ns`; the fault says why nowhere.

        A clock that was set (stamps that insist on being from before, or from far ahead) begins a boot of its own.
        """
        stamp_ns -= stamp_ns % self.tick_ns
        fault = self._judge(stamp_ns, rows, now_ns)
        if fault is not None:
            return fault
        due_ns = stamp_ns if self._due_ns is None else self._due_ns
        skipped = max(0, (stamp_ns - due_ns - self._phase_ns + self.ns_per_row // 2) // self.ns_per_row)
        due_ns += skipped * self.ns_per_row
        self._next_seq += skipped
        self._phase_ns += (stamp_ns - due_ns - self._phase_ns) // _SMOOTHING
        return self._put(due_ns, rows)


class RowCounter(_Stamped):
    """A counter of `bits` bits per row to names; the rows' times are the counter's, one tick a row."""

    def __init__(self, bits: int, ns_per_row: int) -> None:
        super().__init__(ns_per_row, ns_per_row)
        self._bits = bits
        self._unwrap = Unwrap(bits, ns_per_row)
        self._first = 0

    def begin(self, now_ns: int) -> None:
        super().begin(now_ns)
        self._unwrap = Unwrap(self._bits, self.ns_per_row)

    def place(self, count: int, rows: int, now_ns: int) -> Placed | Fault:
        """Where `rows` rows belong, the first of which has this count; the fault says why nowhere."""
        whole = self._unwrap.at(count, now_ns)
        fault = self._judge(whole * self.ns_per_row, rows, now_ns)
        if fault is not None:
            return fault
        if self._due_ns is None:
            self._first = whole = self._unwrap.at(count, now_ns)  # afresh, if this has begun a boot
            self._newest_ns = whole * self.ns_per_row
        elif whole - self._first < self._next_seq:
            return Fault(FaultCode.ROWS_REPEATED, f"count {count} came again")
        self._next_seq = whole - self._first
        return self._put(self._next_seq * self.ns_per_row, rows)


class ArrivalGrid(_Grid):
    """Rows with neither stamp nor number: counted as they come, timed by when they came, from the connection on."""

    def __init__(self, ns_per_row: int, tick_ns: int = 1_000_000) -> None:
        super().__init__(ns_per_row, tick_ns)
        self._begun_ns = 0
        self._latest_ns = 0

    def begin(self, now_ns: int) -> None:
        super().begin(now_ns)
        self._begun_ns, self._latest_ns = now_ns, 0

    def place(self, rows: int, now_ns: int) -> Placed:
        """Where the next `rows` rows belong, which came at `now_ns`. A pause moves the time, not the numbers."""
        self._latest_ns = max(self._latest_ns, now_ns - self._begun_ns)
        came_ns = self._latest_ns - self._latest_ns % self.tick_ns
        due_ns = came_ns if self._due_ns is None else self._due_ns
        late_ns = came_ns - due_ns
        if late_ns > max(_PAUSE_PERIODS * self.ns_per_row, _PAUSE_NS):
            due_ns, self._phase_ns = came_ns, 0
        else:
            early = late_ns < self._phase_ns
            self._phase_ns += (late_ns - self._phase_ns) // (2 if early else _LATE_SMOOTHING)
        return self._put(due_ns, rows)

    def skip(self, rows: int) -> None:
        """Rows came that cannot be read: they have their numbers and their time, and are missing."""
        if self._due_ns is not None:
            self._next_seq += rows
            self._due_ns += rows * self.ns_per_row
