"""Driver of the NilsPod ("portabiles") insole: three force sensors with a 16-bit counter per sample.

Facts: mad-lab-fau/SensorLib @df9dc05 (2023-11), the maker's own reader. It has not met the hardware.

Stream and commands over the Nordic UART service, settings over a service of its own (98ff0000). A notification holds
whole samples, little-endian, of what is switched on: gyroscope 6 octets, accelerometer 6, magnetometer 6, barometer 2,
analog 3 (u8, firmware below 0.18) or 6 (u16), ECG 4, PPG 4, temperature 2, and the counter 2. Which it is follows from
the sample's size. The rate stays as it is set on the insole. The clock is set in whole seconds, big-endian.
Unknown: which of the three sensors lies where (the order ball medial, ball lateral, heel is an assumption, and the
names of the cells say so), how the u16 ones are scaled (beyond int16 they are refused), and whether the number of
sessions is one octet.

The sessions in its flash are listed (`sessions`), not fetched: the insole sends a whole session or nothing, stops
streaming meanwhile, and forgets all of them or none, so it can neither be asked for a range of rows nor release one.
An insole that is recording is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from struct import Struct
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ingest.drivers.base import Advertisement, Output, Read, Recognised, Subscribe, Write
from ingest.drivers.counting import RowCounter
from ingest.drivers.plain import ROWS_MAY_COME, PlainDriver, State
from ingest.events import BatterySeen, FaultSeen
from ingest.wire.block import Codes
from ingest.wire.faults import Fault, FaultCode, UnderfootError
from ingest.wire.geometry import Cell, Side, Zone


def _setting(number: int) -> str:
    return f"98ff{number:04x}-770d-4a83-9e9b-ce6bbd75e472"


UART_SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
COMMANDS = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
STREAM = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
SERVICE = _setting(0x0000)
SENSORS, SETTINGS, TIME, RATE, STATE = (_setting(n) for n in (0x0202, 0x0303, 0x0404, 0x0505, 0x0A0A))

STOP_STREAM, START_STREAM, LIST_SESSIONS = b"\xc1", b"\xc2", b"\xf2"
CELLS = 3
MOST_SESSIONS = 25
_MOST_POLLS = 100  # while the insole lists its sessions
_SIDES = {1: Side.LEFT, 2: Side.RIGHT}
_MILLIHERTZ = {code: 1_024_000 // code for code in (1, 2, 4, 5, 10, 20, 40, 80, 160)}
_ANALOG = 0x10
_BEFORE = ((0x02, 6), (0x01, 6), (0x04, 6), (0x08, 2))  # bit, octets: what comes before the analog sensors
_AFTER = ((0x20, 4), (0x40, 4), (0x80, 2))
_PLACES = (("ball medial", 0.25, 0.72), ("ball lateral", 0.8, 0.65), ("heel", 0.5, 0.12))
_SESSION = Struct("<IIIIBB")


class Doing(IntEnum):
    """What the insole is busy with."""

    IDLE = 0
    STREAMING = 1
    LOGGING = 2
    SESSION_DOWNLOAD = 3
    SESSION_LIST = 4
    FLASH_ERASE = 5
    SAVING_CONFIGURATION = 6


@dataclass(frozen=True, slots=True)
class Session:
    """One recording in the insole's flash. Times are the insole's clock, in seconds since 1970."""

    start_page: int
    start_s: int
    stop_s: int
    octets: int
    rate_code: int
    termination: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Where things are within one sample."""

    octets: int
    analog_at: int
    analog_octets: int  # of one sensor

    @property
    def full_scale(self) -> int:
        return 255 if self.analog_octets == 1 else 32767


def unpack_sensors(data: bytes) -> Sample:
    """:raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED."""
    _long_enough(data, 3, "sensors")
    switched_on, octets = int.from_bytes(data[:2], "little"), data[-1]
    if not switched_on & _ANALOG:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, "its force sensors are switched off")
    before = sum(size for bit, size in _BEFORE if switched_on & bit)
    after = sum(size for bit, size in _AFTER if switched_on & bit)
    for of_one in (1, 2):
        if before + CELLS * of_one + after + 2 == octets:
            return Sample(octets, before, of_one)
    raise UnderfootError(FaultCode.FRAME_MALFORMED, f"samples of {octets} bytes from sensors {switched_on:#x}")


def unpack_rate(data: bytes) -> int:
    """ns a row, rounded to whole ns. :raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED."""
    _long_enough(data, 1, "a rate")
    if data[0] not in _MILLIHERTZ:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a rate of code {data[0]}")
    return round(1e12 / _MILLIHERTZ[data[0]])


def unpack_state(data: bytes) -> tuple[Doing, int]:
    """What it does, and the battery in percent. :raises UnderfootError: FRAME_TRUNCATED, FRAME_MALFORMED."""
    _long_enough(data, 5, "a state")
    if data[1] > max(Doing) or data[4] > 100:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"state {data[1]}, battery {data[4]} %")
    return Doing(data[1]), data[4]


def unpack_sessions(data: bytes) -> list[Session]:
    """:raises UnderfootError: FRAME_MALFORMED."""
    if len(data) % _SESSION.size:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"{len(data)} bytes of sessions")
    return [Session(*fields) for fields in _SESSION.iter_unpack(data)]


def unpack_samples(data: bytes, sample: Sample) -> tuple[NDArray[np.int64], Codes]:
    """Counters and codes (int16, samples × 3) of the samples. :raises UnderfootError: FRAME_MALFORMED."""
    if not data or len(data) % sample.octets:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"{len(data)} bytes of samples of {sample.octets}")
    octets = np.frombuffer(data, dtype=np.uint8).reshape(-1, sample.octets)
    counts = octets[:, -2].astype(np.int64) + 256 * octets[:, -1].astype(np.int64)
    analog = octets[:, sample.analog_at : sample.analog_at + CELLS * sample.analog_octets]
    codes = analog.astype(np.int64)
    if sample.analog_octets == 2:
        codes = codes[:, 0::2] + 256 * codes[:, 1::2]
    if int(codes.max()) > sample.full_scale:
        raise UnderfootError(FaultCode.FRAME_MALFORMED, f"a code of {int(codes.max())}")
    return counts, codes.astype(np.int16)


def _long_enough(data: bytes, octets: int, what: str) -> None:
    if len(data) < octets:
        raise UnderfootError(FaultCode.FRAME_TRUNCATED, f"{what} of {len(data)} bytes, {octets} belong to it")


def cells(full_scale: int) -> tuple[Cell, ...]:
    zones = (Zone.FOREFOOT, Zone.FOREFOOT, Zone.REARFOOT)
    return tuple(
        Cell(area=f"{name} (assumed)", zone=zone, x=x, y=y, full_scale=full_scale)
        for (name, x, y), zone in zip(_PLACES, zones, strict=True)
    )


class NilsPodDriver(PlainDriver):
    """One insole across links. `side` set: it overrules the position that is set on the insole."""

    name: ClassVar[str] = "nilspod"
    model: ClassVar[str] = "NilsPod insole"
    vital: ClassVar[frozenset[str]] = frozenset({COMMANDS, STREAM, SENSORS, RATE, STATE})

    def __init__(self, insole: str, side: Side | None = None) -> None:
        super().__init__(insole, side)
        self.sessions: tuple[Session, ...] = ()
        self._worn_on: Side | None = None
        self._doing = Doing.IDLE
        self._sample = Sample(0, 0, 0)
        self._rows_of = RowCounter(16, 1)
        self._listing = False
        self._polls = 0
        self._listed: list[Session] = []

    @staticmethod
    def recognise(heard: Advertisement) -> Recognised | None:
        """By its own service, or by its name: the UART service is everybody's."""
        named = (heard.name or "").lower().startswith("nilspod")
        if SERVICE not in heard.service_uuids and not named:
            return None
        return Recognised(driver=NilsPodDriver.name, model=NilsPodDriver.model, side=None)

    def _greet(self, now_ns: int) -> Iterator[Output]:  # noqa: ARG002 - as its base
        self._listing = False
        asked = (STATE, SENSORS, RATE, SETTINGS)
        self._awaited |= set(asked)
        for characteristic in asked:
            yield Read(characteristic)
        yield from self._ask_identity()

    def _answer(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        if characteristic == STATE:
            yield from self._on_state(data)
            if self._state is State.STOPPING:
                self._halted()
            elif self._listing:
                yield from self._on_polled()
        elif self._state is not State.GREETING:
            return
        elif characteristic == SENSORS:
            self._sample = unpack_sensors(data)
        elif characteristic == RATE:
            self._rows_of = RowCounter(16, unpack_rate(data))
            self._rows_of.begin(now_ns)
        elif characteristic == SETTINGS:
            self._worn_on = _SIDES.get(data[0]) if data else None

    def _on_state(self, data: bytes) -> Iterator[Output]:
        self._doing, battery_pct = unpack_state(data)
        yield BatterySeen(battery_pct)

    def _start(self, now_ns: int) -> Iterator[Output]:
        if self._doing not in (Doing.IDLE, Doing.STREAMING):
            raise UnderfootError(FaultCode.LINK_REFUSED, f"the insole is busy ({self._doing.name.lower()})")
        yield self._layout(self._side(self._worn_on), cells(self._sample.full_scale), self._rows_of.ns_per_row)
        yield Write(TIME, (now_ns // 1_000_000_000).to_bytes(4, "big"))
        yield Subscribe(STATE)
        yield Subscribe(STREAM)
        if self._doing is Doing.STREAMING:  # for a listener that is gone; what it sends would be taken for sessions
            yield Write(COMMANDS, STOP_STREAM)
        self._listing, self._polls, self._listed = True, 0, []
        yield Write(COMMANDS, LIST_SESSIONS)
        yield Read(STATE)

    def _on_polled(self) -> Iterator[Output]:
        """While it lists its sessions; there is no other end to the list than that it does something else."""
        self._polls += 1
        if self._doing is Doing.SESSION_LIST and self._polls < _MOST_POLLS:
            yield Read(STATE)
            return
        self._listing = False
        self.sessions = tuple(self._listed)
        yield Write(COMMANDS, START_STREAM)

    def _notice(self, characteristic: str, data: bytes, now_ns: int) -> Iterator[Output]:
        if characteristic == STATE:
            yield from self._on_state(data)
        elif characteristic == STREAM and self._state in ROWS_MAY_COME:
            if self._listing:
                if len(data) >= _SESSION.size:  # before them comes their number
                    self._listed = (self._listed + unpack_sessions(data))[:MOST_SESSIONS]
            else:
                yield from self._on_samples(data, now_ns)

    def _on_samples(self, data: bytes, now_ns: int) -> Iterator[Output]:
        counts, codes = unpack_samples(data, self._sample)
        edges = [0, *(np.flatnonzero(np.diff(counts) % 65536 != 1) + 1).tolist(), len(counts)]
        for start, stop in pairwise(edges):
            placed = self._rows_of.place(int(counts[start]), stop - start, now_ns)
            if isinstance(placed, Fault):
                yield FaultSeen(placed)
                continue
            ns_per_row = self._rows_of.ns_per_row
            yield self._rows(placed, codes[start:stop], tick_ns=ns_per_row, ns_per_row=ns_per_row, now_ns=now_ns)

    def _halt(self) -> Iterator[Output]:
        yield Write(COMMANDS, STOP_STREAM)
        yield Read(STATE)
