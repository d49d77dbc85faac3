"""The cells of one foot, stance by stance, against what is usual for them; clinical basis 4.3 unless said otherwise.

- dead: the highest code of a stance is below 2 % of the usual one, of its own or of the mirrored cell's, if larger
- stuck: the code does not move from touch-down to the next, or its median in swing is more than 3 % of
  mean(L + R) / n, of body weight / n where that is known (an insole without a zero has no such limit)
- noisy: standard deviation in swing more than 5 × the learned one (reasoned: and than the limit of stuck)
- saturated, drifting: `cell_watches`; what hides every step of the foot: `stillness`

A stance in which the cells that are not dead carry less than a quarter of their usual impulse (a shuffle, a turn) says
nothing of any cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

import numpy as np

from ingest.wire.geometry import Calibration
from ingest.wire.messages import CellFaultKind, Layout
from processing.metrics.cell_watches import CellWatches
from processing.metrics.health_state import CellCourse, CellEvent, CellState
from processing.metrics.learned import LearnedCells
from processing.metrics.signal import Bools, Ints
from processing.metrics.stances import Stances
from processing.metrics.yardstick import FootYardstick

_DEAD_SHARE = 0.02
_STUCK_SHARE = 0.03
_NOISY_SPREADS = 5
_FEEBLE = 0.25
_NONE: frozenset[int] = frozenset()
_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A cell whose state changed with the stance known at `t_ns`."""

    t_ns: int
    cell: int
    state: CellState
    kind: CellFaultKind | None


class FootHealth:
    """`changes` fills with what changed, in the order of the stances."""

    def __init__(self, layout: Layout, known: LearnedCells | None) -> None:
        self.layout = layout
        self.yardstick = FootYardstick(layout, known)
        self.courses = [CellCourse() for _ in layout.cells]
        self.changes: list[Change] = []
        self.learned_since_t_ns: int | None = None
        cells = len(layout.cells)
        self._has_zero = layout.calibration is not Calibration.NONE
        self._dead: Ints = np.full(cells, _NEVER)  # highest code that is dead
        self._stuck = np.full(cells, inf)
        self._noise = np.full(cells, inf)  # variance
        self._fit: Bools = np.ones(cells, dtype=np.bool_)
        self._watches = CellWatches(np.array([cell.full_scale for cell in layout.cells], dtype=np.int64))

    @property
    def is_settled(self) -> bool:
        """Nothing is left to be learned: the limits stay."""
        if not self.yardstick.is_whole:
            return False
        unfit = [course.state is CellState.UNFIT for course in self.courses]
        if self.yardstick.learned is None and not any(unfit):
            return False  # the shares are learned only while every cell is healthy
        return all(cell.is_whole or gone for cell, gone in zip(self.yardstick.cells, unfit, strict=True))

    def set_limits(self, mirrored_peaks: Sequence[float | None], both_feet_load: float | None) -> None:
        """From what is learned of both feet by now; `both_feet_load` mean(L + R) or body weight."""
        own = self.yardstick.cells
        for number, (cell, mirrored) in enumerate(zip(own, mirrored_peaks, strict=True)):
            usual = max(cell.peak or 0.0, mirrored or 0.0)
            self._dead[number] = ceil(_DEAD_SHARE * usual) - 1 if usual else _NEVER
        if both_feet_load is None:
            return
        limits = self.yardstick.codes_of(_STUCK_SHARE * both_feet_load / len(own))
        for number, (cell, limit) in enumerate(zip(own, limits, strict=True)):
            if self._has_zero:
                self._stuck[number] = limit
            variance = cell.swing_variance
            if variance is not None:
                self._noise[number] = max(_NOISY_SPREADS**2 * variance, limit**2)

    def take_all(self, stances: Stances) -> None:
        """Stances in order, once the limits stay; costs little while nothing is amiss."""
        odd = self._odd(stances)
        rows = set(np.flatnonzero(odd.any(axis=1)).tolist()) if np.count_nonzero(odd) else _NONE
        first, last = 0, stances.t_ns.size
        while first < last:
            stop = min(first + self._watches.missing, last)
            if rows or self._is_busy:
                for row in range(first, stop):
                    if row in rows or self._is_busy:
                        self._judge(stances, row)
            self._watch(stances, first, stop)
            first = stop

    def take_one(self, stances: Stances, row: int) -> None:
        """One stance, while there is something to learn."""
        if not self.yardstick.is_whole:
            self.yardstick.add_load(
                stances.sums[row].tolist(),
                int(stances.rows[row]),
                stances.swing_sums[row].tolist(),
                int(stances.swing_rows[row]),
            )
        self._judge(stances, row)
        self._watch(stances, row, row + 1)

    def _watch(self, stances: Stances, first: int, stop: int) -> None:
        if not self._watches.add(stances, first, stop):
            return
        t_ns = int(stances.t_ns[stop - 1])
        for cell in self._watches.clipped():
            self.condemn(cell, CellFaultKind.SATURATED, t_ns)
        for cell in self._watches.drifted(self._stuck / 2):
            self.condemn(cell, CellFaultKind.DRIFTING, t_ns)

    @property
    def _is_busy(self) -> bool:
        return any(course.bad and course.state is not CellState.UNFIT for course in self.courses)

    def _odd(self, stances: Stances) -> Bools:
        """m × cells: what is worth a closer look."""
        dead_or_constant = stances.peak <= np.maximum(stances.low, self._dead)
        noisy = stances.swing_squares > self._noise * stances.swing_rows[:, None]
        odd: Bools = (dead_or_constant | noisy | (stances.swing_median > self._stuck)) & self._fit
        return odd

    def _judge(self, stances: Stances, row: int) -> None:
        peaks, lows = stances.peak[row].tolist(), stances.low[row].tolist()
        if self._is_feeble(stances.sums[row].tolist(), peaks):
            return
        medians, variances = stances.swing_median[row].tolist(), _swing_variances(stances, row)
        began_t_ns, t_ns = int(stances.initial_contact_t_ns[row]), int(stances.t_ns[row])
        clean = True
        for cell, course in enumerate(self.courses):
            if course.state is CellState.UNFIT:
                clean = False
                continue
            kind = self._amiss(cell, peaks[cell], lows[cell], medians[cell], variances[cell])
            clean = clean and kind is None
            is_slight = kind is CellFaultKind.STUCK and self._stuck[cell] < medians[cell] < 2 * self._stuck[cell]
            if course.judge(kind, began_t_ns, t_ns, is_slight=is_slight):
                self._note(cell, t_ns)
            if kind is None or (kind is CellFaultKind.STUCK and lows[cell] < peaks[cell]):
                self.yardstick.cells[cell].add(peaks[cell], variances[cell])  # an offset leaves both what they are
        if clean and self.yardstick.add_clean(stances.sums[row].tolist()):
            self.learned_since_t_ns = t_ns

    def condemn(self, cell: int, kind: CellFaultKind, t_ns: int) -> None:
        """Found unfit by what does not show in single stances."""
        course = self.courses[cell]
        if course.take(CellEvent.CONDEMNED):
            course.kind = kind
            self._note(cell, t_ns)

    def _note(self, cell: int, t_ns: int) -> None:
        course = self.courses[cell]
        is_unfit = course.state is CellState.UNFIT
        self._fit[cell] = not is_unfit
        kind = course.kind if is_unfit else None
        self.changes.append(Change(t_ns=t_ns, cell=cell, state=course.state, kind=kind))

    def _is_feeble(self, sums: Sequence[int], peaks: Sequence[int]) -> bool:
        usual = self.yardstick.impulse
        if usual is None:
            return False
        carried = self.yardstick.impulse_of(sums)
        if carried < _FEEBLE * usual:  # many cells may have died at once: what do the others usually carry?
            usual *= self.yardstick.part_of([peak > dead for peak, dead in zip(peaks, self._dead, strict=True)])
        return carried < _FEEBLE * usual

    def _amiss(self, cell: int, peak: int, low: int, median: int, variance: float) -> CellFaultKind | None:
        if peak <= self._dead[cell]:
            return CellFaultKind.DEAD
        if median > self._stuck[cell] or (peak and peak == low == median):
            return CellFaultKind.STUCK
        return CellFaultKind.NOISY if variance > self._noise[cell] else None


def _swing_variances(stances: Stances, row: int) -> list[float]:
    rows = int(stances.swing_rows[row])
    if rows < 2:
        return [0.0] * stances.peak.shape[1]
    sums, squares = stances.swing_sums[row].tolist(), stances.swing_squares[row].tolist()
    return [(rows * square - total * total) / (rows * rows) for total, square in zip(sums, squares, strict=True)]
