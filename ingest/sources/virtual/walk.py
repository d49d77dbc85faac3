"""What a virtual insole wears: a description of its cells and rows that come due as the walk goes on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from ingest.wire.block import Codes
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Cell, Side, Unit
from ingest.wire.messages import Layout

_LARGEST_DENOMINATOR = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an insole says of itself. `ns_per_row` is a whole multiple of `tick_ns`."""

    side: Side
    cells: tuple[Cell, ...]
    unit: Unit
    scale: Fraction
    calibration: Calibration
    tick_ns: int
    ns_per_row: int
    model: str
    firmware: str


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Evenly spaced rows; the first is due `ticks` ticks after the walk began. `codes` int16, rows × cells."""

    ticks: int
    codes: Codes
    not_measured: int = 0


class Walk(Protocol):
    """One foot of a walk. Asking twice gives the same rows."""

    @property
    def description(self) -> Description: ...

    @property
    def duration_ns(self) -> int | None:
        """Every row is due before this; None: the walk has no end."""

    def rows_between(self, start_ns: int, stop_ns: int) -> list[Piece]:
        """The rows due at `start_ns` or later and before `stop_ns`, in order."""

    def next_due_ns(self, after_ns: int) -> int | None:
        """When the first row at or after `after_ns` is due; None: there is none any more."""


def exact_scale(scale: float) -> Fraction:
    """The short fraction that is this float to the last bit, 11/100 for 0.11.

    :raises UnderfootError: FILE_UNREADABLE when there is none.
    """
    fraction = Fraction(scale).limit_denominator(_LARGEST_DENOMINATOR)
    if fraction <= 0 or float(fraction) != scale or fraction.numerator >= 1 << 32:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"a scale of {scale!r} cannot be described by an insole")
    return fraction


def describe(layout: Layout, *, tick_ns: int, ns_per_row: int) -> Description:
    """A layout as an insole of its own would describe it."""
    return Description(
        side=layout.side,
        cells=layout.cells,
        unit=layout.unit,
        scale=exact_scale(layout.scale),
        calibration=layout.calibration,
        tick_ns=tick_ns,
        ns_per_row=ns_per_row,
        model=layout.model,
        firmware=layout.firmware,
    )
