"""One foot on its way through the pipeline: blocks in, whole seconds of ordered rows out, with what is in them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.wire.block import Block
from ingest.wire.faults import Fault, FaultBook, FaultCode
from ingest.wire.messages import Layout
from processing.metrics.load import LoadScale
from processing.metrics.rows import FootRows, cells_in, load_of, masks_of, times_of
from processing.metrics.running import Footfall, RunningContacts, TimedLoad
from processing.metrics.stances import Stances, measure, no_stances
from processing.stream import FootStream
from processing.windows import SECOND_NS, Slab

CLOCK_SLACK_NS = 250_000_000  # the clock may step back so far when it learns; a second waits as long before it closes
_STRIDE_NS = 3 * SECOND_NS  # longer than any stride and the time until it is known


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """Some seconds of one foot; what became known in them of contacts and stances."""

    slab: Slab
    falls: tuple[Footfall, ...]
    stances: Stances


class Lane:
    """`latest_t_ns`: UTC of the latest row in order; rows of seconds still open wait here and in `rows`."""

    def __init__(self, layout: Layout, faults: FaultBook) -> None:
        self.layout = layout
        self.scale = LoadScale.of(layout)
        self.rows = FootRows(layout, self.scale)
        self.latest_t_ns: int | None = None
        self.ns_per_row = round(1e9 / layout.rate_hz)
        self._contacts = RunningContacts(self.scale.newton_per_unit, self.scale.noise)
        self._y = np.array([cell.y for cell in layout.cells])
        self._pending: deque[Block] = deque()
        self._taken_second = -(10**12)  # the second reached by the rows that were taken
        self._due: tuple[int, int] | None = None  # boot and device time of the row that follows the ones taken
        self._stride: NDArray[np.int16] = np.empty((0, len(layout.cells)), dtype=np.int16)
        self._stream = FootStream()
        self._faults = faults
        self._begun = False

    @property
    def repeated_rows(self) -> int:
        return self._stream.repeated_rows

    @property
    def first_open_second(self) -> int | None:
        """Of the first row that waits."""
        return max(self._pending[0].t_ns // SECOND_NS, self._taken_second) if self._pending else None

    @property
    def last_open_second(self) -> int:
        """Of the last row that waits; -1 when none does."""
        return -1 if not self._pending or self.latest_t_ns is None else self.latest_t_ns // SECOND_NS

    def push(self, block: Block, next_second: int) -> int:
        """Take a block; returns how many of its rows came too late for the figures (they are in `rows`)."""
        if not self._fits(block):
            return 0
        done = self._stream.push(block)
        late = sum(self._late(rows) for rows in done.late)
        for rows in done.ready:
            late += self._take(rows, next_second)
        return late

    def flush(self, next_second: int) -> int:
        """Nothing more will come."""
        return sum(self._take(rows, next_second) for rows in self._stream.flush().ready)

    def close(self, first: int, stop: int, unfit: int) -> Closed:
        """The rows of the seconds `first … stop - 1`; the cells of the mask `unfit` count towards no contact."""
        blocks = self._until(stop * SECOND_NS)
        cells = len(self.layout.cells)
        if not blocks:
            empty = np.zeros(0, dtype=np.int64)
            slab = Slab(first, stop, np.zeros((0, cells), dtype=np.int16), empty, empty)
            return Closed(slab, (), no_stances(cells))
        codes = blocks[0].codes if len(blocks) == 1 else np.concatenate([block.codes for block in blocks])
        t_ns = times_of(blocks, [block.t_ns for block in blocks])
        second = np.maximum(np.maximum.accumulate(t_ns) // SECOND_NS, max(self._taken_second, first))
        self._taken_second = int(second[-1])
        not_measured = masks_of(blocks)
        slab = Slab(first, stop, codes, second - first, not_measured)
        load = load_of(codes, not_measured, self.scale.weights, unfit)
        own_ns = times_of(blocks, [block.device_ns for block in blocks])
        falls = self._contacts.feed(TimedLoad(load, own_ns, t_ns, second, self._breaks(blocks)))
        return Closed(slab, tuple(falls), self._stances(codes, falls, unfit))

    def _fits(self, block: Block) -> bool:
        layout = self.layout
        if block.insole != layout.insole:
            detail = f"{block.insole} beside {layout.insole} on the {block.side}"
            self._faults.note(Fault(FaultCode.SIDE_TAKEN, detail), block.rows)
            return False
        if (block.cells, block.unit, block.scale) != (len(layout.cells), layout.unit, layout.scale):
            self._faults.note(Fault(FaultCode.LAYOUT_MISMATCH, f"{block.insole}: samples do not fit the layout"))
            return False
        return True

    def _take(self, block: Block, next_second: int) -> int:
        block = self._forwards(block)
        if not block.rows:
            return 0
        reached = -1 if self.latest_t_ns is None else self.latest_t_ns // SECOND_NS
        late = _rows_before(block, next_second * SECOND_NS) if reached < next_second else 0
        if late:
            self._late(block.cut(0, late))
            block = block.cut(late, block.rows)
        if not block.rows:
            return late
        if not self._begun:
            self._begun, self.ns_per_row = True, block.ns_per_row
        self.latest_t_ns = max(self.latest_t_ns or 0, block.end_t_ns - block.ns_per_row)
        self._pending.append(block)
        self.rows.add(block)
        return late

    def _late(self, block: Block) -> int:
        self.rows.add(block)
        return block.rows

    def _forwards(self, block: Block) -> Block:
        """Without the rows that lie further back than the clock may step."""
        if self.latest_t_ns is None:
            return block
        back = _rows_before(block, self.latest_t_ns - CLOCK_SLACK_NS)
        if not back:
            return block
        detail = f"{block.insole} boot {block.boot} row {block.seq}"
        self._faults.note(Fault(FaultCode.TIME_BACKWARDS, detail), back)
        return block.cut(back, block.rows)

    def _until(self, stop_ns: int) -> list[Block]:
        """Rows that wait, up to the first that lies at `stop_ns` or later."""
        taken: list[Block] = []
        while self._pending:
            block = self._pending[0]
            rows = _rows_before(block, stop_ns)
            if rows < block.rows:
                if rows:
                    taken.append(block.cut(0, rows))
                    self._pending[0] = block.cut(rows, block.rows)
                break
            taken.append(self._pending.popleft())
        return taken

    def _breaks(self, blocks: list[Block]) -> tuple[int, ...]:
        """Rows that do not follow on the one before."""
        breaks: list[int] = []
        row = 0
        for block in blocks:
            due = self._due
            if due is None or due[0] != block.boot or abs(block.device_ns - due[1]) * 2 > block.ns_per_row:
                breaks.append(row)
            self._due = (block.boot, block.device_ns + block.rows * block.ns_per_row)
            row += block.rows
        return tuple(breaks)

    def _stances(self, codes: NDArray[np.int16], falls: list[Footfall], unfit: int) -> Stances:
        held = np.concatenate((self._stride, codes)) if len(self._stride) else codes
        origin = self._contacts.fed_rows - len(held)
        begun = self._contacts.begun_row
        longest = self._contacts.fed_rows - _STRIDE_NS // self.ns_per_row
        keep = len(held) if begun is None else max(begun, longest) - origin
        self._stride = held[keep:]
        strides = [(fall.began, fall.foot_off, fall) for fall in falls if fall.began and fall.foot_off]
        if not strides:
            return no_stances(codes.shape[1])
        table = np.array([(a.row, b.row, c.at.row, c.known_t_ns, a.t_ns) for a, b, c in strides], dtype=np.int64)
        first, stop, again, known_t_ns, contact_t_ns = table.T
        return measure(
            held,
            first - origin,
            stop - origin,
            again - origin,
            weights=self.scale.weights * (1 - cells_in(unfit, codes.shape[1])),
            y=self._y,
            t_ns=known_t_ns,
            initial_contact_t_ns=contact_t_ns,
        )


def _rows_before(block: Block, t_ns: int) -> int:
    """How many of the first rows lie before `t_ns`."""
    return min(max(-(-(t_ns - block.t_ns) // block.ns_per_row), 0), block.rows)
