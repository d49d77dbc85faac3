"""The figures of every second, both feet: loads, asymmetry, sustained load, cadence, activity, faults of cells.

What each one means stands with its family: `rolling_load`, `rolling_pair`, `rolling_gait`, `sustained`, `activity`. A
figure's coverage is of the rows that came; cells left out make it null, a range or noted, never less covered.

Figures:
live.t_ns [ns UTC]: end of the second
live.walk [name]: the walk's name
live.v [number]: version of the contract
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import (
    Activity,
    CellFault,
    Metrics,
    PerFoot,
    Stride,
    Sustained,
    SustainedPerFoot,
)
from processing.metrics.activity import ActivityTotals, ActivityTracker
from processing.metrics.live_foot import LiveFoot, Seconds
from processing.metrics.rolling_gait import BOTH_MEASURED, Gait, contacts_per_second, falls_by_second
from processing.metrics.rolling_load import FootLoads, forefoot_load, load_figure, no_insole
from processing.metrics.rolling_pair import PairLoads, symmetry_of
from processing.metrics.sustained import Pressed
from processing.windows import SECOND_NS

_SIDES = tuple(Side)  # going through an enum is slow


class RollingFigures:
    """Seconds go in one after the other, many or one at a time alike. `silent_s`: how many in a row held nothing."""

    def __init__(self, walk: str, window_s: int, weight_kg: float | None = None) -> None:
        self.silent_s = 0
        self._walk = walk
        self._window_s = window_s
        self._loads: dict[Side, FootLoads] = {}
        self._pressed: dict[Side, Pressed] = {}
        self._pair: PairLoads | None = None
        self._gait = Gait(walk, window_s)
        self._activity = ActivityTracker(weight_kg)
        self._in_newton = False
        self._calibration = Calibration.NONE
        self._faults: tuple[CellFault, ...] = ()
        self._absent = {side: Sustained(areas_pct={}, coverage_pct=0.0, reason=f"no {side} insole") for side in _SIDES}

    @property
    def activity(self) -> ActivityTotals:
        """Of all seconds so far."""
        return self._activity.totals({side: pressed.highest_pct for side, pressed in self._pressed.items()})

    def skip(self) -> None:
        """A long silence: everything in the windows is past."""
        for loads in self._loads.values():
            loads.clear()
        for pressed in self._pressed.values():
            pressed.clear()
        if self._pair is not None:
            self._pair.clear()
        self._gait.clear()
        self._activity.silence()

    def close(self, first: int, stop: int, feet: Mapping[Side, LiveFoot]) -> list[Metrics | Stride]:
        """Of each second `first … stop - 1` the strides that it completed, then its figures."""
        self._meet(feet)
        falls = falls_by_second(first, stop, feet)
        for side, foot in feet.items():
            self._loads[side].push(foot, Seconds.of(foot), contacts_per_second(falls, side, stop - first))
            self._pressed[side].push(self._loads[side])
        if self._pair is not None:
            self._pair.push()
        self._count_silence(stop - first)
        faults = (fault for foot in feet.values() for fault in foot.faults)
        self._faults = tuple(sorted(faults, key=_order_of_fault))
        made: list[Metrics | Stride] = []
        for at in range(stop - first):
            end_ns = (first + at + 1) * SECOND_NS
            known = falls.get(at, [])
            for t_ns, side, _ in known:
                self._activity.found.contact(t_ns, side)
            made += self._gait.close(end_ns, known)
            made.append(self._figures(at, end_ns))
        return made

    def _meet(self, feet: Mapping[Side, LiveFoot]) -> None:
        """A foot that shows itself for the first time."""
        if feet.keys() == self._loads.keys():
            return
        for side in _SIDES:
            foot = feet.get(side)
            if foot is not None and side not in self._loads:
                self._loads[side] = FootLoads(foot, self._window_s)
                self._pressed[side] = Pressed(foot)
        if len(self._loads) == len(_SIDES):
            self._pair = PairLoads(self._loads[Side.LEFT], self._loads[Side.RIGHT], self._window_s)
        self._in_newton = all(foot.scale.newton_per_unit is not None for foot in feet.values())
        order = list(Calibration)
        self._calibration = min((foot.layout.calibration for foot in feet.values()), key=order.index)

    def _count_silence(self, k: int) -> None:
        any_rows = np.zeros(k, dtype=np.int64)
        for loads in self._loads.values():
            any_rows += loads.seconds.rows
        heard = np.flatnonzero(any_rows)
        self.silent_s = k - 1 - int(heard[-1]) if heard.size else self.silent_s + k

    def _figures(self, at: int, end_ns: int) -> Metrics:
        feet = self._loads
        left, right = feet.get(Side.LEFT), feet.get(Side.RIGHT)
        symmetry, margin_points = symmetry_of(self._pair, feet, at)
        walking = self._gait.walking(feet, at, end_ns)
        return Metrics(
            t_ns=end_ns,
            walk=self._walk,
            forefoot_share_pct=PerFoot(
                left=no_insole(Side.LEFT) if left is None else left.forefoot_share(at),
                right=no_insole(Side.RIGHT) if right is None else right.forefoot_share(at),
            ),
            load_si_pct=symmetry,
            load_si_margin_points=margin_points,
            load=PerFoot(
                left=load_figure(left, right, Side.LEFT, at, self._in_newton),
                right=load_figure(right, left, Side.RIGHT, at, self._in_newton),
            ),
            cadence_spm=self._gait.cadence(feet, at),
            steps=self._gait.steps,
            walking=walking,
            unit="N" if self._in_newton else "%",
            calibration=self._calibration,
            forefoot_load=forefoot_load(left, right, at, self._in_newton),
            sustained=SustainedPerFoot(left=self._sustained(Side.LEFT, at), right=self._sustained(Side.RIGHT, at)),
            activity=self._doing(at, end_ns, walking),
            cell_faults=tuple(fault for fault in self._faults if fault.t_ns <= end_ns) if self._faults else (),
        )

    def _sustained(self, side: Side, at: int) -> Sustained:
        pressed = self._pressed.get(side)
        return self._absent[side] if pressed is None else pressed.figure(at)

    def _doing(self, at: int, end_ns: int, walking: bool | None) -> Activity:
        last_ns = self._gait.last_contact_t_ns
        since_ns = None if last_ns is None else end_ns - last_ns
        return self._activity.close(self._total(at), self._in_newton, walking, since_ns)

    def _total(self, at: int) -> float | None:
        """Mean load of both feet above their zero in the second; None: a foot was not measured for most of it."""
        total = 0.0
        for side in _SIDES:
            loads = self._loads.get(side)
            if loads is None or loads.rows[at] * loads.foot.ns_per_row < BOTH_MEASURED * SECOND_NS:
                return None
            zero = self._pressed[side].zero_load(at, loads.second.unfit[at])
            total += (loads.load[at] / loads.rows[at] - zero) * loads.comparable
        return total


def _order_of_fault(fault: CellFault) -> tuple[int, str, int, str]:
    return fault.t_ns, fault.side, -1 if fault.cell is None else fault.cell, fault.kind
