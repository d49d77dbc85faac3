"""Open Insole profile 1: UUIDs, INFO and DATA to bytes and back. `open_insole.md` is the specification of these bytes.

The driver and the virtual insole share this module, so a byte is laid out in one place. All numbers little-endian.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from fractions import Fraction
from struct import Struct

import numpy as np

from ingest.wire.block import Codes
from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Calibration, Side, Unit

PROFILE_VERSION = 1


def _uuid(number: int) -> str:
    return f"4e95{number:04x}-8232-490c-b7da-a0444f274a0b"


SERVICE = _uuid(0x0001)
INFO = _uuid(0x0002)  # read
LAYOUT = _uuid(0x0003)  # write an offset, read from there
DATA = _uuid(0x0004)  # notify
CONTROL = _uuid(0x0005)  # write, indicate
STATUS = _uuid(0x0006)  # read, notify
HELD = _uuid(0x0007)  # read, notify

MAX_CELLS = 107  # one row of them still fits the 244 octets of a notification at the ATT MTU of 247
FINEST_TICK_NS = 1_000  # finer ones would come round within the life of a battery: 2**48 of these are 8.9 years
FASTEST_ROW_NS, SLOWEST_ROW_NS = 500_000, 1_000_000_000
SIDES: tuple[Side | None, ...] = (None, Side.LEFT, Side.RIGHT)
_UNITS = (Unit.RAW, Unit.NEWTON, Unit.KILOPASCAL)
_CALIBRATIONS = (Calibration.NONE, Calibration.ZERO, Calibration.MAKER, Calibration.WEIGHT, Calibration.BENCH)


class Features(IntFlag):
    """What an insole can do beyond the profile's core. Bits that are not named here mean nothing to this version."""

    NONE = 0
    IDENTIFY = 0x01
    FLASH = 0x02  # keeps every row until the hub releases it (minor version 1)


def check(sane: object, what: str) -> None:
    """:raises UnderfootError: FRAME_MALFORMED."""
    if not sane:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, what)


def long_enough(data: bytes, size: int, what: str) -> None:
    """:raises UnderfootError: FRAME_TRUNCATED."""
    if len(data) < size:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"{what} of {len(data)} bytes, {size} belong to it")


def check_version(data: bytes, what: str) -> None:
    """:raises UnderfootError: FRAME_TRUNCATED, FRAME_VERSION."""
    long_enough(data, 1, what)
    if data[0] != PROFILE_VERSION:
        raise UnderfootError(FaultCode.FRAME_VERSION, f"{what} of version {data[0]}, known is {PROFILE_VERSION}")


# -- INFO: who speaks, and how its rows are to be read --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """The first thing that is read on every connection."""

    boot: int  # drawn anew at every start of the insole
    side: Side | None
    cells: int
    tick_ns: int
    ns_per_row: int  # at the nominal rate, a whole multiple of tick_ns
    scale: Fraction  # code × scale is in `unit`
    unit: Unit
    calibration: Calibration
    layout_octets: int
    layout_crc: int
    features: Features = Features.NONE


_INFO = Struct("<BBBBIIIIIBBHII")  # 36 octets; a later minor version may append to them


def pack_info(info: Info) -> bytes:
    return _INFO.pack(
        PROFILE_VERSION,
        1 if Features.FLASH in info.features else 0,  # the minor version
        SIDES.index(info.side),
        info.cells,
        info.boot,
        info.tick_ns,
        info.ns_per_row,
        info.scale.numerator,
        info.scale.denominator,
        _UNITS.index(info.unit),
        _CALIBRATIONS.index(info.calibration),
        info.layout_octets,
        info.layout_crc,
        info.features,
    )


def unpack_info(data: bytes) -> Info:
    """:raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED."""
    check_version(data, "an INFO")
    long_enough(data, _INFO.size, "an INFO")
    _, _, side, cells, boot, tick_ns, ns_per_row, top, bottom, unit, calibration, octets, crc, features = (
        _INFO.unpack_from(data)
    )
    check(side < len(SIDES) and unit < len(_UNITS) and calibration < len(_CALIBRATIONS), "an INFO with unknown codes")
    check(0 < cells <= MAX_CELLS, f"an INFO with {cells} cells")
    check(tick_ns >= FINEST_TICK_NS, f"an INFO with {tick_ns} ns a tick")
    check(FASTEST_ROW_NS <= ns_per_row <= SLOWEST_ROW_NS, f"an INFO with {ns_per_row} ns a row")
    check(ns_per_row % tick_ns == 0, f"{ns_per_row} ns a row, {tick_ns} ns a tick")
    check(top > 0 and bottom > 0, "an INFO without a scale")
    check(octets > 0, "an INFO without a layout")
    return Info(
        boot=boot,
        side=SIDES[side],
        cells=cells,
        tick_ns=tick_ns,
        ns_per_row=ns_per_row,
        scale=Fraction(top, bottom),
        unit=_UNITS[unit],
        calibration=_CALIBRATIONS[calibration],
        layout_octets=octets,
        layout_crc=crc,
        features=Features(features),
    )


# -- DATA: rows -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowsFrame:
    """Evenly spaced rows `seq …`; `codes` int16, rows × cells; bit i of `not_measured`: cell i is masked out."""

    boot_low: int  # low 16 bits of the boot id
    seq: int
    ticks: int
    codes: Codes
    not_measured: int = 0


_ROWS_KIND = 1
_ROWS = Struct("<BBBBIH6s")  # version, kind, rows, cells, seq, boot low, ticks; then the mask, then the codes
_NOTIFICATION_OVERHEAD = 3  # ATT opcode and handle


def _mask_octets(cells: int) -> int:
    return -(-cells // 8)


def rows_that_fit(att_mtu: int, cells: int) -> int:
    """How many rows of `cells` cells one notification carries, 255 at most."""
    room = att_mtu - _NOTIFICATION_OVERHEAD - _ROWS.size - _mask_octets(cells)
    return max(0, min(255, room // (2 * cells)))


def pack_rows(frame: RowsFrame) -> bytes:
    rows, cells = frame.codes.shape
    head = _ROWS.pack(
        PROFILE_VERSION, _ROWS_KIND, rows, cells, frame.seq, frame.boot_low, frame.ticks.to_bytes(6, "little")
    )
    mask = frame.not_measured.to_bytes(_mask_octets(cells), "little")
    return head + mask + np.ascontiguousarray(frame.codes, dtype="<i2").tobytes()


def unpack_rows(data: bytes, cells: int) -> RowsFrame:
    """Read a frame of an insole that has `cells` cells; the codes are read-only.

    :raises UnderfootError: FRAME_VERSION, FRAME_TRUNCATED, FRAME_MALFORMED.
    """
    check_version(data, "a DATA frame")
    long_enough(data, _ROWS.size, "a DATA frame")
    _, kind, rows, of_cells, seq, boot_low, ticks = _ROWS.unpack_from(data)
    check(kind == _ROWS_KIND, f"a DATA frame of kind {kind}")
    check(of_cells == cells, f"a DATA frame with {of_cells} cells from an insole that has {cells}")
    check(rows > 0, "a DATA frame without rows")
    check(seq + rows <= 1 << 32, f"a DATA frame whose numbers run out at {seq}")
    start = _ROWS.size + _mask_octets(cells)
    size = start + 2 * rows * cells
    long_enough(data, size, "a DATA frame")
    check(len(data) == size, f"a DATA frame with {len(data) - size} octets too many")
    not_measured = int.from_bytes(data[_ROWS.size : start], "little")
    check(not_measured < 1 << cells, "a DATA frame that masks cells which do not exist")
    return RowsFrame(
        boot_low=boot_low,
        seq=seq,
        ticks=int.from_bytes(ticks, "little"),
        codes=np.frombuffer(data, dtype="<i2", offset=start).astype(np.int16, copy=False).reshape(rows, cells),
        not_measured=not_measured,
    )
