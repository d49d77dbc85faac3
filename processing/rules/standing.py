"""A2: standing still without a break."""

from __future__ import annotations

from ingest.wire.messages import Activity, Metrics
from processing.rules.phase import Signal
from processing.rules.reading import Reading

NOT_KNOWN = "cannot tell whether this is standing still"
_SAYS = {
    Activity.STANDING: Signal.OVER,
    Activity.WALKING: Signal.UNDER,
    Activity.SEATED: Signal.UNDER,
    Activity.UNWORN: Signal.UNDER,
    Activity.UNKNOWN: Signal.UNKNOWN,
}


class StandingEye:
    def sense(self, metrics: Metrics) -> Signal:
        return _SAYS[metrics.activity]

    def read(self, metrics: Metrics) -> Reading:
        signal = _SAYS[metrics.activity]
        return Reading(signal=signal, coverage_pct=100.0, reason=NOT_KNOWN if signal is Signal.UNKNOWN else None)
