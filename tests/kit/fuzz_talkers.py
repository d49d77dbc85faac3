"""The far ends that drivers are fuzzed against: what an insole answers, and rows that are known to be true."""

from __future__ import annotations

import random
import struct
from collections import deque
from dataclasses import replace

import numpy as np
from open_insole_kit import CELLS, INFO

from ingest.drivers import botz_wire, brilliant_sole, fff0, nilspod, orphe_wire, sig, ukaton
from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers.open_insole_layout import layout_crc, pack_layout
from ingest.sources.virtual.others.orphe_ring import OrpheRing
from ingest.wire.block import Codes
from ingest.wire.faults import UnderfootError

Said = tuple[str, bytes]  # characteristic and octets
_REMEMBERED = 4000


def as_key(row: Codes) -> bytes:
    return row.astype("<i2").tobytes()


class Talker:
    """An insole of no known kind: it answers anything. `spoils`: packets that one spoilt packet can take along.

    `spoilt_share`: of its packets, so that enough of the stream gets through for the stream to be tried.
    """

    spoils = 1
    spoilt_share = 0.5
    sends_on_request = False  # what it answers to a write are its packets
    known = False  # whether its packets are true, so that rows can be held against them

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.row = 0
        self.true: set[bytes] = set()
        self._order: deque[bytes] = deque()

    def connected(self) -> None:
        """A new link."""

    def read(self, characteristic: str) -> bytes | None:
        """None: there is no such characteristic."""
        return self.rng.randbytes(self.rng.randrange(40)) if self.rng.random() < 0.8 else None

    def write(self, characteristic: str, data: bytes) -> list[Said]:
        """What is notified upon it."""
        return [(characteristic, self.rng.randbytes(self.rng.randrange(24)))]

    def packets(self, subscribed: list[str]) -> list[Said]:
        """The next that are due; at least one."""
        characteristic = self.rng.choice(subscribed) if subscribed else ""
        return [(characteristic, self.rng.randbytes(self.rng.randrange(120)))]

    def rows_in(self, packet: bytes) -> set[bytes]:
        """The rows that stand in a packet by itself, spoilt or not."""
        return set()

    def take(self, cells: int, highest: int, rows: int = 1) -> Codes:
        """The next true rows; no two are alike but by chance of one in 2**45."""
        self.row += rows
        codes = np.array([[self.rng.randrange(highest + 1) for _ in range(cells)] for _ in range(rows)], dtype=np.int16)
        for row in codes:
            self._order.append(as_key(row))
            self.true.add(as_key(row))
        while len(self._order) > _REMEMBERED:
            self.true.discard(self._order.popleft())
        return codes


class _Known(Talker):
    known = True

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.answers: dict[str, bytes] = {}

    def read(self, characteristic: str) -> bytes | None:
        common = {sig.MODEL_NUMBER: b"m", sig.FIRMWARE_REVISION: b"1", sig.BATTERY_LEVEL: b"\x40"}
        return self.answers.get(characteristic, common.get(characteristic))

    def write(self, characteristic: str, data: bytes) -> list[Said]:
        return []


class OpenInsoleTalker(_Known):
    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        layout = pack_layout(CELLS)
        self._info = replace(INFO, layout_octets=len(layout), layout_crc=layout_crc(layout))
        self.answers = {wire.LAYOUT: layout}

    def connected(self) -> None:
        """Restarted as often as not: a spoilt number that was believed is over only with its boot."""
        if self.rng.random() < 0.5 or not self.row:
            self._info = replace(self._info, boot=self.rng.randrange(2**32))
            self.row = 0
        self.answers[wire.INFO] = wire.pack_info(self._info)

    def _count(self) -> control.Count:
        return control.Count(boot=self._info.boot, first_seq=0, next_seq=self.row)

    def write(self, characteristic: str, data: bytes) -> list[Said]:
        if characteristic != wire.CONTROL or not data:
            return []
        reply = control.Reply(
            op=data[0], result=control.Result.OK, count=self._count(), ns_per_row=self._info.ns_per_row
        )
        return [(wire.CONTROL, control.pack_reply(reply))]

    def packets(self, subscribed: list[str]) -> list[Said]:
        if self.rng.random() < 0.05:
            return [(wire.STATUS, control.pack_status(control.StatusFrame(count=self._count())))]
        seq, ticks_per_row = self.row, self._info.ns_per_row // self._info.tick_ns
        codes = np.concatenate([self.take(2, 32767, 2)])
        frame = wire.RowsFrame(boot_low=self._info.boot & 0xFFFF, seq=seq, ticks=(seq + 1) * ticks_per_row, codes=codes)
        return [(wire.DATA, wire.pack_rows(frame))]

    def rows_in(self, packet: bytes) -> set[bytes]:
        try:
            return {as_key(row) for row in wire.unpack_rows(packet, 2).codes}
        except UnderfootError:
            return set()


class UkatonTalker(_Known):
    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.answers = {ukaton.TYPE: b"\x01", ukaton.CONFIGURATION: b""}

    def write(self, characteristic: str, data: bytes) -> list[Said]:
        self.answers[ukaton.CONFIGURATION] = data
        return []

    def packets(self, subscribed: list[str]) -> list[Said]:
        stamp_ms = self.row * ukaton.ROW_MS & 0xFFFF
        words = self.take(16, 4095).astype("<u2").tobytes()
        return [(ukaton.DATA, struct.pack("<HBBB", stamp_ms, 1, 33, 1) + words)]

    def rows_in(self, packet: bytes) -> set[bytes]:
        try:
            _, codes = ukaton.unpack_data(packet)
        except UnderfootError:
            return set()
        return set() if codes is None else {as_key(codes[0])}


class BrilliantSoleTalker(_Known):
    def write(self, characteristic: str, data: bytes) -> list[Said]:
        sole = brilliant_sole
        answers = {6: b"\x01", 9: data[3:], 10: b"\0\0\0\1\0\0", 11: data[3:], 12: bytes([80, 40] * 5 + [90, 220] * 3)}
        return [(sole.RX, sole.pack_message(data[0], answers[data[0]]))] if data and data[0] in answers else []

    def packets(self, subscribed: list[str]) -> list[Said]:
        messages = b""
        for _ in range(self.rng.choice((1, 1, 2))):
            stamp_ms = self.row * brilliant_sole.ROW_MS & 0xFFFF
            words = self.take(8, 32767).astype("<u2").tobytes()
            messages += brilliant_sole.pack_message(14, struct.pack("<HBB", stamp_ms, 0, 16) + words)
        return [(brilliant_sole.RX, messages)]

    def rows_in(self, packet: bytes) -> set[bytes]:
        rows: set[bytes] = set()
        try:
            for message, payload in brilliant_sole.unpack_messages(packet):
                if message == 14:
                    codes = _pressure(payload)
                    rows |= set() if codes is None else {as_key(codes[0])}
        except UnderfootError:
            pass
        return rows


def _pressure(payload: bytes) -> Codes | None:
    try:
        return brilliant_sole.unpack_pressure(payload, 8)[1]
    except UnderfootError:
        return None


class NilsPodTalker(_Known):
    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.answers = {
            nilspod.STATE: bytes([0, 0, 0, 0, 60]),
            nilspod.SENSORS: bytes([0x13, 0, 0, 20]),
            nilspod.SETTINGS: bytes([1, 0]),
            nilspod.RATE: bytes([20]),
        }

    def write(self, characteristic: str, data: bytes) -> list[Said]:
        if data != nilspod.LIST_SESSIONS:
            return []
        return [(nilspod.STREAM, b"\x02"), (nilspod.STREAM, self.rng.randbytes(18)), (nilspod.STREAM, bytes(18))]

    def packets(self, subscribed: list[str]) -> list[Said]:
        packet = b""
        for _ in range(4):
            counter = self.row & 0xFFFF
            force = self.take(3, 32767)
            packet += bytes(12) + force.astype("<u2").tobytes() + struct.pack("<H", counter)
        return [(nilspod.STREAM, packet)]

    def rows_in(self, packet: bytes) -> set[bytes]:
        try:
            _, codes = nilspod.unpack_samples(packet, nilspod.Sample(20, 12, 2))
        except UnderfootError:
            return set()
        return {as_key(row) for row in codes}


class Fff0Talker(_Known):
    spoilt_share = 0.2
    spoils = 20  # text without a line feed is kept up to 512 octets, and a line is three packets or four

    def packets(self, subscribed: list[str]) -> list[Said]:
        codes = iter(self.take(18, 9999)[0].tolist())
        numbers = [0 if index in (8, 12, 16, 19, 20, 23) else next(codes) for index in range(24)]
        text = [f"{number // 10}.{number % 10}" for number in numbers]
        line = f"L_[{','.join('[' + ','.join(text[at : at + 4]) + ']' for at in range(0, 24, 4))}]\n".encode()
        return [(fff0.DATA, line[at : at + 50]) for at in range(0, len(line), 50)]


class OrpheTalker(_Known):
    """Rows come in newtons out of a curve, so only the first claim is held against them."""

    known = False
    sends_on_request = True

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._ring = OrpheRing(begins_serial=rng.randrange(65_536))

    def read(self, characteristic: str) -> bytes | None:
        return self._ring.information() if characteristic == orphe_wire.DEVICE_INFORMATION else b"1.2.0"

    def write(self, characteristic: str, data: bytes) -> list[Said]:
        if characteristic != orphe_wire.DEVICE_INFORMATION:
            return []
        return [(orphe_wire.SENSOR_VALUES, answer) for answer in self._ring.command(data)]

    def packets(self, subscribed: list[str]) -> list[Said]:
        if self._ring.running:
            self._ring.take([[self.rng.randrange(4096) for _ in range(6)] for _ in range(4)])
        return [(orphe_wire.SENSOR_VALUES, self.rng.randbytes(8))]


class BotzTalker(_Known):
    """Its right shoe's rows are true ones; those of the left are another insole's."""

    def packets(self, subscribed: list[str]) -> list[Said]:
        uptime_ms = 5000 + 200 * self.row
        shoes = self.take(8, 16_383)[0].tolist() + [self.rng.randrange(16_384) for _ in range(8)]
        return [(botz_wire.SAMPLES, struct.pack("<I16H", uptime_ms, *shoes))]

    def rows_in(self, packet: bytes) -> set[bytes]:
        return {as_key(np.frombuffer(packet, dtype="<i2", count=8, offset=4))} if len(packet) == 36 else set()


TALKERS: dict[str, type[Talker]] = {
    "botz-zephyr": BotzTalker,
    "orphe-insole": OrpheTalker,
    "open-insole": OpenInsoleTalker,
    "ukaton": UkatonTalker,
    "brilliant-sole": BrilliantSoleTalker,
    "nilspod": NilsPodTalker,
    "fff0": Fff0Talker,
}
