"""What the benchmarks stand on: a synthetic pair second by second, and a stop watch for both kinds of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from ingest.sources.virtual.walker import walker
from ingest.wire.block import Block, Codes
from ingest.wire.codec import encode, to_message
from ingest.wire.geometry import Side, checksum
from ingest.wire.messages import Layout

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
    for row in rows:
        first, *rest = (f"{cell:<{width}}" if n == 0 else f"{cell:>{width}}" for n, (cell, width) in enumerate(zip(row, widths, strict=True)))
        print("    " + "   ".join((first, *rest)))
