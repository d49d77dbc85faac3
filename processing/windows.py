"""Exact rolling sums over whole seconds of event time: int64, so a window's sum never depends on how it was reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.metrics.masks import Masks, filled, lacks, with_more
from processing.metrics.signal import Ints

SECOND_NS = 10**9
NEVER = -(10**12)  # a second long before any
_SPARE = 64  # rows: how far a short window's totals run on before they are moved


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """n rows of one foot that lie in the whole seconds `first … stop − 1` of UTC (k of them), in the foot's own order.

    `second` n: seconds since `first`, never falling (a row by which the clock stepped back counts to the second
    reached). `not_measured` n: bit i: the insole gave no value of cell i.
    """

    first: int
    stop: int
    codes: NDArray[np.int16]  # n × cells
    second: Ints
    not_measured: Masks


class WindowSums:
    """Sums over the last so many seconds, for each of the k seconds pushed at once; k does not change the result.

    Running totals of whole numbers: what a window holds is the difference of two of them.
    """

    def __init__(self, longest_s: int, columns: int) -> None:
        if longest_s < 1:
            raise ValueError("a window holds at least one second")
        self.longest_s = longest_s
        self._totals: Ints = np.zeros((2 * longest_s + _SPARE, columns), dtype=np.int64)
        self._stop = longest_s + 1  # what was before the first second is nothing
        self._pushed = 0

    def push(self, values: Ints) -> None:
        """The next k seconds, k × columns; a second without data is a row of zeros."""
        k = len(values)
        if self._stop + k > len(self._totals):
            self._make_room(k)
        first, stop = self._stop, self._stop + k
        before = self._totals[first - 1]
        if k == 1:  # live: a third of the time
            np.add(values[0], before, out=self._totals[first])
        else:
            new = self._totals[first:stop]
            np.cumsum(values, axis=0, out=new)
            new += before
        self._stop, self._pushed = stop, k

    def over(self, width_s: int) -> Ints:
        """k × columns: sums over the `width_s` (at most `longest_s`) seconds that end with each one pushed last."""
        first, stop = self._stop - self._pushed, self._stop
        return self._totals[first:stop] - self._totals[first - width_s : stop - width_s]

    def clear(self) -> None:
        """As if nothing had been measured for a whole window."""
        self._totals[:] = 0
        self._stop, self._pushed = self.longest_s + 1, 0

    def _make_room(self, k: int) -> None:
        kept = self.longest_s + 1
        old = self._totals[self._stop - kept : self._stop]
        rows = max(len(self._totals), kept + k)
        totals = self._totals if rows == len(self._totals) else np.empty((rows, old.shape[1]), dtype=np.int64)
        totals[:kept] = old.copy()
        self._totals, self._stop = totals, kept


class RecentBits:
    """Which bits were set in any of the last so many seconds."""

    def __init__(self) -> None:
        self._latest: dict[int, int] = {}  # bit: the last second so far in which it was set
        self._seen: dict[int, Ints] = {}  # bit: for each of the seconds pushed last, the last one in which it was set
        self._first, self._k = 0, 0

    def push(self, first: int, bits: Masks) -> None:
        """The next k seconds, from `first` on."""
        self._first, self._k, self._seen = first, bits.size, {}
        found = int(np.bitwise_or.reduce(bits))
        if not found and not self._latest:
            return
        seconds = np.arange(first, first + bits.size)
        for bit in sorted({*self._latest, *bits_of(found)}):
            at = np.where(lacks(bits, bit), seconds, self._latest.get(bit, NEVER))
            self._seen[bit] = np.maximum.accumulate(at)
            self._latest[bit] = int(self._seen[bit][-1])

    def over(self, width_s: int) -> list[int]:
        """k bit masks of the `width_s` seconds that end with each one pushed last."""
        if not self._seen:
            return [0] * self._k
        if self._k == 1:  # live: a tenth of the time
            return [sum(1 << bit for bit, latest in self._seen.items() if latest[0] > self._first - width_s)]
        mask = filled(self._k, 0)
        oldest = np.arange(self._first, self._first + self._k) - width_s
        for bit, latest in self._seen.items():
            mask = with_more(mask, latest > oldest, filled(1, 1 << bit))
        masks: list[int] = mask.tolist()
        return masks

    def clear(self) -> None:
        self._latest, self._seen = {}, {}


def bits_of(mask: int) -> list[int]:
    """Numbers of the bits that are set."""
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
