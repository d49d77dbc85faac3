"""The rows of one foot that no section has been made of yet, margin included; codes as they came, not copied.

Rows may come in any order, by boot and number they are put where they belong. Memory ends with the open section:
`forget` drops what lies before the next one's margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.wire.block import Block
from ingest.wire.messages import Layout
from processing.metrics.load import LoadScale
from processing.metrics.masks import Masks, masks_from
from processing.metrics.section import MARGIN_NS, SECTION_NS, FootSection
from processing.metrics.signal import FootSignal, Ints

_AT_ONCE = 4096  # rows: what stays in the processor's cache is four times as fast
_SLACK_NS = 10**9  # more than the clock may step back: by the border a row may stand on either side of it


@dataclass(frozen=True, slots=True)
class _Boot:
    """The first known row of a boot: what its device times count from."""

    seq: int
    t_ns: int
    device_ns: int


class FootRows:
    """Times of what comes out count from the foot's (`own_ns`) and the walk's (`walk_ns`) first row, over sections."""

    def __init__(self, layout: Layout, scale: LoadScale) -> None:
        self.layout = layout
        self.scale = scale
        self._blocks: list[Block] = []
        self._earliest_t_ns: int | None = None
        self._boots: dict[int, _Boot] = {}
        self._first: Block | None = None  # of the foot; fixed once a section has been made
        self._forgotten_t_ns: int | None = None  # rows before it belong to sections made already

    @property
    def first_t_ns(self) -> int | None:
        """UTC of the earliest row that is held."""
        return self._earliest_t_ns

    @property
    def held_rows(self) -> int:
        return sum(block.rows for block in self._blocks)

    @property
    def last_t_ns(self) -> int | None:
        """UTC of the latest row that is held."""
        return max((block.end_t_ns - block.ns_per_row for block in self._blocks), default=None)

    def add(self, block: Block) -> None:
        """Hold a block's rows, but for those of sections made already."""
        if self._forgotten_t_ns is not None and block.t_ns < self._forgotten_t_ns:
            past = min(-(-(self._forgotten_t_ns - block.t_ns) // block.ns_per_row), block.rows)
            block = block.cut(past, block.rows)
            if not block.rows:
                return
        self._blocks.append(block)
        if self._earliest_t_ns is None or block.t_ns < self._earliest_t_ns:
            self._earliest_t_ns = block.t_ns
        known = self._boots.get(block.boot)
        if known is None or block.seq < known.seq:
            self._boots[block.boot] = _Boot(block.seq, block.t_ns, block.device_ns)

    def section(self, number: int, walk_t_ns: int, unfit: int) -> FootSection | None:
        """Section `number` of a walk whose first row was at `walk_t_ns`; None when it holds no row of this foot."""
        begin_ns = number * SECTION_NS
        near = walk_t_ns + begin_ns - MARGIN_NS - _SLACK_NS, walk_t_ns + begin_ns + SECTION_NS + MARGIN_NS + _SLACK_NS
        held = self._in_order()
        blocks = [block for block in held if block.end_t_ns > near[0] and block.t_ns < near[1]]
        if not blocks:
            return None
        first_block = self._first or held[0]
        walk_ns = times_of(blocks, [block.t_ns - walk_t_ns for block in blocks])
        reached = np.maximum.accumulate(walk_ns)
        limits = (begin_ns - MARGIN_NS, begin_ns, begin_ns + SECTION_NS, begin_ns + SECTION_NS + MARGIN_NS)
        view, first, stop, view_stop = np.searchsorted(reached, limits).tolist()
        if first == stop:
            return None
        rows = slice(view, view_stop)
        codes = np.concatenate([block.codes for block in blocks])[rows]
        not_measured = masks_of(blocks)[rows]
        signal = FootSignal(
            load=load_of(codes, not_measured, self.scale.weights, unfit),
            newton_per_unit=self.scale.newton_per_unit,
            own_ns=self._own_ns(blocks, first_block)[rows],
            walk_ns=walk_ns[rows],
            ns_per_row=first_block.ns_per_row,
            stretches=_stretches(blocks, view, view_stop),
            restarts=_restarts(blocks, view),
        )
        return FootSection(
            self.layout, self.scale, codes, not_measured, unfit, signal, slice(first - view, stop - view)
        )

    def forget(self, number: int, walk_t_ns: int) -> None:
        """Section `number` has been made: only the margin that the next one needs of it stays."""
        blocks = self._in_order()
        if not blocks:
            return
        self._first = self._first or blocks[0]
        self._forgotten_t_ns = walk_t_ns + (number + 1) * SECTION_NS - MARGIN_NS - _SLACK_NS
        self._blocks, self._earliest_t_ns = [], None
        for block in blocks:
            self.add(block)

    def _in_order(self) -> list[Block]:
        boots = self._boots
        return sorted(self._blocks, key=lambda block: (boots[block.boot].t_ns, block.boot, block.seq))

    def _own_ns(self, blocks: list[Block], first: Block) -> Ints:
        begins = []
        for block in blocks:
            boot = self._boots[block.boot]
            begins.append((boot.t_ns - first.t_ns) + (block.device_ns - boot.device_ns))
        return times_of(blocks, begins)


def load_of(codes: NDArray[np.int16], not_measured: Masks, weights: Ints, unfit: int) -> Ints:
    """n: Σ code × weight of the cells that were measured and are not in the mask `unfit`; whole, below 2**53."""
    counted = weights * (1 - cells_in(unfit, weights.size))
    load: Ints = np.empty(len(codes), dtype=np.int64)
    for first in range(0, len(codes), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        load[some] = codes[some].astype(np.float64) @ counted.astype(np.float64)
    for mask in set(not_measured[np.flatnonzero(not_measured)].tolist()):
        rows = not_measured == mask
        load[rows] -= codes[rows].astype(np.int64) @ (counted * cells_in(mask, weights.size))
    return load


def cells_in(mask: int, cells: int) -> Ints:
    """1 for every cell in the mask, 0 for the others."""
    return np.array([mask >> cell & 1 for cell in range(cells)], dtype=np.int64)


def masks_of(blocks: Sequence[Block]) -> Masks:
    """Of each row: bit i set when cell i was not measured."""
    masks: Masks = np.repeat(masks_from([block.not_measured for block in blocks]), _rows(blocks))
    return masks


def times_of(blocks: Sequence[Block], begins: Sequence[int]) -> Ints:
    """A time for each row, from those of the blocks' first rows."""
    times: Ints = np.empty(int(_rows(blocks).sum()), dtype=np.int64)
    at = 0
    for block, begin in zip(blocks, begins, strict=True):
        times[at : at + block.rows] = np.arange(begin, begin + block.rows * block.ns_per_row, block.ns_per_row)
        at += block.rows
    return times


def _rows(blocks: Sequence[Block]) -> Ints:
    return np.array([block.rows for block in blocks], dtype=np.int64)


def _stretches(blocks: list[Block], first: int, stop: int) -> tuple[tuple[int, int], ...]:
    """Rows without a break among rows `first … stop - 1`, counted from `first`."""
    edges = [0]
    row = 0
    for before, block in pairwise(blocks):
        row += before.rows
        if not _joins(before, block):
            edges.append(row)
    edges.append(row + blocks[-1].rows)
    spans = ((max(one, first) - first, min(other, stop) - first) for one, other in pairwise(edges))
    return tuple(span for span in spans if span[0] < span[1])


def _restarts(blocks: list[Block], first: int) -> frozenset[int]:
    """Rows, counted from `first`, at which another boot begins."""
    begins = np.cumsum(_rows(blocks)).tolist()
    pairs = zip(pairwise(blocks), begins, strict=False)
    return frozenset(row - first for (before, block), row in pairs if before.boot != block.boot)


def _joins(before: Block, block: Block) -> bool:
    due_ns = before.device_ns + before.rows * before.ns_per_row
    follows = (before.boot, before.end_seq) == (block.boot, block.seq)
    return follows and abs(due_ns - block.device_ns) * 2 <= block.ns_per_row
