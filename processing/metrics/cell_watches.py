"""What shows in several stances only: a cell that ends at the same code again and again, and a slow drift in swing.

Looked at after every fourth stance, wherever the batches are cut.

- flat top: 4 rows or more at exactly the highest code of the stance, and flatter than a smooth curve: rows² × code ≥
  3 × (rows of stance)² (reasoned: half a sine over the stance has 0.8); at the insole's full scale the rows suffice
- saturated: flat tops at full scale in 20 % of the last 20 stances (clinical basis 4.3); or nothing goes above a code
  that is the flat top of half of the last 20, or of 5 of the last 8 (reasoned: where a recording resolves the load in
  a few steps only, a fifth of healthy stances can end at the same one)
- drifting (reasoned): the median in swing moves the same way over five blocks of 20 stances, by half the limit of stuck
"""

from __future__ import annotations

import numpy as np

from processing.metrics.signal import Bools, Floats, Ints
from processing.metrics.stances import Stances

_LOOK_EVERY = 4
_FLAT_ROWS = 4
_FLATNESS = 3
_LONGEST, _AMONG_20, _AT_FULL_SCALE = 20, 10, 4  # stances, flat tops among them
_SHORT, _AMONG_8 = 8, 5
_BLOCK = 20
_BLOCKS = 5


class CellWatches:
    """All cells of one foot. `missing`: stances up to the next look."""

    def __init__(self, full_scale: Ints) -> None:
        self.missing = _LOOK_EVERY
        self._full_scale = full_scale
        self._held: list[tuple[Stances, int, int]] = []  # of the stances since the last look
        cells = full_scale.size
        self._peaks: Ints = np.zeros((0, cells), dtype=np.int64)
        self._flat: Bools = np.zeros((0, cells), dtype=np.bool_)
        self._medians: Ints = np.zeros(cells, dtype=np.int64)  # their sum in the block under way
        self._filled = 0
        self._blocks: list[Ints] = []

    def add(self, stances: Stances, first: int, stop: int) -> bool:
        """`missing` stances at most; whether it is time to look."""
        self._held.append((stances, first, stop))
        self.missing -= stop - first
        if self.missing:
            return False
        peak, at_peak, medians = (self._of_held(name) for name in ("peak", "rows_at_peak", "swing_median"))
        rows = self._of_held("rows")[:, None]
        flat = (at_peak * at_peak * peak >= _FLATNESS * (rows * rows)) | (peak >= self._full_scale)
        self._peaks = np.concatenate((self._peaks, peak))[-_LONGEST:]
        flat &= (at_peak >= _FLAT_ROWS) & (peak > self._of_held("low"))  # one that never moves is stuck
        self._flat = np.concatenate((self._flat, flat))[-_LONGEST:]
        self._medians = self._medians + medians.sum(axis=0)
        self._filled += _LOOK_EVERY
        self._held, self.missing = [], _LOOK_EVERY
        return True

    def _of_held(self, name: str) -> Ints:
        parts = [getattr(stances, name)[first:stop] for stances, first, stop in self._held]
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def clipped(self) -> list[int]:
        """Cells that end at a code above which they never go."""
        among_20 = self._flat_tops(_LONGEST)
        at_full_scale = (among_20 >= _AT_FULL_SCALE) & (self._peaks.max(axis=0) >= self._full_scale)
        clipped: Bools = at_full_scale | (among_20 >= _AMONG_20) | (self._flat_tops(_SHORT) >= _AMONG_8)
        return list(np.flatnonzero(clipped).tolist())

    def _flat_tops(self, stances: int) -> Ints:
        """How many of the last stances end flat at the highest code of all of them."""
        peaks, flat = self._peaks[-stances:], self._flat[-stances:]
        tops: Ints = ((peaks == peaks.max(axis=0)) & flat).sum(axis=0)
        return tops

    def drifted(self, far: Floats) -> list[int]:
        """Cells that have moved steadily and by more than `far` codes."""
        if self._filled < _BLOCK:
            return []
        self._blocks = [*self._blocks[1 - _BLOCKS :], self._medians]
        self._medians, self._filled = np.zeros_like(self._medians), 0
        if len(self._blocks) < _BLOCKS:
            return []
        steps = np.diff(np.array(self._blocks), axis=0)
        steady = (steps > 0).all(axis=0) | (steps < 0).all(axis=0)
        return list(np.flatnonzero(steady & (np.abs(steps.sum(axis=0)) > far * _BLOCK)).tolist())
