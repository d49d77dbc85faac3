"""One foot on its way through the pipeline: ordered rows into seconds, contacts and the record of the walk."""

from __future__ import annotations

import numpy as np

from ingest.wire.block import Block
from ingest.wire.faults import Fault, FaultBook, FaultCode
from ingest.wire.messages import Layout
from processing.metrics.load import LoadScale
from processing.metrics.record import FootRecord
from processing.metrics.running import RunningContacts
from processing.metrics.signal import Ints
from processing.stream import FootStream
from processing.windows import Second, seconds_of

CLOCK_SLACK_NS = 250_000_000  # the clock may step back so far when it learns; a second waits as long before it closes


class Lane:
    """`seconds` fills with what lies in seconds still open; `latest_t_ns` is the UTC of the latest row."""

    def __init__(self, layout: Layout, faults: FaultBook) -> None:
        self.layout = layout
        self.scale = LoadScale.of(layout)
        self.record = FootRecord(self.scale)
        self.contacts = RunningContacts(self.scale.newton_per_unit, self.scale.noise)
        self.seconds: dict[int, Second] = {}
        self.latest_t_ns: int | None = None
        self.ns_per_row = round(1e9 / layout.rate_hz)
        self._weights = self.scale.weights.astype(np.float64)
        self._stream = FootStream()
        self._faults = faults
        self._boot: int | None = None

    @property
    def repeated_rows(self) -> int:
        return self._stream.repeated_rows

    def push(self, block: Block, closed_before_ns: int) -> int:
        """Take a block; returns how many of its rows came too late for the figures (they are in the record)."""
        if not self._fits(block):
            return 0
        done = self._stream.push(block)
        return sum(self._late(rows) for rows in done.late) + sum(
            self._take(rows, closed_before_ns) for rows in done.ready
        )

    def flush(self, closed_before_ns: int) -> int:
        """Nothing more will come."""
        return sum(self._take(rows, closed_before_ns) for rows in self._stream.flush().ready)

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

    def _take(self, block: Block, closed_before_ns: int) -> int:
        block = self._forwards(block)
        if not block.rows:
            return 0
        late = _rows_before(block, closed_before_ns)
        if late:
            self._late(block.cut(0, late))
            block = block.cut(late, block.rows)
        if not block.rows:
            return late
        self.latest_t_ns = max(self.latest_t_ns or 0, block.end_t_ns - block.ns_per_row)
        self.ns_per_row = block.ns_per_row
        codes = block.codes.astype(
            np.float64
        )  # whole numbers far below 2**53: every order of adding gives the same sum
        load = codes @ self._weights
        cuts = seconds_of(block.t_ns, block.ns_per_row, block.rows)
        parts = np.add.reduceat(codes, [first for _, first, _ in cuts], axis=0).astype(np.int64)
        for (second, first, stop), part in zip(cuts, parts, strict=True):
            self._add(second, stop - first, part, block.not_measured)
        sums = parts.sum(axis=0)
        self.record.add(block, load.astype(np.int64), sums)
        self.contacts.feed(load, block.device_ns, block.t_ns, block.ns_per_row, block.boot != self._boot)
        self._boot = block.boot
        return late

    def _add(self, second: int, rows: int, sums: Ints, not_measured: int) -> None:
        seen = self.seconds.get(second)
        if seen is None:
            self.seconds[second] = seen = Second(np.zeros(len(self._weights), dtype=np.int64))
        seen.rows += rows
        seen.not_measured |= not_measured
        if not not_measured:
            seen.whole_rows += rows
            seen.sums += sums

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

    def _late(self, block: Block) -> int:
        codes = block.codes.astype(np.float64)
        sums = codes.sum(axis=0).astype(np.int64)
        self.record.add(block, (codes @ self._weights).astype(np.int64), sums)
        return block.rows


def _rows_before(block: Block, t_ns: int) -> int:
    """How many of the first rows lie before `t_ns`."""
    return min(max(-(-(t_ns - block.t_ns) // block.ns_per_row), 0), block.rows)
