"""The SMP characteristic of a link that is open, as a pipe of bytes for `ingest.firmware`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from bleak import BleakClient

from ingest.sources.radio.trouble import RADIO_ERRORS, fault_of
from ingest.wire.faults import FaultCode, UnderfootError

SMP_CHARACTERISTIC = "da2e7828-fbce-4e01-ae9e-261174997c48"
_LARGEST_WRITE = 244  # one packet of the link layer at the ATT MTU of 247; BlueZ loses larger ones at its limit


class SmpPipe:
    """`lost` is set when the link ends. Listening ends with the link."""

    def __init__(self, client: BleakClient, lost: asyncio.Event) -> None:
        self._client = client
        self._lost = lost
        self._watching: asyncio.Task[None] | None = None

    @property
    def room_octets(self) -> int:
        found = self._client.services.get_characteristic(SMP_CHARACTERISTIC)
        return min(_LARGEST_WRITE, found.max_write_without_response_size) if found is not None else 20

    async def write(self, data: bytes) -> None:
        """:raises UnderfootError: LINK_LOST."""
        try:
            await self._client.write_gatt_char(SMP_CHARACTERISTIC, data, response=False)
        except RADIO_ERRORS as error:
            raise UnderfootError(FaultCode.LINK_LOST, fault_of(error).detail) from error

    async def listen(self, heard: Callable[[bytes | None], None]) -> None:
        """:raises UnderfootError: UPDATE_REFUSED when the insole offers no SMP, LINK_LOST."""
        if self._client.services.get_characteristic(SMP_CHARACTERISTIC) is None:
            raise UnderfootError(FaultCode.UPDATE_REFUSED, "the insole offers no update over the air")
        try:
            await self._client.start_notify(SMP_CHARACTERISTIC, lambda _sender, data: heard(bytes(data)))
        except RADIO_ERRORS as error:
            raise UnderfootError(FaultCode.LINK_LOST, fault_of(error).detail) from error
        self._watching = asyncio.create_task(self._tell_the_end(heard))

    async def _tell_the_end(self, heard: Callable[[bytes | None], None]) -> None:
        with suppress(asyncio.CancelledError):
            await self._lost.wait()
        heard(None)

    def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
