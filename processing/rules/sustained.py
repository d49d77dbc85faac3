"""A1: an area of the foot was pressed for all of 15 minutes. `Reading.figure`: the highest share, in percent.

The share is of the time measured. Below the coverage of a full window nothing is raised; it still ends when the
share would be below the limit had all that is missing been pressed, because then it was seen to end.
"""

from __future__ import annotations

from math import isfinite

from ingest.wire.geometry import Side
from ingest.wire.messages import Metrics, Sustained
from processing.rules.load_rule import SustainedRule
from processing.rules.phase import Signal
from processing.rules.reading import NOT_MEASURED, Reading, unknown

_WINDOW_S = 900
_FIRST_TO_LAST_NS = (_WINDOW_S - 1) * 10**9  # between the ends of the first and the last second of a full window


class SustainedEye:
    def __init__(self, rule: SustainedRule, side: Side | None) -> None:
        self._rule = rule
        self._is_right = side is Side.RIGHT
        self._first_t_ns: int | None = None

    def sense(self, metrics: Metrics) -> Signal:
        found = self._found(metrics)
        if found is None or not found.coverage_pct >= self._rule.measured_pct:
            return Signal.UNKNOWN
        highest = _highest(found)
        return Signal.UNKNOWN if highest is None else self._where(highest, found, metrics)

    def read(self, metrics: Metrics) -> Reading:
        found = self._found(metrics)
        if found is None:
            return unknown(NOT_MEASURED)
        highest = _highest(found)
        if highest is None:
            return unknown(found.reason or NOT_MEASURED, coverage_pct=found.coverage_pct)
        signal = self._where(highest, found, metrics)
        if signal is Signal.UNKNOWN:
            return unknown(self._why_not(found, metrics), coverage_pct=found.coverage_pct)
        return Reading(
            signal=signal,
            coverage_pct=found.coverage_pct,
            figure=highest,
            limit_kpa=found.limit_kpa,
            note=found.reason,
            areas=self._over(found) if signal is Signal.OVER else (),
            lost=tuple(area for area, share in found.areas_pct.items() if share is None),
        )

    def _found(self, metrics: Metrics) -> Sustained | None:
        if self._first_t_ns is None:
            self._first_t_ns = metrics.t_ns
        feet = metrics.sustained
        if feet is None:
            return None
        return feet.right if self._is_right else feet.left

    def _where(self, highest: float, found: Sustained, metrics: Metrics) -> Signal:
        rule, covered = self._rule, found.coverage_pct
        if not isfinite(covered):
            return Signal.UNKNOWN
        if covered < rule.measured_pct:
            at_most = highest * covered / 100 + 100 - covered
            return Signal.UNDER if at_most < rule.clear_pct else Signal.UNKNOWN
        if highest >= rule.enter_pct:
            return Signal.OVER if self._seen_ns(metrics) >= _FIRST_TO_LAST_NS else Signal.UNKNOWN
        return Signal.UNDER if highest < rule.clear_pct else Signal.BETWEEN

    def _seen_ns(self, metrics: Metrics) -> int:
        return 0 if self._first_t_ns is None else metrics.t_ns - self._first_t_ns

    def _over(self, found: Sustained) -> tuple[str, ...]:
        over = {area: share for area, share in found.areas_pct.items() if share and share >= self._rule.enter_pct}
        return tuple(sorted(over, key=lambda area: -over[area]))

    def _why_not(self, found: Sustained, metrics: Metrics) -> str:
        seen_s = self._seen_ns(metrics) // 10**9 + 1
        if seen_s < _WINDOW_S:
            return f"only {seen_s} s of {_WINDOW_S} s so far"
        return f"coverage {found.coverage_pct:.0f} % of the last {_WINDOW_S} s, {self._rule.measured_pct:.0f} % needed"


def _highest(found: Sustained) -> float | None:
    shares = [share for share in found.areas_pct.values() if share is not None and isfinite(share)]
    return max(shares) if shares else None
