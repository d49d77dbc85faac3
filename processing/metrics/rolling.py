"""The figures of every second: forefoot share, asymmetry, load, cadence, steps, walking; formulas in `load`.

cadence = 120 / mean stride of the window's strides. Walking: the last four initial contacts alternate between the feet
0.25–1.25 s apart and the latest lies at most 1.5 s back (clinical basis 1.6).
A value's coverage is of the rows that it rests on: those in which every cell was measured. Where a cell that lacks
withholds it, the coverage is of the rows that came: an insole that sends is not silent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Protocol

import numpy as np

from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import Figure, Layout, Metrics, PerFoot, Stride
from processing.metrics.load import LoadScale, masked_areas, share_pct, symmetry_index_pct
from processing.metrics.running import Footfall, RunningContacts
from processing.windows import SECOND_NS, RollingSums, Second

_SIDES = tuple(Side)  # going through an enum is slow
_ENOUGH = 0.25  # of a window: less data than this gives no figure
_BOTH_MEASURED = 0.8  # of a second's rows
_LOOK_BACK_S = 5
_STEP_NS = (250_000_000, 1_250_000_000)
_LAST_STEP_NS = 1_500_000_000
_NOTHING = Second(np.zeros(0, dtype=np.int64))


class Foot(Protocol):
    """What the figures need of one foot."""

    layout: Layout
    scale: LoadScale
    contacts: RunningContacts
    seconds: dict[int, Second]
    ns_per_row: int


class RollingFigures:
    """Seconds go in one after the other. `silent_s`: how many in a row held nothing."""

    def __init__(self, walk: str, window_s: int) -> None:
        self.silent_s = 0
        self._walk = walk
        self._window_s = window_s
        self._steps = 0
        self._cells: dict[Side, RollingSums] = {}
        self._rows = {side: RollingSums(window_s, 2) for side in _SIDES}  # whole rows, all rows
        self._masks: dict[Side, deque[int]] = {side: deque(maxlen=window_s) for side in _SIDES}
        self._recent = {side: RollingSums(_LOOK_BACK_S, 1) for side in _SIDES}
        self._pair = RollingSums(window_s, 4)  # load and rows of left and right, in seconds that have both
        self._strides: deque[tuple[int, int]] = deque()  # (t_ns of its end, length in ns)
        self._strides_ns = 0
        self._falls: deque[tuple[int, Side]] = deque(maxlen=4)

    def skip(self) -> None:
        """A long silence: everything in the windows is past."""
        for sums in (*self._cells.values(), *self._rows.values(), *self._recent.values(), self._pair):
            sums.clear()
        for masks in self._masks.values():
            masks.clear()
        self._strides.clear()
        self._strides_ns = 0
        self._falls.clear()

    def close(self, second: int, feet: Mapping[Side, Foot]) -> list[Metrics | Stride]:
        """The strides that this second completed, then its figures."""
        end_ns = (second + 1) * SECOND_NS
        seen = {side: foot.seconds.pop(second, _NOTHING) for side, foot in feet.items()}
        self.silent_s = 0 if any(part.rows for part in seen.values()) else self.silent_s + 1
        for side in _SIDES:
            self._roll(side, seen.get(side, _NOTHING), feet.get(side))
        self._roll_pair(seen, feet)
        strides = self._steps_until(end_ns, feet)
        return [*strides, self._figures(end_ns, seen, feet)]

    def _roll(self, side: Side, part: Second, foot: Foot | None) -> None:
        counted = np.array([part.whole_rows, part.rows], dtype=np.int64) if part.rows else None
        self._rows[side].push(counted)
        self._masks[side].append(part.not_measured)
        self._recent[side].push(None if counted is None else counted[1:])
        if foot is not None:
            cells = self._cells.get(side)
            if cells is None:
                self._cells[side] = cells = RollingSums(self._window_s, len(foot.scale.weights))
            cells.push(part.sums if part.whole_rows else None)

    def _roll_pair(self, seen: Mapping[Side, Second], feet: Mapping[Side, Foot]) -> None:
        row: list[int] = []
        for side in _SIDES:
            part, foot = seen.get(side, _NOTHING), feet.get(side)
            if foot is None or part.whole_rows < _BOTH_MEASURED * SECOND_NS / foot.ns_per_row:
                self._pair.push(None)
                return
            row += [int(part.sums @ foot.scale.weights), part.whole_rows]
        self._pair.push(np.array(row, dtype=np.int64))

    def _steps_until(self, end_ns: int, feet: Mapping[Side, Foot]) -> list[Stride]:
        falls: list[tuple[int, Side, Footfall]] = []
        for side, foot in feet.items():
            waiting = foot.contacts.falls
            while waiting and waiting[0].at.t_ns < end_ns:
                fall = waiting.popleft()
                falls.append((fall.at.t_ns, side, fall))
        falls.sort(key=lambda fall: fall[:2])
        strides: list[Stride] = []
        for t_ns, side, fall in falls:
            self._steps += 1
            self._falls.append((t_ns, side))
            if fall.began is None or fall.foot_off is None:
                continue
            stride_ns = fall.at.own_ns - fall.began.own_ns
            stance_ns = fall.foot_off.own_ns - fall.began.own_ns
            self._strides.append((t_ns, stride_ns))
            self._strides_ns += stride_ns
            strides.append(
                Stride(
                    side=side,
                    walk=self._walk,
                    t_ns=fall.began.t_ns,
                    stride_s=stride_ns / 1e9,
                    stance_s=stance_ns / 1e9,
                    swing_s=(stride_ns - stance_ns) / 1e9,
                )
            )
        while self._strides and self._strides[0][0] < end_ns - self._window_s * SECOND_NS:
            self._strides_ns -= self._strides.popleft()[1]
        return strides

    def _figures(self, end_ns: int, seen: Mapping[Side, Second], feet: Mapping[Side, Foot]) -> Metrics:
        calibrated = bool(feet) and all(foot.scale.newton_per_unit is not None for foot in feet.values())
        return Metrics(
            t_ns=end_ns,
            walk=self._walk,
            forefoot_share_pct=PerFoot(
                left=self._forefoot(Side.LEFT, feet.get(Side.LEFT)),
                right=self._forefoot(Side.RIGHT, feet.get(Side.RIGHT)),
            ),
            load_si_pct=self._asymmetry(feet),
            load=_loads(seen, feet, calibrated),
            cadence_spm=self._cadence(feet),
            steps=self._steps,
            walking=self._walking(end_ns, feet),
            unit="N" if calibrated else "%",
            calibration=_weakest(feet),
        )

    def _coverage_pct(self, rows: int, foot: Foot) -> float:
        return min(100.0, 100.0 * rows * foot.ns_per_row / (self._window_s * SECOND_NS))

    def _withheld(self, side: Side, foot: Foot) -> Figure | None:
        """Why a load over the window cannot be told; None when it can."""
        whole_rows, rows = self._rows[side].sums.tolist()
        if whole_rows * foot.ns_per_row >= _ENOUGH * self._window_s * SECOND_NS:
            return None
        coverage = self._coverage_pct(rows, foot)
        if rows > whole_rows:
            return _masked(side, foot, reduce(or_, self._masks[side]), coverage)
        if not rows:
            return _none(f"no data from the {side} insole in the last {self._window_s} s")
        measured_s = rows * foot.ns_per_row / SECOND_NS
        return _none(f"only {measured_s:.0f} s of the last {self._window_s} s measured on the {side}", coverage)

    def _forefoot(self, side: Side, foot: Foot | None) -> Figure:
        if foot is None:
            return _none(f"no {side} insole")
        withheld = self._withheld(side, foot)
        if withheld is not None:
            return withheld
        sums, rows = self._cells[side].sums, int(self._rows[side].sums[0])
        share = share_pct(int(sums @ foot.scale.forefoot_weights), int(sums @ foot.scale.weights))
        return _figure(
            share, self._coverage_pct(rows, foot), f"no load on the {side} foot in the last {self._window_s} s"
        )

    def _asymmetry(self, feet: Mapping[Side, Foot]) -> Figure:
        for side in _SIDES:
            if side not in feet:
                return _none(f"no {side} insole")
        left, right = feet[Side.LEFT], feet[Side.RIGHT]
        left_load, left_rows, right_load, right_rows = self._pair.sums.tolist()
        coverage = min(self._coverage_pct(left_rows, left), self._coverage_pct(right_rows, right))
        if self._pair.filled_s < _ENOUGH * self._window_s:
            for side in _SIDES:
                withheld = self._withheld(side, feet[side])
                if withheld is not None:
                    return withheld
            return _none(f"both feet measured in only {self._pair.filled_s} s of the last {self._window_s} s", coverage)
        index = symmetry_index_pct(
            left_load / left_rows * _comparable(left), right_load / right_rows * _comparable(right)
        )
        return _figure(index, coverage, f"no load on either foot in the last {self._window_s} s")

    def _cadence(self, feet: Mapping[Side, Foot]) -> Figure:
        covered = [
            self._coverage_pct(int(self._rows[side].sums[1]), feet[side]) if side in feet else 0.0 for side in _SIDES
        ]
        count = len(self._strides)
        cadence = 120 * SECOND_NS * count / self._strides_ns if count else None
        return _figure(cadence, max(covered), f"no strides in the last {self._window_s} s")

    def _walking(self, end_ns: int, feet: Mapping[Side, Foot]) -> bool | None:
        for side in _SIDES:
            recent = self._recent[side]
            if side not in feet or not recent.filled_s:
                return None
            if int(recent.sums[0]) * feet[side].ns_per_row < _BOTH_MEASURED * recent.filled_s * SECOND_NS:
                return None
        if len(self._falls) < 4 or end_ns - self._falls[-1][0] > _LAST_STEP_NS:
            return False
        falls = list(self._falls)
        return all(
            one[1] is not other[1] and _STEP_NS[0] <= other[0] - one[0] <= _STEP_NS[1] for one, other in pairwise(falls)
        )


def _comparable(foot: Foot) -> float:
    return foot.layout.scale if foot.scale.newton_per_unit is None else foot.scale.newton_per_unit


def _loads(seen: Mapping[Side, Second], feet: Mapping[Side, Foot], calibrated: bool) -> PerFoot:
    means = {
        side: int(part.sums @ feet[side].scale.weights) / part.whole_rows * _comparable(feet[side])
        for side, part in seen.items()
        if part.whole_rows
    }
    return PerFoot(
        left=_load(Side.LEFT, means, seen, feet, calibrated), right=_load(Side.RIGHT, means, seen, feet, calibrated)
    )


def _load(
    side: Side, means: Mapping[Side, float], seen: Mapping[Side, Second], feet: Mapping[Side, Foot], calibrated: bool
) -> Figure:
    foot = feet.get(side)
    if foot is None:
        return _none(f"no {side} insole")
    part = seen[side]
    if not part.rows:
        return _none(f"no data from the {side} insole in this second")
    if not part.whole_rows:
        return _masked(side, foot, part.not_measured, _coverage_of_second_pct(part.rows, foot))
    coverage = _coverage_of_second_pct(part.whole_rows, foot)
    if calibrated:
        return Figure(value=means[side], coverage_pct=coverage)
    if side.other not in means:
        return _none("the share of one foot needs both feet", coverage)
    return _figure(share_pct(means[side], sum(means.values())), coverage, "no load on either foot")


def _coverage_of_second_pct(rows: int, foot: Foot) -> float:
    return min(100.0, 100.0 * rows * foot.ns_per_row / SECOND_NS)


def _masked(side: Side, foot: Foot, not_measured: int, coverage_pct: float) -> Figure:
    return _none(f"not measured on the {side}: {masked_areas(foot.layout, not_measured)}", coverage_pct)


def _weakest(feet: Mapping[Side, Foot]) -> Calibration:
    order = list(Calibration)
    return min((foot.layout.calibration for foot in feet.values()), key=order.index, default=Calibration.NONE)


def _none(reason: str, coverage_pct: float = 0.0) -> Figure:
    return Figure(value=None, coverage_pct=coverage_pct, reason=reason)


def _figure(value: float | None, coverage_pct: float, reason: str) -> Figure:
    return _none(reason, coverage_pct) if value is None else Figure(value=value, coverage_pct=coverage_pct)
