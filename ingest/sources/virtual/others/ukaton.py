"""A simulated Ukaton insole (facts: `ingest.drivers.ukaton`)."""

from __future__ import annotations

import struct
from typing import Any

from bumble import att, gatt
from bumble.core import UUID, AdvertisingData

from ingest.drivers.ukaton import CONFIGURATION, DATA, FULL_SCALE, PLACES, SERVICE, TYPE
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

ROW_NS = 20_000_000


class UkatonInsole(OtherInsole):
    """Forgets its configuration with the link. Its clock began `clock_ms` before its first row."""

    def __init__(self, controller: Any, side: Side, walk: Walk, *, address: str, clock_ms: int = 0) -> None:
        self.clock_ms = clock_ms
        self.configuration = b""
        self._kind = 1 if side is Side.LEFT else 2
        self._data = notifying(DATA)
        service = gatt.Service(
            SERVICE,
            [
                readable(TYPE, lambda: bytes([self._kind])),
                writable(CONFIGURATION, self._configure, lambda: self.configuration),
                self._data,
            ],
        )
        said = bytes(UUID(SERVICE)) + bytes([self._kind, 0])
        name = f"Ukaton {side}"[:11]
        response = bytes(AdvertisingData([service_list(SERVICE), (AdvertisingData.COMPLETE_LOCAL_NAME, name.encode())]))
        super().__init__(
            controller,
            name=name,
            address=address,
            services=[service, identity("Sole mission", "1.2")],
            advertisement=advertised((AdvertisingData.SERVICE_DATA_128_BIT_UUID, said)),
            scan_response=response,
            worn=Worn(walk, PLACES, row_ns=ROW_NS, full_scale=FULL_SCALE),
            row_ns=ROW_NS,
        )

    def _configure(self, data: bytes) -> None:
        if len(data) != 5 or data[:3] != b"\x01\x03\x01":
            raise att.ATT_Error(att.ErrorCode.VALUE_NOT_ALLOWED)
        self.configuration = data
        (row_ms,) = struct.unpack_from("<H", data, 3)
        if row_ms == ROW_NS // 1_000_000:
            self.begin()
        else:
            self.halt()

    def forget(self) -> None:
        self.configuration = b""

    async def send(self, row: int, codes: Codes) -> None:
        stamp_ms = self.clock_ms + row * ROW_NS // 1_000_000 + self.stamp_error_ms(row)
        words = struct.pack("<16H", *codes.tolist())
        await self.notify(self._data, struct.pack("<HBBB", stamp_ms & 0xFFFF, 1, 33, 1) + words)
