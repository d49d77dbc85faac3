"""Contacts and strides of one foot while it walks: nothing is known of what comes after a row.

The threshold lies 20 N (uncalibrated: 10 % of the range) above what the foot read at its lightest in the last ten
seconds, and moves once a second of the insole's own time. A contact or a gap counts once it has lasted 0.10 s
(clinical basis 1.6). After a break in the data a new contact is awaited; no stride spans a break.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from processing.metrics.signal import Floats

_CHUNK_NS = 10**9
_MEMORY = 10  # chunks
_LASTING_NS = 100_000_000
_THRESHOLD_N = 20.0
_THRESHOLD_SHARE = 0.10
_SWING_SHARE = 0.25  # of the foot's peak: a second that was never below it held no swing
_STRIDE_NS = (500_000_000, 2_500_000_000)
_STANCE_PCT = (30.0, 90.0)


class Phase(Enum):
    UNKNOWN = auto()  # after a break: on the ground or not, the beginning was not seen
    SWING = auto()
    RISING = auto()  # above, not yet for long enough to count
    STANCE = auto()
    FALLING = auto()  # below, not yet for long enough to count


@dataclass(frozen=True, slots=True)
class Edge:
    """When a foot came down or left the ground, on the insole's clock and in UTC."""

    own_ns: int
    t_ns: int


@dataclass(frozen=True, slots=True)
class Footfall:
    """An initial contact, and the stride that it ends (None: the one before was not seen or was no stride)."""

    at: Edge
    began: Edge | None = None
    foot_off: Edge | None = None


class RunningContacts:
    """Feed rows in order; `falls` fills with the initial contacts that have lasted."""

    def __init__(self, newton_per_unit: float | None, noise: float) -> None:
        self.falls: deque[Footfall] = deque()
        self._above = noise if newton_per_unit is None else _THRESHOLD_N / newton_per_unit
        self._calibrated = newton_per_unit is not None
        self._lows: deque[float] = deque(maxlen=_MEMORY)
        self._highs: deque[float] = deque(maxlen=_MEMORY)
        self._chunk: list[Floats] = []
        self._chunk_ends_ns: int | None = None
        self._threshold = self._above
        self._baseline = 0.0
        self._phase = Phase.UNKNOWN
        self._edge: Edge | None = None  # the change that is being confirmed
        self._contact: Edge | None = None  # the latest initial contact since the last break
        self._off: Edge | None = None
        self._before: float | None = None  # load of the row before, None after a break
        self._due_own_ns: int | None = None

    def feed(self, load: Floats, own_ns: int, t_ns: int, ns_per_row: int, boot_begins: bool) -> None:
        """Evenly spaced rows; `own_ns` of the first one on the insole's clock."""
        if boot_begins:
            self._chunk_ends_ns = None
        if boot_begins or self._due_own_ns is None or abs(own_ns - self._due_own_ns) * 2 > ns_per_row:
            self._phase, self._edge, self._contact, self._off, self._before = Phase.UNKNOWN, None, None, None, None
        row = 0
        while row < load.size:
            if self._chunk_ends_ns is None:
                self._chunk_ends_ns = own_ns + _CHUNK_NS
            left = -(-(self._chunk_ends_ns - (own_ns + row * ns_per_row)) // ns_per_row)
            if left <= 0:
                self._learn(own_ns + row * ns_per_row)
                continue
            piece = load[row : row + left]
            self._walk_through(piece, own_ns + row * ns_per_row, t_ns + row * ns_per_row, ns_per_row)
            self._chunk.append(piece)
            row += piece.size
        self._due_own_ns = own_ns + load.size * ns_per_row

    def _learn(self, now_own_ns: int) -> None:
        """A second of the insole's time is over: where lie swing and peak now?"""
        if self._chunk:
            loads = np.concatenate(self._chunk)
            rank = loads.size // 10
            self._lows.append(float(np.partition(loads, rank)[rank]))
            self._highs.append(float(loads.max()))
        self._chunk = []
        assert self._chunk_ends_ns is not None  # noqa: S101 - it was set before any row was taken
        self._chunk_ends_ns += _CHUNK_NS * (1 + (now_own_ns - self._chunk_ends_ns) // _CHUNK_NS)
        peak = max(self._highs, default=0.0)
        swings = sorted(low for low in self._lows if low < _SWING_SHARE * peak)
        if swings:
            self._baseline = swings[len(swings) // 2]
        above = self._above if self._calibrated else max(self._above, _THRESHOLD_SHARE * (peak - self._baseline))
        self._threshold = self._baseline + above

    def _walk_through(self, load: Floats, own_ns: int, t_ns: int, ns_per_row: int) -> None:
        above = load > self._threshold
        first_above = bool(above[0])
        is_down = self._phase in (Phase.RISING, Phase.STANCE)
        if self._phase is Phase.UNKNOWN:
            is_down = True  # until it is seen in the air
        turns = ((above[1:] != above[:-1]).nonzero()[0] + 1).tolist()
        if first_above != is_down:
            turns.insert(0, 0)
        for row in turns:
            before = float(load[row - 1]) if row else self._before
            lead = 0
            if before is not None and load[row] != before:
                way = (self._threshold - before) / (float(load[row]) - before)
                lead = round((1.0 - min(max(way, 0.0), 1.0)) * ns_per_row)
            at = Edge(own_ns + row * ns_per_row - lead, t_ns + row * ns_per_row - lead)
            self._settle(at.own_ns)
            self._turn(at, down=bool(above[row]))
        self._before = float(load[-1])
        self._settle(own_ns + (load.size - 1) * ns_per_row)

    def _turn(self, at: Edge, down: bool) -> None:
        if down:
            self._phase, self._edge = (Phase.STANCE, None) if self._phase is Phase.FALLING else (Phase.RISING, at)
        elif self._phase is Phase.STANCE:
            self._phase, self._edge = Phase.FALLING, at
        else:
            self._phase, self._edge = Phase.SWING, None

    def _settle(self, now_own_ns: int) -> None:
        """What has lasted long enough by now counts."""
        if self._edge is None or now_own_ns - self._edge.own_ns < _LASTING_NS:
            return
        edge, self._edge = self._edge, None
        if self._phase is Phase.FALLING:
            self._phase, self._off = Phase.SWING, edge
            return
        self._phase = Phase.STANCE
        whole = self._contact is not None and self._off is not None and _is_stride(self._contact, self._off, edge)
        self.falls.append(Footfall(edge, self._contact, self._off) if whole else Footfall(edge))
        self._contact, self._off = edge, None


def _is_stride(began: Edge, off: Edge, again: Edge) -> bool:
    stride_ns = again.own_ns - began.own_ns
    stance_pct = 100 * (off.own_ns - began.own_ns) / stride_ns
    return _STRIDE_NS[0] <= stride_ns <= _STRIDE_NS[1] and _STANCE_PCT[0] <= stance_pct <= _STANCE_PCT[1]
