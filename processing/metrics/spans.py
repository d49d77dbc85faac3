"""Spans of time, and how they overlap."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from processing.metrics.signal import Bools, Floats


class Spans:
    """Disjoint spans of time (begin, end), in ns since the walk began."""

    def __init__(self, spans: Iterable[tuple[float, float]] | Floats) -> None:
        given: Floats = np.array(spans if isinstance(spans, np.ndarray) else list(spans), dtype=np.float64)
        self.table = _disjoint(given.reshape(-1, 2))
        self._knots = self.table.ravel()
        inside = np.zeros(self._knots.size)
        inside[1::2] = self.table[:, 1] - self.table[:, 0]
        self._sums = np.cumsum(inside)

    @property
    def total_ns(self) -> float:
        return float(self._sums[-1]) if self._sums.size else 0.0

    def within(self, begin: Floats, end: Floats) -> Floats:
        """How much of each (begin, end) lies in the spans."""
        if not self._knots.size:
            return np.zeros_like(begin)
        covered: Floats = np.interp(end, self._knots, self._sums) - np.interp(begin, self._knots, self._sums)
        return covered

    def holds(self, times: Floats) -> Bools:
        """Which of the times lie in a span."""
        held: Bools = np.searchsorted(self._knots, times, side="right") % 2 == 1
        return held

    def __and__(self, other: Spans) -> Spans:
        edges = np.sort(np.concatenate((self._knots, other._knots)))
        edges = edges[np.diff(edges, prepend=-np.inf) > 0]
        inside = np.zeros(edges.size + 1, dtype=np.bool_)  # between each edge and the next one
        inside[1:] = self.holds(edges) & other.holds(edges)
        turns = edges[inside[1:] != inside[:-1]]
        return Spans(turns.reshape(-1, 2))


def _disjoint(spans: Floats) -> Floats:
    """In order, without the empty ones, those that touch as one."""
    begin, end = spans[:, 0], spans[:, 1]
    if (end > begin).all() and (begin[1:] > end[:-1]).all():
        return spans
    joined: list[list[float]] = []
    for first, last in sorted(spans.tolist()):
        if joined and first <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], last)
        elif last > first:
            joined.append([first, last])
    return np.array(joined, dtype=np.float64).reshape(-1, 2)
