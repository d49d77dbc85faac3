"""Driver of the Ukaton "Sole mission" insole: 16 cells of 12-bit ADC, stamped by 16 bits of milliseconds.

Facts: zakaton/ukaton-mission-firmware @f4edbf2 (2024-07) and zakaton/ukaton-mission-python-sdk @5c9b0c4 (2024-01), both
open. It has not met the hardware.

UUIDs 5691eddf-XXXX-…: 3001 type, 6001 sensor configuration (forgotten at a disconnect), 6002 sensor data. Numbers are
little-endian. A notification: u16 ms, then {u8 sensor, u8 length, {u8 data type, payload}…}…; pressure (1) as 16 × u8
(type 0), 16 × u16 (1), or derived figures (2 to 4) that are not asked for here. No row number: `RowGrid` finds it.
Unknown: what the ADC's counts are in pascal, how the stamp jitters, what the insole does with a rate of 0 (taken here
as off). The clock of the insole cannot be set. Nothing is recorded on the insole.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import ClassVar

import numpy as np

from ingest.drivers.base import Advertisement, Output, Read, Recognised, Subscribe, Write
from ingest.drivers.counting import RowGrid, Unwrap
from ingest.drivers.places import cells_at
from ingest.drivers.plain import ROWS_MAY_COME, PlainDriver, State
from ingest.events import FaultSeen
from ingest.wire.block import Codes
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side


def _uuid(number: int) -> str:
    return f"5691eddf-{number:04x}-4420-b7a5-bb8751ab5181"


SERVICE = _uuid(0x0000)
TYPE = _uuid(0x3001)
CONFIGURATION = _uuid(0x6001)
DATA = _uuid(0x6002)

CELLS = 16
FULL_SCALE = 4095
ROW_MS = 20  # the firmware's steps are 10 ms; at 20 ms both feet stay below a hundred notifications a second
_NS_PER_MS = 1_000_000
_SIDES = {1: Side.LEFT, 2: Side.RIGHT}  # 0 is a motion module, which is no insole
_MOTION, _PRESSURE = 0, 1
_BYTES, _WORDS = 0, 1
_PRESSURE_OCTETS = {_BYTES: 16, _WORDS: 32, 2: 8, 3: 4, 4: 8}
_CONFIGURED = Struct("<BBBH")  # sensor, length of what follows, data type, ms a row

_BOX_MM = (93.257, 265.069)  # of the left foot: x from its outer edge, y from the toes
_LEFT_MM = (
    (59.55, 32.3), (33.1, 42.15), (69.5, 55.5), (44.11, 64.8), (20.3, 71.9), (63.8, 81.1), (41.44, 90.8), (19.2, 102.8),
    (48.3, 119.7), (17.8, 130.5), (43.3, 177.7), (18.0, 177.0), (43.3, 200.6), (18.0, 200.0),
    (43.5, 242.0), (18.55, 242.1),
)  # fmt: skip
PLACES = tuple((1 - x / _BOX_MM[0], 1 - y / _BOX_MM[1]) for x, y in _LEFT_MM)


def pack_configuration(row_ms: int) -> bytes:
    """Pressure as 16-bit words every `row_ms` (0: off); what is not named stays as it is, which is off."""
    return _CONFIGURED.pack(_PRESSURE, 3, _WORDS, row_ms)


def unpack_configuration(data: bytes) -> int | None:
    """The ms a row of pressure in words; None when that is not in it."""
    at = 0
    while at + 2 <= len(data):
        sensor, end = data[at], at + 2 + data[at + 1]
        for entry in range(at + 2, min(end, len(data)) - 2, 3):
            if sensor == _PRESSURE and data[entry] == _WORDS:
                return int.from_bytes(data[entry + 1 : entry + 3], "little")
        at = end
    return None


def unpack_data(data: bytes) -> tuple[int, Codes | None]:
    """The stamp in ms (16 bits) and one row of codes, int16, 1 × 16; None when there is no pressure in it.

    :raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED.
    """
    _check(len(data) >= 2, FaultCode.FRAME_TRUNCATED, f"sensor data of {len(data)} bytes")
    at, codes = 2, None
    while at < len(data):
        _check(at + 2 <= len(data), FaultCode.FRAME_TRUNCATED, "sensor data that end within a head")
        sensor, start, end = data[at], at + 2, at + 2 + data[at + 1]
        _check(end <= len(data), FaultCode.FRAME_TRUNCATED, f"sensor data that lack {end - len(data)} bytes")
        _check(sensor in (_MOTION, _PRESSURE), FaultCode.FRAME_MALFORMED, f"data of sensor {sensor}")
        if sensor == _PRESSURE:
            _check(codes is None, FaultCode.FRAME_MALFORMED, "pressure twice in one notification")
            codes = _words(data[start:end])
        at = end
    return int.from_bytes(data[:2], "little"), codes


def _words(part: bytes) -> Codes | None:
    at, codes = 0, None
    while at < len(part):
        kind = part[at]
        _check(kind in _PRESSURE_OCTETS, FaultCode.FRAME_MALFORMED, f"pressure of data type {kind}")
        start, end = at + 1, at + 1 + _PRESSURE_OCTETS[kind]
        _check(end <= len(part), FaultCode.FRAME_TRUNCATED, f"pressure that lacks {end - len(part)} bytes")
        if kind == _WORDS:
            words = np.frombuffer(part, dtype="<u2", count=CELLS, offset=start)
            _check(int(words.max()) <= FULL_SCALE, FaultCode.FRAME_MALFORMED, f"a code of {int(words.max())}")
            codes = words.astype(np.int16).reshape(1, CELLS)
        at = end
    return codes


def _check(sane: bool, code: FaultCode, what: str) -> None:
    if not sane:
        raise UnderfootError(code, what)


class UkatonDriver(PlainDriver):
    """One insole across links. `side` set: it overrules what the insole says of itself."""

    name: ClassVar[str] = "ukaton"
    model: ClassVar[str] = "Ukaton Sole mission"
    use_start_notify: ClassVar[bool] = False  # fifty notifications a second
    vital: ClassVar[frozenset[str]] = frozenset({TYPE, CONFIGURATION, DATA})

    def __init__(self, insole: str, side: Side | None = None) -> None:
        super().__init__(insole, side)
        self._worn_on: Side | None = None
        self._grid = RowGrid(ROW_MS * _NS_PER_MS)
        self._stamps = Unwrap(16, _NS_PER_MS)

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """By its service data (type, Wi-Fi), or by its service alone where a scan did not hear that."""
        said = heard.service_data.get(SERVICE)
        if said:
            side = _SIDES.get(said[0])
            if side is None:
                return None
        elif SERVICE in heard.service_uuids:
            side = None
        else:
            return None
        return Recognised(driver=UkatonDriver.name, model=UkatonDriver.model, side=side)

    def _greet(self, now_ns: int) -> Iterator[Output]:
        self._grid.begin(now_ns)
        self._stamps = Unwrap(16, _NS_PER_MS)
        self._awaited.add(TYPE)
        yield Read(TYPE)
        yield from self._ask_identity()

    def _answer(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:  # noqa: ARG002 - as its base
        if characteristic == TYPE and self._state is State.GREETING:
            _check(bool(data) and data[0] in _SIDES, FaultCode.FRAME_MALFORMED, f"a device of type {data[:1].hex()}")
            self._worn_on = _SIDES[data[0]]
        elif characteristic == CONFIGURATION and self._state is State.STOPPING:
            self._halted()
        elif characteristic == CONFIGURATION and self._state in ROWS_MAY_COME:
            row_ms = unpack_configuration(data)
            if row_ms != ROW_MS:
                detail = f"{row_ms} ms a row instead of {ROW_MS}"
                yield from self._refuse(Fault(FaultCode.LINK_REFUSED, detail))

    def _start(self, now_ns: int) -> Iterator[Output]:  # noqa: ARG002 - as its base
        yield self._layout(self._side(self._worn_on), cells_at(PLACES, FULL_SCALE), self._grid.ns_per_row)
        yield Subscribe(DATA)  # before it is configured, or the first rows are lost
        yield Write(CONFIGURATION, pack_configuration(ROW_MS))
        yield Read(CONFIGURATION)

    def _notice(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        if characteristic != DATA or self._state not in ROWS_MAY_COME:
            return
        stamp_ms, codes = unpack_data(data)
        if codes is None:
            return
        placed = self._grid.place(self._stamps.at(stamp_ms, now_ns) * _NS_PER_MS, 1, now_ns)
        if isinstance(placed, Fault):
            yield FaultSeen(placed)
            return
        yield self._rows(placed, codes, tick_ns=self._grid.tick_ns, ns_per_row=self._grid.ns_per_row, now_ns=now_ns)

    def _halt(self) -> Iterator[Output]:
        yield Write(CONFIGURATION, pack_configuration(0))
        yield Read(CONFIGURATION)
