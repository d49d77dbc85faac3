"""A foot that rolls from heel to toe over eight cells; whole codes that read backwards are exactly the mirror."""

from __future__ import annotations

import numpy as np

from ingest.sources.replay.gaitpdb import CELLS as PLACES
from ingest.wire.geometry import Calibration, Cell, Side, Unit, checksum
from ingest.wire.messages import Layout

CELLS = len(PLACES)
STRIDE_ROWS, STANCE_ROWS = 110, 70


def rolling_layout(
    side: Side = Side.LEFT,
    *,
    calibration: Calibration = Calibration.MAKER,
    unit: Unit = Unit.NEWTON,
    scale: float = 1.0,
    area_mm2: float | None = None,
) -> Layout:
    cells = tuple(
        Cell(area=cell.area, zone=cell.zone, x=cell.x, y=cell.y, area_mm2=area_mm2, full_scale=4000) for cell in PLACES
    )
    return Layout(
        insole=f"test:{side}", side=side, cells=cells, unit=unit, scale=scale, rate_hz=100.0, calibration=calibration,
        checksum=checksum(cells),
    )  # fmt: skip


def stance_rows(rows: int, peak: int = 400) -> np.ndarray:
    """Rows × cells of one stance: every cell is pressed for a while, the hindmost first."""
    time = (np.arange(rows) + 0.5) / rows
    at = np.array([cell.y for cell in PLACES])
    pressed = np.exp(-(((time[:, None] - at[None, :]) / 0.18) ** 2))
    return np.rint(peak * pressed * np.sin(np.pi * time)[:, None]).astype(np.int16)


def walk_rows(side: Side, strides: int, *, ways: str = "") -> np.ndarray:
    """An even walk, the right foot half a stride later; `ways`: `b` for every stance that goes backwards, else `f`."""
    rows = np.zeros((strides * STRIDE_ROWS + 2 * STRIDE_ROWS, CELLS), dtype=np.int16)
    late = 10 + (0 if side is Side.LEFT else STRIDE_ROWS // 2)
    one = stance_rows(STANCE_ROWS)
    for number in range(strides):
        back = number < len(ways) and ways[number] == "b"
        first = late + number * STRIDE_ROWS
        rows[first : first + STANCE_ROWS] = one[::-1] if back else one
    return rows
