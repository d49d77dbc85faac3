"""The same rows on other ways: cut anew, feet apart, out of order, twice."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import numpy as np

from ingest.wire.block import Block
from ingest.wire.geometry import Side

HELD_ROWS = 150  # far less than two seconds of rows at 100 Hz, for which a hole is waited for
_LONGEST = 5_000


def merged(blocks: Sequence[Block]) -> list[Block]:
    """One foot's blocks in order of their rows, those that go on evenly made one; rows that come again are left out."""
    made: list[Block] = []
    for block in sorted(blocks, key=lambda each: (each.boot, each.seq)):
        known = made[-1].end_seq - block.seq if made and block.boot == made[-1].boot else 0
        new = block.cut(min(max(known, 0), block.rows), block.rows)
        if made and new.rows and _goes_on(made[-1], new):
            made[-1] = _joined(made[-1], new)
        elif new.rows:
            made.append(new)
    return made


def _goes_on(one: Block, other: Block) -> bool:
    due = (one.boot, one.end_seq, one.end_t_ns, one.device_ns + one.rows * one.ns_per_row, one.not_measured)
    return due == (other.boot, other.seq, other.t_ns, other.device_ns, other.not_measured)


def _joined(one: Block, other: Block) -> Block:
    whole = one.cut(0, one.rows)
    object.__setattr__(whole, "codes", np.concatenate([one.codes, other.codes]))
    return whole


def cut_anew(blocks: Iterable[Block], chance: random.Random, longest: int = _LONGEST) -> list[Block]:
    """Pieces of 1 to `longest` rows, all lengths of the scale alike."""
    pieces: list[Block] = []
    for block in blocks:
        start = 0
        while start < block.rows:
            stop = min(start + max(1, round(longest ** chance.random())), block.rows)
            pieces.append(block.cut(start, stop))
            start = stop
    return pieces


def dealt(feet: dict[Side, list[Block]], chance: random.Random) -> list[Block]:
    """Both feet one after the other, side by side, or anything between; each in its own order."""
    rest = {side: list(reversed(blocks)) for side, blocks in feet.items()}
    left_first = chance.choice([0.0, 0.02, 0.3, 0.5, 0.7, 0.98, 1.0])
    order: list[Block] = []
    while any(rest.values()):
        side = Side.LEFT if chance.random() < left_first else Side.RIGHT
        order.append((rest[side] or rest[side.other]).pop())
    return order


def swapped(blocks: list[Block], chance: random.Random) -> list[Block]:
    """Some neighbours the other way round, where what is held back meanwhile is short enough to be waited for."""
    order = list(blocks)
    at = 1  # the first rows of a boot are never waited for
    while at + 1 < len(order):
        if order[at + 1].rows <= HELD_ROWS and chance.random() < 0.3:
            order[at], order[at + 1] = order[at + 1], order[at]
            at += 1
        at += 1
    return order


def repeated(blocks: list[Block], chance: random.Random) -> list[Block]:
    """Some blocks come again later."""
    order = list(blocks)
    for block in chance.sample(blocks, min(len(blocks), 4)):
        order.insert(chance.randint(order.index(block) + 1, len(order)), block)
    return order


def held_up(blocks: list[Block], chance: random.Random) -> list[Block]:
    """One block comes so late that its rows are passed over: two seconds of later rows are there before it."""
    if len(blocks) < 3:
        return blocks
    order = list(blocks)
    at = chance.randrange(1, len(order) - 1)
    late = order.pop(at)
    after, rows = at, 0
    while after < len(order) and rows <= 2 * HELD_ROWS:
        rows += order[after].rows
        after += 1
    order.insert(chance.randint(after, len(order)), late)
    return order
