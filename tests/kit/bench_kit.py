"""What the benchmarks stand on: a synthetic pair second by second, and a stop watch for both kinds of time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from ingest.events import LayoutSeen, LinkChanged, Rows, SourceEvent, TakenSeen
from ingest.sources.virtual.walker import walker
from ingest.wire.block import Block, Codes
from ingest.wire.codec import encode, to_message
from ingest.wire.geometry import Side, checksum
from ingest.wire.messages import Layout, LinkState

START_NS = 1_700_000_000 * 10**9
ROWS = 100
_LOOP_S = 60  # the walker's rows come again after a minute: making them is not what is measured


@cache
def _codes(side: Side) -> Codes:
    return walker(seed=7)[side].rows_between(0, _LOOP_S * 10**9)[0].codes


@cache
def pair_layouts(person: str) -> tuple[Layout, ...]:
    made = []
    for side, foot in walker(seed=7).items():
        what = foot.description
        made.append(
            Layout(
                insole=f"{person}-{side}",
                side=side,
                cells=what.cells,
                unit=what.unit,
                scale=float(what.scale),
                rate_hz=1e9 / what.ns_per_row,
                calibration=what.calibration,
                checksum=checksum(what.cells),
            )
        )
    return tuple(made)


def pair_second(person: str, second: int, rows: int = ROWS, part: int = 0) -> list[Block]:
    """Both feet of one second, or its `part`-th piece of `rows` rows."""
    made = []
    for layout in pair_layouts(person):
        seq = second * ROWS + part * rows
        at = seq % (_LOOP_S * ROWS)
        made.append(
            Block(
                insole=layout.insole,
                side=layout.side,
                boot=1,
                seq=seq,
                ticks=seq * 100,
                tick_ns=100_000,
                t_ns=START_NS + seq * 10**7,
                ns_per_row=10**7,
                codes=_codes(layout.side)[at : at + rows],
                unit=layout.unit,
                scale=layout.scale,
            )
        )
    return made


def pair_payloads(person: str, second: int) -> list[bytes]:
    return [encode(to_message(block)) for block in pair_second(person, second)]


@dataclass(frozen=True, slots=True)
class Cost:
    """Per call: time of the processor, and time that passed."""

    cpu_s: float
    wall_s: float


def cost(work: Callable[[int], object], calls: int, first: int = 0) -> Cost:
    """Of `work(first) … work(first + calls - 1)`."""
    wall, cpu = time.perf_counter(), time.process_time()
    for index in range(first, first + calls):
        work(index)
    return Cost((time.process_time() - cpu) / calls, (time.perf_counter() - wall) / calls)


def numpy_sum_s() -> float:
    """One numpy sum over the bytes of one second of a pair: the floor that everything is compared with."""
    codes = np.concatenate([block.codes for block in pair_second("floor", 0)])
    cost(lambda _: codes.sum(), 2_000)
    return min(cost(lambda _: codes.sum(), 2_000).cpu_s for _ in range(5))


def table(title: str, rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{title}")
    for first, *rest in rows:
        cells = [f"{first:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True))]
        print("    " + "   ".join(cells))


class PacedFoot:
    """A `Source` of the synthetic pair's one foot: `rows` rows at a time, `speed` times as fast as it walks.

    Rows are dated from `begin_ns` (UTC); None: from when they begin to come. `said_s[n]`: when the event loop's clock
    stood when the n-th piece was said.
    """

    def __init__(self, layout: Layout, *, begin_ns: int | None, seconds: float, rows: int, speed: float = 1.0) -> None:
        self.insole = layout.insole
        self.said_s: list[float] = []
        self._layout = layout
        self._begin_ns = begin_ns or 0
        self._dated = begin_ns is not None
        self._pieces = round(seconds * ROWS) // rows
        self._rows = rows
        self._speed = speed
        self._stopping = asyncio.Event()

    async def events(self) -> AsyncIterator[SourceEvent]:
        if not self._dated:
            self._begin_ns = time.time_ns()
        yield LinkChanged(LinkState.STREAMING, self._begin_ns)
        yield LayoutSeen(self._layout)
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        for piece in range(self._pieces):
            due_s = begin_s + (piece + 1) * self._rows / ROWS / self._speed
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            if self._stopping.is_set():
                break
            self.said_s.append(loop.time())
            yield self._piece(piece * self._rows)
        yield TakenSeen(boot=1, first_seq=0, next_seq=len(self.said_s) * self._rows)
        yield LinkChanged(LinkState.ENDED, self._begin_ns)

    async def stop(self) -> None:
        self._stopping.set()

    def _piece(self, seq: int) -> Rows:
        at = seq % (_LOOP_S * ROWS)
        return Rows(
            boot=1,
            seq=seq,
            ticks=seq * 100,
            tick_ns=100_000,
            ns_per_row=10**7,
            codes=_codes(self._layout.side)[at : at + self._rows],
            t_ns=self._begin_ns + seq * 10**7,
        )
