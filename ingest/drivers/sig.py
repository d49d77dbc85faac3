"""The Bluetooth SIG's own services that an insole offers: identity, charge, time. Pure bytes.

Device Information 180A, Battery 180F, Elapsed Time 183F (Elapsed Time Service 1.0 and GATT Specification Supplement
3.82: a time of day counts from 2000-01-01).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from struct import Struct

from ingest.wire.faults import FaultCode, UnderfootError

EPOCH_2000_NS = 946_684_800_000_000_000
_NS_PER_MS = 1_000_000


def sig_uuid(number: int) -> str:
    """The 128-bit form of a UUID that the SIG has assigned."""
    return f"{number:08x}-0000-1000-8000-00805f9b34fb"


DEVICE_INFORMATION_SERVICE = sig_uuid(0x180A)
MODEL_NUMBER = sig_uuid(0x2A24)
SERIAL_NUMBER = sig_uuid(0x2A25)
FIRMWARE_REVISION = sig_uuid(0x2A26)
MANUFACTURER_NAME = sig_uuid(0x2A29)
BATTERY_SERVICE = sig_uuid(0x180F)
BATTERY_LEVEL = sig_uuid(0x2A19)
ELAPSED_TIME_SERVICE = sig_uuid(0x183F)
CURRENT_ELAPSED_TIME = sig_uuid(0x2BF2)


class TimeFlags(IntFlag):
    """Flags of an elapsed time. Bits 2 and 3 are its resolution: 0 = 1 s, 1 = 100 ms, 2 = 1 ms, 3 = 100 µs."""

    TICK_COUNTER = 0x01
    UTC = 0x02
    MILLISECONDS = 0x08
    ZONE_USED = 0x10
    CURRENT_TIMELINE = 0x20


_RESOLUTION = 0x0C
_UTC_MS = TimeFlags.UTC | TimeFlags.MILLISECONDS | TimeFlags.CURRENT_TIMELINE


class TimeSource(IntEnum):
    """How the clock that a time comes from is kept."""

    UNKNOWN = 0
    NTP = 1
    MANUAL = 4
    CELLULAR = 6
    NOT_SYNCHRONISED = 7


@dataclass(frozen=True, slots=True)
class ElapsedTime:
    """A UTC in ns (whole ms cross the air) and what keeps the clock it was read from."""

    t_ns: int
    source: TimeSource = TimeSource.UNKNOWN


_ELAPSED = Struct("<B6sBb")  # flags, value, source, zone in quarters of an hour


def pack_elapsed_time(time: ElapsedTime) -> bytes:
    """The nine bytes that a client writes. A clock that stands before 2000 has never been set, and says so."""
    value = (time.t_ns - EPOCH_2000_NS) // _NS_PER_MS
    if value < 0:
        return _ELAPSED.pack(_UTC_MS, bytes(6), TimeSource.NOT_SYNCHRONISED, 0)
    return _ELAPSED.pack(_UTC_MS, value.to_bytes(6, "little"), time.source, 0)


def unpack_elapsed_time(data: bytes) -> ElapsedTime:
    """Read what a client wrote, or the first nine bytes of what a server sent.

    :raises UnderfootError: FRAME_TRUNCATED; FRAME_MALFORMED for anything but UTC in milliseconds.
    """
    if len(data) < _ELAPSED.size:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"an elapsed time of {len(data)} bytes")
    flags, value, source, _zone = _ELAPSED.unpack_from(data)
    if flags & (TimeFlags.TICK_COUNTER | TimeFlags.UTC | _RESOLUTION) != TimeFlags.UTC | TimeFlags.MILLISECONDS:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"an elapsed time with flags {flags:#04x}")
    known = source if source in tuple(TimeSource) else TimeSource.UNKNOWN
    return ElapsedTime(int.from_bytes(value, "little") * _NS_PER_MS + EPOCH_2000_NS, TimeSource(known))


def unpack_battery(data: bytes) -> int:
    """Charge in percent.

    :raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED.
    """
    if not data:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, "an empty battery level")
    if data[0] > 100:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a battery level of {data[0]} %")
    return data[0]


def unpack_text(data: bytes) -> str:
    """A string characteristic; bytes that are no UTF-8 come out as replacement signs."""
    return data.split(b"\0", 1)[0].decode("utf-8", "replace").strip()
