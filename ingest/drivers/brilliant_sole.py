"""Driver of the BrilliantSole insole: it says how many cells it has and where; stamped by 16 bits of milliseconds.

Facts: brilliantsole/BrilliantSole-JavaScript-SDK @9464bb29 (2026-07-01), open; the firmware is not. It has not met the
hardware.

One characteristic each way (`RX` notifies, `TX` is written), both carry messages {u8 type, u16 length, payload}…,
little-endian. A type is its place in a list of the SDK's that has grown at its end, so only types up to 14 are used.
Sensor data: u16 ms, the low bits of the insole's epoch time, then {u8 sensor, u8 length, payload}…; pressure is
sensor 0, one u16 per cell. No row number: `RowGrid` finds it.
Unknown: how wide the ADC is (codes beyond int16 are refused), whether `TX` wants a response (asked for here), and
which way the places of the cells run. They are read as an image of the insole, x from its left edge, y from the toes,
as those of its predecessor (`ukaton`) do; an insole that by this reading has most of its cells in the rear half of the
foot is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import ClassVar

import numpy as np

from ingest.drivers import sig
from ingest.drivers.base import Advertisement, Output, Recognised, Subscribe, Write
from ingest.drivers.counting import RowGrid, Unwrap
from ingest.drivers.places import cells_at
from ingest.drivers.plain import ROWS_MAY_COME, PlainDriver, State
from ingest.events import FaultSeen
from ingest.wire.block import Codes
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Side

SERVICE = "ea6d0000-a725-4f9b-893d-c3913e33b39f"
RX = "ea6d1000-a725-4f9b-893d-c3913e33b39f"
TX = "ea6d1001-a725-4f9b-893d-c3913e33b39f"
DEVICE_TYPE = sig.sig_uuid(0x0000)  # service data

ROW_MS = 20  # in steps of 5; at 20 ms both feet stay below a hundred notifications a second
MAX_CELLS = 64  # of what fits a `u8 length` of u16 codes, a half
_FULL_SCALE = 32767
_NS_PER_MS = 1_000_000
_PRESSURE = 0
_SIDES = (Side.LEFT, Side.RIGHT)  # other types are gloves, glasses and the like
_HEAD = Struct("<BH")
_RATE = Struct("<BH")  # sensor, ms a row, 0: off


class Message(IntEnum):
    """The types that are used."""

    GET_TYPE = 6
    GET_CURRENT_TIME = 8
    SET_CURRENT_TIME = 9
    GET_SENSOR_CONFIGURATION = 10
    SET_SENSOR_CONFIGURATION = 11
    GET_PRESSURE_POSITIONS = 12
    SENSOR_DATA = 14


_AWAITED = (
    Message.GET_TYPE,
    Message.GET_SENSOR_CONFIGURATION,
    Message.GET_PRESSURE_POSITIONS,
    Message.GET_CURRENT_TIME,
)
_SAME = {  # what was set is answered under one name or the other
    Message.SET_CURRENT_TIME: Message.GET_CURRENT_TIME,
    Message.SET_SENSOR_CONFIGURATION: Message.GET_SENSOR_CONFIGURATION,
}


def pack_message(message: int, payload: bytes = b"") -> bytes:
    return _HEAD.pack(message, len(payload)) + payload


def unpack_messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of each, in order. :raises UnderfootError: FRAME_TRUNCATED, after those that are whole."""
    at = 0
    while at < len(data):
        if at + _HEAD.size > len(data):
            raise UnderfootError(FaultCode.FRAME_TRUNCATED, "messages that end within a head")
        message, octets = _HEAD.unpack_from(data, at)
        start, at = at + _HEAD.size, at + _HEAD.size + octets
        if at > len(data):
            raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"message {message} lacks {at - len(data)} bytes")
        yield message, data[start:at]


def unpack_rates(payload: bytes) -> dict[int, int]:
    """The ms a row of every sensor that the insole has. :raises UnderfootError: FRAME_MALFORMED."""
    if len(payload) % _RATE.size:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a sensor configuration of {len(payload)} bytes")
    return dict(_RATE.iter_unpack(payload))


def unpack_places(payload: bytes, side: Side) -> tuple[tuple[float, float], ...]:
    """Places of the cells in our frame. :raises UnderfootError: FRAME_MALFORMED, LAYOUT_MISMATCH."""
    cells = len(payload) // 2
    if len(payload) % 2 or not 0 < cells <= MAX_CELLS:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"places of cells in {len(payload)} bytes")
    left_of_image = [payload[2 * cell] / 256 for cell in range(cells)]
    x = left_of_image if side is Side.RIGHT else [1 - each for each in left_of_image]
    y = [1 - payload[2 * cell + 1] / 256 for cell in range(cells)]
    if 2 * sum(each < 0.5 for each in y) > cells:
        raise UnderfootError(FaultCode.LAYOUT_MISMATCH, "most cells would lie in the rear half of the foot")
    return tuple(zip(x, y, strict=True))


def unpack_pressure(payload: bytes, cells: int) -> tuple[int, Codes | None]:
    """The stamp in ms (16 bits) and one row of codes, int16, 1 × cells; None when there is no pressure in it.

    :raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED.
    """
    if len(payload) < 2:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"sensor data of {len(payload)} bytes")
    at, codes = 2, None
    while at < len(payload):
        start = at + 2
        end = start + payload[at + 1] if start <= len(payload) else len(payload) + 1
        if end > len(payload):
            raise UnderfootError(FaultCode.FRAME_TRUNCATED, "sensor data that end within a sensor's")
        if payload[at] == _PRESSURE:
            if codes is not None or end - start != 2 * cells:
                raise UnderfootError(FaultCode.FRAME_MALFORMED, f"pressure of {end - start} bytes for {cells} cells")
            words = np.frombuffer(payload, dtype="<u2", count=cells, offset=start)
            if int(words.max()) > _FULL_SCALE:
                raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a code of {int(words.max())}")
            codes = words.astype(np.int16).reshape(1, cells)
        at = end
    return int.from_bytes(payload[:2], "little"), codes


class BrilliantSoleDriver(PlainDriver):
    """One insole across links. `side` set: it overrules what the insole says of itself."""

    name: ClassVar[str] = "brilliant-sole"
    model: ClassVar[str] = "BrilliantSole"
    use_start_notify: ClassVar[bool] = False  # fifty notifications a second
    vital: ClassVar[frozenset[str]] = frozenset({RX, TX})

    def __init__(self, insole: str, side: Side | None = None) -> None:
        super().__init__(insole, side)
        self._worn_on: Side | None = None
        self._rates: dict[int, int] = {}
        self._places = b""
        self._cells = 0
        self._grid = RowGrid(ROW_MS * _NS_PER_MS)
        self._stamps = Unwrap(16, _NS_PER_MS)

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """By its service; the service data say which device it is, and other devices have the same service."""
        if SERVICE not in heard.service_uuids:
            return None
        kind = heard.service_data.get(DEVICE_TYPE)
        if kind and kind[0] >= len(_SIDES):
            return None
        side = _SIDES[kind[0]] if kind else None
        return Recognised(driver=BrilliantSoleDriver.name, model=BrilliantSoleDriver.model, side=side)

    def _greet(self, now_ns: int) -> Iterator[Output]:
        self._grid.begin(now_ns)
        self._stamps = Unwrap(16, _NS_PER_MS)
        self._awaited |= {message.name for message in _AWAITED}
        yield Subscribe(RX)  # the answers come this way
        yield from self._ask_identity()
        now_ms = now_ns // _NS_PER_MS
        asked = [Message.GET_TYPE, Message.GET_SENSOR_CONFIGURATION, Message.GET_PRESSURE_POSITIONS]
        for message in asked:
            yield Write(TX, pack_message(message))
        # set before rows come: their stamps are this clock's
        yield Write(TX, pack_message(Message.SET_CURRENT_TIME, now_ms.to_bytes(8, "little")))

    def _answer(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:  # noqa: ARG002 - as its base
        yield from ()  # nothing of its own is read

    def _notice(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        if characteristic == RX:
            for message, payload in unpack_messages(data):
                if message == Message.SENSOR_DATA:
                    yield from self._on_data(payload, now_ns)
                elif message in tuple(Message):
                    yield from self._on_message(Message(message), payload, now_ns)

    def _on_message(self, message: Message, payload: bytes, now_ns: int) -> Iterator[Output]:
        message = _SAME.get(message, message)
        if self._state is State.STOPPING:
            if message is Message.GET_SENSOR_CONFIGURATION and not unpack_rates(payload).get(_PRESSURE):
                self._halted()
            return
        if self._state is not State.GREETING:
            return
        if message is Message.GET_TYPE:
            if not payload or payload[0] >= len(_SIDES):
                yield from self._refuse(Fault(FaultCode.FRAME_MALFORMED, f"a device of type {payload[:1].hex()}"))
                return
            self._worn_on = _SIDES[payload[0]]
        elif message is Message.GET_SENSOR_CONFIGURATION:
            self._rates = unpack_rates(payload)
        elif message is Message.GET_PRESSURE_POSITIONS:
            self._places = payload
        yield from self._settled(message.name, now_ns)

    def _start(self, now_ns: int) -> Iterator[Output]:  # noqa: ARG002 - as its base
        if _PRESSURE not in self._rates:
            raise UnderfootError(FaultCode.FRAME_MALFORMED, "a device without a pressure sensor")
        side = self._side(self._worn_on)
        places = unpack_places(self._places, side)
        self._cells = len(places)
        yield self._layout(side, cells_at(places, _FULL_SCALE), self._grid.ns_per_row)
        yield self._configure(ROW_MS)

    def _halt(self) -> Iterator[Output]:
        yield self._configure(0)

    def _configure(self, pressure_ms: int) -> Write:
        """Pressure alone: an earlier listener may have left others on, and they cost air time."""
        rates = {sensor: 0 for sensor, row_ms in self._rates.items() if row_ms} | {_PRESSURE: pressure_ms}
        payload = b"".join(_RATE.pack(sensor, row_ms) for sensor, row_ms in sorted(rates.items()))
        return Write(TX, pack_message(Message.SET_SENSOR_CONFIGURATION, payload))

    def _on_data(self, payload: bytes, now_ns: int) -> Iterator[Output]:
        if self._state not in ROWS_MAY_COME or not self._cells:
            return
        stamp_ms, codes = unpack_pressure(payload, self._cells)
        if codes is None:
            return
        placed = self._grid.place(self._stamps.at(stamp_ms, now_ns) * _NS_PER_MS, 1, now_ns)
        if isinstance(placed, Fault):
            yield FaultSeen(placed)
            return
        yield self._rows(placed, codes, tick_ns=self._grid.tick_ns, ns_per_row=self._grid.ns_per_row, now_ns=now_ns)
