"""How the codes of an insole's cells add up to the load of its foot, and to the load of its areas.

share_k = 100 × impulse of k / impulse of the foot; forefoot = cells of the forefoot zone, toes included (clinical
basis 1.2).

Figures:
mean_force.SIDE [N]: Σ force of the foot over the rows measured whole / rows, swing included
impulse.SIDE [N s]: Σ force × time over the same rows
forefoot_share_pct.SIDE [% of the foot]: impulse of the forefoot cells, toes included, over every row
region_share_pct.SIDE.AREA [% of the foot]: impulse of an area over every row
live.load.SIDE [N or % of both feet]: mean load of the last second
live.forefoot_share_pct.SIDE [% of the foot]: the forefoot's share over the last 60 s
live.forefoot_load.last_1_s|last_60_s|last_900_s.SIDE [N or % of the foot]: mean load of the forefoot cells
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.wire.geometry import Calibration, Region, Unit, Zone, region_at
from ingest.wire.messages import Layout
from processing.metrics.signal import Ints

_UNCALIBRATED = (Calibration.NONE, Calibration.ZERO)


@dataclass(frozen=True, slots=True, eq=False)
class LoadScale:
    """How codes of an insole add up to a load: Σ code × weight, a whole number, times `newton_per_unit`.

    Pressures are weighted with the cell's area in 0.01 mm², forces count as they are. `newton_per_unit` None: the
    insole's scale is not known in newton, only shares of its load mean something.
    """

    weights: Ints
    forefoot_weights: Ints
    newton_per_unit: float | None
    noise: float  # in the same units: less than this is not a load, where newton cannot tell

    @classmethod
    def of(cls, layout: Layout) -> LoadScale:
        areas = [cell.area_mm2 for cell in layout.cells]
        known_areas = layout.unit is Unit.KILOPASCAL and all(areas)
        weights = np.array([round(100 * (area or 0)) if known_areas else 1 for area in areas], dtype=np.int64)
        newton = None
        if layout.unit is Unit.NEWTON:
            newton = layout.scale
        elif known_areas:
            newton = layout.scale * 1e-5  # kPa × 0.01 mm² = 1e-5 N
        if layout.calibration in _UNCALIBRATED:
            newton = None
        forefoot = np.array([cell.zone is Zone.FOREFOOT for cell in layout.cells])
        full = sum(int(weight) * cell.full_scale for weight, cell in zip(weights, layout.cells, strict=True))
        return cls(weights, weights * forefoot, newton, 0.005 * full)


def in_regions(layout: Layout) -> bool:
    """Whether the insole resolves the ten regions: it says so of every cell, or has at least one cell for each."""
    return len(layout.cells) >= len(Region) or all(cell.region is not None for cell in layout.cells)


def area_of_cells(layout: Layout) -> list[str]:
    """What each cell's load counts for: its region, or its own area where the insole does not resolve the regions.

    A cell of which the insole does not say the region is put by its place into that of the default mask.
    """
    if not in_regions(layout):
        return [cell.area for cell in layout.cells]
    return [(cell.region or region_at(cell.x, cell.y)).value for cell in layout.cells]


def masked_areas(layout: Layout, not_measured: int) -> str:
    """The cells of a mask in words."""
    return ", ".join(dict.fromkeys(cell.area for bit, cell in enumerate(layout.cells) if not_measured >> bit & 1))


def share_pct(part: float, whole: float) -> float | None:
    """None when the whole is nothing."""
    return 100 * part / whole if whole > 0 else None


def shares_pct(impulses: Mapping[str, float]) -> dict[str, float] | None:
    """Every area's share of all of them; None when they carry nothing."""
    whole = sum(impulses.values())
    return {area: 100 * impulse / whole for area, impulse in impulses.items()} if whole > 0 else None


def per_name(names: Sequence[str], sums: Iterable[int]) -> dict[str, float]:
    """Sums of cells that share a name, in the order in which the names come."""
    added: dict[str, float] = {}
    for name, value in zip(names, sums, strict=True):
        added[name] = added.get(name, 0) + value
    return added
