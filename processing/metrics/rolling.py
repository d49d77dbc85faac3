"""The figures of every second, both feet: loads, asymmetry, sustained load, cadence, activity, faults of cells.

What each one means stands with its family: `rolling_load`, `rolling_pair`, `rolling_gait`, `sustained`, `activity`,
`stance_loads`. A figure's coverage is of the rows that came; cells left out make it null, a range or noted, never less
covered.

Figures:
live.t_ns [ns UTC]: end of the second
live.walk [name]: the walk's name
live.v [number]: version of the contract
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import and_
from typing import Any

import numpy as np

from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import CellFault, Figure, ForefootLoad, Metrics, PerFoot, Stride, Sustained, SustainedPerFoot
from processing.metrics.activity import ActivityTotals, ActivityTracker
from processing.metrics.live_foot import LiveFoot, Seconds
from processing.metrics.rolling_gait import Fall, Gait, contacts_per_second, falls_by_second
from processing.metrics.rolling_load import FootLoads, load_figures, no_figure
from processing.metrics.rolling_pair import PairLoads
from processing.metrics.stance_loads import StanceLoads, in_seconds
from processing.metrics.sustained import Pressed
from processing.windows import SECOND_NS

_SIDES = tuple(Side)  # going through an enum is slow
_NO_INSOLE = {side: no_figure(f"no {side} insole") for side in _SIDES}


@dataclass(frozen=True, slots=True)
class FootColumns:
    """What every second tells of one foot, k each. `above_zero`: mean load; None: not measured for most of it."""

    share: Sequence[Figure]
    load: Sequence[Figure]
    forefoot_load: Iterable[Sequence[Figure]]  # over 1, 60 and 900 s
    sustained: Sequence[Sustained]
    coverage_pct: Sequence[float]
    is_well_measured: Sequence[bool]
    above_zero: Sequence[float | None]

    @classmethod
    def of(cls, loads: FootLoads, other: FootLoads | None, pressed: Pressed, in_newton: bool) -> FootColumns:
        return cls(
            share=loads.forefoot_shares(),
            load=load_figures(loads, other, in_newton),
            forefoot_load=loads.forefoot_loads(in_newton),
            sustained=pressed.figures(),
            coverage_pct=loads.window.coverage_pct,
            is_well_measured=loads.well_measured(),
            above_zero=loads.above_zero(pressed.zero_loads()),
        )

    @classmethod
    def absent(cls, side: Side, k: int) -> FootColumns:
        nothing = _NO_INSOLE[side]
        return cls(
            share=[nothing] * k,
            load=[nothing] * k,
            forefoot_load=[[nothing] * 3] * k,
            sustained=[Sustained(areas_pct={}, coverage_pct=0.0, reason=nothing.reason)] * k,
            coverage_pct=[0.0] * k,
            is_well_measured=[False] * k,
            above_zero=[None] * k,
        )


class RollingFigures:
    """Seconds go in one after the other, many or one at a time alike. `silent_s`: how many in a row held nothing."""

    def __init__(self, walk: str, window_s: int, weight_kg: float | None = None) -> None:
        self.silent_s = 0
        self._walk = walk
        self._window_s = window_s
        self._loads: dict[Side, FootLoads] = {}
        self._pressed: dict[Side, Pressed] = {}
        self._stances: dict[Side, StanceLoads] = {}
        self._pair: PairLoads | None = None
        self._gait = Gait(walk, window_s)
        self._activity = ActivityTracker(weight_kg)
        self._in_newton = False
        self._calibration = Calibration.NONE
        self._faults: tuple[CellFault, ...] = ()

    @property
    def activity(self) -> ActivityTotals:
        """Of all seconds so far."""
        return self._activity.totals({side: pressed.highest_pct for side, pressed in self._pressed.items()})

    @property
    def steps(self) -> int:
        """Of both feet, since the walk began."""
        return self._gait.steps

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
        return self._tell(first, stop, falls)

    def _tell(self, first: int, stop: int, falls: Mapping[int, list[Fall]]) -> list[Metrics | Stride]:
        """Second by second; what does not hang on the contacts stands ready in columns."""
        made: list[Metrics | Stride] = []
        gait, in_newton = self._gait, self._in_newton
        stances = in_seconds(told for side, each in self._stances.items() for told in each.told(self._loads[side]))
        unit, calibration, walk = "N" if in_newton else "%", self._calibration, self._walk
        columns = zip(*self._columns(stop - first), strict=True)
        for at, (shares, (symmetry, points), loads, forefoot, sustained, coverage, well, total) in enumerate(columns):
            end_ns = (first + at + 1) * SECOND_NS
            known = falls.get(at, ())
            for t_ns, side, _ in known:
                self._activity.found.contact(t_ns, side)
            made += gait.close(end_ns, known)
            walking = gait.walking(well, end_ns)
            last_ns = gait.last_contact_t_ns
            since_ns = None if last_ns is None else end_ns - last_ns
            made.append(
                Metrics(
                    t_ns=end_ns,
                    walk=walk,
                    forefoot_share_pct=shares,
                    load_si_pct=symmetry,
                    load_si_margin_points=points,
                    load=loads,
                    cadence_spm=gait.cadence(coverage),
                    steps=gait.steps,
                    walking=walking,
                    unit=unit,
                    calibration=calibration,
                    forefoot_load=forefoot,
                    sustained=sustained,
                    activity=self._activity.close(total, in_newton, walking, since_ns),
                    cell_faults=self._found_by(end_ns),
                    stances=stances.get(at, ()),
                )
            )
        return made

    def _columns(self, k: int) -> tuple[Iterable[Any], ...]:
        """k each, as `_tell` takes them."""
        left, right = (self._foot_columns(side, k) for side in _SIDES)
        return (
            map(_per_foot, left.share, right.share),
            [(_NO_INSOLE[next(side for side in _SIDES if side not in self._loads)], 0.0)] * k
            if self._pair is None
            else map(self._pair.symmetry, range(k)),
            map(_per_foot, left.load, right.load),
            map(_forefoot_load, left.forefoot_load, right.forefoot_load),
            map(_sustained, left.sustained, right.sustained),
            map(max, left.coverage_pct, right.coverage_pct),
            map(and_, left.is_well_measured, right.is_well_measured),
            map(_sum, left.above_zero, right.above_zero),
        )

    def _foot_columns(self, side: Side, k: int) -> FootColumns:
        loads = self._loads.get(side)
        if loads is None:
            return FootColumns.absent(side, k)
        return FootColumns.of(loads, self._loads.get(side.other), self._pressed[side], self._in_newton)

    def _found_by(self, end_ns: int) -> tuple[CellFault, ...]:
        faults = self._faults
        if not faults or faults[-1].t_ns <= end_ns:
            return faults
        return tuple(fault for fault in faults if fault.t_ns <= end_ns)

    def _meet(self, feet: Mapping[Side, LiveFoot]) -> None:
        """A foot that shows itself for the first time."""
        if feet.keys() == self._loads.keys():
            return
        for side in _SIDES:
            foot = feet.get(side)
            if foot is not None and side not in self._loads:
                self._loads[side] = FootLoads(foot, self._window_s)
                self._pressed[side] = Pressed(foot)
                self._stances[side] = StanceLoads(foot)
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


def _per_foot(left: Figure, right: Figure) -> PerFoot:
    return PerFoot(left=left, right=right)


def _forefoot_load(left: Sequence[Figure], right: Sequence[Figure]) -> ForefootLoad:
    one, sixty, nine_hundred = map(_per_foot, left, right)
    return ForefootLoad(last_1_s=one, last_60_s=sixty, last_900_s=nine_hundred)


def _sustained(left: Sustained, right: Sustained) -> SustainedPerFoot:
    return SustainedPerFoot(left=left, right=right)


def _sum(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left + right


def _order_of_fault(fault: CellFault) -> tuple[int, str, int, str]:
    return fault.t_ns, fault.side, -1 if fault.cell is None else fault.cell, fault.kind
