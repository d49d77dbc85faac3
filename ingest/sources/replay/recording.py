"""A recording in memory: per foot the rows that could be read, each with its number and its device ticks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.events import Rows
from ingest.wire.block import Block, Codes, GapReason, Origin
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout

EPOCH_2000_NS = 946_684_800_000_000_000  # 2000-01-01T00:00:00Z, where a recording without a date is put
TICK_NS = 100_000
NS_PER_ROW = 10_000_000
_STEP = NS_PER_ROW // TICK_NS
_LONGEST_RUN = 12_000  # rows: two minutes, so that processing takes whole minutes at once
BOOT = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """One foot. `seq` counts the lines of the file, so a line left out is a gap in it; n rows, all arrays alike.

    `not_measured`: bit i of row k set when cell i has no value there. `gaps_are`: why rows are missing between others.
    """

    seq: NDArray[np.int64]
    ticks: NDArray[np.int64]
    codes: Codes
    not_measured: NDArray[np.int64] | None = None
    gaps_are: GapReason = GapReason.BAD

    def runs(self) -> Iterator[tuple[int, int]]:
        """Stretches (first, stop) without a break: numbers and ticks go on evenly, the same cells are measured."""
        if not self.seq.size:
            return
        broken = (np.diff(self.seq) != 1) | (np.diff(self.ticks) != _STEP)
        if self.not_measured is not None:
            broken |= np.diff(self.not_measured) != 0
        edges = [0, *(np.flatnonzero(broken) + 1).tolist(), int(self.seq.size)]
        for first, stop in pairwise(edges):
            for start in range(first, stop, _LONGEST_RUN):
                yield start, min(start + _LONGEST_RUN, stop)

    def before(self, seconds: float) -> Track:
        """The rows less than `seconds` after tick `ticks[0]` of the recording's first row, here taken as tick 0."""
        keep = slice(0, int(np.searchsorted(self.ticks, round(seconds * 1e9) / TICK_NS, side="left")))
        masks = None if self.not_measured is None else self.not_measured[keep]
        return Track(
            seq=self.seq[keep],
            ticks=self.ticks[keep],
            codes=self.codes[keep],
            not_measured=masks,
            gaps_are=self.gaps_are,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """What a file holds. `notes` are sentences for people on how its numbers were read."""

    name: str
    layouts: Mapping[Side, Layout]
    tracks: Mapping[Side, Track]
    start_t_ns: int = EPOCH_2000_NS
    faults: FaultBook = field(default_factory=FaultBook)
    notes: tuple[str, ...] = ()

    def rows(self, side: Side) -> list[Rows]:
        """All rows of one foot in order; empty when the foot was not recorded."""
        track = self.tracks.get(side)
        if track is None:
            return []
        made = []
        for first, stop in track.runs():
            ticks = int(track.ticks[first])
            made.append(
                Rows(
                    boot=BOOT,
                    seq=int(track.seq[first]),
                    ticks=ticks,
                    tick_ns=TICK_NS,
                    ns_per_row=NS_PER_ROW,
                    codes=track.codes[first:stop],
                    not_measured=0 if track.not_measured is None else int(track.not_measured[first]),
                    t_ns=self.start_t_ns + ticks * TICK_NS,
                )
            )
        return made

    def blocks(self) -> Iterator[Block]:
        """Both feet as blocks in the order of their time."""
        return merge(*(self._blocks_of(side) for side in Side), key=lambda block: block.t_ns)

    def _blocks_of(self, side: Side) -> Iterator[Block]:
        layout = self.layouts.get(side)
        if layout is None:
            return
        due = 0
        for rows in self.rows(side):
            lost = rows.seq - due
            due = rows.seq + len(rows.codes)
            yield Block(
                insole=layout.insole,
                side=side,
                boot=rows.boot,
                seq=rows.seq,
                ticks=rows.ticks,
                tick_ns=rows.tick_ns,
                t_ns=self.start_t_ns + rows.ticks * rows.tick_ns,
                ns_per_row=rows.ns_per_row,
                codes=rows.codes,
                unit=layout.unit,
                scale=layout.scale,
                not_measured=rows.not_measured,
                origin=Origin.REPLAY,
                lost_before=lost,
                lost_reason=self.tracks[side].gaps_are if lost else None,
            )
