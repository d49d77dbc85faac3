"""Device ticks to UTC, from when notifications arrived.

A notification can only be late: radio queueing adds milliseconds to hundreds of milliseconds and never takes any away,
while a crystal drifts by some ten parts per million. So the line is laid under the arrivals (their lower envelope),
not through them (Moon, Skelly & Towsley 1999, "Estimation and removal of clock skew"), over the last two minutes.

Error against the truth in milliseconds, 10 notifications a second, drift in ppm; each figure is the bound that 95 % of
40 runs keep (`pytest tests/bench/bench_clock_table.py -s` prints it again, tests/ingest/test_clock.py holds it):

    path            drift      1 s      5 s     30 s    300 s   left-right 30 s   drift off   claim held
    clean              ±0     0.00     0.00     0.00     0.00              0.00         0.0         100%
    clean             ±50     0.04     0.24     0.01     0.00              0.01         0.0         100%
    queueing 10 ms     ±0     2.96     0.97     0.36     0.07              0.36         1.1          98%
    queueing 10 ms    ±50     2.99     1.08     0.37     0.07              0.37         1.2          98%
    bursts 50-200 ms   ±0    82.47    12.55     0.57     0.09              0.58         1.2          95%
    bursts 50-200 ms  ±50    82.48    12.74     0.57     0.09              0.60         1.2          95%
    15 ms interval    ±50     4.40     4.49     4.40     4.40              3.50         0.0          24%

Of rows taken while nobody listened (`place`): 180 s heard, 2 h away, a restart of the hub, 12 s heard; the bound that
95 % of 20 runs keep everywhere in the two hours, and what is claimed at most:

    path               drift   error   claimed at most   claim held
    queueing 10 ms       ±50    0.43              14.3         100%
    bursts 50-200 ms     ±50    0.43              17.3         100%
    15 ms interval       ±50    4.41              11.9          87%
    interval + queueing  ±50    4.40              18.6         100%

A delay that every notification of an insole has cannot be seen from here: the last row shows the wait for a connection
event that keeps step with the notifications. It is at most one connection interval and is not in `Reading.error_ns`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import exp

from ingest.landmarks import MAX_DRIFT, Landmark, Landmarks, Reading

_BUCKET_NS = 1_000_000_000
_WINDOW_BUCKETS = 120
_MIN_SPAN_NS = 20_000_000_000  # below this, drift cannot be told from jitter: the last known drift is kept
_REGIME_NS = 50_000_000  # all arrivals moved by this much: the hub's clock was set, or the path has changed
_REGIME_BUCKETS = 20
_SET_NS = 60_000_000_000  # no radio holds anything back for so long: the hub's clock was set
_SET_BUCKETS = 4
_STEP_NS = 1_000_000_000  # a hub clock that was set: jump, working it off would take minutes
_SLEW_NS = 2_000_000_000  # time constant with which what was answered before moves over to a better fit
_FLOOR_NS = 500_000
_UNKNOWN_NS = 200_000_000  # of a line under one or two notifications
_UNHEARD_NS = 10_000_000_000  # a silence after which the line has to be found again
_SETTLED_NS = 10_000_000_000
_MARK_EVERY_NS = 60_000_000_000


@dataclass(slots=True)
class _Bucket:
    """The earliest arrival, against device time, of one second; and how late the others were."""

    index: int
    x: float  # device ns from the origin
    y: float  # arrival minus device ns, from the origin
    count: int = 1
    late_sum: float = 0.0  # of arrivals over the earliest

    def add(self, x: float, y: float) -> None:
        if y < self.y:
            self.late_sum += (self.y - y) * self.count
            self.x, self.y = x, y
        else:
            self.late_sum += y - self.y
        self.count += 1


class DeviceClock:
    """The clock of one insole since one boot. Memory is constant, and answers rest on nothing but what was observed.

    :param landmarks: what an earlier run of the hub knew of this boot.
    """

    def __init__(self, landmarks: Landmarks | None = None) -> None:
        self._marks = Landmarks() if landmarks is None else landmarks
        self._marked_at = 0.0
        self._heard_from = 0.0  # since when without a long silence
        self._x0 = 0
        self._y0 = 0
        self._buckets: deque[_Bucket] = deque(maxlen=_WINDOW_BUCKETS)
        self._level = 0.0  # of the line at device time _at
        self._at = 0.0
        self._drift = self._marks.drift() or 0.0
        self._owed = 0.0  # what answers still carry of an older fit, at device time _owed_at
        self._owed_at = 0.0
        self._answered = False

    @property
    def known(self) -> bool:
        return bool(self._buckets)

    @property
    def ppm(self) -> float | None:
        """How much faster UTC runs than the insole's clock, parts per million; None until it can be told."""
        return self._drift * 1e6 if self._span() >= _MIN_SPAN_NS else None

    @property
    def settled(self) -> bool:
        """What lies before the present stretch of notifications can be placed: its own line is known well."""
        return self.known and self._buckets[-1].x - max(self._heard_from, self._buckets[0].x) >= _SETTLED_NS

    @property
    def landmarks(self) -> Landmarks:
        """What a later run needs to place rows of this boot: up to the latest notification."""
        return self._marks.followed_by(self._mark(self._buckets[-1].x)) if self._buckets else self._marks

    def observe(self, device_ns: int, arrived_ns: int) -> None:
        """What the insole had at `device_ns` was here at `arrived_ns` (UTC of the hub), or some time before it."""
        if not self._buckets:
            self._x0, self._y0 = device_ns, arrived_ns - device_ns
        else:
            self._remember(float(device_ns - self._x0))
        x, y = float(device_ns - self._x0), float(arrived_ns - device_ns - self._y0)
        before = self._answer(x)
        if self._buckets and y < self._line(x) - _REGIME_NS:
            self._buckets.clear()  # whatever came earlier was later than this by more than jitter: it bounds nothing
        index = int(x // _BUCKET_NS)
        if self._buckets and self._buckets[-1].index >= index:
            self._buckets[-1].add(x, y)
            if y < self._line(x):
                self._level, self._at = y, x
        else:
            self._buckets.append(_Bucket(index, x, y))
            self._forget_old(index)
            self._fit()
        self._owe(x, before)

    def utc_of(self, device_ns: int) -> Reading:
        """UTC of a device time near those observed. :raises ValueError: when nothing was observed yet."""
        if not self._buckets:
            raise ValueError("a clock that has observed nothing knows no time")
        x = float(device_ns - self._x0)
        error_ns = self._error(x)
        self._answered |= error_ns is not None  # else it was a guess, which later answers need not keep to
        return Reading(device_ns + self._y0 + round(self._answer(x)), error_ns)

    def lateness_ns(self, device_ns: int, arrived_ns: int) -> float:
        """By how much an arrival is behind the line."""
        return arrived_ns - device_ns - self._y0 - self._line(float(device_ns - self._x0))

    def place(self, device_ns: int) -> Reading:
        """UTC of a device time that may lie long ago. :raises ValueError: when nothing was ever observed.

        Before notifications are `settled` again, the hours before them rest on a line that is not.
        """
        if not self._buckets:
            return self._marks.place(device_ns, self._marks.drift())
        x = float(device_ns - self._x0)
        if x >= self._buckets[0].x:
            return Reading(device_ns + self._y0 + round(self._line(x)), self._error(x))
        known = self._span() >= _MIN_SPAN_NS or self._marks.drift() is not None
        return self._marks.followed_by(self._mark(self._buckets[0].x)).place(device_ns, self._drift if known else None)

    def _remember(self, x: float) -> None:
        """Set a landmark before a silence is over, and every minute once the line is known well."""
        last = self._buckets[-1].x
        silent = x - last > _UNHEARD_NS
        if silent or (self.settled and last - self._marked_at > _MARK_EVERY_NS):
            self._marks.add(self._mark(last))
            self._marked_at = last
        if silent:
            self._heard_from = x
            self._answered = False  # no row lies between: nothing has to go over evenly

    def _mark(self, x: float) -> Landmark:
        error_ns = self._error(x)
        device_ns = self._x0 + round(x)
        return Landmark(device_ns, device_ns + self._y0 + round(self._line(x)), error_ns if error_ns else _UNKNOWN_NS)

    def _line(self, x: float) -> float:
        return self._level + self._drift * (x - self._at)

    def _owed_by(self, x: float) -> float:
        return self._owed * exp(-max(0.0, x - self._owed_at) / _SLEW_NS)

    def _answer(self, x: float) -> float:
        return self._line(x) + self._owed_by(x)

    def _owe(self, x: float, before: float) -> None:
        """Go over to the new fit without a jump, unless nobody was answered yet or the hub's clock was set."""
        owed = before - self._line(x)
        self._owed = owed if self._answered and abs(owed) < _STEP_NS else 0.0
        self._owed_at = x

    def _forget_old(self, index: int) -> None:
        while self._buckets[0].index <= index - _WINDOW_BUCKETS:
            self._buckets.popleft()
        for over_ns, buckets in ((_SET_NS, _SET_BUCKETS), (_REGIME_NS, _REGIME_BUCKETS)):
            recent = [bucket for bucket in self._buckets if bucket.index > index - buckets]
            moved = len(recent) >= buckets // 2 and min(b.y - self._line(b.x) for b in recent) > over_ns
            if moved and recent[0].index <= index - buckets // 2:
                self._buckets = deque(recent, maxlen=_WINDOW_BUCKETS)
                return

    def _span(self) -> float:
        return self._buckets[-1].x - self._buckets[0].x if self._buckets else 0.0

    def _fit(self) -> None:
        """The line under all points that is closest to them."""
        points = [(bucket.x, bucket.y) for bucket in self._buckets]
        if self._span() >= _MIN_SPAN_NS:
            drift = _slope_under(points)
            self._drift = min(max(drift, -MAX_DRIFT), MAX_DRIFT)
        self._at = points[-1][0]
        self._level = min(y + self._drift * (self._at - x) for x, y in points)

    def _error(self, x: float) -> int | None:
        count = sum(bucket.count for bucket in self._buckets)
        if count < 3:
            return None
        late = sum(b.late_sum + b.count * max(0.0, b.y - self._line(b.x)) for b in self._buckets) / count
        over = sorted(bucket.y - self._line(bucket.x) for bucket in self._buckets)
        line = max(3 * late / count, 2 * over[len(over) // 2])
        beyond = max(0.0, x - self._buckets[-1].x) * (MAX_DRIFT if self._span() < _MIN_SPAN_NS else 10e-6)
        return round(_FLOOR_NS + line + beyond + abs(self._owed_by(x)))


def _slope_under(points: list[tuple[float, float]]) -> float:
    """Slope of the lower convex hull's edge over the mean abscissa. `points` ascend in x, two at least."""
    hull: list[tuple[float, float]] = []
    for point in points:
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) >= _slope(hull[-2], point):
            hull.pop()
        hull.append(point)
    middle = sum(x for x, _ in points) / len(points)
    right = next(i for i in range(1, len(hull)) if hull[i][0] >= middle)
    return _slope(hull[right - 1], hull[right])


def _slope(a: tuple[float, float], b: tuple[float, float]) -> float:
    return (b[1] - a[1]) / (b[0] - a[0])
