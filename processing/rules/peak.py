"""A5: peaks at one place of one foot. `Reading.figure`: how many of the last stances were over the limit.

`Reading.note`: of how many stances. Stances in which the place was not measured are not among them.
"""

from __future__ import annotations

from collections import deque
from math import isfinite

from ingest.wire.messages import Metrics, StanceLoad
from processing.rules.load_rule import PeakRule
from processing.rules.phase import Signal
from processing.rules.reading import Reading, unknown

NOT_BENCH = "kPa need a bench calibration"


class PeakEye:
    def __init__(self, rule: PeakRule) -> None:
        self._rule = rule
        self._over: deque[bool] = deque(maxlen=rule.of_stances)
        self._count = 0
        self._why_not: str | None = None  # of the last stance

    def take(self, stance: StanceLoad) -> None:
        rule = self._rule
        peak_kpa = stance.peak_kpa.get(rule.site)
        if peak_kpa is None or not isfinite(peak_kpa):
            is_bench = bool(stance.peak_kpa) or rule.site not in stance.impulse
            self._why_not = f"{rule.site} of the {rule.side} foot is not measured" if is_bench else NOT_BENCH
            return
        self._why_not = None
        if len(self._over) == rule.of_stances:
            self._count -= self._over[0]
        self._over.append(peak_kpa > rule.limit_kpa)
        self._count += self._over[-1]

    def forget(self) -> None:
        self._over.clear()
        self._count = 0

    def sense(self, _: Metrics) -> Signal:
        rule = self._rule
        if self._why_not is not None:
            return Signal.UNKNOWN
        if self._count >= rule.enter_stances:
            return Signal.OVER
        if len(self._over) < rule.of_stances:
            return Signal.UNKNOWN
        return Signal.UNDER if self._count < rule.clear_stances else Signal.BETWEEN

    def read(self, metrics: Metrics) -> Reading:
        rule, seen = self._rule, len(self._over)
        signal = self.sense(metrics)
        if signal is Signal.UNKNOWN:
            few = f"only {seen} of {rule.of_stances} steps of the {rule.side} foot so far"
            return unknown(self._why_not or few, lost=(rule.site,) if self._why_not else ())
        return Reading(
            signal=signal,
            coverage_pct=100.0,
            figure=float(self._count),
            limit_kpa=rule.limit_kpa,
            note=str(seen),
            areas=(rule.site,),
        )
