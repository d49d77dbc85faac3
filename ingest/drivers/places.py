"""Cells of insoles whose maker says where they are and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ingest.wire.geometry import Cell, region_at, zone_of


def cells_at(places: Sequence[tuple[float, float]], full_scale: int) -> tuple[Cell, ...]:
    """One cell per place (x medial 0 … lateral 1, y heel 0 … toe 1), in this order, named by its third of the foot.

    Regions are left open: their limits need the outline of the insole, which these makers do not give.
    """
    cells: list[Cell] = []
    named: Counter[str] = Counter()
    for x, y in places:
        zone = zone_of(region_at(x, y))
        named[zone] += 1
        area = f"{zone} {named[zone]}"
        cells.append(Cell(area=area, zone=zone, x=round(x, 4), y=round(y, 4), full_scale=full_scale))
    return tuple(cells)
