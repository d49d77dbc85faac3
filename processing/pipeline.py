"""One walk, both feet: blocks in, figures of every second and strides out. Pure, driven by event time alone.

However the rows are cut into blocks and the feet interleaved, what comes out is the same to the last bit. A second is
closed once both feet have passed it, or a heartbeat is three seconds past it: one foot alone never closes it, so a
foot may come as late as its rows please. Seconds are closed many at once; how many changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest.wire.alerts import Alert
from ingest.wire.block import Block
from ingest.wire.faults import Fault, FaultBook, FaultCode
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout, Metrics, Stride
from processing.judged import WalkFacts
from processing.lane import CLOCK_SLACK_NS, Lane
from processing.metrics.health import PairHealth
from processing.metrics.live_foot import LiveFoot
from processing.metrics.recipe import STEADY, Recipe
from processing.metrics.rolling import RollingFigures
from processing.parts import Watch
from processing.rules.baseline import Baseline
from processing.sections import WalkSections
from processing.summary import summarise
from processing.under_way import UnderWay
from processing.windows import SECOND_NS

_SIDES = tuple(Side)
_PATIENCE_NS = 3 * SECOND_NS
_WAITING_ROWS = 3_000  # held for a layout: half a minute, it is retained and should be there at once
_LONGEST_SILENCE_S = 900  # after so many seconds without a row figures wait for the next one
_BEAT_S = 60  # which cells count towards a contact is settled at whole minutes of UTC: it must not hang on the cut


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Event time moves on though no rows come."""

    t_ns: int


class Pipeline:
    """`late_rows`: rows that came after their second was closed; they count in the summary, not in past figures.

    `at_once_s`: seconds are closed when there are so many of them; who replays need not hurry, and saves time.
    """

    def __init__(
        self,
        *,
        walk: str,
        recipe: Recipe = STEADY,
        window_s: int = 60,
        faults: FaultBook | None = None,
        weight_kg: float | None = None,
        baseline: Baseline | None = None,
        at_once_s: int = 1,
    ) -> None:
        self.walk = walk
        self.recipe = recipe
        self.faults = FaultBook() if faults is None else faults
        self.late_rows = 0
        self._lanes: dict[Side, Lane] = {}
        self._waiting: dict[Side, list[Block]] = {}
        self._rolling = RollingFigures(walk, window_s, weight_kg)
        self._health = PairHealth({}, None if baseline is None else baseline.cells, weight_kg)
        self._sections = WalkSections(recipe, weight_kg)
        self.at_once_s = at_once_s
        self._weight_kg = weight_kg
        self._baseline = baseline
        self._activity = self._rolling.activity  # up to the latest row: what silence after it adds is not the walk's
        self._heard_ns = 0  # the latest heartbeat
        self._next: int | None = None  # the second that is closed next
        self._beat: int | None = None
        self._unfit = dict.fromkeys(_SIDES, 0)  # throughout the beat

    def feed(self, item: Block | Layout | Heartbeat) -> list[Metrics | Stride]:
        """What this item completed, in order of event time."""
        match item:
            case Heartbeat():
                self._heard_ns = max(self._heard_ns, item.t_ns)
            case Layout():
                self._learn(item)
            case Block():
                self._push(item)
        stop = self._reached_ns() // SECOND_NS
        begun = self._first_open_second() if self._next is None else self._next
        if begun is None or stop - begun < self.at_once_s:
            return []
        made = self._close_up_to(stop)
        if self._next is not None:
            self._sections.advance(self._next * SECOND_NS, self._unfit_before)
        return made

    def close(self) -> list[Metrics | Stride]:
        """No more rows will come: every second that holds some is closed."""
        for lane in self._lanes.values():
            self.late_rows += lane.flush(self._next or 0)
        last = max(
            (second for lane in self._lanes.values() if (second := lane.last_open_second) is not None), default=0
        )
        made = self._close_up_to(max(last + 1, self._reached_ns() // SECOND_NS))
        self._sections.finish(self._unfit_before)
        return made

    def summary(self, alerts: Sequence[Alert] = (), source: str = "") -> dict[str, Any]:
        """The walk summary (`underfoot.walk/1`) of everything fed so far; JSON-able, keys in a fixed order."""
        lanes = self._lanes
        facts = WalkFacts(
            layouts={side: lane.layout for side, lane in lanes.items()},
            newton_per_unit={side: lane.scale.newton_per_unit for side, lane in lanes.items()},
            weight_kg=self._weight_kg,
            unfit={side: self._unfit_before(side, self._next or 0) for side in lanes},
            learned={side: self._health.learned(side) for side in lanes},
            learned_here={side: self._health.learned_here(side) for side in lanes},
            faults=tuple(self._health.findings),
            baseline=self._baseline,
            activity=self._activity,
        )
        tally = self._sections.whole(self._unfit_before)
        start_t_ns = self._sections.start_t_ns
        return summarise(tally, facts, walk=self.walk, source=source, start_t_ns=start_t_ns, alerts=alerts)

    def under_way(self) -> UnderWay:
        """The walk so far."""
        totals = self._rolling.activity
        worn_s = totals.seated_s + totals.standing_s + totals.walking_s
        return UnderWay(steps=self._rolling.steps, walked_min=totals.walking_s / 60, worn_min=worn_s / 60)

    def watch_sections(self, watch: Watch) -> None:
        """Show the judged feet of every section from now on, the last ones at the close."""
        self._sections.watch(watch)

    @property
    def repeated_rows(self) -> int:
        return sum(lane.repeated_rows for lane in self._lanes.values())

    def _learn(self, layout: Layout) -> None:
        lane = self._lanes.get(layout.side)
        if lane is None:
            self._lanes[layout.side] = lane = Lane(layout, self.faults)
            self._sections.rows[layout.side] = lane.rows
            self._health.add_foot(layout)
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
        self.late_rows += lane.push(block, self._next or 0)

    def _reached_ns(self) -> int:
        """Up to here both feet have come, or nothing more is waited for."""
        both = min(self._lanes[side].latest_t_ns or 0 if side in self._lanes else 0 for side in _SIDES)
        return max(both - CLOCK_SLACK_NS, self._heard_ns - _PATIENCE_NS)

    def _close_up_to(self, stop: int) -> list[Metrics | Stride]:
        """Close every second before `stop`, as many at once as may be."""
        made: list[Metrics | Stride] = []
        if self._next is None:
            first = self._first_open_second()
            if first is None or first >= stop:
                return made
            self._next = first
        while self._next < stop:
            if self._rolling.silent_s >= _LONGEST_SILENCE_S:
                following = self._first_open_second()
                self._rolling.skip()
                self._next = stop if following is None else max(min(following, stop), self._next)
                if self._next >= stop:
                    break
            begun = self._next
            patient = begun + max(_LONGEST_SILENCE_S - self._rolling.silent_s, 1)
            last = max((lane.last_open_second for lane in self._lanes.values()), default=-1)
            rows_end = last + 1 if last >= begun else stop
            self._next = min(stop, (begun // _BEAT_S + 1) * _BEAT_S, patient, rows_end)
            made += self._close(begun, self._next)
            if not self._rolling.silent_s:
                self._activity = self._rolling.activity
        return made

    def _first_open_second(self) -> int | None:
        waiting = (lane.first_open_second for lane in self._lanes.values())
        return min((second for second in waiting if second is not None), default=None)

    def _close(self, first: int, stop: int) -> list[Metrics | Stride]:
        """The seconds `first … stop - 1`, which lie within one beat."""
        if first // _BEAT_S != self._beat:
            self._beat = first // _BEAT_S
            self._unfit = {side: self._unfit_before(side, first) for side in self._lanes}
        closed = {side: lane.close(first, stop, self._unfit.get(side, 0)) for side, lane in self._lanes.items()}
        self._health.feed(
            {side: each.stances for side, each in closed.items()},
            {side: each.slab for side, each in closed.items()},
            stop,
        )
        feet = {
            side: LiveFoot(
                layout=lane.layout,
                scale=lane.scale,
                ns_per_row=lane.ns_per_row,
                slab=closed[side].slab,
                falls=closed[side].falls,
                stances=closed[side].stances,
                unfit=self._health.unfit(side, first, stop),
                suspect=self._health.suspect(side, first, stop),
                learned=self._health.learned(side),
                learned_since=self._health.learned_since(side),
                faults=tuple(fault for fault in self._health.findings if fault.side is side),
            )
            for side, lane in self._lanes.items()
        }
        return self._rolling.close(first, stop, feet)

    def _unfit_before(self, side: Side, second: int) -> int:
        return int(self._health.unfit(side, second - 1, second)[0])
