"""What was asked of the ring of an ORPHE INSOLE, what came of it, and rows of that. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ingest.drivers.orphe_newton import NO_FORCE, forces_of
from ingest.drivers.orphe_wire import CELLS, ROWS_PER_PACKET, SERIALS, Packet, Span
from ingest.events import Fetch, Rows

_IDLE_NS = 400_000_000  # no packet for so long: the burst is over


class Asked:
    """Packets `first … first + count - 1` (unwrapped serials) on their way. `kept`: for a `Fetch`."""

    def __init__(self, first: int, count: int, now_ns: int, *, kept: bool) -> None:
        self.first = first
        self.end = first + count
        self.kept = kept
        self._awaited = {serial % SERIALS: serial for serial in range(first, self.end)}
        self._came: dict[int, Packet] = {}
        self._heard_ns = self.arrived_ns = now_ns

    @property
    def span(self) -> Span:
        return Span(self.first % SERIALS, self.end - self.first)

    @property
    def over(self) -> bool:
        return not self._awaited

    @property
    def came(self) -> list[tuple[int, Packet]]:
        """With unwrapped serials, in order."""
        return sorted(self._came.items())

    def idle(self, now_ns: int) -> bool:
        return now_ns - self._heard_ns >= _IDLE_NS

    def take(self, packet: Packet, now_ns: int) -> bool:
        """Whether it was still awaited."""
        serial = self._awaited.pop(packet.serial, None)
        if serial is None:
            return False
        self._came[serial] = packet
        self._heard_ns = self.arrived_ns = now_ns
        return True

    def not_there(self, span: Span, now_ns: int) -> None:
        self._heard_ns = now_ns
        for serial in [low for low in self._awaited if (low - span.serial) % SERIALS < span.count]:
            del self._awaited[serial]


@dataclass(slots=True)
class Fetching:
    """A `Fetch` under way: packets `next … end - 1` are still to be asked for."""

    request: Fetch
    next: int
    end: int
    rows: int = 0


@dataclass(slots=True)
class RowJoiner:
    """Rows out of packets, joined while they follow evenly and miss the same cells."""

    boot: int
    row_ns: int
    _seqs: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _times_ns: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _codes: list[npt.NDArray[np.int16]] = field(default_factory=list)

    def add(self, seq: int, t_ns: int, packet: Packet) -> None:
        """A packet whose first row is `seq`, at device time `t_ns`."""
        steps = np.arange(ROWS_PER_PACKET, dtype=np.int64)
        self._seqs.append(seq + steps)
        self._times_ns.append(t_ns + steps * self.row_ns)
        self._codes.append(forces_of(packet.adc))

    def rows(self, arrived_ns: int, *, kept: bool = False, first_seq: int = 0, next_seq: int = 2**62) -> Iterator[Rows]:
        """What was added, of rows `first_seq … next_seq - 1`."""
        if not self._seqs:
            return
        seqs, times_ns = np.concatenate(self._seqs), np.concatenate(self._times_ns)
        codes = np.concatenate(self._codes)
        wanted = (seqs >= first_seq) & (seqs < next_seq)
        seqs, times_ns, codes = seqs[wanted], times_ns[wanted], codes[wanted]
        masks = (codes == NO_FORCE) @ (1 << np.arange(CELLS))
        breaks = (np.diff(seqs) != 1) | (np.diff(times_ns) != self.row_ns) | (np.diff(masks) != 0)
        for run in np.split(np.arange(len(seqs)), np.flatnonzero(breaks) + 1):
            if run.size:
                yield Rows(
                    boot=self.boot,
                    seq=int(seqs[run[0]]),
                    ticks=int(times_ns[run[0]]),
                    tick_ns=1,
                    ns_per_row=self.row_ns,
                    codes=np.maximum(codes[run], 0),
                    not_measured=int(masks[run[0]]),
                    arrived_ns=arrived_ns,
                    kept=kept,
                )
