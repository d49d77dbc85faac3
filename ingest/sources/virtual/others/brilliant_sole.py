"""A simulated BrilliantSole insole (facts: `ingest.drivers.brilliant_sole`)."""

from __future__ import annotations

import struct
from typing import Any

from bumble import gatt
from bumble.core import AdvertisingData

from ingest.drivers.brilliant_sole import RX, SERVICE, TX
from ingest.sources.virtual.others.kit import OtherInsole, advertised, identity, notifying, service_list, writable
from ingest.sources.virtual.others.worn import Worn
from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes
from ingest.wire.geometry import Side

ROW_NS = 20_000_000
FULL_SCALE = 4095
# x from the left edge of a right insole, y from the toes, in 256ths
IMAGE = ((70, 25), (130, 40), (60, 80), (120, 75), (200, 90), (190, 140), (90, 215), (160, 220))


class BrilliantSoleInsole(OtherInsole):
    """`rates`: ms a row of its sensors by their number; sensor 1 (acceleration) is on when somebody left it so."""

    def __init__(self, controller: Any, side: Side, walk: Walk, *, address: str) -> None:
        self.rates = {0: 0, 1: 40}
        self.time_ms = 0
        self._kind = 0 if side is Side.LEFT else 1
        self._image = IMAGE if side is Side.RIGHT else tuple((256 - x, y) for x, y in IMAGE)
        self._rx = notifying(RX)
        service = gatt.Service(SERVICE, [self._rx, writable(TX, self._on_messages)])
        super().__init__(
            controller,
            name=f"BrilliantSole {side}",
            address=address,
            services=[service, identity("BrilliantSole", "2.0")],
            advertisement=advertised(
                service_list(SERVICE), (AdvertisingData.SERVICE_DATA_16_BIT_UUID, bytes([0, 0, self._kind]))
            ),
            worn=Worn(walk, [(x / 256, 1 - y / 256) for x, y in IMAGE], row_ns=ROW_NS, full_scale=FULL_SCALE),
            row_ns=ROW_NS,
        )

    def _on_messages(self, data: bytes) -> None:
        at = 0
        while at + 3 <= len(data):
            message, octets = struct.unpack_from("<BH", data, at)
            self._obey(message, data[at + 3 : at + 3 + octets])
            at += 3 + octets

    def _obey(self, message: int, payload: bytes) -> None:
        if message == 6:
            self._say(6, bytes([self._kind]))
        elif message in (8, 9):
            if message == 9:
                self.time_ms = int.from_bytes(payload, "little")
            self._say(8, self.time_ms.to_bytes(8, "little"))
        elif message in (10, 11):
            self.rates |= dict(struct.iter_unpack("<BH", payload))
            self._say(10, b"".join(struct.pack("<BH", *rate) for rate in self.rates.items()))
            if self.rates[0]:
                self.begin()
            else:
                self.halt()
        elif message == 12:
            self._say(12, bytes(octet for place in self._image for octet in place))

    def _say(self, message: int, payload: bytes) -> None:
        self.spawn(self.notify(self._rx, struct.pack("<BH", message, len(payload)) + payload))

    def forget(self) -> None:
        self.rates[0] = 0

    async def send(self, row: int, codes: Codes) -> None:
        stamp_ms = self.time_ms + row * ROW_NS // 1_000_000 + self.stamp_error_ms(row)
        pressure = struct.pack("<BB8H", 0, 16, *codes.tolist())
        motion = struct.pack("<BB3h", 1, 6, -1, 0, 1) if row % 2 and self.rates[1] else b""
        data = struct.pack("<H", stamp_ms & 0xFFFF) + motion + pressure
        await self.notify(self._rx, struct.pack("<BH", 14, len(data)) + data)
