"""What the figures of every second take of one foot: its rows in the seconds just closed and what was found in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.wire.messages import CellFault, Layout
from processing.metrics.learned import LearnedCells
from processing.metrics.load import LoadScale
from processing.metrics.masks import Masks, lacking, with_more
from processing.metrics.running import Footfall
from processing.metrics.signal import Ints
from processing.metrics.stances import Stances
from processing.windows import Slab


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LiveFoot:
    """One foot in the k seconds of `slab` (which may hold no row at all).

    `falls`, `stances`: those that became known in these seconds (`known_t_ns`, `t_ns`), in order. `unfit`, `suspect`
    k: bit i: cell i is so in that second. `learned` holds from second `learned_since` on. `faults`: of the whole walk
    so far; a second says only those found by its end.
    """

    layout: Layout
    scale: LoadScale
    ns_per_row: int
    slab: Slab
    falls: tuple[Footfall, ...]
    stances: Stances
    unfit: Masks
    suspect: Masks
    learned: LearnedCells | None = None
    learned_since: int = 0
    faults: tuple[CellFault, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Seconds:
    """The k seconds of a foot added up.

    `present`: numbers of those that hold rows, `starts`: the first row of each of these. `unfit` k: bit i: cell i was
    found unfit, or the insole gave no value of it in some row; its sum means nothing then.
    """

    present: Ints
    starts: Ints
    rows: Ints  # k
    sums: Ints  # k × cells: of the codes
    unfit: Masks  # k

    @classmethod
    def of(cls, foot: LiveFoot) -> Seconds:
        slab = foot.slab
        k = slab.stop - slab.first
        rows = np.bincount(slab.second, minlength=k)
        present = np.flatnonzero(rows)
        starts = np.cumsum(rows)[present] - rows[present]
        sums = np.zeros((k, slab.codes.shape[1]), dtype=np.int64)
        unfit = foot.unfit
        if present.size:
            sums[present] = np.add.reduceat(slab.codes, starts, axis=0, dtype=np.int64)
            if slab.not_measured.any():
                unfit = with_more(unfit, present, np.bitwise_or.reduceat(slab.not_measured, starts))
        return cls(present, starts, rows, sums, unfit)

    def load(self, weights: Ints) -> Ints:
        """k: Σ code × weight of the cells that are fit in that second."""
        if not self.unfit.any():
            loads: Ints = self.sums @ weights
            return loads
        fit = ~lacking(self.unfit, weights.size)
        fit_loads: Ints = (self.sums * fit) @ weights
        return fit_loads
