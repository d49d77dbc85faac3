"""A link without a driver: every read, write and notification as it is, and refusals by their ATT error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bleak import BleakClient
from bleak.exc import BleakGATTProtocolError

from ingest.drivers.base import Advertisement
from ingest.sources.radio.adapter import Adapter
from ingest.sources.radio.link import Limits
from ingest.sources.radio.reaching import reach
from ingest.sources.radio.smp_pipe import SmpPipe
from ingest.sources.radio.trouble import RADIO_ERRORS

_NOTIFICATION_OVERHEAD = 3  # ATT opcode and handle

OnNotified = Callable[[str, bytes], None]  # characteristic, data
Offered = dict[str, dict[str, tuple[str, ...]]]  # service → characteristic → properties


@dataclass(frozen=True, slots=True)
class Refused:
    """`att`: the error code that the insole gave; None: there was no answer of its own."""

    att: int | None
    words: str


class RawLink:
    """Make it with `raw_link`. Nothing here raises: what fails comes back as `Refused`."""

    def __init__(self, client: BleakClient, lost: asyncio.Event, limits: Limits, heard: OnNotified) -> None:
        self.lost = lost
        self._client = client
        self._limits = limits
        self._heard = heard

    @property
    def offered(self) -> Offered:
        return {
            service.uuid: {one.uuid: tuple(one.properties) for one in service.characteristics}
            for service in self._client.services
        }

    @property
    def att_mtu(self) -> int:
        """As far as the stack tells: BlueZ does so with its characteristics only."""
        rooms = [
            one.max_write_without_response_size for service in self._client.services for one in service.characteristics
        ]
        return max(rooms, default=20) + _NOTIFICATION_OVERHEAD

    async def read(self, characteristic: str) -> bytes | Refused:
        try:
            async with asyncio.timeout(self._limits.intent_s):
                return bytes(await self._client.read_gatt_char(characteristic))
        except RADIO_ERRORS as error:
            return _refused(error)

    async def write(self, characteristic: str, data: bytes) -> bytes | Refused:
        """With response; empty when it was taken."""
        try:
            async with asyncio.timeout(self._limits.intent_s):
                await self._client.write_gatt_char(characteristic, data, response=True)
        except RADIO_ERRORS as error:
            return _refused(error)
        return b""

    async def subscribe(self, characteristic: str) -> bytes | Refused:
        """Empty when it was taken."""
        try:
            async with asyncio.timeout(self._limits.intent_s):
                await self._client.start_notify(
                    characteristic,
                    lambda _sender, data: self._heard(characteristic, bytes(data)),
                    bluez={"use_start_notify": True},
                )
        except RADIO_ERRORS as error:
            return _refused(error)
        return b""

    def smp(self) -> SmpPipe:
        return SmpPipe(self._client, self.lost)


def _refused(error: BaseException) -> Refused:
    if isinstance(error, BleakGATTProtocolError):
        return Refused(int(error.code), f"ATT error 0x{int(error.code):02X}")
    return Refused(None, "no answer" if isinstance(error, TimeoutError) else str(error) or type(error).__name__)


@asynccontextmanager
async def raw_link(
    adapter: Adapter,
    wanted: Callable[[Advertisement], bool],
    heard: OnNotified,
    *,
    within_s: float,
    limits: Limits | None = None,
) -> AsyncIterator[RawLink]:
    """:raises UnderfootError: as `reach`."""
    limits = limits or Limits()
    lost = asyncio.Event()
    client = await reach(adapter, wanted, lost, limits, within_s)
    try:
        yield RawLink(client, lost, limits, heard)
    finally:
        await adapter.disconnect(client, limits)
