"""A recorded walk to wear: the rows of a recording, at the recording's own times."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ingest.events import Rows
from ingest.sources.virtual.walk import Description, Piece, describe
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.messages import Layout


class RecordedWalk:
    """One foot of a recording. Its first tick is the walk's beginning unless `begins_ticks` says otherwise.

    Both feet of a recording take the same `begins_ticks`, so that they stay in step.

    :raises UnderfootError: FILE_EMPTY without rows; TIME_BACKWARDS when they overlap.
    """

    def __init__(self, layout: Layout, rows: Sequence[Rows], *, begins_ticks: int | None = None) -> None:
        if not rows:
            raise UnderfootError(FaultCode.FILE_EMPTY, f"no rows of the {layout.side} foot")
        self._tick_ns, self._ns_per_row = rows[0].tick_ns, rows[0].ns_per_row
        if any((one.tick_ns, one.ns_per_row) != (self._tick_ns, self._ns_per_row) for one in rows):
            raise UnderfootError(FaultCode.FILE_UNREADABLE, "a recording whose rate changes cannot be worn")
        begins = rows[0].ticks if begins_ticks is None else begins_ticks
        self._pieces = [Piece(one.ticks - begins, one.codes, one.not_measured) for one in rows]
        self._starts_ns = [piece.ticks * self._tick_ns for piece in self._pieces]
        self._ends_ns = [  # one past each piece's last row
            start + (len(piece.codes) - 1) * self._ns_per_row + 1
            for start, piece in zip(self._starts_ns, self._pieces, strict=True)
        ]
        if self._starts_ns[0] < 0 or any(
            end > start for end, start in zip(self._ends_ns, self._starts_ns[1:], strict=False)
        ):
            raise UnderfootError(FaultCode.TIME_BACKWARDS, f"the {layout.side} foot of the recording")
        self._description = describe(layout, tick_ns=self._tick_ns, ns_per_row=self._ns_per_row)

    @property
    def description(self) -> Description:
        return self._description

    @property
    def duration_ns(self) -> int | None:
        return self._ends_ns[-1]

    def rows_between(self, start_ns: int, stop_ns: int) -> list[Piece]:
        first = bisect_right(self._ends_ns, start_ns)
        last = bisect_left(self._starts_ns, stop_ns)
        cut = (self._cut(index, start_ns, stop_ns) for index in range(first, last))
        return [piece for piece in cut if len(piece.codes)]

    def _cut(self, index: int, start_ns: int, stop_ns: int) -> Piece:
        piece, begins = self._pieces[index], self._starts_ns[index]
        first = max(0, -(-(start_ns - begins) // self._ns_per_row))
        stop = -(-(stop_ns - begins) // self._ns_per_row)
        if first == 0 and stop >= len(piece.codes):
            return piece
        ticks = piece.ticks + first * self._ns_per_row // self._tick_ns
        return Piece(ticks, piece.codes[first:stop], piece.not_measured)

    def next_due_ns(self, after_ns: int) -> int | None:
        index = bisect_right(self._ends_ns, after_ns)
        if index == len(self._pieces):
            return None
        begins = self._starts_ns[index]
        return begins + max(0, -(-(after_ns - begins) // self._ns_per_row)) * self._ns_per_row
