"""Cells that hide the steps of their foot: what they do for 10 s while the other foot walks and this one takes none.

- none of them moves: the foot repeats the same row for ever
- some of them do not move, not at zero: they are stuck, so high that no step of this foot is seen any more
- some of them turn back in a fifth of the rows, up and down by more than makes a loaded cell: they are noisy (reasoned;
  at 100 rows a second no cell of ten real walks turns in more than 8 % of a second's rows, noise of 16 N in a third)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.wire.messages import CellFaultKind
from processing.metrics.signal import Bools, Ints
from processing.windows import SECOND_NS, Slab

STILL_S = 10
_RECENT_S = 3
_TURNING = 5  # a fifth of the rows
_LONG_AGO = -(10**12)


@dataclass(frozen=True, slots=True)
class StillCells:
    """Found at the end of a second; frozen: every cell of the foot."""

    t_ns: int
    cells: tuple[int, ...]
    kind: CellFaultKind


class Stillness:
    """Whole seconds of one foot, in order; a second without rows breaks nothing.

    `loaded_above` cells: the code above which each one is loaded.
    """

    def __init__(self, loaded_above: Ints) -> None:
        self._loaded_above = loaded_above
        self._own_step = _LONG_AGO  # the second in which the latest stance became known
        self._others_step = _LONG_AGO
        self._row: NDArray[np.int16] | None = None  # the latest row looked at
        self._still_s: Ints = np.zeros(loaded_above.size, dtype=np.int64)
        self._restless_s = self._still_s
        self._told: set[int] = set()

    def feed(self, slab: Slab, own_t_ns: Ints, others_t_ns: Ints) -> list[StillCells]:
        """What was found in these seconds, in which the stances of both feet became known."""
        own, others = ({t_ns // SECOND_NS for t_ns in steps.tolist()} for steps in (own_t_ns, others_t_ns))
        found: list[StillCells] = []
        for second in range(slab.first, slab.stop):
            if second in own:
                self._own_step = second
            if second in others:
                self._others_step = second
            if second - self._own_step >= _RECENT_S > second - self._others_step:
                found += self._look(slab, second)
            else:
                self._row = None
        return found

    def _look(self, slab: Slab, second: int) -> list[StillCells]:
        begin, stop = np.searchsorted(slab.second, (second - slab.first, second - slab.first + 1)).tolist()
        codes = slab.codes[begin:stop]
        if not len(codes):
            return []
        if self._row is None:
            self._row = codes[0]
            self._still_s = self._restless_s = np.zeros_like(self._still_s)
        self._still_s = np.where((codes == self._row).all(axis=0), self._still_s + 1, 0)
        self._restless_s = np.where(self._turns(codes) * _TURNING >= len(codes), self._restless_s + 1, 0)
        self._row = codes[-1]
        still = self._still_s >= STILL_S
        t_ns = (second + 1) * SECOND_NS - 1
        if still.all():
            return self._tell(t_ns, range(still.size), CellFaultKind.FROZEN)
        return [
            *self._tell(t_ns, self._untold(still & (codes[-1] != 0)), CellFaultKind.STUCK),
            *self._tell(t_ns, self._untold(self._restless_s >= STILL_S), CellFaultKind.NOISY),
        ]

    def _turns(self, codes: NDArray[np.int16]) -> Ints:
        """Rows in which each cell turns back, far from the one before and the one after."""
        steps = np.diff(codes.astype(np.int64), axis=0)
        far = np.abs(steps) > self._loaded_above
        turns: Ints = (far[1:] & far[:-1] & ((steps[1:] > 0) != (steps[:-1] > 0))).sum(axis=0)
        return turns

    def _untold(self, cells: Bools) -> list[int]:
        return [cell for cell in np.flatnonzero(cells).tolist() if cell not in self._told]

    def _tell(self, t_ns: int, cells: Sequence[int], kind: CellFaultKind) -> list[StillCells]:
        if not cells or len(self._told) == self._still_s.size:
            return []
        self._told.update(cells)
        return [StillCells(t_ns, tuple(cells), kind)]
