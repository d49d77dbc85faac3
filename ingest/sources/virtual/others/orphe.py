"""A simulated ORPHE INSOLE (facts: `ingest.drivers.orphe_wire`); firmware 1.0.1, without Device Information."""

from __future__ import annotations

import asyncio
from typing import Any

from bumble import gatt
from bumble.core import AdvertisingData

from ingest.drivers.orphe_layout import CELLS
from ingest.drivers.orphe_wire import DATE_TIME, DEVICE_INFORMATION, INFORMATION_SERVICE, OTHER_SERVICE, SENSOR_VALUES
from ingest.sources.virtual.others.kit import OtherInsole, advertised, notifying, writable
from ingest.sources.virtual.others.orphe_ring import OrpheRing
from ingest.sources.virtual.others.worn import Worn
from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes
from ingest.wire.geometry import Side

_ROW_NS = 5_000_000
_REST_ADC = 400  # past the lowest point of every cell's curve
_MOST_ADC = 2400
_PACKETS_A_S = 200


class OrpheInsole(OtherInsole):
    """`ring_survives`: it goes on taking packets without a link. `ring.taken` is everything it took."""

    def __init__(
        self,
        controller: Any,
        side: Side,
        walk: Walk,
        *,
        address: str,
        begins_serial: int = 0,
        ring_survives: bool = True,
    ) -> None:
        self.ring = OrpheRing(begins_serial=begins_serial, right=side is Side.RIGHT)
        self.ring_survives = ring_survives
        self._values = notifying(SENSOR_VALUES)
        information = writable(DEVICE_INFORMATION, self._on_command, self.ring.information)
        clock = writable(DATE_TIME, self.ring.set_clock, lambda: bytes(7))
        super().__init__(
            controller,
            name="INS1234",
            address=address,
            services=[
                gatt.Service(INFORMATION_SERVICE, [information, clock]),
                gatt.Service(OTHER_SERVICE, [self._values]),
            ],
            advertisement=advertised((AdvertisingData.MANUFACTURER_SPECIFIC_DATA, bytes(20))),
            worn=Worn(walk, [(cell.x, cell.y) for cell in CELLS], row_ns=_ROW_NS, full_scale=_MOST_ADC - _REST_ADC),
            row_ns=_ROW_NS,
        )

    def _on_command(self, data: bytes) -> None:
        self.spawn(self._answer(self.ring.command(data)))
        if self.ring.running:
            self.begin()
        else:
            self.halt()

    async def _answer(self, answers: list[bytes]) -> None:
        for answer in answers:
            await self.notify(self._values, answer)
            if len(answers) > 1:
                await asyncio.sleep(1 / _PACKETS_A_S)

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        begun_s, first = loop.time(), len(self.ring.taken)
        while True:
            number = len(self.ring.taken)
            await asyncio.sleep(max(0.0, begun_s + (number + 1 - first) * self.ring.packet_s - loop.time()))
            self.ring.take([(self._worn.row(4 * number + k) + _REST_ADC).tolist() for k in range(4)])

    async def send(self, row: int, codes: Codes) -> None:
        """Nothing goes out that was not asked for."""

    def _on_disconnection(self) -> None:
        if not self.ring_survives:
            self.ring.command(b"\x0b\x06")
            super()._on_disconnection()
