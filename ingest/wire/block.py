"""A block: rows of one insole without a break, evenly spaced on the insole's own clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ingest.wire.geometry import Side, Unit

Codes = NDArray[np.int16]


class Origin(StrEnum):
    LIVE = "live"
    BACKFILL = "backfill"
    REPLAY = "replay"


class GapReason(StrEnum):
    """Why rows that the insole took are not with us."""

    RADIO = "radio"  # sent while connected, never arrived
    AWAY = "away"  # taken while no link was up
    SPOOL_FULL = "spool-full"
    SOURCE = "source"  # the source itself left them out (a blank stretch of a recording)
    BAD = "bad"  # arrived, could not be read
    NOT_KEPT = "not-kept"  # asked for afterwards, and no longer in the insole's memory


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Rows `seq … seq + rows - 1` of one insole and boot.

    `codes` is int16, rows × cells; a code times `scale` is in `unit`. Row k was taken at device time
    `ticks * tick_ns + k * ns_per_row` and at UTC `t_ns + k * ns_per_row`, so cutting a block changes no row's time.
    """

    insole: str
    side: Side
    boot: int
    seq: int
    ticks: int  # device ticks of the first row
    tick_ns: int
    t_ns: int  # UTC of the first row
    ns_per_row: int
    codes: Codes
    unit: Unit
    scale: float
    not_measured: int = 0  # bit i set: cell i is not measured in any row of this block
    origin: Origin = Origin.LIVE
    lost_before: int = 0  # rows right before this block that ingest knows to be lost
    lost_reason: GapReason | None = None
    t_error_ns: int | None = None  # half-width of the clock's own error estimate; None: unknown
    time_known: bool = True  # False: no clock tells when these rows were taken, `t_ns` counts from the boot

    @property
    def rows(self) -> int:
        return int(self.codes.shape[0])

    @property
    def cells(self) -> int:
        return int(self.codes.shape[1])

    @property
    def end_seq(self) -> int:
        """One past the last row."""
        return self.seq + self.rows

    @property
    def device_ns(self) -> int:
        """Device time of the first row."""
        return self.ticks * self.tick_ns

    @property
    def end_t_ns(self) -> int:
        """UTC at which the row after the last one is due."""
        return self.t_ns + self.rows * self.ns_per_row

    def cut(self, start: int, stop: int) -> Block:
        """Rows `start … stop - 1` as a block of their own; every row keeps its name and its times.

        `ns_per_row` must be a whole number of ticks when `start` > 0 (the drivers see to it).
        """
        first = start > 0
        return replace(
            self,
            seq=self.seq + start,
            ticks=self.ticks + start * self.ns_per_row // self.tick_ns,
            t_ns=self.t_ns + start * self.ns_per_row,
            codes=self.codes[start:stop],
            lost_before=0 if first else self.lost_before,
            lost_reason=None if first else self.lost_reason,
        )
