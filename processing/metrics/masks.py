"""Masks of cells for many rows or seconds at once: bit i of a mask is set when cell i lacks.

A mask has as many bits as the insole has cells, which may be more than an int64 holds. Where every mask fits, an array
of them is int64; where one does not, it holds Python's own whole numbers, which numpy's `|`, `&`, `==` and their
reductions take as well. Whatever would overflow or wrap on the way from one to the other is done here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.metrics.signal import Bools, Ints

Masks = NDArray[Any]

_BITS = 63  # of an int64 without its sign


def masks_from(masks: Sequence[int]) -> Masks:
    """One entry for each mask."""
    return np.array(masks, dtype=_kind(max(masks, default=0)))


def filled(count: int, mask: int) -> Masks:
    """So many times the same mask."""
    return np.full(count, mask, dtype=_kind(mask))


def with_more(masks: Masks, at: Ints | Bools, more: Masks) -> Masks:
    """A copy in which the entries `at` have the bits of `more` (one each, or one for all) set as well."""
    made: Masks = masks.astype(np.result_type(masks, more))
    made[at] |= more
    return made


def lack_any(masks: Masks, cells: int) -> Bools:
    """Where one of the cells in the mask `cells` lacks."""
    within = cells if masks.dtype == object else cells & ((1 << _BITS) - 1)
    lacking: Bools = masks & within != 0
    return lacking


def lacks(masks: Masks, cell: int) -> Bools:
    """Where this cell lacks."""
    return lack_any(masks, 1 << cell)


def lacking(masks: Masks, cells: int) -> Bools:
    """Entries × cells: which of the cells 0 … `cells` − 1 lack."""
    if masks.dtype != object:
        bits = np.arange(min(cells, _BITS))
        held: Bools = np.zeros((masks.size, cells), dtype=np.bool_)
        held[:, : bits.size] = masks[:, None] >> bits & 1
        return held
    return np.stack([lacks(masks, cell) for cell in range(cells)], axis=1)


def any_of(masks: Masks) -> int:
    """The cells that lack anywhere."""
    return int(np.bitwise_or.reduce(masks)) if masks.size else 0


def _kind(largest: int) -> type:
    return object if largest >> _BITS else np.int64
