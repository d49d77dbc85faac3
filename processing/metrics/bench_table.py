"""A bench table: what the cells of one insole model read under known pressures, as data.

Code → kPa of each cell by straight lines between its points, rounded half up to whole steps of `kpa_per_code`, flat
beyond the first and the last point: a reading beyond the table is at full scale, never measured higher. Whole numbers
throughout, so that every machine looks the same code up. A table is a TOML file (`underfoot.bench/1`):

    format = "underfoot.bench/1"
    model = "the model as the insole says it"
    kpa_per_code = 0.02
    by = "who pressed it, on what"
    [[cells]]                  # one for each cell, in the insole's order
    codes = [0, 120, 900]      # rising
    kpa = [0.0, 20.0, 300.0]   # never falling
    area_mm2 = 310.0           # may be left out where the insole says it
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from ingest.wire.faults import FaultCode, UnderfootError

FORMAT = "underfoot.bench/1"
LOWEST, HIGHEST = -32768, 32767

Table = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchCell:
    """Points of one cell: at `codes[k]` it was pressed with `kpa[k]`."""

    codes: tuple[int, ...]
    kpa: tuple[float, ...]
    area_mm2: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchTable:
    """One corrected code is `kpa_per_code`; `cells` in the insole's order."""

    format: str
    model: str
    kpa_per_code: float
    by: str
    cells: tuple[BenchCell, ...]

    def lookup(self) -> Table:
        """cells × 65536: the corrected code of every code from −32768 on."""
        return np.stack([_line(cell.codes, self._steps(cell)) for cell in self.cells])

    def _steps(self, cell: BenchCell) -> list[int]:
        return [round(kpa / self.kpa_per_code) for kpa in cell.kpa]


def read_bench_table(text: str) -> BenchTable:
    """The table that a TOML text holds.

    :raises UnderfootError: CALIBRATION_REFUSED, naming every mistake.
    """
    try:
        table = msgspec.convert(tomllib.loads(text), BenchTable)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UnderfootError(FaultCode.CALIBRATION_REFUSED, f"the bench table: {error}") from error
    mistakes = list(_mistakes(table))
    if mistakes:
        raise UnderfootError(FaultCode.CALIBRATION_REFUSED, f"the bench table: {'; '.join(mistakes)}")
    return table


def _mistakes(table: BenchTable) -> Iterator[str]:
    if table.format != FORMAT:
        yield f"format is {table.format!r}, known is {FORMAT!r}"
    if not table.model:
        yield "model is empty"
    if not table.cells:
        yield "it has no cells"
    if not 0 < table.kpa_per_code < float("inf"):
        yield "kpa_per_code is not above 0"
        return
    for number, cell in enumerate(table.cells, 1):
        for mistake in _mistakes_of_cell(cell, table.kpa_per_code):
            yield f"cell {number}: {mistake}"


def _mistakes_of_cell(cell: BenchCell, kpa_per_code: float) -> Iterator[str]:
    if len(cell.codes) < 2 or len(cell.codes) != len(cell.kpa):
        yield "it needs as many kpa as codes, two at least"
    elif any(after <= before for before, after in zip(cell.codes, cell.codes[1:], strict=False)):
        yield "codes do not rise"
    elif any(not after >= before for before, after in zip(cell.kpa, cell.kpa[1:], strict=False)):
        yield "kpa falls"
    elif cell.codes[0] < LOWEST or cell.codes[-1] > HIGHEST:
        yield "codes beyond what an insole can send"
    elif not cell.kpa[0] >= 0 or not cell.kpa[-1] <= HIGHEST * kpa_per_code:
        yield f"kpa beyond 0 to {HIGHEST * kpa_per_code:g}, all that kpa_per_code has room for"
    if cell.area_mm2 is not None and not 0 < cell.area_mm2 < float("inf"):
        yield "area_mm2 is not above 0"


def _line(codes: tuple[int, ...], steps: list[int]) -> Table:
    at = np.arange(LOWEST, HIGHEST + 1, dtype=np.int64)
    x, y = np.array(codes, dtype=np.int64), np.array(steps, dtype=np.int64)
    left = np.clip(np.searchsorted(x, at, side="right") - 1, 0, x.size - 2)
    way, span = np.clip(at - x[left], 0, x[left + 1] - x[left]), x[left + 1] - x[left]
    risen = (2 * (y[left + 1] - y[left]) * way + span) // (2 * span)
    table: Table = (y[left] + risen).astype(np.int16)
    return table
