"""When the packets of an ORPHE INSOLE were taken: serial numbers and times of day onto even rows. Pure.

A packet carries the time of day of its oldest row in whole ms and no date. Rows are even on the insole's clock, so a
packet stays where its serial number puts it while its stamp agrees within some ms; where it does not, rows go on from
the stamp. How far apart rows are is not settled (200 Hz by name, 208 Hz measured; docs/SENSOR_SPEC.md): the first burst
tells.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.drivers.orphe_wire import DAY_MS, PACKETS_IN_RING, ROWS_PER_PACKET

ROW_NS = (5_000_000, 4_807_692)  # 200 Hz and 208 Hz
PACKETS_THAT_TELL = 20  # the two rates are 4 % apart, stamps are good to 1 ms in 20 ms a packet

_NS_PER_MS = 1_000_000
_LATE_NS = 10_000_000
_EARLY_NS = 4_000_000  # less than a row, so that rows never run backwards
_ANOTHER_CLOCK_NS = 60_000_000_000
_KEPT_OFF_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Stamped:
    """A packet by its unwrapped serial number, with its time of day."""

    serial: int
    stamp_ms: int


def row_ns_of(packets: Sequence[Stamped]) -> int:
    """Which of the two rates these packets were taken at; at least `PACKETS_THAT_TELL` apart."""
    first, last = packets[0], packets[-1]
    took_ns = (last.stamp_ms - first.stamp_ms) % DAY_MS * _NS_PER_MS
    measured_ns = took_ns / ((last.serial - first.serial) * ROWS_PER_PACKET)
    return min(ROW_NS, key=lambda row_ns: abs(row_ns - measured_ns))


class PacketGrid:
    """Device ns of packets of one boot; 0 is the midnight before the first."""

    def __init__(self, first: Stamped, row_ns: int) -> None:
        self.row_ns = row_ns
        self._serials = [first.serial]
        self._times_ns = [first.stamp_ms * _NS_PER_MS]
        self._newest_ms = first.stamp_ms

    def newer(self, packet: Stamped) -> int | None:
        """Time of the first row of a packet newer than all before; None: the insole's clock was set meanwhile."""
        due_ns = self._due_ns(packet.serial)
        stamp_ns = self._unwrapped_ns(packet.stamp_ms)
        off_ns = stamp_ns - due_ns
        if abs(off_ns) > _ANOTHER_CLOCK_NS:
            return None
        self._newest_ms = stamp_ns // _NS_PER_MS
        if off_ns > _LATE_NS:
            return self._go_on_from(packet.serial, stamp_ns)
        if off_ns < -_EARLY_NS:
            return self._go_on_from(packet.serial, max(stamp_ns, due_ns - _EARLY_NS))
        return due_ns

    def older(self, packet: Stamped) -> int | None:
        """The same of a packet that was left out; None: its stamp is not of that time."""
        due_ns = self._due_ns(packet.serial)
        return due_ns if abs(self._unwrapped_ns(packet.stamp_ms) - due_ns) <= _KEPT_OFF_NS else None

    def _due_ns(self, serial: int) -> int:
        at = max(0, bisect_right(self._serials, serial) - 1)
        return self._times_ns[at] + (serial - self._serials[at]) * ROWS_PER_PACKET * self.row_ns

    def _unwrapped_ns(self, stamp_ms: int) -> int:
        half = DAY_MS // 2
        return (self._newest_ms + (stamp_ms - self._newest_ms + half) % DAY_MS - half) * _NS_PER_MS

    def _go_on_from(self, serial: int, t_ns: int) -> int:
        self._serials.append(serial)
        self._times_ns.append(t_ns)
        while len(self._serials) > 1 and self._serials[1] < serial - 2 * PACKETS_IN_RING:
            del self._serials[0], self._times_ns[0]
        return t_ns
