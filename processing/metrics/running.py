"""Contacts and strides of one foot while it walks: nothing is known of what comes after a row.

The threshold lies 20 N (uncalibrated: 10 % of the range) above what the foot read at its lightest in the last five
seconds (P10 of each second that held a swing, the median of them), so that a cell that sticks in mid-walk hides the
steps for a few seconds only. It moves at every whole second of UTC. A contact or a gap counts once it has lasted
0.10 s (clinical basis 1.6). After a break in the data a new contact is awaited; no stride spans a break.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from processing.metrics.signal import Bools, Floats, Ints

_SECOND_NS = 10**9
_LOWS = 5  # seconds
_HIGHS = 10  # seconds
_LASTING_NS = 100_000_000
_THRESHOLD_N = 20.0
_THRESHOLD_SHARE = 0.10
_SWING_SHARE = 0.25  # of the foot's peak: a second that was never below it held no swing
_STRIDE_NS = (500_000_000, 2_500_000_000)
_STANCE_PCT = (30.0, 90.0)
_PAST_ANY_LOAD = 1 << 44


class Phase(Enum):
    UNKNOWN = auto()  # after a break: on the ground or not, the beginning was not seen
    SWING = auto()
    RISING = auto()  # above, not yet for long enough to count
    STANCE = auto()
    FALLING = auto()  # below, not yet for long enough to count


@dataclass(frozen=True, slots=True)
class Edge:
    """When a foot came down or left the ground, on the insole's clock and in UTC; `row`: the first row past it.

    Rows are counted from the first one that the foot was fed.
    """

    own_ns: int
    t_ns: int
    row: int = 0


@dataclass(frozen=True, slots=True)
class Footfall:
    """An initial contact, and the stride that it ends (None: the one before was not seen or was no stride).

    `known_t_ns`: UTC of the row by which it had lasted; it lies in the second in which that row counts.
    """

    at: Edge
    began: Edge | None = None
    foot_off: Edge | None = None
    known_t_ns: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class TimedLoad:
    """n rows of one foot in whole seconds of UTC. `second`: the one a row counts to, never falling.

    `breaks`: rows that do not follow on the row before (the first of all rows is one).
    """

    load: Ints
    own_ns: Ints
    t_ns: Ints
    second: Ints
    breaks: tuple[int, ...]


class RunningContacts:
    """Feed whole seconds in order; however many at once, the same footfalls come out."""

    def __init__(self, newton_per_unit: float | None, noise: float) -> None:
        self._above = noise if newton_per_unit is None else _THRESHOLD_N / newton_per_unit
        self._calibrated = newton_per_unit is not None
        self._lows: deque[int] = deque(maxlen=_LOWS)
        self._highs: deque[int] = deque(maxlen=_HIGHS)
        self._threshold = self._above
        self._baseline = 0.0
        self._phase = Phase.UNKNOWN
        self._edge: Edge | None = None  # the change that is being confirmed
        self._contact: Edge | None = None  # the latest initial contact since the last break
        self._off: Edge | None = None
        self._fed = 0  # rows
        self._was_above = True
        self._load_before = 0
        self._own_before = 0

    @property
    def fed_rows(self) -> int:
        return self._fed

    @property
    def begun_row(self) -> int | None:
        """First row of the stride that is or may be under way; None: none is."""
        begun = self._contact or (self._edge if self._phase is Phase.RISING else None)
        return None if begun is None else begun.row

    def feed(self, rows: TimedLoad) -> list[Footfall]:
        """The footfalls that have lasted by the last row and had not before."""
        if not rows.load.size:
            return []
        threshold = self._thresholds(rows)
        above = rows.load > threshold
        falls: list[Footfall] = []
        begin = 0
        for stop in (*rows.breaks, rows.load.size):
            if stop > begin:
                falls += self._walk_through(rows, threshold, above, begin, stop)
            if stop < rows.load.size:
                self._phase, self._edge, self._contact, self._off = Phase.UNKNOWN, None, None, None
                self._was_above = True  # until it is seen in the air
            begin = stop
        self._fed += rows.load.size
        return falls

    def _thresholds(self, rows: TimedLoad) -> Floats:
        """One per row: each second's rests on the seconds before it."""
        size = rows.load.size
        if rows.second[0] == rows.second[-1]:  # live
            thresholds = np.full(size, self._threshold)
            self._learn(int(np.partition(rows.load, size // 10)[size // 10]), int(rows.load.max()))
            return thresholds
        new = np.flatnonzero(rows.second[1:] != rows.second[:-1]) + 1
        edges = np.concatenate(([0], new, [size]))
        counts = np.diff(edges)
        tenths = counts // 10
        highs = np.maximum.reduceat(rows.load, edges[:-1])
        if (counts == counts[0]).all():
            seconds = rows.load.reshape(counts.size, counts[0])
            lows = np.partition(seconds, tenths[0], axis=1)[:, tenths[0]]
        else:
            place = np.repeat(np.arange(counts.size) * _PAST_ANY_LOAD, counts)
            lows = np.sort(place + rows.load)[edges[:-1] + tenths] - place[edges[:-1]]
        of_seconds: list[float] = []
        for low, high in zip(lows.tolist(), highs.tolist(), strict=True):
            of_seconds.append(self._threshold)
            self._learn(low, high)
        return np.repeat(of_seconds, counts)

    def _learn(self, low: int, high: int) -> None:
        """A second is over: where lie swing and peak now?"""
        self._lows.append(low)
        self._highs.append(high)
        peak = max(self._highs)
        swings = sorted(each for each in self._lows if each < _SWING_SHARE * peak)
        if swings:
            self._baseline = float(swings[len(swings) // 2])
        above = self._above if self._calibrated else max(self._above, _THRESHOLD_SHARE * (peak - self._baseline))
        self._threshold = self._baseline + above

    def _walk_through(self, rows: TimedLoad, threshold: Floats, above: Bools, begin: int, stop: int) -> list[Footfall]:
        """Rows `begin … stop - 1`, which follow on one another."""
        falls: list[Footfall] = []
        turns = np.flatnonzero(above[begin + 1 : stop] != above[begin : stop - 1]) + begin + 1
        if bool(above[begin]) != self._was_above:
            turns = np.concatenate(([begin], turns))
        if turns.size:
            lead = self._leads(rows, threshold, turns, begin)
            table = (rows.own_ns[turns] - lead, rows.t_ns[turns] - lead, turns, above[turns])
            for own_ns, t_ns, row, down in zip(*(column.tolist() for column in table), strict=True):
                if self._has_lasted(own_ns):
                    falls += self._settle(rows, begin, row)
                self._turn(Edge(own_ns, t_ns, self._fed + row), down)
        self._was_above = bool(above[stop - 1])
        self._load_before, self._own_before = int(rows.load[stop - 1]), int(rows.own_ns[stop - 1])
        return falls + self._settle(rows, begin, stop - 1) if self._has_lasted(self._own_before) else falls

    def _leads(self, rows: TimedLoad, threshold: Floats, turns: Ints, begin: int) -> Ints:
        """By how many ns the load crossed the threshold before each row."""
        load_before, own_before = rows.load[turns - 1], rows.own_ns[turns - 1]
        if turns[0] == begin:
            is_first = self._phase is Phase.UNKNOWN  # nothing known before it, or it lies beyond a break
            load_before[0] = rows.load[begin] if is_first else self._load_before
            own_before[0] = rows.own_ns[begin] if is_first else self._own_before
        rise = rows.load[turns] - load_before
        way = np.where(rise != 0, (threshold[turns] - load_before) / np.where(rise != 0, rise, 1), 1.0)
        lead: Ints = np.rint((1.0 - np.clip(way, 0.0, 1.0)) * (rows.own_ns[turns] - own_before)).astype(np.int64)
        return lead

    def _turn(self, at: Edge, down: bool) -> None:
        if down:
            self._phase, self._edge = (Phase.STANCE, None) if self._phase is Phase.FALLING else (Phase.RISING, at)
        elif self._phase is Phase.STANCE:
            self._phase, self._edge = Phase.FALLING, at
        else:
            self._phase, self._edge = Phase.SWING, None

    def _has_lasted(self, own_ns: int) -> bool:
        return self._edge is not None and own_ns - self._edge.own_ns >= _LASTING_NS

    def _settle(self, rows: TimedLoad, begin: int, row: int) -> list[Footfall]:
        """What has lasted long enough by `row` counts."""
        edge, self._edge = self._edge, None
        if edge is None:
            return []
        if self._phase is Phase.FALLING:
            self._phase, self._off = Phase.SWING, edge
            return []
        self._phase = Phase.STANCE
        lasted = begin + int(np.searchsorted(rows.own_ns[begin : row + 1], edge.own_ns + _LASTING_NS))
        by = min(lasted, row)
        known_t_ns = max(int(rows.t_ns[by]), int(rows.second[by]) * _SECOND_NS)
        began, off = self._contact, self._off
        self._contact, self._off = edge, None
        if began is None or off is None or not _is_stride(began, off, edge):
            return [Footfall(edge, known_t_ns=known_t_ns)]
        return [Footfall(edge, began, off, known_t_ns)]


def _is_stride(began: Edge, off: Edge, again: Edge) -> bool:
    stride_ns = again.own_ns - began.own_ns
    stance_pct = 100 * (off.own_ns - began.own_ns) / stride_ns
    return _STRIDE_NS[0] <= stride_ns <= _STRIDE_NS[1] and _STANCE_PCT[0] <= stance_pct <= _STANCE_PCT[1]
