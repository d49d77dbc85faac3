"""A simulated NilsPod insole (facts: `ingest.drivers.nilspod`)."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

from bumble import gatt

from ingest.drivers import nilspod as facts
from ingest.sources.virtual.others.kit import (
    OtherInsole,
    advertised,
    identity,
    notifying,
    readable,
    service_list,
    writable,
)
from ingest.sources.virtual.others.worn import Worn
from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes
from ingest.wire.geometry import Side

ROW_NS = 9_765_625  # 102.4 Hz
_PER_PACKET = 4
_PLACES = ((0.25, 0.72), (0.8, 0.65), (0.5, 0.12))


class NilsPodInsole(OtherInsole):
    """`words`: its force sensors have 16 bits (firmware from 0.18 on), else 8. `sessions`: what its flash lists."""

    def __init__(
        self,
        controller: Any,
        side: Side,
        walk: Walk,
        *,
        address: str,
        words: bool = True,
        sessions: tuple[facts.Session, ...] = (),
        counter: int = 0,
    ) -> None:
        self.sessions = sessions
        self.time_s = 0
        self.doing = 0
        self._words, self._counter = words, counter
        self._waiting: list[bytes] = []
        self._stream = notifying(facts.STREAM)
        analog = 6 if words else 3
        sensors = struct.pack("<HBB", 0x13, 0, 12 + analog + 2)
        services = [
            gatt.Service(facts.UART_SERVICE, [writable(facts.COMMANDS, self._on_command), self._stream]),
            gatt.Service(
                facts.SERVICE,
                [
                    readable(facts.STATE, self._on_state, notify=True),
                    readable(facts.SENSORS, lambda: sensors),
                    readable(facts.SETTINGS, lambda: bytes([1 if side is Side.LEFT else 2, 0])),
                    readable(facts.RATE, lambda: bytes([10])),
                    writable(facts.TIME, self._on_time),
                ],
            ),
            identity("NilsPod", "0.18.0" if words else "0.17.2"),
        ]
        full_scale = 4095 if words else 255
        super().__init__(
            controller,
            name=f"NilsPod-{side[0].upper()}",
            address=address,
            services=services,
            advertisement=advertised(service_list(facts.SERVICE)),
            worn=Worn(walk, _PLACES, row_ns=ROW_NS, full_scale=full_scale, shrink=1 if words else 8),
            row_ns=ROW_NS,
        )

    def _on_state(self) -> bytes:
        return bytes([0, self.doing, 0, 0, self.battery_pct])

    def _on_time(self, data: bytes) -> None:
        self.time_s = int.from_bytes(data, "big")

    def _on_command(self, data: bytes) -> None:
        if data == b"\xc2":
            self.doing = 1
            self.begin()
        elif data == b"\xc1":
            self.doing = 0
            self.halt()
        elif data == b"\xf2":
            self.doing = 4
            self.spawn(self._list())

    async def _list(self) -> None:
        await self.notify(self._stream, bytes([len(self.sessions)]))
        for one in self.sessions:
            record = (one.start_page, one.start_s, one.stop_s, one.octets, one.rate_code, one.termination)
            await self.notify(self._stream, struct.pack("<4I2B", *record))
        await asyncio.sleep(0.02)
        self.doing = 0

    def forget(self) -> None:
        self.doing = 0
        self._waiting.clear()

    async def send(self, row: int, codes: Codes) -> None:
        forces = struct.pack("<3H" if self._words else "<3B", *codes.tolist())
        counter = struct.pack("<H", (self._counter + row) & 0xFFFF)
        self._waiting.append(struct.pack("<6h", 1, -2, 3, 0, 0, 2048) + forces + counter)
        if len(self._waiting) == _PER_PACKET:
            packet, self._waiting = b"".join(self._waiting), []
            await self.notify(self._stream, packet)
