"""Which unit a foot's load may be shown in, by its calibration, and the factors from codes to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ingest.wire.geometry import Calibration, Unit
from ingest.wire.messages import Layout

Factors = NDArray[np.float64]


class ShownUnit(StrEnum):
    SHARE = "% of load"
    NEWTON = "N"
    KILOPASCAL = "kPa"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """A code times its cell's factor is in the unit named; SHARE: in an arbitrary unit that only ratios may leave."""

    cell_unit: ShownUnit
    cell_factors: Factors
    total_unit: ShownUnit
    total_factors: Factors


def shown(layout: Layout) -> Shown:
    """None or zero calibration: share of load. Maker's or weight-scaled: N. Bench: kPa, its total in N.

    What the layout cannot give (raw codes, areas unknown) is shown as a share.
    """
    scale = np.full(len(layout.cells), layout.scale)
    areas = [cell.area_mm2 for cell in layout.cells]
    newtons = _newtons(layout, scale, areas)
    if layout.calibration in (Calibration.NONE, Calibration.ZERO) or layout.unit is Unit.RAW or newtons is None:
        relative = scale if newtons is None else newtons
        return Shown(
            cell_unit=ShownUnit.SHARE, cell_factors=relative, total_unit=ShownUnit.SHARE, total_factors=relative
        )
    if layout.calibration is Calibration.BENCH and all(areas):
        kilopascals = newtons * 1000 / np.array(areas, dtype=np.float64)
        return Shown(
            cell_unit=ShownUnit.KILOPASCAL,
            cell_factors=kilopascals,
            total_unit=ShownUnit.NEWTON,
            total_factors=newtons,
        )
    return Shown(cell_unit=ShownUnit.NEWTON, cell_factors=newtons, total_unit=ShownUnit.NEWTON, total_factors=newtons)


def _newtons(layout: Layout, scale: Factors, areas: list[float | None]) -> Factors | None:
    if layout.unit is Unit.NEWTON:
        return scale
    if layout.unit is Unit.KILOPASCAL and all(areas):
        return scale * np.array(areas, dtype=np.float64) / 1000  # kPa × mm² = 10⁻³ N
    return None
