"""Sustained load: the share of the last 15 minutes in which an area was pressed, row by row.

An area is pressed while any of its cells reads more than p*: 4.67 kPa (35 mmHg, the capillary pressure) where the bench
vouches for kPa; else, above the cell's running zero, max(5 % of its learned median stance peak, 5 × noise SD) (clinical
basis 5.2, A1). Share = pressed rows / rows judged. It is not the 200 kPa of a stance's peak, 43 times as much (0.1),
nor a mean over time. Noise SD = median over the last 20 swings of the SD within a swing. Zero and noise are taken anew
every 30 s of UTC from stances known by then.

Figures:
sustained.SIDE.AREA [% of 15 min]: the highest share of any full 15 minutes in which the area was pressed
live.sustained.SIDE.areas_pct.AREA [% of 15 min]: the share of the last 15 minutes
live.sustained.SIDE.coverage_pct [%]: share of the last 15 minutes that was measured
live.sustained.SIDE.reason [words]: why an area cannot be judged
"""

from __future__ import annotations

from collections import deque
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from ingest.wire.geometry import Calibration, Unit
from ingest.wire.messages import Sustained
from processing.metrics.live_foot import LiveFoot, Seconds
from processing.metrics.load import area_of_cells
from processing.metrics.rolling_load import ENOUGH, LONG_S, FootLoads
from processing.metrics.signal import Bools, Floats, Ints
from processing.metrics.stances import Stances
from processing.metrics.withhold import left_out
from processing.metrics.zero import RunningZero
from processing.windows import SECOND_NS, WindowSums, bits_of

SUSTAINED_KPA = 4.67
FULL_PCT = 95.0  # of the window measured: less is not the whole of 15 minutes
_LEARNED_SHARE = 0.05
_NOISE_SDS = 5.0
_SWINGS = 20
_RENEWED_S = 30
_INT16 = np.iinfo(np.int16)
NOT_LEARNED = "what the cells usually read is not learned yet"


class CellLimits:
    """The code above which each cell is pressed, renewed at whole multiples of 30 s of UTC."""

    def __init__(self, foot: LiveFoot) -> None:
        cells = foot.scale.weights.size
        layout = foot.layout
        self.codes: NDArray[np.int16] | None = None
        self.zero_codes: Floats = np.zeros(cells)
        self._zero = RunningZero(foot.scale.weights)
        self._waiting: list[Stances] = []
        self._variances: deque[Floats] = deque(maxlen=_SWINGS)
        self._at: int | None = None
        self._fixed = layout.unit is Unit.KILOPASCAL and layout.calibration is Calibration.BENCH
        if self._fixed:
            self.codes = _as_codes(np.full(cells, SUSTAINED_KPA / layout.scale))

    def take(self, stances: Stances) -> None:
        if stances.t_ns.size:
            self._waiting.append(stances)

    def enter(self, second: int, foot: LiveFoot) -> None:
        """Before the rows of this second and of the others up to the next renewal."""
        began = second // _RENEWED_S * _RENEWED_S
        if began == self._at:
            return
        self._at = began
        self._learn_until(began * SECOND_NS)
        self.zero_codes = self._zero.zero_codes
        learned = foot.learned
        if self._fixed or learned is None or began < foot.learned_since:
            return
        least = np.maximum(_LEARNED_SHARE * np.array(learned.peak_codes), _NOISE_SDS * self._noise())
        self.codes = _as_codes(self.zero_codes + least)

    def _learn_until(self, t_ns: int) -> None:
        if not self._waiting:
            return
        waiting = _joined(self._waiting)
        known = int(np.searchsorted(waiting.t_ns, t_ns, side="right"))
        self._waiting = [_part(waiting, known, waiting.t_ns.size)] if known < waiting.t_ns.size else []
        if known:
            seen = _part(waiting, 0, known)
            self._zero.feed(seen)
            self._variances.extend(_variances(seen))

    def _noise(self) -> Floats | float:
        if not self._variances:
            return 0.0
        ranked = np.sort(np.stack(self._variances), axis=0)
        middle: Floats = np.sqrt(ranked[len(ranked) // 2])
        return middle


class Pressed:
    """Feed the seconds of a foot, then ask for the figure of each of them by its number."""

    def __init__(self, foot: LiveFoot) -> None:
        names = area_of_cells(foot.layout)
        self.areas = tuple(dict.fromkeys(names))
        self.limits = CellLimits(foot)
        self._area_of = [self.areas.index(name) for name in names]
        self._order = np.argsort(np.array(self._area_of), kind="stable")
        self._first = np.searchsorted(np.array(self._area_of)[self._order], np.arange(len(self.areas)))
        self._sums = WindowSums(LONG_S, len(self.areas) + 1)
        self._highest = np.full(len(self.areas), -1.0)
        self._nothing: dict[str, float | None] = dict.fromkeys(self.areas)
        self._zeros: list[tuple[int, list[float], float]] = []  # first second; reading in the air × weight; their sum

    def clear(self) -> None:
        self._sums.clear()

    def push(self, loads: FootLoads) -> None:
        """After the loads of the same seconds."""
        foot, seconds = loads.foot, loads.seconds
        self.limits.take(foot.stances)
        self._sums.push(self._count(foot, seconds))
        over = self._sums.over(LONG_S)
        self._rows: list[int] = over[:, -1].tolist()
        self._loads = loads
        self._shares = 100.0 * over[:, :-1] / np.maximum(over[:, -1:], 1)
        self._told: list[list[float]] = self._shares.tolist()
        self._note_highest()

    def figure(self, at: int) -> Sustained:
        loads, rows = self._loads, self._rows[at]
        coverage = loads.coverage_pct(rows, LONG_S)
        if rows * loads.foot.ns_per_row < ENOUGH * LONG_S * SECOND_NS:
            if not rows and loads.long.rows[at]:
                return Sustained(areas_pct=self._nothing, coverage_pct=0.0, reason=NOT_LEARNED)
            measured_s = rows * loads.foot.ns_per_row / SECOND_NS
            reason = f"only {measured_s:.0f} s of the last {LONG_S} s judged on the {loads.side}"
            return Sustained(areas_pct=self._nothing, coverage_pct=coverage, reason=reason)
        areas: dict[str, float | None] = dict(zip(self.areas, self._told[at], strict=True))
        lost = loads.long.unfit[at] | loads.suspect[at]
        if not lost:
            return Sustained(areas_pct=areas, coverage_pct=coverage)
        areas.update({self.areas[area]: None for area in self._areas_of(lost)})
        return Sustained(areas_pct=areas, coverage_pct=coverage, reason=left_out(loads.foot.layout, lost))

    @property
    def highest_pct(self) -> dict[str, float | None]:
        """Of each area the highest share of any full window so far; None: there was none."""
        return {
            area: None if share < 0 else share for area, share in zip(self.areas, self._highest.tolist(), strict=True)
        }

    def zero_load(self, at: int, unfit: int) -> float:
        """What the cells that are fit read in the air in that second, Σ code × weight."""
        zeros, whole = next((zeros, whole) for first, zeros, whole in reversed(self._zeros) if first <= at)
        return sum(zero for cell, zero in enumerate(zeros) if not unfit >> cell & 1) if unfit else whole

    def _count(self, foot: LiveFoot, seconds: Seconds) -> Ints:
        """Of each second: rows in which each area was pressed, and rows judged."""
        slab = foot.slab
        k = slab.stop - slab.first
        pressed = np.zeros((len(slab.codes), len(self.areas)), dtype=np.bool_)
        values = np.zeros((k, len(self.areas) + 1), dtype=np.int64)
        bounds = np.append(seconds.starts, len(slab.codes))
        self._zeros = []
        at = 0
        while at < k:
            self.limits.enter(slab.first + at, foot)
            stop = min(k, at + _RENEWED_S - (slab.first + at) % _RENEWED_S)
            zeros = (self.limits.zero_codes * foot.scale.weights).tolist()
            self._zeros.append((at, zeros, sum(zeros)))
            if self.limits.codes is not None:
                begin, end = bounds[np.searchsorted(seconds.present, (at, stop))].tolist()
                pressed[begin:end] = self._areas_pressed(slab.codes[begin:end] > self.limits.codes)
                values[at:stop, -1] = seconds.rows[at:stop]
            at = stop
        if seconds.present.size:
            values[seconds.present, :-1] = np.add.reduceat(pressed, seconds.starts, axis=0, dtype=np.int64)
        return values

    def _areas_pressed(self, cells: Bools) -> Bools:
        if len(self.areas) == len(self._area_of):
            return cells
        areas: Bools = np.logical_or.reduceat(cells[:, self._order], self._first, axis=1)
        return areas

    def _areas_of(self, cells: int) -> list[int]:
        return [self._area_of[cell] for cell in bits_of(cells)]

    def _note_highest(self) -> None:
        least = FULL_PCT * LONG_S * SECOND_NS
        per_row = 100 * self._loads.foot.ns_per_row
        full = [at for at, rows in enumerate(self._rows) if rows * per_row >= least]
        if not full:
            return
        shares = self._shares[full]
        unfit = self._loads.long.unfit
        if any(unfit):
            shares = shares.copy()
            for row, at in enumerate(full):
                shares[row, self._areas_of(unfit[at] | self._loads.suspect[at])] = -1.0
        self._highest = np.maximum(self._highest, shares.max(axis=0))


def _joined(parts: list[Stances]) -> Stances:
    if len(parts) == 1:
        return parts[0]
    return Stances(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Stances)))


def _part(stances: Stances, first: int, stop: int) -> Stances:
    return Stances(*(getattr(stances, each.name)[first:stop] for each in fields(stances)))


def _variances(stances: Stances) -> list[Floats]:
    """Of each swing that was long enough: the variance of each cell within it."""
    rows = stances.swing_rows[:, None]
    spread = (rows * stances.swing_squares - stances.swing_sums**2) / np.maximum(rows * (rows - 1), 1)
    return [one for one, count in zip(spread, stances.swing_rows.tolist(), strict=True) if count > 1]


def _as_codes(limits: Floats) -> NDArray[np.int16]:
    """A whole code is over the limit when it is over the limit's whole part."""
    return np.clip(np.floor(limits), _INT16.min, _INT16.max).astype(np.int16)
