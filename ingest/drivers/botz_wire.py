"""Bytes of the Botz sensing system (Zephyr): foot samples, time, commands. Pure.

Facts: Botz-Limited/sensing_system-Zephyr@95d6833 (docs/Bluetooth_GATT_Specification.md checked against
src/bluetooth/information_service.cpp, include/app.hpp). No licence file, so facts only.
Two UUIDs stand in two services each: 4fd5b690 (user information, and a service's own) and 4fd5b691 (*erase the flash*,
and cadence). Whoever writes or reads says which service is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

import numpy as np

from ingest.drivers.places import cells_at
from ingest.wire.block import Codes
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Cell, Side


def _info(octet: int) -> str:
    return f"0c372e{octet:02x}-27eb-437e-bef4-775aefaf3c97"


def _control(word: int) -> str:
    return f"4fd5{word:04x}-9d89-4061-92aa-319ca786baae"


INFO_SERVICE = _info(0xAA)
STATUS = _info(0xAB)  # u32, read
SAMPLES = _info(0xAF)  # notify
BATTERIES = _info(0xC8)  # u8 of each shoe, read
CONTROL_SERVICE = _control(0xB67F)
SET_TIME = _control(0xB681)  # u32 epoch s, big-endian on an insole that is little-endian elsewhere
START = _control(0xB684)
STOP = _control(0xB685)
PROFILE = _control(0xB68B)

CELLS = 8
FULL_SCALE = (1 << 14) - 1
NS_PER_ROW = 200_000_000
TICK_NS = 1_000_000
FAST_PROFILE = bytes([0])  # connection interval 15–30 ms

_SAMPLES = Struct("<I16H")
_WIDTH_MM, _LENGTH_MM = 80.0, 240.0  # ours: the places are from the centre of a shoe whose outline is not given
_X_MM = (0, -15, 0, 15, -10, 10, -15, 15)
_Y_MM = (80, 60, 60, 60, 0, 0, -80, -80)


class Stream(IntEnum):
    """What START begins and STOP ends."""

    ACTIVITY = 1
    FOOT = 3


@dataclass(frozen=True, slots=True)
class Foot:
    """Eight codes of one shoe as they came."""

    words: tuple[int, ...]

    @property
    def blank(self) -> bool:
        return not any(self.words)

    def row(self) -> tuple[Codes, int]:
        """One row, and the cells that are not measured in it: 14 bits have no more codes."""
        beyond = sum(1 << cell for cell, word in enumerate(self.words) if word > FULL_SCALE)
        codes = [0 if word > FULL_SCALE else word for word in self.words]
        return np.array([codes], dtype=np.int16), beyond


@dataclass(frozen=True, slots=True)
class Samples:
    """Both shoes at one uptime of the right one."""

    uptime_ms: int
    right: Foot
    left: Foot


def unpack_samples(data: bytes) -> Samples:
    """:raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED."""
    if len(data) < _SAMPLES.size:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"foot samples of {len(data)} bytes")
    if len(data) > _SAMPLES.size:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"foot samples of {len(data)} bytes")
    uptime_ms, *words = _SAMPLES.unpack(data)
    return Samples(uptime_ms, Foot(tuple(words[:CELLS])), Foot(tuple(words[CELLS:])))


def pack_samples(samples: Samples) -> bytes:
    return _SAMPLES.pack(samples.uptime_ms, *samples.right.words, *samples.left.words)


def pack_time(t_ns: int) -> bytes:
    """Whole seconds since 1970."""
    return (t_ns // 1_000_000_000).to_bytes(4, "big")


def unpack_batteries(data: bytes) -> tuple[int, int]:
    """Charge in percent of the right and the left shoe.

    :raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED.
    """
    if len(data) < 2:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"battery levels of {len(data)} bytes")
    if max(data[:2]) > 100:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"battery levels of {data[0]} % and {data[1]} %")
    return data[0], data[1]


def cells(side: Side) -> tuple[Cell, ...]:
    """The map of the right shoe has x to the medial side; the left one is its mirror image with the same cells."""
    to_medial = 1 if side is Side.RIGHT else -1
    places = [
        (0.5 - to_medial * x_mm / _WIDTH_MM, 0.5 + y_mm / _LENGTH_MM) for x_mm, y_mm in zip(_X_MM, _Y_MM, strict=True)
    ]
    return cells_at(places, FULL_SCALE)
