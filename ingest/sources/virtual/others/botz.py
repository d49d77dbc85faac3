"""A simulated pair of Botz shoes on one link (facts: `ingest.drivers.botz_wire`), its duplicate UUIDs and its trap."""

from __future__ import annotations

import struct
from typing import Any

from bumble import att, gatt
from bumble.core import AdvertisingData

from ingest.drivers.botz_wire import (
    BATTERIES,
    CELLS,
    CONTROL_SERVICE,
    FULL_SCALE,
    INFO_SERVICE,
    NS_PER_ROW,
    PROFILE,
    SAMPLES,
    SET_TIME,
    START,
    STATUS,
    STOP,
    cells,
)
from ingest.sources.virtual.others.kit import OtherInsole, identity, notifying, readable, writable
from ingest.sources.virtual.others.worn import Worn
from ingest.sources.virtual.walk import Walk
from ingest.wire.block import Codes
from ingest.wire.geometry import Side

_TWICE = "4fd5b690-9d89-4061-92aa-319ca786baae"
_ERASES = "4fd5b691-9d89-4061-92aa-319ca786baae"


class BotzShoes(OtherInsole):
    """`left_rows`: what of the left shoe was new when it was sent, by packet. `left_is_there`: set it to False and the
    right shoe repeats the left one's last values, as the firmware does."""

    def __init__(
        self,
        controller: Any,
        walks: dict[Side, Walk],
        *,
        address: str,
        row_ns: int = NS_PER_ROW,
        left_came: bool = True,
    ) -> None:
        self.left_rows: dict[int, tuple[int, ...]] = {}
        self.left_is_there = left_came
        self.written: list[tuple[str, bytes]] = []
        self.erased = False
        self._left_last = (0,) * CELLS
        self._left = self._worn_on(walks, Side.LEFT)
        self._samples = notifying(SAMPLES)
        orders = [writable(uuid, self._taking_down(uuid)) for uuid in (SET_TIME, START, STOP, PROFILE, _TWICE)]
        services = [
            gatt.Service(
                INFO_SERVICE,
                [
                    readable(STATUS, lambda: bytes(4)),
                    self._samples,
                    readable(BATTERIES, lambda: bytes([self.battery_pct, 0])),
                ],
            ),
            gatt.Service(_TWICE, [readable(_ERASES, lambda: b"\x5a"), readable(START, lambda: b"?")]),
            gatt.Service(CONTROL_SERVICE, [*orders, writable(_ERASES, self._erase)]),
            identity("Botz", "1.9.3"),
        ]
        super().__init__(
            controller,
            name="BotzRightSh",
            address=address,
            services=services,
            advertisement=bytes(AdvertisingData([(AdvertisingData.FLAGS, bytes([0x06]))])),
            worn=self._worn_on(walks, Side.RIGHT),
            row_ns=row_ns,
        )

    @staticmethod
    def _worn_on(walks: dict[Side, Walk], side: Side) -> Worn:
        places = [(cell.x, cell.y) for cell in cells(side)]
        return Worn(walks[side], places, row_ns=NS_PER_ROW, full_scale=FULL_SCALE)

    def _taking_down(self, uuid: str) -> Any:
        def write(data: bytes) -> None:
            self.written.append((uuid, data))
            if uuid == START and data == b"\x03":
                self.begin()
            elif uuid == STOP:
                self.halt()
            elif uuid == SET_TIME and len(data) != 4:
                raise att.ATT_Error(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)

        return write

    def _erase(self, _data: bytes) -> None:
        self.erased = True

    async def send(self, row: int, codes: Codes) -> None:
        if self.left_is_there:
            self._left_last = tuple(int(code) + (row + cell) % 2 for cell, code in enumerate(self._left.row(row)))
            self.left_rows[row] = self._left_last
        uptime_ms = 5_000 + row * NS_PER_ROW // 1_000_000 + self.stamp_error_ms(row)
        await self.notify(self._samples, struct.pack("<I16H", uptime_ms, *codes.tolist(), *self._left_last))
