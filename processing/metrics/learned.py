"""What is usual for the cells of one insole: the yardstick by which a dead or silent cell is found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedCells:
    """Of each cell, over healthy stances: median of the highest code of a stance, and its share of the foot's impulse.

    `checksum`: the layout that it belongs to; for another layout nothing is known.
    """

    checksum: int
    peak_codes: tuple[float, ...]
    share_pct: tuple[float, ...]
