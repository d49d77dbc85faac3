"""Sustained load: the share of the last 15 minutes in which an area was pressed, row by row.

An area is pressed while any of its cells reads more than p*: 4.67 kPa (35 mmHg, the capillary pressure) where the bench
vouches for kPa; else, above the cell's running zero, max(5 % of its learned median stance peak, 5 × noise SD) (clinical
basis 5.2, A1). Share = pressed rows / rows judged. It is not the 200 kPa of a stance's peak, 43 times as much (0.1),
nor a mean over time. Noise SD = median over the last 20 swings of the SD within a swing. Zero and noise are taken anew
every 30 s of UTC from stances known by then. A second in which the insole gives no value of a cell is not judged for
its area; an area that keeps less than four fifths of the rows judged on the foot is not measured, nor is one with a
cell found unfit.

Figures:
sustained.SIDE.AREA [% of 15 min]: the highest share of any full 15 minutes in which the area was pressed
live.sustained.SIDE.areas_pct.AREA [% of 15 min]: the share of the last 15 minutes
live.sustained.SIDE.coverage_pct [%]: share of the last 15 minutes that was measured, in the area told that has least
live.sustained.SIDE.reason [words]: why an area cannot be judged
live.sustained.SIDE.limit_kpa [kPa]: p* where the bench vouches for kPa
"""

from __future__ import annotations

from collections import deque
from dataclasses import fields

import numpy as np

from ingest.wire.geometry import Calibration, Unit
from ingest.wire.messages import Sustained
from processing.metrics.live_foot import LiveFoot, Seconds
from processing.metrics.load import area_of_cells
from processing.metrics.rolling_load import ENOUGH, LONG_S, FootLoads
from processing.metrics.signal import Bools, Floats, Ints
from processing.metrics.stances import Codes, Stances
from processing.metrics.zero import RunningZero
from processing.windows import SECOND_NS, WindowSums, bits_of

SUSTAINED_KPA = 4.67
FULL_PCT = 95.0  # of the window measured: less is not the whole of 15 minutes
_LEARNED_SHARE = 0.05
_NOISE_SDS = 5.0
_SWINGS = 20
_KEPT_OF_ROWS = 0.8
_RENEWED_S = 30
_INT16 = np.iinfo(np.int16)
NOT_LEARNED = "what the cells usually read is not learned yet"


class CellLimits:
    """The code above which each cell is pressed, renewed at whole multiples of 30 s of UTC."""

    def __init__(self, foot: LiveFoot) -> None:
        cells = foot.scale.weights.size
        layout = foot.layout
        self.codes: Codes | None = None
        self.zero_codes: Floats = np.zeros(cells)
        self._zero = RunningZero(foot.scale.weights)
        self._waiting: list[Stances] = []
        self._variances: deque[Floats] = deque(maxlen=_SWINGS)
        self._at: int | None = None
        is_bench = layout.unit is Unit.KILOPASCAL and layout.calibration is Calibration.BENCH
        self.fixed_kpa = SUSTAINED_KPA if is_bench else None
        if is_bench:
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
        if self.fixed_kpa or learned is None or began < foot.learned_since:
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
        self._first_cells = [self._area_of.index(area) for area in range(len(self.areas))]
        self._other_cells = [(cell, area) for cell, area in enumerate(self._area_of) if cell not in self._first_cells]
        self._sums = WindowSums(LONG_S, len(self.areas) + 1)
        self._gaps: WindowSums | None = None  # rows judged of the foot and not of an area; none so far
        self._with: dict[int, list[bool]] = {}
        self._highest = np.full(len(self.areas), -1.0)
        self._nothing: dict[str, float | None] = dict.fromkeys(self.areas)
        self._zeros: list[tuple[int, list[float], float]] = []  # first second; reading in the air × weight; their sum

    def clear(self) -> None:
        self._sums.clear()
        self._gaps = None

    def push(self, loads: FootLoads) -> None:
        """After the loads of the same seconds."""
        foot, seconds = loads.foot, loads.seconds
        self._loads = loads
        self.limits.take(foot.stances)
        counted = self._count(foot, seconds)
        gaps = self._take_out(counted, seconds)
        self._sums.push(counted)
        over = self._sums.over(LONG_S)
        self._rows = over[:, -1:]
        judged = self._rows if gaps is None else self._rows - gaps
        self._judged = None if gaps is None else judged
        self._shares = 100.0 * over[:, :-1] / np.maximum(judged, 1)
        self._lost = self._lost_cells()
        self._gone = np.array([self._areas_with(cells) for cells in self._lost]) if any(self._lost) else None
        self._note_highest()

    def figures(self) -> list[Sustained]:
        """k"""
        loads, told, made = self._loads, self._shares.tolist(), []
        limit_kpa = self.limits.fixed_kpa
        least_ns, ns_per_row = ENOUGH * LONG_S * SECOND_NS, loads.foot.ns_per_row
        columns = zip(self._rows[:, 0].tolist(), self._least_rows(), told, self._lost, strict=True)
        for at, (rows, least_rows, shares, lost) in enumerate(columns):
            if rows * ns_per_row < least_ns:
                made.append(self._too_little(at, rows))
                continue
            areas: dict[str, float | None] = dict(zip(self.areas, shares, strict=True))
            if lost:
                areas.update({area: None for area, gone in zip(areas, self._areas_with(lost), strict=True) if gone})
            coverage = loads.coverage_pct(least_rows, LONG_S)
            reason = loads.words(lost) if lost else None
            made.append(Sustained(areas_pct=areas, coverage_pct=coverage, reason=reason, limit_kpa=limit_kpa))
        return made

    def _too_little(self, at: int, rows: int) -> Sustained:
        loads = self._loads
        if not rows and loads.long.rows[at]:
            return Sustained(areas_pct=self._nothing, coverage_pct=0.0, reason=NOT_LEARNED)
        measured_s = rows * loads.foot.ns_per_row / SECOND_NS
        reason = f"only {measured_s:.0f} s of the last {LONG_S} s judged on the {loads.side}"
        return Sustained(areas_pct=self._nothing, coverage_pct=loads.coverage_pct(rows, LONG_S), reason=reason)

    def _least_rows(self) -> list[int]:
        """k: rows judged in the area told that has least."""
        if self._judged is None:
            rows: list[int] = self._rows[:, 0].tolist()
            return rows
        told = self._judged if self._gone is None else np.where(self._gone, self._rows, self._judged)
        least: list[int] = told.min(axis=1).tolist()
        return least

    @property
    def highest_pct(self) -> dict[str, float | None]:
        """Of each area the highest share of any full window so far; None: there was none."""
        return {
            area: None if share < 0 else share for area, share in zip(self.areas, self._highest.tolist(), strict=True)
        }

    def zero_loads(self) -> list[float]:
        """k: what the cells that are fit read in the air in each second, Σ code × weight."""
        made: list[float] = []
        unfit = self._loads.second.unfit
        stops = [first for first, _, _ in self._zeros[1:]] + [len(unfit)]
        for (first, zeros, whole), stop in zip(self._zeros, stops, strict=True):
            known = {0: whole}
            for cells in unfit[first:stop]:
                if cells not in known:
                    known[cells] = sum(zero for cell, zero in enumerate(zeros) if not cells >> cell & 1)
                made.append(known[cells])
        return made

    def _count(self, foot: LiveFoot, seconds: Seconds) -> Ints:
        """Of each second: rows in which each area was pressed, and rows judged."""
        slab = foot.slab
        k = slab.stop - slab.first
        pressed = np.zeros((len(self.areas), len(slab.codes)), dtype=np.bool_)
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
                self._press(slab.codes[begin:end], self.limits.codes, pressed[:, begin:end])
                values[at:stop, -1] = seconds.rows[at:stop]
            at = stop
        if seconds.present.size:
            values[seconds.present, :-1] = np.add.reduceat(pressed, seconds.starts, axis=1, dtype=np.int64).T
        return values

    def _press(self, codes: Codes, limits: Codes, areas: Bools) -> None:
        """Fills areas × rows; cell by cell, because a row has too few of them to go through it quickly."""
        over = np.empty(codes.shape[::-1], dtype=np.bool_)
        np.greater(codes.T, limits[:, None], out=over)
        areas[:] = over[self._first_cells]
        for cell, area in self._other_cells:
            areas[area] |= over[cell]

    def _take_out(self, counted: Ints, seconds: Seconds) -> Ints | None:
        """Strikes areas out of the seconds in which they lack a cell; k × areas: rows lost in each window, if any."""
        if seconds.unfit.any():
            lacking = np.array([self._areas_with(cells) for cells in seconds.unfit.tolist()])
            counted[:, :-1] *= ~lacking
            lost = lacking * counted[:, -1:]
            self._gaps = self._gaps or WindowSums(LONG_S, len(self.areas))
        elif self._gaps is None:
            return None
        else:
            lost = np.zeros((len(counted), len(self.areas)), dtype=np.int64)
        self._gaps.push(lost)
        return self._gaps.over(LONG_S)

    def _lost_cells(self) -> list[int]:
        """k: the cells for want of which their areas are not judged."""
        loads = self._loads
        lost = [unfit | suspect for unfit, suspect in zip(loads.foot.unfit.tolist(), loads.suspect, strict=True)]
        if self._judged is None:
            return lost
        short = self._judged < _KEPT_OF_ROWS * self._rows
        known: dict[tuple[int, bytes], int] = {}
        for at in np.flatnonzero(short.any(axis=1)).tolist():
            key = loads.long.unfit[at], short[at].tobytes()
            if key not in known:
                known[key] = sum(1 << cell for cell in bits_of(key[0]) if short[at, self._area_of[cell]])
            lost[at] |= known[key]
        return lost

    def _areas_with(self, cells: int) -> list[bool]:
        """Of each area whether one of these cells lies in it."""
        known = self._with.get(cells)
        if known is None:
            within = {self._area_of[cell] for cell in bits_of(cells)}
            known = self._with[cells] = [area in within for area in range(len(self.areas))]
        return known

    def _note_highest(self) -> None:
        least = FULL_PCT * LONG_S * SECOND_NS
        per_row = 100 * self._loads.foot.ns_per_row
        is_full = self._rows * per_row >= least
        if not is_full.any():
            return
        if self._judged is not None:
            is_full = is_full & (self._judged * per_row >= least)
        if self._gone is not None:
            is_full = is_full & ~self._gone
        self._highest = np.maximum(self._highest, np.where(is_full, self._shares, -1.0).max(axis=0))


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


def _as_codes(limits: Floats) -> Codes:
    """A whole code is over the limit when it is over the limit's whole part."""
    return np.clip(np.floor(limits), _INT16.min, _INT16.max).astype(np.int16)
