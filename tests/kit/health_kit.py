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


SPOILS: dict[str, Spoil] = {
    "dead": dead,
    "+10 N": stuck_at(10),
    "+20 N": stuck_at(20),
    "+50 N": stuck_at(50),
    "saturated": saturated(0.4),
}


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
