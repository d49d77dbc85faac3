"""Rows of one foot in order, each once, by their name (insole, boot, seq).

A hole that nobody declared is waited for until two seconds of later rows are held back; then it is passed over, and
what still comes of it is late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.wire.block import Block

_WAIT_NS = 2 * 10**9
_NO_END = 1 << 62
_HOLES = 1000  # so many holes are remembered; rows of older ones count as repeated


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a block led to: rows whose turn it is, and rows whose turn has passed. Repeated rows are in neither."""

    ready: tuple[Block, ...] = ()
    late: tuple[Block, ...] = ()


@dataclass(slots=True)
class _Boot:
    due: int  # the number of the next row
    passed_over: list[tuple[int, int]] = field(default_factory=list)  # holes (first, stop), in order
    held: dict[int, Block] = field(default_factory=dict)


class FootStream:
    """Order and de-duplication of one insole; boots follow one another in the order of their first rows.

    A boot first heard of when a later one has begun is late from its first row to its last.
    """

    def __init__(self) -> None:
        self._boots: dict[int, _Boot] = {}
        self._current: int | None = None
        self._began_t_ns = 0  # the current boot, by its first row
        self.repeated_rows = 0

    def push(self, block: Block) -> Sorted:
        """Take a block in; every row comes out at most once."""
        known = self._boots.get(block.boot)
        if known is None and self._current is not None and block.t_ns < self._began_t_ns:
            self._boots[block.boot] = known = _Boot(block.seq, [(0, _NO_END)])
        if known is None:
            ready = self._end_boot()
            self._began_t_ns = block.t_ns
            self._boots[block.boot] = known = _Boot(block.seq, [(0, block.seq)] if block.seq else [])
            self._current = block.boot
            known.due = block.end_seq
            return Sorted((*ready, block))
        if block.boot != self._current:
            return Sorted(late=tuple(self._missing(known, block)))
        if block.seq == known.due and not known.held:
            known.due = block.end_seq
            return Sorted((block,))
        late = (
            tuple(self._missing(known, block.cut(0, min(known.due - block.seq, block.rows))))
            if block.seq < known.due
            else ()
        )
        if block.end_seq <= known.due:
            return Sorted(late=late)
        block = block.cut(max(known.due - block.seq, 0), block.rows)
        held = known.held.get(block.seq)
        if held is None or held.rows < block.rows:
            self.repeated_rows += 0 if held is None else held.rows
            known.held[block.seq] = block
        else:
            self.repeated_rows += block.rows
        return Sorted(tuple(self._ready(known)), late)

    def flush(self) -> Sorted:
        """Nothing more will come: what is held back comes out."""
        return Sorted(self._end_boot())

    def _end_boot(self) -> tuple[Block, ...]:
        if self._current is None:
            return ()
        return tuple(self._ready(self._boots[self._current], waiting=False))

    def _ready(self, boot: _Boot, waiting: bool = True) -> Iterator[Block]:
        while boot.held:
            first = min(boot.held)
            block = boot.held[first]
            declared = first - block.lost_before <= boot.due
            if first > boot.due and not declared and waiting and self._held_ns(boot) < _WAIT_NS:
                return
            del boot.held[first]
            if first > boot.due:
                boot.passed_over.append((boot.due, first))
                del boot.passed_over[:-_HOLES]
            fresh = max(boot.due - first, 0)
            self.repeated_rows += min(fresh, block.rows)
            if fresh < block.rows:
                boot.due = block.end_seq
                yield block.cut(fresh, block.rows)

    @staticmethod
    def _held_ns(boot: _Boot) -> int:
        last = max(boot.held.values(), key=lambda block: block.end_seq)
        first = min(boot.held)
        return (last.end_seq - first) * last.ns_per_row

    def _missing(self, boot: _Boot, block: Block) -> Iterator[Block]:
        """The rows of a block that were passed over; the holes shrink by them."""
        rows = 0
        left: list[tuple[int, int]] = []
        for first, stop in boot.passed_over:
            begin, end = max(first, block.seq), min(stop, block.end_seq)
            if begin >= end:
                left.append((first, stop))
                continue
            yield block.cut(begin - block.seq, end - block.seq)
            rows += end - begin
            left += [hole for hole in ((first, begin), (end, stop)) if hole[0] < hole[1]]
        boot.passed_over = left
        self.repeated_rows += block.rows - rows
