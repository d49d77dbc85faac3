"""Exact rolling sums over whole seconds of event time: int64, so a window's sum never depends on how it was reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processing.metrics.signal import Ints

SECOND_NS = 10**9


@dataclass(slots=True, eq=False)
class Second:
    """One foot in one second of UTC: rows seen, rows in which every cell was measured, and sums over the latter.

    `not_measured`: bit i set when cell i lacked in some row.
    """

    sums: Ints
    rows: int = 0
    whole_rows: int = 0
    not_measured: int = 0


class RollingSums:
    """The last `width_s` seconds. Memory and cost of a step do not depend on how long the walk is."""

    def __init__(self, width_s: int, columns: int) -> None:
        if width_s < 1:
            raise ValueError("a window holds at least one second")
        self.width_s = width_s
        self.sums: Ints = np.zeros(columns, dtype=np.int64)
        self.filled_s = 0  # seconds with data in the window
        self._ring: Ints = np.zeros((width_s, columns), dtype=np.int64)
        self._filled = [False] * width_s
        self._at = 0

    def push(self, values: Ints | None) -> None:
        """The next second; None when nothing was measured in it."""
        at = self._at
        self._at = (at + 1) % self.width_s
        if self._filled[at]:
            self.sums -= self._ring[at]
            self.filled_s -= 1
        self._filled[at] = values is not None
        if values is not None:
            self._ring[at] = values
            self.sums += values
            self.filled_s += 1

    def clear(self) -> None:
        """As if nothing had been measured for a whole window."""
        self.sums[:] = 0
        self.filled_s = 0
        self._filled = [False] * self.width_s


def seconds_of(t_ns: int, ns_per_row: int, rows: int) -> list[tuple[int, int, int]]:
    """(second, first row, stop row) for each second of UTC that evenly spaced rows from `t_ns` on touch."""
    cuts: list[tuple[int, int, int]] = []
    row = 0
    while row < rows:
        second = (t_ns + row * ns_per_row) // SECOND_NS
        past = -(-((second + 1) * SECOND_NS - t_ns) // ns_per_row)
        stop = min(past, rows)
        cuts.append((second, row, stop))
        row = stop
    return cuts
