"""Whether a shoe is worn, from the rows that the insole streams: an update never happens to a foot. Pure.

A foot that stands or sits loads some cell by more than the residual of an empty shoe, and one that moves changes the
load. An empty shoe does neither. In doubt the shoe counts as worn.
"""

from __future__ import annotations

import numpy as np

from ingest.wire.block import Codes

LOADED_SHARE = 0.03  # of a cell's full scale: 3 % is the residual that still counts as a good cell
MOVING_SHARE = 0.01  # change within the time looked at
ENOUGH_ROWS = 100  # fewer say nothing


def is_worn(codes: Codes, full_scales: tuple[int, ...], not_measured: int = 0) -> bool | None:
    """Of rows × cells codes of the latest seconds; None: too few rows, or no cell that measures.

    `not_measured`: mask of cells that were out in any of these rows.
    """
    measured = [cell for cell in range(codes.shape[1]) if not not_measured >> cell & 1]
    if len(codes) < ENOUGH_ROWS or not measured:
        return None
    shares = codes[:, measured].astype(np.float64) / np.array(full_scales, dtype=np.float64)[measured]
    loaded = bool((shares.max(axis=0) > LOADED_SHARE).any())
    moving = bool((shares.max(axis=0) - shares.min(axis=0) > MOVING_SHARE).any())
    return loaded or moving
