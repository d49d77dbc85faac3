"""Which of two insoles is under the foot that was stamped, from the load on both. Pure.

A *stamp* of a foot: its load falls below `LIFTED_SHARE` of what is usual in the time looked at, then within `DROP_NS`
rises above `IMPACT_SHARE` of it. Usual is the median of the load over that time. Stamping on the ground brings one and
a half to several times body weight onto one foot; the foot that stays down takes over the weight of the lifted one,
which is a rise to twice its usual load without ever having been lifted. So it is being lifted that tells the feet
apart. The limits are reasoned, not taken from a study. In doubt nothing is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ingest.events import Rows
from ingest.wire.geometry import Side

STAMPS = 3
LIFTED_SHARE = 0.25
DOWN_SHARE = 0.5
IMPACT_SHARE = 1.2
DROP_NS = 300_000_000
LEAST_SHARE = 0.005  # of the full scale of all cells: below it there is nothing to tell a load by
LEAST_ROWS_SHARE = 0.8  # of those that were due; with fewer a stamp may hide in what is missing


class Unclear(StrEnum):
    NONE_MOVED = "neither foot was stamped"
    TOO_FEW = "the foot was stamped too few times"
    BOTH_MOVED = "both feet moved"
    ROWS_MISSING = "too many rows are missing"
    SAME_FOOT = "the same insole was stamped both times"


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """One insole's load over the time looked at: `codes`, summed over the cells that measured, at `device_ns`.

    `rows_due`: how many rows there should be. `full_scale`: of those cells together.
    """

    codes: NDArray[np.int64]
    device_ns: NDArray[np.int64]
    full_scale: int
    rows_due: int

    @property
    def whole(self) -> bool:
        return len(self.codes) >= max(1.0, LEAST_ROWS_SHARE * self.rows_due)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`stamped`: the insole under the foot; None: `unclear` says why not. `stamps`: by insole."""

    stamped: str | None
    unclear: Unclear | None
    stamps: Mapping[str, int]


def load_of(rows: Sequence[Rows], full_scales: Sequence[int]) -> Load:
    """The load in rows of one boot. A cell that did not measure in any of them is left out of all."""
    if not rows:
        return Load(np.empty(0, np.int64), np.empty(0, np.int64), 0, 0)
    not_measured = 0
    for each in rows:
        not_measured |= each.not_measured
    cells = [cell for cell in range(len(full_scales)) if not not_measured >> cell & 1]
    codes = np.concatenate([each.codes[:, cells].astype(np.int64).sum(axis=1) for each in rows])
    device_ns = np.concatenate(
        [each.ticks * each.tick_ns + each.ns_per_row * np.arange(len(each.codes), dtype=np.int64) for each in rows]
    )
    due = rows[-1].seq + len(rows[-1].codes) - rows[0].seq
    return Load(codes, device_ns, sum(full_scales[cell] for cell in cells), due)


def who_stamped(loads: Mapping[str, Load], wanted: int = STAMPS) -> Verdict:
    """Of two insoles the one that was stamped, while the other stayed as it was."""
    counted = {insole: _lifts(load) for insole, load in loads.items()}
    stamps = {insole: stamped for insole, (_, stamped) in counted.items()}
    unclear = _unclear(loads, counted, wanted)
    return Verdict(max(stamps, key=stamps.__getitem__) if unclear is None else None, unclear, stamps)


def sides_of(first: Side, stamped_first: Verdict, stamped_second: Verdict) -> dict[str, Side] | Unclear:
    """The side of each insole after `first` was asked to be stamped, then the other foot."""
    if stamped_first.stamped is None or stamped_second.stamped is None:
        return stamped_first.unclear or stamped_second.unclear or Unclear.NONE_MOVED
    if stamped_first.stamped == stamped_second.stamped:
        return Unclear.SAME_FOOT
    return {stamped_first.stamped: first, stamped_second.stamped: first.other}


def _unclear(loads: Mapping[str, Load], counted: Mapping[str, tuple[int, int]], wanted: int) -> Unclear | None:
    if not all(load.whole for load in loads.values()):
        return Unclear.ROWS_MISSING
    moved = [insole for insole, (lifts, _) in counted.items() if lifts]
    most = max((stamped for _, stamped in counted.values()), default=0)
    if len(moved) > 1:
        return Unclear.BOTH_MOVED
    if not most:
        return Unclear.NONE_MOVED
    return Unclear.TOO_FEW if most < wanted else None


def _lifts(load: Load) -> tuple[int, int]:
    """How often the foot left the ground and came back, and how many of these times it stamped."""
    if not len(load.codes) or load.full_scale <= 0:
        return 0, 0
    least = LEAST_SHARE * load.full_scale
    usual = max(_median(load.codes), least)
    in_air, down = load.codes < LIFTED_SHARE * usual, load.codes >= DOWN_SHARE * usual
    clear = np.flatnonzero(in_air | down)  # between the two it is on its way
    clear = clear[int(np.argmax(down[clear])) :]  # somebody who only stands up has lifted no foot
    lands = clear[:-1][in_air[clear[:-1]] & down[clear[1:]]]  # the last row in the air, each time
    return len(lands), sum(_is_stamp(load, int(last), IMPACT_SHARE * usual) for last in lands)


def _is_stamp(load: Load, last_in_air: int, high: float) -> bool:
    soon = load.device_ns <= load.device_ns[last_in_air] + DROP_NS
    soon[: last_in_air + 1] = False
    landing = load.codes[soon]
    return bool((landing >= high).any())


def _median(codes: NDArray[np.int64]) -> float:
    ordered = np.sort(codes)
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else float(ordered[middle - 1] + ordered[middle]) / 2
