"""Every area of the foot, stance by stance: pressure, force, time under load. An area is one of the ten regions, or
the insole's own area where it does not resolve them. All stances that begin a stride that counts; p_i(t) pressure and
F_i(t) force of cell i, dt one row (clinical basis 1.2; values of others 3.3).

- peak = max over the area's cells and the stance of p_i; mean = Σ F_i / Σ A_i over the cells that are loaded in a row,
  averaged over the rows with one (the mean over all cells would be lower)
- max force = max over the rows of Σ F_i; FTI, force-time integral = Σ F_i dt; share = 100 × FTI / FTI of the foot
- PTI (pressure-time integral) peak curve, "novel" = Σ max_i p_i dt, sub-peak values included; PTI per cell = the
  largest over the cells of Σ p_i dt. The first is never the smaller one; they are not to be mixed
- contact time = rows in which a cell of the area is loaded; % of the rows of the stance. Loaded: above 5 N (clinical
  basis 3.1), 10 kPa or, uncalibrated, 2 % of the cell's full scale (our choice, as no source agrees on one)
- forefoot/rearfoot = peak of the forefoot cells (toes included) / peak of the rearfoot cells (Caselli 2002)
- stance peak = max over the rows of the foot's whole force

An area of which a cell is unfit or lacks is not measured; one without a cell neither. Sums are of whole stances.

Figures:
regions.SIDE.AREA.peak_kpa.mean|sd [kPa]: highest pressure of any cell in a stance
regions.SIDE.AREA.mean_kpa.mean|sd [kPa]: pressure of the loaded cells, averaged over the stance
regions.SIDE.AREA.max_force_n.mean|sd [N]: highest force of the area in a stance
regions.SIDE.AREA.contact_time_s.mean|sd [s]: time under load in a stance
regions.SIDE.AREA.contact_pct.mean|sd [% of stance]: the same as a share of the stance
regions.SIDE.AREA.pti_peak_curve_kpa_s.mean|sd [kPa s]: pressure-time integral of the peak curve ("novel")
regions.SIDE.AREA.pti_cell_kpa_s.mean|sd [kPa s]: largest pressure-time integral of a single cell
regions.SIDE.AREA.fti_n_s.mean|sd [N s]: force-time integral of a stance
regions.SIDE.AREA.share_pct.mean|sd [% of the foot]: share of the stance's force-time integral
regions.SIDE.AREA.loaded_pct [% of time]: rows in which a cell of the area is loaded, of all rows
regions.SIDE.AREA.stances [count]: stances that the figures of the area rest on
peak_force.SIDE.mean|sd [N]: highest force of the whole foot in a stance
forefoot_rearfoot.SIDE.peak_ratio [ratio]: peak of the forefoot / peak of the rearfoot in a stance, mean over stances
forefoot_rearfoot.SIDE.impulse_ratio [ratio]: impulse of the forefoot / impulse of the rearfoot over every row
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.wire.geometry import Calibration, Unit, Zone
from ingest.wire.messages import Layout
from processing.metrics.load import area_of_cells
from processing.metrics.load_part import MaskedSums
from processing.metrics.masks import any_of, filled, lack_any, with_more
from processing.metrics.moments import Moments
from processing.metrics.section import Codes, JudgedFoot
from processing.metrics.signal import Bools, Floats, FootSignal, Ints

LOADED_N = 5.0
LOADED_KPA = 10.0
LOADED_PART_OF_FULL_SCALE = 0.02

_NOTHING = Moments()


@dataclass(frozen=True, slots=True, eq=False)
class Pressures:
    """`per_code` cells: pressure of one code, in kPa where `absolute`, else only comparable with one another."""

    per_code: Floats
    absolute: bool

    @classmethod
    def of(cls, layout: Layout) -> Pressures | None:
        """None: the insole measures forces on cells of unknown size, or nobody knows what."""
        areas = [cell.area_mm2 or 0.0 for cell in layout.cells]
        bench = layout.calibration is Calibration.BENCH
        if layout.unit is Unit.KILOPASCAL:
            absolute = bench or (layout.calibration is Calibration.MAKER and all(areas))
            return cls(np.full(len(areas), layout.scale), absolute)
        if layout.unit is Unit.NEWTON and all(areas):
            return cls(1000 * layout.scale / np.array(areas), bench)
        return None


def loaded_above(layout: Layout) -> list[int]:
    """The code above which each cell is loaded."""
    if layout.calibration not in (Calibration.NONE, Calibration.ZERO) and layout.unit is not Unit.RAW:
        limit = LOADED_N if layout.unit is Unit.NEWTON else LOADED_KPA
        return [int(limit / layout.scale)] * len(layout.cells)
    return [int(LOADED_PART_OF_FULL_SCALE * cell.full_scale) for cell in layout.cells]


def cells_of_areas(layout: Layout) -> dict[str, list[int]]:
    cells: dict[str, list[int]] = {}
    for cell, area in enumerate(area_of_cells(layout)):
        cells.setdefault(area, []).append(cell)
    return cells


def mask_of(cells: Iterable[int]) -> int:
    return sum(1 << cell for cell in cells)


@dataclass(frozen=True, slots=True)
class AreaPart:
    """`moments` by figure over the stances in which the area was measured; `rows`, `loaded_rows`: swing included."""

    stances: int
    rows: int
    loaded_rows: int
    moments: Mapping[str, Moments]

    def __add__(self, later: AreaPart) -> AreaPart:
        return AreaPart(
            self.stances + later.stances,
            self.rows + later.rows,
            self.loaded_rows + later.loaded_rows,
            {name: moments + later.moments.get(name, _NOTHING) for name, moments in self.moments.items()},
        )


@dataclass(frozen=True, slots=True)
class RegionsPart:
    """`areas`: those measured; `stance_sums`: of the cells, per stance; `lacking` bit i: cell i lacked in some row."""

    stance_sums: MaskedSums
    areas: Mapping[str, AreaPart] = field(default_factory=dict)
    peak_force_n: Moments = _NOTHING
    peak_ratio: Moments = _NOTHING
    lacking: int = 0

    @classmethod
    def of(cls, foot: JudgedFoot) -> RegionsPart:
        return _Stances(foot).part()

    def __add__(self, later: RegionsPart) -> RegionsPart:
        areas = dict(self.areas)
        for name, area in later.areas.items():
            areas[name] = areas[name] + area if name in areas else area
        return RegionsPart(
            self.stance_sums + later.stance_sums,
            areas,
            self.peak_force_n + later.peak_force_n,
            self.peak_ratio + later.peak_ratio,
            self.lacking | later.lacking,
        )


def _broken(signal: FootSignal, first: Ints, stop: Ints) -> Bools:
    """Which stances lack rows of their own (a short hole was bridged): their sums would be too small."""
    begins = np.array([begin for begin, _ in signal.stretches])
    parted: Bools = begins.searchsorted(first, side="right") != begins.searchsorted(stop - 1, side="right")
    return parted


class _Stances:
    """The m stances of a judged foot; rows lie cell by cell in memory, which every reduction over rows lives on."""

    def __init__(self, foot: JudgedFoot) -> None:
        section = foot.section
        self.section, self.layout = section, section.layout
        first, stop = foot.contacts.first[foot.used.contact], foot.contacts.stop[foot.used.contact]
        # an edge may lie just outside the section
        self.first_row = min([section.inside.start, *first[:1].tolist()])
        self.stop_row = max([section.inside.stop, *(stop[-1:] + 1).tolist()])
        self.inside = slice(section.inside.start - self.first_row, section.inside.stop - self.first_row)
        self.codes: Codes = np.ascontiguousarray(section.codes[self.first_row : self.stop_row].T)
        self.edges: Ints = np.stack([first, stop], axis=1).ravel() - self.first_row
        self.rows: Ints = stop - first
        self.seconds_per_row = section.signal.ns_per_row / 1e9
        masks = section.not_measured[self.first_row : self.stop_row]
        self.row_masks = masks if masks.any() else None
        lacked = (
            filled(first.size, 0) if self.row_masks is None else np.bitwise_or.reduceat(self.row_masks, self.edges)[::2]
        )
        self.broken = _broken(section.signal, first, stop)
        whole = (1 << len(self.layout.cells)) - 1
        self.masks = with_more(lacked, self.broken, filled(1, whole)) if self.broken.any() else lacked
        self.sums: Ints = np.add.reduceat(self.codes, self.edges, axis=1, dtype=np.int64)[:, ::2]
        self.peaks = np.maximum.reduceat(self.codes, self.edges, axis=1)[:, ::2]
        self.pressures = Pressures.of(self.layout)

    def part(self) -> RegionsPart:
        lacking = 0 if self.row_masks is None else any_of(self.row_masks)
        return RegionsPart(
            MaskedSums.of(self.sums.T, self.masks), dict(self._areas()), self._peak_force(), self._peak_ratio(), lacking
        )

    def _areas(self) -> Iterator[tuple[str, AreaPart]]:
        for name, cells in cells_of_areas(self.layout).items():
            if not self.section.unfit & mask_of(cells):
                yield name, self._area(cells, ~self.broken & ~lack_any(self.masks, mask_of(cells)))

    def _area(self, cells: list[int], measured: Bools) -> AreaPart:
        limits = loaded_above(self.layout)
        loaded = self.codes[cells[0]] > limits[cells[0]]
        for cell in cells[1:]:
            loaded |= self.codes[cell] > limits[cell]
        figures = {**self._forces(cells), **self._times(loaded), **self._shares(cells)}
        if self.pressures is not None and self.pressures.absolute:
            figures |= self._pressures(self.pressures.per_code, cells, loaded, limits)
        moments = {name: Moments.of(values[measured & ~np.isnan(values)]) for name, values in figures.items()}
        rows = loaded[self.inside]
        if self.row_masks is not None:
            rows = rows[~lack_any(self.row_masks[self.inside], mask_of(cells))]
        return AreaPart(int(measured.sum()), int(rows.size), int(np.count_nonzero(rows)), moments)

    def _over(self, values: NDArray[np.generic]) -> Floats:
        """Sum over the rows of each stance."""
        summed: Floats = np.add.reduceat(values, self.edges, dtype=np.float64)[::2]
        return summed

    def _times(self, loaded: Bools) -> dict[str, Floats]:
        rows = self._over(loaded)
        return {"contact_time_s": rows * self.seconds_per_row, "contact_pct": 100 * rows / self.rows}

    def _forces(self, cells: list[int]) -> dict[str, Floats]:
        newton, weights = self.section.scale.newton_per_unit, self.section.scale.weights
        if newton is None:
            return {}
        summed = weights[cells] @ self.sums[cells] * (newton * self.seconds_per_row)
        if len(cells) == 1:
            highest = self.peaks[cells[0]].astype(np.int64) * weights[cells[0]]
        else:
            together = np.zeros(self.codes.shape[1], dtype=np.int64)
            for cell in cells:
                together += np.multiply(self.codes[cell], weights[cell], dtype=np.int64)
            highest = np.maximum.reduceat(together, self.edges)[::2]
        return {"max_force_n": highest * newton, "fti_n_s": summed}

    def _shares(self, cells: list[int]) -> dict[str, Floats]:
        weights = self.section.scale.weights
        whole = (weights @ self.sums).astype(np.float64)
        whole[(self.masks != 0) | (whole <= 0) | bool(self.section.unfit)] = np.nan
        return {"share_pct": 100 * (weights[cells] @ self.sums[cells]) / whole}

    def _pressures(self, per_code: Floats, cells: list[int], loaded: Bools, limits: list[int]) -> dict[str, Floats]:
        scale = per_code[cells] * self.seconds_per_row
        per_cell = (self.sums[cells] * scale[:, None]).max(axis=0)
        highest = (self.peaks[cells] * per_code[cells, None]).max(axis=0)
        if len(cells) == 1:
            curve = per_cell
            mean_of_rows = (self.codes[cells[0]] * loaded) * per_code[cells[0]]
        else:
            curve = self._over((self.codes[cells] * per_code[cells, None]).max(axis=0)) * self.seconds_per_row
            mean_of_rows = self._mean_of_loaded(per_code, cells, limits)
        rows = self._over(loaded)
        mean = self._over(mean_of_rows) / np.where(rows > 0, rows, np.nan)
        return {"peak_kpa": highest, "mean_kpa": mean, "pti_peak_curve_kpa_s": curve, "pti_cell_kpa_s": per_cell}

    def _mean_of_loaded(self, per_code: Floats, cells: list[int], limits: list[int]) -> Floats:
        """Of each row; 0 where no cell is loaded."""
        force, area = np.zeros(self.codes.shape[1]), np.zeros(self.codes.shape[1])
        for cell in cells:
            on = self.codes[cell] > limits[cell]
            size = self.layout.cells[cell].area_mm2 or 1.0
            force += (self.codes[cell] * on) * (per_code[cell] * size)
            area += on * size
        return force / np.where(area > 0, area, 1.0)

    def _peak_force(self) -> Moments:
        newton = self.section.signal.newton_per_unit
        if newton is None or self.section.unfit:
            return _NOTHING
        load = self.section.signal.load[self.first_row : self.stop_row]
        return Moments.of((np.maximum.reduceat(load, self.edges)[::2] * newton)[self.masks == 0])

    def _peak_ratio(self) -> Moments:
        if self.pressures is None:
            return _NOTHING
        zones = [cell.zone for cell in self.layout.cells]
        fore, rear = ([n for n, zone in enumerate(zones) if zone is which] for which in (Zone.FOREFOOT, Zone.REARFOOT))
        if not fore or not rear or self.section.unfit & mask_of(fore + rear):
            return _NOTHING
        peaks = self.peaks * self.pressures.per_code[:, None]
        front, back = peaks[fore].max(axis=0), peaks[rear].max(axis=0)
        usable = ~self.broken & ~lack_any(self.masks, mask_of(fore + rear)) & (back > 0)
        return Moments.of(front[usable] / back[usable])
