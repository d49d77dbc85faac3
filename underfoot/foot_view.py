"""One foot as a screen shows it: what is measured, in which unit, and in words why something is not."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.wire.faults import FaultCode
from ingest.wire.geometry import Calibration, Side
from ingest.wire.messages import LinkState
from underfoot.kept import StillKept
from underfoot.shown import ShownUnit


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell. `level` 0…1 of the largest recent load, for its colour; None: not measured."""

    area: str
    x: float
    y: float
    value: float | None
    level: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FootView:
    """One foot as it is shown. Not measured: every value is None and `reason` says why.

    `faults`: the cells found unfit, in words; each of them is a cell not measured. `kept`: what the insole recorded
    and is not here yet. `trouble`: what stands in the way of measuring, as far as the hub knows.
    """

    side: Side
    measured: bool
    reason: str | None
    cells: tuple[CellView, ...]
    cell_unit: ShownUnit
    total: float | None  # mean of the last second
    total_unit: ShownUnit
    total_reason: str | None
    calibration: Calibration | None
    link: LinkState | None
    battery_pct: int | None
    last_t_ns: int | None
    faults: tuple[str, ...] = ()
    kept: StillKept | None = None
    trouble: FaultCode | None = None
    shown_t_ns: int | None = None  # when the row was taken whose cells are shown
    clock_known: bool | None = None  # whether times of this foot are of the hub's clock; None: nothing comes now
    status_t_ns: int | None = None  # when battery and link were told
    words: str = ""  # whether it is measured, and why not

    @property
    def lacking(self) -> bool:
        """Whether some of its cells are not measured, or all."""
        return any(cell.level is None for cell in self.cells)
