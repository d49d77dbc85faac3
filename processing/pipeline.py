"""One walk, both feet: blocks in, figures of every second and strides out. Pure, driven by event time alone.

However the rows are cut into blocks and the feet interleaved, what comes out is the same to the last bit. A second is
closed once both feet have passed it, or once one of them, or a heartbeat, is three seconds past it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest.wire.block import Block
from ingest.wire.faults import Fault, FaultBook, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import Alert, Layout, Metrics, Stride
from processing.judged import WalkRecord
from processing.lane import CLOCK_SLACK_NS, Lane
from processing.metrics.recipe import STEADY, Recipe
from processing.metrics.rolling import RollingFigures
from processing.summary import summarise
from processing.windows import SECOND_NS

_SIDES = tuple(Side)
_PATIENCE_NS = 3 * SECOND_NS
_WAITING_ROWS = 3_000  # held for a layout: half a minute, it is retained and should be there at once
_LONGEST_SILENCE_S = 900  # after so many seconds without a row figures wait for the next one


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Event time moves on though no rows come."""

    t_ns: int


class Pipeline:
    """`late_rows`: rows that came after their second was closed; they count in the summary, not in past figures."""

    def __init__(
        self,
        *,
        walk: str,
        recipe: Recipe = STEADY,
        window_s: int = 60,
        faults: FaultBook | None = None,
    ) -> None:
        self.walk = walk
        self.recipe = recipe
        self.faults = FaultBook() if faults is None else faults
        self.late_rows = 0
        self._lanes: dict[Side, Lane] = {}
        self._waiting: dict[Side, list[Block]] = {}
        self._rolling = RollingFigures(walk, window_s)
        self._now_ns = 0  # the furthest that event time has come
        self._next: int | None = None  # the second that is closed next

    def feed(self, item: Block | Layout | Heartbeat) -> list[Metrics | Stride]:
        """What this item completed, in order of event time."""
        match item:
            case Heartbeat():
                self._now_ns = max(self._now_ns, item.t_ns)
            case Layout():
                self._learn(item)
            case Block():
                self._push(item)
        return self._close_seconds()

    def close(self) -> list[Metrics | Stride]:
        """No more rows will come: every second that holds some is closed."""
        for lane in self._lanes.values():
            self.late_rows += lane.flush(self._closed_before_ns)
        made = self._close_seconds()
        last = max((max(lane.seconds) for lane in self._lanes.values() if lane.seconds), default=None)
        if last is not None:
            made += self._close_up_to(last + 1)
        return made

    def summary(self, alerts: Sequence[Alert] = (), source: str = "") -> dict[str, Any]:
        """The walk summary (`underfoot.walk/1`) of everything fed so far; JSON-able, keys in a fixed order."""
        record = WalkRecord(
            walk=self.walk,
            source=source,
            feet={side: (lane.layout, lane.record) for side, lane in self._lanes.items()},
        )
        return summarise(record, self.recipe, alerts)

    @property
    def repeated_rows(self) -> int:
        return sum(lane.repeated_rows for lane in self._lanes.values())

    @property
    def _closed_before_ns(self) -> int:
        return 0 if self._next is None else self._next * SECOND_NS

    def _learn(self, layout: Layout) -> None:
        lane = self._lanes.get(layout.side)
        if lane is None:
            self._lanes[layout.side] = Lane(layout, self.faults)
            for block in self._waiting.pop(layout.side, []):
                self._push(block)
        elif lane.layout.insole != layout.insole:
            detail = f"{layout.insole} beside {lane.layout.insole} on the {layout.side}"
            self.faults.note(Fault(FaultCode.SIDE_TAKEN, detail))
        elif lane.layout.checksum != layout.checksum:
            self.faults.note(
                Fault(FaultCode.LAYOUT_MISMATCH, f"{layout.insole} changed its cells in the middle of a walk")
            )

    def _push(self, block: Block) -> None:
        lane = self._lanes.get(block.side)
        if lane is None:
            self.faults.note(Fault(FaultCode.LAYOUT_MISSING, block.insole))
            waiting = self._waiting.setdefault(block.side, [])
            if sum(other.rows for other in waiting) < _WAITING_ROWS:
                waiting.append(block)
            return
        self.late_rows += lane.push(block, self._closed_before_ns)
        self._now_ns = max(self._now_ns, lane.latest_t_ns or 0)

    def _close_seconds(self) -> list[Metrics | Stride]:
        both = min(self._lanes[side].latest_t_ns or 0 if side in self._lanes else 0 for side in _SIDES)
        reached_ns = max(both - CLOCK_SLACK_NS, self._now_ns - _PATIENCE_NS)
        return self._close_up_to(reached_ns // SECOND_NS)

    def _close_up_to(self, stop: int) -> list[Metrics | Stride]:
        """Close every second before `stop`."""
        made: list[Metrics | Stride] = []
        if self._next is None:
            first = min((min(lane.seconds) for lane in self._lanes.values() if lane.seconds), default=None)
            if first is None or first >= stop:
                return made
            self._next = first
        while self._next < stop:
            if self._rolling.silent_s >= _LONGEST_SILENCE_S:
                following = [second for lane in self._lanes.values() for second in lane.seconds if second < stop]
                skipped_to = min(following, default=stop)
                self._rolling.skip()
                if skipped_to >= stop:
                    self._next = stop
                    break
                self._next = skipped_to
            made += self._rolling.close(self._next, self._lanes)
            self._next += 1
        return made
