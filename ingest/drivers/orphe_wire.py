"""Bytes of ORPHE INSOLE: identity, commands, packets out of its ring. Pure; big-endian throughout.

Facts: Orphe-OSS/ORPHE-INSOLE.js@dc010fd (README, docs/SENSOR_SPEC.md, src/InsoleFifo.js). The maker lets them be used
for research and non-commercial programs; a paid product wants a contract with the maker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from struct import Struct

import numpy as np
import numpy.typing as npt

from ingest.wire.faults import FaultCode, UnderfootError
from ingest.wire.geometry import Side

INFORMATION_SERVICE = "01a9d6b5-ff6e-444a-b266-0be75e85c064"
DEVICE_INFORMATION = "24354f22-1c46-430e-a4ab-a1eeabbcdfc0"  # read; commands are written to it
DATE_TIME = "f53eeeb1-b2e8-492a-9673-10e0f1c29026"
OTHER_SERVICE = "db1b7aca-cda5-4453-a49b-33a53d3f0833"
SENSOR_VALUES = "f3f9c7ce-46ee-4205-89ac-abe64e626c0f"  # notify: packets and answers to commands

CELLS = 6
ROWS_PER_PACKET = 4
PACKETS_IN_RING = 1500
SERIALS = 1 << 16
DAY_MS = 86_400_000

_RANGES = 30  # the firmware reads this many, whether they are used or not
_DATA, _ANSWER = 0x36, 0x35
_HEAD = Struct(">BHBBBH")  # kind, serial, time of day of the oldest sample: h, m, s, ms
_SAMPLE_WORDS = 12  # gyroscope, accelerometer, then the pressures
_PACKET_OCTETS = _HEAD.size + ROWS_PER_PACKET * _SAMPLE_WORDS * 2


class Op(IntEnum):
    """Second octet of a command `0B op` and of its answer `35 op`."""

    SERIAL = 0x01
    DATA = 0x02
    DELETE = 0x03
    START = 0x04
    STOP = 0x06


CHOOSE_RING = bytes((0x0D, 0x02))


def pack_command(op: Op) -> bytes:
    return bytes((0x0B, op))


@dataclass(frozen=True, slots=True)
class Span:
    """`count` packets from `serial` on."""

    serial: int
    count: int


def pack_data_request(spans: Iterable[Span]) -> bytes:
    """Send these packets out of the ring; at most 30 spans.

    :raises ValueError: more than that.
    """
    pairs = [(span.serial % SERIALS, span.count) for span in spans]
    if len(pairs) > _RANGES:
        raise ValueError(f"{len(pairs)} spans in one request")
    pairs += [(0, 0)] * (_RANGES - len(pairs))
    return pack_command(Op.DATA) + b"".join(word.to_bytes(2, "big") for pair in pairs for word in pair)


def pack_date_time(t_ns: int) -> bytes:
    """UTC with hundredths of a second: year − 2000, month, day, h, m, s, ms / 10."""
    at = datetime.fromtimestamp(t_ns // 1_000_000_000, UTC)
    hundredths = t_ns % 1_000_000_000 // 10_000_000
    return bytes((at.year - 2000, at.month, at.day, at.hour, at.minute, at.second, hundredths))


class Charge(IntEnum):
    LOW = 0
    NORMAL = 1
    HIGH = 2


@dataclass(frozen=True, slots=True)
class Info:
    """`charge` None: a level that is not described."""

    side: Side
    charge: Charge | None


def unpack_info(data: bytes) -> Info:
    """:raises UnderfootError: FRAME_TRUNCATED."""
    if len(data) < 2:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"device information of {len(data)} bytes")
    charge = Charge(data[0]) if data[0] in tuple(Charge) else None
    return Info(Side.RIGHT if data[1] & 1 else Side.LEFT, charge)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest packet in the ring and how many wait there."""

    serial: int
    waiting: int


@dataclass(frozen=True, slots=True)
class NotThere:
    """The ring has none of these packets."""

    span: Span


@dataclass(frozen=True, slots=True)
class Done:
    """A command was carried out."""

    op: Op


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """`adc`: uint16, 4 × 6, the oldest row first. `stamp_ms`: time of day of the oldest, by the insole's clock."""

    serial: int
    stamp_ms: int
    adc: npt.NDArray[np.uint16]


Notification = Packet | Newest | NotThere | Done


def unpack_notification(data: bytes) -> Notification:
    """:raises UnderfootError: FRAME_TRUNCATED, FRAME_VERSION for a packet of another mode, FRAME_MALFORMED."""
    if len(data) < 2:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"a notification of {len(data)} bytes")
    if data[0] == _DATA:
        return _unpack_packet(data)
    if data[0] != _ANSWER:
        raise UnderfootError(FaultCode.FRAME_VERSION, f"a notification of kind {data[0]}")
    if data[1] == Op.SERIAL and len(data) >= 7:
        return Newest(serial=_u16(data, 2), waiting=_u16(data, 5))
    if data[1] == Op.DATA and len(data) >= 6:
        return NotThere(Span(_u16(data, 2), _u16(data, 4)))
    if data[1] in (Op.SERIAL, Op.DATA):
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"an answer of {len(data)} bytes to request {data[1]}")
    if data[1] not in tuple(Op):
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"an answer to request {data[1]}")
    return Done(Op(data[1]))


def _unpack_packet(data: bytes) -> Packet:
    if len(data) < _PACKET_OCTETS:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"a packet of {len(data)} bytes")
    _, serial, hour, minute, second, ms = _HEAD.unpack_from(data)
    if len(data) > _PACKET_OCTETS or hour > 23 or minute > 59 or second > 59 or ms > 999:
        raise UnderfootError(
            FaultCode.FRAME_MALFORMED, f"packet {serial}: {len(data)} bytes at {hour}:{minute}:{second}"
        )
    words = np.frombuffer(data, ">u2", offset=_HEAD.size).reshape(ROWS_PER_PACKET, _SAMPLE_WORDS)
    stamp_ms = ((hour * 60 + minute) * 60 + second) * 1000 + ms
    return Packet(serial, stamp_ms, words[::-1, _SAMPLE_WORDS - CELLS :].astype(np.uint16))


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
