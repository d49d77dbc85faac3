"""The signal of one foot over a walk, as every batch figure takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


# `np.median` and `np.percentile` would do, but load numpy.ma with them, a tenth of a command's start


def median(values: Floats | Ints) -> float:
    """Of one value at least."""
    return _middle(np.sort(values))


def _sorted(values: Ints) -> Ints:
    """Loads of whole codes lie closely together: to count them takes a tenth of the time of `np.sort`."""
    if not values.size:
        return values
    low, high = int(values.min()), int(values.max())
    if high - low > values.size:
        return np.sort(values)
    ranked: Ints = np.repeat(np.arange(low, high + 1), np.bincount(values - low))
    return ranked


def _middle(ranked: NDArray[np.float64 | np.int64]) -> float:
    half = ranked.size // 2
    return float(ranked[half]) if ranked.size % 2 else (float(ranked[half - 1]) + float(ranked[half])) / 2


def _percentile(ranked: Ints, percent: float) -> float:
    """Between its two neighbours by a straight line."""
    place = (ranked.size - 1) * (percent / 100)
    before = min(int(place), ranked.size - 1)
    after, way = min(before + 1, ranked.size - 1), place - before
    rise = int(ranked[after]) - int(ranked[before])
    return int(ranked[before]) + rise * way if way < 0.5 else int(ranked[after]) - rise * (1 - way)


@dataclass(frozen=True, eq=False)
class FootSignal:
    """n rows of one foot. Times are whole ns since the foot's (`own_ns`) or the walk's (`walk_ns`) first row.

    `load`: total in whole units of `newton_per_unit` (None: not calibrated). `stretches`: (first, stop) of rows
    without a break; `restarts`: rows at which the insole's ticks began anew, never in the middle of a stretch.
    """

    load: Ints
    newton_per_unit: float | None
    own_ns: Ints  # the insole's ticks
    walk_ns: Ints  # the hub's clock; only for what compares the feet
    ns_per_row: int
    stretches: tuple[tuple[int, int], ...]
    restarts: frozenset[int] = frozenset()

    @property
    def rows(self) -> int:
        return int(self.load.size)

    @property
    def own_s(self) -> float:
        """From the foot's first row of the walk to the last one here."""
        return float(self.own_ns[-1]) / 1e9 if self.rows else 0.0

    def bridged(self, rows: int) -> tuple[tuple[int, int], ...]:
        """The stretches, joined where no more than so many rows lack between them."""
        joined: list[tuple[int, int]] = []
        for first, stop in self.stretches:
            lacking_ns = int(self.own_ns[first] - self.own_ns[joined[-1][1] - 1]) - self.ns_per_row if joined else 0
            if joined and first not in self.restarts and 0 < 2 * lacking_ns <= (2 * rows + 1) * self.ns_per_row:
                joined[-1] = (joined[-1][0], stop)
            else:
                joined.append((first, stop))
        return tuple(joined)

    @cached_property
    def _ranked(self) -> Ints:
        return _sorted(self.load)

    @cached_property
    def p95(self) -> float:
        return _percentile(self._ranked, 95)

    @cached_property
    def swing_baseline(self) -> float:
        """Median of the rows below P2 + 10 % of (P95 − P2): what the foot reads while it is in the air."""
        p2 = _percentile(self._ranked, 2)
        low = self._ranked[: np.searchsorted(self._ranked, p2 + 0.1 * (self.p95 - p2), side="left")]
        return _middle(low) if low.size else p2

    def spans_ns(self) -> Iterator[tuple[int, int]]:
        """The stretches on the walk's clock, each up to the time at which the next row would be due."""
        for first, stop in self.stretches:
            yield int(self.walk_ns[first]), int(self.walk_ns[stop - 1]) + self.ns_per_row
