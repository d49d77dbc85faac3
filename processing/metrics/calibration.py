"""What has been found out about the scale of a person's insoles, kept as versions; rows and layouts corrected by it.

corrected code = table(code) − zero, a whole number; corrected code × scale × gain is in the corrected layout's unit.
Table: `bench_table.py`. Zero: what the cell reads in verified swing. Gain: one for both feet, from body weight. A gain
touches no code and a zero only shifts them, so what was learned of the cells stays comparable and the layout keeps its
checksum; a bench table changes what a code means, and with it the checksum. Clinical basis 4.2 and 4.4.

Figures:
calibration.SIDE [state]: what is known of the scale: none, zero, maker, weight-scaled or bench; it decides the unit
calibration_version [version]: the stored calibration under which the walk was judged
live.calibration [state]: the weaker of the two feet's
live.unit [unit]: of the loads
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as changed
from zlib import crc32

import msgspec
import numpy as np

from ingest.wire.block import Block, Codes
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Unit
from ingest.wire.messages import Layout
from processing.metrics.bench_table import HIGHEST, LOWEST, BenchTable, Table
from processing.metrics.signal import Ints

STALE_AFTER_NS = 14 * 86_400 * 10**9
DRIFT_PCT = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InsoleCalibration:
    """One insole, known by its name and the checksum of its cells. What is None was never found out."""

    insole: str
    layout_checksum: int
    zero_codes: tuple[int, ...] | None = None  # after the bench table, where there is one
    gain: float | None = None
    bench: BenchTable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationVersion:
    """All that is known from `t_ns` on, until the next version. `version` counts from 1 for each person.

    `scaled_t_ns`: when the gain was taken. `load_ratio`: mean (left + right) / body weight under this version then.
    """

    version: int
    t_ns: int
    by: str
    what: str  # was done, and from which walk or file
    weight_kg: float | None = None
    insoles: tuple[InsoleCalibration, ...] = ()
    scaled_t_ns: int | None = None
    load_ratio: float | None = None

    def of(self, layout: Layout) -> InsoleCalibration | None:
        """None: nothing is known of this insole, or its cells are others by now."""
        name = (layout.insole, layout.checksum)
        return next((each for each in self.insoles if (each.insole, each.layout_checksum) == name), None)

    def with_insole(self, insole: InsoleCalibration) -> CalibrationVersion:
        """The same with this insole's new calibration in place of its old one."""
        name = (insole.insole, insole.layout_checksum)
        others = [each for each in self.insoles if (each.insole, each.layout_checksum) != name]
        return changed(self, insoles=(*others, insole))


def layout_under(layout: Layout, calibration: InsoleCalibration) -> Layout:
    """The layout as it describes corrected rows."""
    if calibration.bench is not None:
        layout = _benched(layout, calibration.bench, calibration.bench.lookup())
    zero = calibration.zero_codes
    if zero is not None:
        cells = tuple(
            msgspec.structs.replace(cell, full_scale=min(cell.full_scale - low, HIGHEST))
            for cell, low in zip(layout.cells, zero, strict=True)
        )
        state = Calibration.ZERO if layout.calibration is Calibration.NONE else layout.calibration
        layout = msgspec.structs.replace(layout, cells=cells, calibration=state)
    if calibration.gain is not None and calibration.bench is None:
        has_areas = layout.unit is Unit.KILOPASCAL and all(cell.area_mm2 for cell in layout.cells)
        layout = msgspec.structs.replace(
            layout,
            unit=Unit.KILOPASCAL if has_areas else Unit.NEWTON,
            scale=layout.scale * calibration.gain,
            calibration=Calibration.WEIGHT,
        )
    return layout


def _benched(layout: Layout, bench: BenchTable, table: Table) -> Layout:
    cells = tuple(
        msgspec.structs.replace(
            cell,
            full_scale=int(table[number, min(cell.full_scale, HIGHEST) - LOWEST]),
            area_mm2=bench.cells[number].area_mm2 or cell.area_mm2,
        )
        for number, cell in enumerate(layout.cells)
    )
    return msgspec.structs.replace(
        layout,
        cells=cells,
        unit=Unit.KILOPASCAL,
        scale=bench.kpa_per_code,
        calibration=Calibration.BENCH,
        checksum=crc32(msgspec.json.encode(bench), layout.checksum),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """How rows of one insole are corrected: `given` as the insole describes them, `layout` as they then are."""

    given: Layout
    layout: Layout
    _zero: Ints
    _table: Table | None

    @classmethod
    def of(cls, layout: Layout, version: CalibrationVersion | None) -> Correction | None:
        """None when nothing is known of this insole.

        :raises UnderfootError: STORE_DAMAGED when the version does not fit the cells it names.
        """
        known = None if version is None else version.of(layout)
        if known is None:
            return None
        n = len(layout.cells)
        zero, bench = known.zero_codes, known.bench
        if (zero is not None and len(zero) != n) or (bench is not None and len(bench.cells) != n):
            raise UnderfootError(FaultCode.STORE_DAMAGED, f"the calibration of {layout.insole} is not for {n} cells")
        shift = np.zeros(n, dtype=np.int64) if zero is None else np.array(zero, dtype=np.int64)
        return cls(layout, layout_under(layout, known), shift, None if bench is None else bench.lookup())

    def corrected(self, block: Block) -> Block:
        """The block's rows corrected; a block that does not fit the insole's own description stays as it is."""
        given = self.given
        fits = (block.insole, block.cells, block.unit, block.scale) == (
            given.insole, len(given.cells), given.unit, given.scale,
        )  # fmt: skip
        if not fits:
            return block
        return changed(block, codes=self._shifted(block.codes), unit=self.layout.unit, scale=self.layout.scale)

    def _shifted(self, codes: Codes) -> Codes:
        if self._table is not None:
            codes = self._table[np.arange(codes.shape[1]), codes.astype(np.int64) - LOWEST]
        if not self._zero.any():
            return codes
        shifted: Codes = np.clip(codes.astype(np.int64) - self._zero, LOWEST, HIGHEST).astype(np.int16)
        return shifted


def stale(version: CalibrationVersion, now_t_ns: int, load_ratio: float | None) -> str | None:
    """Why the gain wants to be taken again; None while it holds, or while there is none.

    `load_ratio`: mean (left + right) / body weight of a walk under this version.
    """
    if version.scaled_t_ns is None:
        return None
    days = (now_t_ns - version.scaled_t_ns) / 86_400e9
    if now_t_ns - version.scaled_t_ns > STALE_AFTER_NS:
        return f"the gain is {days:.0f} days old, {STALE_AFTER_NS // (86_400 * 10**9)} are allowed"
    if load_ratio is not None and version.load_ratio is not None:
        drift_pct = 100 * (load_ratio / version.load_ratio - 1)
        if abs(drift_pct) > DRIFT_PCT:
            return f"load against body weight has moved by {drift_pct:+.0f} %, {DRIFT_PCT:.0f} % are allowed"
    return None
