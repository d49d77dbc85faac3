"""A walk as another insole feels it: each of its cells takes the walk's nearest cell, at its own rate. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes


class Worn:
    """`row(k)` is the insole's k-th row. Codes are the walk's divided by `shrink`, cut at `full_scale`."""

    def __init__(
        self, walk: Walk, places: Sequence[tuple[float, float]], *, row_ns: int, full_scale: int, shrink: int = 1
    ) -> None:
        cells = np.array([(cell.x, cell.y) for cell in walk.description.cells])
        wanted = np.array(places)
        distance = ((wanted[:, None, :] - cells[None, :, :]) ** 2).sum(axis=2)
        self._nearest = distance.argmin(axis=1)
        self._walk, self._row_ns, self._full_scale, self._shrink = walk, row_ns, full_scale, shrink

    def row(self, number: int) -> Codes:
        """int16, one per place; zeros where the walk has no row."""
        at_ns = number * self._row_ns
        pieces = self._walk.rows_between(at_ns, at_ns + self._walk.description.ns_per_row)
        if not pieces:
            return np.zeros(len(self._nearest), dtype=np.int16)
        codes = pieces[0].codes[0].astype(np.int64)[self._nearest] // self._shrink
        worn: Codes = codes.clip(0, self._full_scale).astype(np.int16)
        return worn
