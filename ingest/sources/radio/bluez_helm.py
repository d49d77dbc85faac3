"""What is done to BlueZ itself: stale links, left-behind attempts, its memory of services and keys, its adapter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from bleak import BleakClient
from bleak.backends.bluezdbus.version import BlueZFeatures
from bleak.exc import BleakDBusError

from ingest.drivers.base import Advertisement
from ingest.sources.radio.agent import address_of
from ingest.sources.radio.bluez import ADAPTER, DEVICE, BlueZ
from ingest.sources.radio.stack import Change, Stack
from ingest.sources.radio.tasks import end_all
from ingest.sources.radio.trouble import RADIO_ERRORS
from ingest.wire.faults import FaultCode, UnderfootError

_log = logging.getLogger(__name__)

_OFF_S = 1.0  # some dongles take a moment to lose their state
_UNKNOWN_RSSI_DBM = -127


class BlueZHelm:
    def __init__(self, bluez: BlueZ) -> None:
        self._bluez = bluez

    async def close_stale(self, is_ours: Callable[[Advertisement], bool], held: Collection[str]) -> list[str]:
        taken = {address.upper() for address in held}
        closed = []
        for path, device in (await self._devices()).items():
            address = address_of(path)
            if device.get("Connected") and address not in taken and is_ours(remembered(device)):
                _log.info("a link that an earlier process left open is ended")
                await self._bluez.call(path, DEVICE, "Disconnect")
                closed.append(address)
        return closed

    async def is_linked(self, address: str) -> bool:
        devices = await self._devices()
        return any(bool(has.get("Connected")) for path, has in devices.items() if address_of(path) == address.upper())

    async def call_off(self, address: str) -> None:
        for path in await self._devices():
            if address_of(path) == address.upper():
                await self._bluez.call(path, DEVICE, "Disconnect")

    async def forget_cache(self, address: str) -> bool:
        for path, device in (await self._devices()).items():
            if address_of(path) == address.upper():
                if device.get("Paired"):
                    return False  # BlueZ forgets services only together with the keys
                await self._remove(path)
        return True

    async def forget_bond(self, address: str) -> None:
        for path in await self._devices():
            if address_of(path) == address.upper():
                await self._remove(path)

    async def bonded(self) -> list[str]:
        return [address_of(path) for path, device in (await self._devices()).items() if device.get("Paired")]

    async def bond(self, client: BleakClient) -> None:
        await client.pair()

    async def power_cycle(self) -> None:
        try:
            path = await self._bluez.adapter_path()
            with suppress(BleakDBusError):  # it may be off already, or hang: on is what counts
                await self._bluez.set_powered(path, on=False)
            await asyncio.sleep(_OFF_S)
            await self._bluez.set_powered(path, on=True)
        except RADIO_ERRORS as error:
            raise UnderfootError(FaultCode.ADAPTER_STUCK, str(error) or type(error).__name__) from error

    async def _devices(self) -> dict[str, Mapping[str, Any]]:
        adapter = await self._bluez.adapter_path()
        objects = await self._bluez.objects()
        return {path: has[DEVICE] for path, has in objects.items() if DEVICE in has and path.startswith(f"{adapter}/")}

    async def _remove(self, path: str) -> None:
        await self._bluez.call(path.rpartition("/")[0], ADAPTER, "RemoveDevice", "o", path)


def remembered(device: Mapping[str, Any]) -> Advertisement:
    """What BlueZ still knows of a device's advertisement."""
    return Advertisement(
        address=str(device["Address"]),
        name=device.get("Name"),
        rssi_dbm=int(device.get("RSSI", _UNKNOWN_RSSI_DBM)),
        service_uuids=tuple(device.get("UUIDs", ())),
        service_data={uuid: bytes(data) for uuid, data in device.get("ServiceData", {}).items()},
        manufacturer_data={company: bytes(data) for company, data in device.get("ManufacturerData", {}).items()},
    )


async def _learn_version() -> None:
    if not BlueZFeatures.checked_bluez_version:
        await BlueZFeatures.check_bluez_version()


@asynccontextmanager
async def bluez_stack(
    name: str | None, on_change: Callable[[Change], None], held: Callable[[], Collection[str]]
) -> AsyncIterator[Stack]:
    """A real adapter. `held`: as `BlueZ`. Opening it asks nothing of the radio: it may be plugged in later."""
    chosen = {} if name is None else {"bluez": {"adapter": name}}
    bluez = BlueZ(name, on_change, held)
    # bleak asks for the version within the first connection; were that cancelled meanwhile, every later one would hang.
    version = asyncio.create_task(_learn_version())
    await asyncio.sleep(0)
    line = asyncio.create_task(bluez.run())
    try:
        yield Stack(chosen, chosen, BlueZHelm(bluez))
    finally:
        await end_all([line])
        await asyncio.wait({version})
