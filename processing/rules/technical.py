"""T1 and T2: cells found unfit, and a foot that sends no data."""

from __future__ import annotations

from ingest.wire.geometry import Side
from ingest.wire.messages import CellFault, Metrics
from processing.rules.phase import Signal
from processing.rules.reading import NOT_MEASURED, Reading, of_foot


class FaultEye:
    def __init__(self, side: Side | None) -> None:
        self._side = side

    def sense(self, metrics: Metrics) -> Signal:
        if metrics.cell_faults and self._faults(metrics):
            return Signal.OVER
        return Signal.UNDER if of_foot(metrics.load, self._side).coverage_pct > 0 else Signal.UNKNOWN

    def read(self, metrics: Metrics) -> Reading:
        """Of a foot that sends nothing nobody can say that its cells are well; what was found of them stands."""
        faults, signal = self._faults(metrics), self.sense(metrics)
        reason = NOT_MEASURED if signal is Signal.UNKNOWN else None
        return Reading(signal=signal, coverage_pct=100.0, faults=faults, reason=reason)

    def _faults(self, metrics: Metrics) -> tuple[CellFault, ...]:
        return tuple(fault for fault in metrics.cell_faults if fault.side is self._side)


class SilenceEye:
    def __init__(self, side: Side | None) -> None:
        self._side = side

    def sense(self, metrics: Metrics) -> Signal:
        load = of_foot(metrics.load, self._side)
        # a share of load needs the other foot, data does not
        return Signal.UNDER if load.value is not None or load.coverage_pct > 0 else Signal.OVER

    def read(self, metrics: Metrics) -> Reading:
        return Reading(signal=self.sense(metrics), coverage_pct=of_foot(metrics.load, self._side).coverage_pct)
