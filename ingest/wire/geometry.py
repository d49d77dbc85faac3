"""Feet, cells and regions. Foot frame: y from heel (0) to toe (1), x from medial (0) to lateral (1), both alike."""

from __future__ import annotations

from enum import StrEnum
from zlib import crc32

import msgspec


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Region(StrEnum):
    """The ten plantar regions (Xu 2017, J Foot Ankle Res 10:30)."""

    T1 = "T1"
    T2_5 = "T2-5"
    M1 = "M1"
    M2 = "M2"
    M3 = "M3"
    M4 = "M4"
    M5 = "M5"
    MF = "MF"
    HM = "HM"
    HL = "HL"


class Zone(StrEnum):
    """The coarse thirds that every layout resolves; the toes count as forefoot."""

    FOREFOOT = "forefoot"
    MIDFOOT = "midfoot"
    REARFOOT = "rearfoot"


class Unit(StrEnum):
    """What a code times its scale is measured in."""

    RAW = "raw"
    NEWTON = "N"
    KILOPASCAL = "kPa"


class Calibration(StrEnum):
    """What is known about the scale; it decides which unit may be shown (DESIGN.md, the contract)."""

    NONE = "none"
    ZERO = "zero"
    MAKER = "maker"  # the maker's or recording's own units, not checked by us
    WEIGHT = "weight-scaled"
    BENCH = "bench"


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One pressure cell as the insole describes it."""

    area: str  # name of the area it stands for, unique in a layout unless cells share an area
    zone: Zone
    x: float  # 0 medial … 1 lateral
    y: float  # 0 heel … 1 toe
    region: Region | None = None  # None: the layout is too coarse for the ten regions
    area_mm2: float | None = None
    full_scale: int = 32767  # highest code the cell can give


# y from heel, x from medial edge: proposed default of the ten-region mask, reference in processing/metrics/README.md
_FOREFOOT_COLUMNS = ((0.333, Region.M1), (0.477, Region.M2), (0.621, Region.M3), (0.765, Region.M4), (1.01, Region.M5))


def region_at(x: float, y: float) -> Region:
    """The region of the default ten-region mask at foot coordinates (both 0…1)."""
    if y < 0.31:
        return Region.HM if x < 0.5 else Region.HL
    if y < 0.51:
        return Region.MF
    if y < 0.81:
        return next(region for edge, region in _FOREFOOT_COLUMNS if x < edge)
    return Region.T1 if x < 0.333 else Region.T2_5


def zone_of(region: Region) -> Zone:
    """The coarse zone that a region belongs to."""
    if region in (Region.HM, Region.HL):
        return Zone.REARFOOT
    return Zone.MIDFOOT if region is Region.MF else Zone.FOREFOOT


def checksum(cells: tuple[Cell, ...]) -> int:
    """CRC-32 of the cells in their canonical MessagePack form; tells two layouts apart."""
    # every field: whether a default is left out hangs on whose number object it is, so equal cells would differ
    return crc32(msgspec.msgpack.encode([msgspec.structs.astuple(cell) for cell in cells]))
