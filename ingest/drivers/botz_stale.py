"""Whether the left shoe still says something: the right one repeats its last values for ever. Pure.

`g_secondary_data_valid` is set with the left shoe's first data and never cleared (Botz-Limited/sensing_system-Zephyr@
95d6833, src/bluetooth/information_service.cpp); before them all cells are 0. A foot that stands still is not
bit-identical for long: eight cells of a 14-bit converter, each with a last bit that flickers.

So a row that equals the one before it is held back until a different one proves that the shoe was there, and dropped
when `REPEATS` rows have come so. Ten rows at 5 Hz are 2 s: if a cell at rest kept its value nine times in ten, eight
cells keep theirs ten times in a row with a chance of 0.9⁸⁰ = 0.02 %. Nothing stale ever goes out as a row, whatever
`REPEATS` is; a shoe that truly is so still, or that gives 0 everywhere, counts as not measured until it moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ingest.drivers.botz_wire import Foot

REPEATS = 10

_Row = TypeVar("_Row")


@dataclass(slots=True)
class Freshness(Generic[_Row]):
    """`stale`: nothing that comes can be believed to be of now. True until the shoe has said something."""

    stale: bool = True
    _last: Foot | None = None
    _held: list[_Row] = field(default_factory=list)

    def rows_after(self, foot: Foot, row: _Row) -> list[_Row]:
        """Rows that are proven by this one, `row` among them when it is itself new."""
        known, self._last = self._last, foot
        if known is not None and foot != known and not foot.blank:
            proven, self._held = self._held, []
            self.stale = False
            return [*proven, row]
        if not self.stale:
            self._held.append(row)
        if len(self._held) >= REPEATS:
            self.stale = True
            self._held = []
        return []
