"""Both feet against time: where their data and their contacts overlap. The only timing that rests on the hub's clock.

double support % = 100 × time with both feet on the ground / time (clinical basis 1.6).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from processing.metrics.contacts import Contacts
from processing.metrics.signal import Bools, Floats, FootSignal
from processing.metrics.strides import Strides


class Spans:
    """Disjoint spans of time (begin, end), in ns since the walk began."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        joined: list[list[float]] = []
        for begin, end in sorted(spans):
            if joined and begin <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            elif end > begin:
                joined.append([begin, end])
        self.table: Floats = np.array(joined, dtype=np.float64).reshape(-1, 2)
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
        met: list[tuple[float, float]] = []
        mine, theirs = self.table.tolist(), other.table.tolist()
        a = b = 0
        while a < len(mine) and b < len(theirs):
            begin, end = max(mine[a][0], theirs[b][0]), min(mine[a][1], theirs[b][1])
            if end > begin:
                met.append((begin, end))
            if mine[a][1] < theirs[b][1]:
                a += 1
            else:
                b += 1
        return Spans(met)


def measured(signal: FootSignal) -> Spans:
    """When the foot was measured; a jitter of one row is no hole."""
    slack = signal.ns_per_row
    spans = [(begin, end) for begin, end in signal.spans_ns()]
    bridged = [
        (begin, following[0] if 0 <= following[0] - end <= slack else end)
        for (begin, end), following in zip(spans, [*spans[1:], (-1, -1)], strict=True)
    ]
    return Spans(bridged)


def grounded(signal: FootSignal, contacts: Contacts) -> Spans:
    """When the foot was on the ground. An edge that nobody saw stands where the data ends."""
    if not contacts.count:
        return Spans(())
    stop = np.minimum(contacts.stop, signal.rows - 1)
    begin = signal.walk_ns[contacts.first] + np.where(contacts.begins_known, contacts.on_lead_s, 0.0) * 1e9
    end = np.where(
        contacts.ends_known,
        signal.walk_ns[stop] + contacts.off_lead_s * 1e9,
        signal.walk_ns[contacts.stop - 1] + signal.ns_per_row,
    )
    return Spans(zip(begin.tolist(), end.tolist(), strict=True))


def double_support_of_walk_pct(both_grounded: Spans, both_measured: Spans) -> float | None:
    """Of the time in which both feet were measured."""
    whole = both_measured.total_ns
    return 100 * both_grounded.total_ns / whole if whole > 0 else None


def double_support_of_strides_pct(
    signal: FootSignal, contacts: Contacts, strides: Strides, both_grounded: Spans, both_measured: Spans
) -> Floats:
    """Of each stride of a foot during which both feet were measured throughout."""
    first = contacts.first[strides.contact]
    begin = signal.walk_ns[first] + contacts.on_lead_s[strides.contact] * 1e9
    end = begin + strides.stride_s * 1e9
    judged = both_measured.within(begin, end) >= (end - begin) - 1.5 * signal.ns_per_row
    begin, end = begin[judged], end[judged]
    shares: Floats = 100 * both_grounded.within(begin, end) / (end - begin)
    return shares
