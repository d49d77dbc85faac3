"""Activity files of the Botz sensing system: what the shoes computed once a second. Pure.

`/lfs1/hardware/activity_XXX.dat`, little-endian, packed; version 3 as the code writes it (src/data/data.cpp and
include/app.hpp, Botz-Limited/sensing_system-Zephyr@95d6833). Version 2 stands in the project's documents only, whose
sums do not match their fields, and is refused. The file holds no pressures: it is the shoes' own report beside ours.
It is fetched with the MCUmgr file group of whatever link is open (`names_to_try`, download, `is_whole`); a footer may
be missing when the shoe lost power. Its CRC is always 0 and proves nothing. This reader has not met the hardware.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from ingest.wire.faults import Fault, FaultCode, UnderfootError

FOLDER = "/lfs1/hardware"
_NUMBERS = range(1, 256)
_VERSION = 3
_HEADER = Struct("<4sBII16sBBBBHBB16s")
_RECORD = Struct("<IIHHHbHHbbbBBbB")
_FOOTER = Struct("<IIIIHBB")


class Power(IntEnum):
    DISCHARGING = 0
    CHARGING = 1
    FULL = 2


@dataclass(frozen=True, slots=True)
class Battery:
    """`pct` None: not a percentage. `power` None: a state that is not described."""

    millivolt: int
    pct: int | None
    power: Power | None


@dataclass(frozen=True, slots=True)
class Header:
    start_s: int  # UTC since 1970
    sample_rate_hz: int
    firmware: str
    battery: Battery


@dataclass(frozen=True, slots=True)
class Record:
    """One second as the shoes saw it. Balance and asymmetries in percent, below 0 towards the left."""

    packet: int
    t_s: int
    cadence_spm: int
    pace_s_per_km: int
    speed_kmh: float
    balance_pct: int
    contact_ms: int
    flight_ms: int
    contact_asymmetry_pct: int
    force_asymmetry_pct: int
    pronation_asymmetry_pct: int
    strike_left: int  # 0 heel, 1 midfoot, 2 forefoot
    strike_right: int
    pronation_deg: int
    vertical_ratio: int


@dataclass(frozen=True, slots=True)
class Footer:
    end_s: int
    records: int
    packets: int
    battery: Battery


@dataclass(frozen=True, slots=True)
class ActivityFile:
    """`footer` None: the shoe lost power. `faults`: what of the file could not be used, or does not add up."""

    header: Header
    records: tuple[Record, ...]
    footer: Footer | None
    faults: tuple[Fault, ...]


def names_to_try() -> Iterator[str]:
    """Every path an activity can have; the numbers come round, so the newest is told by its header."""
    return (f"{FOLDER}/activity_{number:03d}.dat" for number in _NUMBERS)


def is_whole(data: bytes, sha256: bytes) -> bool:
    """Whether a download is the file whose SHA-256 the shoe tells; ask before it is deleted there."""
    return hashlib.sha256(data).digest() == sha256


def read_activity(data: bytes) -> ActivityFile:
    """:raises UnderfootError: FILE_UNREADABLE for no such file or another version, FILE_EMPTY for nothing at all."""
    if not data:
        raise UnderfootError(FaultCode.FILE_EMPTY, "an activity file")
    if data[:4] != b"BOTZ" or len(data) < 5:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, "no activity file: it does not begin with BOTZ")
    if data[4] != _VERSION:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"an activity file of version {data[4]}, only 3 is known")
    if len(data) < _HEADER.size:
        raise UnderfootError(FaultCode.FILE_UNREADABLE, f"an activity file that ends in its header ({len(data)} bytes)")
    body, footer = _without_footer(data[_HEADER.size :])
    whole = len(body) // _RECORD.size * _RECORD.size
    records = tuple(_record(fields) for fields in _RECORD.iter_unpack(body[:whole]))
    return ActivityFile(_header(data), records, footer, tuple(_faults(len(body) - whole, records, footer)))


def _without_footer(rest: bytes) -> tuple[bytes, Footer | None]:
    """20 octets at the end are a footer when they leave whole records and count them; else power was lost."""
    body = rest[: -_FOOTER.size]
    if len(rest) >= _FOOTER.size and len(body) % _RECORD.size == 0:
        end_s, records, packets, _crc, *battery = _FOOTER.unpack(rest[-_FOOTER.size :])
        if records == len(body) // _RECORD.size:
            return body, Footer(end_s, records, packets, _battery(*battery))
    return rest, None


def _faults(torn: int, records: tuple[Record, ...], footer: Footer | None) -> Iterator[Fault]:
    if torn:
        yield Fault(FaultCode.FILE_TORN_LINE, f"{torn} bytes after record {len(records)}")
    if footer is None:
        yield Fault(FaultCode.FILE_TORN_LINE, "no footer: the shoe lost power")
    backwards = sum(after.t_s < before.t_s for before, after in itertools.pairwise(records))
    if backwards:
        yield Fault(FaultCode.TIME_BACKWARDS, f"{backwards} records are before the one that they follow")


def _header(data: bytes) -> Header:
    _magic, _version, start_s, rate_hz, firmware, *rest = _HEADER.unpack_from(data)
    text = firmware.split(b"\0", 1)[0].decode("utf-8", "replace")
    return Header(start_s, rate_hz, text, _battery(*rest[4:7]))


def _record(fields: tuple[int, ...]) -> Record:
    packet, t_s, cadence, pace, tenths_kmh, *rest = fields
    return Record(packet, t_s, cadence, pace, tenths_kmh / 10, *rest)


def _battery(millivolt: int, pct: int, power: int) -> Battery:
    known = Power(power) if power in tuple(Power) else None
    return Battery(millivolt, pct if pct <= 100 else None, known)
