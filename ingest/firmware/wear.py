"""Whether a shoe is worn, from the rows that the insole streams: an update never happens to a foot. Pure.

A foot that stands or sits loads the insole by more than the residual of an empty shoe, and one that moves changes the
load. An empty shoe does neither. In doubt the shoe counts as worn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.wire.block import Codes
from ingest.wire.geometry import Cell, Unit
from ingest.wire.messages import Layout

LOADED_N = 30.0  # of all cells together, where the insole measures force: the weight of a foot and some of a leg
LOADED_SHARE = 0.03  # of one cell's full scale: 3 % is the residual that still counts as a good cell
MOVING_SHARE = 0.01  # change of one cell within the time looked at
ENOUGH_S = 1.0  # less says nothing


def is_worn(codes: Codes, layout: Layout, not_measured: int = 0) -> bool | None:
    """Of rows × cells codes of the latest seconds; None: too few rows, or no cell that measures.

    `not_measured`: mask of cells that were out in any of these rows.
    """
    measured = [cell for cell in range(codes.shape[1]) if not not_measured >> cell & 1]
    if len(codes) < ENOUGH_S * layout.rate_hz or not measured:
        return None
    values = codes[:, measured].astype(np.float64)
    cells = [layout.cells[cell] for cell in measured]
    shares = values / np.array([cell.full_scale for cell in cells], dtype=np.float64)
    loaded = bool((shares.max(axis=0) > LOADED_SHARE).any())
    moving = bool((shares.max(axis=0) - shares.min(axis=0) > MOVING_SHARE).any())
    return loaded or moving or _force_n(values * layout.scale, cells, layout.unit) > LOADED_N


def _force_n(values: NDArray[np.float64], cells: list[Cell], unit: Unit) -> float:
    """The largest sum of a row; 0 where codes are no force."""
    areas_mm2 = [cell.area_mm2 or 0.0 for cell in cells]
    newton = {Unit.NEWTON: [1.0] * len(cells), Unit.KILOPASCAL: [area / 1000 for area in areas_mm2]}.get(unit)
    return 0.0 if newton is None else float((values @ np.array(newton)).max())
