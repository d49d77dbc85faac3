"""Ranges of row numbers: what is there, what is not. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Span = tuple[int, int]  # first and last row, both included


class Spans:
    """Disjoint ranges of row numbers in order; ranges that touch are one.

    Its keeper writes it down by `take_changes`, so an append costs one row on disk however long the stream is.
    """

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._changes: dict[int, int | None] = {}
        for first, last in spans:
            self.add(first, last)
        self._changes.clear()

    def __iter__(self) -> Iterator[Span]:
        return iter(zip(self._firsts, self._lasts, strict=True))

    @property
    def last(self) -> int | None:
        """The highest row there is."""
        return self._lasts[-1] if self._lasts else None

    def add(self, first: int, last: int) -> None:
        """Rows `first … last` are there now; rows that already were stay."""
        if first > last:
            return
        start = bisect_left(self._lasts, first - 1)
        stop = bisect_right(self._firsts, last + 1)
        merged = (first, last)
        if start < stop:
            merged = (min(first, self._firsts[start]), max(last, self._lasts[stop - 1]))
        for absorbed in self._firsts[start:stop]:
            self._changes[absorbed] = None
        self._firsts[start:stop] = [merged[0]]
        self._lasts[start:stop] = [merged[1]]
        self._changes[merged[0]] = merged[1]

    def missing(self, first: int, last: int) -> list[Span]:
        """The parts of `first … last` that are not there, in order."""
        holes = []
        at = first
        for index in range(bisect_left(self._lasts, first), len(self._firsts)):
            if self._firsts[index] > last:
                break
            if self._firsts[index] > at:
                holes.append((at, self._firsts[index] - 1))
            at = self._lasts[index] + 1
        if at <= last:
            holes.append((at, last))
        return holes

    def take_changes(self) -> dict[int, int | None]:
        """What changed since last asked: first row → last row, None for a range that is no more."""
        changes, self._changes = self._changes, {}
        return changes


def rows_in(spans: Iterable[Span]) -> int:
    """How many rows the ranges hold."""
    return sum(last - first + 1 for first, last in spans)
