"""Cells that do not move for 10 s while the other foot walks and this one takes no step (reasoned).

All of them: the foot repeats the same row for ever. Some of them, not at zero: they are stuck, so high that no step of
this foot is seen any more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.metrics.signal import Bools, Ints
from processing.windows import SECOND_NS, Slab

STILL_S = 10
_RECENT_S = 3
_LONG_AGO = -(10**12)


@dataclass(frozen=True, slots=True)
class StillCells:
    """Found at the end of a second; every cell of the foot: it is frozen."""

    t_ns: int
    cells: tuple[int, ...]
    is_frozen: bool


class Stillness:
    """Whole seconds of one foot, in order; a second without rows breaks nothing."""

    def __init__(self) -> None:
        self._own_step = _LONG_AGO  # the second in which the latest stance became known
        self._others_step = _LONG_AGO
        self._row: NDArray[np.int16] | None = None  # the latest row looked at
        self._still_s: Ints | None = None
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
                self._row = self._still_s = None
        return found

    def _look(self, slab: Slab, second: int) -> list[StillCells]:
        begin, stop = np.searchsorted(slab.second, (second - slab.first, second - slab.first + 1)).tolist()
        codes = slab.codes[begin:stop]
        if not len(codes):
            return []
        still: Bools = (codes == (codes[0] if self._row is None else self._row)).all(axis=0)
        before = 0 if self._still_s is None else self._still_s
        self._still_s = np.where(still, before + 1, 0)
        self._row = codes[-1]
        lasting = self._still_s >= STILL_S
        is_frozen = bool(lasting.all())
        if not is_frozen:
            lasting &= codes[-1] != 0
        new = [cell for cell in np.flatnonzero(lasting).tolist() if is_frozen or cell not in self._told]
        if not new or len(self._told) == len(lasting):
            return []
        self._told.update(new)
        return [StillCells((second + 1) * SECOND_NS - 1, tuple(new), is_frozen)]
