"""A6: one area is pressed much harder than before, all at once, and the others are not: a stone, a fold, a nail.

Stances are gathered in tens; of each ten stands the median impulse of every area. Usual = median of the tens before
the last ones (three for 30 stances), of 600 stances at most. Hot: in each of the last tens `enter_factor` × usual,
while the median of the last tens of every other area is within `others_factor`. Medians, so that a kerb or a turn
moves nothing; tens, so that memory and cost stay small. While an area is hot nothing is added to what is usual.
An area that was measured and is not any more may have risen like the others: then nothing new is called hot.
`Reading.figure`: its factor; `Reading.others`: the greatest of the others; `Reading.note`: areas that are not measured.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median_low

from ingest.wire.geometry import Side
from ingest.wire.messages import Metrics, StanceLoad
from processing.rules.load_rule import HotAreaRule
from processing.rules.phase import Signal
from processing.rules.reading import Reading, unknown

_TEN = 10
_EARLIER_TENS = 60
_FEWEST_AREAS = 3  # with fewer, "the others" would be one
_LEAST_SHARE = 0.01  # of the foot's impulse: what a factor refers to where an area usually carries next to nothing

Tens = Sequence[Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class _Now:
    """An area in the last tens: their least and their median over what is usual, and how much the median has risen."""

    least: float
    factor: float
    rise_pct: float  # of the foot's usual impulse


class _Usual:
    """Of one area: the median of its tens before the last ones."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tens: deque[float] = deque()
        self._ranked: list[float] = []

    @property
    def tens(self) -> int:
        return len(self._tens)

    @property
    def median(self) -> float:
        return self._ranked[(len(self._ranked) - 1) // 2]

    def add(self, impulse: float) -> None:
        if len(self._tens) == self._most:
            del self._ranked[bisect_left(self._ranked, self._tens.popleft())]
        self._tens.append(impulse)
        insort(self._ranked, impulse)


class HotAreaEye:
    def __init__(self, rule: HotAreaRule, side: Side | None) -> None:
        self._rule = rule
        self._side = side
        self._lasts = -(-rule.hold_stances // _TEN)
        self._enough = -(-rule.earlier_stances // _TEN)
        self._open: list[Mapping[str, float]] = []
        self._last: deque[Mapping[str, float]] = deque()
        self._usual: dict[str, _Usual] = {}
        self._earlier = 0  # tens
        self._hot: str | None = None
        self._reading = self._too_few()

    def forget(self) -> None:
        """Stances from now on leave the bad area out, so that what is usual of the others stands."""
        self._open = []
        if self._hot is None:
            self._last.clear()
            self._reading = self._too_few()

    def take(self, stance: StanceLoad) -> None:
        self._open.append(stance.impulse)
        if len(self._open) < _TEN:
            return
        self._last.append(_medians(self._open))
        self._open = []
        if len(self._last) > self._lasts:
            leaving = self._last.popleft()
            if self._hot is None:
                self._learn(leaving)
        self._reading = self._judge()

    def sense(self, _: Metrics) -> Signal:
        return self._reading.signal

    def read(self, _: Metrics) -> Reading:
        return self._reading

    def _learn(self, ten: Mapping[str, float]) -> None:
        self._earlier += 1
        for area, impulse in ten.items():
            if area not in self._usual:
                self._usual[area] = _Usual(max(_EARLIER_TENS, self._enough))
            self._usual[area].add(impulse)

    def _judge(self) -> Reading:
        if len(self._last) < self._lasts or self._earlier < self._enough:
            return self._too_few()
        now, missing = self._now()
        if self._hot is not None and self._hot not in now:
            return unknown(f"{self._hot} of the {self._side} foot is not measured", lost=tuple(missing))
        if self._hot is None and missing:
            return unknown(f"{', '.join(missing)} of the {self._side} foot may have risen as well", lost=tuple(missing))
        if len(now) < _FEWEST_AREAS:
            return unknown(f"too few areas of the {self._side} foot are measured")
        rule = self._rule
        hot = next((area for area in now if self._is_hot(area, now)), None)
        if self._hot is None:
            self._hot = hot
        elif not _has_risen(now[self._hot], rule.clear_factor, rule):
            self._hot = None
        told = self._hot
        signal = Signal.UNDER if told is None else Signal.OVER if told == hot else Signal.BETWEEN
        return Reading(
            signal=signal,
            coverage_pct=100.0,
            figure=None if told is None else now[told].factor,
            others=None if told is None else max(each.factor for other, each in now.items() if other != told),
            areas=() if told is None else (told,),
            lost=tuple(missing),
            note=", ".join(missing) or None,
        )

    def _is_hot(self, area: str, now: Mapping[str, _Now]) -> bool:
        rule, here = self._rule, now[area]
        if here.least < rule.enter_factor or not _has_risen(here, rule.enter_factor, rule):
            return False
        return not any(_has_risen(each, rule.others_factor, rule) for other, each in now.items() if other != area)

    def _now(self) -> tuple[dict[str, _Now], list[str]]:
        """Of each area measured throughout; and the areas that were measured once and are not now."""
        usual = {
            area: known.median
            for area, known in self._usual.items()
            if known.tens >= self._enough and all(area in ten for ten in self._last)
        }
        whole = sum(usual.values())
        now: dict[str, _Now] = {}
        for area, normal in usual.items() if whole > 0 else ():
            lasts = [ten[area] for ten in self._last]
            middle = median_low(lasts)
            by = max(normal, _LEAST_SHARE * whole)
            now[area] = _Now(min(lasts) / by, middle / by, 100 * (middle - normal) / whole)
        return now, [area for area in self._usual if area not in usual]

    def _too_few(self) -> Reading:
        seen = _TEN * (min(self._earlier, self._enough) + len(self._last))
        needed = _TEN * (self._enough + self._lasts)
        return unknown(f"only {seen} of {needed} steps of the {self._side} foot so far")


def _has_risen(now: _Now, factor: float, rule: HotAreaRule) -> bool:
    return now.factor >= factor and now.rise_pct >= rule.least_rise_pct


def _medians(stances: Tens) -> dict[str, float]:
    """Of the areas that each of the stances has; what is no number is not measured."""
    areas = set(stances[0]).intersection(*stances)
    values = {area: [stance[area] for stance in stances] for area in stances[0] if area in areas}
    return {area: median_low(each) for area, each in values.items() if isfinite(sum(each))}
