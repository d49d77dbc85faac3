"""What is remembered of a boot's clock for rows that come late: a few device times and the UTC they had. Pure.

Between two landmarks UTC is interpolated on the insole's ticks: over an hour nobody listened, the crystal's mean drift
is known from both ends, so only its wander (temperature: 0.035 ppm/°C² × (T - 25 °C)², a tuning fork's data sheet) is
left. Before the first and after the last one the drift that is known is held, and the stated error grows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from ingest.wire.faults import FaultCode, UnderfootError

MAX_DRIFT = 150e-6  # no watch crystal is worse between -20 and 60 °C
_WANDER = 3e-6  # of the drift around its mean: a shoe warms up by some ten degrees
_HELD_DRIFT_OFF = 10e-6
_MOST = 96
_LEAST_SPAN_NS = 600_000_000_000  # for a drift: an arrival is off by 5 ms at most, which makes 8 ppm
_SET_NS = 50_000_000  # beyond drift: the hub's clock was set in between


@dataclass(frozen=True, slots=True)
class Reading:
    """UTC of a device time, with the half-width of the clock's own error estimate (None: not known yet)."""

    t_ns: int
    error_ns: int | None


class Landmark(msgspec.Struct, frozen=True, array_like=True):
    """At device time `device_ns` it was UTC `t_ns`, plus or minus `error_ns`."""

    device_ns: int
    t_ns: int
    error_ns: int


class Landmarks:
    """Ascending in device time, so many at most: what its neighbours tell best is dropped first."""

    def __init__(self, marks: Iterable[Landmark] = ()) -> None:
        self._marks: list[Landmark] = []
        for mark in marks:
            self.add(mark)

    def __len__(self) -> int:
        return len(self._marks)

    @property
    def last(self) -> Landmark | None:
        return self._marks[-1] if self._marks else None

    def add(self, mark: Landmark) -> None:
        """One that lies before the last is left out."""
        if self._marks and mark.device_ns <= self._marks[-1].device_ns:
            return
        self._marks.append(mark)
        if len(self._marks) > _MOST:
            triples = zip(self._marks, self._marks[1:], self._marks[2:], strict=False)
            told_by_others = [abs(_between(a, c, b.device_ns) - b.t_ns) for a, b, c in triples]
            del self._marks[1 + told_by_others.index(min(told_by_others))]

    def followed_by(self, mark: Landmark) -> Landmarks:
        """A copy that ends with this one."""
        found = Landmarks()
        found._marks = [each for each in self._marks if each.device_ns < mark.device_ns] + [mark]
        return found

    def drift(self) -> float | None:
        """How much faster UTC runs than the insole's clock, over the last hours; None until it can be told."""
        if not self._marks:
            return None
        last = first = self._marks[-1]
        for earlier, later in reversed(list(pairwise(self._marks))):
            if _was_set(earlier, later):
                break
            first = earlier
        span = last.device_ns - first.device_ns
        return _drift(first, last) if span >= _LEAST_SPAN_NS else None

    def place(self, device_ns: int, drift: float | None) -> Reading:
        """UTC of a device time. :raises ValueError: without any landmark.

        :param drift: as far as it is known, for what lies beyond the landmarks.
        """
        if not self._marks:
            raise ValueError("without a landmark there is no time")
        at = bisect_right(self._marks, device_ns, key=lambda mark: mark.device_ns)
        if at == 0:
            return _beyond(self._marks[0], device_ns, drift)
        if at == len(self._marks):
            return _beyond(self._marks[-1], device_ns, drift)
        before, after = self._marks[at - 1], self._marks[at]
        if _was_set(before, after):
            reading = _beyond(after, device_ns, drift)  # a clock that was set is mostly the better for it
            return Reading(reading.t_ns, (reading.error_ns or 0) + abs(_off(before, after)))
        wander = _WANDER * min(device_ns - before.device_ns, after.device_ns - device_ns)
        error_ns = max(before.error_ns, after.error_ns) + round(wander)
        return Reading(_between(before, after, device_ns), error_ns)

    def dump(self) -> str:
        return msgspec.json.encode(self._marks).decode()

    @classmethod
    def load(cls, text: str) -> Landmarks:
        """:raises UnderfootError: STORE_DAMAGED when that is no dump."""
        try:
            return cls(msgspec.json.decode(text, type=list[Landmark]))
        except msgspec.DecodeError as error:
            raise UnderfootError(FaultCode.STORE_DAMAGED, f"landmarks of a clock: {error}") from error


def _between(a: Landmark, b: Landmark, device_ns: int) -> int:
    """Whole numbers: a float holds no UTC to the nanosecond."""
    return a.t_ns + (b.t_ns - a.t_ns) * (device_ns - a.device_ns) // (b.device_ns - a.device_ns)


def _drift(a: Landmark, b: Landmark) -> float:
    return _off(a, b) / (b.device_ns - a.device_ns)


def _off(a: Landmark, b: Landmark) -> int:
    """By how much UTC went on more than the insole's clock."""
    return (b.t_ns - a.t_ns) - (b.device_ns - a.device_ns)


def _was_set(a: Landmark, b: Landmark) -> bool:
    return abs(_off(a, b)) > MAX_DRIFT * (b.device_ns - a.device_ns) + _SET_NS


def _beyond(mark: Landmark, device_ns: int, drift: float | None) -> Reading:
    away = device_ns - mark.device_ns
    off = MAX_DRIFT if drift is None else _HELD_DRIFT_OFF
    return Reading(mark.t_ns + away + round(away * (drift or 0.0)), mark.error_ns + round(abs(away) * off))
