"""Rows and layouts of a walk on their way into the pipeline, corrected by the calibration in force."""

from __future__ import annotations

from ingest.wire.block import Block
from ingest.wire.faults import Fault, FaultBook, FaultCode, UnderfootError
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.metrics.calibration import CalibrationVersion, Correction
from processing.pipeline import Heartbeat

_WAITING_ROWS = 3_000  # held for a layout, as the pipeline does


class Correcting:
    """Feed what a walk is fed; what comes out goes into the pipeline. Without a version everything passes as it is.

    A foot's first layout decides for the walk. Rows that come before it wait for it, because how they are to be
    corrected is known by the cells.
    """

    def __init__(self, version: CalibrationVersion | None, faults: FaultBook) -> None:
        self._version = version
        self._faults = faults
        self._given: dict[Side, Layout] = {}
        self._corrections: dict[Side, Correction] = {}
        self._waiting: dict[Side, list[Block]] = {}

    def feed(self, item: Block | Layout | Heartbeat) -> list[Block | Layout | Heartbeat]:
        """The item corrected, before it nothing, after a layout the rows that waited for it."""
        if self._version is None or isinstance(item, Heartbeat):
            return [item]
        if isinstance(item, Layout):
            return self._lay(item)
        if item.side not in self._given:
            self._hold(item)
            return []
        return [self._corrected(item)]

    def _lay(self, layout: Layout) -> list[Block | Layout | Heartbeat]:
        first = self._given.get(layout.side)
        if first is None:
            self._given[layout.side] = layout
            correction = self._found(layout)
            if correction is not None:
                self._corrections[layout.side] = correction
        known = self._corrections.get(layout.side)
        described = known.layout if known is not None and known.given == layout else layout
        return [described, *(self._corrected(block) for block in self._waiting.pop(layout.side, []))]

    def _found(self, layout: Layout) -> Correction | None:
        try:
            return Correction.of(layout, self._version)
        except UnderfootError as error:
            self._faults.note(error.fault)
            return None

    def _hold(self, block: Block) -> None:
        self._faults.note(Fault(FaultCode.LAYOUT_MISSING, block.insole))
        waiting = self._waiting.setdefault(block.side, [])
        if sum(other.rows for other in waiting) < _WAITING_ROWS:
            waiting.append(block)

    def _corrected(self, block: Block) -> Block:
        correction = self._corrections.get(block.side)
        return block if correction is None else correction.corrected(block)
