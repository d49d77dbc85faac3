"""Blocks in the spool, the two lanes in which they go out, and which of them a receipt frees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from ingest.wire.geometry import Side
from ingest.wire.messages import BootReceipt, Receipt

_MAX_HOLES = 400  # in one condition: SQLite nests a thousand deep


class Lane(IntEnum):
    """Blocks go out in the order of their lane; late ones never stand before live ones."""

    LIVE = 0
    LATE = 1


@dataclass(frozen=True, slots=True)
class Spooled:
    """A block in the spool: its place in the order, its rows' names and the bytes that are published."""

    id: int
    insole: str
    side: Side
    boot: int
    first: int
    last: int
    payload: bytes

    @property
    def rows(self) -> int:
        return self.last - self.first + 1


class Released(NamedTuple):
    """Rows that a receipt freed, by lane."""

    live: int
    late: int


def covered_by(receipt: Receipt) -> Iterator[tuple[Lane, str, list[str | int]]]:
    """Conditions for the blocks that a receipt frees, and their lane.

    A declared gap is no hole, so only by name can a receipt say that late rows are stored.
    """
    for boot in receipt.boots:
        where, values = _without_holes(receipt.insole, boot)
        yield Lane.LIVE, f"{where} AND lane = {Lane.LIVE:d}", values
    for late in receipt.late:
        where = f"insole = ? AND boot = ? AND first >= ? AND last <= ? AND lane = {Lane.LATE:d}"
        yield Lane.LATE, where, [receipt.insole, late.boot, late.first, late.last]


def _without_holes(insole: str, boot: BootReceipt) -> tuple[str, list[str | int]]:
    """Condition for the blocks that lie up to `stored_upto` and touch no hole."""
    holes = sorted(boot.holes)
    upto = boot.stored_upto
    if len(holes) > _MAX_HOLES:
        upto = min(upto, holes[_MAX_HOLES][0] - 1)
    where = "insole = ? AND boot = ? AND first <= ? AND last <= ?"  # `first` lets the index pass over a backlog
    values: list[str | int] = [insole, boot.boot, upto, upto]
    for first, last in holes[:_MAX_HOLES]:
        where += " AND NOT (first <= ? AND last >= ?)"
        values += [last, first]
    return where, values
