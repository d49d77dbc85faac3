"""What a section adds to the load figures of a walk: whole-number sums of every cell, so that a walk's are exact.

Rows count by what they lack: a row in which a cell was not measured enters only sums that do without that cell.
A cell that lacks in half of the rows or more is left out as one found unfit is (clinical basis 4.3); the few rows in
which another one lacks are left out instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np

from processing.metrics.masks import Masks
from processing.metrics.section import Codes, JudgedFoot
from processing.metrics.signal import Bools, Ints
from processing.metrics.support import measured


@dataclass(frozen=True, slots=True)
class MaskedSums:
    """`groups`: bit mask of the cells not measured → how many rows (or stances) had it, and the sums of their cells."""

    cells: int
    groups: Mapping[int, tuple[int, tuple[int, ...]]]

    @classmethod
    def of(cls, codes: Codes | Ints, masks: Masks) -> MaskedSums:
        """`codes` n × cells, `masks` n."""
        if not masks.size:
            return cls(codes.shape[1], {})
        groups: dict[int, tuple[int, tuple[int, ...]]] = {}
        if not masks.any():
            groups[0] = (int(masks.size), _summed(codes))
        else:
            for mask in np.unique(masks).tolist():
                these = codes[masks == mask]
                groups[mask] = (len(these), _summed(these))
        return cls(codes.shape[1], groups)

    def __add__(self, later: MaskedSums) -> MaskedSums:
        groups = dict(self.groups)
        for mask, (count, sums) in later.groups.items():
            before = groups.get(mask)
            groups[mask] = (
                (count, sums)
                if before is None
                else (before[0] + count, tuple(a + b for a, b in zip(before[1], sums, strict=True)))
            )
        return MaskedSums(self.cells, dict(sorted(groups.items())))

    def __sub__(self, some: MaskedSums) -> MaskedSums:
        """Without rows that are among these."""
        groups: dict[int, tuple[int, tuple[int, ...]]] = {}
        for mask, (count, sums) in self.groups.items():
            less, of_less = some.groups.get(mask, (0, (0,) * self.cells))
            if count > less:
                groups[mask] = (count - less, tuple(a - b for a, b in zip(sums, of_less, strict=True)))
        return MaskedSums(self.cells, groups)

    @property
    def count(self) -> int:
        return sum(count for count, _ in self.groups.values())

    def without(self, missing: int) -> tuple[int, Ints]:
        """How many lacked no cell but those of `missing`, and the sums of their cells; a missing cell's sum is 0."""
        sums: Ints = np.zeros(self.cells, dtype=np.int64)
        counted = 0
        for mask, (count, of_cells) in self.groups.items():
            if not mask & ~missing:
                counted += count
                sums += np.array(of_cells, dtype=np.int64)
        sums[[bool(missing >> cell & 1) for cell in range(self.cells)]] = 0
        return counted, sums

    def missing(self, unfit: int) -> int:
        """The cells to do without: the unfit ones, and those that lack in half or more."""
        whole = self.count
        often = sum(
            1 << cell
            for cell in range(self.cells)
            if whole and 2 * sum(count for mask, (count, _) in self.groups.items() if mask >> cell & 1) >= whole
        )
        missing = unfit | often
        if any(not mask & ~missing for mask in self.groups):
            return missing
        return reduce(or_, self.groups, missing)


def _summed(codes: Codes | Ints) -> tuple[int, ...]:
    # cell by cell in memory: half the time of a sum over rows
    return tuple(np.ascontiguousarray(codes.T).sum(axis=1, dtype=np.int64).tolist())


@dataclass(frozen=True, slots=True)
class LoadPart:
    """`rows`: every row of the section, swing included; `together`: those while the other foot was measured too."""

    ns_per_row: int
    rows: MaskedSums
    together: MaskedSums

    @classmethod
    def of(cls, foot: JudgedFoot, other: JudgedFoot | None) -> LoadPart:
        section = foot.section
        codes, masks = section.codes[section.inside], section.not_measured[section.inside]
        rows = MaskedSums.of(codes, masks)
        if other is None:
            return cls(section.signal.ns_per_row, rows, MaskedSums(rows.cells, {}))
        alone = ~_while_measured(foot, other)
        return cls(section.signal.ns_per_row, rows, rows - MaskedSums.of(codes[alone], masks[alone]))

    def __add__(self, later: LoadPart) -> LoadPart:
        return LoadPart(self.ns_per_row, self.rows + later.rows, self.together + later.together)

    @property
    def together_s(self) -> float:
        return self.together.count * self.ns_per_row / 1e9


def _while_measured(foot: JudgedFoot, other: JudgedFoot) -> Bools:
    spans = measured(other.section.signal)
    return spans.holds(foot.section.signal.walk_ns[foot.section.inside].astype(np.float64))
