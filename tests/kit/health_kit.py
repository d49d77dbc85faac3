"""Cells that go bad, and the health of a pair of feet without the rest of the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.wire.block import Block
from ingest.wire.faults import FaultBook
from ingest.wire.geometry import Side
from ingest.wire.messages import Layout
from processing.lane import Lane
from processing.metrics.health import PairHealth
from processing.metrics.learned import LearnedCells

Codes = NDArray[np.int16]
_ROWS = 200
Spoil = Callable[[Codes, int, float], Codes]  # codes of the bad stretch, cell, N per code


def dead(codes: Codes, cell: int, _: float) -> Codes:
    spoiled = codes.copy()
    spoiled[:, cell] = 0
    return spoiled


def stuck_at(newton: float) -> Spoil:
    """So much is added to every reading, in whole codes: not more."""

    def spoil(codes: Codes, cell: int, scale: float) -> Codes:
        spoiled = codes.copy()
        spoiled[:, cell] += int(newton / scale)
        return spoiled

    return spoil


def constant(newton: float) -> Spoil:
    def spoil(codes: Codes, cell: int, scale: float) -> Codes:
        spoiled = codes.copy()
        spoiled[:, cell] = round(newton / scale)
        return spoiled

    return spoil


def saturated(share: float) -> Spoil:
    """Nothing above this share of what the cell reads at its most (P95: turns may load it once much more)."""

    def spoil(codes: Codes, cell: int, _: float) -> Codes:
        spoiled = codes.copy()
        spoiled[:, cell] = np.minimum(codes[:, cell], int(np.sort(codes[:, cell])[len(codes) * 95 // 100] * share))
        return spoiled

    return spoil


def noisy(newton: float) -> Spoil:
    """So much (standard deviation) is added at random to every reading."""

    def spoil(codes: Codes, cell: int, scale: float) -> Codes:
        spoiled = codes.copy()
        noise = np.random.default_rng(3).normal(0, newton / scale, len(codes)).round()
        spoiled[:, cell] += noise.astype(np.int16)
        return spoiled

    return spoil


def drifting(newton_per_min: float, rows_per_min: int = 6000) -> Spoil:
    """It reads more and more."""

    def spoil(codes: Codes, cell: int, scale: float) -> Codes:
        spoiled = codes.copy()
        spoiled[:, cell] += (np.arange(len(codes)) * newton_per_min / rows_per_min / scale).astype(np.int16)
        return spoiled

    return spoil


def frozen(codes: Codes, _cell: int, _scale: float) -> Codes:
    """The whole foot repeats one row for ever."""
    return np.repeat(codes[:1], len(codes), axis=0)


SPOILS: dict[str, Spoil] = {
    "dead": dead,
    "+10 N": stuck_at(10),
    "+20 N": stuck_at(20),
    "+50 N": stuck_at(50),
    "saturated": saturated(0.4),
}


def several_times(items: Iterable[Layout | Block], times: int) -> list[Layout | Block]:
    """A walk of both feet so many times one after the other, in blocks of two seconds."""
    items = list(items)
    made: list[Layout | Block] = [item for item in items if isinstance(item, Layout)]
    for side in Side:
        own = [item for item in items if isinstance(item, Block) and item.side is side]
        codes = np.concatenate([block.codes for block in own] * times)
        first = own[0]
        made += [
            replace(
                first,
                seq=first.seq + row,
                ticks=first.ticks + row * first.ns_per_row // first.tick_ns,
                t_ns=first.t_ns + row * first.ns_per_row,
                codes=np.ascontiguousarray(codes[row : row + _ROWS]),
                lost_before=0,
            )
            for row in range(0, len(codes), _ROWS)
        ]
    return sorted(made, key=lambda item: item.t_ns if isinstance(item, Block) else 0)


def spoiled(
    items: Iterable[Layout | Block], side: Side, cell: int, spoil: Spoil, *, from_share: float = 0.0
) -> list[Layout | Block]:
    """The same walk with one cell that goes bad after this share of its rows."""
    items = list(items)
    own = [item for item in items if isinstance(item, Block) and item.side is side]
    codes = np.concatenate([block.codes for block in own])
    onset = round(len(codes) * from_share)
    codes = np.concatenate([codes[:onset], spoil(codes[onset:], cell, own[0].scale)])
    made: list[Layout | Block] = []
    at = 0
    for item in items:
        if isinstance(item, Block) and item.side is side:
            made.append(replace(item, codes=np.ascontiguousarray(codes[at : at + item.rows])))
            at += item.rows
        else:
            made.append(item)
    return made


def health_of(
    items: Iterable[Layout | Block],
    *,
    seconds: Callable[[], int] = lambda: 1,
    known: Mapping[Side, LearnedCells] | None = None,
    weight_kg: float | None = None,
) -> tuple[PairHealth, dict[Side, list[tuple[int, int]]]]:
    """The health, and (unfit, suspect) of every second; `seconds()` go in at once."""
    items = list(items)
    layouts = {item.side: item for item in items if isinstance(item, Layout)}
    lanes = {side: Lane(layout, FaultBook()) for side, layout in layouts.items()}
    for item in items:
        if isinstance(item, Block):
            lanes[item.side].push(item, 0)
    health = PairHealth(layouts, known or {}, weight_kg)
    first = min(second for lane in lanes.values() if (second := lane.first_open_second) is not None)
    last = max(lane.last_open_second for lane in lanes.values())
    masks: dict[Side, list[tuple[int, int]]] = {side: [] for side in layouts}
    while first <= last:
        stop = min(first + seconds(), last + 1)
        closed = {side: lane.close(first, stop, 0) for side, lane in lanes.items()}
        health.feed(
            {side: each.stances for side, each in closed.items()},
            {side: each.slab for side, each in closed.items()},
            stop,
        )
        for side in masks:
            unfit, suspect = health.unfit(side, first, stop), health.suspect(side, first, stop)
            masks[side] += zip(unfit.tolist(), suspect.tolist(), strict=True)
        first = stop
    return health, masks
